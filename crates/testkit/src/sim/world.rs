//! One run: the machines, the network, the district, and what happens between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use zhenxin_domain::ids::OpId;
use zhenxin_protocol::wire::{Answer, Endpoint};
use zhenxin_store::{HeldKey, OpStatus};
use zhenxin_sync::engine::Event;
use zhenxin_sync::failure::Failure;
use zhenxin_sync::lane::LaneEvent;
use zhenxin_sync::sim::Tuning;
use zhenxin_sync::{SyncState, want_rights};

use super::acts::{Clerk, Known};
use super::chance::Chance;
use super::clock::TrueTime;
use super::district::DistrictSide;
use super::net::{Lines, Parcel, Weather};
use super::pc::Pc;
use super::plan::{Move, PCS_MAX, Plan};
use super::template::{Prepared, TOWN, Templates, VILLAGES, scratch};
use super::trace::Trace;

/// Parcels after which a calm that does not come is a fault: a round of a busy run takes about a hundred.
const PARCELS_MAX: u32 = 30_000;

/// Passes of healing after which something turns in circles.
const PASSES_MAX: u32 = 24;

/// Milliseconds that a request takes.
const REQUEST_MS: i64 = 60;

/// Milliseconds between two moves.
const MOVE_MS: i64 = 1_500;

/// Somebody between a machine and the district: sees each answer, with who asked what, and may change it.
pub type Tamper = Box<dyn FnMut(usize, Endpoint, Answer) -> Answer>;

/// Counts of ops, keys and files that wait in both directions, digest of the tables.
pub(super) type Face = ((u64, u64, u64), (u64, bool), (u64, u64), zhenxin_protocol::hash::Hash32);

/// An op that was committed somewhere.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its kind.
    pub kind: String,
    /// On which machine.
    pub pc: usize,
    /// By which move, by number.
    pub at: usize,
}

/// A run under way.
pub struct World {
    /// Machines in the order of their numbers.
    pub pcs: Vec<Pc>,
    /// The district.
    pub district: DistrictSide,
    /// What was made.
    pub known: Known,
    /// Every op that was ever committed, by content.
    pub committed: BTreeMap<OpId, Commit>,
    /// Of these: those that lay on one disk only when that disk was lost.
    pub gone: BTreeSet<OpId>,
    /// Machines in whose names junk was handed over: the district takes a name's first wrap of a key and no second.
    pub(super) junk_givers: BTreeSet<usize>,
    /// A disk was lost, or whoever had it was shut out: what lay there only never comes.
    pub disks_lost: bool,
    /// Every frame that reached the district, for the end.
    pub delivered: Vec<(Endpoint, Option<[u8; 32]>, Vec<u8>)>,
    /// Files of sticks.
    pub sticks: Vec<PathBuf>,
    /// With which keys its maker could read when a machine wrote a stick.
    pub(super) stick_keys: BTreeMap<PathBuf, Vec<HeldKey>>,
    /// What happened.
    pub trace: Trace,
    /// Changes the district's answers on their way.
    pub tamper: Option<Tamper>,
    /// A test has damaged the district's disk: it may say that it has a fault.
    pub rotten: bool,
    pub(super) chance: Chance,
    pub(super) time: TrueTime,
    pub(super) lines: Lines,
    tuning: Tuning,
    prepared: Vec<Prepared>,
    slots_used: usize,
    pub(super) sticks_made: u32,
    at: usize,
    pub(super) root: TempDir,
}

impl World {
    /// Machines that are enrolled, and nothing else yet.
    pub fn begin(plan: &Plan, templates: &Templates, keep_trace: bool) -> Result<Self> {
        let mut chance = Chance::of(plan.seed.rotate_left(17) ^ 0x0C0F_FEE0);
        let root = scratch()?;
        let time = TrueTime::begin();
        let lines = Lines::new(chance.branch(1));
        let district = DistrictSide::start(
            root.path().join("district"),
            Some(templates.district()),
            time.clone(),
            chance.branch(2),
        )?;
        let mut world = Self {
            pcs: Vec::new(),
            district,
            known: Known::default(),
            committed: BTreeMap::new(),
            gone: BTreeSet::new(),
            junk_givers: BTreeSet::new(),
            disks_lost: false,
            delivered: Vec::new(),
            sticks: Vec::new(),
            stick_keys: BTreeMap::new(),
            trace: Trace::new(keep_trace),
            tamper: None,
            rotten: false,
            chance,
            time,
            lines,
            tuning: plan.tuning,
            prepared: templates.pcs().to_vec(),
            slots_used: 0,
            sticks_made: 0,
            at: 0,
            root,
        };
        for seat in &plan.seats {
            world.join(seat.village)?;
        }
        Ok(world)
    }

    /// One more machine joins, with the files of a prepared slot.
    ///
    /// # Errors
    /// No slot is left, or the district refuses.
    pub fn join(&mut self, village: Option<u8>) -> Result<usize> {
        let number = self.pcs.len();
        let prepared = self.prepared.get(self.slots_used).context("no slot is left")?.clone();
        self.slots_used += 1;
        let home = self.root.path().join(format!("pc-{number}"));
        let clerk = prepared.lay_out(&home.join("0"))?;
        let chance = self.chance.branch(100 + number as u64);
        let (time, shared) = (self.time.clone(), (self.lines.clone(), self.tuning));
        let mut pc = Pc::new(number, village, clerk, home, time, chance, shared);
        pc.start()?;
        let code = self.district.code(village)?;
        pc.enrol(&self.district, &code)?;
        for row in pc.log()? {
            self.committed.insert(row.content, Commit { kind: row.kind, pc: number, at: self.at });
        }
        self.pcs.push(pc);
        Ok(number)
    }

    /// Does everything in the plan.
    pub fn play(&mut self, plan: &Plan) -> Result<()> {
        for (at, step) in plan.moves.iter().enumerate() {
            self.at = at;
            self.time.pass(MOVE_MS);
            self.play_one(*step).with_context(|| format!("move {at}: {step:?}"))?;
        }
        Ok(())
    }

    /// Does one thing after another.
    ///
    /// # Errors
    /// What no run may meet.
    pub fn then(&mut self, moves: &[Move]) -> Result<()> {
        moves.iter().try_for_each(|step| {
            self.time.pass(MOVE_MS);
            self.play_one(*step).with_context(|| format!("{step:?}"))
        })
    }

    /// A whole round of one machine.
    ///
    /// # Errors
    /// What no run may meet.
    pub fn sync(&mut self, pc: usize) -> Result<SyncState> {
        self.time.pass(MOVE_MS);
        self.pcs[pc].feed(Event::ByHand);
        self.calm()?;
        Ok(self.pcs[pc].status().context("the machine is off")?.state)
    }

    /// This weather for one request only, after so many others.
    pub fn strike(&self, after: u64, weather: Weather) {
        self.lines.strike(after, weather);
    }

    /// Whether a strike that was ordered has not fallen yet.
    pub fn strike_waits(&self) -> bool {
        self.lines.strike_waits()
    }

    /// Parcels are on their way.
    pub fn talking(&self) -> bool {
        !self.lines.quiet()
    }

    /// Heals and checks the oracle.
    ///
    /// # Errors
    /// What does not hold.
    pub fn finish(&mut self) -> Result<()> {
        self.heal()?;
        super::oracle::check(self)
    }

    /// A clerk of a machine writes something that is none of the plan's acts; it is followed up like them.
    ///
    /// # Errors
    /// The store's.
    pub fn write<T>(
        &mut self,
        pc: usize,
        f: impl FnOnce(&mut zhenxin_store::Tx<'_>) -> Result<T, zhenxin_store::StoreError>,
    ) -> Result<T> {
        self.time.pass(MOVE_MS);
        let (store, clerk) = (self.pcs[pc].store()?.clone(), self.pcs[pc].clerk);
        let before = store.read(|reader| reader.op_counts())?.total;
        let written = store.write(clerk, f)?;
        self.follow(pc, before)?;
        Ok(written)
    }

    /// Notes the ops of a machine since it had so many.
    fn follow(&mut self, pc: usize, before: u64) -> Result<u32> {
        let store = self.pcs[pc].store()?.clone();
        let rows = store.read(|reader| {
            let fresh = reader.op_counts()?.total - before;
            reader.recent_ops(u32::try_from(fresh).unwrap_or(u32::MAX), 0)
        });
        let rows = rows.map_err(|error: zhenxin_store::StoreError| error)?;
        let fresh = u32::try_from(rows.len())?;
        for row in rows {
            self.trace.note(format!("op {} {} on {pc}", row.content, row.kind));
            self.committed.insert(row.content, Commit { kind: row.kind, pc, at: self.at });
        }
        if fresh > 0 {
            self.pcs[pc].feed(Event::NewOps);
        }
        Ok(fresh)
    }

    /// Machines that are not broken.
    pub fn living(&self) -> impl Iterator<Item = &Pc> {
        self.pcs.iter().filter(|pc| !pc.dead)
    }

    /// One of them, by a number that may be larger than there are.
    pub(super) fn index(&self, pc: u8) -> usize {
        let living: Vec<usize> = self.living().map(|pc| pc.number).collect();
        living[usize::from(pc) % living.len()]
    }

    fn play_one(&mut self, step: Move) -> Result<()> {
        match step {
            Move::Act { pc, kind, roll } => self.act(self.index(pc), kind, roll)?,
            Move::Round { pc } => {
                let pc = self.index(pc);
                self.trace.note(format!("round {pc}"));
                self.pcs[pc].feed(Event::ByHand);
            }
            Move::Deliver { parcels } => {
                for _ in 0..parcels {
                    self.deliver()?;
                }
            }
            Move::Calm => self.calm()?,
            Move::Pass { ms } => {
                self.time.pass(ms);
                self.pcs.iter_mut().for_each(Pc::tick);
            }
            Move::Clock { pc, skew } => self.pcs[self.index(pc)].set_clock(skew),
            Move::Weather(weather) => self.lines.set_weather(weather),
            Move::Crash { pc } => {
                let pc = self.index(pc);
                self.trace.note(format!("crash {pc}"));
                self.pcs[pc].crash()?;
            }
            Move::KeepCopy { pc } => {
                let pc = self.index(pc);
                self.pcs[pc].keep_copy()?;
            }
            Move::RestoreCopy { pc } => self.restore_copy(self.index(pc))?,
            Move::Die { pc } => self.die(self.index(pc))?,
            Move::Fork { pc } => self.fork(self.index(pc))?,
            Move::Join { village } => {
                if self.slots_used < self.prepared.len() && self.pcs.len() < PCS_MAX + 2 {
                    let number = self.join(village)?;
                    self.trace.note(format!("{number} joins"));
                }
            }
            Move::DistrictCrash => {
                self.trace.note("district crash");
                self.district.crash()?;
            }
            Move::DistrictKeepCopy => self.district.keep_copy()?,
            Move::DistrictBackup => self.district.backup()?,
            Move::DistrictRestoreCopy => self.district_back(DistrictSide::restore_copy)?,
            Move::DistrictRestore => self.district_back(DistrictSide::restore)?,
            Move::BundleOut { pc } => self.bundle_out(self.index(pc))?,
            Move::BundleIn { pc, which, whole } => self.bundle_in(self.index(pc), which, whole)?,
            Move::DistrictBundleIn { which, whole } => self.district_bundle_in(which, whole)?,
            Move::DistrictBundleOut { pc } => self.district_bundle_out(self.index(pc))?,
            Move::Revoke { pc } => self.revoke(self.index(pc))?,
            Move::Rights { pc, scope, want } => self.rights(self.index(pc), scope, want)?,
            Move::TakeRight { scope } => self.take_right(scope)?,
            Move::Lane { pc } => {
                let pc = self.index(pc);
                self.pcs[pc].feed_lane(LaneEvent::Now);
            }
            Move::Hostile { pc, what } => self.hostile(self.index(pc), what)?,
        }
        Ok(())
    }

    fn act(&mut self, pc: usize, kind: u8, roll: u64) -> Result<()> {
        let machine = &mut self.pcs[pc];
        let before = machine.store()?.read(|reader| reader.op_counts())?.total;
        let store = machine.store()?.clone();
        let word = {
            let mut clerk =
                Clerk::new(&store, machine.clerk, machine.village.unwrap_or(roll as u8 % 3), roll, &mut self.known);
            clerk.act(kind)?
        };
        self.trace.note(format!("act {} on {pc}", word.unwrap_or("nothing")));
        self.follow(pc, before)?;
        Ok(())
    }

    /// One parcel arrives.
    fn deliver(&mut self) -> Result<bool> {
        let Some(parcel) = self.lines.next() else { return Ok(false) };
        match parcel {
            Parcel::Request { id, from, endpoint, token, frame } => {
                // no machine asks faster than the district lets it
                self.time.pass(REQUEST_MS);
                let bytes = self.district.serve(endpoint, token, &frame);
                let outcome = Answer::unpack(&bytes).map_err(|_| Failure::Garbled);
                let said = match &outcome {
                    Ok(Answer { fault: Some(fault), .. }) => fault.code.clone(),
                    Ok(_) => "done".to_owned(),
                    Err(_) => "no answer".to_owned(),
                };
                self.trace.note(format!("{from} {} {} bytes: {said}", endpoint.path(), frame.len()));
                if said == "internal" && !self.rotten {
                    bail!("the district has a fault of its own at {}", endpoint.path());
                }
                self.delivered.push((endpoint, token, frame));
                let outcome = match (&mut self.tamper, outcome) {
                    (Some(tamper), Ok(answer)) => Ok(tamper(from, endpoint, answer)),
                    (_, outcome) => outcome,
                };
                if id != 0 {
                    self.lines.answer(id, from, outcome);
                }
            }
            Parcel::Answer { id, to, outcome } => {
                self.lines.hand_over(id, outcome);
                if let Some(pc) = self.pcs.get_mut(to) {
                    pc.pump();
                }
            }
        }
        Ok(true)
    }

    /// Until nothing is on its way.
    pub fn calm(&mut self) -> Result<()> {
        for _ in 0..PARCELS_MAX {
            if !self.deliver()? {
                return Ok(());
            }
        }
        bail!("the machines never stop talking: {PARCELS_MAX} parcels")
    }

    /// Contents that lie on some disk: on all machines but one, and in the district's order unless it is the one. What the
    /// district has refused only its author shows.
    fn lying_elsewhere(&self, but: Option<usize>) -> Result<BTreeSet<OpId>> {
        let mut found = BTreeSet::new();
        for pc in self.living().filter(|pc| Some(pc.number) != but) {
            found.extend(pc.standings()?.into_iter().map(|(content, _)| content));
        }
        if but.is_some() {
            let held = self.district.held()?;
            found.extend(held.iter().filter(|held| held.ordered.is_some()).filter_map(super::district::Held::content));
        }
        Ok(found)
    }

    fn restore_copy(&mut self, pc: usize) -> Result<()> {
        if self.pcs[pc].kept_copy().is_none() {
            return Ok(());
        }
        let elsewhere = self.lying_elsewhere(Some(pc))?;
        let before = self.pcs[pc].standings()?;
        self.pcs[pc].restore_copy()?;
        self.disks_lost = true;
        let after: BTreeSet<OpId> = self.pcs[pc].standings()?.into_iter().map(|(content, _)| content).collect();
        let lost = before.into_iter().map(|(content, _)| content);
        let lost: Vec<OpId> = lost.filter(|op| !elsewhere.contains(op) && !after.contains(op)).collect();
        self.trace.note(format!("restored {pc}, {} ops went with the disk", lost.len()));
        self.gone.extend(lost);
        Ok(())
    }

    fn die(&mut self, pc: usize) -> Result<()> {
        if !self.can_do_without(pc)? {
            return Ok(());
        }
        let elsewhere = self.lying_elsewhere(Some(pc))?;
        let here = self.pcs[pc].standings()?.into_iter().map(|(content, _)| content);
        let lost: Vec<OpId> = here.filter(|op| !elsewhere.contains(op)).collect();
        self.pcs[pc].die()?;
        self.disks_lost = true;
        self.trace.note(format!("{pc} is broken for good, {} ops went with it", lost.len()));
        self.gone.extend(lost);
        Ok(())
    }

    /// The town keeps one machine that sees everything and is let in, or nobody could hand keys over.
    fn can_do_without(&self, pc: usize) -> Result<bool> {
        let device = self.pcs[pc].device()?;
        let left = self.living().filter(|other| other.number != pc && !other.revoked && other.village.is_none());
        Ok(left.into_iter().any(|other| other.device().is_ok_and(|other| other != device)))
    }

    fn fork(&mut self, pc: usize) -> Result<()> {
        let number = self.pcs.len();
        if number >= PCS_MAX + 2 {
            return Ok(());
        }
        let home = self.root.path().join(format!("pc-{number}"));
        let twin = self.pcs[pc].fork(number, home)?;
        self.trace.note(format!("{number} is a copy of {pc}"));
        self.pcs.push(twin);
        Ok(())
    }

    fn district_back(&mut self, back: fn(&mut DistrictSide) -> Result<bool>) -> Result<()> {
        let elsewhere = self.lying_elsewhere(None)?;
        let before: Vec<OpId> = self.district.held()?.iter().filter_map(super::district::Held::content).collect();
        if !back(&mut self.district)? {
            return Ok(());
        }
        self.disks_lost = true;
        let after: BTreeSet<OpId> = self.district.held()?.iter().filter_map(super::district::Held::content).collect();
        let lost: Vec<OpId> = before.into_iter().filter(|op| !elsewhere.contains(op) && !after.contains(op)).collect();
        self.trace.note(format!("district went back, {} ops are nowhere any more", lost.len()));
        self.gone.extend(lost);
        // it has forgotten whom it shut out and whom it let in since; the administrator lets those in again
        for pc in 0..self.pcs.len() {
            if self.pcs[pc].dead {
                continue;
            }
            match self.district.knows(self.pcs[pc].token())? {
                Some(shut_out) => self.pcs[pc].revoked = shut_out,
                None => self.let_in_again(pc)?,
            }
        }
        Ok(())
    }

    /// A code is for one machine: a copy of its disk that had its place is shut out by it.
    fn let_in_again(&mut self, pc: usize) -> Result<()> {
        let code = self.district.code(self.pcs[pc].village)?;
        self.pcs[pc].enrol(&self.district, &code)?;
        self.pcs[pc].revoked = false;
        self.trace.note(format!("{pc} was let in again"));
        let name = self.pcs[pc].device()?;
        for copy in (0..pc).filter(|copy| !self.pcs[*copy].dead).collect::<Vec<_>>() {
            self.pcs[copy].revoked |= self.pcs[copy].device()? == name;
        }
        Ok(())
    }

    fn revoke(&mut self, pc: usize) -> Result<()> {
        if !self.can_do_without(pc)? {
            return Ok(());
        }
        let device = self.pcs[pc].device()?;
        self.district.revoke(device)?;
        self.disks_lost = true;
        self.trace.note(format!("revoked {device}"));
        for other in self.pcs.iter_mut().filter(|pc| !pc.dead) {
            other.revoked |= other.device()? == device;
        }
        Ok(())
    }

    fn scope(at: u8) -> Result<zhenxin_domain::division::Scope> {
        let codes = [VILLAGES[0], VILLAGES[1], VILLAGES[2], TOWN];
        Ok(codes[usize::from(at) % codes.len()].parse()?)
    }

    fn rights(&mut self, pc: usize, scope: u8, want: bool) -> Result<()> {
        let scope = [Self::scope(scope)?];
        let (want, release) = if want { (&scope[..], &[][..]) } else { (&[][..], &scope[..]) };
        want_rights(self.pcs[pc].store()?, want, release)?;
        Ok(())
    }

    fn take_right(&mut self, scope: u8) -> Result<()> {
        let taken = self.district.take_right(Self::scope(scope)?)?;
        self.trace.note(format!("right taken: {taken}"));
        Ok(())
    }

    /// The network is good and everybody synchronises until nothing moves any more.
    pub fn heal(&mut self) -> Result<()> {
        self.heal_from(Vec::new())
    }

    /// The same of machines that stood still with these faces: one pass tells whether they still do.
    pub(super) fn heal_from(&mut self, mut before: Vec<Face>) -> Result<()> {
        let mut still = 0;
        self.lines.set_weather(Weather::default());
        self.calm()?;
        for pass in 0..PASSES_MAX {
            for pc in 0..self.pcs.len() {
                self.time.pass(MOVE_MS);
                self.pcs[pc].feed(Event::ByHand);
                self.calm()?;
            }
            self.move_files()?;
            let now = self.faces()?;
            self.trace.note(format!("healing pass {pass}"));
            still = if now == before { still + 1 } else { 0 };
            if still > u32::from(self.has_copies()?) {
                return Ok(());
            }
            before = now;
        }
        bail!("after {PASSES_MAX} passes the machines still change: {:?}", self.states())
    }

    /// Two machines are copies of one disk: what one hands to the other takes a round more, in which nothing is seen.
    fn has_copies(&self) -> Result<bool> {
        let devices = self.living().map(Pc::device).collect::<Result<Vec<_>>>()?;
        Ok(devices.iter().collect::<BTreeSet<_>>().len() < devices.len())
    }

    /// Everybody's attachments go out, and then come in. Where one lacks a file, all look: the district may have lost it.
    fn move_files(&mut self) -> Result<()> {
        for _ in 0..2 {
            let due = self.living().map(|pc| Ok(pc.store()?.attachments_due()?)).collect::<Result<Vec<_>>>()?;
            if due.iter().all(|due| due.to_send + due.to_fetch == 0) {
                return Ok(());
            }
            for pc in 0..self.pcs.len() {
                self.pcs[pc].feed_lane(LaneEvent::Now);
                self.calm()?;
            }
        }
        Ok(())
    }

    /// What must stand still at the end.
    pub(super) fn faces(&self) -> Result<Vec<Face>> {
        self.living()
            .map(|pc| {
                let counts = pc.store()?.read(|reader| reader.op_counts())?;
                let keys = (pc.store()?.outgoing_keys()?, pc.store()?.waits_for_keys()?);
                let files = pc.store()?.attachments_due()?;
                let counts = (counts.pending, counts.rejected, counts.total);
                Ok((counts, keys, (files.to_send, files.to_fetch), pc.store()?.digest()?))
            })
            .collect()
    }

    /// What the status bars say.
    pub fn states(&self) -> Vec<Option<SyncState>> {
        self.pcs.iter().map(|pc| pc.status().map(|status| status.state)).collect()
    }

    /// Where a content stands on each machine.
    pub fn standings_of(&self, content: OpId) -> Result<Vec<(usize, OpStatus)>> {
        let mut found = Vec::new();
        for pc in self.living() {
            let here = pc.standings()?.into_iter().filter(|(op, _)| *op == content);
            found.extend(here.map(|(_, status)| (pc.number, status)));
        }
        Ok(found)
    }
}
