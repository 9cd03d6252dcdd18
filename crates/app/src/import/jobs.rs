//! Running and ended import jobs of this process: progress, cancelling, outcome.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use zhenxin_documents::workbook::ErrorSheet;

use crate::contract::{
    Fault, FaultCode,
    imports::{ImportJob, ImportReport, JobPhase},
};

/// Ended jobs that are remembered, so that their error workbook can still be fetched.
const REMEMBERED: usize = 20;

/// One job.
pub struct Job {
    number: u32,
    state: Mutex<State>,
    done: AtomicU32,
    total: AtomicU32,
    cancelled: AtomicBool,
}

struct State {
    phase: JobPhase,
    report: Option<ImportReport>,
    fault: Option<Fault>,
    faulty_rows: Arc<Vec<ErrorSheet>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // what a panicking thread leaves here is whole: every change is a single assignment
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    /// Enters a phase with `total` rows to do.
    pub fn enter(&self, phase: JobPhase, total: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(u32::try_from(total).unwrap_or(u32::MAX), Ordering::Relaxed);
        lock(&self.state).phase = phase;
    }

    /// Rows done in this phase.
    pub fn progress(&self, done: usize) {
        self.done.store(u32::try_from(done).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// The flag that a long transaction looks at.
    pub fn cancel_flag(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Whether the user has cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the job to stop; it ends as cancelled when it has rolled back.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Keeps the faulty rows for the error workbook.
    pub fn keep_faulty_rows(&self, sheets: Vec<ErrorSheet>) {
        lock(&self.state).faulty_rows = Arc::new(sheets);
    }

    /// The faulty rows.
    pub fn faulty_rows(&self) -> Arc<Vec<ErrorSheet>> {
        Arc::clone(&lock(&self.state).faulty_rows)
    }

    /// Ends the job.
    pub fn end(&self, outcome: Result<ImportReport, Fault>) {
        let mut state = lock(&self.state);
        match outcome {
            Ok(report) => {
                state.phase = JobPhase::Done;
                state.report = Some(report);
            }
            Err(_) if self.is_cancelled() => state.phase = JobPhase::Cancelled,
            Err(fault) => {
                state.phase = JobPhase::Refused;
                state.fault = Some(fault);
            }
        }
    }

    /// Whether it has ended, however.
    pub fn has_ended(&self) -> bool {
        matches!(lock(&self.state).phase, JobPhase::Done | JobPhase::Cancelled | JobPhase::Refused)
    }

    /// As the boundary shows it.
    pub fn shown(&self) -> ImportJob {
        let state = lock(&self.state);
        ImportJob {
            job: self.number,
            phase: state.phase,
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            report: state.report.clone(),
            fault: state.fault.clone(),
        }
    }
}

/// All jobs of the process.
#[derive(Default)]
pub struct Jobs {
    jobs: Mutex<BTreeMap<u32, Arc<Job>>>,
}

impl Jobs {
    /// A new job. Refused while another one runs: two imports at once would wait for each other anyway.
    pub fn begin(&self) -> Result<Arc<Job>, Fault> {
        let mut jobs = lock(&self.jobs);
        if jobs.values().any(|job| !job.has_ended()) {
            return Err(Fault::new(FaultCode::Conflict, "另一个导入正在进行，请等它完成或先取消。"));
        }
        while jobs.len() >= REMEMBERED {
            jobs.pop_first();
        }
        let number = jobs.last_key_value().map_or(1, |(number, _)| number + 1);
        let job = Arc::new(Job {
            number,
            state: Mutex::new(State {
                phase: JobPhase::Reading,
                report: None,
                fault: None,
                faulty_rows: Arc::default(),
            }),
            done: AtomicU32::new(0),
            total: AtomicU32::new(0),
            cancelled: AtomicBool::new(false),
        });
        jobs.insert(number, Arc::clone(&job));
        Ok(job)
    }

    /// The job with this number.
    pub fn find(&self, number: u32) -> Result<Arc<Job>, Fault> {
        let found = lock(&self.jobs).get(&number).cloned();
        found.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这个导入任务，请重新选择文件。"))
    }
}
