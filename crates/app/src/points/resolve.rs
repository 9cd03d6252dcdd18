//! Pasted lines → residents: one person a line, named as people name each other.

use chrono::NaiveDate;
use zhenxin_domain::{division::VillageCode, ids::RuleVersionId, text};
use zhenxin_store::{Reader, ResidentRow, SearchOptions};

use super::RowCheck;
use crate::{
    Caller,
    contract::{Fault, FaultCode, points::*},
    shown,
    villages::Villages,
};

/// Lines of one paste.
const LINES_MAX: usize = 1_000;
/// Characters of a line that are looked at.
const LINE_CHARS_MAX: usize = 100;
/// Candidates offered for an ambiguous line.
const CANDIDATES_MAX: u32 = 8;

pub fn resolve(caller: &Caller, request: ResolveResidents) -> Result<ResolvedResidents, Fault> {
    if request.lines.len() > LINES_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("一次最多粘贴 {LINES_MAX} 行。")));
    }
    let today = caller.today();
    let village = request.village.as_deref().map(shown::parse_id).transpose()?;
    let day = request
        .occurred_on
        .as_deref()
        .map(|day| shown::parse_day("occurred_on", "活动日期", day, today))
        .transpose()?;
    let version = request.rule_version.as_deref().map(shown::parse_id).transpose()?;
    let villages = Villages::of(caller.town.division);
    caller.read(|reader| {
        let lines = request.lines.iter().map(|line| {
            let line: String = text::normalise(line).chars().take(LINE_CHARS_MAX).collect();
            let found = find(reader, &villages, &line, village)?;
            let problem = match found.len() {
                0 if line.is_empty() => Some("这一行是空的。".to_owned()),
                0 => Some("名册里找不到，请核对姓名，或补上户编号、身份证号后四位。".to_owned()),
                _ => None,
            };
            let candidates = choices(caller, reader, &found, version, day, today)?;
            Ok(ResolvedLine { text: line, candidates, problem })
        });
        Ok(ResolvedResidents { lines: lines.collect::<Result<_, Fault>>()? })
    })
}

fn find(
    reader: &Reader,
    villages: &Villages,
    line: &str,
    village: Option<VillageCode>,
) -> Result<Vec<ResidentRow>, Fault> {
    if line.is_empty() {
        return Ok(Vec::new());
    }
    if line.chars().count() == 18 && line.chars().all(|c| c.is_ascii_alphanumeric()) {
        let rows = reader.residents_by_id_number(&line.to_uppercase())?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    // cells of one pasted row are words of one search; one of them may say the village
    let cells = line.replace(['\t', ',', '，', ';', '；', '、'], " ");
    let (places, words): (Vec<&str>, Vec<&str>) =
        cells.split_whitespace().partition(|word| villages.named(word).is_some());
    let said = places.first().and_then(|place| villages.named(place));
    let words = if words.is_empty() { cells.clone() } else { words.join(" ") };
    let name = words.split_whitespace().next().unwrap_or_default();
    for village in [said.or(village), said] {
        let found = reader.search(&words, SearchOptions { village, limit: CANDIDATES_MAX })?.rows;
        let (exact, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|row| row.name.as_deref() == Some(name));
        if !exact.is_empty() {
            return Ok(exact);
        }
        if !others.is_empty() {
            return Ok(others);
        }
    }
    Ok(Vec::new())
}

fn choices(
    caller: &Caller,
    reader: &Reader,
    rows: &[ResidentRow],
    version: Option<RuleVersionId>,
    day: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<Vec<ResidentChoice>, Fault> {
    let lines = shown::resident_lines(&caller.town, reader, rows, today)?;
    let mut choices = Vec::with_capacity(rows.len());
    for (row, line) in rows.iter().zip(lines) {
        let consents = reader.consents_of(row.id)?;
        let (blocked, headroom_points) = match version {
            None => {
                let verdict = crate::privacy::may_take_part(reader, row.id, &consents, day.unwrap_or(today))?;
                (verdict.err().map(|fault| fault.to_string()), None)
            }
            // each candidate is judged alone: who is chosen is not known yet
            Some(version) => {
                match RowCheck::new(reader, version, day.unwrap_or(today), "")?.check(reader, row, &consents, 1)? {
                    Ok((_, amount, rest)) => (None, rest.map(|rest| rest + amount.get())),
                    Err(reason) => (Some(reason), None),
                }
            }
        };
        choices.push(ResidentChoice { line, blocked, headroom_points });
    }
    Ok(choices)
}
