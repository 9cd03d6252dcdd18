//! A rehearsal: the backup is restored into a folder of its own, folded, checked like the town's own file, and removed.

use std::fs;
use std::path::{Path, PathBuf};

use super::build;
use crate::backup::{BackupPlace, Manifest, open_log};
use crate::error::StoreError;
use crate::key::hex;
use crate::open::damage::is_whole;
use crate::open::{DB_NAME, Store};
use crate::ports::Ports;
use crate::verify::Progress;

const PREFIX: &str = "rehearsal-";
/// No rehearsal takes longer; what is older was left by a crash.
const LEFT_BEHIND_MS: i64 = 24 * 60 * 60 * 1000;

/// What a rehearsal has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// When the backup was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// Operations that came out.
    pub ops: u64,
    /// Residents that came out.
    pub residents: u64,
    /// Transfers that came out.
    pub transfers: u64,
    /// Sum of all accounts of all ledgers, which is zero.
    pub ledger_sum: i64,
    /// Files that open.
    pub files: u64,
    /// Files that are not there or do not open.
    pub files_missing: u64,
    /// How long it took.
    pub took_ms: u64,
    /// What is wrong, in words; empty where nothing is.
    pub faults: Vec<String>,
}

impl Rehearsal {
    /// Whether the backup gives the town back.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The folder of a rehearsal, encrypted like everything in it; it goes away with its value.
struct Stage(PathBuf);

impl Stage {
    fn new(dir: &Path, ports: &Ports) -> Result<Self, StoreError> {
        let name = format!("{PREFIX}{:013}-{}", ports.clock.now_ms().max(0), hex(&ports.random::<8>()));
        let path = dir.join(name);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(kind = ?error.kind(), "the folder of a rehearsal could not be removed");
        }
    }
}

/// Removes what a crash has left of rehearsals.
fn sweep(dir: &Path, ports: &Ports) -> Result<(), StoreError> {
    let before = ports.clock.now_ms() - LEFT_BEHIND_MS;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let begun = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<i64>().ok());
        if begun.is_some_and(|begun| begun < before) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

impl Store {
    /// Restores a backup aside, checks it as [`Store::verify`] does, and removes what was made. The town's own file is not
    /// touched.
    ///
    /// # Errors
    /// [`StoreError::BackupUnreadable`], [`StoreError::NewerFile`], [`StoreError::PlaceMissing`], faults of the disk; what
    /// is wrong with the data is in the answer.
    pub fn rehearse(
        &self,
        place: BackupPlace,
        file: &str,
        mut progress: Option<Progress<'_>>,
    ) -> Result<Rehearsal, StoreError> {
        let _one_at_a_time = self.upkeep();
        let ports = &self.inner.ports;
        let begun = ports.clock.now_ms();
        let shelf = self.shelf(place, file)?;
        sweep(self.dir(), ports)?;
        let stage = Stage::new(self.dir(), ports)?;
        let key = &self.inner.key;
        let (log, _) = open_log(&shelf.log(), &self.inner.key)?;
        let whole = is_whole(&log);
        drop(log);
        let built = build(&shelf, &stage.0.join(DB_NAME), None, key, ports, &mut progress)?;
        let copy = Store::open_file(&stage.0, key.clone(), self.inner.way, ports)?;
        let report = copy.verify(progress)?;
        let (residents, transfers) =
            copy.read(|r| Ok::<_, StoreError>((r.residents_total()?, r.count("SELECT count(*) FROM transfer", [])?)))?;
        copy.close()?;
        drop(copy);
        drop(stage);
        let mut faults = report.faults;
        if !whole {
            faults.push("备份文件里有读不出来的地方，请检查这块磁盘，并另做一份备份".to_owned());
        }
        if built.ops != built.manifest.ops {
            faults.push(format!("备份里应有 {} 条操作记录，读出 {} 条", built.manifest.ops, built.ops));
        }
        // Tables of today's program; those of a former format may have counted otherwise.
        let erased = self.read(|r| r.count("SELECT count(*) FROM subject_key WHERE tombstone = 1", []))?;
        if erased == 0 && transfers != built.manifest.transfers {
            faults.push(format!("备份时账目有 {} 笔，重算得到 {transfers} 笔", built.manifest.transfers));
        }
        let rehearsal = Rehearsal {
            made_at_ms: shelf.made_at_ms,
            manifest: built.manifest,
            ops: built.ops,
            residents,
            transfers,
            ledger_sum: report.ledger_sum,
            files: built.files.opened,
            files_missing: built.files.missing,
            took_ms: (ports.clock.now_ms() - begun).max(0).unsigned_abs(),
            faults,
        };
        if rehearsal.sound() {
            self.note_rehearsal()?;
        }
        Ok(rehearsal)
    }
}
