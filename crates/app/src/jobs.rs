//! Work that outlasts a command: numbered, watched, cancelled; ended ones are remembered for a while, so that what came of
//! them can still be fetched. One of a kind runs at a time: two would wait for each other anyway.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::contract::{Fault, FaultCode};

/// Ended jobs of a kind that are remembered.
const REMEMBERED: usize = 20;

/// What a kind of job is about.
pub trait JobState {
    /// Said where another one of the kind is running.
    const BUSY: &'static str;
    /// Said where a number is unknown.
    const MISSING: &'static str;

    /// Whether it has ended, however.
    fn has_ended(&self) -> bool;
}

/// One job.
pub struct Job<S> {
    pub number: u32,
    state: Mutex<S>,
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // what a panicking thread leaves here is whole: every change is a single assignment
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Job<S> {
    pub fn state(&self) -> MutexGuard<'_, S> {
        lock(&self.state)
    }

    /// How much there is to do, in rows or bytes.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// How much is done.
    pub fn progress(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// What is done, and what there is to do.
    pub fn figures(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// The flag that a long transaction looks at.
    pub fn cancel_flag(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Whether the user has cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// All jobs of a kind in this process.
pub struct Jobs<S> {
    jobs: Mutex<BTreeMap<u32, Arc<Job<S>>>>,
}

impl<S> Default for Jobs<S> {
    fn default() -> Self {
        Self { jobs: Mutex::default() }
    }
}

impl<S: JobState> Jobs<S> {
    /// A new job. Refused while another one runs.
    pub fn begin(&self, state: S) -> Result<Arc<Job<S>>, Fault> {
        let mut jobs = lock(&self.jobs);
        if jobs.values().any(|job| !job.state().has_ended()) {
            return Err(Fault::new(FaultCode::Conflict, S::BUSY));
        }
        let number = jobs.last_key_value().map_or(1, |(number, _)| number + 1);
        while jobs.len() >= REMEMBERED {
            jobs.pop_first();
        }
        let job = Arc::new(Job {
            number,
            state: Mutex::new(state),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        });
        jobs.insert(number, Arc::clone(&job));
        Ok(job)
    }

    /// The job with this number.
    pub fn find(&self, number: u32) -> Result<Arc<Job<S>>, Fault> {
        let found = lock(&self.jobs).get(&number).cloned();
        found.ok_or_else(|| Fault::new(FaultCode::NotFound, S::MISSING))
    }
}
