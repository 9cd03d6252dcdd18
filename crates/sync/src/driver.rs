//! Carries the engine's effects out on a thread of its own, with a runtime of
//! its own, so that nothing in the program ever waits for the network.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use zhenxin_store::{Ports, Store, StoreError};

use crate::engine::{Effect, Event, Now, Start, State, Step};
use crate::failure::Failure;
use crate::link::{Link, halt, link, save_halt};
use crate::status::{Report, SyncState, SyncStatus};
use crate::steps::Workbench;
use crate::transport::Transport;
use crate::transport::https::Https;

/// Told of every change of the status, on the driver's thread.
pub type OnStatus = Box<dyn Fn(&SyncStatus) + Send>;

/// How the driver gets a way to the district that it is enrolled with.
pub type Connect = Box<dyn Fn(&Link) -> Result<Arc<dyn Transport>, Failure> + Send>;

/// A step under way.
type UnderWay = Pin<Box<dyn Future<Output = Event> + Send>>;

enum Command {
    Wake,
    Enrolled,
    SyncNow(mpsc::Sender<Report>),
    Stop,
}

/// The running synchronisation of one PC; it stops when dropped.
pub struct SyncHandle {
    commands: UnboundedSender<Command>,
    status: Arc<Mutex<SyncStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl SyncHandle {
    /// Starts it over HTTPS.
    ///
    /// # Errors
    /// The store cannot be read, or the thread cannot start.
    pub fn start(store: Store, ports: Ports, on_status: OnStatus) -> Result<Self, StoreError> {
        Self::start_with(store, ports, on_status, Box::new(connect))
    }

    /// Starts it over another transport.
    ///
    /// # Errors
    /// The store cannot be read, or the thread cannot start.
    pub fn start_with(store: Store, ports: Ports, on_status: OnStatus, connect: Connect) -> Result<Self, StoreError> {
        let (sender, commands) = unbounded_channel();
        let driver = Driver::new(store, ports, connect)?;
        let status = Arc::new(Mutex::new(driver.status()));
        let shared = Arc::clone(&status);
        let publish = Box::new(move |now: &SyncStatus| {
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = now.clone();
            on_status(now);
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("sync".to_owned())
            .spawn(move || runtime.block_on(driver.serve(commands, publish)))?;
        Ok(Self { commands: sender, status, thread: Some(thread) })
    }

    /// The state now.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// There are new ops; they go out within seconds.
    pub fn wake(&self) {
        self.send(Command::Wake);
    }

    /// This PC was enrolled; a round starts at once.
    pub fn enrolled(&self) {
        self.send(Command::Enrolled);
    }

    /// Starts a round at once and waits for its end.
    #[must_use]
    pub fn sync_now(&self) -> Report {
        let (sender, receiver) = mpsc::channel();
        self.send(Command::SyncNow(sender));
        receiver.recv().unwrap_or_else(|_| Report { sent: 0, rejected: 0, received: 0, state: self.status().state })
    }

    /// Stops; a step under way is cut off and repeated at the next start.
    pub fn stop(mut self) {
        self.end();
    }

    fn send(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::warn!("the synchronisation has stopped");
        }
    }

    fn end(&mut self) {
        self.send(Command::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the synchronisation panicked");
        }
    }
}

impl Drop for SyncHandle {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end();
        }
    }
}

/// One round, here and now, for the command line.
///
/// # Errors
/// The store cannot be read.
pub fn sync_once(store: &Store, ports: &Ports) -> Result<Report, StoreError> {
    let mut driver = Driver::new(store.clone(), ports.clone(), Box::new(connect))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(driver.one_round()))
}

fn connect(link: &Link) -> Result<Arc<dyn Transport>, Failure> {
    match Https::new(&link.url, link.ca_pem.as_deref(), Some(&link.token)) {
        Ok(https) => Ok(Arc::new(https)),
        Err(error) => Err(Failure::Local { text: error.to_string() }),
    }
}

/// Somebody who waits for the end of a round.
struct Waiter {
    round: u64,
    report: mpsc::Sender<Report>,
}

struct Driver {
    store: Store,
    ports: Ports,
    connect: Connect,
    bench: Result<Workbench, Failure>,
    state: State,
    waiters: Vec<Waiter>,
    started: Instant,
    under_way: Option<UnderWay>,
}

impl Driver {
    fn new(store: Store, ports: Ports, connect: Connect) -> Result<Self, StoreError> {
        let started = Instant::now();
        let link = link(&store)?;
        let start = Start {
            lineage: link.as_ref().map(Link::lineage),
            halt: halt(&store)?,
            last_receipt_ms: store.read(|reader| reader.last_receipt_at())?,
        };
        let mut driver = Self {
            bench: Err(Failure::Offline),
            state: State::new(start, now(&ports, started)),
            store,
            ports,
            connect,
            waiters: Vec::new(),
            started,
            under_way: None,
        };
        if let Some(link) = link {
            driver.bench = driver.workbench(&link);
        }
        Ok(driver)
    }

    fn workbench(&self, link: &Link) -> Result<Workbench, Failure> {
        Ok(Workbench { store: self.store.clone(), transport: (self.connect)(link)?, lineage: link.lineage() })
    }

    fn status(&self) -> SyncStatus {
        self.state.status()
    }

    async fn serve(mut self, mut commands: UnboundedReceiver<Command>, publish: OnStatus) {
        let mut shown = self.status();
        publish(&shown);
        loop {
            let timer = self.state.next_at_ms().map(|at| self.started + Duration::from_millis(at));
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(Command::Stop) | None => return,
                    Some(command) => self.obey(command),
                },
                event = end_of(&mut self.under_way) => {
                    self.under_way = None;
                    self.happen(event);
                }
                () = sleep_until(timer) => self.happen(Event::Timer),
            }
            let status = self.status();
            if status != shown {
                publish(&status);
                shown = status;
            }
        }
    }

    async fn one_round(&mut self) -> Report {
        let (sender, receiver) = mpsc::channel();
        self.obey(Command::SyncNow(sender));
        loop {
            if let Ok(report) = receiver.try_recv() {
                return report;
            }
            let event = end_of(&mut self.under_way).await;
            self.under_way = None;
            self.happen(event);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Wake => self.happen(Event::NewOps),
            Command::Enrolled => self.enrolled(),
            Command::SyncNow(report) => {
                // a round under way may already have passed the ops that the asker means
                let round = self.state.round() + 1;
                self.waiters.push(Waiter { round, report });
                self.happen(Event::ByHand);
            }
            Command::Stop => {}
        }
    }

    fn enrolled(&mut self) {
        match link(&self.store) {
            Ok(Some(link)) => {
                self.bench = self.workbench(&link);
                self.happen(Event::Enrolled(link.lineage()));
            }
            Ok(None) => tracing::warn!("no enrolment is stored"),
            Err(error) => tracing::error!(code = error.code(), "the enrolment cannot be read"),
        }
    }

    fn happen(&mut self, event: Event) {
        let now = now(&self.ports, self.started);
        let (state, effects) = self.state.clone().advance(event, now);
        self.state = state;
        for effect in effects {
            match effect {
                Effect::Run(step) => self.under_way = Some(self.begin(step)),
                Effect::SaveReceipt { at_ms } => self.keep(|store| store.mark_receipt_time(at_ms)),
                Effect::SaveHalt(halt) => self.keep(|store| save_halt(store, halt)),
                Effect::Ended { round, report } => self.tell(round, &report),
            }
        }
    }

    fn begin(&self, step: Step) -> UnderWay {
        match &self.bench {
            Ok(bench) => Box::pin(bench.clone().run(step)),
            Err(failure) => Box::pin(std::future::ready(Event::Failed(failure.clone()))),
        }
    }

    /// A note that cannot be kept is only a note: the round it belongs to is
    /// safe in the log, and the next one writes it again.
    fn keep(&self, write: impl FnOnce(&Store) -> Result<(), StoreError>) {
        if let Err(error) = write(&self.store) {
            tracing::error!(code = error.code(), "a note of the synchronisation is not kept");
        }
    }

    fn tell(&mut self, round: u64, report: &Report) {
        // without an enrolment, or halted, no further round begins: nobody is left waiting
        let last = matches!(report.state, SyncState::NotEnrolled | SyncState::Forked | SyncState::DistrictChanged);
        for waiter in self.waiters.extract_if(.., |waiter| last || waiter.round <= round) {
            // whoever asked may have gone
            let _gone = waiter.report.send(report.clone());
        }
    }
}

fn now(ports: &Ports, started: Instant) -> Now {
    let mut chance = [0; 4];
    ports.ids.fill(&mut chance);
    Now {
        steady_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        wall_ms: ports.clock.now_ms(),
        chance: u32::from_be_bytes(chance),
    }
}

/// The end of the step under way; never, when none is.
async fn end_of(under_way: &mut Option<UnderWay>) -> Event {
    match under_way {
        Some(step) => step.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
