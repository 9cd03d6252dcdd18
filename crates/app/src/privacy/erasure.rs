//! 删除个人信息: one person asks and may take it back, another one confirms or refuses; confirmed, the key is destroyed.

use std::thread;

use uuid::Uuid;
use zhenxin_domain::{
    ids::{ActivityId, OpId, RequestId, ResidentId},
    ledger::Owner,
    privacy::{DataState, DataStep},
};
use zhenxin_store::{AskedRow, ErasureReach, MentionRow, Reader, ResidentRow, Store, StoreError};

use super::{desk, reach, reasons, restrict, stage};
use crate::{
    Caller,
    contract::{
        Fault, FaultCode,
        privacy::{
            AskErasure, EraseResident, ErasurePlan, ErasurePlanOf, FinishErasure, Mention, RefuseErasure,
            ResidentErased, WithdrawErasure,
        },
        session::Nothing,
        settling::{IssueLink, IssueTarget},
    },
    recusal::Own,
    request::{former_reply, remember},
    residents, shown,
    syncing::bundles,
    timebank::note_of,
};

fn has_consent(reader: &Reader, id: ResidentId) -> Result<bool, Fault> {
    Ok(reader.consents_of(id)?.iter().any(|consent| consent.withdrawn_on.is_none()))
}

pub fn plan(caller: &Caller, request: ErasurePlanOf) -> Result<ErasurePlan, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let today = caller.today();
    caller.read(|reader| {
        let id = reader.kept(id)?;
        let row = residents::find(reader, id)?;
        let consents = reader.consents_of(id)?;
        let state = reader.data_state(id)?;
        let reach = reader.erasure_reach(id)?;
        let active = consents.iter().any(|consent| consent.withdrawn_on.is_none());
        let mentions = reader.mentions(&texts_of(reader, &reach)?, &reach)?;
        Ok(ErasurePlan {
            line: shown::resident_line(&caller.town, &row, today, active),
            stage: stage(&consents, state, today),
            reasons: reasons::offered(today, active),
            gone: reach::gone(&reach),
            kept: reach::kept(&reach, !consents.is_empty()),
            records: narrow(reach.records.len() as u64),
            activities: narrow(reach.activities.len() as u64),
            files: narrow(reach.files),
            running_orders: narrow(reach.running_orders),
            waiting_awards: narrow(reach.waiting_awards),
            points: reader.balance(Owner::Resident(id), today)?.effective_points,
            available_min: reader.minutes_balance(Owner::Resident(id))?,
            mentions: mentions.iter().map(mention).collect(),
            asked: desk::asked_of(caller, reader, id)?,
            steps: desk::steps_of(caller, reader, id)?,
            blocked: blocked(reader, &row, state, &reach)?,
        })
    })
}

/// What somebody would look for to find out who it was.
fn texts_of(reader: &Reader, reach: &ErasureReach) -> Result<Vec<String>, Fault> {
    let mut texts = Vec::new();
    for row in reader.residents(&reach.records)? {
        for text in [row.name, row.id_number, row.phone].into_iter().flatten() {
            if text.chars().count() > 1 && !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    Ok(texts)
}

/// Where a text stands, and the page on which it is changed or taken out. What was written about others and cannot be
/// changed any more (reasons, notes of what is done) has no link: it is shown so that whoever erases can tell the person.
fn mention(row: &MentionRow) -> Mention {
    use IssueTarget::{Brand, Event, Handover};
    let (place, target) = match row.kind.as_str() {
        "activity" => ("积分活动名称", None),
        "event" => ("活动计划", Some((Event, "去改活动"))),
        "guest" => ("活动签到名单（来宾）", Some((Event, "去签到名单里删掉"))),
        "photo" => ("活动照片说明", Some((Event, "去删照片"))),
        "brand" => ("品牌档案", Some((Brand, "去改品牌档案"))),
        "brand_step" => ("品牌的办理意见", Some((Brand, "去看品牌"))),
        "handover" => ("品牌移交的事由", Some((Handover, "去看移交"))),
        "award" => ("别人的退回或冲正原因", Some((IssueTarget::Resident, "去看这位居民"))),
        "order" => ("别人的服务单", Some((IssueTarget::Order, "去看服务单"))),
        "need" => ("别人的服务需求", Some((IssueTarget::Need, "去看需求"))),
        "gift" => ("别人的赠与", Some((IssueTarget::TimeAccount, "去看时间账户"))),
        "guardian" => ("别人同意书上的监护人", Some((IssueTarget::Resident, "去看这位居民"))),
        "step" => ("别人的限制或删除说明", Some((IssueTarget::Resident, "去看这位居民"))),
        "query" => ("查看别人信息的理由", Some((IssueTarget::Resident, "去看这位居民"))),
        _ => ("事项的处理理由", None),
    };
    let activity = (row.kind == "activity").then(|| ActivityId::from_bytes(row.id).to_string());
    let link = target.map(|(target, label)| IssueLink {
        target,
        id: Uuid::from_bytes(row.id).hyphenated().to_string(),
        label: label.to_owned(),
    });
    Mention { place: place.to_owned(), text: row.text.clone(), activity, link }
}

fn blocked(
    reader: &Reader,
    row: &ResidentRow,
    state: DataState,
    reach: &ErasureReach,
) -> Result<Option<String>, Fault> {
    if state == DataState::Erased {
        return Ok(Some("这位居民的个人信息已经删除。".to_owned()));
    }
    if reach.open_users > 0 {
        return Ok(Some("这位居民还有可以登录的用户账号，请先请系统管理员停用账号。".to_owned()));
    }
    if row.name.is_none() && row.id_number.is_none() && reader.data_state(row.id)? == DataState::Open {
        return Ok(Some("这位居民的密钥还没有同步到本机，看不到要删除的是谁，请先同步一次。".to_owned()));
    }
    Ok(None)
}

pub fn ask(caller: &Caller, request: AskErasure) -> Result<Nothing, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let note = note_of(&request.note)?;
    let today = caller.today();
    caller.see_resident(id)?;
    caller.write(|tx| {
        if tx.request(request_id)?.is_some() {
            return Ok(Nothing {});
        }
        let reader = tx.reader();
        let id = reader.kept(id)?;
        let row = residents::find(reader, id)?;
        // the id of the request is not known yet; any will do
        restrict::check(reader, id, DataStep::Ask(OpId::from_uuid(tx.new_uuid())))?;
        let reason = reasons::given(&request.reason, today, has_consent(reader, id)?)?;
        if let Some(message) = blocked(reader, &row, reader.data_state(id)?, &reader.erasure_reach(id)?)? {
            return Err(Fault::new(FaultCode::Conflict, message));
        }
        tx.ask_erasure(id, reason, note.as_deref())?;
        tx.remember(request_id, b"{}")?;
        Ok(Nothing {})
    })
}

/// Who asked does not decide, and nobody decides about themselves (个人信息保护法 51: 操作权限).
pub(super) fn recusal(
    reader: &Reader,
    own: &Own,
    resident: ResidentId,
    asked_by: zhenxin_domain::ids::UserId,
) -> Result<Option<&'static str>, Fault> {
    Ok(if own.same_person(asked_by) {
        Some("这份申请是您自己提出的，须由另一位复核人员办理")
    } else if own.concerns_resident(reader, resident)? {
        Some("这是您本人或您家里人的信息，须由别的复核人员办理")
    } else {
        None
    })
}

/// The request as it waits.
fn as_asked(reader: &Reader, id: ResidentId, asked: OpId) -> Result<AskedRow, Fault> {
    let found = reader.person_data(id)?.and_then(|row| row.asked).filter(|found| found.op == asked);
    found.ok_or_else(|| Fault::new(FaultCode::Conflict, "这份删除申请已经办过或不在了，请刷新列表。"))
}

/// Why the request asks for it, if this user may decide about it.
fn waiting(caller: &Caller, reader: &Reader, id: ResidentId, asked: OpId) -> Result<String, Fault> {
    residents::find(reader, id)?;
    let found = as_asked(reader, id, asked)?;
    match recusal(reader, &Own::of(reader, caller)?, id, found.by)? {
        Some(message) => Err(Fault::new(FaultCode::Conflict, format!("{message}。"))),
        None => Ok(found.reason),
    }
}

pub fn refuse(caller: &Caller, request: RefuseErasure) -> Result<Nothing, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let (asked, request_id): (OpId, RequestId) =
        (shown::parse_id(&request.asked)?, shown::parse_id(&request.request_id)?);
    let Some(note) = note_of(&request.note)? else {
        return Err(Fault::field("note", "请写明为什么不予删除，好向本人说明。"));
    };
    caller.see_resident(id)?;
    caller.write(|tx| {
        if tx.request(request_id)?.is_none() {
            waiting(caller, tx.reader(), id, asked)?;
            tx.refuse_erasure(id, asked, Some(&note))?;
            tx.remember(request_id, b"{}")?;
        }
        Ok(Nothing {})
    })
}

/// Whoever asked thinks better of it; nothing was erased.
pub fn withdraw(caller: &Caller, request: WithdrawErasure) -> Result<Nothing, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let (asked, request_id): (OpId, RequestId) =
        (shown::parse_id(&request.asked)?, shown::parse_id(&request.request_id)?);
    let Some(note) = note_of(&request.note)? else {
        return Err(Fault::field("note", "请写明为什么撤回删除申请。"));
    };
    caller.see_resident(id)?;
    caller.write(|tx| {
        if tx.request(request_id)?.is_none() {
            residents::find(tx.reader(), id)?;
            if as_asked(tx.reader(), id, asked)?.by != caller.user {
                let text = "这份申请是别人提出的：由申请人自己撤回，或者由复核人员办理“不予删除”。";
                return Err(Fault::new(FaultCode::Conflict, text));
            }
            tx.withdraw_erasure(id, asked, Some(&note))?;
            tx.remember(request_id, b"{}")?;
        }
        Ok(Nothing {})
    })
}

pub fn erase(caller: &Caller, request: EraseResident) -> Result<ResidentErased, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let (asked, request_id): (OpId, RequestId) =
        (shown::parse_id(&request.asked)?, shown::parse_id(&request.request_id)?);
    let also = request.also.iter().map(|id| shown::parse_id(id)).collect::<Result<Vec<ActivityId>, _>>()?;
    caller.see_resident(id)?;
    let link = zhenxin_sync::link(caller.store())?;
    // what this PC destroyed of the town's alone would go on everywhere else
    if !also.is_empty() && link.as_ref().is_some_and(|link| !link.whole_town(caller.store().town())) {
        let text = "本机只管部分村社，不能去掉活动名称里的他。请先取消勾选，或到管全镇的电脑上办理删除。";
        return Err(Fault::field("also", text));
    }
    let enrolled = link.is_some();
    let mut erased = caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let reason = waiting(caller, tx.reader(), id, asked)?;
        mentioned(tx.reader(), id, &also)?;
        let reach = tx.erase_resident(id, Some(asked), &reason, &also)?;
        let reply = ResidentErased {
            records: narrow(reach.records.len() as u64),
            activities: narrow((reach.activities.len() + also.len()) as u64),
            files: narrow(reach.files),
            scrubbed: false,
            reaches_others: enrolled,
        };
        remember(tx, request_id, reply)
    })?;
    // the erasure stands, whatever becomes of the pages: they are tried again after each sync and at the next start
    erased.scrubbed = scrub(caller.store());
    Ok(erased)
}

/// What came after the erasure from a PC that had not heard of it follows the person. The erasure itself was decided by
/// two persons; this carries it out.
pub fn finish(caller: &Caller, request: FinishErasure) -> Result<ResidentErased, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let enrolled = zhenxin_sync::link(caller.store())?.is_some();
    caller.see_resident(id)?;
    let mut erased = caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let row = tx.reader().person_data(id)?.filter(|row| row.state == DataState::Erased);
        let row = row.ok_or_else(|| Fault::new(FaultCode::Conflict, "这位居民的个人信息还没有删除，请先申请删除。"))?;
        let reach = tx.erase_resident(id, None, row.reason.as_deref().unwrap_or_default(), &[])?;
        let reply = ResidentErased {
            records: 0,
            activities: narrow(reach.activities.len() as u64),
            files: narrow(reach.files),
            scrubbed: false,
            reaches_others: enrolled,
        };
        remember(tx, request_id, reply)
    })?;
    erased.scrubbed = scrub(caller.store());
    Ok(erased)
}

/// Writes the pages that held erased people anew; false where it has to be tried again.
pub fn scrub(store: &Store) -> bool {
    carry_out(store).unwrap_or_else(|error| {
        tracing::warn!(code = error.code(), "the pages of erased people could not be written anew");
        false
    })
}

/// The same at the opening of a file, beside whoever signs in: the program may have ended between an erasure and this.
pub fn scrub_aside(store: &Store) {
    match store.needs_scrub() {
        Ok(false) => {}
        Ok(true) => {
            let store = store.clone();
            let started = thread::Builder::new().name("scrub".to_owned()).spawn(move || scrub(&store));
            if let Err(error) = started {
                // the next look of the background tries it again
                tracing::warn!(kind = ?error.kind(), "the pages of erased people wait");
            }
        }
        Err(error) => tracing::warn!(code = error.code(), "whether pages of erased people wait is not known"),
    }
}

fn carry_out(store: &Store) -> Result<bool, StoreError> {
    if !store.needs_scrub()? {
        return Ok(true);
    }
    // what crosses by stick or as a snapshot holds keys and tables as they were
    bundles::drop_files(store.dir())?;
    zhenxin_sync::drop_snapshot_files(store)?;
    store.scrub()
}

/// Only what the plan showed can be destroyed beside the person.
fn mentioned(reader: &Reader, id: ResidentId, also: &[ActivityId]) -> Result<(), Fault> {
    if also.is_empty() {
        return Ok(());
    }
    let reach = reader.erasure_reach(id)?;
    let mentions = reader.mentions(&texts_of(reader, &reach)?, &reach)?;
    let known =
        |activity: &ActivityId| mentions.iter().any(|row| row.kind == "activity" && row.id == *activity.as_bytes());
    if also.iter().all(known) {
        Ok(())
    } else {
        Err(Fault::field("also", "有一项活动的名称里已经没有这位居民，请刷新后重新勾选。"))
    }
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
