//! The time bank in words.

use zhenxin_domain::{
    ids::{NeedId, ServiceOrderId, ServiceTypeId},
    service_order::shown_number,
    service_time::duration,
};
use zhenxin_protocol::body::{
    Body,
    timebank::{GiftGiven, NeedPosted, OrderMoveRow, OrderRow, PayerCode},
};
use zhenxin_store::step_of;

use super::Facts;
use crate::{
    contract::Fault,
    timebank::{clock, step_words},
};

impl Facts<'_, '_> {
    pub(super) fn time(&mut self, body: &Body) -> Result<(), Fault> {
        match body {
            Body::ServiceTypeRecorded(body) => {
                self.put("服务项目", format!("{} {}，第 {} 版", body.code, body.name, body.version));
                self.put("系数", format!("{}%", body.coefficient_percent));
                self.day("生效日期", body.in_force_from);
                Ok(())
            }
            Body::NeedPosted(body) => self.need_posted(body),
            Body::NeedClosed(body) => {
                self.need(body.need)?;
                self.sealed("关闭原因", body.resident.as_bytes(), "reason", body.reason.as_ref())
            }
            Body::OrdersPosted(body) => body.rows.iter().try_for_each(|row| self.order_posted(row)),
            Body::OrdersMoved(body) => body.rows.iter().try_for_each(|row| self.order_moved(row)),
            Body::OrdersCredited(body) => body.rows.iter().try_for_each(|row| {
                self.order(row.order)?;
                self.put("入账", format!("系数 {}%", row.coefficient_percent));
                Ok(())
            }),
            Body::OrderReversed(body) => {
                self.order(body.order)?;
                self.sealed("冲正理由", body.beneficiary.as_bytes(), "reason", body.reason.as_ref())
            }
            Body::GiftGiven(body) => self.gift_given(body),
            Body::GiftReversed(body) => {
                self.resident("赠出人", body.giver)?;
                let gift = self.names.reader.gift(body.gift)?;
                self.put_opt("冲正的分钟数", gift.map(|gift| duration(i64::from(gift.amount_min))));
                self.sealed("冲正理由", body.giver.as_bytes(), "reason", body.reason.as_ref())
            }
            _ => Ok(()),
        }
    }

    fn service_type(&mut self, id: ServiceTypeId) -> Result<(), Fault> {
        let rows = self.names.reader.service_types()?;
        let found = rows.iter().rfind(|row| row.service_type == id);
        self.put(
            "服务项目",
            found.map_or_else(|| "本机没有的服务项目".to_owned(), |row| format!("{} {}", row.code, row.name)),
        );
        Ok(())
    }

    fn need_posted(&mut self, body: &NeedPosted) -> Result<(), Fault> {
        let subject = body.resident.as_bytes();
        self.resident("居民", body.resident)?;
        self.service_type(body.service_type)?;
        self.day("需要的日期", body.day);
        self.put("时间", format!("{} 起，约 {}", clock(body.start_min), duration(i64::from(body.planned_min))));
        self.sealed("地点", subject, "place", body.place.as_ref())?;
        self.sealed("备注", subject, "note", body.note.as_ref())
    }

    fn need(&mut self, id: NeedId) -> Result<(), Fault> {
        match self.names.reader.need(id)? {
            Some(need) => {
                self.resident("居民", need.resident)?;
                self.put("需求", need.service_name.unwrap_or_default());
            }
            None => self.put("需求", "本机没有这条需求"),
        }
        Ok(())
    }

    fn order(&mut self, id: ServiceOrderId) -> Result<(), Fault> {
        match self.names.reader.order(id)? {
            Some(order) => {
                self.put("服务单", shown_number(&order.number));
                self.resident("服务对象", order.beneficiary)?;
                if let Some(volunteer) = order.volunteer {
                    self.resident("现在的志愿者", volunteer)?;
                }
            }
            None => self.put("服务单", "本机没有这张单"),
        }
        Ok(())
    }

    fn order_posted(&mut self, row: &OrderRow) -> Result<(), Fault> {
        let subject = row.beneficiary.as_bytes();
        self.put("服务单", shown_number(&zhenxin_domain::service_order::order_number(row.order)));
        self.resident("服务对象", row.beneficiary)?;
        self.service_type(row.service_type)?;
        self.day("服务日期", row.day);
        self.put("时间", format!("{} 起，约 {}", clock(row.start_min), duration(i64::from(row.planned_min))));
        self.put(
            "由谁支付",
            match row.payer {
                PayerCode::Own => "本人时间账户",
                PayerCode::Reserve => "镇准备金",
            },
        );
        self.sealed("地点", subject, "place", row.place.as_ref())?;
        self.sealed("备注", subject, "note", row.note.as_ref())
    }

    fn order_moved(&mut self, row: &OrderMoveRow) -> Result<(), Fault> {
        self.order(row.order)?;
        for step in &row.steps {
            let words = step_words(self.names.reader, step_of(*step))?;
            self.put("办理", words);
        }
        self.sealed("原因", row.beneficiary.as_bytes(), "reason", row.reason.as_ref())
    }

    fn gift_given(&mut self, body: &GiftGiven) -> Result<(), Fault> {
        let subject = body.giver.as_bytes();
        self.resident("赠出人", body.giver)?;
        match body.to {
            Some(to) => self.resident("受赠人", to)?,
            None => self.put("受赠人", "镇准备金（捐赠）"),
        }
        self.put("分钟数", duration(i64::from(body.amount_min)));
        self.sealed("关系", subject, "relation", body.relation.as_ref())?;
        self.sealed("备注", subject, "note", body.note.as_ref())
    }
}
