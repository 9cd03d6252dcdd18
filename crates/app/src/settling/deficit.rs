//! A time account below zero: the spends that made it, and what can be done about each.

use zhenxin_domain::{
    ids::{ResidentId, ServiceOrderId, TimeGiftId, UserId},
    ledger::Owner,
    service_order::OrderState,
};
use zhenxin_protocol::entity::EntityKind;
use zhenxin_store::{GiftRow, OrderRow, Reader, SpendRow};

use crate::contract::Fault;

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
    let mut spends = Vec::new();
    let standing = reader.standing_spends(resident)?.into_iter();
    for SpendRow { source, .. } in standing.filter(|spend| spend.below_zero).take(SPENDS_SHOWN) {
        match source.kind {
            EntityKind::TimeGift => {
                let gift = reader.gift(TimeGiftId::from_bytes(source.id))?;
                spends.extend(gift.map(|gift| Spend::Gift(Box::new(gift))));
            }
            EntityKind::ServiceOrder => {
                let order = reader.order(ServiceOrderId::from_bytes(source.id))?;
                spends.extend(order.map(|order| Spend::Order(Box::new(order))));
            }
            _ => {}
        }
    }
    Ok(spends)
}

/// What is missing to zero, in minutes.
pub fn missing_min(reader: &Reader, resident: ResidentId) -> Result<u32, Fault> {
    let balance = reader.minutes_balance(Owner::Resident(resident))?;
    Ok(u32::try_from(-balance).unwrap_or_default())
}
