//! The brand card to hang up, and the dossier with its contents and pictures.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{Datelike, NaiveDate};
use zhenxin_documents::{
    Printed,
    brand_card::{self, BrandCard, CardIndicator, CardMilestone},
    brand_dossier::{
        self, BrandDossier, DossierAssessment, DossierEvent, DossierEvidence, DossierFact, DossierIndicator,
        DossierMatrix, DossierMatrixCell, DossierMatrixRow, DossierMilestone, DossierPartner, DossierPicture,
        DossierReading,
    },
};
use zhenxin_domain::{
    event::{self, Setting as Place},
    ids::BrandId,
};
use zhenxin_store::{BrandDossier as Record, EventFilter, EventRow, FileRow, IndicatorRow, Reader};

use super::{lines, unknown};
use crate::{
    Caller,
    contract::{Fault, FaultCode, FaultRow, brands::BrandRef, handover::LabelledText, sync::Paper},
    handover, paper_code, shown,
};

/// Activities of a dossier: ten a month for four years.
const EVENTS_MAX: u32 = 500;
/// Pictures of a dossier: sixty sheets with two each, and a file that can still be sent.
const PICTURES_MAX: usize = 120;
/// Digits of a file's hash in the list of evidence.
const HASH_DIGITS: usize = 16;
/// Years of the matrix: this one and the last.
const MATRIX_YEARS: i32 = 2;

pub fn card(caller: &Caller, request: BrandRef) -> Result<Paper, Fault> {
    let id: BrandId = shown::parse_id(&request.brand)?;
    let card = caller.store().read(|reader| compose_card(caller, reader, id))?;
    check_card(&card)?;
    let printed = brand_card::render(caller.app.fonts()?, &card)?;
    Ok(paper("品牌名片", caller.today(), &printed))
}

pub fn dossier(caller: &Caller, request: BrandRef) -> Result<Paper, Fault> {
    let id: BrandId = shown::parse_id(&request.brand)?;
    let dossier = caller.store().read(|reader| compose_dossier(caller, reader, id))?;
    let printed = brand_dossier::render(caller.app.fonts()?, &dossier)?;
    Ok(paper("品牌档案", caller.today(), &printed))
}

/// A paper of the brand: its issue is not logged, so it carries no verification code.
fn paper(title: &str, day: NaiveDate, printed: &Printed) -> Paper {
    Paper {
        file_name: format!("{title}-{}.pdf", shown::day(day)),
        content: BASE64.encode(&printed.bytes),
        code: String::new(),
        pages: u32::try_from(printed.pages).unwrap_or(u32::MAX),
    }
}

fn compose_card(caller: &Caller, reader: &Reader, id: BrandId) -> Result<BrandCard, Fault> {
    let record = reader.brand_dossier(id)?.ok_or_else(unknown)?;
    let (brand, today) = (record.brand, caller.today());
    let mark = match &brand.mark {
        Some(mark) => reader.evidence_bytes(mark.id)?,
        None => None,
    };
    Ok(BrandCard {
        town_name: caller.town.division.name.clone(),
        brand_name: brand.name.unwrap_or_default(),
        mark,
        slogan: brand.slogan.unwrap_or_default(),
        domain: brand.domain.unwrap_or_default(),
        owner_unit: brand.owner_unit.unwrap_or_default(),
        story: brand.story.unwrap_or_default(),
        indicators: (record.indicators.iter())
            .map(|row| CardIndicator {
                name: row.name.clone().unwrap_or_default(),
                unit: row.unit.clone().unwrap_or_default(),
                current: latest(row),
                target: row.target.map(|value| value.to_string()).unwrap_or_default(),
            })
            .collect(),
        milestones: (record.milestones.iter())
            .filter(|row| row.state != zhenxin_domain::brand::MilestoneState::Dropped)
            .map(|row| CardMilestone {
                title: row.title.clone().unwrap_or_default(),
                day: row.done_on.or(row.due_on).map(shown::day).unwrap_or_default(),
                state: lines::milestone_words(row, today).to_owned(),
            })
            .collect(),
        active_since: brand.active_since.map(shown::day).unwrap_or_default(),
        printed_at: paper_code::print_time(caller.app.clock().now_ms()),
    })
}

/// The card hangs where everybody reads it: nothing that may not leave the town is printed on it.
fn check_card(card: &BrandCard) -> Result<(), Fault> {
    let heads = [
        ("名称", &card.brand_name),
        ("口号", &card.slogan),
        ("领域", &card.domain),
        ("责任单位", &card.owner_unit),
        ("品牌故事", &card.story),
    ];
    let indicators = card.indicators.iter().flat_map(|row| [("指标", &row.name), ("指标", &row.unit)]);
    let milestones = card.milestones.iter().map(|row| ("里程碑", &row.title));
    let texts: Vec<LabelledText> = (heads.into_iter().chain(indicators).chain(milestones))
        .map(|(label, text)| LabelledText { label: label.to_owned(), text: text.clone() })
        .collect();
    let findings = handover::findings(&texts);
    if findings.is_empty() {
        return Ok(());
    }
    let rows = findings.into_iter().map(|message| FaultRow {
        sheet: None,
        row: None,
        field: Some("findings".to_owned()),
        message,
    });
    let message = "名片上有不能公开的内容，没有生成。请先改正品牌档案里的这些文字，再打印名片。";
    Err(Fault::new(FaultCode::Unlawful, message).with_rows(rows.collect()))
}

fn latest(row: &IndicatorRow) -> String {
    row.readings.last().map(|reading| reading.value.to_string()).unwrap_or_default()
}

fn compose_dossier(caller: &Caller, reader: &Reader, id: BrandId) -> Result<BrandDossier, Fault> {
    let record = reader.brand_dossier(id)?.ok_or_else(unknown)?;
    let today = caller.today();
    let mut events = reader.events_page(&EventFilter::default(), 0, EVENTS_MAX)?.rows;
    events.retain(|row| row.brand == Some(id));
    // the paper tells the year as it went
    events.reverse();
    let mut dossier = text_part(caller, reader, &record, today)?;
    dossier.events = events.iter().map(dossier_event).collect();
    add_pictures(reader, &record, &events, &mut dossier)?;
    dossier.printed_at = paper_code::print_time(caller.app.clock().now_ms());
    dossier.printed_by = caller.name.clone();
    Ok(dossier)
}

fn text_part(caller: &Caller, reader: &Reader, record: &Record, today: NaiveDate) -> Result<BrandDossier, Fault> {
    let brand = &record.brand;
    let users = reader.users()?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let fact = |label: &str, value: String| DossierFact { label: label.to_owned(), value };
    Ok(BrandDossier {
        town_name: caller.town.division.name.clone(),
        brand_name: text(&brand.name),
        slogan: text(&brand.slogan),
        as_of: shown::day(today),
        basics: vec![
            fact("领域", text(&brand.domain)),
            fact("责任单位", text(&brand.owner_unit)),
            fact("状态", brand.state.label().to_owned()),
            fact("申报日期", shown::day_of(brand.proposed_at)),
            fact("启用日期", brand.active_since.map(shown::day).unwrap_or_default()),
        ],
        story: text(&brand.story),
        objectives: brand.objectives.clone(),
        milestones: (record.milestones.iter())
            .map(|row| DossierMilestone {
                title: text(&row.title),
                due_on: row.due_on.map(shown::day).unwrap_or_default(),
                state: lines::milestone_words(row, today).to_owned(),
                done_on: row.done_on.map(shown::day).unwrap_or_default(),
            })
            .collect(),
        indicators: record.indicators.iter().map(dossier_indicator).collect(),
        partners: (record.partners.iter())
            .map(|row| DossierPartner { name: text(&row.name), role: text(&row.role) })
            .collect(),
        matrix: matrix(reader, record, today)?,
        assessments: (record.assessments.iter())
            .map(|row| DossierAssessment {
                year: format!("{} 年", row.year),
                result: if row.renewed { "续用" } else { "不续用" }.to_owned(),
                opinion: text(&row.findings),
                assessed_by: shown::actor(&users, row.assessed_by),
                assessed_on: shown::day(row.assessed_on),
            })
            .collect(),
        evidence: record.files.iter().map(evidence).collect(),
        ..BrandDossier::default()
    })
}

fn dossier_indicator(row: &IndicatorRow) -> DossierIndicator {
    DossierIndicator {
        name: row.name.clone().unwrap_or_default(),
        unit: row.unit.clone().unwrap_or_default(),
        baseline: row.baseline.map(|value| value.to_string()).unwrap_or_default(),
        target: row.target.map(|value| value.to_string()).unwrap_or_default(),
        latest: latest(row),
        readings: (row.readings.iter())
            .map(|reading| DossierReading {
                day: shown::day(reading.on),
                value: reading.value.to_string(),
                note: String::new(),
            })
            .collect(),
    }
}

fn dossier_event(row: &EventRow) -> DossierEvent {
    DossierEvent {
        title: row.title.clone().unwrap_or_default(),
        day: shown::day(row.day),
        setting: row.setting.map(|place| format!("进{}", place.label())).unwrap_or_default(),
        place: row.place.clone().unwrap_or_default(),
        people: if row.people == 0 { String::new() } else { format!("{} 人", row.people) },
        cost: row.cost_fen.map(yuan).unwrap_or_default(),
        state: row.state.label().to_owned(),
        summary: row.plan.clone().unwrap_or_default(),
        pictures: Vec::new(),
    }
}

/// `1,250.00 元`.
fn yuan(cost_fen: u64) -> String {
    let mut whole = (cost_fen / 100).to_string();
    let mut at = whole.len();
    while at > 3 {
        at -= 3;
        whole.insert(at, ',');
    }
    format!("{whole}.{:02} 元", cost_fen % 100)
}

fn evidence(row: &FileRow) -> DossierEvidence {
    DossierEvidence {
        title: row.caption.clone().unwrap_or_default(),
        kind: if row.mime == "application/pdf" { "文件" } else { "照片" }.to_owned(),
        size: size(row.bytes_len),
        sm3_short: row.hash.to_string().chars().take(HASH_DIGITS).collect(),
        ..DossierEvidence::default()
    }
}

/// `340 KB`, `1.2 MB`.
fn size(bytes: u64) -> String {
    const KB: u64 = 1 << 10;
    const MB: u64 = 1 << 20;
    match bytes {
        MB.. => format!("{}.{} MB", bytes / MB, bytes % MB * 10 / MB),
        _ => format!("{} KB", bytes.div_ceil(KB)),
    }
}

/// This year and the last, beginning with the year of the proposal.
fn matrix(reader: &Reader, record: &Record, today: NaiveDate) -> Result<DossierMatrix, Fault> {
    let proposed = shown::date_of(record.brand.proposed_at).map_or(today.year(), |day| day.year());
    let mut matrix = DossierMatrix {
        quarters: Vec::new(),
        rows: (Place::ALL.iter())
            .map(|place| DossierMatrixRow { setting: format!("进{}", place.label()), cells: Vec::new() })
            .collect(),
    };
    for year in proposed.max(today.year() + 1 - MATRIX_YEARS)..=today.year() {
        let counts = reader.event_matrix(year)?;
        for (quarter, name) in (1..).zip(["一", "二", "三", "四"]) {
            matrix.quarters.push(format!("{year} 年{name}季度"));
            for (place, row) in Place::ALL.iter().zip(&mut matrix.rows) {
                let held = counts.cell(*place, quarter).map_or(0, |cell| cell.held);
                row.cells.push(match held {
                    0 if event::is_gap(year, quarter, held, today) => DossierMatrixCell::Gap,
                    0 => DossierMatrixCell::NotBegun,
                    held => DossierMatrixCell::Held(held),
                });
            }
        }
    }
    Ok(matrix)
}

/// The mark, the photographs of the activities, and a sentence for what lies on another PC.
fn add_pictures(
    reader: &Reader,
    record: &Record,
    events: &[EventRow],
    dossier: &mut BrandDossier,
) -> Result<(), Fault> {
    if let Some(mark) = &record.brand.mark {
        dossier.mark = reader.evidence_bytes(mark.id)?;
        if dossier.mark.is_none() {
            let value = "图片存在添加它的那台电脑上，请在那台电脑上打印。".to_owned();
            dossier.basics.push(DossierFact { label: "标识".to_owned(), value });
        }
    }
    let mut room = PICTURES_MAX;
    for (row, printed) in events.iter().zip(&mut dossier.events).filter(|(row, _)| row.photos > 0) {
        let (mut elsewhere, mut too_many) = (0_u32, 0_u32);
        for photo in reader.photos_of(row.id)? {
            match reader.evidence_bytes(photo.id)? {
                None => elsewhere += 1,
                Some(_) if room == 0 => too_many += 1,
                Some(bytes) => {
                    room -= 1;
                    printed.pictures.push(DossierPicture { bytes, caption: photo.caption.unwrap_or_default() });
                }
            }
        }
        let mut add = |sentence: String| {
            if !printed.summary.is_empty() {
                printed.summary.push('\n');
            }
            printed.summary.push_str(&sentence);
        };
        if elsewhere > 0 {
            add(format!("另有 {elsewhere} 张照片存在添加它们的那台电脑上，这里没有印出。"));
        }
        if too_many > 0 {
            add(format!("另有 {too_many} 张照片因篇幅没有印出。"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
