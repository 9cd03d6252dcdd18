//! What every act of the time bank checks: forms, days and times, consent, coverage, overlaps.

use chrono::{Days, NaiveDate};
use zhenxin_domain::{
    award::Reason,
    consent::ConsentFault,
    ids::{ResidentId, ServiceOrderId, ServiceTypeId},
    lawful,
    ledger::Owner,
    privacy::PartFault,
    service_order::shown_number,
    service_time::{ClockTime, DAY_MIN, PLANNED_MIN_MIN, SERVICE_MAX_MIN, duration},
    text,
};
use zhenxin_store::{OrderRow, Reader, ResidentRow, ServiceTypeRow};

use crate::{
    Caller,
    contract::{Fault, FaultCode},
    privacy, shown,
};

/// A place fits one line of the slip.
const PLACE_CHARS_MAX: usize = 60;
/// A note fits the slip's box.
const NOTE_CHARS_MAX: usize = 200;
/// Days around today within which a service can be planned or entered: a year; more is a slip of the pen.
const DAYS_AROUND_MAX: u64 = 366;
/// Rows of one window of a list.
const PAGE_LIMIT_MAX: u32 = 500;

/// Why something cannot be done, as a sentence for the person who asked.
pub type Judged<T> = Result<T, String>;

/// The office's present: the day, and the minute of the day.
#[derive(Clone, Copy)]
pub struct Now {
    pub today: NaiveDate,
    minute: u16,
}

impl Now {
    pub fn of(caller: &Caller) -> Self {
        let seconds = caller.app.clock().now_ms().div_euclid(1_000) + i64::from(shown::OFFICE_OFFSET_S);
        let minute = u16::try_from(seconds.div_euclid(60).rem_euclid(i64::from(DAY_MIN))).unwrap_or_default();
        Self { today: caller.today(), minute }
    }

    /// Nothing is noted before it has happened.
    pub fn has_seen(self, day: NaiveDate, minute: u16) -> Judged<()> {
        if (day, minute) <= (self.today, self.minute) {
            Ok(())
        } else if day > self.today {
            Err("服务日期还没到，请等服务结束后再登记".to_owned())
        } else {
            Err("这个时间还没到，请核对后再登记".to_owned())
        }
    }

    /// A day on which a service can be.
    pub fn service_day(self, written: &str) -> Judged<NaiveDate> {
        let day = day(written)?;
        let (first, last) = (self.today - Days::new(DAYS_AROUND_MAX), self.today + Days::new(DAYS_AROUND_MAX));
        if (first..=last).contains(&day) {
            Ok(day)
        } else {
            Err("服务日期应在前后一年之内，请核对".to_owned())
        }
    }
}

/// A day as typed.
pub fn day(written: &str) -> Judged<NaiveDate> {
    NaiveDate::parse_from_str(written.trim(), "%Y-%m-%d").map_err(|_| "日期请按 2026-11-22 的样子填写".to_owned())
}

/// A time of the day as typed, in minutes since midnight.
pub fn clock(written: &str) -> Judged<u16> {
    ClockTime::parse(written).map(ClockTime::minutes).map_err(|fault| fault.to_string())
}

/// Planned minutes, on the day on which they begin.
pub fn planned(start_min: u16, planned_min: u32) -> Judged<u16> {
    let minutes = u16::try_from(planned_min).ok().filter(|m| (PLANNED_MIN_MIN..=SERVICE_MAX_MIN).contains(m));
    let Some(minutes) = minutes else {
        return Err(format!("计划时长应为 {PLANNED_MIN_MIN} 到 {SERVICE_MAX_MIN} 分钟"));
    };
    if start_min + minutes > DAY_MIN {
        return Err("计划时间跨过了零点，请分成两天安排".to_owned());
    }
    Ok(minutes)
}

/// Where, or nothing.
pub fn place(written: &str) -> Judged<Option<String>> {
    short(written, "地点", PLACE_CHARS_MAX)
}

/// A place that is not the beneficiary's home; the home is what is meant where none is named. So no copy of an address
/// lies in the records of the time bank: slips print it from the roster.
pub fn away(place: Option<String>, address: Option<&str>) -> Option<String> {
    place.filter(|place| Some(place.as_str()) != address)
}

/// What else, or nothing.
pub fn note(written: &str) -> Judged<Option<String>> {
    short(written, "备注", NOTE_CHARS_MAX)
}

fn short(written: &str, label: &str, max: usize) -> Judged<Option<String>> {
    let line = text::sentence(written);
    match line.chars().count() {
        0 => Ok(None),
        found if found > max => Err(format!("{label}最多 {max} 字，现为 {found} 字，请缩短")),
        _ => Ok(Some(line)),
    }
}

/// A reason that says something.
pub fn reason(written: Option<&str>) -> Judged<String> {
    Reason::parse(written.unwrap_or_default())
        .map(|reason| reason.as_str().to_owned())
        .map_err(|fault| fault.to_string())
}

/// What the office should not keep in a free text.
pub fn warnings<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    texts.into_iter().flat_map(lawful::scan_free_text).map(|finding| finding.to_string()).collect()
}

/// The window of a list.
pub fn window(limit: u32) -> Result<u32, Fault> {
    if limit == 0 || limit > PAGE_LIMIT_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("每次请取 1 到 {PAGE_LIMIT_MAX} 行。")));
    }
    Ok(limit)
}

/// A count as the boundary shows it.
pub fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The resident, if they agreed to take part on that day and still do (个人信息保护法 15).
pub fn consented(
    reader: &Reader,
    who: &str,
    resident: ResidentId,
    day: NaiveDate,
) -> Result<Judged<ResidentRow>, Fault> {
    let Some(row) = reader.resident(resident)? else {
        return Ok(Err(format!("名册里没有这位{who}，请重新选择")));
    };
    Ok(match privacy::may_take_part(reader, resident, &reader.consents_of(resident)?, day)? {
        Ok(()) => Ok(row),
        Err(PartFault::Restricted) => Err(format!("{who}的信息已限制处理，不能办理；确需办理，请先解除限制")),
        Err(PartFault::Erased) => Err(format!("{who}的个人信息已经删除，不能办理")),
        Err(PartFault::Consent(ConsentFault::NotYetGiven)) => Err(format!("{who}在服务那天还没有同意参加，不能登记")),
        Err(PartFault::Consent(ConsentFault::Withdrawn)) => {
            Err(format!("{who}已撤回同意，不能再办理；如本人愿意重新参加，请登记新的同意书"))
        }
        Err(_) => Err(format!("{who}还没有同意参加，请先请本人（或监护人）签同意书并登记")),
    })
}

/// The version of a service type that counts on a day.
pub fn in_force(reader: &Reader, service_type: ServiceTypeId, day: NaiveDate) -> Result<Judged<ServiceTypeRow>, Fault> {
    let found = reader.service_type_on(service_type, day)?;
    Ok(found.ok_or_else(|| "这个服务项目在服务当天没有生效，请另选项目或日期".to_owned()))
}

/// Whether a resident's own minutes cover what is promised; `booked_min` was promised in the same act before.
pub fn covered(reader: &Reader, owner: ResidentId, booked_min: u32, wanted_min: u32) -> Result<Judged<()>, Fault> {
    let available_min = reader.minutes_balance(Owner::Resident(owner))? - i64::from(booked_min);
    if available_min >= i64::from(wanted_min) {
        return Ok(Ok(()));
    }
    let wanted = duration(i64::from(wanted_min));
    Ok(Err(if available_min < 0 {
        format!("时间账户已透支 {}，请先在“核对裁定”里处理，再用这个账户", duration(-available_min))
    } else {
        format!("时间账户可用 {}，不够 {wanted}", duration(available_min))
    }))
}

/// A stretch of one day, in minutes since midnight.
#[derive(Clone, Copy)]
pub struct Span {
    pub day: NaiveDate,
    pub from_min: u16,
    pub to_min: u16,
}

impl Span {
    /// Whether two of them share a minute.
    pub fn meets(self, other: Self) -> bool {
        self.day == other.day && self.from_min < other.to_min && other.from_min < self.to_min
    }
}

/// Nobody is credited for two places at once: two PCs may each have entered a slip for the same hours.
pub fn served_once(reader: &Reader, volunteer: ResidentId, row: &OrderRow) -> Result<Judged<()>, Fault> {
    let (Some(from_min), Some(to_min)) = (row.signed_in_min, row.signed_out_min) else { return Ok(Ok(())) };
    let others = reader.overlapping_orders(volunteer, row.day, from_min, to_min, Some(row.id))?;
    Ok(match others.iter().find(|other| other.signed_out_min.is_some()) {
        None => Ok(()),
        Some(other) => Err(format!(
            "这位志愿者同一时段另有服务单 {}，两张只能算一张，请核对后取消或冲正其中一张",
            shown_number(&other.number)
        )),
    })
}

/// Nobody serves in two places at once.
pub fn free(
    reader: &Reader,
    volunteer: ResidentId,
    span: Span,
    except: Option<ServiceOrderId>,
) -> Result<Judged<()>, Fault> {
    let others = reader.overlapping_orders(volunteer, span.day, span.from_min, span.to_min, except)?;
    Ok(match others.first() {
        None => Ok(()),
        Some(other) => Err(format!("这位志愿者在这段时间已有服务单 {}，时间重叠，请核对", shown_number(&other.number))),
    })
}
