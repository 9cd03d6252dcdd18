//! Where the data of a district lie: what every command is told.

use std::path::PathBuf;

use crate::config::StoreUrl;
use crate::random;
use crate::store::{Store, StoreError};

/// Holds the address of the database where it is not on the command line, on
/// which others of the machine could read a password.
const STORE_VARIABLE: &str = "ZHENXIN_DISTRICT_STORE";

/// The data folder and the database.
#[derive(clap::Args)]
pub(super) struct Place {
    /// 数据目录.
    #[arg(long)]
    pub(super) data: PathBuf,
    /// 数据库: sqlite (数据目录里的文件), 或 postgres://用户:口令@主机/库名;
    /// 不给则看环境变量 ZHENXIN_DISTRICT_STORE, 再没有就是 sqlite.
    #[arg(long)]
    store: Option<String>,
    /// 数据库服务的根证书 PEM 文件; 给了就加密连接.
    #[arg(long)]
    store_ca: Option<PathBuf>,
}

impl Place {
    /// Which database is meant.
    pub(super) fn url(&self) -> Result<StoreUrl, StoreError> {
        let named = self.store.clone().or_else(|| std::env::var(STORE_VARIABLE).ok());
        named.map_or(Ok(StoreUrl::Sqlite), |url| StoreUrl::parse(&url, self.store_ca.clone()))
    }

    /// Opens it.
    pub(super) fn open(&self) -> Result<Store, StoreError> {
        Store::open_at(&self.url()?, &self.data, random::system())
    }
}
