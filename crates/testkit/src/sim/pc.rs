//! A machine: a folder, an open store, and its synchronisation, polled by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use zhenxin_domain::ids::{DeviceId, UserId};
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::wire::enrol::EnrolAnswer;
use zhenxin_protocol::wire::{Answer, Endpoint};
use zhenxin_store::{OpRow, OpStatus, Ports, Store, StoreError};
use zhenxin_sync::EnrolOrder;
use zhenxin_sync::engine::{Event, Now};
use zhenxin_sync::lane::LaneEvent;
use zhenxin_sync::sim::{Peer, Tuning, enrol_over, poll_now};
use zhenxin_sync::transport::{Exchange, Transport};

use super::chance::{Chance, SeededIds};
use super::clock::{START_MS, Skew, TrueTime, WrongClock};
use super::district::DistrictSide;
use super::net::{Line, Lines};
use super::template::{copy_dir, open};

/// Rows of the log that are read at a time: more than any run has.
const ALL_ROWS: u32 = 1_000_000;

/// Of the machines that join so many restart their program; the others go on with the file as it is open.
const RESTARTED_PER_MILLE: u64 = 250;

/// A machine of the town.
pub struct Pc {
    /// Its number in the run.
    pub number: usize,
    /// The village it is for; `None`: the whole town.
    pub village: Option<u8>,
    /// Who sits at it.
    pub clerk: UserId,
    /// Shut out by the district.
    pub revoked: bool,
    /// Broken for good, with its disk.
    pub dead: bool,
    home: PathBuf,
    lives: u32,
    dir: PathBuf,
    copy: Option<PathBuf>,
    ports: Ports,
    clock: Arc<WrongClock>,
    time: TrueTime,
    chance: Chance,
    token: Option<[u8; 32]>,
    lines: Lines,
    tuning: Tuning,
    running: Option<Running>,
}

/// What a kill ends.
struct Running {
    peer: Peer,
    store: Store,
}

/// The district answers in place: enrolment is not what a run is about.
struct Beside<'d> {
    district: &'d DistrictSide,
    token: Arc<std::sync::Mutex<Option<[u8; 32]>>>,
}

impl Transport for Beside<'_> {
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_> {
        let bytes = self.district.serve(endpoint, None, &frame);
        let answer = Answer::unpack(&bytes);
        if let (Endpoint::Enrol, Ok(Answer { body: Some(body), .. })) = (endpoint, &answer)
            && let Ok(enrolled) = from_cbor::<EnrolAnswer>(body)
        {
            *self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(enrolled.token);
        }
        let outcome = answer.map_err(|_| zhenxin_sync::failure::Failure::Garbled);
        Box::pin(std::future::ready(outcome))
    }
}

/// Enrols a store without a line in between; its token at the district.
pub fn enrol_beside(store: &Store, district: &DistrictSide, code: &str, label: &str) -> Result<Option<[u8; 32]>> {
    let beside = Beside { district, token: Arc::default() };
    let url = "https://district.example".to_owned();
    let order = EnrolOrder { url, code: code.to_owned(), ca_pem: None, label: label.to_owned() };
    match poll_now(enrol_over(store, &beside, &order)) {
        Some(joined) => joined.map(|_| ()).context("enrolment")?,
        None => bail!("the enrolment waits for nothing"),
    }
    let token = *beside.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(token)
}

impl Pc {
    /// A machine on a folder that lies there; it is not running yet.
    pub fn new(
        number: usize,
        village: Option<u8>,
        clerk: UserId,
        home: PathBuf,
        time: TrueTime,
        mut chance: Chance,
        (lines, tuning): (Lines, Tuning),
    ) -> Self {
        let clock = Arc::new(WrongClock::new(time.clone()));
        let ids = Arc::new(SeededIds::new(chance.branch(1)));
        let ports = Ports { clock: Arc::clone(&clock) as Arc<dyn zhenxin_store::Clock>, ids };
        let dir = home.join("0");
        Self {
            number,
            village,
            clerk,
            revoked: false,
            dead: false,
            home,
            lives: 0,
            dir,
            copy: None,
            ports,
            clock,
            time,
            chance,
            token: None,
            lines,
            tuning,
            running: None,
        }
    }

    /// Where its files lie.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Time and randomness.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Its open store.
    pub fn store(&self) -> Result<&Store> {
        Ok(&self.running.as_ref().context("the machine is off")?.store)
    }

    /// Its device.
    pub fn device(&self) -> Result<DeviceId> {
        Ok(self.store()?.device())
    }

    /// Its secret at the district.
    pub fn token(&self) -> Option<[u8; 32]> {
        self.token
    }

    /// Sets its clock.
    pub fn set_clock(&self, skew: Skew) {
        self.clock.set(skew);
    }

    /// Starts the program on the folder.
    pub fn start(&mut self) -> Result<()> {
        let store = open(&self.dir, &self.ports).with_context(|| format!("machine {} does not open", self.number))?;
        self.start_on(store)
    }

    /// Begins to synchronise an open file.
    fn start_on(&mut self, store: Store) -> Result<()> {
        let line = Line { lines: self.lines.clone(), from: self.number, token: self.token };
        let now = self.now();
        let mut peer = Peer::open(store.clone(), self.ports.clone(), Arc::new(line), now)?;
        peer.tune(self.tuning);
        self.running = Some(Running { peer, store });
        Ok(())
    }

    /// Joins the district.
    pub fn enrol(&mut self, district: &DistrictSide, code: &str) -> Result<()> {
        self.token = enrol_beside(self.store()?, district, code, &format!("{} 号机", self.number + 1))?;
        if self.chance.hit(RESTARTED_PER_MILLE) {
            return self.restart();
        }
        let store = self.store()?.clone();
        self.start_on(store)
    }

    /// Ends the program in good order and starts it again.
    fn restart(&mut self) -> Result<()> {
        self.running = None;
        self.start()
    }

    /// What the clocks show now.
    fn now(&mut self) -> Now {
        Now {
            steady_ms: (self.time.now_ms() - START_MS).unsigned_abs() + 1_000_000,
            wall_ms: self.ports.clock.now_ms(),
            chance: self.chance.draw() as u32,
        }
    }

    /// Something happens to its synchronisation.
    pub fn feed(&mut self, event: Event) {
        let now = self.now();
        if let Some(running) = &mut self.running {
            running.peer.feed(event, now);
        }
        self.pump();
    }

    /// Lets the steps under way, of the round and of the lane, go on as far as they can.
    pub fn pump(&mut self) {
        loop {
            let now = self.now();
            let Some(running) = &mut self.running else { return };
            let moved = running.peer.poll(now);
            if !running.peer.poll_lane(now) && !moved {
                return;
            }
        }
    }

    /// Fires the timers that are due.
    pub fn tick(&mut self) {
        let now = self.now();
        let Some(running) = &mut self.running else { return };
        if running.peer.next_at_ms().is_some_and(|at| at <= now.steady_ms) {
            running.peer.feed(Event::Timer, now);
        }
        if running.peer.lane_next_at_ms().is_some_and(|at| at <= now.steady_ms) {
            running.peer.feed_lane(LaneEvent::Timer, now);
        }
        self.pump();
    }

    /// Something happens to its lane of attachments.
    pub fn feed_lane(&mut self, event: LaneEvent) {
        let now = self.now();
        if let Some(running) = &mut self.running {
            running.peer.feed_lane(event, now);
        }
        self.pump();
    }

    /// Whether a round is under way.
    pub fn busy(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.peer.step().is_some())
    }

    /// What its status bar says.
    pub fn status(&self) -> Option<zhenxin_sync::SyncStatus> {
        self.running.as_ref().map(|running| running.peer.status())
    }

    /// A folder for the next life of its files.
    fn next_dir(&mut self) -> PathBuf {
        self.lives += 1;
        self.home.join(self.lives.to_string())
    }

    /// kill -9: the files as they lie there while the program has them open, and a new start on them.
    pub fn crash(&mut self) -> Result<()> {
        let dir = self.next_dir();
        copy_dir(&self.dir, &dir)?;
        self.move_to(dir)
    }

    fn move_to(&mut self, dir: PathBuf) -> Result<()> {
        self.running = None;
        let old = std::mem::replace(&mut self.dir, dir);
        fs::remove_dir_all(old)?;
        self.start()
    }

    /// It breaks with its disk and never comes back.
    pub fn die(&mut self) -> Result<()> {
        self.running = None;
        self.dead = true;
        fs::remove_dir_all(&self.dir)?;
        Ok(())
    }

    /// Copies the disk and lays the copy by.
    pub fn keep_copy(&mut self) -> Result<()> {
        let copy = self.home.join("copy");
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        copy_dir(&self.dir, &copy)?;
        self.copy = Some(copy);
        Ok(())
    }

    /// Where the copy that was laid by lies.
    pub fn kept_copy(&self) -> Option<&Path> {
        self.copy.as_deref()
    }

    /// Replaces the disk by the copy that was laid by.
    pub fn restore_copy(&mut self) -> Result<()> {
        let Some(copy) = self.copy.clone() else { return Ok(()) };
        let dir = self.next_dir();
        copy_dir(&copy, &dir)?;
        self.move_to(dir)
    }

    /// A second machine with a copy of the disk.
    pub fn fork(&mut self, number: usize, home: PathBuf) -> Result<Self> {
        copy_dir(&self.dir, &home.join("0"))?;
        let chance = self.chance.branch(number as u64);
        let (time, shared) = (self.time.clone(), (self.lines.clone(), self.tuning));
        let mut twin = Self::new(number, self.village, self.clerk, home, time, chance, shared);
        twin.token = self.token;
        twin.revoked = self.revoked;
        twin.start()?;
        Ok(twin)
    }

    /// The log, oldest first.
    pub fn log(&self) -> Result<Vec<OpRow>> {
        log_of(self.store()?)
    }

    /// What the log holds under which content, and where each stands.
    pub fn standings(&self) -> Result<Vec<(zhenxin_domain::ids::OpId, OpStatus)>> {
        Ok(self.log()?.into_iter().map(|row| (row.content, row.status)).collect())
    }
}

/// A store's log, oldest first.
pub fn log_of(store: &Store) -> Result<Vec<OpRow>> {
    let mut rows = store.read(|reader| reader.recent_ops(ALL_ROWS, 0)).map_err(|error: StoreError| error)?;
    rows.reverse();
    Ok(rows)
}
