//! Milestones, indicators with their readings, partners and evidence of a brand.

use chrono::NaiveDate;
use zhenxin_domain::{
    brand::MilestoneState as Progress,
    decimal::Decimal,
    ids::{BrandId, BrandPartId, EvidenceId, RequestId},
};
use zhenxin_protocol::body::brand::LINE_MAX_CHARS;
use zhenxin_store::{BrandDraft, FileDraft, IndicatorDraft, MilestoneDraft, PartnerDraft, Reader, ReadingDraft};

use super::{detail, find_open, save::SHORT_CHARS_MAX};
use crate::{
    Caller, attachments,
    contract::{Fault, FaultCode, brands::*},
    form::Form,
    request::once,
    shown,
};

/// Characters of an indicator's unit: a column of the dossier.
const UNIT_CHARS_MAX: usize = 12;
/// Milestones, indicators or partners of one brand: what one page of the dossier holds twice over.
const PARTS_MAX: usize = 60;
/// Readings of one indicator: one a month for ten years.
const READINGS_MAX: usize = 120;
/// Files added at once.
const FILES_MAX: usize = 9;
/// Evidence of one brand; a binder holds as many.
const EVIDENCE_MAX: usize = 200;

/// Writes part of a dossier once, after `check` has seen the brand as it is now.
fn write(
    caller: &Caller,
    request_id: &str,
    draft: BrandDraft,
    check: impl FnOnce(&Reader, BrandId) -> Result<(), Fault>,
) -> Result<BrandDetail, Fault> {
    let request_id: RequestId = shown::parse_id(request_id)?;
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            let id = draft.brand.ok_or_else(super::unknown)?;
            find_open(tx.reader(), id)?;
            check(tx.reader(), id)?;
            Ok(tx.record_brand(&draft)?.brand)
        })?;
        detail::of(caller, tx.reader(), id)
    })
}

fn gone() -> Fault {
    Fault::new(FaultCode::NotFound, "这一项已不在档案里，请刷新后再看。")
}

/// A part to be changed must be there; room is needed for a new one.
fn check_part(ids: &[BrandPartId], part: Option<BrandPartId>) -> Result<(), Fault> {
    match part {
        Some(part) if !ids.contains(&part) => Err(gone()),
        None if ids.len() >= PARTS_MAX => {
            Err(Fault::new(FaultCode::Conflict, format!("一个品牌最多 {PARTS_MAX} 项，请先移除不再需要的。")))
        }
        _ => Ok(()),
    }
}

pub fn save_milestone(caller: &Caller, request: SaveMilestone) -> Result<BrandDetail, Fault> {
    let brand = Some(shown::parse_id(&request.brand)?);
    let part: Option<BrandPartId> = request.milestone.as_deref().map(shown::parse_id).transpose()?;
    let milestone = read_milestone(&request, part, caller.today())?;
    let draft = BrandDraft { brand, milestones: vec![milestone], ..BrandDraft::default() };
    write(caller, &request.request_id, draft, |reader, id| {
        let milestones = reader.milestones_of(id)?;
        check_part(&milestones.iter().map(|row| row.id).collect::<Vec<_>>(), part)
    })
}

fn read_milestone(
    request: &SaveMilestone,
    part: Option<BrandPartId>,
    today: NaiveDate,
) -> Result<MilestoneDraft, Fault> {
    let mut form = Form::default();
    if part.is_none() && request.title.is_none() {
        form.fault("title", "请填写里程碑的内容。");
    }
    if part.is_none() && request.due_on.is_none() {
        form.fault("due_on", "请填写期限。");
    }
    let title = request.title.as_deref().map(|title| form.line("title", "里程碑", title, 1..=SHORT_CHARS_MAX));
    let due_on = request.due_on.as_deref().map(|day| form.plan_day("due_on", "期限", day, today));
    let state = request.state.map(|state| match state {
        MilestoneState::Planned => Progress::Planned,
        MilestoneState::Done => Progress::Done,
        MilestoneState::Dropped => Progress::Dropped,
    });
    let mut done_on = request.done_on.as_deref().map(|day| form.past_day("done_on", "完成日期", day, today));
    match state {
        Some(Progress::Done) => done_on = done_on.or(Some(today)),
        Some(_) if done_on.is_some() => form.fault("done_on", "只有已完成的里程碑填写完成日期。"),
        _ => {}
    }
    if part.is_some() && title.is_none() && due_on.is_none() && state.is_none() && done_on.is_none() {
        form.fault("title", "没有要保存的改动。");
    }
    form.done()?;
    Ok(MilestoneDraft { part, title, due_on, state, done_on })
}

pub fn save_indicator(caller: &Caller, request: SaveIndicator) -> Result<BrandDetail, Fault> {
    let brand = Some(shown::parse_id(&request.brand)?);
    let part: Option<BrandPartId> = request.indicator.as_deref().map(shown::parse_id).transpose()?;
    let indicator = read_indicator(&request, part)?;
    let draft = BrandDraft { brand, indicators: vec![indicator], ..BrandDraft::default() };
    write(caller, &request.request_id, draft, |reader, id| {
        let indicators = reader.indicators_of(id)?;
        check_part(&indicators.iter().map(|row| row.id).collect::<Vec<_>>(), part)
    })
}

fn read_indicator(request: &SaveIndicator, part: Option<BrandPartId>) -> Result<IndicatorDraft, Fault> {
    let mut form = Form::default();
    let given = [
        ("name", "指标名称", request.name.is_some()),
        ("unit", "计量单位", request.unit.is_some()),
        ("baseline", "基线值", request.baseline.is_some()),
        ("target", "目标值", request.target.is_some()),
    ];
    if part.is_none() {
        for (field, label, _) in given.iter().filter(|(_, _, given)| !given) {
            form.fault(field, format!("请填写{label}。"));
        }
    } else if given.iter().all(|(_, _, given)| !given) {
        form.fault("name", "没有要保存的改动。");
    }
    let name = request.name.as_deref().map(|name| form.line("name", "指标名称", name, 1..=SHORT_CHARS_MAX));
    let unit = request.unit.as_deref().map(|unit| form.line("unit", "计量单位", unit, 1..=UNIT_CHARS_MAX));
    let baseline = request.baseline.as_deref().map(|value| number(&mut form, "baseline", value));
    let target = request.target.as_deref().map(|value| number(&mut form, "target", value));
    form.done()?;
    Ok(IndicatorDraft { part, name, unit, baseline, target })
}

fn number(form: &mut Form, field: &str, written: &str) -> Decimal {
    form.read(field, Decimal::parse(written), Decimal::from_ten_thousandths(0))
}

pub fn record_reading(caller: &Caller, request: RecordReading) -> Result<BrandDetail, Fault> {
    let brand = Some(shown::parse_id(&request.brand)?);
    let indicator: BrandPartId = shown::parse_id(&request.indicator)?;
    let mut form = Form::default();
    let on = form.past_day("on", "读数日期", &request.on, caller.today());
    let value = number(&mut form, "value", &request.value);
    form.done()?;
    let draft = BrandDraft { brand, readings: vec![ReadingDraft { indicator, on, value }], ..BrandDraft::default() };
    write(caller, &request.request_id, draft, |reader, id| {
        let indicators = reader.indicators_of(id)?;
        let row = indicators.iter().find(|row| row.id == indicator).ok_or_else(gone)?;
        if row.readings.len() >= READINGS_MAX && row.readings.iter().all(|reading| reading.on != on) {
            let message = format!("一项指标最多 {READINGS_MAX} 次读数，请新增一项指标继续记录。");
            return Err(Fault::new(FaultCode::Conflict, message));
        }
        Ok(())
    })
}

pub fn save_partner(caller: &Caller, request: SavePartner) -> Result<BrandDetail, Fault> {
    let brand = Some(shown::parse_id(&request.brand)?);
    let part: Option<BrandPartId> = request.partner.as_deref().map(shown::parse_id).transpose()?;
    let mut form = Form::default();
    let name = Some(form.line("name", "合作单位", &request.name, 1..=SHORT_CHARS_MAX));
    let role = Some(form.line("role", "合作内容", &request.role, 0..=LINE_MAX_CHARS));
    form.done()?;
    let draft = BrandDraft { brand, partners: vec![PartnerDraft { part, name, role }], ..BrandDraft::default() };
    write(caller, &request.request_id, draft, |reader, id| {
        let partners = reader.partners_of(id)?;
        check_part(&partners.iter().map(|row| row.id).collect::<Vec<_>>(), part)
    })
}

pub fn remove_part(caller: &Caller, request: RemoveBrandPart) -> Result<BrandDetail, Fault> {
    let id: BrandId = shown::parse_id(&request.brand)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let (part, file): (BrandPartId, EvidenceId) = (shown::parse_id(&request.part)?, shown::parse_id(&request.part)?);
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            find_open(tx.reader(), id)?;
            let mut draft = BrandDraft { brand: Some(id), ..BrandDraft::default() };
            // one field names whatever part it is: ids are unique over all kinds
            match tx.reader().brand_files(id)?.iter().any(|row| row.id == file) {
                true => draft.removed_files.push(file),
                false if has_part(tx.reader(), id, part)? => draft.removed_parts.push(part),
                false => return Err(gone()),
            }
            Ok(tx.record_brand(&draft)?.brand)
        })?;
        detail::of(caller, tx.reader(), id)
    })
}

fn has_part(reader: &Reader, brand: BrandId, part: BrandPartId) -> Result<bool, Fault> {
    Ok(reader.milestones_of(brand)?.iter().any(|row| row.id == part)
        || reader.indicators_of(brand)?.iter().any(|row| row.id == part)
        || reader.partners_of(brand)?.iter().any(|row| row.id == part))
}

pub fn add_files(caller: &Caller, request: AddBrandFiles) -> Result<BrandDetail, Fault> {
    let brand = Some(shown::parse_id(&request.brand)?);
    let mut form = Form::default();
    let caption = form.line("caption", "材料说明", &request.caption, 1..=SHORT_CHARS_MAX);
    if request.files.is_empty() {
        form.fault("files", "请至少选择一个文件。");
    }
    let files = attachments::read_files("files", &request.files, FILES_MAX).unwrap_or_else(|fault| {
        form.refused("files", fault);
        Vec::new()
    });
    form.done()?;
    let added = files.len();
    let files = files.into_iter().map(|file| FileDraft { file, caption: Some(caption.clone()) });
    let draft = BrandDraft { brand, files: files.collect(), ..BrandDraft::default() };
    write(caller, &request.request_id, draft, |reader, id| match reader.brand_files(id)?.len() + added {
        0..=EVIDENCE_MAX => Ok(()),
        _ => {
            let message = format!("一个品牌最多 {EVIDENCE_MAX} 份佐证材料，请先移除不再需要的。");
            Err(Fault::new(FaultCode::Conflict, message))
        }
    })
}
