//! A time account below zero: the spends that made it, and what can be done about each.

use zhenxin_domain::{
    ids::{ResidentId, ServiceOrderId, TimeGiftId, UserId},
    ledger::{Account, Owner},
    service_order::OrderState,
};
use zhenxin_protocol::entity::EntityKind;
use zhenxin_store::{GiftRow, OrderRow, Reader};

use crate::contract::Fault;

/// Transfers that are looked through from the newest back: a deficit is made by the last few.
const LOOKED_THROUGH: u32 = 200;
/// Spends that are shown one by one.
const SPENDS_SHOWN: usize = 10;

/// What took minutes.
pub enum Spend {
    Gift(Box<GiftRow>),
    Order(Box<OrderRow>),
}

impl Spend {
    /// Who recorded it.
    pub fn makers(&self) -> Vec<UserId> {
        match self {
            Self::Gift(gift) => vec![gift.recorded_by],
            Self::Order(order) => order.makers.clone(),
        }
    }

    /// Whether its minutes can be taken back as a whole; a running order is cancelled on its own page.
    pub fn reversible(&self) -> bool {
        match self {
            Self::Gift(gift) => gift.reversed_at.is_none(),
            Self::Order(order) => order.state == OrderState::Credited,
        }
    }
}

/// The spends since the account was last at zero or above, newest first.
pub fn spends(reader: &Reader, resident: ResidentId) -> Result<Vec<Spend>, Fault> {
    let account = Account::minutes(Owner::Resident(resident));
    let total = reader.transfers_total(account)?;
    let skip = total.saturating_sub(u64::from(LOOKED_THROUGH));
    let mut spends: Vec<Spend> = Vec::new();
    let mut seen = Vec::new();
    for transfer in reader.transfers_of(account, LOOKED_THROUGH, skip)?.iter().rev() {
        // the one that crossed zero is the first of them
        let before = transfer.balance_after_units - transfer.amount_units;
        if transfer.amount_units < 0 && !seen.contains(&transfer.source) {
            seen.push(transfer.source);
            let id = transfer.source.id;
            match transfer.source.kind {
                EntityKind::TimeGift => {
                    let gift = reader.gift(TimeGiftId::from_bytes(id))?.filter(|gift| gift.reversed_at.is_none());
                    spends.extend(gift.map(|gift| Spend::Gift(Box::new(gift))));
                }
                EntityKind::ServiceOrder => {
                    let order = reader.order(ServiceOrderId::from_bytes(id))?;
                    let live = |order: &OrderRow| !matches!(order.state, OrderState::Cancelled | OrderState::Reversed);
                    spends.extend(order.filter(live).map(|order| Spend::Order(Box::new(order))));
                }
                _ => {}
            }
        }
        if (transfer.balance_after_units < 0 && before >= 0) || spends.len() == SPENDS_SHOWN {
            // what else was spent on the way down, before zero was crossed, was there to spend
            break;
        }
    }
    Ok(spends)
}

/// What is missing to zero, in minutes.
pub fn missing_min(reader: &Reader, resident: ResidentId) -> Result<u32, Fault> {
    let balance = reader.minutes_balance(Owner::Resident(resident))?;
    Ok(u32::try_from(-balance).unwrap_or_default())
}
