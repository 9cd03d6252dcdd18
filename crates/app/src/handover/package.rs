//! A released package as a file: the dossier as PDF, the same as data, and a manifest by which both can be checked.
//!
//! It is made of the released sheet alone, so it holds nothing that was not reviewed, and is the same file whenever
//! and wherever it is made.

use std::io::{Cursor, Write};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;
use zhenxin_documents::brand_dossier::{
    self, BrandDossier, DossierAssessment, DossierEvent, DossierEvidence, DossierFact, DossierIndicator, DossierMatrix,
    DossierMatrixCell, DossierMatrixRow, DossierMilestone, DossierPartner, DossierReading, DossierReview,
};
use zhenxin_domain::{event::Setting, ids::HandoverId};
use zhenxin_protocol::{body::brand::BrandSheet, hash::Hash32};
use zhenxin_store::{HandoverRow, HandoverState as State, UserRow};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{find, sheet};
use crate::{
    Caller,
    contract::{Fault, FaultCode, handover::HandoverRef, imports::FileContent},
    paper_code, shown,
};

const DOSSIER: &str = "品牌档案.pdf";
const DATA: &str = "brand.json";
const MANIFEST: &str = "manifest.json";
/// Form of the two JSON files; raised with every change of a field.
const FORM: u32 = 1;
/// What the paper says where the sheet holds nothing.
const STAYS: &str = "留存本镇，不随数据包报送";

pub fn package(caller: &Caller, request: HandoverRef) -> Result<FileContent, Fault> {
    let id: HandoverId = shown::parse_id(&request.handover)?;
    let (row, users) = caller.store().read(|reader| Ok::<_, Fault>((find(reader, id)?, reader.users()?)))?;
    let released = row.sheet.as_ref().filter(|_| row.state == State::Released);
    let Some(sheet) = released else {
        return Err(Fault::new(FaultCode::Conflict, "这份数据包还没有放行，不能导出。"));
    };
    let town = &caller.town.division;
    let data = json(&SheetFile::of(sheet, town.code.to_string(), town.name.clone()))?;
    let dossier = brand_dossier::render(caller.app.fonts()?, &paper(sheet, &row, &users, &town.name))?.bytes;
    let manifest = Manifest {
        form: FORM,
        town: town.code.to_string(),
        town_name: town.name.clone(),
        handover: row.id.to_string(),
        brand: row.brand.to_string(),
        purpose: sheet.purpose.clone(),
        requested_by: shown::actor(&users, row.requested_by),
        requested_at: shown::time(row.requested_at),
        reviewed_by: row.reviewed_by.map(|user| shown::actor(&users, user)).unwrap_or_default(),
        reviewed_at: row.reviewed_at.map(shown::time).unwrap_or_default(),
        sheet_sm3: sheet::digest(sheet).to_string(),
        files: vec![ManifestFile::of(DOSSIER, &dossier), ManifestFile::of(DATA, &data)],
    };
    let content = archive(&[(DOSSIER, dossier), (DATA, data), (MANIFEST, json(&manifest)?)])?;
    let day = row.reviewed_at.map(shown::day_of).unwrap_or_default();
    Ok(FileContent { file_name: format!("交区数据包-{day}.zip"), content: BASE64.encode(content) })
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec_pretty(value).map_err(|_| not_made())
}

fn not_made() -> Fault {
    Fault::new(FaultCode::System, "数据包没有生成，请重试；仍不行请联系技术支持。")
}

/// The files under one fixed time: the archive's own bytes say nothing about when it was made.
fn archive(files: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, Fault> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, options).map_err(|_| not_made())?;
        zip.write_all(bytes).map_err(|_| not_made())?;
    }
    Ok(zip.finish().map_err(|_| not_made())?.into_inner())
}

#[derive(Serialize)]
struct Manifest {
    form: u32,
    town: String,
    town_name: String,
    handover: String,
    brand: String,
    purpose: String,
    requested_by: String,
    requested_at: String,
    reviewed_by: String,
    reviewed_at: String,
    sheet_sm3: String,
    files: Vec<ManifestFile>,
}

#[derive(Serialize)]
struct ManifestFile {
    name: String,
    bytes: usize,
    sm3: String,
}

impl ManifestFile {
    fn of(name: &str, content: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: content.len(), sm3: Hash32::of(content).to_string() }
    }
}

/// The sheet as JSON: days as 2026-11-22, values as 98.5, states by their codes.
#[derive(Serialize)]
struct SheetFile<'s> {
    form: u32,
    town: String,
    town_name: String,
    name: &'s str,
    slogan: &'s str,
    domain: &'s str,
    owner_unit: &'s str,
    story: &'s str,
    objectives: &'s [String],
    active_since: Option<String>,
    milestones: Vec<MilestoneFile<'s>>,
    indicators: Vec<IndicatorFile<'s>>,
    partners: &'s [String],
    year: i32,
    events_held: Vec<EventsFile>,
    purpose: &'s str,
}

#[derive(Serialize)]
struct MilestoneFile<'s> {
    title: &'s str,
    due_on: String,
    state: &'static str,
}

#[derive(Serialize)]
struct IndicatorFile<'s> {
    name: &'s str,
    unit: &'s str,
    baseline: String,
    target: String,
    latest: Option<String>,
}

#[derive(Serialize)]
struct EventsFile {
    setting: &'static str,
    held: u32,
}

impl<'s> SheetFile<'s> {
    fn of(sheet: &'s BrandSheet, town: String, town_name: String) -> Self {
        Self {
            form: FORM,
            town,
            town_name,
            name: &sheet.name,
            slogan: &sheet.slogan,
            domain: &sheet.domain,
            owner_unit: &sheet.owner_unit,
            story: &sheet.story,
            objectives: &sheet.objectives,
            active_since: sheet.active_since.map(sheet::day),
            milestones: (sheet.milestones.iter())
                .map(|row| MilestoneFile {
                    title: &row.title,
                    due_on: sheet::day(row.due_on),
                    state: sheet::progress(row.state).as_code(),
                })
                .collect(),
            indicators: (sheet.indicators.iter())
                .map(|row| IndicatorFile {
                    name: &row.name,
                    unit: &row.unit,
                    baseline: sheet::value(row.baseline),
                    target: sheet::value(row.target),
                    latest: row.latest.map(sheet::value),
                })
                .collect(),
            partners: &sheet.partners,
            year: sheet.year,
            events_held: (Setting::ALL.iter().zip(&sheet.events_held))
                .map(|(place, held)| EventsFile { setting: place.as_code(), held: *held })
                .collect(),
            purpose: &sheet.purpose,
        }
    }
}

/// The paper of the package, of nothing but the sheet and who let it out.
fn paper(sheet: &BrandSheet, row: &HandoverRow, users: &[UserRow], town_name: &str) -> BrandDossier {
    let fact = |label: &str, value: String| DossierFact { label: label.to_owned(), value };
    let reviewed_at = row.reviewed_at.unwrap_or_default();
    let reviewed_by = row.reviewed_by.map(|user| shown::actor(users, user)).unwrap_or_default();
    BrandDossier {
        town_name: town_name.to_owned(),
        brand_name: sheet.name.clone(),
        slogan: sheet.slogan.clone(),
        as_of: shown::day_of(reviewed_at),
        review: Some(DossierReview {
            purpose: sheet.purpose.clone(),
            requested_by: shown::actor(users, row.requested_by),
            requested_on: shown::day_of(row.requested_at),
            reviewed_by: reviewed_by.clone(),
            reviewed_on: shown::day_of(reviewed_at),
        }),
        basics: vec![
            fact("领域", sheet.domain.clone()),
            fact("责任单位", sheet.owner_unit.clone()),
            fact("启用日期", sheet.active_since.map(sheet::day).unwrap_or_default()),
            fact("报送范围", format!("经保密审查放行的文字和数字；照片、签到表、年度评估和佐证材料{STAYS}")),
        ],
        story: sheet.story.clone(),
        objectives: sheet.objectives.clone(),
        milestones: (sheet.milestones.iter())
            .map(|row| DossierMilestone {
                title: row.title.clone(),
                due_on: sheet::day(row.due_on),
                state: sheet::progress(row.state).label().to_owned(),
                done_on: String::new(),
            })
            .collect(),
        indicators: (sheet.indicators.iter())
            .map(|row| DossierIndicator {
                name: row.name.clone(),
                unit: row.unit.clone(),
                baseline: sheet::value(row.baseline),
                target: sheet::value(row.target),
                latest: row.latest.map(sheet::value).unwrap_or_default(),
                readings: row.latest.map(latest_reading).into_iter().collect(),
            })
            .collect(),
        partners: (sheet.partners.iter())
            .map(|name| DossierPartner { name: name.clone(), role: String::new() })
            .collect(),
        events: events(sheet),
        matrix: matrix(sheet),
        assessments: vec![DossierAssessment {
            opinion: format!("年度评估{STAYS}"), ..DossierAssessment::default()
        }],
        evidence: vec![DossierEvidence { title: format!("佐证材料{STAYS}"), ..DossierEvidence::default() }],
        printed_at: paper_code::print_time(reviewed_at),
        printed_by: reviewed_by,
        ..BrandDossier::default()
    }
}

/// The one reading that the sheet holds; its day stays in the town.
fn latest_reading(latest: i64) -> DossierReading {
    DossierReading { day: String::new(), value: sheet::value(latest), note: "报送时的最新值".to_owned() }
}

fn held(sheet: &BrandSheet) -> impl Iterator<Item = (&'static Setting, u32)> {
    Setting::ALL.iter().zip(sheet.events_held.iter().copied())
}

fn events(sheet: &BrandSheet) -> Vec<DossierEvent> {
    let with_any = held(sheet).filter(|(_, held)| *held > 0);
    let rows = with_any.map(|(place, held)| DossierEvent {
        title: format!("诚信进{}活动", place.label()),
        day: format!("{} 年", sheet.year),
        setting: format!("进{}", place.label()),
        state: format!("已办 {held} 场"),
        ..DossierEvent::default()
    });
    rows.collect()
}

fn matrix(sheet: &BrandSheet) -> DossierMatrix {
    let row = |(place, held): (&Setting, u32)| DossierMatrixRow {
        setting: format!("进{}", place.label()),
        // what is missing is judged by quarter: a whole year shows its number only
        cells: vec![DossierMatrixCell::Held(held)],
    };
    DossierMatrix { quarters: vec![format!("{} 年全年", sheet.year)], rows: held(sheet).map(row).collect() }
}
