//! What `serve` needs to know.

use std::net::SocketAddr;
use std::path::PathBuf;

use zhenxin_protocol::wire::limits::TOWN_QUOTA_BYTES;

use crate::clock::{self, Clock};
use crate::random::{self, Random};
use crate::store::StoreError;

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
    /// Source of randomness.
    pub random: Random,
    /// Where the data lie.
    pub store: StoreUrl,
    /// Room for the blobs of one town, in bytes.
    pub blob_quota_bytes: u64,
    /// Who knows it may read the figures from elsewhere; programs on this
    /// machine need none.
    pub metrics_token: Option<String>,
}

/// Which database holds the data.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum StoreUrl {
    /// A file in the data folder.
    #[default]
    Sqlite,
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host/database`.
        url: String,
        /// The authority of its certificate; without it the line is not encrypted.
        ca_pem: Option<PathBuf>,
    },
}

/// The password stays out of every log.
impl std::fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "Sqlite",
            Self::Postgres { .. } => "Postgres",
        })
    }
}

impl StoreUrl {
    /// Reads what a person gave: `sqlite`, or the address of a PostgreSQL server.
    ///
    /// # Errors
    /// [`StoreError::Url`].
    pub fn parse(text: &str, ca_pem: Option<PathBuf>) -> Result<Self, StoreError> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres { url: url.to_owned(), ca_pem })
            }
            _ => Err(StoreError::Url),
        }
    }
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
            random: random::system(),
            store: StoreUrl::Sqlite,
            blob_quota_bytes: TOWN_QUOTA_BYTES,
            metrics_token: None,
        }
    }
}
