//! The sign-in list: typed, pasted or from a workbook. Being on it grants nothing.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhenxin_domain::{
    event::EventState as State,
    ids::{AttendanceId, EventId, RequestId, ResidentId},
};
use zhenxin_store::{Reader, SignInDraft};

use super::{detail_of, find};
use crate::{
    Caller,
    contract::{Fault, FaultCode, FaultRow, events::*},
    form::Form,
    import,
    request::once,
    shown,
};

/// People on one list: the largest assembly of a town.
const PEOPLE_MAX: usize = 2_000;
/// Characters of a guest's name.
const GUEST_CHARS_MAX: usize = 30;

pub fn sign(caller: &Caller, request: SignAttendance) -> Result<EventDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: EventId = shown::parse_id(&request.event)?;
    let draft = read(&request)?;
    let seen = caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            let row = find(tx.reader(), id)?;
            if row.state == State::Cancelled {
                return Err(Fault::new(FaultCode::Conflict, "这场活动已取消，没有签到；如已照常举办，请先改正状态。"));
            }
            check(tx.reader(), id, &draft)?;
            tx.sign_event(id, &draft)?;
            Ok(id)
        })?;
        Ok(id)
    })?;
    caller.read(|reader| detail_of(caller, reader, seen))
}

fn read(request: &SignAttendance) -> Result<SignInDraft, Fault> {
    let people = request.residents.len() + request.guests.len();
    if people + request.remove.len() == 0 {
        return Err(Fault::field("residents", "请至少添加或移除一人。"));
    }
    if people > PEOPLE_MAX || request.remove.len() > PEOPLE_MAX {
        return Err(too_many());
    }
    let ids = |written: &[String]| written.iter().map(|id| shown::parse_id(id)).collect::<Result<Vec<_>, Fault>>();
    let mut residents: Vec<ResidentId> = ids(&request.residents)?;
    let mut seen = HashSet::new();
    residents.retain(|id| seen.insert(*id));
    let removed = request.remove.iter().map(|id| shown::parse_id(id)).collect::<Result<_, Fault>>()?;
    let mut form = Form::default();
    let guests = request.guests.iter().map(|name| form.line("guests", "来宾姓名", name, 1..=GUEST_CHARS_MAX));
    let guests = guests.collect();
    form.done()?;
    Ok(SignInDraft { residents, guests, removed })
}

fn too_many() -> Fault {
    Fault::field("residents", format!("一场活动的签到表最多 {PEOPLE_MAX} 人，请分场登记。"))
}

/// Everybody to be added is on the roster, everybody to be taken off is on the list, and the list keeps its limit.
fn check(reader: &Reader, id: EventId, draft: &SignInDraft) -> Result<(), Fault> {
    let known: HashSet<ResidentId> = reader.residents(&draft.residents)?.into_iter().map(|row| row.id).collect();
    let unknown = draft.residents.iter().enumerate().filter(|(_, id)| !known.contains(id));
    let rows: Vec<FaultRow> = unknown
        .map(|(index, _)| FaultRow {
            sheet: None,
            row: u32::try_from(index + 1).ok(),
            field: Some("residents".to_owned()),
            message: "名册里没有这位居民。".to_owned(),
        })
        .collect();
    if !rows.is_empty() {
        let message = format!("{} 人不在名册里，没有写入任何一行。请去掉后再提交，或按来宾登记。", rows.len());
        return Err(Fault::new(FaultCode::Invalid, message).with_rows(rows));
    }
    let list = reader.attendance_of(id)?;
    let there: HashSet<AttendanceId> = list.iter().map(|row| row.id).collect();
    if draft.removed.iter().any(|id| !there.contains(id)) {
        return Err(Fault::new(FaultCode::NotFound, "要移除的人已不在签到表上，请刷新后再看。"));
    }
    let here: HashSet<ResidentId> = list.iter().filter_map(|row| row.resident).collect();
    let new = draft.residents.iter().filter(|id| !here.contains(id)).count() + draft.guests.len();
    if list.len() - draft.removed.len().min(list.len()) + new > PEOPLE_MAX { Err(too_many()) } else { Ok(()) }
}

pub fn read_sign_in_file(_: &Caller, request: ReadSignInFile) -> Result<SignInLines, Fault> {
    let bytes = BASE64.decode(&request.content).map_err(|_| Fault::field("content", "文件没有传完整，请重新选择。"))?;
    Ok(SignInLines { lines: import::sign_in_lines(&request.file_name, &bytes, PEOPLE_MAX)? })
}
