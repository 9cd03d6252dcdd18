//! A look at a district's page, as a browser at the same network would have it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// A silent district is not waited for longer.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// A page of seven towns has some 50 KB.
const PAGE_BYTES_MAX: u64 = 4 << 20;

/// What came back.
pub struct Page {
    /// Status line and header, names in small letters.
    pub head: String,
    /// Body.
    pub body: String,
}

/// Gets a page from a district whose authority this is.
pub fn get(address: SocketAddr, ca_pem: &str, path: &str) -> Result<Page> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes())?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let line = TcpStream::connect(address)?;
    line.set_read_timeout(Some(READ_TIMEOUT))?;
    let name = ServerName::IpAddress(address.ip().into());
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, line);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(PAGE_BYTES_MAX).read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
    Ok(Page { head: head.to_lowercase(), body: body.to_owned() })
}
