//! Making a backup: one read snapshot of the town's file, copied while others write.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::part::{self, Part};
use super::{Backup, FILES, FOLDER, VAULT_NAME, files, kept_for, log_name, logs_in};
use crate::error::StoreError;
use crate::key::FileKey;
use crate::key::file::{self, KeyFile};
use crate::open::{DB_NAME, migrate};
use crate::pool::{Use, connect};
use crate::ports::Ports;
use crate::query::resident::LISTED_COUNT;
use crate::tables::{self, BACKED, VAULT};

/// What a backup says of itself. Tables that an older format lacks count as empty.
const MANIFEST: &str = "
    CREATE TABLE log.manifest (
      format INTEGER NOT NULL, made_at INTEGER NOT NULL, ops INTEGER NOT NULL, residents INTEGER NOT NULL,
      transfers INTEGER NOT NULL, files INTEGER NOT NULL
    ) STRICT;";

/// What is needed to make a backup, also where no store is open (before a step of the format).
pub(crate) struct Maker<'m> {
    pub(crate) dir: &'m Path,
    pub(crate) key: &'m FileKey,
    pub(crate) ports: &'m Ports,
}

fn attach(conn: &Connection, path: &Path, name: &str, key: &FileKey) -> Result<(), StoreError> {
    let path = path.to_str().ok_or(StoreError::Io(std::io::ErrorKind::InvalidFilename.into()))?;
    conn.execute(&format!("ATTACH DATABASE ?1 AS {name} KEY ?2"), (path, key.to_pragma().as_str()))?;
    // Until it is whole the file is worth nothing, and then it is made durable at once.
    conn.execute_batch(&format!("PRAGMA {name}.journal_mode = OFF; PRAGMA {name}.synchronous = OFF"))?;
    Ok(())
}

impl Maker<'_> {
    /// Makes a backup and thins out older ones.
    pub(crate) fn make(&self) -> Result<Backup, StoreError> {
        let folder = self.dir.join(FOLDER);
        fs::create_dir_all(folder.join(FILES))?;
        part::sweep(&folder, self.ports)?;
        part::sweep(&folder.join(FILES), self.ports)?;
        let made_at_ms = self.ports.clock.now_ms().max(0);
        let file = log_name(made_at_ms);
        let log = Part::new(folder.join(&file), self.ports)?;
        let vault = Part::new(folder.join(VAULT_NAME), self.ports)?;
        let mut conn = self.connect()?;
        attach(&conn, log.path(), "log", self.key)?;
        attach(&conn, vault.path(), "vault", self.key)?;
        {
            let transaction = conn.transaction()?;
            copy_tables(&transaction, BACKED, "log")?;
            copy_tables(&transaction, VAULT, "vault")?;
            write_manifest(&transaction, made_at_ms)?;
            files::keep(&transaction, &folder.join(FILES), self.ports)?;
            transaction.commit()?;
        }
        let format = migrate::format_of(&conn)?;
        for name in ["log", "vault"] {
            conn.pragma_update(Some(name), "user_version", format)?;
            conn.execute_batch(&format!("DETACH DATABASE {name}"))?;
        }
        // The vault first: a log is worth nothing without the keys of its day.
        vault.finish()?;
        self.copy_key_file(&folder)?;
        log.finish()?;
        let bytes = fs::metadata(folder.join(&file))?.len();
        thin_out(&folder, self.key)?;
        Ok(Backup { file, made_at_ms, bytes })
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let path = self.dir.join(DB_NAME);
        if !path.exists() {
            return Err(StoreError::FileMissing);
        }
        // A connection of its own, because a backup takes seconds and nobody waits for it; one that may make files,
        // because the attached ones are made.
        let conn = connect(&path, self.key, Use::Write, true)?;
        conn.pragma_update(None, "foreign_keys", false)?;
        Ok(conn)
    }

    /// Writes the copy of the vault anew.
    pub(crate) fn replace_vault(&self) -> Result<(), StoreError> {
        let folder = self.dir.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let vault = Part::new(folder.join(VAULT_NAME), self.ports)?;
        let mut conn = self.connect()?;
        attach(&conn, vault.path(), "vault", self.key)?;
        let transaction = conn.transaction()?;
        copy_tables(&transaction, VAULT, "vault")?;
        transaction.commit()?;
        let format = migrate::format_of(&conn)?;
        conn.pragma_update(Some("vault"), "user_version", format)?;
        conn.execute_batch("DETACH DATABASE vault")?;
        vault.finish()
    }

    /// A copy of the key file, which holds no plain secret: a damaged one costs nobody the town.
    pub(super) fn copy_key_file(&self, folder: &Path) -> Result<(), StoreError> {
        match KeyFile::load(self.dir)? {
            Some(_) => part::copy(&self.dir.join(file::NAME), folder.join(file::NAME), self.ports),
            None => Ok(()),
        }
    }
}

/// Copies the tables of these names, as they are made and as their rows lie.
fn copy_tables(conn: &Connection, names: &[&str], to: &str) -> Result<(), StoreError> {
    for table in tables::named(conn, "main", names)? {
        conn.execute_batch(&table.sql.replacen("TABLE ", &format!("TABLE {to}."), 1))?;
        tables::copy_rows(conn, &table.name, "main", to)?;
    }
    Ok(())
}

fn write_manifest(conn: &Connection, made_at_ms: i64) -> Result<(), StoreError> {
    let count = |table: &str| -> Result<i64, StoreError> {
        if tables::named(conn, "main", &[table])?.is_empty() {
            return Ok(0);
        }
        Ok(conn.query_row(&format!("SELECT count(*) FROM main.\"{table}\""), [], |row| row.get(0))?)
    };
    conn.execute_batch(MANIFEST)?;
    let counts = (count("op")?, residents(conn)?, count("transfer")?, count("attachment_lane")?);
    conn.execute(
        "INSERT INTO log.manifest (format, made_at, ops, residents, transfers, files) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (migrate::format_of(conn)?, made_at_ms, counts.0, counts.1, counts.2, counts.3),
    )?;
    Ok(())
}

/// As the program counts them: without merged records and without the erased.
fn residents(conn: &Connection) -> Result<i64, StoreError> {
    if tables::named(conn, "main", &["resident", "person_data"])?.len() < 2 {
        return Ok(0);
    }
    Ok(conn.query_row(LISTED_COUNT, [], |row| row.get(0))?)
}

/// Removes the backups that the rule does not keep, and photos that none of the others names.
pub(crate) fn thin_out(folder: &Path, key: &FileKey) -> Result<(), StoreError> {
    let backups = logs_in(folder)?;
    let kept = kept_for(&backups);
    for (backup, kept) in backups.iter().zip(kept) {
        if kept.is_none() {
            fs::remove_file(folder.join(&backup.file))?;
        }
    }
    files::thin_out(folder, key)
}
