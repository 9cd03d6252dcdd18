//! Brands, activities and packages in words.

use zhenxin_domain::{
    decimal::Decimal,
    event::Setting,
    ids::{BrandId, EventId},
};
use zhenxin_protocol::body::{
    Body,
    brand::{BrandRecorded, BrandStepCode, EventCode, EventRecorded, EventSigned, MilestoneCode},
};

use super::Facts;
use crate::contract::Fault;

impl Facts<'_, '_> {
    pub(super) fn brands(&mut self, body: &Body) -> Result<(), Fault> {
        match body {
            Body::BrandRecorded(body) => self.brand_recorded(body),
            Body::BrandMoved(body) => {
                self.brand(body.brand)?;
                let step = match body.step {
                    BrandStepCode::Propose => "申报",
                    BrandStepCode::Approve => "批准",
                    BrandStepCode::SendBack => "退回",
                    BrandStepCode::Resubmit => "再次申报",
                    BrandStepCode::Activate => "启用",
                    BrandStepCode::Retire => "退役",
                };
                self.put("办理", step);
                self.sealed("理由", body.brand.as_bytes(), "reason", body.reason.as_ref())
            }
            Body::BrandAssessed(body) => {
                self.brand(body.brand)?;
                let verdict = if body.renewed { "继续使用" } else { "不再继续" };
                self.put("年度评估", format!("{} 年，{verdict}", body.year));
                self.sealed("评估意见", body.brand.as_bytes(), "findings", body.findings.as_ref())
            }
            Body::EventRecorded(body) => self.event_recorded(body),
            Body::EventSigned(body) => self.event_signed(body),
            Body::EventPhotos(body) => {
                self.event(body.event)?;
                self.put("照片", format!("添加 {} 张，移除 {} 张", body.added.len(), body.removed.len()));
                Ok(())
            }
            Body::HandoverRequested(body) => {
                self.brand(body.brand)?;
                self.sealed("用途", body.brand.as_bytes(), "purpose", body.purpose.as_ref())
            }
            Body::HandoverReviewed(body) => {
                self.brand(body.brand)?;
                self.put("审查", if body.sheet.is_some() { "放行" } else { "退回" });
                self.sealed("退回理由", body.brand.as_bytes(), "reason", body.reason.as_ref())
            }
            _ => Ok(()),
        }
    }

    fn brand(&mut self, id: BrandId) -> Result<(), Fault> {
        let name = self.names.reader.brand(id)?.and_then(|row| row.name);
        self.put("品牌", name.unwrap_or_else(|| "本机查不到的品牌".to_owned()));
        Ok(())
    }

    fn event(&mut self, id: EventId) -> Result<(), Fault> {
        let title = self.names.reader.event(id)?.and_then(|row| row.title);
        self.put("活动", title.unwrap_or_else(|| "本机查不到的活动".to_owned()));
        Ok(())
    }

    fn brand_recorded(&mut self, body: &BrandRecorded) -> Result<(), Fault> {
        let subject = body.brand.as_bytes();
        self.brand(body.brand)?;
        let texts = &body.texts;
        self.sealed("名称", subject, "name", texts.name.as_ref())?;
        self.sealed("口号", subject, "slogan", texts.slogan.as_ref())?;
        self.sealed("领域", subject, "domain", texts.domain.as_ref())?;
        self.sealed("责任单位", subject, "owner_unit", texts.owner_unit.as_ref())?;
        self.sealed("品牌故事", subject, "story", texts.story.as_ref())?;
        self.sealed("目标", subject, "objectives", texts.objectives.as_ref())?;
        for row in &body.milestones {
            self.sealed("里程碑", subject, "title", row.title.as_ref())?;
            self.day("里程碑期限", row.due_on);
            self.put_opt(
                "里程碑进度",
                row.state.map(|state| match state {
                    MilestoneCode::Planned => "计划中",
                    MilestoneCode::Done => "已完成",
                    MilestoneCode::Dropped => "已取消",
                }),
            );
            self.day("完成日期", row.done_on);
        }
        let decimal = |units: i64| Decimal::from_ten_thousandths(units).to_string();
        for row in &body.indicators {
            self.sealed("指标", subject, "title", row.name.as_ref())?;
            self.sealed("指标单位", subject, "unit", row.unit.as_ref())?;
            self.put_opt("基数", row.baseline.map(decimal));
            self.put_opt("目标值", row.target.map(decimal));
        }
        for row in &body.readings {
            self.put("指标读数", format!("{}：{}", super::day_words(row.on), decimal(row.value)));
        }
        for row in &body.partners {
            self.sealed("合作单位", subject, "title", row.name.as_ref())?;
            self.sealed("合作内容", subject, "role", row.role.as_ref())?;
        }
        for row in &body.files {
            self.sealed("材料", subject, "caption", row.caption.as_ref())?;
        }
        let removed = body.removed_parts.len() + body.removed_files.len();
        self.put_opt("移除", (removed > 0).then(|| format!("{removed} 项")));
        Ok(())
    }

    fn event_recorded(&mut self, body: &EventRecorded) -> Result<(), Fault> {
        let subject = body.event.as_bytes();
        self.event(body.event)?;
        self.sealed("名称", subject, "title", body.title.as_ref())?;
        self.sealed("方案", subject, "plan", body.plan.as_ref())?;
        self.sealed("地点", subject, "place", body.place.as_ref())?;
        self.put_opt("场景", body.setting.as_deref().and_then(Setting::from_code).map(Setting::label));
        if let Some(brand) = body.brand {
            self.brand(brand)?;
        }
        self.day("计划日期", body.planned_on);
        self.day("举办日期", body.held_on);
        self.put_opt("费用", body.cost_fen.map(|fen| format!("{}.{:02} 元", fen / 100, fen % 100)));
        self.put_opt(
            "状态",
            body.state.map(|state| match state {
                EventCode::Planned => "计划中",
                EventCode::Held => "已举办",
                EventCode::Cancelled => "已取消",
            }),
        );
        Ok(())
    }

    fn event_signed(&mut self, body: &EventSigned) -> Result<(), Fault> {
        self.event(body.event)?;
        for row in &body.added {
            match row.resident {
                Some(resident) => self.resident("签到", resident)?,
                None => self.sealed("来宾签到", body.event.as_bytes(), "guest", row.guest.as_ref())?,
            }
        }
        self.put_opt("划去", (!body.removed.is_empty()).then(|| format!("{} 人", body.removed.len())));
        Ok(())
    }
}
