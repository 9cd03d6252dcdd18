//! Something that answers in the district's place: a portal's page, a broken gateway, a stranger's certificate.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Result;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// A silent client is not waited for longer.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A server with a certificate of its own that gives one fixed answer to everything.
pub struct Stranger {
    address: SocketAddr,
    certificate_pem: String,
    ended: Arc<AtomicBool>,
}

impl Stranger {
    /// Answers every request with this status line, content type and body, over TLS.
    pub fn answering(status: &str, content_type: &str, body: &[u8]) -> Result<Self> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.self_signed(&key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )?;
        let mut answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        answer.extend_from_slice(body);
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let stranger =
            Self { address: listener.local_addr()?, certificate_pem: certificate.pem(), ended: Arc::default() };
        let (config, ended) = (Arc::new(config), Arc::clone(&stranger.ended));
        thread::spawn(move || {
            for client in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(client) = client
                    && let Err(error) = answer_one(client, Arc::clone(&config), &answer)
                {
                    // a client that does not trust the certificate goes away here
                    tracing::debug!(%error, "a client went away");
                }
            }
        });
        Ok(stranger)
    }

    /// Its address as a district's.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Its socket.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its certificate, PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // wakes the listener; when it cannot be reached it has ended already
        let _woken = TcpStream::connect(self.address);
    }
}

fn answer_one(client: TcpStream, config: Arc<ServerConfig>, answer: &[u8]) -> Result<()> {
    client.set_read_timeout(Some(READ_TIMEOUT))?;
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, client));
    let mut line = String::new();
    // the head is enough; the body is not looked at
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let stream = stream.get_mut();
    stream.write_all(answer)?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(())
}
