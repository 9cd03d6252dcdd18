//! The backup that makes itself: once a day while the program is open.

use std::{
    sync::{Arc, PoisonError, Weak},
    thread,
    time::Duration,
};

use zhenxin_store::{BackupMade, Store, StoreError, china_date};

use crate::{App, Inner, OpenTown, fault::sentence, privacy};

/// After the start: the first minute belongs to whoever wants to work.
const FIRST_LOOK: Duration = Duration::from_secs(60);
/// How often it is looked whether a day has begun; a PC that slept is caught up with soon.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);

/// Keeps backing up the town in the background until it is closed. Failures are written down and shown.
pub fn keep_daily(app: &App, town: &Arc<OpenTown>) {
    let (inner, town) = (Arc::downgrade(&app.inner), Arc::downgrade(town));
    let started = thread::Builder::new().name("backup".to_owned()).spawn(move || {
        thread::sleep(FIRST_LOOK);
        while look(&inner, &town) {
            thread::sleep(LOOK_EVERY);
        }
    });
    if let Err(error) = started {
        // the page of backups says how old the last one is
        tracing::error!(kind = ?error.kind(), "the daily backup did not start");
    }
}

/// Backs up if it is due; false once the town is closed.
fn look(inner: &Weak<Inner>, town: &Weak<OpenTown>) -> bool {
    let (Some(inner), Some(town)) = (inner.upgrade(), town.upgrade()) else { return false };
    let app = App { inner };
    // an erasure whose pages could not be written anew at once, before they get into another copy
    privacy::scrub(&town.store);
    match back_up_if_due(&app, &town.store) {
        Err(StoreError::Closed) => return false,
        Err(error) => tracing::error!(code = error.code(), "the daily backup failed"),
        Ok(None) => {}
        Ok(Some(_)) => app.announce("backup"),
    }
    true
}

/// Makes today's backup unless it is there.
pub fn back_up_if_due(app: &App, store: &Store) -> Result<Option<BackupMade>, StoreError> {
    let newest = Store::backups(store.dir())?.into_iter().map(|backup| china_date(backup.made_at_ms)).max();
    // a backup of the future is a clock that was wrong; it must not stop those of today
    if newest == Some(app.clock().today()) {
        return Ok(None);
    }
    let made = store.back_up();
    note(app, &made);
    made.map(Some)
}

/// Remembers what is to be said about the last backup.
pub fn note(app: &App, made: &Result<BackupMade, StoreError>) {
    let words = match made {
        Ok(_) | Err(StoreError::Closed) => None,
        Err(error) => Some(sentence(&error.to_string())),
    };
    *app.inner.backup_fault.write().unwrap_or_else(PoisonError::into_inner) = words;
}

/// Why the last backup failed.
pub fn fault(app: &App) -> Option<String> {
    app.inner.backup_fault.read().unwrap_or_else(PoisonError::into_inner).clone()
}
