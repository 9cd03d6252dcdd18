//! The spends of an account that is below zero.

use zhenxin_domain::ids::{ResidentId, ServiceOrderId, TimeGiftId};
use zhenxin_domain::ledger::{Account, Owner};
use zhenxin_domain::service_order::OrderState;
use zhenxin_protocol::body::settle::SPENDS_MAX;
use zhenxin_protocol::entity::{Entity, EntityKind};

use crate::error::StoreError;
use crate::query::Reader;

/// Transfers that are looked through from the newest back: a deficit is made by the last few.
const LOOKED_THROUGH: u32 = 200;

/// A gift or an order that took minutes and can still be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendRow {
    /// The gift or the order.
    pub source: Entity,
    /// What it took in all.
    pub amount_min: u32,
    /// Whether it was made since the account was last at zero or above: it, or one like it, made the deficit.
    pub below_zero: bool,
}

impl Reader<'_> {
    /// A person's spends that stand, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn standing_spends(&self, resident: ResidentId) -> Result<Vec<SpendRow>, StoreError> {
        let account = Account::minutes(Owner::Resident(resident));
        let skip = self.transfers_total(account)?.saturating_sub(u64::from(LOOKED_THROUGH));
        let transfers = self.transfers_of(account, LOOKED_THROUGH, skip)?;
        let (mut spends, mut below_zero): (Vec<SpendRow>, _) = (Vec::new(), true);
        for transfer in transfers.iter().rev() {
            let (source, before) = (transfer.source, transfer.balance_after_units - transfer.amount_units);
            let new = spends.iter().all(|spend| spend.source != source);
            if transfer.amount_units < 0 && new && self.stands(source)? {
                let of_source = transfers.iter().filter(|other| other.source == source);
                let taken: i64 = of_source.map(|other| -other.amount_units).sum();
                if let Ok(amount_min @ 1..) = u32::try_from(taken) {
                    spends.push(SpendRow { source, amount_min, below_zero });
                }
            }
            // What was spent before zero was crossed was there to spend.
            below_zero &= transfer.balance_after_units >= 0 || before < 0;
            if spends.len() == SPENDS_MAX {
                break;
            }
        }
        Ok(spends)
    }

    /// Whether a gift or an order holds, so that taking it back would give minutes back.
    fn stands(&self, source: Entity) -> Result<bool, StoreError> {
        Ok(match source.kind {
            EntityKind::TimeGift => {
                self.gift(TimeGiftId::from_bytes(source.id))?.is_some_and(|gift| gift.reversed_at.is_none())
            }
            EntityKind::ServiceOrder => self
                .order(ServiceOrderId::from_bytes(source.id))?
                .is_some_and(|order| !matches!(order.state, OrderState::Cancelled | OrderState::Reversed)),
            _ => false,
        })
    }
}
