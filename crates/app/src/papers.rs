//! Papers that are handed over the counter.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::NaiveDate;
use zhenxin_documents::statement::{self, PointsStatement, StatementEntry};
use zhenxin_domain::{award::AwardState, ids::ResidentId, ledger::Owner};
use zhenxin_store::{AwardRow, AwardTo, Reader};

use crate::{
    Caller, calendar,
    contract::{
        Fault,
        sync::{Paper, StatementCheck, StatementCode, StatementRequest},
    },
    paper_code, residents, shown, timebank,
};

/// Awards printed at most; the paper's own page limit comes first.
const ENTRIES_MAX: u32 = 10_000;
/// Working days within which an objection is answered (浙江省公共信用信息管理条例 30).
const ANSWER_WORKING_DAYS: u16 = 5;

pub fn preview(caller: &Caller, request: StatementRequest) -> Result<Paper, Fault> {
    let id = shown::parse_id(&request.resident)?;
    let statement = caller.read(|reader| compose(caller, reader, id, "预览件，未盖章无效"))?;
    paper(caller, &statement)
}

pub fn print(caller: &Caller, request: StatementRequest) -> Result<Paper, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let code = paper_code::new_code(caller);
    let statement = caller.read(|reader| compose(caller, reader, id, &code))?;
    let paper = paper(caller, &statement)?;
    // logged only when the paper could be made
    caller.write(|tx| {
        tx.issue_statement(id, &code, statement.effective_points, caller.today(), None)?;
        Ok(())
    })?;
    Ok(paper)
}

pub fn check(caller: &Caller, request: StatementCode) -> Result<StatementCheck, Fault> {
    let code = paper_code::typed(&request.code);
    let today = caller.today();
    caller.read(|reader| {
        let Some(row) = reader.statement_by_code(&code)? else {
            return Ok(StatementCheck {
                issued: false,
                resident: None,
                printed_at: None,
                printed_by: None,
                paper: None,
                as_of: None,
                effective_points: None,
                available_min: None,
                entries: None,
                intact: None,
            });
        };
        let resident = reader.resident(row.resident)?;
        let time = row.passbook.as_ref();
        let intact = time.map(|proof| timebank::intact(reader, &row, proof)).transpose()?;
        Ok(StatementCheck {
            issued: true,
            resident: resident.map(|resident| shown::resident_line(&caller.town, &resident, today, false)),
            printed_at: Some(shown::time(row.issued_at)),
            printed_by: Some(shown::actor(&reader.users()?, row.issued_by)),
            as_of: Some(shown::day(row.as_of)),
            paper: Some(if time.is_some() { "时间存折" } else { "积分对账单" }.to_owned()),
            effective_points: time.is_none().then_some(row.balance_units),
            available_min: time.and(Some(row.balance_units)),
            entries: time.map(|proof| proof.entries),
            intact,
        })
    })
}

fn paper(caller: &Caller, statement: &PointsStatement) -> Result<Paper, Fault> {
    let rendered = statement::render(caller.app.fonts()?, statement)?;
    Ok(Paper {
        file_name: format!("居民积分对账单-{}.pdf", statement.as_of),
        content: BASE64.encode(&rendered.bytes),
        code: statement.verification_code.clone(),
        pages: u32::try_from(rendered.pages).unwrap_or(u32::MAX),
    })
}

fn compose(caller: &Caller, reader: &Reader, id: ResidentId, code: &str) -> Result<PointsStatement, Fault> {
    let today = caller.today();
    let row = residents::find(reader, id)?;
    let line = shown::resident_line(&caller.town, &row, today, false);
    let mut owners = vec![Owner::Resident(id)];
    owners.extend(row.household.map(Owner::Household));
    let (mut effective, mut pending, mut sent_back) = (0, 0, 0);
    for owner in &owners {
        let balance = reader.balance(*owner, today)?;
        effective += balance.effective_points;
        pending += balance.pending_points + balance.approved_points - balance.effective_points;
        sent_back += balance.sent_back_points;
    }
    let mut awards = reader.awards_of_resident(id, ENTRIES_MAX, 0)?;
    // lines and head speak of the same accounts: what was posted to a former household stays with that household
    awards.retain(|award| !award.refused && owners.contains(&award.owner()));
    let entries = entries(reader, &awards, today)?;
    let first = awards.iter().map(|award| award.occurred_on).min().unwrap_or(today);
    Ok(PointsStatement {
        town_name: caller.town.division.name.clone(),
        village_name: line.village_name,
        resident_name: line.name,
        id_masked: line.id_masked,
        household_number: line.household_number,
        period: format!("{} 至 {}", shown::day(first), shown::day(today)),
        as_of: shown::day(today),
        effective_points: effective,
        pending_points: pending,
        sent_back_points: sent_back,
        entries,
        objection: objection(caller, reader, today)?,
        notes: vec![
            "积分只作奖励，不扣分，不影响任何应享有的待遇；您可以随时撤回同意。".to_owned(),
            "“待审”不计入已生效积分；家庭账户的积分按户合计。".to_owned(),
        ],
        verification_code: code.to_owned(),
        printed_at: paper_code::print_time(caller.app.clock().now_ms()),
        printed_by: caller.name.clone(),
    })
}

/// The printed lines in the order in which they were posted, a reversal as a line of its own; then what has not been
/// posted. So the balance adds up line by line, over the accounts that the head sums up.
fn entries(reader: &Reader, awards: &[AwardRow], today: NaiveDate) -> Result<Vec<StatementEntry>, Fault> {
    let mut lines: Vec<(Option<i64>, &AwardRow, bool)> = Vec::with_capacity(awards.len());
    for award in awards {
        lines.push((award.transfer.and(award.reviewed_at), award, false));
        if award.state == AwardState::Reversed {
            lines.push((award.reversed_at, award, true));
        }
    }
    lines.sort_by_key(|(posted_at, award, reversal)| {
        (posted_at.is_none(), *posted_at, award.occurred_on, award.id, *reversal)
    });
    let mut balance_points = 0;
    let mut entries = Vec::with_capacity(lines.len());
    for (posted_at, award, reversal) in lines {
        let mut entry = line(reader, award, today)?;
        if reversal {
            let reason = award.reverse_reason.as_deref().unwrap_or_default();
            entry.item = format!("冲正：{}", entry.item);
            reason.clone_into(&mut entry.activity);
            entry.amount_points = -entry.amount_points;
            entry.occurred_on = posted_at.map(shown::day_of).unwrap_or_default();
            entry.effective_on.clone_from(&entry.occurred_on);
        }
        if posted_at.is_some() && award.effective_on.is_some_and(|day| day <= today) {
            balance_points += entry.amount_points;
            entry.balance_after_points = Some(balance_points);
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// An award as one line, without a balance.
fn line(reader: &Reader, award: &AwardRow, today: NaiveDate) -> Result<StatementEntry, Fault> {
    let basis = reader.rule_version(award.rule_version)?.map(|row| {
        let basis = row.basis.map(|basis| format!("，{basis}")).unwrap_or_default();
        format!("第 {} 版{basis}", row.version)
    });
    let household = if award.to == AwardTo::Household { "（家庭）" } else { "" };
    Ok(StatementEntry {
        occurred_on: shown::day(award.occurred_on),
        rule_code: award.rule_code.clone().unwrap_or_default(),
        item: format!("{}{household}", award.rule_item.as_deref().unwrap_or_default()),
        basis: basis.unwrap_or_default(),
        activity: award.activity_name.clone().unwrap_or_default(),
        amount_points: i64::from(award.amount_points),
        state: award.state_on(today).label().to_owned(),
        effective_on: award.effective_on.map(shown::day).unwrap_or_default(),
        balance_after_points: None,
    })
}

/// How to object to a paper, with the day by which the office answers.
pub fn objection(caller: &Caller, reader: &Reader, today: NaiveDate) -> Result<Vec<String>, Fault> {
    let deadline = calendar::current(reader)?.add_working_days(today, ANSWER_WORKING_DAYS);
    let provisional = if deadline.provisional { "，节假日安排公布后可能调整" } else { "" };
    Ok(vec![
        format!("对以上任何一笔有异议的，请向{}或所在村社提出，口头、书面均可，不收费用。", caller.town.division.name),
        format!(
            "我们自受理之日起 {ANSWER_WORKING_DAYS} 个工作日内答复；如今天提出，最迟 {} 答复{provisional}。核查期间该笔记录会标明“有异议”。",
            shown::day(deadline.date)
        ),
    ])
}
