//! Residents, consents, rules, points and decisions in words.

use zhenxin_domain::{
    cap::Period,
    consent::{Channel, GivenBy},
    ids::{AwardId, ResidentId, RuleVersionId},
    rule::Subject as RuleSubject,
};
use zhenxin_protocol::body::{
    award::{AwardRecorded, AwardReversed, AwardReviewed, Decision, SUBJECT_HOUSEHOLD},
    consent::ConsentGiven,
    resident::{Field, ResidentsRecorded},
    rule::{RuleRetired, RulesRecorded},
    settle::{DeficitWaived, IssueSettled, LedgerCode, OwnerCode, ResidentsMerged},
};
use zhenxin_store::{IssueKind, Unsealed};

use super::{Facts, field_label};
use crate::{contract::Fault, duties, settling::words};

impl Facts<'_, '_> {
    pub(super) fn residents_recorded(&mut self, body: &ResidentsRecorded) -> Result<(), Fault> {
        for row in &body.rows {
            let name = self.names.resident(row.resident)?;
            if body.rows.len() > 1 {
                self.put("居民", name);
            }
            let caller = self.caller;
            if let Some(village) = row.village {
                let value = self.names.value(caller, Field::Village, Some(&Unsealed::Text(village.to_string())));
                self.put(field_label(Field::Village), value);
            }
            self.put_opt(field_label(Field::HouseholdNo), row.household_no.clone());
            for (number, sealed) in &row.fields {
                let Some(field) = Field::SEALED.get(usize::from(*number)).copied() else { continue };
                let value = match sealed {
                    Some(sealed) => {
                        let subject = row.resident.as_bytes();
                        Some(self.names.reader.unseal(self.content, subject, field.name(), sealed)?)
                    }
                    None => None,
                };
                let value = self.names.value(caller, field, value.as_ref());
                self.put(field_label(field), value);
            }
        }
        Ok(())
    }

    pub(super) fn consent_given(&mut self, body: &ConsentGiven) -> Result<(), Fault> {
        for row in &body.rows {
            self.resident("居民", row.resident)?;
            self.put("同意书版本", row.version.clone());
            self.put("方式", Channel::from_code(&row.channel).map_or(row.channel.as_str(), |channel| channel.label()));
            self.put(
                "由谁同意",
                GivenBy::from_code(&row.given_by).map_or(row.given_by.as_str(), |given_by| given_by.label()),
            );
            self.sealed("监护人", row.resident.as_bytes(), "guardian", row.guardian.as_ref())?;
        }
        Ok(())
    }

    pub(super) fn rules_recorded(&mut self, body: &RulesRecorded) -> Result<(), Fault> {
        for row in &body.rows {
            self.put("细则", format!("{} {}，第 {} 版", row.code, row.item, row.version));
            self.put("分值", format!("{} 分/{}", row.points, row.unit));
            self.put_opt(
                "上限",
                row.cap.as_ref().map(|cap| {
                    let period = Period::from_code(&cap.period).map_or(cap.period.as_str(), |period| period.label());
                    format!("每{period}不超过 {} 分", cap.points)
                }),
            );
            let subject = RuleSubject::from_code(&row.subject).map_or(row.subject.as_str(), |subject| subject.label());
            self.put("记给", subject);
            self.put_opt("依据", row.basis.clone());
            self.day("生效日期", row.in_force_from);
        }
        Ok(())
    }

    pub(super) fn rule_retired(&mut self, body: &RuleRetired) -> Result<(), Fault> {
        let rule = self.rule_name(|row| row.rule == body.rule)?;
        self.put("停用的细则", rule);
        self.day("停用日期", body.from);
        Ok(())
    }

    fn rule_name(&self, wanted: impl Fn(&zhenxin_store::RuleVersionRow) -> bool) -> Result<String, Fault> {
        let rows = self.names.reader.all_rules()?;
        let found = rows.iter().rfind(|row| wanted(row));
        Ok(found.map_or_else(|| "本机没有的细则".to_owned(), |row| format!("{} {}", row.code, row.item)))
    }

    pub(super) fn award_recorded(&mut self, body: &AwardRecorded) -> Result<(), Fault> {
        self.sealed("活动", body.activity.as_bytes(), "activity_name", body.activity_name.as_ref())?;
        let rule: RuleVersionId = body.rule_version;
        let rule = self.rule_name(|row| row.version_id == rule)?;
        self.put("细则", rule);
        if !body.evidence.is_empty() {
            self.put("佐证", format!("{} 份", body.evidence.len()));
        }
        for row in &body.rows {
            let to = if row.subject == SUBJECT_HOUSEHOLD { "（记入家庭）" } else { "" };
            let name = self.names.resident(row.resident)?;
            self.put(&name, format!("{} 分{to}", row.amount_points));
        }
        Ok(())
    }

    /// An award in one line, and its resident's name.
    fn award(&self, award: AwardId, resident: ResidentId) -> Result<(String, String), Fault> {
        let name = self.names.resident(resident)?;
        let found = self.names.reader.award(award)?;
        let line = found.map_or_else(
            || "本机没有这笔记分".to_owned(),
            |row| {
                let item = row.rule_item.as_deref().unwrap_or_default();
                format!("{} {item}，{} 分", crate::shown::day(row.occurred_on), row.amount_points)
            },
        );
        Ok((name, line))
    }

    pub(super) fn award_reviewed(&mut self, body: &AwardReviewed) -> Result<(), Fault> {
        for row in &body.rows {
            let (name, line) = self.award(row.award, row.resident)?;
            let verdict = match row.decision {
                Decision::Approve => "通过",
                Decision::SendBack => "退回",
            };
            self.put(&name, format!("{verdict}：{line}"));
            self.day("计入账户的日期", row.effective_on);
            self.sealed("退回理由", row.resident.as_bytes(), "reason", row.reason.as_ref())?;
        }
        Ok(())
    }

    pub(super) fn award_reversed(&mut self, body: &AwardReversed) -> Result<(), Fault> {
        let (name, line) = self.award(body.award, body.resident)?;
        self.put(&name, format!("冲正：{line}"));
        self.sealed("冲正理由", body.resident.as_bytes(), "reason", body.reason.as_ref())
    }

    pub(super) fn duties(&mut self, bits: u32) {
        let held: Vec<&str> = duties::from_bits(bits).into_iter().map(duties::label).collect();
        self.put("职责", held.join("、"));
    }

    pub(super) fn issue_settled(&mut self, body: &IssueSettled) -> Result<(), Fault> {
        let kind = IssueKind::from_code(&body.kind);
        self.put("事项", kind.map_or("较新版本程序的事项", words::kind_label));
        self.put("决定", words::decision_label(kind, &body.decision));
        match &body.subject {
            Some(subject) => self.sealed("理由", subject, "reason", body.reason.as_ref()),
            None => Ok(()),
        }
    }

    pub(super) fn residents_merged(&mut self, body: &ResidentsMerged) -> Result<(), Fault> {
        if body.kept == body.duplicate {
            return self.resident("撤销合并的登记", body.duplicate);
        }
        self.resident("并入的登记", body.duplicate)?;
        self.resident("保留的登记", body.kept)
    }

    pub(super) fn deficit_waived(&mut self, body: &DeficitWaived) -> Result<(), Fault> {
        let owner = ResidentId::from_bytes(*body.owner.id);
        match body.owner.kind {
            OwnerCode::Resident => self.resident("账户", owner)?,
            OwnerCode::Household => self.put("账户", "家庭账户"),
        }
        let unit = match body.ledger {
            LedgerCode::Points => "分",
            LedgerCode::Minutes => "分钟",
        };
        self.put("免还", format!("{} {unit}", body.amount_units));
        match &body.subject {
            Some(subject) => self.sealed("理由", subject, "reason", body.reason.as_ref()),
            None => Ok(()),
        }
    }
}
