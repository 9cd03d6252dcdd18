//! The district's database: SQLite in the data folder, or PostgreSQL. All SQL of
//! the crate lies below this module.
//!
//! Every row carries a sum over its columns and every op is checked by its hash,
//! so that a byte that flipped is found and never passed on.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zhenxin_protocol::wire::Lineage;

use crate::config::StoreUrl;
use crate::random::{self, Random};

pub mod backup;
pub mod blob;
pub mod brand;
mod carry;
pub mod console;
pub(crate) mod db;
pub mod device;
pub mod enrol;
pub mod epoch;
mod erase;
pub mod heads;
pub mod keys;
mod meta;
mod migrate;
pub mod published;
pub mod pull;
pub mod push;
pub mod repair;
pub mod rights;
pub mod snapshot;
pub(crate) mod tables;
pub mod town;
mod tree;
pub mod verify;

#[cfg(test)]
mod tests;

use db::{Db, Files, Pool, Tx};
pub(crate) use meta::Keys;

/// File name in the data folder.
pub const DATABASE_FILE: &str = "district.db";

/// The town of rows that belong to the whole district.
pub(crate) const DISTRICT_WIDE: &str = "";

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite.
    #[error("数据库出错 （{0}）；请检查磁盘空间和权限")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL.
    #[error("数据库出错 （{0}）；请检查数据库服务是否运行、地址和权限")]
    Postgres(#[from] postgres::Error),
    /// Not an address of a database.
    #[error("数据库地址不对，请按 postgres://用户:口令@主机/库名 填写")]
    Url,
    /// The authority of the database server cannot be read.
    #[error("数据库服务的根证书读不出，请核对 --store-ca 指的文件")]
    StoreAuthority,
    /// The database was written by a newer program.
    #[error("数据库由更新版本的程序写成 （格式 {found}，本程序支持到 {known}），请先升级程序")]
    Newer {
        /// Format of the database.
        found: i64,
        /// Newest format that this program knows.
        known: i64,
    },
    /// A stored value that this program could not have written.
    #[error("数据库里 {0} 的数据已损坏，请运行 verify 查看，再从备份恢复")]
    Damaged(&'static str),
    /// The operating system gave no random bytes.
    #[error("系统没有给出随机数 （{0}），请稍后重试")]
    Random(getrandom::Error),
    /// The folder cannot be made or read.
    #[error("数据目录不能读写 （{0}），请检查磁盘和权限")]
    Folder(#[from] std::io::Error),
}

impl StoreError {
    /// Whether the same work may succeed in a moment: the database ended one of
    /// two transactions that waited for each other.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        use postgres::error::SqlState;
        let Self::Postgres(error) = self else { return false };
        error.code().is_some_and(|code| {
            [
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::LOCK_NOT_AVAILABLE,
                SqlState::TOO_MANY_CONNECTIONS,
            ]
            .contains(code)
        })
    }
}

/// The open database.
pub struct Store {
    db: Db,
    random: Random,
    identity: Mutex<Identity>,
    /// Whether keys were destroyed that may still lie about.
    erased: AtomicBool,
}

/// What another program, or the restoring of a backup, may change.
#[derive(Clone)]
struct Identity {
    lineage: Lineage,
    keys: Keys,
}

impl Store {
    /// Opens the SQLite database in a folder; makes both where they are missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open_at(&StoreUrl::Sqlite, data_dir, random::system())
    }

    /// Opens a database; makes its tables, and the folder, where they are missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_at(url: &StoreUrl, data_dir: &Path, random: Random) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir)?;
        let db = match url {
            StoreUrl::Sqlite => Db::Sqlite(Files::open(&data_dir.join(DATABASE_FILE))?),
            StoreUrl::Postgres { url, ca_pem } => Db::Postgres(Pool::open(url, ca_pem.as_deref())?),
        };
        migrate::migrate(&db)?;
        let (lineage, keys) = db.write(|tx| meta::prepare(tx, &random))?;
        let identity = Mutex::new(Identity { lineage, keys });
        Ok(Self { db, random, identity, erased: AtomicBool::new(true) })
    }

    fn identity(&self) -> MutexGuard<'_, Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a server count the ops, once they are many and it never has; called from time to time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn count_for_plans(&self) -> Result<(), StoreError> {
        self.db.count_for_plans(&tables::OP)
    }

    /// The name of the history that this store holds. Another program may change
    /// it by restoring a backup; each request with a token looks.
    #[must_use]
    pub fn lineage(&self) -> Lineage {
        self.identity().lineage
    }

    pub(crate) fn keys(&self) -> Keys {
        self.identity().keys.clone()
    }

    /// Ed25519 public key that signs heads and what is published.
    #[must_use]
    pub fn sign_key(&self) -> [u8; 32] {
        self.keys().sign_key()
    }

    /// X25519 public key to which bundles for the district are sealed.
    #[must_use]
    pub fn seal_key(&self) -> [u8; 32] {
        self.keys().seal_key()
    }

    /// One transaction; commits when `work` succeeds.
    pub(crate) fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.db.write(work)
    }

    /// Reads in one snapshot.
    pub(crate) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.db.read(work)
    }
}
