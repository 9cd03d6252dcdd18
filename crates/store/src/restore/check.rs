//! The first step of a restore: what would be there afterwards, without changing anything.

use rusqlite::Connection;
use zhenxin_domain::division::Scope;

use super::Shelf;
use crate::backup::{BackupPlace, FILES, Manifest, open_log};
use crate::error::StoreError;
use crate::key::hex;
use crate::log::{ACCEPTED, PENDING};
use crate::open::Store;
use crate::open::identity::Identity;

/// What restoring a backup over the present file would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreCheck {
    /// When the backup was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// Length of its log in bytes.
    pub bytes: u64,
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// Operations here now.
    pub ops_here: u64,
    /// Operations that are here and not in the backup.
    pub newer: u64,
    /// Of them: of this device, of the whole town, or waiting for the district; they are carried over.
    pub carried: u64,
    /// Of them: of villages, by other devices, and in the district's order, which gives them back.
    pub from_district: u64,
    /// Of them: neither; refused or repeated ones, which stay in the file that is moved aside.
    pub left_aside: u64,
    /// Files that the backup names, and that are neither beside it nor here.
    pub files_missing: u64,
    /// Subjects that were erased since; they stay erased.
    pub erased_since: u64,
}

impl Store {
    /// Looks at what restoring a backup would do.
    ///
    /// # Errors
    /// [`StoreError::BackupUnreadable`], [`StoreError::NewerFile`], [`StoreError::PlaceMissing`], faults of the disk.
    pub fn restore_check(&self, place: BackupPlace, file: &str) -> Result<RestoreCheck, StoreError> {
        let shelf = self.shelf(place, file)?;
        let (log, manifest) = open_log(&shelf.log(), &self.inner.key)?;
        let mut check = RestoreCheck {
            made_at_ms: shelf.made_at_ms,
            bytes: std::fs::metadata(shelf.log())?.len(),
            manifest,
            ops_here: 0,
            newer: 0,
            carried: 0,
            from_district: 0,
            left_aside: 0,
            files_missing: 0,
            erased_since: 0,
        };
        self.read(|r| {
            compare(r.conn(), &log, &mut check)?;
            check.files_missing = files_missing(r.conn(), &log, &shelf)?;
            let sql = "SELECT count(*) FROM subject_key WHERE tombstone = 1";
            check.erased_since = r.count(sql, [])?;
            Ok(check)
        })
    }
}

/// Compares the present log with the backup's. Both are read side by side in the order of their ids.
fn compare(here: &Connection, log: &Connection, check: &mut RestoreCheck) -> Result<(), StoreError> {
    let identity = Identity::load(here)?;
    let (own, of_town) = (*identity.device.as_bytes(), Scope::Town(identity.town));
    let mut there = log.prepare("SELECT id FROM op ORDER BY id")?;
    let mut there = there.query([])?;
    let mut next: Option<[u8; 16]> = there.next()?.map(|row| row.get(0)).transpose()?;
    let mut statement =
        here.prepare("SELECT id, device, status, server_seq IS NOT NULL, branch = 0, scope = ?1 FROM op ORDER BY id")?;
    let mut rows = statement.query([of_town.as_str()])?;
    while let Some(row) = rows.next()? {
        check.ops_here += 1;
        let id: [u8; 16] = row.get(0)?;
        while next.is_some_and(|there| there < id) {
            next = there.next()?.map(|row| row.get(0)).transpose()?;
        }
        if next == Some(id) {
            continue;
        }
        check.newer += 1;
        let (device, status): ([u8; 16], u8) = (row.get(1)?, row.get(2)?);
        let (ordered, in_chain, of_town): (bool, bool, bool) = (row.get(3)?, row.get(4)?, row.get(5)?);
        if in_chain && (device == own || status == PENDING || (status == ACCEPTED && of_town)) {
            check.carried += 1;
        } else if ordered {
            check.from_district += 1;
        } else {
            check.left_aside += 1;
        }
    }
    Ok(())
}

fn files_missing(here: &Connection, log: &Connection, shelf: &Shelf) -> Result<u64, StoreError> {
    let mut carried = here.prepare_cached("SELECT 1 FROM attachment WHERE hash = ?1")?;
    let mut statement = log.prepare("SELECT hash, blob FROM attachment_lane")?;
    let mut rows = statement.query([])?;
    let mut missing = 0;
    while let Some(row) = rows.next()? {
        let (hash, blob): ([u8; 32], Option<[u8; 32]>) = (row.get(0)?, row.get(1)?);
        let there = blob.is_some_and(|blob| shelf.folder.join(FILES).join(hex(&blob)).exists());
        missing += u64::from(!there && !carried.exists([hash])?);
    }
    Ok(missing)
}
