//! Where an import stands.

use std::sync::Arc;

use zhenxin_documents::workbook::ErrorSheet;

use crate::{
    contract::{
        Fault,
        imports::{ImportJob, ImportReport, JobPhase},
    },
    jobs::{self, JobState},
};

/// A running or ended import.
pub type Job = jobs::Job<State>;

/// The imports of this process.
pub type Jobs = jobs::Jobs<State>;

/// Where it stands.
pub struct State {
    phase: JobPhase,
    report: Option<ImportReport>,
    fault: Option<Fault>,
    faulty_rows: Arc<Vec<ErrorSheet>>,
}

impl Default for State {
    fn default() -> Self {
        Self { phase: JobPhase::Reading, report: None, fault: None, faulty_rows: Arc::default() }
    }
}

impl JobState for State {
    const BUSY: &'static str = "另一个导入正在进行，请等它完成或先取消。";
    const MISSING: &'static str = "没有这个导入任务，请重新选择文件。";

    fn has_ended(&self) -> bool {
        matches!(self.phase, JobPhase::Done | JobPhase::Cancelled | JobPhase::Refused)
    }
}

impl Job {
    /// Enters a phase with `total` rows to do.
    pub fn enter(&self, phase: JobPhase, total: usize) {
        self.progress(0);
        self.expect(total as u64);
        self.state().phase = phase;
    }

    /// Keeps the faulty rows for the error workbook.
    pub fn keep_faulty_rows(&self, sheets: Vec<ErrorSheet>) {
        self.state().faulty_rows = Arc::new(sheets);
    }

    /// The faulty rows.
    pub fn faulty_rows(&self) -> Arc<Vec<ErrorSheet>> {
        Arc::clone(&self.state().faulty_rows)
    }

    /// Ends the job; a cancelled one has rolled back.
    pub fn end(&self, outcome: Result<ImportReport, Fault>) {
        let mut state = self.state();
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

    /// As the boundary shows it.
    pub fn shown(&self) -> ImportJob {
        let (done, total) = self.figures();
        let narrow = |rows: u64| u32::try_from(rows).unwrap_or(u32::MAX);
        let state = self.state();
        ImportJob {
            job: self.number,
            phase: state.phase,
            done: narrow(done),
            total: narrow(total),
            report: state.report.clone(),
            fault: state.fault.clone(),
        }
    }
}
