//! One PC's synchronisation without a thread, a clock or a timer: both engines,
//! their benches and the steps under way. The driver puts it on a thread; the
//! simulation polls it by hand and drops it wherever it likes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use zhenxin_store::{Ports, Store, StoreError};

use crate::engine::{Effect, Event, Halt, Now, Start, State, Step};
use crate::failure::Failure;
use crate::lane::{Lane, LaneBench, LaneEvent, LaneStep};
use crate::link::{Link, equality, halt, link, save_equality, save_halt};
use crate::settings::{Settings, settings};
use crate::status::{Equality, LaneStatus, Report, SyncState, SyncStatus};
use crate::steps::{Tuning, Workbench};
use crate::transport::Transport;

/// How a way to the district is found, for an enrolment and the settings.
pub type Connect = Box<dyn Fn(&Link, &Settings) -> Result<Arc<dyn Transport>, Failure> + Send>;

type UnderWay<E> = Pin<Box<dyn Future<Output = E> + Send>>;

/// A proof that says the same again is written down once in so long: the newest time is in memory, and a program that
/// was cut off shows one that is a minute older.
const RECEIPT_EVERY_MS: i64 = 60_000;

/// One PC's synchronisation.
pub struct Peer {
    store: Store,
    ports: Ports,
    connect: Connect,
    settings: Settings,
    tuning: Tuning,
    bench: Result<Workbench, Failure>,
    lane_bench: Option<LaneBench>,
    state: State,
    lane: Lane,
    step: Option<UnderWay<Event>>,
    lane_step: Option<UnderWay<LaneEvent>>,
    ended: Vec<(u64, Report)>,
    kept: Option<Equality>,
}

impl Peer {
    /// As after a start of the program, over one transport.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn open(store: Store, ports: Ports, transport: Arc<dyn Transport>, now: Now) -> Result<Self, StoreError> {
        let connect = move |_: &Link, _: &Settings| Ok(Arc::clone(&transport));
        Self::open_with(store, ports, Box::new(connect), now)
    }

    /// As after a start of the program.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn open_with(store: Store, ports: Ports, connect: Connect, now: Now) -> Result<Self, StoreError> {
        let settings = settings(&store)?;
        let link = link(&store)?;
        let start = Start {
            enrolled: link.is_some(),
            halt: halt(&store)?,
            paused: settings.paused,
            last_receipt_ms: store.read(|reader| reader.last_receipt_at())?,
            equality: equality(&store)?,
        };
        let state = State::new(start, now);
        let mut peer = Self {
            lane: Lane::new(link.is_some(), now),
            state,
            bench: Err(Failure::Offline),
            lane_bench: None,
            store,
            ports,
            connect,
            settings,
            tuning: Tuning::default(),
            step: None,
            lane_step: None,
            ended: Vec::new(),
            kept: None,
        };
        if let Some(link) = link {
            peer.set_up(link);
        }
        peer.hold_lane(now);
        Ok(peer)
    }

    /// Other figures than a town's; before the first event.
    pub fn tune(&mut self, tuning: Tuning) {
        self.tuning = tuning;
        if let Ok(bench) = &mut self.bench {
            bench.tuning = tuning;
            self.lane_bench = Some(LaneBench::new(bench.clone()));
        }
    }

    fn set_up(&mut self, link: Link) {
        let transport = (self.connect)(&link, &self.settings);
        self.bench = transport
            .map(|transport| Workbench::new(self.store.clone(), self.ports.clone(), transport, link, self.tuning));
        self.lane_bench = self.bench.as_ref().ok().map(|bench| LaneBench::new(bench.clone()));
    }

    /// This PC was enrolled, or its district has moved.
    pub fn enrolled(&mut self, now: Now) {
        match link(&self.store) {
            Ok(Some(link)) => {
                self.set_up(link);
                self.feed(Event::Enrolled, now);
            }
            Ok(None) => tracing::warn!("no enrolment is stored"),
            Err(error) => tracing::error!(code = error.code(), "the enrolment cannot be read"),
        }
    }

    /// The settings in the store are others.
    pub fn settings_changed(&mut self, now: Now) {
        let read = settings(&self.store).and_then(|settings| Ok((settings, link(&self.store)?)));
        match read {
            Ok((settings, link)) => {
                let other_way = settings.networks != self.settings.networks || settings.proxy != self.settings.proxy;
                self.settings = settings;
                if let Some(link) = link.filter(|_| other_way) {
                    self.set_up(link);
                }
                self.feed(Event::Paused(self.settings.paused), now);
                if other_way {
                    self.feed(Event::OtherWay, now);
                }
            }
            Err(error) => tracing::error!(code = error.code(), "the settings cannot be read"),
        }
    }

    /// Something happens to the rounds: the effects are carried out, and the
    /// next step, if any, stands ready to be polled.
    pub fn feed(&mut self, event: Event, now: Now) {
        let work = matches!(event, Event::NewOps);
        let (state, effects) = self.state.clone().advance(event, now);
        self.state = state;
        let mut round_over = false;
        for effect in effects {
            match effect {
                Effect::Run(step) => self.step = Some(self.begin(step)),
                Effect::Cut => self.step = None,
                Effect::SaveReceipt(equality) => self.keep_receipt(&equality),
                Effect::SaveHalt(halt) => self.keep_halt(halt),
                Effect::Ended { round, report } => {
                    round_over = report.complete();
                    self.ended.push((round, report));
                }
            }
        }
        if work || round_over {
            self.feed_lane(LaneEvent::Work, now);
        }
        self.hold_lane(now);
    }

    fn begin(&self, step: Step) -> UnderWay<Event> {
        match &self.bench {
            Ok(bench) => Box::pin(bench.clone().run(step)),
            Err(failure) => Box::pin(std::future::ready(Event::Failed(failure.clone()))),
        }
    }

    /// A note that cannot be kept is only a note: the round it belongs to is
    /// safe in the log, and the next one writes it again.
    fn keep_receipt(&mut self, equality: &Equality) {
        let said = self.kept.as_ref().is_some_and(|kept| {
            let same = (kept.scopes, kept.ops, kept.waiting) == (equality.scopes, equality.ops, equality.waiting);
            same && (kept.at_ms..kept.at_ms.saturating_add(RECEIPT_EVERY_MS)).contains(&equality.at_ms)
        });
        if said {
            return;
        }
        match save_equality(&self.store, equality) {
            Ok(()) => self.kept = Some(*equality),
            Err(error) => tracing::error!(code = error.code(), "a note of the synchronisation is not kept"),
        }
    }

    fn keep_halt(&self, halt: Option<Halt>) {
        if let Err(error) = save_halt(&self.store, halt) {
            tracing::error!(code = error.code(), "a note of the synchronisation is not kept");
        }
    }

    /// The lane stands still while a round is under way, and is cut off where
    /// nothing may be exchanged at all.
    fn hold_lane(&mut self, now: Now) {
        if self.state.stopped() && self.lane_step.is_some() {
            self.lane_step = None;
            self.feed_lane(LaneEvent::Cut, now);
        }
        self.feed_lane(LaneEvent::Held(self.state.running() || self.state.stopped()), now);
    }

    /// Something happens to the lane.
    pub fn feed_lane(&mut self, event: LaneEvent, now: Now) {
        let (lane, step) = self.lane.clone().advance(event, now);
        self.lane = lane;
        if let (Some(step), Some(bench)) = (step, &self.lane_bench) {
            self.lane_step = Some(Box::pin(bench.clone().run(step)));
        }
    }

    /// The step of the round under way.
    #[must_use]
    pub const fn step(&self) -> Option<Step> {
        self.state.step()
    }

    /// The step of the lane under way.
    #[must_use]
    pub const fn lane_step(&self) -> Option<LaneStep> {
        self.lane.step()
    }

    /// When [`Event::Timer`] is due, by the steady clock.
    #[must_use]
    pub const fn next_at_ms(&self) -> Option<u64> {
        self.state.next_at_ms()
    }

    /// When [`LaneEvent::Timer`] is due, by the steady clock.
    #[must_use]
    pub const fn lane_next_at_ms(&self) -> Option<u64> {
        self.lane.next_at_ms()
    }

    /// Number of the round under way or of the last one.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.state.round()
    }

    /// Whether a person must act before another round can begin.
    #[must_use]
    pub const fn stopped(&self) -> bool {
        self.state.stopped()
    }

    /// Whether the lane has nothing to do for now.
    #[must_use]
    pub const fn lane_resting(&self) -> bool {
        self.lane.resting()
    }

    /// What a person sees.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        SyncStatus { lane: self.lane_status(), ..self.state.status() }
    }

    /// How the lane stands.
    #[must_use]
    pub fn lane_status(&self) -> LaneStatus {
        self.lane.status()
    }

    /// Rounds that ended since the last call, with their numbers.
    pub fn take_ended(&mut self) -> Vec<(u64, Report)> {
        std::mem::take(&mut self.ended)
    }

    /// Polls the step of the round; its end is not yet fed in. Pending also
    /// where there is none.
    pub fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        poll_taking(&mut self.step, cx)
    }

    /// The same for the lane.
    pub fn poll_lane_step(&mut self, cx: &mut Context<'_>) -> Poll<LaneEvent> {
        poll_taking(&mut self.lane_step, cx)
    }

    /// Polls the step of the round once, waking nobody, and feeds its end in;
    /// whether it has ended.
    pub fn poll(&mut self, now: Now) -> bool {
        match self.poll_step(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => {
                self.feed(event, now);
                true
            }
            Poll::Pending => false,
        }
    }

    /// The same for the lane.
    pub fn poll_lane(&mut self, now: Now) -> bool {
        match self.poll_lane_step(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => {
                self.feed_lane(event, now);
                true
            }
            Poll::Pending => false,
        }
    }

    /// One round by hand over a transport that answers at once.
    pub fn settle(&mut self, now: Now) -> Report {
        self.ended.clear();
        self.feed(Event::ByHand, now);
        while self.step().is_some() && self.poll(now) {}
        let nothing = || Report { sent: 0, rejected: 0, received: 0, state: SyncState::Running };
        self.take_ended().pop().map_or_else(nothing, |(_, report)| report)
    }

    /// The lane to its rest over a transport that answers at once.
    pub fn settle_lane(&mut self, now: Now) -> LaneStatus {
        self.feed_lane(LaneEvent::Now, now);
        while self.lane_step().is_some() && self.poll_lane(now) {}
        self.lane_status()
    }
}

fn poll_taking<E>(step: &mut Option<UnderWay<E>>, cx: &mut Context<'_>) -> Poll<E> {
    let Some(under_way) = step else {
        return Poll::Pending;
    };
    let polled = under_way.as_mut().poll(cx);
    if polled.is_ready() {
        *step = None;
    }
    polled
}
