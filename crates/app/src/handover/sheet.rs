//! What the district will be able to read: built once, shown before the decision, scanned, released as it is.

use chrono::{Datelike, NaiveDate};
use zhenxin_domain::{brand::MilestoneState, decimal::Decimal, event::Setting, ids::BrandId};
use zhenxin_protocol::{
    body::brand::{BrandSheet, MilestoneCode, SheetIndicator, SheetMilestone},
    frame::to_cbor,
    hash::Hash32,
};
use zhenxin_store::{IndicatorRow, MilestoneRow, Reader};

use crate::{
    contract::{Fault, FaultCode, handover::LabelledText},
    fault::sentence,
    shown, wording,
};

/// The sheet as it would be released now.
pub fn build(reader: &Reader, brand: BrandId, purpose: &str, today: NaiveDate) -> Result<BrandSheet, Fault> {
    let record =
        reader.brand_dossier(brand)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这个品牌，请刷新列表。"))?;
    let brand = record.brand;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(BrandSheet {
        name: brand.name.clone().ok_or_else(no_key)?,
        slogan: text(&brand.slogan),
        domain: text(&brand.domain),
        owner_unit: text(&brand.owner_unit),
        story: text(&brand.story),
        objectives: brand.objectives.clone(),
        active_since: brand.active_since.map(days),
        milestones: record.milestones.iter().map(milestone).collect::<Result<_, Fault>>()?,
        indicators: record.indicators.iter().map(indicator).collect::<Result<_, Fault>>()?,
        partners: record.partners.iter().map(|row| row.name.clone().ok_or_else(no_key)).collect::<Result<_, _>>()?,
        // 诚信五进 is the town's duty, whichever brand an activity serves
        events_held: reader.event_matrix(today.year())?.held_by_setting(),
        year: today.year(),
        purpose: purpose.to_owned(),
    })
}

/// What cannot be read here cannot be reviewed here.
fn no_key() -> Fault {
    Fault::new(FaultCode::Conflict, "这台电脑还没有收到品牌档案的密钥，请先同步，再审查。")
}

fn milestone(row: &MilestoneRow) -> Result<SheetMilestone, Fault> {
    Ok(SheetMilestone {
        title: row.title.clone().ok_or_else(no_key)?,
        due_on: row.due_on.map(days).ok_or_else(no_key)?,
        state: match row.state {
            MilestoneState::Planned => MilestoneCode::Planned,
            MilestoneState::Done => MilestoneCode::Done,
            MilestoneState::Dropped => MilestoneCode::Dropped,
        },
    })
}

fn indicator(row: &IndicatorRow) -> Result<SheetIndicator, Fault> {
    Ok(SheetIndicator {
        name: row.name.clone().ok_or_else(no_key)?,
        unit: row.unit.clone().ok_or_else(no_key)?,
        baseline: row.baseline.map(Decimal::ten_thousandths).ok_or_else(no_key)?,
        target: row.target.map(Decimal::ten_thousandths).ok_or_else(no_key)?,
        latest: row.readings.last().map(|reading| reading.value.ten_thousandths()),
    })
}

/// Days since 1970-01-01, as operations carry them.
fn days(day: NaiveDate) -> i32 {
    day.to_epoch_days()
}

/// A day of a sheet.
pub fn day(days: i32) -> String {
    NaiveDate::from_epoch_days(days).map(shown::day).unwrap_or_default()
}

/// A value of a sheet.
pub fn value(ten_thousandths: i64) -> String {
    Decimal::from_ten_thousandths(ten_thousandths).to_string()
}

/// How far a milestone of a sheet is.
pub fn progress(state: MilestoneCode) -> MilestoneState {
    match state {
        MilestoneCode::Planned => MilestoneState::Planned,
        MilestoneCode::Done => MilestoneState::Done,
        MilestoneCode::Dropped => MilestoneState::Dropped,
    }
}

/// SM3 of the canonical bytes.
pub fn digest(sheet: &BrandSheet) -> Hash32 {
    Hash32::of(&to_cbor(sheet))
}

/// Everything that a sheet says, in the order of the district's page; what is empty is left out.
pub fn texts(sheet: &BrandSheet) -> Vec<LabelledText> {
    let mut texts = Vec::new();
    let mut add = |label: &str, text: String| {
        if !text.is_empty() {
            texts.push(LabelledText { label: label.to_owned(), text });
        }
    };
    add("名称", sheet.name.clone());
    add("口号", sheet.slogan.clone());
    add("领域", sheet.domain.clone());
    add("责任单位", sheet.owner_unit.clone());
    add("启用日期", sheet.active_since.map(day).unwrap_or_default());
    add("品牌故事", sheet.story.clone());
    for objective in &sheet.objectives {
        add("目标", objective.clone());
    }
    for milestone in &sheet.milestones {
        let state = progress(milestone.state).label();
        add("里程碑", format!("{}（{}，{state}）", milestone.title, day(milestone.due_on)));
    }
    for indicator in &sheet.indicators {
        let latest = indicator.latest.map_or("暂无读数".to_owned(), |latest| format!("最新 {}", value(latest)));
        let (baseline, target) = (value(indicator.baseline), value(indicator.target));
        add("指标", format!("{}（{}）：基线 {baseline}，目标 {target}，{latest}", indicator.name, indicator.unit));
    }
    for partner in &sheet.partners {
        add("合作单位", partner.clone());
    }
    let held =
        Setting::ALL.iter().zip(&sheet.events_held).map(|(place, held)| format!("进{} {held} 场", place.label()));
    add("活动", format!("{} 年已举办：{}", sheet.year, held.collect::<Vec<_>>().join("，")));
    add("用途", sheet.purpose.clone());
    texts
}

/// What keeps these texts from being released, with the label of each place.
pub fn findings(texts: &[LabelledText]) -> Vec<String> {
    let found = texts.iter().flat_map(|labelled| {
        let findings = wording::findings([labelled.text.as_str()]);
        findings.into_iter().map(|finding| sentence(&format!("{}里有{finding}", labelled.label)))
    });
    let mut unique: Vec<String> = Vec::new();
    for finding in found {
        if !unique.contains(&finding) {
            unique.push(finding);
        }
    }
    unique
}

#[cfg(test)]
mod tests;
