//! 赠与 and 捐赠: minutes that are given away, and taken back as a whole.

use rusqlite::OptionalExtension;
use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::body::timebank::{GiftGiven, GiftReversed};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::ledger::{OWNER_RESIDENT, OwnerKey, Posting, reserve, transfer_id};
use super::{At, Folder};
use crate::error::StoreError;

/// Roles of a gift's transfers.
const GIFT: &str = "gift";
const GIFT_BACK: &str = "giftback";

/// What the reversal needs to know of a gift.
struct Given {
    giver: [u8; 16],
    receiver: Option<[u8; 16]>,
    amount_min: u32,
    given_on: i32,
    reversed: bool,
}

fn receiver_key(at: &At<'_>, receiver: Option<&[u8; 16]>) -> OwnerKey {
    receiver.map_or_else(|| reserve(at.scope.town()), |id| (OWNER_RESIDENT, *id))
}

impl Folder<'_> {
    pub(super) fn gift_given(&mut self, at: &At<'_>, body: &GiftGiven) -> Result<(), StoreError> {
        let (gift, giver) = (body.gift.as_bytes(), body.giver.as_bytes());
        let entity = Entity::new(EntityKind::TimeGift, *gift);
        if !at.wants(&entity) {
            return Ok(());
        }
        if body.to == Some(body.giver) {
            return self.race(at, &entity, "gift_to_self");
        }
        if self.gift(gift)?.is_some() {
            return self.race(at, &entity, "gift_twice");
        }
        let receiver = body.to.as_ref().map(|id| id.as_bytes());
        let posting = Posting {
            id: &transfer_id(entity, GIFT),
            ledger: Ledger::Minutes,
            debit: (OWNER_RESIDENT, *giver),
            credit: receiver_key(at, receiver),
            amount_units: body.amount_min,
            effective_on: at.occurred_on,
            source: entity,
            reverses: None,
        };
        if !self.post(at, &posting)? {
            return self.race(at, &entity, "transfer_reused");
        }
        let relation = self.open_opt(at, &entity, giver, "relation", body.relation.as_ref())?;
        let note = self.open_opt(at, &entity, giver, "note", body.note.as_ref())?;
        self.conn.prepare_cached(include_str!("time_gift/insert.sql"))?.execute(rusqlite::params![
            gift,
            at.scope.as_str(),
            giver,
            receiver,
            body.amount_min,
            relation.as_deref(),
            note.as_deref(),
            at.occurred_on,
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes()
        ])?;
        Ok(())
    }

    fn gift(&self, gift: &[u8; 16]) -> Result<Option<(String, Given)>, StoreError> {
        let sql = "SELECT scope, giver, receiver, amount_min, given_on, reversed_at IS NOT NULL
                   FROM time_gift WHERE id = ?1";
        let given = self.conn.prepare_cached(sql)?.query_row([gift], |row| {
            let given = Given {
                giver: row.get(1)?,
                receiver: row.get(2)?,
                amount_min: row.get(3)?,
                given_on: row.get(4)?,
                reversed: row.get(5)?,
            };
            Ok((row.get(0)?, given))
        });
        Ok(given.optional()?)
    }

    pub(super) fn gift_reversed(&mut self, at: &At<'_>, body: &GiftReversed) -> Result<(), StoreError> {
        let gift = body.gift.as_bytes();
        let entity = Entity::new(EntityKind::TimeGift, *gift);
        if !at.wants(&entity) {
            return Ok(());
        }
        // As with awards: an operation of another scope does not see it.
        let Some((_, given)) = self.gift(gift)?.filter(|(scope, _)| scope == at.scope.as_str()) else {
            return self.race(at, &entity, "gift_missing");
        };
        if given.reversed {
            return self.race(at, &entity, "gift_reversal_lost");
        }
        let posting = Posting {
            id: &transfer_id(entity, GIFT_BACK),
            ledger: Ledger::Minutes,
            debit: receiver_key(at, given.receiver.as_ref()),
            credit: (OWNER_RESIDENT, given.giver),
            amount_units: given.amount_min,
            effective_on: given.given_on.max(at.occurred_on),
            source: entity,
            reverses: Some(&transfer_id(entity, GIFT)),
        };
        if !self.post(at, &posting)? {
            return self.race(at, &entity, "transfer_reused");
        }
        let reason = self.open_opt(at, &entity, body.giver.as_bytes(), "reason", body.reason.as_ref())?;
        self.conn.prepare_cached(include_str!("time_gift/reverse.sql"))?.execute((
            gift,
            at.recorded_at,
            at.actor.as_bytes(),
            reason.as_deref(),
        ))?;
        Ok(())
    }

    pub(super) fn forget_time_gift(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.forget_transfers_of(Entity::new(EntityKind::TimeGift, *id))?;
        self.conn.prepare_cached("DELETE FROM time_gift WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
