//! A deficit that the town waives: points come from its issuance, minutes from its reserve.
//!
//! Decisions about an account's deficits and the taking back of its spends meet in one entity, so that two devices which
//! waive it pay once, and nothing is paid for a spend whose minutes come back: a waiver pays only for what stands, and what
//! is taken back later gives the waiver back. Either way the second is shown to a person.

use rusqlite::OptionalExtension;
use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::body::settle::{DEFICIT, DeficitWaived, LedgerCode, OwnerCode, Spend, deficits_of};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::issue::Decided;
use super::ledger::{OWNER_HOUSEHOLD, OWNER_RESIDENT, OwnerKey, Posting, issuance, reserve, transfer_id};
use super::{At, Folder};
use crate::error::StoreError;

/// The decision that this operation is.
pub(crate) const WAIVE: &str = "waive";

/// The race of a waiver of which something was taken back before.
const WAIVER_LOST: &str = "waiver_lost";
/// The race of a taking back after the town had made the deficit good.
const WAIVER_RETURNED: &str = "waiver_returned";

/// The accounts between which waivers of one owner move.
#[derive(Clone, Copy)]
struct Sides {
    ledger: Ledger,
    town: OwnerKey,
    owner: OwnerKey,
}

impl Folder<'_> {
    pub(super) fn deficit_waived(&mut self, at: &At<'_>, body: &DeficitWaived) -> Result<(), StoreError> {
        let entity = body.issue(at.scope);
        if at.wants(&entity) {
            let reason = match &body.subject {
                Some(subject) => self.open_opt(at, &entity, subject, "reason", body.reason.as_ref())?,
                None => None,
            };
            let decided = Decided {
                kind: DEFICIT,
                about: &body.about(),
                op: Some(body.spend.as_bytes()),
                what: None,
                decision: WAIVE,
                reason: reason.as_deref(),
            };
            self.decide(at, entity, &decided)?;
        }
        if self.deficit_decided(at, &body.about(), body.spend, WAIVE)? { self.pay_deficit(at, body) } else { Ok(()) }
    }

    /// Notes a decision about a deficit in its account; whether it is the first about it.
    pub(super) fn deficit_decided(
        &mut self,
        at: &At<'_>,
        about: &[u8; 17],
        spend: OpId,
        decision: &str,
    ) -> Result<bool, StoreError> {
        let entity = deficits_of(about, at.scope);
        if !at.wants(&entity) {
            return Ok(false);
        }
        let sql = "INSERT OR IGNORE INTO deficit_decided (id, spend, scope, decision) VALUES (?1, ?2, ?3, ?4)";
        let first =
            self.conn.prepare_cached(sql)?.execute((entity.id, spend.as_bytes(), at.scope.as_str(), decision))?;
        Ok(first == 1)
    }

    /// Pays what of a deficit was not made good by taking spends back.
    fn pay_deficit(&mut self, at: &At<'_>, body: &DeficitWaived) -> Result<(), StoreError> {
        let entity = deficits_of(&body.about(), at.scope);
        let came_back = self.note_spends(at, &entity, &body.spends)?;
        let amount_units = body.amount_units.saturating_sub(came_back);
        if came_back > 0 {
            self.race(at, &entity, WAIVER_LOST)?;
        }
        if amount_units == 0 {
            return Ok(());
        }
        let (ledger, town) = match body.ledger {
            LedgerCode::Points => (Ledger::Points, issuance(at.scope.town())),
            LedgerCode::Minutes => (Ledger::Minutes, reserve(at.scope.town())),
        };
        let owner_kind = match body.owner.kind {
            OwnerCode::Resident => OWNER_RESIDENT,
            OwnerCode::Household => OWNER_HOUSEHOLD,
        };
        let sides = Sides { ledger, town, owner: (owner_kind, *body.owner.id) };
        let role = format!("{WAIVE}:{}", body.spend);
        self.post_waiver(at, entity, &role, sides, i64::from(amount_units))
    }

    /// Keeps what a waiver says about spends; how much of it came back before.
    fn note_spends(&self, at: &At<'_>, entity: &Entity, spends: &[Spend]) -> Result<u32, StoreError> {
        let mut came_back: u32 = 0;
        let mut put = self.conn.prepare_cached(
            "INSERT INTO deficit_spend (id, source, scope, taken_units, taken_back) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT DO UPDATE SET taken_units = excluded.taken_units RETURNING taken_back",
        )?;
        for spend in spends {
            let params = (entity.id, &*spend.source, at.scope.as_str(), spend.amount_units);
            if put.query_row(params, |row| row.get(0))? {
                came_back = came_back.saturating_add(spend.amount_units);
            }
        }
        Ok(came_back)
    }

    /// The minutes of a person's gift or order came back: of what the town had paid for it as much goes back.
    pub(super) fn spend_taken_back(
        &mut self,
        at: &At<'_>,
        owner: ResidentId,
        source: Entity,
    ) -> Result<(), StoreError> {
        let about = Entity::new(EntityKind::Resident, *owner.as_bytes()).to_bytes();
        let entity = deficits_of(&about, at.scope);
        if !at.wants(&entity) {
            return Ok(());
        }
        let known: Option<(Option<i64>, bool)> = self
            .conn
            .prepare_cached("SELECT taken_units, taken_back FROM deficit_spend WHERE id = ?1 AND source = ?2")?
            .query_row((entity.id, source.to_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (taken_units, before) = known.unwrap_or_default();
        if before {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO deficit_spend (id, source, scope, taken_back) VALUES (?1, ?2, ?3, 1)
                 ON CONFLICT DO UPDATE SET taken_back = 1",
            )?
            .execute((entity.id, source.to_bytes(), at.scope.as_str()))?;
        let sides = Sides {
            ledger: Ledger::Minutes,
            town: reserve(at.scope.town()),
            owner: (OWNER_RESIDENT, *owner.as_bytes()),
        };
        let back = taken_units.unwrap_or_default().min(self.waived_units(entity, sides)?);
        if back == 0 {
            return Ok(());
        }
        self.race(at, &entity, WAIVER_RETURNED)?;
        let role = format!("{WAIVE}back:{}", source.id.map(|byte| format!("{byte:02x}")).concat());
        self.post_waiver(at, entity, &role, sides, -back)
    }

    /// What the town has paid for an account's deficits, less what went back.
    fn waived_units(&mut self, entity: Entity, sides: Sides) -> Result<i64, StoreError> {
        let account = self.account(sides.ledger, sides.owner)?;
        let sql =
            "SELECT coalesce(sum(iif(credit = ?2, amount_units, -amount_units)), 0) FROM transfer WHERE source = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row((entity.to_bytes(), account), |row| row.get(0))?)
    }

    /// Moves a waiver to the owner, or back where the amount is below zero.
    fn post_waiver(
        &mut self,
        at: &At<'_>,
        entity: Entity,
        role: &str,
        sides: Sides,
        units: i64,
    ) -> Result<(), StoreError> {
        let (debit, credit) = if units > 0 { (sides.town, sides.owner) } else { (sides.owner, sides.town) };
        let posting = Posting {
            id: &transfer_id(entity, role),
            ledger: sides.ledger,
            debit,
            credit,
            amount_units: u32::try_from(units.unsigned_abs()).unwrap_or(u32::MAX),
            effective_on: at.occurred_on,
            source: entity,
            reverses: None,
        };
        if self.post(at, &posting)? { Ok(()) } else { self.race(at, &entity, "transfer_reused") }
    }
}

#[cfg(test)]
mod tests;
