//! The check that makes itself: once a week while the program is open, the whole file is held against its log.
//!
//! What it found is remembered in the file, noted in the audit, and said on the workbench and in the security overview.
//! It works at most half of the time and stops within a moment when the file is closed or replaced.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use zhenxin_domain::ids::UserId;
use zhenxin_store::{CheckNote, Store, StoreError};

use crate::{App, Inner, OpenTown};

/// What the audit calls it.
pub(crate) const WEEKLY: &str = "weekly_check";
/// A week: backups of seven days are kept, so that what went wrong is found while a sound one is still there.
pub(crate) const EVERY_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// After the start: whoever opens the program in the morning wants to work first.
const FIRST_LOOK: Duration = Duration::from_secs(10 * 60);
/// How often it is looked whether a week is over; a PC that slept is caught up with soon.
const LOOK_EVERY: Duration = Duration::from_secs(30 * 60);
/// So long it works before it rests as long: nobody at the screen notices.
const TURN: Duration = Duration::from_millis(20);

/// Stops the check of a town, which may be under way.
#[derive(Default)]
pub(crate) struct SelfCheck {
    stop: AtomicBool,
    running: Mutex<()>,
}

/// While it lives no check runs.
pub(crate) struct Paused<'c> {
    check: &'c SelfCheck,
    _none_runs: MutexGuard<'c, ()>,
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.check.stop.store(false, Ordering::Relaxed);
    }
}

impl SelfCheck {
    /// Ends the check that runs and lets none begin.
    pub(crate) fn pause(&self) -> Paused<'_> {
        self.stop.store(true, Ordering::Relaxed);
        Paused { check: self, _none_runs: self.running.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Ends it for good.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Keeps checking the town in the background until it is closed.
pub(crate) fn keep_weekly(app: &App, town: &Arc<OpenTown>) {
    let (inner, town) = (Arc::downgrade(&app.inner), Arc::downgrade(town));
    let started = thread::Builder::new().name("check".to_owned()).spawn(move || {
        thread::sleep(FIRST_LOOK);
        while look(&inner, &town) {
            thread::sleep(LOOK_EVERY);
        }
    });
    if let Err(error) = started {
        // the security overview says how old the last one is
        tracing::error!(kind = ?error.kind(), "the weekly check did not start");
    }
}

/// Checks if it is due; false once the town is closed.
fn look(inner: &Weak<Inner>, town: &Weak<OpenTown>) -> bool {
    // what is held on to meanwhile is the file alone, so that the town can be left and stops the check by that
    let Some((store, check)) = town.upgrade().map(|town| (town.store.clone(), Arc::clone(&town.check))) else {
        return false;
    };
    let Some((user, clock)) =
        inner.upgrade().map(|inner| (App { inner: Arc::clone(&inner) }.user(), inner.config.clock.clone()))
    else {
        return false;
    };
    match check_if_due(&store, &check, clock.now_ms(), user) {
        Err(StoreError::Closed) => return false,
        Err(StoreError::Cancelled) | Ok(None) => {}
        Err(error) => tracing::error!(code = error.code(), "the weekly check failed"),
        Ok(Some(note)) => {
            if !note.sound() {
                tracing::error!(faults = note.found, "the weekly check found what is not right");
            }
            if let Some(inner) = inner.upgrade() {
                App { inner }.announce("check");
            }
        }
    }
    true
}

/// Whether a week is over since the last check. One of the future is a clock that was wrong; it must not stop those to
/// come.
fn is_due(last: Option<&CheckNote>, now_ms: i64) -> bool {
    last.is_none_or(|last| !(0..EVERY_MS).contains(&(now_ms - last.at_ms)))
}

/// Checks the file, if that is due, and remembers what was found.
pub(crate) fn check_if_due(
    store: &Store,
    check: &SelfCheck,
    now_ms: i64,
    user: Option<UserId>,
) -> Result<Option<CheckNote>, StoreError> {
    if !is_due(store.last_check()?.as_ref(), now_ms) {
        return Ok(None);
    }
    let _one_at_a_time = check.running.lock().unwrap_or_else(PoisonError::into_inner);
    let mut turn = Instant::now();
    let report = store.verify(Some(&mut |_, _| {
        let worked = turn.elapsed();
        if worked >= TURN {
            thread::sleep(worked.min(10 * TURN));
            turn = Instant::now();
        }
        !check.is_stopped()
    }))?;
    store.note_check(now_ms, user, &report, WEEKLY).map(Some)
}

#[cfg(test)]
mod tests;
