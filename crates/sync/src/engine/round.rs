//! The order of a round.
//!
//! hello (first, and after a failure) → heads → per differing scope: examine →
//! repair, or common → rewind; then heads again → mend → grants → keys out →
//! ops out (fork → epoch → ops out; gap → reopen → ops out) → rights →
//! for an empty file: snapshot → heads again → keys in → ops in (fork → epoch →
//! ops out) → keys in once more → published → proof → receipt.

use super::event::{Done, Effect, Halt, Now, Offer, Piece, Step, Trouble};
use super::{Again, Phase, State};
use crate::failure::Failure;
use crate::status::Equality;

/// Comparisons in one round that may lead to a repair. One mends a damaged
/// file, a second one a district restored meanwhile; whoever needs more is not
/// helped by haste.
pub const REPAIRS_MAX: u32 = 3;

/// Epochs that one round may begin: one mends a copied disk, and a second one
/// the copy that was faster.
pub const EPOCHS_MAX: u32 = 3;

/// Gaps that one round may close: a restored district may lack the end of every
/// chain that this PC carries.
pub const GAPS_MAX: u32 = 1_000;

impl State {
    fn run(&mut self, step: Step, now: Now) -> Vec<Effect> {
        if let Phase::Running(part) = self.phase {
            self.phase = Phase::Running(part.go_on(step, now));
        }
        vec![Effect::Run(step)]
    }

    fn count(&mut self, ops: u64, bytes: u64, now: Now) {
        if let Phase::Running(part) = &mut self.phase {
            part.add(ops, bytes, now);
        }
    }

    /// The same step again while it brings something and says that more waits;
    /// one that says so and brings nothing would turn for ever.
    fn turn(&mut self, step: Step, brought: u64, more: bool, next: Step, now: Now) -> Vec<Effect> {
        match (more, brought) {
            (false, _) => self.run(next, now),
            (true, 0) => self.fail(Failure::Garbled, now),
            (true, _) => self.run(step, now),
        }
    }

    pub(super) fn done(&mut self, step: Step, done: Done, now: Now) -> Vec<Effect> {
        match (step, done) {
            (Step::Hello, Done::Hello { same_district: false }) => self.halt(Halt::DistrictChanged, now),
            (Step::Hello, Done::Hello { same_district: true }) => {
                self.greeted = true;
                self.run(Step::Heads, now)
            }
            (Step::Heads, Done::Heads { differing, to_send, behind, wanted, fresh }) => {
                self.tally.to_send = self.tally.to_send.max(self.tally.sent + self.tally.rejected + to_send);
                self.tally.behind = self.tally.pulled + behind;
                self.tally.fresh = fresh && self.tally.snapshot_bytes == 0;
                match (differing.is_empty(), wanted) {
                    (false, _) => self.repair(differing, now),
                    (true, true) => self.run(Step::Mend, now),
                    (true, false) => self.run(Step::Grants, now),
                }
            }
            (Step::Mend, Done::Mended) => self.run(Step::Grants, now),
            (Step::Grants, Done::Grants) => self.run(Step::PushKeys, now),
            (Step::PushKeys, Done::KeysPushed { rows, more }) => self.turn(step, rows, more, Step::PushOps, now),
            (Step::PushOps, Done::OpsPushed { accepted, rejected, bytes, more, trouble }) => {
                self.tally.sent += accepted;
                self.tally.rejected += rejected;
                self.count(accepted + rejected, bytes, now);
                match trouble {
                    Some(trouble) => self.settle(trouble, now),
                    None => self.turn(step, accepted + rejected, more, Step::Rights, now),
                }
            }
            (Step::Rights, Done::Rights) if self.tally.fresh => self.run(Step::SnapshotOffer, now),
            (Step::Rights, Done::Rights) => self.run(Step::PullKeys, now),
            (Step::PullKeys, Done::KeysPulled { rows, more, waiting }) => {
                self.tally.waiting = waiting;
                let anything = self.tally.behind > self.tally.pulled || self.tally.sent > 0;
                let next = if anything { Step::PullOps } else { Step::Published };
                self.turn(step, rows, more, next, now)
            }
            (Step::PullOps, Done::OpsPulled { ops, received, bytes, more, forked }) => {
                self.tally.pulled += ops;
                self.tally.received += received;
                self.count(ops, bytes, now);
                if forked {
                    return self.settle(Trouble::Fork, now);
                }
                let next = if self.tally.received > 0 { Step::PullKeysAgain } else { Step::Published };
                self.turn(step, ops, more, next, now)
            }
            (Step::PullKeysAgain, Done::KeysPulled { rows, more, waiting }) => {
                self.tally.waiting = waiting;
                self.turn(step, rows, more, Step::Published, now)
            }
            (Step::Published, Done::Published) => self.run(Step::Prove, now),
            (Step::Prove, Done::Proved { equal, behind, scopes, ops, waiting, keys }) => match (equal, behind) {
                (false, _) => self.compare_again(now),
                (true, 0) if keys > 0 => self.turn_for_keys(now),
                (true, 0) => self.succeed(Some(Equality { at_ms: now.wall_ms, scopes, ops, waiting }), now),
                (true, _) => self.catch_up(now),
            },
            (step, done) => self.aside(step, done, now),
        }
    }

    /// The parts of a round that most rounds have not.
    fn aside(&mut self, step: Step, done: Done, now: Now) -> Vec<Effect> {
        match (step, done) {
            (Step::Examine(scope), Done::Examined { sound: true }) => self.run(Step::Common(scope), now),
            (Step::Examine(scope), Done::Examined { sound: false }) => self.run(Step::Repair(scope), now),
            (Step::Common(scope), Done::Common { to }) => self.run(Step::Rewind { scope, to }, now),
            (Step::Repair(_), Done::Repaired { .. }) | (Step::Rewind { .. }, Done::Rewound { .. }) => {
                self.next_differing(now)
            }
            (Step::Epoch, Done::EpochBegun) | (Step::Reopen(_), Done::Reopened { .. }) => self.run(Step::PushOps, now),
            (Step::SnapshotOffer, Done::Offered(offer)) => self.offered(offer, now),
            (Step::SnapshotPiece, Done::Piece(piece)) => match piece {
                Piece::Fetched { bytes: 0 } => self.fail(Failure::Garbled, now),
                Piece::Fetched { bytes } => {
                    self.count(0, bytes, now);
                    self.run(step, now)
                }
                Piece::Complete => self.run(Step::SnapshotTake, now),
                Piece::GivenUp => self.run(Step::PullKeys, now),
            },
            (Step::SnapshotTake, Done::SnapshotTaken { taken: true }) => self.run(Step::Heads, now),
            (Step::SnapshotTake, Done::SnapshotTaken { taken: false }) => self.run(Step::PullKeys, now),
            // the end of another step: the driver is at fault, the round is not to be trusted
            _ => self.fail(Failure::Garbled, now),
        }
    }

    fn offered(&mut self, offer: Offer, now: Now) -> Vec<Effect> {
        match offer {
            Offer::None => self.run(Step::PullKeys, now),
            // everything was sent; what is there comes whole once the key is here
            Offer::Wait => {
                self.tally.waiting = true;
                self.succeed(None, now)
            }
            Offer::Take { total_bytes } => {
                self.tally.snapshot_bytes = total_bytes.max(1);
                self.run(Step::SnapshotPiece, now)
            }
        }
    }

    fn repair(&mut self, differing: Vec<zhenxin_domain::division::Scope>, now: Now) -> Vec<Effect> {
        self.tally.repairs += 1;
        if self.tally.repairs > REPAIRS_MAX {
            return self.fail(Failure::Differs, now);
        }
        self.differing = differing;
        self.differing.reverse();
        self.next_differing(now)
    }

    fn next_differing(&mut self, now: Now) -> Vec<Effect> {
        match self.differing.pop() {
            Some(scope) => self.run(Step::Examine(scope), now),
            None => self.run(Step::Heads, now),
        }
    }

    fn compare_again(&mut self, now: Now) -> Vec<Effect> {
        self.tally.repairs += 1;
        if self.tally.repairs > REPAIRS_MAX { self.fail(Failure::Differs, now) } else { self.run(Step::Heads, now) }
    }

    /// Others wrote meanwhile. Who never gets to the end because of them is well
    /// all the same; a district that signs ops and gives none is not.
    fn catch_up(&mut self, now: Now) -> Vec<Effect> {
        let came = self.tally.pulled > self.tally.pulled_before;
        self.tally.pulled_before = self.tally.pulled;
        self.tally.catch_ups += 1;
        match (self.tally.catch_ups > REPAIRS_MAX, came) {
            (false, _) => self.run(Step::Heads, now),
            (true, true) => {
                self.again = self.again.max(Again::Work);
                self.succeed(None, now)
            }
            (true, false) => self.fail(Failure::Server { status: 500 }, now),
        }
    }

    /// Keys wait, because somebody wrote meanwhile or the district turned out to have lost some: they go now. Where more come
    /// each time, the round ends well, but as no receipt for what nobody could read.
    fn turn_for_keys(&mut self, now: Now) -> Vec<Effect> {
        self.tally.key_turns += 1;
        if self.tally.key_turns > REPAIRS_MAX { self.succeed(None, now) } else { self.run(Step::Heads, now) }
    }

    fn settle(&mut self, trouble: Trouble, now: Now) -> Vec<Effect> {
        let (count, most, step) = match trouble {
            Trouble::Fork => (&mut self.tally.epochs, EPOCHS_MAX, Step::Epoch),
            Trouble::Gap(gap) => (&mut self.tally.gaps, GAPS_MAX, Step::Reopen(gap)),
        };
        *count += 1;
        if *count > most { self.fail(Failure::Differs, now) } else { self.run(step, now) }
    }
}
