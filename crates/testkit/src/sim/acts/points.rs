//! Rules, awards, reviews, reversals, statements.

use zhenxin_domain::ledger::Owner;
use zhenxin_store::{
    AwardBatch, AwardDraft, AwardTo, EvidenceDraft, Review, ReviewDraft, RuleVersionDraft, StoreError,
};

use super::{Clerk, NOTHING, day};

impl Clerk<'_> {
    pub(super) fn rule(&mut self) -> Result<(), StoreError> {
        if self.chance.hit(150) {
            return self.user();
        }
        let known = if self.chance.hit(300) { self.chance.pick(&self.known.rules).copied() } else { None };
        if let (Some((rule, _)), true) = (known, self.chance.hit(300)) {
            let from = day(self.number());
            return self.write(|tx| tx.retire_rule(rule, from)).map(|_| ());
        }
        let draft = RuleVersionDraft {
            rule: known.map(|(rule, _)| rule),
            version: 1 + known.map_or(0, |_| 1 + self.chance.below(2) as u32),
            code: format!("A{:02}", self.chance.below(5)),
            category: "志愿服务".to_owned(),
            item: "参加村庄清洁行动".to_owned(),
            points: 1 + self.chance.below(5) as u32,
            unit: "次".to_owned(),
            cap: None,
            evidence: None,
            subject: "person".to_owned(),
            valid_months: None,
            basis: None,
            in_force_from: day(0),
        };
        let ids = self.write(|tx| tx.record_rules(&[draft], None))?;
        self.known.rules.extend(ids);
        Ok(())
    }

    pub(super) fn award(&mut self) -> Result<(), StoreError> {
        let (_, rule_version) = *self.chance.pick(&self.known.rules).ok_or(NOTHING)?;
        let count = 1 + self.chance.below(3);
        let to = if self.chance.hit(150) { AwardTo::Household } else { AwardTo::Resident };
        let mut rows: Vec<AwardDraft> = Vec::new();
        for _ in 0..count {
            let resident = self.resident()?;
            if rows.iter().all(|row| row.resident != resident) {
                rows.push(AwardDraft { resident, to, amount_points: 1 + self.chance.below(5) as u32 });
            }
        }
        let evidence = match self.chance.hit(250) {
            true => vec![self.photo()],
            false => Vec::new(),
        };
        let batch = AwardBatch {
            activity: None,
            activity_name: "清洁行动".to_owned(),
            rule_version,
            request: None,
            // few days, so that the same person gets the same award on two machines
            occurred_on: day(self.chance.below(3)),
            evidence,
            rows,
        };
        let recorded = self.write(|tx| tx.record_awards(batch))?;
        self.known.awards.extend(recorded.awards);
        Ok(())
    }

    /// A file of up to some thousand bytes; the lane cuts pieces of another length in the tests of its own.
    pub(super) fn photo(&mut self) -> EvidenceDraft {
        let length = 1 + self.chance.below(3_000);
        let bytes = (0..length).map(|_| self.chance.below(256) as u8).collect();
        EvidenceDraft { mime: "image/jpeg".to_owned(), bytes }
    }

    pub(super) fn review(&mut self) -> Result<(), StoreError> {
        let award = *self.chance.pick(&self.known.awards).ok_or(NOTHING)?;
        let decision = match self.chance.hit(750) {
            true => Review::Approve { effective_on: day(self.chance.below(20)) },
            false => Review::SendBack { reason: "照片不清楚".to_owned() },
        };
        self.write(|tx| tx.review_awards(&[ReviewDraft { award, decision }])).map(|_| ())
    }

    pub(super) fn reverse(&mut self) -> Result<(), StoreError> {
        match self.chance.below(4) {
            0 => {
                let order = *self.chance.pick(&self.known.orders).ok_or(NOTHING)?;
                self.write(|tx| tx.reverse_order(order, "记错了")).map(|_| ())
            }
            1 => {
                let gift = *self.chance.pick(&self.known.gifts).ok_or(NOTHING)?;
                self.write(|tx| tx.reverse_gift(gift, "记错了")).map(|_| ())
            }
            2 if self.chance.hit(300) => self.statement(),
            _ => {
                let award = *self.chance.pick(&self.known.awards).ok_or(NOTHING)?;
                self.write(|tx| tx.reverse_award(award, "记错了人")).map(|_| ())
            }
        }
    }

    fn statement(&mut self) -> Result<(), StoreError> {
        let resident = self.resident()?;
        let (code, as_of) = (format!("{:08}", self.number()), day(30));
        let balance = self.store.read(|reader| reader.balance(Owner::Resident(resident), as_of))?;
        self.write(|tx| tx.issue_statement(resident, &code, balance.effective_points, as_of, None)).map(|_| ())
    }
}
