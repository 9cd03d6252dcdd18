//! The store itself: making a town's file, opening it, and its two ways in ([`Store::read`],
//! [`Store::write`]).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use zeroize::Zeroizing;
use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{DeviceId, UserId};

use crate::backup::make::Maker;
use crate::error::StoreError;
use crate::key::file::KeyFile;
use crate::key::refused::{self, Door};
use crate::key::{FileKey, KdfCost, KeyWay, KeyringPolicy, RecoveryKey, Stretched};
use crate::pool::{Pool, Use, connect};
use crate::ports::Ports;
use crate::query::Reader;
use crate::restore::ShutTown;
use crate::write::user::NewUser;
use crate::write::{Finished, Tx};

mod create;
pub(crate) mod damage;
pub(crate) mod identity;
pub(crate) mod lock;
pub(crate) mod migrate;
pub(crate) mod sign_in;

use identity::Identity;
use lock::FolderLock;

/// Name of the database inside the folder.
pub(crate) const DB_NAME: &str = "town.db";
/// Name of a database that is still being made.
pub(crate) const DB_NEW_NAME: &str = "town.db.new";

/// What lies in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirState {
    /// No town: [`Store::create`].
    Empty,
    /// A town whose key is in the keyring: [`Unlock::Keyring`].
    Keyring,
    /// A town that a password opens: [`Unlock::Password`].
    Password,
    /// The keys are there and the database is not: [`ShutTown::restore`].
    Damaged,
}

/// What a new town needs.
pub struct CreateOptions {
    /// The town.
    pub town: TownCode,
    /// What the office calls this device, such as 综合办 1 号机; never a person's name.
    pub device_label: String,
    /// The first user.
    pub admin: NewUser,
    /// The first user's sign-in name.
    pub sign_in_name: String,
    /// The first user's password.
    pub password: String,
    /// Whether the keyring may hold the key.
    pub keyring: KeyringPolicy,
    /// What a guess at a password costs.
    pub kdf: KdfCost,
}

impl std::fmt::Debug for CreateOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreateOptions({})", self.town)
    }
}

/// A town that was just made.
#[derive(Debug)]
pub struct Created {
    /// The store, open.
    pub store: Store,
    /// To be shown once.
    pub recovery_key: RecoveryKey,
    /// How the file is opened from now on.
    pub way: KeyWay,
    /// The first user.
    pub admin: UserId,
}

/// How to open a town's file.
pub enum Unlock {
    /// With the key from the keyring; the user then signs in with [`Store::sign_in`].
    Keyring,
    /// With a user's password, which signs the user in as well.
    Password {
        /// Sign-in name.
        sign_in_name: String,
        /// Password.
        password: String,
    },
    /// With the recovery key.
    Recovery(String),
}

impl std::fmt::Debug for Unlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keyring => "Unlock::Keyring",
            Self::Password { .. } => "Unlock::Password",
            Self::Recovery(_) => "Unlock::Recovery",
        })
    }
}

/// An open town.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// How the file is opened from day to day.
    pub way: KeyWay,
    /// Who has proven to be there by opening it with a password; `None` where the password was changed since.
    pub user: Option<UserId>,
}

/// The open file of one town. Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    pub(crate) key: FileKey,
    pub(crate) way: KeyWay,
    pub(crate) ports: Ports,
    pub(crate) identity: Identity,
    writer: Mutex<Connection>,
    pool: Pool,
    pub(crate) key_file: Mutex<()>,
    /// One backup, rehearsal or replacement of the vault's copy at a time.
    upkeep: Mutex<()>,
    /// Until the file is closed.
    lock: Mutex<Option<FolderLock>>,
    commits: AtomicU64,
    listeners: Mutex<Vec<Listener>>,
}

/// Called after a commit that left operations to send.
pub type Listener = Box<dyn Fn() + Send + Sync>;

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.inner.identity.town)
    }
}

/// Proves a secret against the key file.
pub(crate) fn prove(dir: &Path, mut file: KeyFile, unlock: Unlock, ports: &Ports) -> Result<ShutTown, StoreError> {
    let way = if file.keyring.is_some() { KeyWay::Keyring } else { KeyWay::Password };
    let now_ms = ports.clock.now_ms();
    let (key, signed_in) = match unlock {
        Unlock::Keyring => {
            let slot = file.keyring.as_ref().ok_or(StoreError::OtherWay)?;
            let key = crate::key::ring::recall(&slot.service, &slot.account);
            (key.ok_or(StoreError::KeyringSilent)?, None)
        }
        Unlock::Password { sign_in_name, password } => {
            let password = Zeroizing::new(password);
            if way == KeyWay::Keyring {
                return Err(StoreError::OtherWay);
            }
            let key = crate::key::open_with_password(dir, &mut file, &sign_in_name, &password, now_ms)?;
            (key, Some(sign_in_name))
        }
        Unlock::Recovery(text) => {
            let text = Zeroizing::new(text);
            let opened = crate::key::open_with_recovery(&file, &text);
            if matches!(opened, Err(StoreError::WrongRecovery)) {
                refused::note(dir, &mut file, Door::Recovery, now_ms)?;
            }
            (opened?, None)
        }
    };
    if !file.is_key(&key) {
        return Err(StoreError::KeyringSilent);
    }
    Ok(ShutTown { dir: dir.to_owned(), key, way, ports: ports.clone(), signed_in, claim: None })
}

/// Removes a database that nobody has seen: one that is being made, or that a crash left half made.
pub(crate) fn remove_database(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

impl Inner {
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Whether the file was closed, to be replaced.
    pub(crate) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    pub(crate) fn check_open(&self) -> Result<(), StoreError> {
        if self.is_closed() { Err(StoreError::Closed) } else { Ok(()) }
    }
}

impl Store {
    /// What lies in a folder; a folder that does not exist is empty.
    ///
    /// # Errors
    /// [`StoreError::KeyFile`] and faults of the disk.
    pub fn dir_state(dir: &Path) -> Result<DirState, StoreError> {
        let Some(file) = KeyFile::load(dir)? else {
            return Ok(DirState::Empty);
        };
        Ok(match (dir.join(DB_NAME).exists(), dir.join(DB_NEW_NAME).exists()) {
            (false, true) => DirState::Empty,
            (false, false) => DirState::Damaged,
            _ if file.keyring.is_some() => DirState::Keyring,
            _ => DirState::Password,
        })
    }

    /// Makes a town in an empty folder: the keys, the file, the device's first operation, the
    /// first user. After a crash in between the folder counts as empty.
    ///
    /// # Errors
    /// [`StoreError::TownExists`], and faults of the disk.
    pub fn create(dir: &Path, options: CreateOptions, ports: &Ports) -> Result<Created, StoreError> {
        create::create(dir, options, ports)
    }

    /// Opens a town's file: proves the key, brings the format up to date (after a backup), reads
    /// what an older program could not.
    ///
    /// # Errors
    /// Wrong secrets, lockout, [`StoreError::NewerFile`], [`StoreError::Damaged`], faults of the
    /// disk.
    pub fn open(dir: &Path, unlock: Unlock, ports: &Ports) -> Result<Opened, StoreError> {
        let state = Self::dir_state(dir)?;
        let Some(file) = KeyFile::load(dir)? else {
            return Err(StoreError::NoTown);
        };
        match state {
            DirState::Empty => return Err(StoreError::NoTown),
            DirState::Damaged => return Err(StoreError::FileMissing),
            DirState::Keyring | DirState::Password => {}
        }
        prove(dir, file, unlock, ports)?.open()
    }

    pub(crate) fn open_file(dir: &Path, key: FileKey, way: KeyWay, ports: &Ports) -> Result<Self, StoreError> {
        let path = dir.join(DB_NAME);
        let lock = FolderLock::shared(dir)?;
        let opened = connect(&path, &key, Use::Write, false);
        let (mut conn, lock) = damage::set_aside_if_damaged(dir, opened, lock, ports)?;
        migrate::migrate(&mut conn, migrate::MIGRATIONS, Some(&Maker { dir, key: &key, ports }))?;
        let identity = Identity::load(&conn)?;
        let inner = Inner {
            dir: dir.to_owned(),
            way,
            ports: ports.clone(),
            identity,
            writer: Mutex::new(conn),
            pool: Pool::new(path, key.clone()),
            key,
            key_file: Mutex::new(()),
            upkeep: Mutex::new(()),
            lock: Mutex::new(Some(lock)),
            commits: AtomicU64::new(0),
            listeners: Mutex::new(Vec::new()),
        };
        let store = Self { inner: Arc::new(inner) };
        store.read_formerly_unknown()?;
        store.note_refused_while_closed()?;
        crate::verify::remove_left_behind(dir);
        Ok(store)
    }

    /// Reads on one snapshot; never waits for a writer.
    ///
    /// # Errors
    /// What the closure returns, and faults of the database.
    pub fn read<T, E: From<StoreError>>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        self.inner.pool.with(|conn| f(&Reader::new(conn)))
    }

    /// The one write door: one IMMEDIATE transaction, durable when this returns `Ok`; an `Err`
    /// from the closure leaves nothing behind.
    ///
    /// # Errors
    /// What the closure returns, and faults of the database.
    pub fn write<T, E: From<StoreError>>(
        &self,
        actor: UserId,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (result, finished) = {
            let mut conn = self.writer();
            self.inner.check_open()?;
            let transaction =
                conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
            let mut tx = Tx::begin(&transaction, &self.inner.ports, &self.inner.identity, actor)?;
            let result = f(&mut tx)?;
            let finished = tx.finish()?;
            transaction.commit().map_err(StoreError::from)?;
            (result, finished)
        };
        self.after_commit(finished)?;
        Ok(result)
    }

    /// The same door for what arrives from the district.
    pub(crate) fn write_arrived<T>(
        &self,
        f: impl FnOnce(&mut crate::log::Log<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.writer();
        self.inner.check_open()?;
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut log = crate::log::Log::new(&transaction, &self.inner.ports);
        let result = f(&mut log)?;
        log.finish()?;
        drop(log);
        transaction.commit()?;
        self.inner.commits.fetch_add(1, Ordering::Relaxed);
        Ok(result)
    }

    /// Counts a transaction that was committed past the doors above.
    pub(crate) fn note_change(&self) {
        self.inner.commits.fetch_add(1, Ordering::Relaxed);
    }

    fn after_commit(&self, finished: Finished) -> Result<(), StoreError> {
        self.inner.commits.fetch_add(1, Ordering::Relaxed);
        if self.inner.way == KeyWay::Password && !finished.slots.is_empty() {
            self.with_key_file(|file| {
                finished.slots.into_iter().for_each(|slot| file.put_password(slot));
                Ok(())
            })?;
        }
        if finished.has_ops {
            for listener in self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                listener();
            }
        }
        Ok(())
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic inside a transaction has rolled it back, so the connection is sound.
        self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other backup, rehearsal or replacement of the vault's copy runs.
    pub(crate) fn upkeep(&self) -> MutexGuard<'_, ()> {
        self.inner.upkeep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends reading and writing through this store and all its clones.
    pub(crate) fn shut_doors(&self) -> Result<(), StoreError> {
        let mut conn = self.writer();
        self.inner.check_open()?;
        if !self.inner.pool.close() {
            return Err(StoreError::Busy);
        }
        // The last connection folds the write-ahead log into the file, so that one file is all there is.
        *conn = Connection::open_in_memory()?;
        *self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    pub(crate) fn with_key_file<T>(
        &self,
        f: impl FnOnce(&mut KeyFile) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _guard = self.inner.key_file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = KeyFile::load(&self.inner.dir)?.ok_or(StoreError::KeyFile)?;
        let result = f(&mut file)?;
        file.save(&self.inner.dir)?;
        Ok(result)
    }

    /// Stretches a new password; slow on purpose, so it is done before the transaction that hands
    /// it to [`Tx::set_credential`].
    ///
    /// # Errors
    /// Faults of the key file.
    pub fn prepare_credential(
        &self,
        sign_in_name: &str,
        password: &str,
    ) -> Result<crate::write::user::Credential, StoreError> {
        let file = KeyFile::load(&self.inner.dir)?.ok_or(StoreError::KeyFile)?;
        let stretched = Stretched::new(password, self.inner.identity.kdf, &self.inner.ports)?;
        crate::write::user::Credential::new(&file, sign_in_name, &stretched, &self.inner.key, &self.inner.ports)
    }

    /// Makes a new recovery key. `mark` notes that it waits to be confirmed, before anything opens with it; the former one
    /// opens the file until [`Store::confirm_recovery_key`], so that no key is the only one that nobody has seen.
    ///
    /// # Errors
    /// What `mark` returns, faults of the key file and of its copy beside the backups; the former key stands then.
    pub fn new_recovery_key<E: From<StoreError>>(
        &self,
        mark: impl FnOnce(&RecoveryKey) -> Result<(), E>,
    ) -> Result<RecoveryKey, E> {
        let Inner { dir, key, identity, ports, .. } = &*self.inner;
        let file = KeyFile::load(dir)?.ok_or(StoreError::KeyFile)?;
        let (recovery, slot) = crate::key::recovery_slot(&file, key, identity.kdf, ports)?;
        mark(&recovery)?;
        self.with_key_file(|file| {
            file.recovery_offered = Some(slot);
            Ok(())
        })?;
        self.replace_key_file_copies()?;
        Ok(recovery)
    }

    /// The new recovery key is on paper: from now on the former one opens neither this file nor the copies beside the
    /// backups. Nothing is done where none waits.
    ///
    /// # Errors
    /// Faults of the key file and of its copy; to be called again then.
    pub fn confirm_recovery_key(&self) -> Result<(), StoreError> {
        self.with_key_file(|file| {
            if let Some(slot) = file.recovery_offered.take() {
                file.recovery = Some(slot);
            }
            Ok(())
        })?;
        self.replace_key_file_copies()
    }

    /// Calls back after each commit that left operations to send. The callback must not write.
    pub fn on_commit(&self, listener: Listener) {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// How many transactions this process has committed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// The town.
    #[must_use]
    pub fn town(&self) -> TownCode {
        self.inner.identity.town
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.inner.identity.device
    }

    /// What the office calls this device.
    #[must_use]
    pub fn device_label(&self) -> &str {
        &self.inner.identity.label
    }

    /// How the file is opened from day to day.
    #[must_use]
    pub fn key_way(&self) -> KeyWay {
        self.inner.way
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }
}

#[cfg(test)]
mod tests;
