//! `statements`: 1,000 points statements, set from plain data and asked for through the command list, against a
//! one-page PDF with a line of Chinese and nothing else.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use printpdf::{
    FontId, Mm, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem, TextMatrix,
};
use serde_json::json;
use zhenxin_app::SystemClock;
use zhenxin_documents::{
    fonts::Fonts,
    statement::{PointsStatement, StatementEntry, render},
};
use zhenxin_domain::ids::ResidentId;
use zhenxin_store::{AwardBatch, AwardDraft, AwardTo, Review, ReviewDraft, StoreError};

use super::{
    Say,
    figure::{Figure, Samples, Target},
    folder,
    people::{Person, people},
    town,
    town::Filler,
};
use crate::fixtures;

const STATEMENTS: usize = 1_000;
/// A resident has 0 to this many entries.
const ENTRIES_MAX: usize = 40;
/// A floor is taken beside every so many statements.
const FLOOR_EVERY: usize = 5;
const TARGET_MS: f64 = 10.0;
const SEED: u64 = 20_260_104;

/// Measures and prints.
///
/// # Errors
/// When a statement cannot be made, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let villages = town::villages()?;
    let people = people(STATEMENTS, &villages, SEED);
    let place = folder::temporary()?;
    let town = place.path().join("town");
    let residents = fill(&town, &people)?;
    let pc = town::open(&town, town::OFFICE)?;
    let (fonts, bare) = (Fonts::bundled()?, Bare::new()?);
    let (mut set, mut asked, mut floor) = (Samples::default(), Samples::default(), Samples::default());
    for (number, (person, resident)) in people.iter().zip(&residents).enumerate() {
        let statement = statement(person, entries_of(number));
        let started = Instant::now();
        let paper = render(&fonts, &statement)?;
        set.push(started.elapsed());
        ensure!(!paper.bytes.is_empty(), "an empty paper");

        let request = json!({ "resident": resident.to_string() });
        let started = Instant::now();
        let paper = pc.ask("preview_statement", request)?;
        asked.push(started.elapsed());
        ensure!(paper["content"].as_str().is_some_and(|content| !content.is_empty()), "an empty paper");

        if number % FLOOR_EVERY == 0 {
            let started = Instant::now();
            let bytes = bare.page();
            floor.push(started.elapsed());
            ensure!(!bytes.is_empty(), "an empty page");
        }
    }
    let line = |name: &str, ours: &Samples| {
        let target = Some(Target::AtMost(TARGET_MS));
        let mean = ours.mean_ms();
        Figure {
            name: format!("statements: {name}, mean of 1,000"),
            ours: mean,
            floor: Some(floor.mean_ms()),
            unit: "ms",
            target,
        }
        .line()
    };
    say(&line("set from data", &set));
    say(&line("asked for (read, set)", &asked));
    say(&format!("statements: p99 {:.1} ms set, {:.1} ms asked for", set.percentile_ms(99), asked.percentile_ms(99)));
    Ok(())
}

/// 0 to 40 by turns.
fn entries_of(number: usize) -> usize {
    number % (ENTRIES_MAX + 1)
}

fn statement(person: &Person, entries: usize) -> PointsStatement {
    let entry = |number: usize| StatementEntry {
        occurred_on: format!("2026-{:02}-{:02}", number % 12 + 1, number % 28 + 1),
        rule_code: "A01".to_owned(),
        item: "参加村社组织的志愿服务活动".to_owned(),
        basis: "第 1 版，宁波市志愿服务条例".to_owned(),
        activity: format!("周末文明劝导志愿服务 {number}"),
        amount_points: 2,
        state: "已生效".to_owned(),
        effective_on: format!("2026-{:02}-{:02}", number % 12 + 1, number % 28 + 1),
        balance_after_points: Some(2 * i64::try_from(number).unwrap_or_default()),
    };
    PointsStatement {
        town_name: "九龙湖镇".to_owned(),
        village_name: person.address.chars().take(4).collect(),
        resident_name: person.name.clone(),
        id_masked: format!("{}**********{}", &person.id_number[..4], &person.id_number[14..]),
        household_number: person.household_number.clone(),
        period: "2026-01-01 至 2026-11-22".to_owned(),
        as_of: "2026-11-22".to_owned(),
        effective_points: 2 * i64::try_from(entries).unwrap_or_default(),
        pending_points: 4,
        sent_back_points: 0,
        entries: (0..entries).map(entry).collect(),
        objection: vec!["对以上任何一笔有异议的，请向九龙湖镇或所在村社提出，口头、书面均可，不收费用。".to_owned()],
        notes: vec!["积分只作奖励，不扣分，不影响任何应享有的待遇；您可以随时撤回同意。".to_owned()],
        verification_code: "7K3M9-QXA20".to_owned(),
        printed_by: "经办人".to_owned(),
        ..PointsStatement::default()
    }
}

/// A town whose residents have 0 to 40 effective awards by turns.
fn fill(town: &Path, people: &[Person]) -> Result<Vec<ResidentId>> {
    town::found(town)?;
    let filler = Filler::open(town, SystemClock)?;
    let residents = filler.people(people, &town::villages()?)?;
    let rules = filler.rules()?;
    for turn in 0..ENTRIES_MAX {
        let rule = &rules[turn % rules.len()];
        let day = town::days_ago((ENTRIES_MAX - turn) as u64);
        let taking_part = residents.iter().enumerate().filter(|(number, _)| entries_of(*number) > turn);
        let rows = taking_part
            .map(|(_, id)| AwardDraft { resident: *id, to: AwardTo::Resident, amount_points: rule.points })
            .collect();
        filler.store.write(filler.user(), |tx| {
            let recorded = tx.record_awards(AwardBatch {
                activity: None,
                activity_name: format!("周末文明劝导志愿服务 {turn}"),
                rule_version: rule.version_id,
                request: None,
                occurred_on: day,
                evidence: Vec::new(),
                rows,
            })?;
            let approve = |award: &_| ReviewDraft { award: *award, decision: Review::Approve { effective_on: day } };
            let reviews: Vec<ReviewDraft> = recorded.awards.iter().map(approve).collect();
            tx.review_awards(&reviews)?;
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(residents)
}

/// The floor: the font parsed once, then a page with one line.
struct Bare {
    font: ParsedFont,
}

impl Bare {
    fn new() -> Result<Self> {
        let bytes = fs::read(fixtures::asset("fonts/NotoSerifSC-Regular.ttf"))?;
        let font = ParsedFont::from_bytes(&bytes, 0, &mut Vec::new()).context("the font cannot be parsed")?;
        Ok(Self { font })
    }

    fn page(&self) -> Vec<u8> {
        let mut document = PdfDocument::new("floor");
        let id = FontId("FLOORFONT".to_owned());
        document.resources.fonts.map.insert(id.clone(), PdfFont::new(self.font.clone()));
        let ops = vec![
            Op::StartTextSection,
            Op::SetFont { font: PdfFontHandle::External(id), size: Pt(12.0) },
            Op::SetTextMatrix { matrix: TextMatrix::Translate(Pt(100.0), Pt(700.0)) },
            Op::ShowText { items: vec![TextItem::Text("居民积分对账单".to_owned())] },
            Op::EndTextSection,
        ];
        document.pages = vec![PdfPage::new(Mm(210.0), Mm(297.0), ops)];
        document.save(&PdfSaveOptions::default(), &mut Vec::new())
    }
}
