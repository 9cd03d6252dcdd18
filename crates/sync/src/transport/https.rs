//! HTTPS with rustls. With a pinned authority only that authority is trusted;
//! without one the system's roots apply. Redirects are never followed. The way
//! out is direct or through a proxy, as the settings say, and from the networks
//! that they name only.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Body, Client, Response, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use zhenxin_protocol::frame;
use zhenxin_protocol::wire::hello::greeting;
use zhenxin_protocol::wire::limits::BODY_MAX_BYTES;
use zhenxin_protocol::wire::{Answer, Endpoint};

use super::pieces::Pieces;
use super::verdict::{broken_line, no_frame};
use super::{Exchange, HandedOver, Transport};
use crate::failure::Failure;
use crate::settings::{Network, Proxy, local_address, place_of};

/// A line that is not there shows within this time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One exchange from first to last byte: 1 MB out and 2 MB in at 1 Mbit/s take
/// half a minute, and the district may let us wait as long.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(90);

/// A line that says nothing for so long is dead.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The transport cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The pinned authority is no certificate.
    #[error("根证书文件读不出来，请向区平台要一份 PEM 格式的根证书 (ca.pem)")]
    Authority,
    /// The system's own roots cannot be used.
    #[error("本机的系统证书读不出来，请向区平台要根证书 (ca.pem) 后再接入")]
    Platform(#[source] rustls::Error),
    /// The client itself.
    #[error("网络组件启动失败，请重新启动程序")]
    Client(#[source] reqwest::Error),
    /// The proxy of the settings.
    #[error("代理地址不能用，请在同步设置里核对后重新保存")]
    Proxy(#[source] reqwest::Error),
    /// The rest of TLS.
    #[error("网络加密组件启动失败，请重新启动程序")]
    Tls(#[source] rustls::Error),
}

/// How the district is to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Through what.
    pub proxy: &'a Proxy,
    /// From where only; empty: from everywhere.
    pub networks: &'a [Network],
}

impl Way<'_> {
    /// As without settings.
    pub const PLAIN: Self = Self { proxy: &Proxy::Auto, networks: &[] };
}

/// A way to one district.
pub struct Https {
    client: Client,
    base_url: String,
    shown: Option<Shown>,
    networks: Vec<Network>,
    /// Where the way out of this PC leads first: the proxy or the district.
    first_stop: Option<(String, u16)>,
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Https {
    /// To the district at a normalised address (see [`super::address`]).
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(
        base_url: &str,
        ca_pem: Option<&str>,
        token: Option<&[u8; 32]>,
        way: Way<'_>,
    ) -> Result<Self, SetupError> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls(ca_pem)?)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE_TIMEOUT)
            .timeout(EXCHANGE_TIMEOUT)
            .user_agent(concat!("zhenxin/", env!("CARGO_PKG_VERSION")));
        let builder = match way.proxy {
            Proxy::Auto if ca_pem.is_some() => builder.no_proxy(),
            Proxy::Auto | Proxy::System => builder,
            Proxy::None => builder.no_proxy(),
            // the first call clears what the system has set
            Proxy::Url(url) => builder.no_proxy().proxy(reqwest::Proxy::all(url).map_err(SetupError::Proxy)?),
        };
        let first_stop = match way.proxy {
            Proxy::Url(url) => place_of(url),
            Proxy::Auto | Proxy::None | Proxy::System => place_of(base_url),
        };
        Ok(Self {
            client: builder.build().map_err(SetupError::Client)?,
            base_url: base_url.to_owned(),
            shown: token.map(Shown::of),
            networks: way.networks.to_vec(),
            first_stop,
        })
    }

    /// Asked before each exchange: a laptop is carried from one network to
    /// another in the middle of a round.
    fn check_network(&self) -> Result<(), Failure> {
        if self.networks.is_empty() {
            return Ok(());
        }
        let (host, port) = self.first_stop.as_ref().ok_or(Failure::OtherNetwork)?;
        let own = local_address(host, *port).ok_or(Failure::Offline)?;
        let allowed = self.networks.iter().any(|network| network.holds(own));
        if allowed { Ok(()) } else { Err(Failure::OtherNetwork) }
    }

    async fn post(&self, endpoint: Endpoint, frame: Vec<u8>, handed_over: HandedOver) -> Result<Answer, Failure> {
        self.check_network()?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(frame::CONTENT_TYPE));
        if let Some(shown) = self.shown.as_ref().and_then(|shown| shown.at(endpoint)) {
            headers.insert(AUTHORIZATION, shown.clone());
        }
        let response = self
            .client
            .post(format!("{}{}", self.base_url, endpoint.path()))
            .headers(headers)
            .body(Body::wrap(Pieces::new(frame, handed_over)))
            .send()
            .await
            .map_err(|error| broken_line(&error))?;
        read(response).await
    }
}

impl Transport for Https {
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_> {
        self.exchange_telling(endpoint, frame, HandedOver::default())
    }

    fn exchange_telling(&self, endpoint: Endpoint, frame: Vec<u8>, handed_over: HandedOver) -> Exchange<'_> {
        Box::pin(self.post(endpoint, frame, handed_over))
    }
}

/// How a device says who it is.
struct Shown {
    greeting: HeaderValue,
    authorization: HeaderValue,
}

impl Shown {
    fn of(token: &[u8; 32]) -> Self {
        Self { greeting: bearer(greeting(token).as_bytes()), authorization: bearer(token) }
    }

    /// Before the district's key is compared no token leaves this PC.
    fn at(&self, endpoint: Endpoint) -> Option<&HeaderValue> {
        match endpoint {
            Endpoint::Hello => Some(&self.greeting),
            Endpoint::Enrol => None,
            _ => Some(&self.authorization),
        }
    }
}

fn bearer(token: &[u8; 32]) -> HeaderValue {
    let text = format!("Bearer {}", URL_SAFE_NO_PAD.encode(token));
    let mut value = HeaderValue::from_str(&text).expect("base64url is plain ASCII");
    // kept out of debug output
    value.set_sensitive(true);
    value
}

fn tls(ca_pem: Option<&str>) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Tls)?;
    let mut config = match ca_pem {
        Some(pem) => builder.with_root_certificates(roots(pem)?).with_no_client_auth(),
        None => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(provider).map_err(SetupError::Platform)?))
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn roots(pem: &str) -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.map_err(|_| SetupError::Authority)?).map_err(|_| SetupError::Authority)?;
    }
    if roots.is_empty() {
        return Err(SetupError::Authority);
    }
    Ok(roots)
}

/// Reads an answer, never more than the limit.
async fn read(mut response: Response) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let of_district = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == frame::CONTENT_TYPE);
    if !of_district {
        return Err(no_frame(status));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken_line(&error))? {
        if bytes.len() + chunk.len() > BODY_MAX_BYTES {
            return Err(Failure::Garbled);
        }
        bytes.extend_from_slice(&chunk);
    }
    Answer::unpack(&bytes).map_err(|_| Failure::Garbled)
}

#[cfg(test)]
mod tests;
