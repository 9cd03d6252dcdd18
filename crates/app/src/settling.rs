//! Settling: everything that two PCs, the district or the ledger left for a person, in one list, decided in one way.
//!
//! Invariants
//! - The list is derived from the tables; what is decided is an operation, so it is decided on every PC.
//! - Nothing recorded is changed by a decision: a value is written anew, a merge is an alias, money moves by transfers.
//! - Duties and recusal are those of the act behind a decision: reversing needs the reviewer and a second person.
//!
//! Deliberately absent: resolving anything by itself.

mod about;
mod content;
mod decide;
mod deficit;
mod lines;
mod options;
mod sides;
mod words;

use zhenxin_domain::{
    division::VillageCode,
    ids::{OpId, ResidentId},
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{IssueKey, IssueKind, IssueRow, IssuesAt, OpContent, OpRow, Reader, SetAsideRow};

pub use decide::decide;

use crate::{
    Caller,
    contract::{Fault, FaultCode, list::BUSINESS, session::Nothing, settling::*},
    shown,
};
use about::Concerned;
use content::Names;

/// Rows of one window.
const PAGE_LIMIT_MAX: u32 = 200;
/// Open issues that a resident's page lists: more are found in the list of all.
const OF_RESIDENT_MAX: usize = 20;
/// Settled issues that are kept in sight: some years of a town; older decisions stand in the log.
const SETTLED_MAX: u32 = 2_000;

/// The present, for what arises by waiting.
fn at(caller: &Caller) -> IssuesAt {
    IssuesAt { now_ms: caller.app.clock().now_ms(), today: caller.today() }
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The field that an issue is about.
fn field_of(key: &IssueKey) -> Option<Field> {
    let name = key.what.as_deref().filter(|_| key.kind == IssueKind::Field)?;
    Field::ALL.into_iter().find(|field| field.name() == name)
}

/// Open issues by kind, in the order of kinds.
fn counts_in(open: &[IssueRow]) -> Vec<IssueCount> {
    let count = |kind: IssueKind| narrow(open.iter().filter(|row| row.key.kind == kind).count());
    let counts = IssueKind::ALL.into_iter().map(|kind| IssueCount {
        kind: words::shown_kind(kind),
        label: words::kind_label(kind).to_owned(),
        open: count(kind),
    });
    counts.filter(|count| count.open > 0).collect()
}

/// What is open, as far as the user sees it.
fn open(caller: &Caller, reader: &Reader) -> Result<Vec<IssueRow>, Fault> {
    in_sight(caller, reader, reader.issues(at(caller))?)
}

fn in_sight(caller: &Caller, reader: &Reader, rows: Vec<IssueRow>) -> Result<Vec<IssueRow>, Fault> {
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        if caller.sight().sees_issue(reader, &row)? {
            seen.push(row);
        }
    }
    Ok(seen)
}

/// Open issues by kind, for the workbench.
pub fn counts(caller: &Caller, reader: &Reader) -> Result<Vec<IssueCount>, Fault> {
    // whoever may not settle anything is not told to
    if !BUSINESS.iter().any(|duty| caller.holds(*duty)) {
        return Ok(Vec::new());
    }
    Ok(counts_in(&open(caller, reader)?))
}

pub fn issue_counts(caller: &Caller, _: Nothing) -> Result<IssueCounts, Fault> {
    caller.read(|reader| {
        let counts = counts(caller, reader)?;
        Ok(IssueCounts { open: counts.iter().map(|count| count.open).sum(), counts })
    })
}

pub fn issues(caller: &Caller, request: IssuesPage) -> Result<Issues, Fault> {
    if request.limit == 0 || request.limit > PAGE_LIMIT_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("每次请取 1 到 {PAGE_LIMIT_MAX} 行。")));
    }
    let village: Option<VillageCode> = request.village.as_deref().map(shown::parse_id).transpose()?;
    let kind = request.kind.and_then(words::asked_kind);
    caller.read(|reader| {
        let open = open(caller, reader)?;
        let counts = counts_in(&open);
        let mut rows =
            if request.settled { in_sight(caller, reader, reader.settled_issues(SETTLED_MAX)?)? } else { open };
        rows.retain(|row| {
            kind.is_none_or(|kind| row.key.kind == kind)
                && village.is_none_or(|village| row.scope == zhenxin_domain::division::Scope::Village(village))
        });
        let total = narrow(rows.len());
        let names = Names::of(reader)?;
        let window = rows.iter().skip(request.offset as usize).take(request.limit as usize);
        let rows = window.map(|row| lines::line(caller, &names, row, None)).collect::<Result<_, Fault>>()?;
        Ok(Issues { counts, total, rows })
    })
}

pub fn issue(caller: &Caller, request: IssueRef) -> Result<IssueDetail, Fault> {
    let key: IssueKey = shown::parse_id(&request.issue)?;
    caller.read(|reader| {
        let row = in_sight(caller, reader, reader.issue(&key, at(caller))?.into_iter().collect())?.pop();
        let gone = || Fault::new(FaultCode::NotFound, "这件事已经不用处理：两边的记录已经一致，请刷新列表。");
        detail_of(caller, reader, &row.ok_or_else(gone)?)
    })
}

/// One issue, also the reply of a decision about it.
fn detail_of(caller: &Caller, reader: &Reader, row: &IssueRow) -> Result<IssueDetail, Fault> {
    let names = Names::of(reader)?;
    let concerned = Concerned::of(caller, reader, row)?;
    let links = about::links(reader, row, &concerned)?;
    let advice = (row.decided.is_none() && row.key.kind == IssueKind::MissingKey)
        .then(|| "请让另一台有密钥的电脑联网同步一次，再在本机同步；密钥到了这件事自己消失。".to_owned());
    Ok(IssueDetail {
        line: lines::line(caller, &names, row, Some(concerned))?,
        explanation: lines::explanation(&names, row)?,
        sides: sides::of(caller, &names, row)?,
        contents: contents(caller, &names, row)?,
        links,
        decisions: options::of(caller, &names, row)?,
        advice,
    })
}

/// The acts of an issue with their whole content.
fn contents(caller: &Caller, names: &Names<'_>, row: &IssueRow) -> Result<Vec<IssueContent>, Fault> {
    let reader = names.reader;
    let mut ops: Vec<(OpId, bool)> = Vec::new();
    match row.key.kind {
        IssueKind::Lost | IssueKind::Deleted | IssueKind::Refused => ops.extend(row.key.op.map(|op| (op, false))),
        IssueKind::TimeSuspect | IssueKind::AfterRemoval | IssueKind::Unauthorised => {
            ops.extend(row.key.op.map(|op| (op, true)))
        }
        IssueKind::Deficit => {
            if let Some(resident) = row.resident {
                let spends = deficit::spends(reader, resident)?;
                ops.extend(spends.iter().map(|spend| match spend {
                    deficit::Spend::Gift(gift) => (gift.op, true),
                    deficit::Spend::Order(order) => (order.op, true),
                }));
            }
        }
        IssueKind::SetAside => return Ok(lines::set_aside_card(caller, names, row)?.into_iter().collect()),
        IssueKind::Field
        | IssueKind::DuplicateAward
        | IssueKind::DuplicateResident
        | IssueKind::RivalNeed
        | IssueKind::BeyondCap
        | IssueKind::MissingKey => {}
    }
    let mut cards = Vec::new();
    for (op, counts) in ops {
        let found: Option<OpContent> = reader.op_content(op)?;
        if let Some(content) = found {
            cards.push(content::card(caller, names, &content, counts)?);
        }
    }
    Ok(cards)
}

/// Open issues of one resident, of merged records too, the newest first.
pub fn open_of(caller: &Caller, reader: &Reader, resident: ResidentId) -> Result<Vec<IssueLine>, Fault> {
    let names = Names::of(reader)?;
    let mut open = Vec::new();
    for row in reader.issues(at(caller))? {
        let pair = row.key.residents();
        let concerned = match pair {
            Some(pair) => pair.contains(&resident),
            None => match about::resident_of(reader, &row)? {
                Some(found) => found == resident || reader.kept(found)? == resident,
                None => false,
            },
        };
        if concerned {
            open.push(lines::line(caller, &names, &row, None)?);
        }
        if open.len() == OF_RESIDENT_MAX {
            break;
        }
    }
    Ok(open)
}

/// The key of the issue of a refused operation.
pub fn refused_issue(op: &OpRow) -> String {
    IssueKey::refused(op.content).to_string()
}

/// The key of the issue of an operation that was set aside.
pub fn set_aside_issue(row: &SetAsideRow) -> String {
    IssueKey::set_aside(&row.hash).to_string()
}

/// Who settled an issue, and when; nothing while nobody has.
pub fn verdict_on(caller: &Caller, reader: &Reader, issue: &str) -> Result<Option<String>, Fault> {
    let key: IssueKey = shown::parse_id(issue)?;
    let decided = reader.issue(&key, at(caller))?.and_then(|row| row.decided);
    let users = reader.users()?;
    Ok(decided.map(|decided| format!("{}，{}", shown::actor(&users, decided.by), shown::time(decided.at))))
}
