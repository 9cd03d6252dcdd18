//! One decision: checked inside the transaction that writes it.

use serde::{Deserialize, Serialize};
use zhenxin_domain::{
    award::Reason,
    division::{Scope, VillageCode},
    ids::{AwardId, OpId, RequestId, ResidentId, ServiceOrderId, TimeGiftId},
};
use zhenxin_protocol::{body::resident::Field, entity::EntityKind};
use zhenxin_store::{DecidedRow, IssueKey, IssueRow, ResidentBatch, ResidentDraft, Review, ReviewDraft, Tx, Unsealed};

use super::{at, content::Names, counts_in, deficit, detail_of, field_of, open, options, words::code};
use crate::{
    Caller,
    contract::{Fault, FaultCode, settling::*},
    request::{former_reply, remember},
    shown,
};

/// What is remembered of a decision, so that a repeated click shows the same.
#[derive(Serialize, Deserialize)]
struct Done {
    decision: String,
    text: String,
}

pub fn decide(caller: &Caller, request: DecideIssue) -> Result<IssueDecided, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let key: IssueKey = shown::parse_id(&request.issue)?;
    let (done, row) = caller.write(|tx| {
        let known = tx.reader().issue(&key, at(caller))?;
        if let Some(row) = &known
            && !caller.sight().sees_issue(tx.reader(), row)?
        {
            return Err(gone());
        }
        let done = match former_reply::<Done>(tx, request_id)? {
            Some(done) => done,
            None => {
                let row = known.clone().ok_or_else(gone)?;
                let text = carry_out(tx, caller, &row, &request)?.to_owned();
                remember(tx, request_id, Done { decision: request.decision.clone(), text })?
            }
        };
        let now = DecidedRow { decision: done.decision.clone(), reason: None, at: tx.now_ms(), by: caller.user };
        // what was about a difference is gone with it
        let row = match tx.reader().issue(&key, at(caller))? {
            Some(row) => row,
            None => IssueRow {
                decided: Some(now),
                ..known.unwrap_or_else(|| closed(tx, Scope::Town(caller.store().town()), &key))
            },
        };
        Ok((done, row))
    })?;
    caller.read(|reader| {
        let open = open(caller, reader)?;
        let next = open.iter().find(|other| other.key.kind == key.kind).or_else(|| open.first());
        Ok(IssueDecided {
            text: done.text,
            detail: detail_of(caller, reader, &row)?,
            counts: counts_in(&open),
            next: next.map(|row| row.key.to_string()),
        })
    })
}

fn gone() -> Fault {
    Fault::new(FaultCode::Conflict, "这件事已经处理完，或情况已有变化，请刷新列表。")
}

/// An issue that closed by itself.
fn closed(tx: &Tx, scope: Scope, key: &IssueKey) -> IssueRow {
    let resident = (key.about.kind == EntityKind::Resident).then(|| ResidentId::from_bytes(key.about.id));
    IssueRow { key: key.clone(), scope, at: tx.now_ms(), resident, decided: None }
}

/// The id behind a decision's colon.
fn named<T: std::str::FromStr>(decision: &str) -> Result<T, Fault> {
    shown::parse_id(decision.split_once(':').map_or("", |(_, id)| id))
}

fn carry_out(tx: &mut Tx, caller: &Caller, row: &IssueRow, request: &DecideIssue) -> Result<&'static str, Fault> {
    let names = Names::of(tx.reader())?;
    let options = options::of(caller, &names, row)?;
    let chosen = options.into_iter().find(|option| option.code == request.decision).ok_or_else(gone)?;
    if let Some(why) = chosen.barred {
        return Err(Fault::new(FaultCode::Forbidden, why));
    }
    let reason = match &request.reason {
        Some(written) if !written.trim().is_empty() => {
            Some(Reason::parse(written).map_err(|fault| Fault::field("reason", fault.to_string()))?)
        }
        _ if chosen.needs_reason => return Err(Fault::field("reason", "请写明理由，其他人以后也要看得懂。")),
        _ => None,
    };
    let reason = reason.as_ref().map(Reason::as_str);
    let decision = request.decision.as_str();
    match decision.split(':').next().unwrap_or_default() {
        code::KEEP => keep(tx, row, named(decision)?),
        code::MERGE => merge(tx, row, named(decision)?),
        code::NOT_SAME => not_same(tx, row, reason),
        code::UNMERGE => {
            tx.unmerge_resident(named(decision)?)?;
            Ok("已撤销合并，两份登记重新各自独立。")
        }
        code::RESTORE => {
            tx.restore_resident(row)?;
            Ok("已恢复这位居民，请核对他的资料。")
        }
        code::WAIVE => {
            let resident = row.resident.ok_or_else(gone)?;
            let amount_min = deficit::missing_min(tx.reader(), resident)?;
            tx.waive_deficit(row, amount_min, reason.unwrap_or_default())?;
            Ok("镇准备金已补上透支的分钟，账户回到零。")
        }
        code::REVERSE => {
            tx.reverse_award(named::<AwardId>(decision)?, reason.unwrap_or_default())?;
            Ok("已冲正这一笔，另一笔照常计分。")
        }
        code::SEND_BACK => {
            let reason = reason.unwrap_or_default().to_owned();
            let award = named::<AwardId>(decision)?;
            tx.review_awards(&[ReviewDraft { award, decision: Review::SendBack { reason } }])?;
            Ok("已退回这一笔，另一笔照常计分。")
        }
        code::REVERSE_GIFT => {
            tx.reverse_gift(named::<TimeGiftId>(decision)?, reason.unwrap_or_default())?;
            Ok("已冲正这笔赠与，分钟回到账户。")
        }
        code::REVERSE_ORDER => {
            tx.reverse_order(named::<ServiceOrderId>(decision)?, reason.unwrap_or_default())?;
            Ok("已冲正这张服务单，分钟回到账户。")
        }
        _ => {
            tx.settle_issue(row, decision, reason)?;
            Ok("已记下您的决定，不再提醒。")
        }
    }
}

/// Writes the chosen value with the present one before one's eyes, so that the conflict is over everywhere.
fn keep(tx: &mut Tx, row: &IssueRow, op: OpId) -> Result<&'static str, Fault> {
    let (Some(resident), Some(field)) = (row.resident, field_of(&row.key)) else { return Err(gone()) };
    let sides = tx.reader().field_sides(resident, field)?;
    let winner = sides.iter().find(|side| side.current).ok_or_else(gone)?.op;
    let side = sides.into_iter().find(|side| side.op == op).ok_or_else(gone)?;
    let draft = ResidentDraft::edit(resident);
    let draft = match (field, side.value) {
        (Field::Village, Some(Unsealed::Text(code))) => draft.move_to(shown::parse_id::<VillageCode>(&code)?),
        (field, Some(Unsealed::Text(text))) => draft.set(field, text),
        (field, None) => draft.clear(field),
        (_, Some(_)) => return Err(gone()),
    };
    tx.record_residents(ResidentBatch { rows: &[draft], ..Default::default() })?;
    tx.note_field_settled(row, winner, code::KEEP)?;
    Ok("已选定这一项的值，另一个值留在记录里。")
}

fn merge(tx: &mut Tx, row: &IssueRow, kept: ResidentId) -> Result<&'static str, Fault> {
    let Some([one, other]) = row.key.residents() else { return Err(gone()) };
    let duplicate = if kept == one { other } else { one };
    // of a ring only the link away from the kept one is opened
    if tx.reader().merge_of(kept)?.is_some() {
        tx.unmerge_resident(kept)?;
    } else {
        tx.merge_residents(kept, duplicate)?;
    }
    Ok("已合并为一人，名单里只显示保留的一份。")
}

fn not_same(tx: &mut Tx, row: &IssueRow, reason: Option<&str>) -> Result<&'static str, Fault> {
    for id in row.key.residents().into_iter().flatten() {
        if tx.reader().merge_of(id)?.is_some() {
            tx.unmerge_resident(id)?;
        }
    }
    tx.settle_issue(row, code::NOT_SAME, reason)?;
    Ok("已记下不是同一个人，两份登记都保留。")
}
