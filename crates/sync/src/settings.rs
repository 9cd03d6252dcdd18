//! How a person wants the exchange to go: stopped, only on some networks,
//! through a proxy.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::str::FromStr;

use minicbor::{Decode, Encode};
use reqwest::Url;

use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_store::{Store, StoreError};

use crate::error::SyncError;
use crate::link::link;

const SETTINGS: &str = "settings";

/// Most networks in the list: an office has a few.
pub const NETWORKS_MAX: usize = 50;

/// Prefix that is offered for the network of now: the usual size of an office's.
const OFFERED_V4_BITS: u8 = 24;
const OFFERED_V6_BITS: u8 = 64;

/// The settings of the exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Settings {
    /// Nothing is exchanged until it is resumed.
    #[n(0)]
    pub paused: bool,
    /// Exchange only from an address in one of these; empty: from everywhere.
    #[n(1)]
    pub networks: Vec<Network>,
    /// The way out.
    #[n(2)]
    pub proxy: Proxy,
}

/// The way out to the district.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub enum Proxy {
    /// Direct with a pinned authority, else as the system is set.
    #[default]
    #[n(0)]
    Auto,
    /// Always direct.
    #[n(1)]
    None,
    /// As the system is set.
    #[n(2)]
    System,
    /// Through this one, `http://host:port`.
    #[n(3)]
    Url(#[n(0)] String),
}

/// Why a text is no network or no proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// Not an address with a prefix.
    #[error("网段应形如 192.168.10.0/24，请核对后重新输入")]
    Malformed,
    /// More than 50.
    #[error("网段最多 50 个，请删去不用的")]
    TooMany,
    /// Not the address of a proxy.
    #[error("代理地址应形如 http://主机名:端口，请核对后重新输入")]
    Proxy,
}

/// A network: an address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the address lies in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let rest = 32 - u32::from(self.bits);
                own.to_bits().checked_shr(rest) == other.to_bits().checked_shr(rest)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let rest = 128 - u32::from(self.bits);
                own.to_bits().checked_shr(rest) == other.to_bits().checked_shr(rest)
            }
            _ => false,
        }
    }

    fn around(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let bits = v4.to_bits() & (u32::MAX << (32 - u32::from(OFFERED_V4_BITS)));
                Self { address: IpAddr::V4(bits.into()), bits: OFFERED_V4_BITS }
            }
            IpAddr::V6(v6) => {
                let bits = v6.to_bits() & (u128::MAX << (128 - u32::from(OFFERED_V6_BITS)));
                Self { address: IpAddr::V6(bits.into()), bits: OFFERED_V6_BITS }
            }
        }
    }
}

impl FromStr for Network {
    type Err = NetworkFault;

    fn from_str(text: &str) -> Result<Self, NetworkFault> {
        let text = text.trim();
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| NetworkFault::Malformed)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits <= most).ok_or(NetworkFault::Malformed)?,
            None => most,
        };
        Ok(Self { address: address.to_canonical(), bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl<C> Encode<C> for Network {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Network {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str()?.parse().map_err(minicbor::decode::Error::custom)
    }
}

/// The settings of this PC.
///
/// # Errors
/// Faults of the store; what does not decode counts as not set.
pub fn settings(store: &Store) -> Result<Settings, StoreError> {
    Ok(store.sync_get(SETTINGS)?.and_then(|bytes| from_cbor(&bytes).ok()).unwrap_or_default())
}

/// Keeps the settings; tell the running exchange with
/// [`crate::SyncHandle::settings_changed`].
///
/// # Errors
/// [`SyncError::Network`] and faults of the store.
pub fn save_settings(store: &Store, settings: &Settings) -> Result<(), SyncError> {
    if settings.networks.len() > NETWORKS_MAX {
        return Err(NetworkFault::TooMany.into());
    }
    if let Proxy::Url(url) = &settings.proxy {
        let url = Url::parse(url).map_err(|_| NetworkFault::Proxy)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(NetworkFault::Proxy.into());
        }
    }
    store.sync_set(SETTINGS, &to_cbor(settings))?;
    Ok(())
}

/// The network from which this PC would reach its district now, to be offered
/// for [`Settings::networks`]; `None` without an enrolment or without a line.
///
/// # Errors
/// Faults of the store.
pub fn present_network(store: &Store) -> Result<Option<Network>, StoreError> {
    let Some(link) = link(store)? else {
        return Ok(None);
    };
    Ok(place_of(&link.url).and_then(|(host, port)| local_address(&host, port)).map(Network::around))
}

/// Host and port of an address.
pub(crate) fn place_of(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some((host, url.port_or_known_default()?))
}

/// This PC's own address on the way to a place. Connecting a datagram socket
/// sends nothing: the system only chooses the way.
pub(crate) fn local_address(host: &str, port: u16) -> Option<IpAddr> {
    let targets = (host, port).to_socket_addrs().ok()?;
    targets.into_iter().find_map(towards)
}

fn towards(target: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = if target.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(target).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests;
