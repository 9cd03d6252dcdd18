//! Carries both engines on a thread of their own, with a runtime of its own, so
//! that nothing in the program ever waits for the network.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use zhenxin_store::{Ports, Store, StoreError};

use crate::engine::{Event, Now};
use crate::error::SyncError;
use crate::failure::Failure;
use crate::lane::{LaneBench, LaneEvent};
use crate::link::{Link, link};
use crate::peer::{Connect, Peer};
use crate::settings::{Settings, settings};
use crate::status::{LaneStatus, Report, SyncStatus};
use crate::steps::{Tuning, Workbench};
use crate::transport::Transport;
use crate::transport::https::{Https, Way};

/// Told of every change of the status, on the driver's thread.
pub type OnStatus = Box<dyn Fn(&SyncStatus) + Send>;

enum Command {
    Wake,
    Enrolled,
    Settings,
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
        let status = Arc::new(Mutex::new(driver.peer.status()));
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

    /// This PC was enrolled, or its district has moved; a round starts at once,
    /// also where exchange had stopped.
    pub fn enrolled(&self) {
        self.send(Command::Enrolled);
    }

    /// The settings were saved anew; they hold at once.
    pub fn settings_changed(&self) {
        self.send(Command::Settings);
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
    sync_once_over(store, ports, Box::new(connect), Tuning::default())
}

/// The same over another transport and with other figures.
///
/// # Errors
/// The store cannot be read.
pub fn sync_once_over(store: &Store, ports: &Ports, connect: Connect, tuning: Tuning) -> Result<Report, StoreError> {
    let mut driver = Driver::new(store.clone(), ports.clone(), connect)?;
    driver.peer.tune(tuning);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(driver.one_round()))
}

/// Attachments, here and now, until nothing is left that can be moved.
///
/// # Errors
/// The store cannot be read.
pub fn lane_once(store: &Store, ports: &Ports) -> Result<LaneStatus, StoreError> {
    lane_once_over(store, ports, Box::new(connect))
}

/// The same over another transport.
///
/// # Errors
/// The store cannot be read.
pub fn lane_once_over(store: &Store, ports: &Ports, connect: Connect) -> Result<LaneStatus, StoreError> {
    let mut driver = Driver::new(store.clone(), ports.clone(), connect)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(driver.one_lane()))
}

/// Makes a snapshot of the town and gives it to the district, here and now;
/// what was begun before goes on. For the command line.
///
/// # Errors
/// [`SyncError`]; then the next call goes on where this one stood.
pub fn make_snapshot(store: &Store, ports: &Ports) -> Result<(), SyncError> {
    let link = link(store)?.ok_or(SyncError::NotEnrolled)?;
    let transport = connect(&link, &settings(store)?)?;
    let lane = LaneBench::new(Workbench::new(store.clone(), ports.clone(), transport, link, Tuning::default()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SyncError::Runtime)?;
    runtime.block_on(lane.whole_snapshot())?;
    Ok(())
}

/// The way over HTTPS that the settings ask for.
pub(crate) fn connect(link: &Link, settings: &Settings) -> Result<Arc<dyn Transport>, Failure> {
    let way = Way { proxy: &settings.proxy, networks: &settings.networks };
    match Https::new(&link.url, link.ca_pem.as_deref(), Some(&link.token), way) {
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
    peer: Peer,
    ports: Ports,
    waiters: Vec<Waiter>,
    started: Instant,
}

/// What ends a wait.
enum Woken {
    Command(Option<Command>),
    Step(Event),
    Lane(LaneEvent),
    Timer,
    LaneTimer,
}

impl Driver {
    fn new(store: Store, ports: Ports, connect: Connect) -> Result<Self, StoreError> {
        let started = Instant::now();
        let peer = Peer::open_with(store, ports.clone(), connect, now(&ports, started))?;
        Ok(Self { peer, ports, waiters: Vec::new(), started })
    }

    fn now(&self) -> Now {
        now(&self.ports, self.started)
    }

    async fn serve(mut self, mut commands: UnboundedReceiver<Command>, publish: OnStatus) {
        let mut shown = self.peer.status();
        publish(&shown);
        loop {
            let at = |due: Option<u64>| due.map(|at| self.started + Duration::from_millis(at));
            let (timer, lane_timer) = (at(self.peer.next_at_ms()), at(self.peer.lane_next_at_ms()));
            let woken = tokio::select! {
                biased;
                command = commands.recv() => Woken::Command(command),
                woken = step_or_piece(&mut self.peer) => woken,
                () = sleep_until(timer) => Woken::Timer,
                () = sleep_until(lane_timer) => Woken::LaneTimer,
            };
            let now = self.now();
            match woken {
                Woken::Command(Some(Command::Stop) | None) => return,
                Woken::Command(Some(command)) => self.obey(command),
                Woken::Step(event) => self.peer.feed(event, now),
                Woken::Lane(event) => self.peer.feed_lane(event, now),
                Woken::Timer => self.peer.feed(Event::Timer, now),
                Woken::LaneTimer => self.peer.feed_lane(LaneEvent::Timer, now),
            }
            self.tell();
            let status = self.peer.status();
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
            self.tell();
            if let Ok(report) = receiver.try_recv() {
                return report;
            }
            let event = poll_fn(|cx| self.peer.poll_step(cx)).await;
            self.peer.feed(event, self.now());
        }
    }

    async fn one_lane(&mut self) -> LaneStatus {
        self.peer.feed_lane(LaneEvent::Now, self.now());
        while self.peer.lane_step().is_some() {
            let event = poll_fn(|cx| self.peer.poll_lane_step(cx)).await;
            self.peer.feed_lane(event, self.now());
        }
        self.peer.lane_status()
    }

    fn obey(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Wake => self.peer.feed(Event::NewOps, now),
            Command::Enrolled => self.peer.enrolled(now),
            Command::Settings => self.peer.settings_changed(now),
            Command::SyncNow(report) => {
                // a round under way may already have passed the ops that the asker means
                let round = self.peer.round() + 1;
                self.waiters.push(Waiter { round, report });
                self.peer.feed(Event::ByHand, now);
            }
            Command::Stop => {}
        }
    }

    /// Gives the ends of rounds to those who wait for them.
    fn tell(&mut self) {
        for (round, report) in self.peer.take_ended() {
            // where a person must act first, no further round begins: nobody is left waiting
            let last = self.peer.stopped();
            for waiter in self.waiters.extract_if(.., |waiter| last || waiter.round <= round) {
                // whoever asked may have gone
                let _gone = waiter.report.send(report.clone());
            }
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

/// The end of a step of the round or of the lane; never, when none is.
async fn step_or_piece(peer: &mut Peer) -> Woken {
    poll_fn(|cx| match peer.poll_step(cx) {
        Poll::Ready(event) => Poll::Ready(Woken::Step(event)),
        Poll::Pending => peer.poll_lane_step(cx).map(Woken::Lane),
    })
    .await
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
