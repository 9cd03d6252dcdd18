//! The cells of a rules row, each read with all that its column forgives.

use super::{CAP_POINTS_MAX, CODE_CHARS_MAX, POINTS_MAX, RuleFault, Subject, VALID_MONTHS_MAX};
use crate::cap::{Cap, Period};
use crate::text;

pub(super) fn line(column: &'static str, raw: &str, max: usize, faults: &mut Vec<RuleFault>) -> String {
    let line = text::normalise(raw);
    let found = line.chars().count();
    if found > max {
        faults.push(RuleFault::TooLong { column, max, found });
    }
    line
}

pub(super) fn code(raw: &str, faults: &mut Vec<RuleFault>) -> String {
    let code = line("编号", raw, CODE_CHARS_MAX, faults).replace(' ', "").to_ascii_uppercase();
    if code.is_empty() {
        faults.push(RuleFault::CodeMissing);
    } else if !code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        faults.push(RuleFault::CodeCharacters);
    }
    code
}

/// A number as a cell or a person writes it.
enum Number {
    Missing,
    Unreadable,
    Broken,
    Whole(i64),
}

fn number(raw: &str, suffix: &str) -> Number {
    let text = text::normalise(raw).replace(['−', '–', '—'], "-");
    let text = text.strip_suffix(suffix).unwrap_or(&text).trim_end();
    if text.is_empty() {
        return Number::Missing;
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Number::Unreadable;
    }
    if fraction.bytes().any(|b| b != b'0') {
        return Number::Broken;
    }
    // only too many digits can fail here, and the limits of each column refuse the largest number
    let size = whole.parse::<i64>().unwrap_or(i64::MAX);
    Number::Whole(if negative { -size } else { size })
}

/// Zero and less are left to the lawfulness gate.
pub(super) fn points(raw: &str, faults: &mut Vec<RuleFault>) -> Option<i64> {
    let fault = match number(raw, "分") {
        Number::Whole(points) if points > i64::from(POINTS_MAX) => RuleFault::PointsTooMany,
        Number::Whole(points) => return Some(points),
        Number::Missing => RuleFault::PointsMissing,
        Number::Unreadable => RuleFault::PointsNotNumber,
        Number::Broken => RuleFault::PointsNotWhole,
    };
    faults.push(fault);
    None
}

pub(super) fn cap(raw: &str, raw_period: &str, points: Option<i64>, faults: &mut Vec<RuleFault>) -> Option<Cap> {
    let cap = match number(raw, "分") {
        Number::Missing => None,
        Number::Whole(cap) => Some(u32::try_from(cap).ok().filter(|cap| (1..=CAP_POINTS_MAX).contains(cap))),
        Number::Unreadable | Number::Broken => Some(None),
    };
    let period_text = text::normalise(raw_period);
    let period = match period_text.trim_start_matches(['每', '按', '/']) {
        "" => None,
        "月" | "月度" | "个月" => Some(Some(Period::Month)),
        "季" | "季度" => Some(Some(Period::Quarter)),
        "年" | "年度" => Some(Some(Period::Year)),
        _ => Some(None),
    };
    // the outer option says whether the cell is filled, the inner one whether it could be read
    for (wrong, fault) in [
        (cap == Some(None), RuleFault::CapNotWhole),
        (period == Some(None), RuleFault::CapPeriodUnknown),
        (cap.is_some() && period.is_none(), RuleFault::CapPeriodMissing),
        (cap.is_none() && period.is_some(), RuleFault::CapMissing),
    ] {
        if wrong {
            faults.push(fault);
        }
    }
    let cap = Cap { points: cap??, period: period?? };
    if points.is_some_and(|points| points > i64::from(cap.points)) {
        faults.push(RuleFault::CapBelowPoints);
    }
    Some(cap)
}

pub(super) fn subject(raw: &str, faults: &mut Vec<RuleFault>) -> Option<Subject> {
    let subject = match text::normalise(raw).as_str() {
        "个人" | "本人" | "居民" => Some(Subject::Person),
        "家庭" | "户" | "农户" => Some(Subject::Household),
        _ => None,
    };
    if subject.is_none() {
        faults.push(RuleFault::SubjectUnknown);
    }
    subject
}

pub(super) fn valid_months(raw: &str, faults: &mut Vec<RuleFault>) -> Option<u16> {
    let months = match number(raw, "个月") {
        Number::Missing => return None,
        Number::Whole(months) => u16::try_from(months).ok().filter(|n| (1..=VALID_MONTHS_MAX).contains(n)),
        Number::Unreadable | Number::Broken => None,
    };
    if months.is_none() {
        faults.push(RuleFault::ValidMonths);
    }
    months
}
