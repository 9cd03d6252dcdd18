//! The sync centre: state in plain words, enrolment, a round by hand, the background loop.

pub mod bundles;
pub mod centre;
pub mod link_settings;
pub mod rights;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use zhenxin_store::{OpRow, Ports, Reader, Store, StoreError, TablesProof, TablesState, UserRow};
use zhenxin_sync::{self as engine, EnrolOrder, Report, SyncHandle, SyncStatus as EngineStatus};

use crate::{
    App, Caller,
    contract::{Fault, FaultCode, session::Nothing, sync::*},
    privacy, settling, shown, workbench,
};

/// Lines of each list in the sync centre.
const LINES_SHOWN: u32 = 100;
/// Settings of the link are small; a longer file is no certificate.
const CA_BYTES_MAX: usize = 64 << 10;
/// Screens ask again at each announcement; a running round is shown about twice a second.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Acts anchor the audit hourly; where there are none, a day of looks and refusals is what nothing outside has seen.
const ANCHOR_DAILY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How far the proof of tables that came from another PC has got.
#[derive(Default)]
struct Proving {
    running: AtomicBool,
    stop: AtomicBool,
    done_ops: AtomicUsize,
    total_ops: AtomicUsize,
}

impl Proving {
    /// Proves them; nothing to do where they are proven, or somebody is at it.
    fn prove(&self, store: &Store) -> Result<(), Fault> {
        if self.running.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let proven = store.prove_tables(&mut |done, total| {
            self.done_ops.store(done, Ordering::Relaxed);
            self.total_ops.store(total, Ordering::Relaxed);
            !self.stop.load(Ordering::Relaxed)
        });
        self.running.store(false, Ordering::Relaxed);
        Ok(proven?)
    }

    fn words(&self, proof: &TablesProof) -> String {
        let at = shown::time(proof.at_ms);
        match proof.state {
            TablesState::Unproven if self.running.load(Ordering::Relaxed) => {
                let (done, total) = (self.done_ops.load(Ordering::Relaxed), self.total_ops.load(Ordering::Relaxed));
                format!("本机的数据表由另一台电脑带来，正在按操作记录核对（{done} / {total} 条），可以照常使用")
            }
            TablesState::Unproven => {
                "本机的数据表由另一台电脑带来，还没有按操作记录核对，同步后自动进行，可以照常使用".to_owned()
            }
            TablesState::Sound => format!("本机的数据表由另一台电脑带来，已按操作记录核对无误，{at}"),
            TablesState::Rebuilt => {
                format!("另一台电脑带来的数据表与操作记录不符，已在 {at} 按操作记录重新计算；请告诉区平台管理员")
            }
        }
    }
}

/// The town's way to its district.
pub struct Link {
    proving: Arc<Proving>,
    store: Store,
    ports: Ports,
    background: Mutex<Option<Arc<SyncHandle>>>,
    /// The last round by hand, where no background loop keeps the state.
    last: Mutex<Option<engine::SyncState>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    pub fn new(store: Store, ports: Ports) -> Self {
        let proving = Arc::default();
        Self { proving, store, ports, background: Mutex::default(), last: Mutex::default() }
    }

    /// Starts the loop once; new operations wake it, every change of its state is announced.
    pub fn start_background(&self, app: &App) {
        let mut background = lock(&self.background);
        if background.is_some() {
            return;
        }
        let (announcer, store, proving) = (app.clone(), self.store.clone(), Arc::clone(&self.proving));
        prove_aside(app, &store, &proving);
        let said: Mutex<Option<(engine::SyncState, Instant)>> = Mutex::default();
        let on_status = Box::new(move |status: &EngineStatus| {
            let running = status.state == engine::SyncState::Running;
            if running && lock(&said).as_ref().is_none_or(|(before, _)| *before != status.state) {
                anchor(&store);
            }
            if status.state == engine::SyncState::Idle {
                // somebody may have been erased by another PC
                privacy::scrub(&store);
            }
            let mut said = lock(&said);
            let again =
                said.as_ref().is_some_and(|(state, at)| *state == status.state && at.elapsed() < PROGRESS_EVERY);
            if !again {
                if matches!(status.state, engine::SyncState::Idle | engine::SyncState::WaitingForKeys) {
                    prove_aside(&announcer, &store, &proving);
                }
                *said = Some((status.state.clone(), Instant::now()));
                announcer.announce("sync");
            }
        });
        match SyncHandle::start(self.store.clone(), self.ports.clone(), on_status) {
            Ok(handle) => {
                let handle = Arc::new(handle);
                let waker = Arc::downgrade(&handle);
                self.store.on_commit(Box::new(move || {
                    if let Some(handle) = waker.upgrade() {
                        handle.wake();
                    }
                }));
                *background = Some(handle);
            }
            // entry goes on without it; the sync centre says what is wrong at the next try by hand
            Err(error) => tracing::error!(code = error.code(), "the background synchronisation did not start"),
        }
    }

    /// Ends the background loop, because the file is about to be replaced.
    pub fn stop(&self) {
        let running = lock(&self.background).take();
        // its thread ends when the handle is dropped
        drop(running);
    }

    fn running(&self) -> Option<Arc<SyncHandle>> {
        lock(&self.background).clone()
    }

    /// There is something to send.
    fn wake(&self) {
        if let Some(handle) = self.running() {
            handle.wake();
        }
    }

    fn settings_changed(&self) {
        if let Some(handle) = self.running() {
            handle.settings_changed();
        }
    }

    fn round(&self) -> Result<Report, Fault> {
        anchor(&self.store);
        let report = match self.running() {
            Some(handle) => handle.sync_now(),
            None => {
                let report = engine::sync_once(&self.store, &self.ports)?;
                if report.complete() {
                    self.proving.prove(&self.store)?;
                    // files have a lane of their own; without the loop nobody else would send them
                    engine::lane_once(&self.store, &self.ports)?;
                }
                report
            }
        };
        privacy::scrub(&self.store);
        *lock(&self.last) = Some(report.state.clone());
        Ok(report)
    }

    /// Where the exchange stands.
    pub fn state(&self) -> Result<engine::SyncState, Fault> {
        Ok(self.status()?.state)
    }

    fn status(&self) -> Result<EngineStatus, Fault> {
        if let Some(handle) = self.running() {
            return Ok(handle.status());
        }
        let enrolled = engine::link(&self.store)?.is_some();
        let resting = match (enrolled, lock(&self.last).clone()) {
            (false, _) => engine::SyncState::NotEnrolled,
            (true, Some(last)) => last,
            (true, None) if engine::settings(&self.store)?.paused => engine::SyncState::Paused,
            (true, None) if self.store.waits_for_keys()? => engine::SyncState::WaitingForKeys,
            (true, None) => engine::SyncState::Idle,
        };
        Ok(EngineStatus {
            state: resting,
            last_receipt_ms: self.store.read(|reader| reader.last_receipt_at())?,
            next_try_ms: None,
            sent: 0,
            to_send: 0,
            received: 0,
            to_receive: 0,
            progress: None,
            equality: engine::equality(&self.store)?,
            lane: engine::lane_status(&self.store)?,
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.proving.stop.store(true, Ordering::Relaxed);
    }
}

/// Before a round: what the audit says goes out with it once a day, also where nobody does anything but look.
fn anchor(store: &Store) {
    match store.anchor_audit(ANCHOR_DAILY_MS) {
        Ok(_) | Err(StoreError::Closed) => {}
        // the round goes on without it, and the next one tries again
        Err(error) => tracing::error!(code = error.code(), "the audit could not be anchored"),
    }
}

/// Proves tables that came from another PC on a thread of its own: it takes as long as folding the whole log.
fn prove_aside(app: &App, store: &Store, proving: &Arc<Proving>) {
    let unproven = match store.tables_proof() {
        Ok(proof) => proof.is_some_and(|proof| proof.state == TablesState::Unproven),
        Err(error) => {
            tracing::warn!(code = error.code(), "whether the tables are proven cannot be read");
            false
        }
    };
    if !unproven || proving.running.load(Ordering::Relaxed) {
        return;
    }
    let (app, store, proving) = (app.clone(), store.clone(), Arc::clone(proving));
    let started = std::thread::Builder::new().name("proof".to_owned()).spawn(move || {
        if let Err(fault) = proving.prove(&store) {
            // it begins anew after the next round
            tracing::warn!(code = ?fault.code, "the tables of a snapshot are not proven yet");
        }
        app.announce("sync");
    });
    if started.is_err() {
        tracing::warn!("the proof of a snapshot's tables did not start");
    }
}

fn shown_state(state: &engine::SyncState) -> SyncState {
    use engine::SyncState as Inner;
    match state {
        Inner::NotEnrolled => SyncState::NotEnrolled,
        Inner::Idle => SyncState::Idle,
        Inner::Running => SyncState::Running,
        Inner::Offline { .. } => SyncState::Offline,
        Inner::Portal => SyncState::Portal,
        Inner::CertificateUnknown => SyncState::CertificateUnknown,
        Inner::ServerFault { .. } => SyncState::ServerFault,
        Inner::Refused { .. } => SyncState::Refused,
        Inner::WaitingForKeys => SyncState::WaitingForKeys,
        Inner::Paused => SyncState::Paused,
        Inner::OtherNetwork => SyncState::OtherNetwork,
        Inner::Revoked => SyncState::Refused,
        Inner::Differs => SyncState::Differs,
        Inner::DistrictChanged => SyncState::DistrictChanged,
        Inner::LocalFault { .. } => SyncState::LocalFault,
    }
}

/// The pill's words: what waits or was refused comes before what is well.
fn words(status: &EngineStatus, pending: u64, refused: u64) -> String {
    let mut words = match (&status.state, status.last_receipt_ms) {
        (engine::SyncState::Idle, _) if pending > 0 => format!("{pending} 条待发送"),
        (engine::SyncState::Idle, Some(at)) => {
            format!("已同步 {}", shown::time(at).split(' ').nth(1).unwrap_or_default())
        }
        (state, _) => state.words().to_owned(),
    };
    if refused > 0 {
        words.push_str(&format!("，{refused} 条被退回"));
    }
    words
}

/// What the pill shows.
pub fn status(caller: &Caller, _: Nothing) -> Result<SyncStatus, Fault> {
    let link = engine::link(caller.store())?;
    let status = caller.town.link.status()?;
    let tables = caller.store().tables_proof()?.map(|proof| caller.town.link.proving.words(&proof));
    caller.store().read(|reader| {
        let users = reader.users()?;
        let counts = reader.op_counts()?;
        let refused = unseen_refusals(caller, reader, counts.rejected)?;
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(SyncStatus {
            state: shown_state(&status.state),
            words: words(&status, counts.pending, refused),
            advice: status.state.advice(),
            district: link.as_ref().map(|link| link.district_name.clone()),
            url: link.as_ref().map(|link| link.url.clone()),
            pending: narrow(counts.pending),
            accepted: narrow(counts.own_accepted),
            received: narrow(counts.received),
            refused: narrow(refused),
            last_receipt: status.last_receipt_ms.map(shown::time),
            next_try: status.next_try_ms.map(shown::time),
            refused_ops: reader.rejected_ops(LINES_SHOWN)?.iter().map(|row| op_line(row, &users)).collect(),
            tables,
        })
    })
}

/// Refused operations that nobody has marked as seen.
pub fn unseen_refusals(caller: &Caller, reader: &Reader, refused: u64) -> Result<u64, Fault> {
    let mut unseen = refused;
    if refused > 0 {
        for row in reader.rejected_ops(LINES_SHOWN)? {
            let seen = settling::verdict_on(caller, reader, &settling::refused_issue(&row))?.is_some();
            unseen -= u64::from(seen);
        }
    }
    Ok(unseen)
}

fn op_line(row: &OpRow, users: &[UserRow]) -> OpLine {
    OpLine {
        op: row.id.to_string(),
        at: shown::time(row.recorded_at),
        actor: shown::actor(users, row.actor),
        what: workbench::what(row),
        reason: row.reason_text.clone(),
    }
}

pub fn enrol(caller: &Caller, request: Enrol) -> Result<SyncStatus, Fault> {
    if request.ca_pem.as_ref().is_some_and(|pem| pem.len() > CA_BYTES_MAX) {
        return Err(Fault::field("ca_pem", "这不像根证书文件，请选择区平台给的 ca.pem。"));
    }
    let order = EnrolOrder { url: request.url, code: request.code, ca_pem: request.ca_pem, label: String::new() };
    engine::enrol(caller.store(), &order)?;
    if let Some(handle) = caller.town.link.running() {
        handle.enrolled();
    }
    status(caller, Nothing {})
}

pub fn now(caller: &Caller, _: Nothing) -> Result<SyncReport, Fault> {
    let report = caller.town.link.round()?;
    if !report.complete() {
        let advice = report.state.advice().unwrap_or_default();
        return Err(Fault::new(FaultCode::District, format!("{}。{advice}。", report.state.words())));
    }
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(SyncReport {
        sent: narrow(report.sent),
        refused: narrow(report.rejected),
        received: narrow(report.received),
        status: status(caller, Nothing {})?,
    })
}
