//! What will be done in one run, drawn from the seed before anything happens.
//!
//! A plan is plain data: it can be cut shorter and run again, which is how a failing one is made small.

use super::chance::Chance;
use super::clock::{DAY_MS, Skew};
use super::net::Weather;
use zhenxin_sync::sim::Tuning;

/// Most machines of one run, copies of a disk included.
pub const PCS_MAX: usize = 8;

/// Kinds of records that a run may leave out; each run leaves out others, so that rare meetings happen often.
pub const ACT_KINDS: u64 = 18;

/// One machine at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// `None`: the whole town; else the village, by number.
    pub village: Option<u8>,
}

/// How a broken or hostile record is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hostile {
    /// A body that is no body.
    BrokenBody,
    /// A kind that no program knows yet, with keys that no program knows.
    NewerKind,
    /// A scope that the device may not write.
    ForeignScope,
    /// The bytes of another device's op with one byte changed, under the same id.
    ByteChanged,
    /// A push signed with another key.
    WrongSignature,
    /// An op too large.
    Oversized,
    /// Bytes handed over to the others as if they were data keys.
    JunkGrants,
    /// Key rows of a generation that the town has not reached, over others' rows, and of a scope of others.
    ForgedKeys,
    /// Files announced and never sent, also for a scope of others.
    EmptyBlobs,
    /// Questions for ops, keys and files of a scope of others.
    NosyQuestions,
}

impl Hostile {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::BrokenBody,
        Self::NewerKind,
        Self::ForeignScope,
        Self::ByteChanged,
        Self::WrongSignature,
        Self::Oversized,
        Self::JunkGrants,
        Self::ForgedKeys,
        Self::EmptyBlobs,
        Self::NosyQuestions,
    ];
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A clerk records something.
    Act {
        /// Machine, by number.
        pc: u8,
        /// What kind of record, by number.
        kind: u8,
        /// Decides the rest.
        roll: u64,
    },
    /// Somebody presses "synchronise".
    Round {
        /// Machine.
        pc: u8,
    },
    /// The network delivers so many parcels.
    Deliver {
        /// How many.
        parcels: u8,
    },
    /// All that is on its way arrives, and what that brings about.
    Calm,
    /// Time passes.
    Pass {
        /// Milliseconds.
        ms: i64,
    },
    /// A clock is set wrong or right.
    Clock {
        /// Machine.
        pc: u8,
        /// How.
        skew: Skew,
    },
    /// The network gets better or worse.
    Weather(Weather),
    /// kill -9 and a new start.
    Crash {
        /// Machine.
        pc: u8,
    },
    /// The disk is copied and the copy laid by.
    KeepCopy {
        /// Machine.
        pc: u8,
    },
    /// The disk is replaced by the copy that was laid by.
    RestoreCopy {
        /// Machine.
        pc: u8,
    },
    /// It breaks with its disk and never comes back.
    Die {
        /// Machine.
        pc: u8,
    },
    /// The disk is copied to a second machine and both go on.
    Fork {
        /// Machine.
        pc: u8,
    },
    /// A new machine is set up.
    Join {
        /// `None`: for the whole town.
        village: Option<u8>,
    },
    /// kill -9 of the district.
    DistrictCrash,
    /// The district's files are copied and laid by.
    DistrictKeepCopy,
    /// The district's files are replaced by the copy, without the program's knowledge.
    DistrictRestoreCopy,
    /// The district makes a backup.
    DistrictBackup,
    /// The district is restored from its backup: a new lineage.
    DistrictRestore,
    /// A stick is written.
    BundleOut {
        /// Machine.
        pc: u8,
    },
    /// A stick is read.
    BundleIn {
        /// Machine.
        pc: u8,
        /// Which of the sticks there are.
        which: u8,
        /// Of a thousandth parts of the file only so many are there; 1000 is whole.
        whole: u16,
    },
    /// The district reads a stick.
    DistrictBundleIn {
        /// Which.
        which: u8,
        /// As above.
        whole: u16,
    },
    /// The district writes a stick for a device.
    DistrictBundleOut {
        /// Machine.
        pc: u8,
    },
    /// The district shuts a device out.
    Revoke {
        /// Machine.
        pc: u8,
    },
    /// A machine asks for the spending right of a scope, or gives it back.
    Rights {
        /// Machine.
        pc: u8,
        /// Which scope, by number.
        scope: u8,
        /// Asks; else gives back.
        want: bool,
    },
    /// The district takes a spending right away.
    TakeRight {
        /// Which scope, by number.
        scope: u8,
    },
    /// The attachments lane of a machine works for a while.
    Lane {
        /// Machine.
        pc: u8,
    },
    /// A hostile device sends something.
    Hostile {
        /// Machine.
        pc: u8,
        /// What.
        what: Hostile,
    },
}

/// A whole run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of this seed; all chance during the run comes from it too.
    pub seed: u64,
    /// Machines at the beginning.
    pub seats: Vec<Seat>,
    /// Figures of the machines' synchronisation: small, so that a few ops are many messages.
    pub tuning: Tuning,
    /// What happens, in this order.
    pub moves: Vec<Move>,
}

/// What a run has among its moves, so often in a thousand; drawn once for the run.
struct Taste {
    act_kinds: u64,
    odds: Vec<(u64, Draw)>,
    total: u64,
}

type Draw = fn(&mut Chance, &Taste, u64) -> Move;

/// Every kind of move: how often against the others, and whether a run may be without it.
const DRAWS: &[(u64, bool, Draw)] = &[
    (1_100, false, draw_act),
    (220, false, |chance, _, pcs| Move::Round { pc: pc(chance, pcs) }),
    (160, false, |chance, _, _| Move::Deliver { parcels: 1 + chance.below(12) as u8 }),
    (45, false, |_, _, _| Move::Calm),
    (30, false, |chance, _, _| Move::Pass { ms: chance.below(6 * 3_600_000) as i64 }),
    (12, true, |chance, _, _| Move::Pass { ms: DAY_MS * (1 + chance.below(30) as i64) }),
    (30, true, draw_clock),
    (40, true, |chance, _, _| Move::Weather(draw_weather(chance))),
    (30, true, |chance, _, pcs| Move::Crash { pc: pc(chance, pcs) }),
    (25, true, |chance, _, pcs| Move::KeepCopy { pc: pc(chance, pcs) }),
    (18, true, |chance, _, pcs| Move::RestoreCopy { pc: pc(chance, pcs) }),
    (15, true, |chance, _, pcs| Move::Fork { pc: pc(chance, pcs) }),
    (6, true, |chance, _, pcs| Move::Die { pc: pc(chance, pcs) }),
    (12, true, |chance, _, _| Move::Join { village: chance.hit(300).then(|| chance.below(3) as u8) }),
    (20, true, |_, _, _| Move::DistrictCrash),
    (12, true, |_, _, _| Move::DistrictKeepCopy),
    (9, true, |_, _, _| Move::DistrictRestoreCopy),
    (12, true, |_, _, _| Move::DistrictBackup),
    (9, true, |_, _, _| Move::DistrictRestore),
    (30, true, |chance, _, pcs| Move::BundleOut { pc: pc(chance, pcs) }),
    (40, true, |chance, _, pcs| Move::BundleIn { pc: pc(chance, pcs), which: roll8(chance), whole: whole(chance) }),
    (20, true, |chance, _, _| Move::DistrictBundleIn { which: roll8(chance), whole: whole(chance) }),
    (12, true, |chance, _, pcs| Move::DistrictBundleOut { pc: pc(chance, pcs) }),
    (7, true, |chance, _, pcs| Move::Revoke { pc: pc(chance, pcs) }),
    (20, true, |chance, _, pcs| Move::Rights { pc: pc(chance, pcs), scope: roll8(chance), want: chance.hit(600) }),
    (6, true, |chance, _, _| Move::TakeRight { scope: roll8(chance) }),
    (40, true, |chance, _, pcs| Move::Lane { pc: pc(chance, pcs) }),
    (25, true, draw_hostile),
];

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        // two machines meet most, eight seldom
        let count = 2 + (chance.below(7) * chance.below(7)) / 6;
        let seats: Vec<Seat> =
            (0..count).map(|at| Seat { village: (at > 0 && chance.hit(350)).then(|| chance.below(3) as u8) }).collect();
        let taste = Taste::drawn(&mut chance);
        let length = 40 + chance.below(60);
        let mut moves = prelude(&mut chance, count);
        moves.extend((0..length).map(|_| taste.draw(&mut chance, count + 2)));
        let tuning = drawn_tuning(&mut chance);
        Self { seed, seats, tuning, moves }
    }
}

impl Plan {
    /// Machines, and nothing that happens: a test adds that by hand.
    pub fn bare(seed: u64, villages: &[Option<u8>]) -> Self {
        Self {
            seed,
            seats: villages.iter().map(|village| Seat { village: *village }).collect(),
            moves: Vec::new(),
            tuning: Tuning::default(),
        }
    }
}

impl Taste {
    fn drawn(chance: &mut Chance) -> Self {
        let odds: Vec<(u64, Draw)> = DRAWS
            .iter()
            .filter(|(_, may_lack, _)| !may_lack || chance.hit(500))
            .map(|(odds, may_lack, draw)| (if *may_lack { odds * 2 } else { *odds }, *draw))
            .collect();
        let total = odds.iter().map(|(odds, _)| odds).sum();
        // never none
        Self { act_kinds: chance.draw() | 1, odds, total }
    }

    fn draw(&self, chance: &mut Chance, pcs: u64) -> Move {
        let mut at = chance.below(self.total);
        for (odds, draw) in &self.odds {
            if at < *odds {
                return draw(chance, self, pcs);
            }
            at -= odds;
        }
        Move::Calm
    }
}

/// The first machine records what acts refer to, and mostly the others have it before anything goes wrong.
fn prelude(chance: &mut Chance, pcs: u64) -> Vec<Move> {
    let kinds = [0, 0, 1, 0, 10, 1, 14, 15, 10];
    let mut moves: Vec<Move> = kinds.into_iter().map(|kind| Move::Act { pc: 0, kind, roll: chance.draw() }).collect();
    if chance.hit(800) {
        // twice: the keys are handed over in between
        for pc in (0..pcs).chain(0..pcs) {
            moves.extend([Move::Round { pc: pc as u8 }, Move::Calm]);
        }
    }
    moves
}

fn drawn_tuning(chance: &mut Chance) -> Tuning {
    let usual = Tuning::default();
    let push_ops = if chance.hit(700) { 1 + chance.below(12) as usize } else { usual.push_ops };
    match chance.hit(400) {
        true => {
            Tuning { push_ops, snapshot_worth_ops: 10 + chance.below(60), snapshot_every_ops: 20 + chance.below(80) }
        }
        false => Tuning { push_ops, ..usual },
    }
}

fn pc(chance: &mut Chance, pcs: u64) -> u8 {
    chance.below(pcs) as u8
}

fn roll8(chance: &mut Chance) -> u8 {
    chance.below(256) as u8
}

/// Most sticks are whole.
fn whole(chance: &mut Chance) -> u16 {
    if chance.hit(700) { 1_000 } else { chance.below(1_000) as u16 }
}

fn draw_act(chance: &mut Chance, taste: &Taste, pcs: u64) -> Move {
    let kind = loop {
        let kind = chance.below(ACT_KINDS);
        // the first kinds make what all others refer to
        if kind < 3 || taste.act_kinds & (1 << kind) != 0 {
            break kind as u8;
        }
    };
    Move::Act { pc: pc(chance, pcs), kind, roll: chance.draw() }
}

fn draw_clock(chance: &mut Chance, _: &Taste, pcs: u64) -> Move {
    let skews = [Skew::None, Skew::By(DAY_MS), Skew::By(-DAY_MS), Skew::By(-3_600_000), Skew::Year1970, Skew::Year2099];
    let skew = chance.pick(&skews).copied().unwrap_or(Skew::None);
    Move::Clock { pc: pc(chance, pcs), skew }
}

fn draw_weather(chance: &mut Chance) -> Weather {
    if chance.hit(250) {
        return Weather::default();
    }
    let mut rate = |most: u64| if chance.hit(500) { chance.below(most) as u16 } else { 0 };
    Weather {
        lose_request: rate(250),
        lose_answer: rate(250),
        twice: rate(300),
        portal: rate(120),
        busy: rate(150),
        slow: rate(60),
    }
}

fn draw_hostile(chance: &mut Chance, _: &Taste, pcs: u64) -> Move {
    let what = chance.pick(&Hostile::ALL).copied().unwrap_or(Hostile::BrokenBody);
    Move::Hostile { pc: pc(chance, pcs), what }
}
