//! What the tests of faults stand on: a world of the simulation without a plan, moved by hand.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use zhenxin_domain::ids::OpId;
use zhenxin_store::OpStatus;
use zhenxin_sync::sim::Tuning;
use zhenxin_testkit::sim::plan::{ACT_KINDS, Move};
use zhenxin_testkit::sim::{Plan, Templates, World};

/// Folders that all tests of this process copy.
pub fn templates() -> &'static Templates {
    static TEMPLATES: OnceLock<Templates> = OnceLock::new();
    TEMPLATES.get_or_init(|| Templates::prepare().unwrap())
}

/// Enrolled machines: of the whole town (`None`) or of one village.
pub fn stage(seed: u64, villages: &[Option<u8>]) -> World {
    World::begin(&Plan::bare(seed, villages), templates(), true).unwrap()
}

/// The same where a town of a few dozen ops is large: pushes are short and snapshots are worth making.
pub fn small_stage(seed: u64, villages: &[Option<u8>]) -> World {
    let tuning = Tuning { push_ops: 3, snapshot_worth_ops: 10, snapshot_every_ops: 20 };
    World::begin(&Plan { tuning, ..Plan::bare(seed, villages) }, templates(), true).unwrap()
}

/// So many acts of all kinds on a machine.
pub fn work(world: &mut World, pc: usize, acts: u64) {
    let from = world.committed.len() as u64;
    for number in 0..acts {
        // the first two make what the others refer to
        let kind = ((number * 5) % ACT_KINDS) as u8;
        let roll = (from + number) * 7_919 + pc as u64;
        world.then(&[Move::Act { pc: pc as u8, kind, roll }]).unwrap();
    }
}

/// Heals and checks the oracle; on a fault the whole trace is printed.
pub fn finish(world: &mut World, what: &str) {
    if let Err(error) = world.finish() {
        let lines = world.trace.lines();
        let last = lines[lines.len().saturating_sub(60)..].join("\n");
        panic!("{what}: {error:#}\n{last}");
    }
}

/// Contents that the district has ordered.
pub fn accepted(world: &World) -> BTreeSet<OpId> {
    let held = world.district.held().unwrap();
    held.iter().filter(|held| held.ordered.is_some()).filter_map(|held| held.content()).collect()
}

/// Every op that was ever committed is in the district's order.
pub fn all_accepted(world: &World) {
    let accepted = accepted(world);
    for (op, commit) in &world.committed {
        assert!(accepted.contains(op), "{op} {commit:?}: {:?}", world.standings_of(*op).unwrap());
    }
}

/// No content stands in the district's order twice.
pub fn ordered_once(world: &World) {
    let held = world.district.held().unwrap();
    let ordered = held.iter().filter(|held| held.ordered.is_some()).count();
    assert_eq!(ordered, accepted(world).len(), "a content was ordered twice");
}

/// Ops of a machine that stand so.
pub fn count(world: &World, pc: usize, status: OpStatus) -> usize {
    world.pcs[pc].log().unwrap().iter().filter(|row| row.status == status).count()
}
