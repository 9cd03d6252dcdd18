//! The worker that counts: a thread of its own, so that a push never waits for it. It looks for scopes that are behind,
//! counts a run of ops of each in turn, clears up after erasures, lets a young server count its rows, and rests while there
//! is nothing to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, park_timeout};
use std::time::Duration;

use crate::server::Site;
use crate::store::console::tally::Counted;
use crate::store::{Store, StoreError};

/// How long the worker rests when everything is counted.
const REST: Duration = Duration::from_secs(2);

/// How long it steps aside after each run: the writer is one, and a push comes first.
const ASIDE: Duration = Duration::from_millis(5);

/// The worker; it stops when dropped.
pub struct Worker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts counting.
    ///
    /// # Errors
    /// No thread.
    pub(crate) fn start(site: Arc<Site>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("counting".to_owned()).spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let stopped = || {
                    park_timeout(ASIDE);
                    told.load(Ordering::Relaxed)
                };
                if let Err(error) = count_all(site.store(), stopped) {
                    tracing::error!(%error, "counting");
                }
                if let Err(error) = site.store().finish_erasures() {
                    tracing::error!(%error, "destroyed keys still lie about");
                }
                if let Err(error) = site.store().count_for_plans() {
                    tracing::warn!(%error, "the server does not count its rows");
                }
                park_timeout(REST);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("counting ended by a panic");
            }
        }
    }
}

/// Counts until nothing is left that can be counted, or `stopped` says so between two runs.
fn count_all(store: &Store, stopped: impl Fn() -> bool) -> Result<(), StoreError> {
    store.tally_prepare()?;
    loop {
        let mut progress = false;
        for behind in store.tally_behind()? {
            match store.tally(&behind.town, &behind.scope)? {
                Counted::Ops(_) | Counted::Again => progress = true,
                Counted::Stuck => {}
            }
            if stopped() {
                return Ok(());
            }
        }
        if !progress {
            return Ok(());
        }
    }
}

/// Counts everything now: for tests, the demonstration and the terminal.
///
/// # Errors
/// [`StoreError`].
pub fn catch_up(store: &Store) -> Result<(), StoreError> {
    count_all(store, || false)
}
