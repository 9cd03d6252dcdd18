//! What `serve` needs to know.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::clock::{self, Clock};

/// Name shown to clerks when none is given.
pub const DISTRICT_NAME: &str = "区信用平台";

/// Settings of one running district.
#[derive(Clone)]
pub struct Config {
    /// Folder of the database, the certificates and the file `listening`.
    pub data_dir: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key as PEM files; without them the district makes
    /// its own authority and certificate.
    pub certificate: Option<CertificateFiles>,
    /// Names and addresses that a self-made certificate is valid for, besides
    /// localhost.
    pub hosts: Vec<String>,
    /// Name of the platform, shown to clerks.
    pub name: String,
    /// Source of time.
    pub clock: Clock,
}

/// A certificate from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// Chain, the server's own certificate first.
    pub chain_pem: PathBuf,
    /// Private key.
    pub key_pem: PathBuf,
}

impl Config {
    /// On the loopback address at a free port, with its own certificate.
    #[must_use]
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate: None,
            hosts: Vec::new(),
            name: DISTRICT_NAME.to_owned(),
            clock: clock::system(),
        }
    }
}
