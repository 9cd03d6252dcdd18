//! Restoring: a town's file made anew from a backup, and what happens to the file that it takes the place of.
//!
//! The new file is built beside the present one and folded from the log; only when it is whole the present one is moved
//! aside and the new one gets its name. What this device recorded since the backup is carried over where the present file
//! can still be read; everything else the district gives back at the next exchange.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};
use zeroize::Zeroizing;

use crate::backup::{self, BackupPlace, FILES, Manifest, VAULT_NAME, aside, files, open_log};
use crate::error::StoreError;
use crate::key::file::RingSlot;
use crate::key::file::{self, KeyFile, sync_dir};
use crate::key::{FileKey, KeyWay, KeyringPolicy, hex, ring};
use crate::log::Log;
use crate::open::lock::FolderLock;
use crate::open::{DB_NAME, DirState, Opened, Store, Unlock, migrate, remove_database};
use crate::pool::{Use, connect};
use crate::ports::Ports;
use crate::tables::{self, BACKED, VAULT};
use crate::verify::Progress;

mod carry;
mod check;
mod claim;
mod rehearse;
#[cfg(test)]
mod tests;

pub use check::RestoreCheck;
pub(crate) use claim::Claim;
pub use rehearse::Rehearsal;

/// Name of the database that is being made.
const RESTORING: &str = "town.db.restoring";

/// A town whose key is proven and whose file is not open.
pub struct ShutTown {
    pub(crate) dir: PathBuf,
    pub(crate) key: FileKey,
    pub(crate) way: KeyWay,
    pub(crate) ports: Ports,
    /// Sign-in name that was proven with a password.
    pub(crate) signed_in: Option<String>,
    /// Who says to be there and is still to prove it, by the accounts of the backup.
    pub(crate) claim: Option<Claim>,
}

impl std::fmt::Debug for ShutTown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShutTown(..)")
    }
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup said of itself.
    pub manifest: Manifest,
    /// When it was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// Operations in the file now.
    pub ops: u64,
    /// Of them carried over from the former file.
    pub carried: u64,
    /// Files that are to be fetched from the district.
    pub files_missing: u64,
    /// Where the former file lies now, inside the folder.
    pub moved_to: Option<String>,
}

/// A backup with what lies beside it.
pub(crate) struct Shelf {
    pub(crate) folder: PathBuf,
    pub(crate) file: String,
    pub(crate) made_at_ms: i64,
}

impl Shelf {
    /// The backup of this name in a folder.
    pub(crate) fn find(folder: PathBuf, file: &str) -> Result<Self, StoreError> {
        let known = backup::logs_in(&folder)?.into_iter().find(|backup| backup.file == file);
        let backup = known.ok_or(StoreError::Missing { what: "备份" })?;
        Ok(Self { folder, file: backup.file, made_at_ms: backup.made_at_ms })
    }

    fn log(&self) -> PathBuf {
        self.folder.join(&self.file)
    }
}

/// What building a file gave.
pub(crate) struct Built {
    pub(crate) manifest: Manifest,
    pub(crate) files: files::Found,
    pub(crate) carried: u64,
    pub(crate) ops: u64,
}

/// Builds a database from a backup under another name. `former`: the file whose later records are carried over.
pub(crate) fn build(
    shelf: &Shelf,
    target: &Path,
    former: Option<&Path>,
    key: &FileKey,
    ports: &Ports,
    progress: &mut Option<Progress<'_>>,
) -> Result<Built, StoreError> {
    let (log, manifest) = open_log(&shelf.log(), key)?;
    drop(log);
    remove_database(target)?;
    let mut conn = connect(target, key, Use::Write, true)?;
    // Until it is whole the file is worth nothing; it is made durable at the end.
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let steps = migrate::MIGRATIONS;
    migrate::migrate(&mut conn, &steps[..manifest.format as usize], None)?;
    with_attached(&conn, &shelf.log(), key, |conn| copy(conn, BACKED))?;
    migrate::migrate(&mut conn, steps, None)?;
    with_attached(&conn, &shelf.folder.join(VAULT_NAME), key, |conn| copy(conn, VAULT))?;
    let former = former.and_then(|path| carry::open_former(path, key));
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let carried = match &former {
        Some(former) => carry::carry_over(former, &transaction, ports)?,
        None => 0,
    };
    let mut folded = Log::new(&transaction, ports);
    folded.rebuild(&mut |done, total| {
        if let Some(progress) = progress {
            progress(done, total);
        }
        true
    })?;
    // Also of what was carried over: the backup has not heard of those.
    folded.look_for_files()?;
    folded.finish()?;
    drop(folded);
    let found = files::put_back(&transaction, &shelf.folder.join(FILES), former.as_ref())?;
    let ops: i64 = transaction.query_row("SELECT count(*) FROM op", [], |row| row.get(0))?;
    transaction.commit()?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.close().map_err(|(_, error)| StoreError::from(error))?;
    fs::OpenOptions::new().write(true).open(target)?.sync_all()?;
    Ok(Built { manifest, files: found, carried, ops: ops.unsigned_abs() })
}

/// Tables of a file that lies elsewhere, attached for the time of a closure.
fn with_attached(
    conn: &Connection,
    path: &Path,
    key: &FileKey,
    f: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let text = path.to_str().ok_or(StoreError::Io(std::io::ErrorKind::InvalidFilename.into()))?;
    if !path.exists() {
        return Err(StoreError::BackupUnreadable);
    }
    let attached = conn.execute("ATTACH DATABASE ?1 AS lent KEY ?2", (text, key.to_pragma().as_str()));
    attached.map_err(|_| StoreError::BackupUnreadable)?;
    let done = f(conn).map_err(|error| match error {
        StoreError::Corrupt(_) | StoreError::Sql(_) => StoreError::BackupUnreadable,
        other => other,
    });
    conn.execute_batch("DETACH DATABASE lent")?;
    done
}

fn copy(conn: &Connection, names: &[&str]) -> Result<(), StoreError> {
    for table in tables::named(conn, "lent", names)? {
        // A table that a later step has dropped has nothing to go to.
        if !tables::named(conn, "main", &[table.name.as_str()])?.is_empty() {
            tables::copy_common(conn, &table.name, "lent", "main")?;
        }
    }
    Ok(())
}

impl Store {
    /// Closes the file for good: nobody reads or writes through any clone of this store from now on.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where somebody reads on for too long; the store is open as before then.
    pub fn close(&self) -> Result<ShutTown, StoreError> {
        let _upkeep = self.upkeep();
        self.shut_doors()?;
        let inner = &self.inner;
        Ok(ShutTown {
            dir: inner.dir.clone(),
            key: inner.key.clone(),
            way: inner.way,
            ports: inner.ports.clone(),
            signed_in: None,
            claim: None,
        })
    }

    /// Where the file lies that was last moved aside because it was damaged, inside the folder.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn damaged_file(dir: &Path) -> Result<Option<String>, StoreError> {
        aside::newest(dir, aside::DAMAGED)
    }

    /// Whether the keyring holds the key of a folder's town.
    ///
    /// # Errors
    /// [`StoreError::KeyFile`] and faults of the disk.
    pub fn key_in_keyring(dir: &Path) -> Result<bool, StoreError> {
        Ok(KeyFile::load(dir)?.is_some_and(|file| file.keyring.is_some()))
    }

    /// Puts the copy of the key file that lies beside the backups in the place of one that is missing or cannot be read,
    /// which is moved aside. False where nothing was wrong, or nothing can be done.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn mend_key_file(dir: &Path, ports: &Ports) -> Result<bool, StoreError> {
        let broken = match KeyFile::load(dir) {
            Ok(Some(_)) => return Ok(false),
            Ok(None) => false,
            Err(StoreError::KeyFile) => true,
            Err(error) => return Err(error),
        };
        let copy = dir.join(backup::FOLDER);
        if !matches!(KeyFile::load(&copy), Ok(Some(_))) {
            return Ok(false);
        }
        if broken {
            fs::create_dir_all(dir.join(aside::DAMAGED))?;
            let aside = format!("{}/key-{}.json", aside::DAMAGED, ports.clock.now_ms());
            fs::rename(dir.join(file::NAME), dir.join(aside))?;
        }
        backup::part::copy(&copy.join(file::NAME), dir.join(file::NAME), ports)?;
        tracing::warn!(broken, "the key file was put back from beside the backups");
        Ok(true)
    }

    /// Proves a secret without opening the file, which may be damaged or missing.
    ///
    /// # Errors
    /// Wrong secrets, lockout, [`StoreError::KeyFile`], faults of the disk.
    pub fn unlock(dir: &Path, unlock: Unlock, ports: &Ports) -> Result<ShutTown, StoreError> {
        let Some(file) = KeyFile::load(dir)? else { return Err(StoreError::NoTown) };
        crate::open::prove(dir, file, unlock, ports)
    }

    /// The same for a restore by somebody with a password. Where the keyring holds the key it would answer anybody at this
    /// PC, so the password has to be one of the backup's accounts.
    ///
    /// # Errors
    /// As [`Store::unlock`].
    pub fn unlock_for_restore(
        dir: &Path,
        sign_in_name: String,
        password: String,
        ports: &Ports,
    ) -> Result<ShutTown, StoreError> {
        let file = KeyFile::load(dir)?.ok_or(StoreError::NoTown)?;
        if file.keyring.is_none() {
            return Self::unlock(dir, Unlock::Password { sign_in_name, password }, ports);
        }
        let claim = Claim::new(&file, sign_in_name, password, ports)?;
        Ok(ShutTown { claim: Some(claim), ..Self::unlock(dir, Unlock::Keyring, ports)? })
    }

    /// Makes an empty folder ready to take in a backup of another disk: proves the recovery key and writes the key file.
    ///
    /// # Errors
    /// [`StoreError::TownExists`], [`StoreError::WrongRecovery`], [`StoreError::PlaceMissing`], faults of the disk.
    pub fn adopt(
        dir: &Path,
        folder: &Path,
        recovery: String,
        keyring: KeyringPolicy,
        ports: &Ports,
    ) -> Result<ShutTown, StoreError> {
        if Self::dir_state(dir)? != DirState::Empty || dir.join(DB_NAME).exists() {
            return Err(StoreError::TownExists);
        }
        let shelf = backup::second::shelf_on(folder)?;
        let mut key_file = KeyFile::load(&shelf)?.ok_or(StoreError::KeyFile)?;
        let key = crate::key::open_with_recovery(&key_file, &Zeroizing::new(recovery))?;
        key_file.keyring = None;
        key_file.passwords.clear();
        key_file.attempts.clear();
        key_file.refused = Default::default();
        if keyring == KeyringPolicy::Auto {
            let account = hex(&ports.random::<16>());
            if ring::keep(&account, &key) {
                key_file.keyring = Some(RingSlot { service: ring::SERVICE.to_owned(), account });
            }
        }
        let way = if key_file.keyring.is_some() { KeyWay::Keyring } else { KeyWay::Password };
        fs::create_dir_all(dir)?;
        key_file.save(dir)?;
        Ok(ShutTown { dir: dir.to_owned(), key, way, ports: ports.clone(), signed_in: None, claim: None })
    }

    /// Takes an adoption back whose backup could not be restored: the folder is empty again.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn abandon(town: &ShutTown) -> Result<(), StoreError> {
        if town.dir.join(DB_NAME).exists() {
            return Ok(());
        }
        if let Some(slot) = KeyFile::load(&town.dir)?.and_then(|file| file.keyring) {
            ring::forget(&slot.account);
        }
        remove_database(&town.dir.join(RESTORING))?;
        fs::remove_file(town.dir.join(file::NAME))?;
        sync_dir(&town.dir)
    }
}

impl ShutTown {
    /// Opens the file.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(&self) -> Result<Opened, StoreError> {
        if !self.dir.join(DB_NAME).exists() {
            return Err(StoreError::FileMissing);
        }
        let store = Store::open_file(&self.dir, self.key.clone(), self.way, &self.ports)?;
        let user = match &self.signed_in {
            Some(name) => store.opened_by(name)?,
            None => None,
        };
        Ok(Opened { store, way: self.way, user })
    }

    /// Restores a backup of the data folder (`folder` absent) or of any other, and moves the present file aside.
    ///
    /// # Errors
    /// [`StoreError::BackupUnreadable`], [`StoreError::NewerFile`], [`StoreError::InUse`], a claim that no account of the
    /// backup bears out, faults of the disk; the present file stands then.
    pub fn restore(
        &self,
        folder: Option<&Path>,
        file: &str,
        mut progress: Option<Progress<'_>>,
    ) -> Result<Restored, StoreError> {
        let folder = match folder {
            Some(folder) => backup::second::shelf_on(folder)?,
            None => self.dir.join(backup::FOLDER),
        };
        let shelf = Shelf::find(folder, file)?;
        // Whoever has the file open beside us would write on into the one that is moved aside.
        let _alone = FolderLock::alone(&self.dir)?;
        let (present, fresh) = (self.dir.join(DB_NAME), self.dir.join(RESTORING));
        let former = if present.exists() { Some(present.clone()) } else { self.set_aside_lately()? };
        let built = build(&shelf, &fresh, former.as_deref(), &self.key, &self.ports, &mut progress);
        let proven = built.and_then(|built| {
            self.claim.as_ref().map_or(Ok(()), |claim| claim.check(self, &fresh))?;
            Ok(built)
        });
        let built = match proven {
            Ok(built) => built,
            Err(error) => {
                remove_database(&fresh)?;
                return Err(error);
            }
        };
        let moved_to = aside::move_aside(&self.dir, aside::REPLACED, &self.ports)?;
        fs::rename(&fresh, &present)?;
        sync_dir(&self.dir)?;
        Ok(Restored {
            manifest: built.manifest,
            made_at_ms: shelf.made_at_ms,
            ops: built.ops,
            carried: built.carried,
            files_missing: built.files.missing,
            moved_to,
        })
    }

    /// The file that was moved aside last because it was damaged: parts of it may still be read.
    fn set_aside_lately(&self) -> Result<Option<PathBuf>, StoreError> {
        Ok(aside::newest(&self.dir, aside::DAMAGED)?.map(|name| self.dir.join(name)))
    }

    /// Where backups of this town lie, newest first, with the folder as [`ShutTown::restore`] takes it.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn backups(&self, folder: Option<&Path>) -> Result<Vec<backup::Backup>, StoreError> {
        match folder {
            Some(folder) => Store::backups_on(folder),
            None => Store::backups(&self.dir),
        }
    }
}

impl Store {
    /// A backup of a place.
    fn shelf(&self, place: BackupPlace, file: &str) -> Result<Shelf, StoreError> {
        Shelf::find(self.backup_folder(place)?, file)
    }
}
