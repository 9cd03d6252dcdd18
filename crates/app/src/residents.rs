//! Search, the list, one resident's page, consent.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use zhenxin_domain::{
    consent::{Channel, Consent, ConsentState, GivenBy},
    id_number::IdNumber,
    ids::{RequestId, ResidentId},
    ledger::Owner,
    phone::Phone,
    resident::{self, PersonName},
    text,
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{
    ConsentDraft, ConsentRow, IssueKey, Reader, ResidentBatch, ResidentDraft, ResidentFilter, ResidentRow,
    SearchOptions, SearchResult, UserRow,
};

use crate::{
    Caller,
    contract::{Fault, FaultCode, FaultRow, residents::*, settling::MergedRecord},
    form::Form,
    points, privacy, records,
    request::{former_reply, remember},
    settling, shown,
    sight::Sight,
};

/// A hit list longer than this is no answer.
const SEARCH_LIMIT_MAX: u32 = 50;
const SEARCH_LIMIT: u32 = 20;
/// Rows of one window of the list.
const PAGE_LIMIT_MAX: u32 = 500;
/// Entries on a resident's page; the statement has them all.
const ENTRIES_SHOWN: u32 = 500;
/// Residents in one registration of consent: a whole village.
const CONSENTS_MAX: usize = 5_000;

pub fn search(caller: &Caller, request: Search) -> Result<SearchHits, Fault> {
    let limit = request.limit.unwrap_or(SEARCH_LIMIT).clamp(1, SEARCH_LIMIT_MAX);
    let today = caller.today();
    caller.read(|reader| {
        let mut found = found_in_sight(caller, reader, &request.text, limit)?;
        // as the auditor reads it out
        if let Some(row) = reader.resident_by_number(request.text.trim())? {
            found.rows.retain(|other| other.id != row.id);
            found.rows.insert(0, row);
            found.more |= found.rows.len() > limit as usize;
            found.rows.truncate(limit as usize);
        }
        Ok(SearchHits {
            hits: shown::resident_lines(&caller.town, reader, &found.rows, today)?,
            more: found.more,
            records: records::found(caller, reader, &request.text, &found.rows)?,
        })
    })
}

/// In each village by itself where the sight is cut: the index is sieved by one, and a common name of the whole town would
/// use up what one search may look at.
fn found_in_sight(caller: &Caller, reader: &Reader, typed: &str, limit: u32) -> Result<SearchResult, Fault> {
    let Sight::Villages(villages) = caller.sight() else {
        return Ok(reader.search(typed, SearchOptions { village: None, limit })?);
    };
    let mut all = SearchResult::default();
    for village in villages {
        let left = limit.saturating_sub(u32::try_from(all.rows.len()).unwrap_or(limit));
        let found = reader.search(typed, SearchOptions { village: Some(*village), limit: left.max(1) })?;
        all.more |= found.more || (left == 0 && !found.rows.is_empty());
        all.rows.extend(found.rows.into_iter().take(left as usize));
    }
    Ok(all)
}

pub fn page(caller: &Caller, request: ResidentsPage) -> Result<Residents, Fault> {
    if request.limit == 0 || request.limit > PAGE_LIMIT_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("每次请取 1 到 {PAGE_LIMIT_MAX} 行。")));
    }
    let village = request.village.as_deref().map(shown::parse_id).transpose()?;
    let today = caller.today();
    caller.read(|reader| {
        let filter = ResidentFilter { village, consent: request.consent };
        let page = reader.residents_page(filter, u64::from(request.offset), request.limit)?;
        Ok(Residents {
            total: u32::try_from(page.total).unwrap_or(u32::MAX),
            rows: shown::resident_lines(&caller.town, reader, &page.rows, today)?,
        })
    })
}

pub fn detail(caller: &Caller, request: ResidentRef) -> Result<ResidentDetail, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    caller.read(|reader| detail_of(caller, reader, id))
}

/// The page of one resident, also the reply of acts that change it.
pub fn detail_of(caller: &Caller, reader: &Reader, id: ResidentId) -> Result<ResidentDetail, Fault> {
    let today = caller.today();
    let row = find(reader, id)?;
    let consents = reader.consents_of(id)?;
    let active = consents.iter().any(|consent| consent.withdrawn_on.is_none());
    let users = reader.users()?;
    let mut owners = vec![("个人", Owner::Resident(id))];
    owners.extend(row.household.map(|household| ("家庭", Owner::Household(household))));
    let mut accounts = Vec::new();
    for (subject, owner) in &owners {
        let balance = reader.balance(*owner, today)?;
        accounts.push(AccountLine {
            subject: (*subject).to_owned(),
            effective_points: balance.effective_points,
            pending_points: balance.pending_points + balance.approved_points - balance.effective_points,
            sent_back_points: balance.sent_back_points,
        });
    }
    let awards = reader.awards_of_resident(id, ENTRIES_SHOWN, 0)?;
    let running = points::running_balances(reader, &owners.iter().map(|(_, owner)| *owner).collect::<Vec<_>>())?;
    let mut entries = Vec::with_capacity(awards.len());
    for award in &awards {
        entries.push(points::entry(reader, &users, award, today, &running)?);
    }
    let mut household = match row.household {
        Some(household) => reader.household_members(household)?,
        None => Vec::new(),
    };
    household.retain(|member| member.id != id);
    let line = shown::resident_line(&caller.town, &row, today, active);
    let (merged, kept) = merges(caller, reader, &users, &row)?;
    let needs_guardian = birth(&row).is_some_and(|birth| resident::needs_guardian(birth, today));
    Ok(ResidentDetail {
        number: shown::number(&line.id).to_owned(),
        line,
        needs_guardian,
        accounts,
        entries,
        stage: privacy::stage(&consents, reader.data_state(id)?, today),
        erasure_asked: reader.person_data(id)?.is_some_and(|row| row.asked.is_some()),
        blocked: privacy::may_take_part(reader, id, &consents, today)?.err().map(|fault| fault.to_string()),
        consents: consents.iter().map(consent_line).collect(),
        household: shown::resident_lines(&caller.town, reader, &household, today)?,
        merged,
        kept,
        issues: settling::open_of(caller, reader, id)?,
    })
}

/// The records merged into this one, and the one that it was merged into.
fn merges(
    caller: &Caller,
    reader: &Reader,
    users: &[UserRow],
    row: &ResidentRow,
) -> Result<(Vec<MergedRecord>, Option<ResidentLine>), Fault> {
    let today = caller.today();
    let mut merged = Vec::new();
    for record in reader.merged_into(row.id)? {
        merged.push(MergedRecord {
            line: shown::resident_line(&caller.town, &record.resident, today, false),
            at: shown::time(record.merged_at),
            actor: shown::actor(users, record.merged_by),
            issue: IssueKey::same_person(record.resident.id, record.into).to_string(),
        });
    }
    let kept = reader.kept(row.id)?;
    let kept = if kept == row.id { None } else { reader.resident(kept)? };
    let kept = kept.as_slice();
    Ok((merged, shown::resident_lines(&caller.town, reader, kept, today)?.pop()))
}

/// The resident, or a fault that says so.
pub fn find(reader: &Reader, id: ResidentId) -> Result<ResidentRow, Fault> {
    reader.resident(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "名册里没有这位居民，可能所在的导入已撤销。"))
}

fn birth(row: &ResidentRow) -> Option<NaiveDate> {
    let number = IdNumber::from_canonical(row.id_number.as_deref()?).ok()?;
    Some(number.birth_date())
}

fn consent_line(row: &ConsentRow) -> ConsentLine {
    let channel = Channel::from_code(&row.channel).map_or(row.channel.as_str(), |channel| channel.label());
    let given_by = GivenBy::from_code(&row.given_by).map_or(row.given_by.as_str(), |given_by| given_by.label());
    ConsentLine {
        consent: row.id.to_string(),
        version: row.version.clone(),
        given_on: shown::day(row.given_on),
        channel: channel.to_owned(),
        given_by: given_by.to_owned(),
        withdrawn_on: row.withdrawn_on.map(shown::day),
    }
}

/// Stored consents as the domain judges them.
pub fn as_consents(rows: &[ConsentRow]) -> Vec<Consent> {
    let consents = rows.iter().map(|row| Consent {
        id: row.id,
        resident: row.resident,
        version: row.version.clone(),
        given_on: row.given_on,
        channel: Channel::from_code(&row.channel).unwrap_or(Channel::Paper),
        given_by: GivenBy::from_code(&row.given_by).unwrap_or(GivenBy::Resident),
        state: row.withdrawn_on.map_or(ConsentState::Active, |on| ConsentState::Withdrawn { on }),
    });
    consents.collect()
}

pub fn give_consent(caller: &Caller, request: GiveConsent) -> Result<ConsentsGiven, Fault> {
    let today = caller.today();
    let given_on = shown::parse_day("given_on", "同意日期", &request.given_on, today)?;
    if request.residents.is_empty() || request.residents.len() > CONSENTS_MAX {
        return Err(Fault::field("residents", format!("请选择 1 到 {CONSENTS_MAX} 位居民。")));
    }
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let ids = request.residents.iter().map(|id| shown::parse_id(id)).collect::<Result<Vec<ResidentId>, _>>()?;
    let guardian = request.guardian.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let version = privacy::agreed(&request.version, given_on)?;
    let channel = match request.channel {
        ConsentChannel::Paper => Channel::Paper,
        ConsentChannel::Counter => Channel::Counter,
    };
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let mut drafts = Vec::new();
        let mut faults = Vec::new();
        let mut already = 0;
        let rows: HashMap<ResidentId, ResidentRow> =
            tx.reader().residents(&ids)?.into_iter().map(|row| (row.id, row)).collect();
        let consents = tx.reader().consents_of_many(&ids)?;
        let mut seen = HashSet::new();
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| seen.insert(**id)) {
            let mut refuse = |message: String| {
                let row = u32::try_from(index + 1).ok();
                faults.push(FaultRow { sheet: None, row, field: Some("residents".to_owned()), message });
            };
            let Some(row) = rows.get(id) else {
                refuse("名册里没有这位居民。".to_owned());
                continue;
            };
            if consents.get(id).is_some_and(|held| held.iter().any(|consent| consent.withdrawn_on.is_none())) {
                already += 1;
                continue;
            }
            let Some(birth) = birth(row) else {
                refuse("身份信息还没有解锁，请先同步一次。".to_owned());
                continue;
            };
            let by_guardian = resident::needs_guardian(birth, given_on);
            let given_by = if by_guardian && guardian.is_some() { GivenBy::Guardian } else { GivenBy::Resident };
            let id_of_draft = zhenxin_domain::ids::ConsentId::from_uuid(tx.new_uuid());
            match Consent::give(id_of_draft, *id, birth, version, given_on, channel, given_by) {
                Ok(consent) => drafts.push(ConsentDraft {
                    resident: *id,
                    version: consent.version,
                    channel,
                    given_by,
                    guardian: guardian.filter(|_| by_guardian).map(str::to_owned),
                }),
                Err(fault) => refuse(fault.to_string()),
            }
        }
        if !faults.is_empty() {
            let message = format!("{} 位居民的同意不能登记，没有写入任何一条。请按下面的原因改正。", faults.len());
            return Err(Fault::new(FaultCode::Invalid, message).with_rows(faults));
        }
        if !drafts.is_empty() {
            tx.give_consent(&drafts, given_on)?;
        }
        let given = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
        remember(tx, request_id, ConsentsGiven { given, already })
    })
}

pub fn withdraw_consent(caller: &Caller, request: WithdrawConsent) -> Result<ResidentDetail, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let today = caller.today();
    let seen = caller.write(|tx| {
        if tx.request(request_id)?.is_none() {
            find(tx.reader(), id)?;
            let consents = tx.reader().consents_of(id)?;
            let active: Vec<Consent> =
                as_consents(&consents).into_iter().filter(|consent| consent.state == ConsentState::Active).collect();
            if active.is_empty() {
                return Err(Fault::new(FaultCode::Conflict, "这位居民现在没有有效的同意，不用撤回。"));
            }
            for mut consent in active {
                let on = today.max(consent.given_on);
                consent.withdraw(on).map_err(|fault| Fault::new(FaultCode::Invalid, fault.to_string()))?;
                tx.withdraw_consent(consent.id, on)?;
            }
            tx.remember(request_id, b"{}")?;
        }
        Ok(id)
    })?;
    caller.read(|reader| detail_of(caller, reader, seen))
}

pub fn rename(caller: &Caller, request: RenameResident) -> Result<ResidentDetail, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let name = PersonName::parse(&request.name).map_err(|fault| Fault::field("name", fault.to_string()))?;
    let seen = caller.write(|tx| {
        if tx.request(request_id)?.is_none() {
            let row = find(tx.reader(), id)?;
            if row.name.as_deref() == Some(name.as_str()) {
                return Err(Fault::field("name", "姓名没有变化。"));
            }
            let rows = [ResidentDraft::edit(id).set(Field::Name, name.as_str())];
            tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None })?;
            tx.remember(request_id, b"{}")?;
        }
        Ok(id)
    })?;
    caller.read(|reader| detail_of(caller, reader, seen))
}

pub fn change_contact(caller: &Caller, request: ChangeContact) -> Result<ResidentDetail, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let mut form = Form::default();
    let typed = request.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty());
    let phone = form.keep("phone", typed.map(Phone::parse).transpose()).flatten();
    let address = text::optional_line(request.address.as_deref().unwrap_or_default(), resident::ADDRESS_CHARS_MAX);
    let address = form.keep("address", address).flatten();
    form.done()?;
    let texts = [(Field::Phone, phone.as_ref().map(Phone::as_str)), (Field::Address, address.as_deref())];
    if texts.iter().all(|(_, text)| text.is_none()) {
        return Err(Fault::field("phone", "请填写新的电话或住址，不改的留空。"));
    }
    caller.write(|tx| {
        if tx.request(request_id)?.is_none() {
            find(tx.reader(), id)?;
            let mut draft = ResidentDraft::edit(id);
            for (field, text) in texts {
                if let Some(text) = text {
                    draft = draft.set(field, text);
                }
            }
            let rows = [draft];
            tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None })?;
            tx.remember(request_id, b"{}")?;
        }
        detail_of(caller, tx.reader(), id)
    })
}
