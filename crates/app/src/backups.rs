//! Backups: made by themselves once a day and by hand, rehearsed, restored in two steps.

use zhenxin_store::{BackupLine as StoreLine, BackupPlace as StorePlace, KeptFor, Opened};

use crate::{
    App, Caller, access,
    contract::{Fault, FaultCode, backups::*, session::Nothing},
    shown, system,
};

mod daily;
pub mod damaged;
mod findings;
mod plan;

pub use daily::keep_daily;
pub use findings::{ago, days_since, findings, urgency, urgent};

fn store_place(place: BackupPlace) -> StorePlace {
    match place {
        BackupPlace::Here => StorePlace::Here,
        BackupPlace::Second => StorePlace::Second,
    }
}

fn line(line: StoreLine, place: BackupPlace) -> BackupLine {
    BackupLine {
        made_at: shown::time(line.backup.made_at_ms),
        backup: line.backup.file,
        place,
        bytes: line.backup.bytes,
        ops: line.manifest.map(|manifest| manifest.ops),
        residents: line.manifest.map(|manifest| manifest.residents),
        kept: line.kept.map(|kept| match kept {
            KeptFor::Day => BackupKept::Day,
            KeptFor::Week => BackupKept::Week,
            KeptFor::Month => BackupKept::Month,
            KeptFor::SameDay => BackupKept::SameDay,
        }),
        readable: line.manifest.is_some(),
    }
}

fn shelf(caller: &Caller, place: BackupPlace) -> Result<BackupShelf, Fault> {
    let store = caller.store();
    let folder = store.backup_folder(store_place(place))?;
    let backups = store.backup_lines(store_place(place))?;
    Ok(BackupShelf {
        place,
        folder: folder.display().to_string(),
        reachable: true,
        last: backups.first().map(|newest| shown::time(newest.backup.made_at_ms)),
        file_bytes: store.backup_file_bytes(store_place(place))?,
        backups: backups.into_iter().map(|found| line(found, place)).collect(),
    })
}

/// A command met something in the file that it should not hold: the whole file is read through at its next opening.
pub fn suspect(app: &App) {
    let Ok(town) = app.town() else { return };
    if let Err(error) = town.store.suspect() {
        tracing::error!(code = error.code(), "the file could not be marked for a check");
    }
}

/// The page of backups.
pub fn backups(caller: &Caller, _: Nothing) -> Result<Backups, Fault> {
    let notes = caller.store().backup_notes()?;
    let mut shelves = vec![shelf(caller, BackupPlace::Here)?];
    if let Some(second) = &notes.second {
        let there = match shelf(caller, BackupPlace::Second) {
            Ok(shelf) => Some(shelf),
            Err(fault) if fault.code == FaultCode::System => None,
            Err(fault) => return Err(fault),
        };
        shelves.push(there.unwrap_or_else(|| BackupShelf {
            place: BackupPlace::Second,
            folder: second.display().to_string(),
            reachable: false,
            last: notes.second_at_ms.map(shown::time),
            file_bytes: 0,
            backups: Vec::new(),
        }));
    }
    Ok(Backups {
        findings: findings(caller)?,
        shelves,
        second: notes.second.map(|folder| folder.display().to_string()),
        candidates: system::disks(),
        last_rehearsal: notes.rehearsed_at_ms.map(shown::time),
    })
}

/// Makes a backup now.
pub fn back_up(caller: &Caller, _: Nothing) -> Result<Backups, Fault> {
    let made = caller.store().back_up();
    daily::note(&caller.app, &made);
    made?;
    backups(caller, Nothing {})
}

/// Sets the second place and copies the newest backup there, so that it is of use at once.
pub fn set_second_place(caller: &Caller, request: SetSecondPlace) -> Result<Backups, Fault> {
    let folder = request.folder.as_deref().map(str::trim).filter(|folder| !folder.is_empty());
    if folder.is_some_and(|folder| !std::path::Path::new(folder).is_absolute()) {
        return Err(Fault::field("folder", "请写完整的文件夹位置，如 E:\\备份，或从列表里选一块磁盘。"));
    }
    let set = caller.store().set_second_place(folder.map(std::path::Path::new));
    set.map_err(|error| Fault::field("folder", crate::fault::sentence(&error.to_string())))?;
    if folder.is_some() {
        return back_up(caller, Nothing {});
    }
    backups(caller, Nothing {})
}

/// Proves that a backup gives the town back; the town's own file is not touched.
pub fn rehearse(caller: &Caller, request: BackupRef) -> Result<Rehearsal, Fault> {
    let done = caller.store().rehearse(store_place(request.place), &request.backup, None)?;
    Ok(Rehearsal {
        sound: done.sound(),
        made_at: shown::time(done.made_at_ms),
        ops: done.ops,
        residents: done.residents,
        transfers: done.transfers,
        ledger_sum: done.ledger_sum,
        files: done.files,
        files_missing: done.files_missing,
        took_ms: done.took_ms,
        problems: done.faults,
    })
}

/// First step of a restore: what would be there afterwards.
pub fn restore_check(caller: &Caller, request: BackupRef) -> Result<RestorePlan, Fault> {
    plan::plan(caller, &request)
}

/// Second step: puts the backup in the place of the present file, which is moved aside. Everybody signs in anew.
pub fn restore(caller: &Caller, request: BackupRef) -> Result<Restored, Fault> {
    let (app, town) = (&caller.app, &caller.town);
    let store = caller.store();
    let place = store_place(request.place);
    let folder = match place {
        StorePlace::Here => None,
        StorePlace::Second => Some(store.backup_folder(place)?),
    };
    // asked before anything is closed, so that a backup that cannot be read interrupts nobody
    store.restore_check(place, &request.backup)?;
    town.link.stop();
    // the check reads through the file from end to end, which could not be closed meanwhile
    let _no_check = town.check.pause();
    let shut = store.close()?;
    let outcome = shut.restore(folder.as_deref(), &request.backup, None);
    // whatever became of it, a file is there: the restored or the former one
    let Opened { store, way, .. } = shut.open()?;
    access::enter(app, Opened { store, way, user: None })?;
    let done = outcome?;
    app.set_user(None);
    damaged::restored(app, done, 0)
}

/// A new recovery key; the former one opens until somebody has confirmed that the new one is on paper.
pub fn new_recovery_key(caller: &Caller, _: Nothing) -> Result<RecoveryKeyMade, Fault> {
    let mark = |key: &zhenxin_store::RecoveryKey| access::await_confirmation(caller, &key.to_string());
    let recovery_key = caller.store().new_recovery_key(mark)?.to_string();
    Ok(RecoveryKeyMade { recovery_key, state: access::app_state(&caller.app, Nothing {})? })
}
