//! 时间账户: balances, entries with their causes, the sums of the ledger.

use zhenxin_domain::{
    ids::ResidentId,
    ledger::{Account, Owner},
    service_order::second_person,
    service_time::cap_year,
};
use zhenxin_store::{GiftRow, Reader, TransferRow};

use super::{
    awaiting::Awaiting,
    checks::{self, narrow},
    credit::cap_left,
    entries::{Cause, Causes},
    lines::order_name,
};
use crate::{
    Caller,
    contract::{Fault, session::Duty, timebank::*},
    duties,
    recusal::Own,
    residents, shown,
};

/// Entries with which an act answers; the page asks for more.
const ENTRIES_SHOWN: u32 = 100;

pub fn accounts(caller: &Caller, request: TimeAccountsPage) -> Result<TimeAccounts, Fault> {
    let limit = checks::window(request.limit)?;
    let village = request.village.as_deref().map(shown::parse_id).transpose()?;
    let (from, to) = cap_year(caller.today());
    caller.read(|reader| {
        let page = reader.time_accounts(village, from, to, u64::from(request.offset), limit)?;
        let sums = reader.time_totals(caller.store().town())?;
        let rows = page.rows.into_iter().map(|row| TimeAccountLine {
            resident: row.resident.to_string(),
            name: row.name.unwrap_or_default(),
            village_name: row.village.map(|code| shown::village(&caller.town, code)).unwrap_or_default(),
            available_min: row.available_min,
            earned_this_year_min: row.earned_min,
            orders_this_year: row.orders,
        });
        Ok(TimeAccounts {
            total: narrow(page.total),
            rows: rows.collect(),
            residents_min: sums.residents_min,
            held_min: sums.held_min,
            reserve_min: sums.reserve_min,
            sum_min: sums.sum_min,
        })
    })
}

pub fn account(caller: &Caller, request: TimeAccountPage) -> Result<TimeAccount, Fault> {
    let limit = checks::window(request.limit)?;
    let id: ResidentId = shown::parse_id(&request.resident)?;
    caller.read(|reader| window_of(caller, reader, id, u64::from(request.offset), limit))
}

/// The same for a report that reads more than the account.
pub fn account_within(caller: &Caller, reader: &Reader, request: TimeAccountPage) -> Result<TimeAccount, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    window_of(caller, reader, id, u64::from(request.offset), checks::window(request.limit)?)
}

/// The account with its newest entries, the reply of acts that change it.
pub fn account_of(caller: &Caller, reader: &Reader, id: ResidentId) -> Result<TimeAccount, Fault> {
    window_of(caller, reader, id, 0, ENTRIES_SHOWN)
}

fn window_of(caller: &Caller, reader: &Reader, id: ResidentId, skip: u64, limit: u32) -> Result<TimeAccount, Fault> {
    let today = caller.today();
    let row = residents::find(reader, id)?;
    let sums = reader.time_sums(id)?;
    let (from, to) = cap_year(today);
    let account = Account::minutes(Owner::Resident(id));
    let total = reader.transfers_total(account)?;
    // the store counts from the oldest, the screen from the newest
    let end = total.saturating_sub(skip);
    let start = end.saturating_sub(u64::from(limit));
    let rows = reader.transfers_of(account, u32::try_from(end - start).unwrap_or(limit), start)?;
    let deciding = Deciding {
        own: Own::of(reader, caller)?,
        reviews: duties::held(reader, caller.user, Duty::Reviewer)?,
        awaiting: Awaiting::of(caller)?,
    };
    let mut causes = Causes::default();
    let mut entries = Vec::with_capacity(rows.len());
    for transfer in rows.iter().rev() {
        let cause = causes.of(reader, transfer)?;
        entries.push(deciding.entry(caller, reader, id, transfer, &cause)?);
    }
    Ok(TimeAccount {
        line: shown::resident_lines(&caller.town, reader, std::slice::from_ref(&row), today)?.remove(0),
        available_min: reader.minutes_balance(Owner::Resident(id))?,
        held_min: sums.held_min,
        earned_min: sums.earned_min,
        used_min: sums.used_min,
        given_min: sums.given_min,
        cap_left_min: cap_left(reader.credited_min_of(id, from, to)?),
        waiting_orders: narrow(reader.waiting_orders_of(id)?),
        total: narrow(total),
        entries,
        warnings: Vec::new(),
    })
}

/// Who looks at the account, and whether they may take a gift back.
struct Deciding {
    own: Own,
    reviews: bool,
    awaiting: Awaiting,
}

impl Deciding {
    fn entry(
        &self,
        caller: &Caller,
        reader: &Reader,
        holder: ResidentId,
        transfer: &TransferRow,
        cause: &Cause,
    ) -> Result<TimeEntry, Fault> {
        let words = [cause.service(), cause.detail(holder, transfer)];
        let words: Vec<String> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let reversible = match cause.gift().filter(|_| self.reviews && transfer.reverses.is_none()) {
            Some(gift) => gift.reversed_at.is_none() && decided_by(reader, caller, &self.own, gift)?.is_ok(),
            None => false,
        };
        Ok(TimeEntry {
            effective_on: shown::day(transfer.effective_on),
            kind: cause.kind(transfer).to_owned(),
            text: words.join("，"),
            minutes: transfer.amount_units,
            balance_after_min: transfer.balance_after_units,
            order: cause.order().map(order_name),
            gift: cause.gift().map(|gift| gift.id.to_string()),
            calculation: cause.calculation(),
            reversible,
            awaiting: transfer.amount_units < 0
                && transfer.reverses.is_none()
                && cause.awaits(reader, self.awaiting)?,
        })
    }
}

/// Whether this user is a second person for a gift.
pub fn decided_by(reader: &Reader, caller: &Caller, own: &Own, gift: &GiftRow) -> Result<checks::Judged<()>, Fault> {
    let mut concerned = own.concerns_resident(reader, gift.giver)?;
    if let Some(to) = gift.to {
        concerned |= own.concerns_resident(reader, to)?;
    }
    let judged = second_person(own.maker(gift.recorded_by), caller.user, concerned);
    Ok(judged.map_err(|fault| fault.to_string()))
}
