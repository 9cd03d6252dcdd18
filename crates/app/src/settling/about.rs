//! Whom and what an issue concerns: a name, a village, pages to look at.

use zhenxin_domain::{
    division::Scope,
    id_number::IdNumber,
    ids::{AwardId, BrandId, EventId, HandoverId, NeedId, ResidentId, ServiceOrderId, TimeGiftId, UserId},
    service_order::shown_number,
};
use zhenxin_protocol::entity::EntityKind;
use zhenxin_store::{IssueKey, IssueKind, IssueRow, Reader, ResidentRow};

use super::{content::people_in, words};
use crate::{
    Caller,
    contract::{Fault, settling::*},
    shown,
};

/// Whom an issue concerns.
pub struct Concerned {
    pub resident: Option<ResidentRow>,
    pub who: String,
    pub id_masked: String,
    pub village_name: String,
}

/// The resident behind an issue; of a merged record the one that is kept.
pub fn resident_of(reader: &Reader, row: &IssueRow) -> Result<Option<ResidentId>, Fault> {
    let id = row.key.about.id;
    let found = match row.key.about.kind {
        _ if row.resident.is_some() => row.resident,
        EntityKind::Award => reader.award(AwardId::from_bytes(id))?.map(|award| award.resident),
        EntityKind::ServiceOrder => reader.order(ServiceOrderId::from_bytes(id))?.map(|order| order.beneficiary),
        EntityKind::Need => reader.need(NeedId::from_bytes(id))?.map(|need| need.resident),
        EntityKind::TimeGift => reader.gift(TimeGiftId::from_bytes(id))?.map(|gift| gift.giver),
        _ => None,
    };
    if found.is_some() {
        return Ok(found);
    }
    // what is in no table speaks for itself: the one person of a lost or refused operation
    let Some(body) = row.key.op.map(|op| reader.op_content(op)).transpose()?.flatten().and_then(|op| op.body) else {
        return Ok(None);
    };
    Ok(match people_in(&body).as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

impl Concerned {
    pub fn of(caller: &Caller, reader: &Reader, row: &IssueRow) -> Result<Self, Fault> {
        let resident = match resident_of(reader, row)? {
            Some(id) => reader.resident(id)?,
            None => None,
        };
        let Some(resident) = resident else {
            let village_name = match row.scope {
                Scope::Village(code) => shown::village(&caller.town, code),
                Scope::Town(_) => String::new(),
            };
            let who = thing_named(reader, row)?;
            return Ok(Self { resident: None, who, id_masked: String::new(), village_name });
        };
        let number = resident.id_number.as_deref().and_then(|number| IdNumber::from_canonical(number).ok());
        let village_name = resident.village.map(|code| shown::village(&caller.town, code)).unwrap_or_default();
        Ok(Self {
            who: resident.name.clone().unwrap_or_else(|| "姓名未到的居民".to_owned()),
            id_masked: number.map(|number| number.masked()).unwrap_or_default(),
            village_name,
            resident: Some(resident),
        })
    }
}

/// The name of a thing that is nobody's.
fn thing_named(reader: &Reader, row: &IssueRow) -> Result<String, Fault> {
    let IssueKey { kind, about, op, .. } = &row.key;
    if *kind == IssueKind::MissingKey {
        return Ok("居民资料".to_owned());
    }
    let named = match about.kind {
        EntityKind::User => reader.user(UserId::from_bytes(about.id))?.and_then(|row| row.name),
        EntityKind::Event => reader.event(EventId::from_bytes(about.id))?.and_then(|row| row.title),
        EntityKind::Brand | EntityKind::BrandSeat => match brand_of(&row.key) {
            Some(brand) => reader.brand(brand)?.and_then(|row| row.name),
            None => None,
        },
        EntityKind::Issue => match op {
            Some(op) => reader.op_content(*op)?.and_then(|content| {
                let people = content.body.as_ref().map(|body| people_in(body).len()).filter(|people| *people > 1);
                people.map(|people| format!("居民 {people} 人"))
            }),
            None => None,
        },
        _ => None,
    };
    let fallback = match kind {
        IssueKind::Refused
        | IssueKind::TimeSuspect
        | IssueKind::AfterRemoval
        | IssueKind::Unauthorised
        | IssueKind::SetAside => "一条记录",
        _ => words::thing(about.kind),
    };
    Ok(named.unwrap_or_else(|| fallback.to_owned()))
}

/// The brand of an issue; the seat of the brands says behind a colon which one it is about.
fn brand_of(key: &IssueKey) -> Option<BrandId> {
    match key.about.kind {
        EntityKind::Brand => Some(BrandId::from_bytes(key.about.id)),
        EntityKind::BrandSeat => key.what.as_deref()?.split_once(':').and_then(|(_, brand)| brand.parse().ok()),
        _ => None,
    }
}

/// Pages on which the matter can be looked at.
pub fn links(reader: &Reader, row: &IssueRow, concerned: &Concerned) -> Result<Vec<IssueLink>, Fault> {
    let mut links = Vec::new();
    let mut put = |target, id: String, label: String| links.push(IssueLink { target, id, label });
    let id = row.key.about.id;
    match row.key.about.kind {
        EntityKind::ServiceOrder => {
            if let Some(order) = reader.order(ServiceOrderId::from_bytes(id))? {
                put(IssueTarget::Order, order.id.to_string(), format!("服务单 {}", shown_number(&order.number)));
            }
        }
        EntityKind::Need => {
            put(IssueTarget::Need, NeedId::from_bytes(id).to_string(), "这条需求".to_owned());
            for order in reader.live_orders_of_need(NeedId::from_bytes(id))? {
                put(IssueTarget::Order, order.id.to_string(), format!("服务单 {}", shown_number(&order.number)));
            }
        }
        EntityKind::Brand | EntityKind::BrandSeat => {
            if let Some(brand) = brand_of(&row.key) {
                put(IssueTarget::Brand, brand.to_string(), "这个品牌".to_owned());
            }
        }
        EntityKind::Event => put(IssueTarget::Event, EventId::from_bytes(id).to_string(), "这场活动".to_owned()),
        EntityKind::Handover => {
            put(IssueTarget::Handover, HandoverId::from_bytes(id).to_string(), "这份数据包".to_owned());
        }
        _ => {}
    }
    let people = match row.key.residents() {
        Some(pair) => pair.to_vec(),
        None => concerned.resident.iter().map(|resident| resident.id).collect(),
    };
    for person in people {
        let Some(resident) = reader.resident(person)? else { continue };
        let name = resident.name.unwrap_or_default();
        let label = match &resident.household_no {
            Some(number) => format!("{name}（{number} 户）"),
            None => name.clone(),
        };
        put(IssueTarget::Resident, person.to_string(), label);
        if matches!(row.key.kind, IssueKind::Deficit | IssueKind::BeyondCap) {
            put(IssueTarget::TimeAccount, person.to_string(), format!("{name}的时间账户"));
        }
    }
    if matches!(row.key.kind, IssueKind::Refused | IssueKind::SetAside | IssueKind::MissingKey | IssueKind::TimeSuspect)
    {
        put(IssueTarget::Sync, String::new(), "同步中心".to_owned());
    }
    if row.key.kind == IssueKind::Unauthorised {
        put(IssueTarget::Users, String::new(), "用户与职责".to_owned());
    }
    Ok(links)
}
