//! Movements of one account in words: what, with whom, by which order or gift, how the minutes come about.

use std::collections::{HashMap, hash_map::Entry as Slot};

use zhenxin_domain::{
    ids::{ResidentId, ServiceOrderId, TimeGiftId, TransferId},
    service_order::Movement,
    text,
};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_store::{GiftRow, OrderRow, Reader, TransferRow};

use super::{
    awaiting::Awaiting,
    lines::{calculation, service},
};
use crate::contract::Fault;

/// Why a transfer is there.
#[derive(Clone)]
pub enum Cause {
    Order(Box<OrderRow>, Option<Movement>),
    Gift(Box<GiftRow>),
    /// A deficit that the town's reserve made good.
    Waived,
    /// A record that this PC cannot read yet.
    Unknown,
}

/// An order, and which of its movements each transfer is.
type Moved = (OrderRow, HashMap<TransferId, Option<Movement>>);

/// Orders and gifts behind the transfers of an account, each read once.
#[derive(Default)]
pub struct Causes {
    orders: HashMap<Entity, Option<Moved>>,
    gifts: HashMap<Entity, Option<GiftRow>>,
}

impl Causes {
    pub fn of(&mut self, reader: &Reader, transfer: &TransferRow) -> Result<Cause, Fault> {
        let source = transfer.source;
        match source.kind {
            EntityKind::ServiceOrder => {
                let known = match self.orders.entry(source) {
                    Slot::Occupied(known) => known.into_mut(),
                    Slot::Vacant(empty) => {
                        let order = reader.order(ServiceOrderId::from_bytes(source.id))?;
                        let moved = reader.time_movements(source)?.into_iter().map(|row| (row.id, row.movement));
                        empty.insert(order.map(|order| (order, moved.collect())))
                    }
                };
                Ok(known.as_ref().map_or(Cause::Unknown, |(order, moved)| {
                    Cause::Order(Box::new(order.clone()), moved.get(&transfer.id).copied().flatten())
                }))
            }
            EntityKind::TimeGift => {
                let known = match self.gifts.entry(source) {
                    Slot::Occupied(known) => known.into_mut(),
                    Slot::Vacant(empty) => empty.insert(reader.gift(TimeGiftId::from_bytes(source.id))?),
                };
                Ok(known.as_ref().map_or(Cause::Unknown, |gift| Cause::Gift(Box::new(gift.clone()))))
            }
            EntityKind::Issue => Ok(Cause::Waived),
            _ => Ok(Cause::Unknown),
        }
    }
}

impl Cause {
    /// What it is for the account: 服务, 使用时间, 预留, 释放预留, 赠与, 受赠, 捐赠, 冲正.
    pub fn kind(&self, transfer: &TransferRow) -> &'static str {
        let gained = transfer.amount_units > 0;
        match self {
            Self::Order(_, Some(Movement::Pay)) if !gained => "使用时间",
            Self::Order(_, Some(Movement::Pay | Movement::TopUp)) => "服务",
            Self::Order(_, Some(movement)) => movement.label(),
            Self::Gift(_) if transfer.reverses.is_some() => "冲正",
            Self::Gift(gift) if gift.to.is_none() => "捐赠",
            Self::Gift(_) if gained => "受赠",
            Self::Gift(_) => "赠与",
            Self::Waived if gained => "免还",
            Self::Waived => "退回免还",
            Self::Order(_, None) | Self::Unknown => "",
        }
    }

    /// The service, or nothing for a gift.
    pub fn service(&self) -> String {
        match self {
            Self::Order(order, _) => service(order.service_code.as_deref(), order.service_name.as_deref()),
            Self::Gift(_) | Self::Waived | Self::Unknown => String::new(),
        }
    }

    /// With whom, and why where it was taken back.
    pub fn detail(&self, holder: ResidentId, transfer: &TransferRow) -> String {
        let (with, reason) = match self {
            Self::Order(order, movement) => {
                let (side, name) = if order.beneficiary == holder {
                    ("志愿者", &order.volunteer_name)
                } else {
                    ("对象", &order.beneficiary_name)
                };
                let paid = if *movement == Some(Movement::TopUp) { "，镇准备金支付" } else { "" };
                let with = name.as_deref().map(|name| format!("{side} {}{paid}", text::mask_name(name)));
                (with.unwrap_or_default(), order.reason.as_deref())
            }
            Self::Gift(gift) => {
                let other = if gift.giver == holder { &gift.to_name } else { &gift.giver_name };
                let other = other.as_deref().map(text::mask_name);
                let with = match (gift.to, &gift.relation) {
                    (None, _) => "给镇准备金".to_owned(),
                    (Some(_), Some(relation)) => format!("{}（{relation}）", other.unwrap_or_default()),
                    (Some(_), None) => other.unwrap_or_default(),
                };
                (with, gift.reverse_reason.as_deref())
            }
            Self::Waived if transfer.amount_units > 0 => ("镇准备金补上透支".to_owned(), None),
            Self::Waived => ("免还过的一笔已冲正".to_owned(), None),
            Self::Unknown => (String::new(), None),
        };
        match reason.filter(|_| transfer.reverses.is_some()) {
            Some(reason) if with.is_empty() => reason.to_owned(),
            Some(reason) => format!("{with}：{reason}"),
            None => with,
        }
    }

    /// The order, where minutes of service were credited by this very transfer.
    pub fn credited(&self) -> Option<&OrderRow> {
        match self {
            Self::Order(order, Some(Movement::Pay | Movement::TopUp)) => Some(order),
            _ => None,
        }
    }

    /// How the minutes come about.
    pub fn calculation(&self) -> Option<String> {
        self.credited().and_then(calculation)
    }

    pub fn order(&self) -> Option<&OrderRow> {
        match self {
            Self::Order(order, _) => Some(order),
            Self::Gift(_) | Self::Waived | Self::Unknown => None,
        }
    }

    /// Whether the spend still waits for the district.
    pub fn awaits(&self, reader: &Reader, awaiting: Awaiting) -> Result<bool, Fault> {
        match self {
            Self::Order(order, _) => awaiting.order(reader, order),
            Self::Gift(gift) => awaiting.gift(reader, gift),
            Self::Waived | Self::Unknown => Ok(false),
        }
    }

    pub fn gift(&self) -> Option<&GiftRow> {
        match self {
            Self::Gift(gift) => Some(gift),
            Self::Order(..) | Self::Waived | Self::Unknown => None,
        }
    }
}
