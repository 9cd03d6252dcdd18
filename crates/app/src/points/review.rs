//! The review queue, decisions, reversal.

use std::collections::{HashMap, HashSet};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::NaiveDate;
use zhenxin_domain::{
    award::{self, AwardState, Decision as Verdict, Reason, ReviewFault},
    cap,
    ids::{AwardId, EvidenceId, RequestId, RuleId},
    ledger::{Amount, Owner},
};
use zhenxin_store::{AwardRow, QueueActivity, Reader, Review, ReviewDraft, UserRow};

use super::entry;
use crate::{
    Caller, calendar,
    contract::{Fault, FaultCode, FaultRow, points::*, residents::ResidentDetail, session::Nothing},
    privacy,
    recusal::Own,
    request::{former_reply, remember},
    residents, shown,
};

/// Activities on one page of the queue.
const GROUPS_MAX: usize = 200;
/// Awards in one decision.
const AWARDS_MAX: usize = 1_000;
/// Awards of one resident that are read to see whether a cap is kept.
const CAP_ROWS_MAX: u32 = 5_000;
/// Working days between approval and effect. Zero until the town posts public notices: a waiting time without a
/// notice would protect nobody.
const NOTICE_WORKING_DAYS: u16 = 0;

pub fn review_queue(caller: &Caller, _: Nothing) -> Result<ReviewQueue, Fault> {
    caller.read(|reader| {
        let queue = reader.review_queue()?;
        let waiting = queue.iter().map(|group| group.awards.len()).sum::<usize>();
        let users = reader.users()?;
        let own = Own::of(reader, caller)?;
        let groups = queue.iter().take(GROUPS_MAX).map(|group| shown_group(caller, reader, group, &users, &own));
        Ok(ReviewQueue {
            groups: groups.collect::<Result<_, Fault>>()?,
            waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        })
    })
}

fn shown_group(
    caller: &Caller,
    reader: &Reader,
    group: &QueueActivity,
    users: &[UserRow],
    own: &Own,
) -> Result<ReviewGroup, Fault> {
    let today = caller.today();
    let version = reader.rule_version(group.rule_version)?;
    let ids: Vec<_> = group.awards.iter().map(|award| award.resident).collect();
    let villages: HashMap<_, _> =
        reader.residents(&ids)?.into_iter().filter_map(|row| Some((row.id, row.village?))).collect();
    let mut rows = Vec::with_capacity(group.awards.len());
    for award in &group.awards {
        let (maker, concerned) = (own.maker(award.recorded_by), own.concerns(reader, award)?);
        let verdict = award::review(award.state, maker, caller.user, concerned, &Verdict::Approve);
        rows.push(ReviewRow {
            entry: entry(reader, users, award, today, &HashMap::new())?,
            village_name: villages
                .get(&award.resident)
                .map(|code| shown::village(&caller.town, *code))
                .unwrap_or_default(),
            recusal: verdict.err().map(|fault| fault.to_string()),
            suspected_duplicate: !reader.suspected_duplicates(award.id)?.is_empty(),
        });
    }
    Ok(ReviewGroup {
        activity: group.activity.to_string(),
        name: group.name.clone().unwrap_or_default(),
        occurred_on: shown::day(group.occurred_on),
        rule: version.as_ref().map(|row| format!("{} {}", row.code, row.item)).unwrap_or_default(),
        evidence_rule: version.and_then(|row| row.evidence),
        evidence: reader.evidence_of(group.activity)?.into_iter().map(|row| row.id.to_string()).collect(),
        recorded_by: shown::actor(users, group.recorded_by),
        recorded_at: shown::time(group.recorded_at),
        points: group.awards.iter().map(|award| i64::from(award.amount_points)).sum(),
        rows,
    })
}

pub fn review(caller: &Caller, request: ReviewAwards) -> Result<AwardsReviewed, Fault> {
    if request.awards.is_empty() || request.awards.len() > AWARDS_MAX {
        return Err(Fault::field("awards", format!("每次请选择 1 到 {AWARDS_MAX} 条。")));
    }
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let ids = request.awards.iter().map(|id| shown::parse_id(id)).collect::<Result<Vec<AwardId>, _>>()?;
    let verdict = match request.decision {
        Decision::Approve => Verdict::Approve,
        Decision::SendBack => Verdict::SendBack(reason(request.reason.as_deref().unwrap_or_default())?),
    };
    let calendar = caller.store().read(calendar::current)?;
    let deadline = award::effective_on(caller.today(), NOTICE_WORKING_DAYS, &calendar);
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let own = Own::of(tx.reader(), caller)?;
        let (mut drafts, mut faults) = (Vec::new(), Vec::new());
        let (mut seen, mut approved) = (HashSet::new(), HashMap::new());
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| seen.insert(**id)) {
            match judge(tx.reader(), *id, caller, &own, &verdict, &mut approved)? {
                Ok(()) => drafts.push(ReviewDraft {
                    award: *id,
                    decision: match &verdict {
                        Verdict::Approve => Review::Approve { effective_on: deadline.date },
                        Verdict::SendBack(reason) => Review::SendBack { reason: reason.as_str().to_owned() },
                    },
                }),
                Err(message) => faults.push(FaultRow {
                    sheet: None,
                    row: u32::try_from(index + 1).ok(),
                    field: Some("awards".to_owned()),
                    message,
                }),
            }
        }
        if !faults.is_empty() {
            let message = format!("{} 条不能由您处理，这次没有写入任何一条。请取消勾选后再试。", faults.len());
            return Err(Fault::new(FaultCode::Conflict, message).with_rows(faults));
        }
        tx.review_awards(&drafts)?;
        let approved = request.decision == Decision::Approve;
        remember(
            tx,
            request_id,
            AwardsReviewed {
                decided: u32::try_from(drafts.len()).unwrap_or(u32::MAX),
                effective_on: approved.then(|| shown::day(deadline.date)),
                provisional: approved && deadline.provisional,
            },
        )
    })
}

fn reason(written: &str) -> Result<Reason, Fault> {
    Reason::parse(written).map_err(|fault| Fault::field("reason", fault.to_string()))
}

fn judge(
    reader: &Reader,
    id: AwardId,
    caller: &Caller,
    own: &Own,
    verdict: &Verdict,
    approved: &mut Approved,
) -> Result<Result<(), String>, Fault> {
    let Some(found) = reader.award(id)? else { return Ok(Err("没有这条记分，请刷新列表。".to_owned())) };
    let concerned = own.concerns(reader, &found)?;
    let judged = award::review(found.state, own.maker(found.recorded_by), caller.user, concerned, verdict);
    if let Err(fault) = judged {
        return Ok(Err(fault.to_string()));
    }
    // who withdrew the consent meanwhile gets nothing new (个人信息保护法 15)
    if *verdict == Verdict::Approve {
        let consents = reader.consents_of(found.resident)?;
        if let Err(fault) = privacy::may_take_part(reader, found.resident, &consents, found.occurred_on)? {
            return Ok(Err(fault.to_string()));
        }
        return within_cap(reader, &found, approved);
    }
    Ok(Ok(()))
}

/// Points approved in this decision so far, by account, rule and first day of the period.
type Approved = HashMap<(Owner, RuleId, NaiveDate), u32>;

/// Two PCs may each have recorded up to the cap: what is approved keeps to it all the same.
fn within_cap(reader: &Reader, found: &AwardRow, approved: &mut Approved) -> Result<Result<(), String>, Fault> {
    let Some(version) = reader.rule_version(found.rule_version)? else { return Ok(Ok(())) };
    let Some(limit) = version.cap else { return Ok(Ok(())) };
    let (from, to) = limit.period.bounds(found.occurred_on);
    let mut already = 0;
    for other in reader.awards_of_resident(found.resident, CAP_ROWS_MAX, 0)? {
        let counts = other.state == AwardState::Approved && !other.refused && other.owner() == found.owner();
        if counts && (from..=to).contains(&other.occurred_on) {
            let rule = reader.rule_version(other.rule_version)?.map(|row| row.rule);
            already += if rule == Some(version.rule) { other.amount_points } else { 0 };
        }
    }
    let amount = match Amount::new(i64::from(found.amount_points)) {
        Ok(amount) => amount,
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let booked = approved.entry((found.owner(), version.rule, from)).or_default();
    let verdict = cap::headroom(Some(limit), already + *booked, amount);
    if verdict.is_ok() {
        *booked += found.amount_points;
    }
    Ok(verdict.map(|_| ()).map_err(|fault| fault.to_string()))
}

pub fn reverse(caller: &Caller, request: ReverseAward) -> Result<ResidentDetail, Fault> {
    let id: AwardId = shown::parse_id(&request.award)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let reason = reason(&request.reason)?;
    let today = caller.today();
    let seen = caller.write(|tx| {
        let found =
            tx.reader().award(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这条记分，请刷新列表。"))?;
        if tx.request(request_id)?.is_none() {
            let own = Own::of(tx.reader(), caller)?;
            let concerned = own.concerns(tx.reader(), &found)?;
            let state: AwardState = found.state_on(today);
            award::reverse(state, own.maker(found.recorded_by), caller.user, concerned, &reason)
                .map_err(|fault: ReviewFault| Fault::new(FaultCode::Conflict, fault.to_string()))?;
            tx.reverse_award(id, reason.as_str())?;
            tx.remember(request_id, b"{}")?;
        }
        Ok(found.resident)
    })?;
    caller.read(|reader| residents::detail_of(caller, reader, seen))
}

pub fn evidence(caller: &Caller, request: EvidenceRef) -> Result<Evidence, Fault> {
    let id: EvidenceId = shown::parse_id(&request.evidence)?;
    caller.read(|reader| {
        let row = reader.evidence(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这份佐证。"))?;
        let content = reader.evidence_bytes(id)?.map(|bytes| BASE64.encode(bytes));
        Ok(Evidence { mime: row.mime, content })
    })
}
