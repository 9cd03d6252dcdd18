//! Decisions about what two machines said differently.

use zhenxin_domain::ids::ResidentId;
use zhenxin_store::{IssueKind, IssueRow, IssuesAt, StoreError};

use super::{Clerk, NOTHING};

impl Clerk<'_> {
    fn issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        self.store.read(|reader| {
            // a kind that arises by waiting would make the run depend on the clock of a machine
            let at = IssuesAt { now_ms: 0, today: super::day(0) };
            reader.issues(at)
        })
    }

    pub(super) fn merge(&mut self) -> Result<(), StoreError> {
        let pairs: Vec<[ResidentId; 2]> = self.issues()?.iter().filter_map(|issue| issue.key.residents()).collect();
        let (one, other) = match self.chance.pick(&pairs) {
            Some([one, other]) => (*one, *other),
            None => (self.resident()?, self.resident()?),
        };
        if self.chance.hit(200) {
            return self.write(|tx| tx.unmerge_resident(other)).map(|_| ());
        }
        if one == other {
            return Err(NOTHING);
        }
        self.write(|tx| tx.merge_residents(one, other)).map(|_| ())
    }

    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        let open = self.issues()?;
        let issue = self.chance.pick(&open).ok_or(NOTHING)?.clone();
        match issue.key.kind {
            IssueKind::Deficit if self.chance.hit(700) => {
                let amount_min = 10 * (1 + self.chance.below(12) as u32);
                self.write(|tx| tx.waive_deficit(&issue, amount_min, "镇里决定不追回")).map(|_| ())
            }
            IssueKind::Deleted if self.chance.hit(700) => self.write(|tx| tx.restore_resident(&issue)).map(|_| ()),
            _ => {
                let reason = self.chance.hit(500).then_some("已向本人核实");
                self.write(|tx| tx.settle_issue(&issue, "seen", reason)).map(|_| ())
            }
        }
    }
}
