//! A request's fields, read one after the other: every fault is kept with its field, so that a person sees all of them
//! at once.

use std::{fmt::Display, ops::RangeInclusive};

use chrono::{Days, NaiveDate};
use zhenxin_domain::text;

use crate::{
    contract::{Fault, FaultCode, FaultRow, points::LeftOut},
    fault::sentence,
    shown,
};

/// Days that a plan reaches into the future or the past at most; beyond it the year is a typing error.
const PLAN_DAYS_MAX: u64 = 3_660;

/// The rows of a grid that cannot be taken, each with its reason; nothing was written.
pub fn rows_refused(message: String, left_out: Vec<LeftOut>) -> Fault {
    let rows = left_out.into_iter().map(|row| FaultRow {
        sheet: None,
        row: Some(row.row),
        field: Some("rows".to_owned()),
        message: row.reason,
    });
    Fault::new(FaultCode::Invalid, message).with_rows(rows.collect())
}

/// Faults of the fields read so far. What a reading gives after a fault is a placeholder: ask [`Form::done`] first.
#[derive(Default)]
pub struct Form {
    faults: Vec<FaultRow>,
}

impl Form {
    /// Keeps a fault.
    pub fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.faults.push(FaultRow { sheet: None, row: None, field: Some(field.to_owned()), message: message.into() });
    }

    /// Keeps the rows of a refusal, or its one message.
    pub fn refused(&mut self, field: &str, fault: Fault) {
        if fault.rows.is_empty() {
            self.fault(field, fault.message);
        }
        self.faults.extend(fault.rows);
    }

    /// What a check gave, or `instead`.
    pub fn read<T>(&mut self, field: &str, checked: Result<T, impl Display>, instead: T) -> T {
        checked.unwrap_or_else(|fault| {
            self.fault(field, sentence(&fault.to_string()));
            instead
        })
    }

    /// What a check gave, or nothing.
    pub fn keep<T>(&mut self, field: &str, checked: Result<T, impl Display>) -> Option<T> {
        checked.map_err(|fault| self.fault(field, sentence(&fault.to_string()))).ok()
    }

    /// One line.
    pub fn line(&mut self, field: &str, label: &str, written: &str, chars: RangeInclusive<usize>) -> String {
        let line = text::sentence(written);
        self.check_length(field, label, &line, &chars);
        line
    }

    /// A text of several lines; blank ones go.
    pub fn text(&mut self, field: &str, label: &str, written: &str, chars: RangeInclusive<usize>) -> String {
        let lines = written.lines().map(text::sentence).filter(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join("\n");
        self.check_length(field, label, &text, &chars);
        text
    }

    fn check_length(&mut self, field: &str, label: &str, text: &str, chars: &RangeInclusive<usize>) {
        match text.chars().count() {
            0 if *chars.start() > 0 => self.fault(field, format!("请填写{label}。")),
            count if count < *chars.start() => self.fault(field, format!("{label}至少 {} 个字。", chars.start())),
            count if count > *chars.end() => {
                self.fault(field, format!("{label}最多 {} 个字，现为 {count} 个，请精简。", chars.end()));
            }
            _ => {}
        }
    }

    /// A day that is not in the future.
    pub fn past_day(&mut self, field: &str, label: &str, written: &str, today: NaiveDate) -> NaiveDate {
        shown::parse_day(field, label, written, today).unwrap_or_else(|fault| {
            self.refused(field, fault);
            today
        })
    }

    /// A day of a plan, within ten years of today.
    pub fn plan_day(&mut self, field: &str, label: &str, written: &str, today: NaiveDate) -> NaiveDate {
        let day = shown::parse_day(field, label, written, NaiveDate::MAX).unwrap_or_else(|fault| {
            self.refused(field, fault);
            today
        });
        if day > today + Days::new(PLAN_DAYS_MAX) || day < today - Days::new(PLAN_DAYS_MAX) {
            self.fault(field, format!("{label}离今天超过十年，请核对年份。"));
        }
        day
    }

    /// Whether every field is right.
    ///
    /// # Errors
    /// All faults, each with its field.
    pub fn done(self) -> Result<(), Fault> {
        match self.faults.as_slice() {
            [] => Ok(()),
            [one] => Err(Fault::new(FaultCode::Invalid, one.message.clone()).with_rows(self.faults)),
            several => {
                let message = format!("有 {} 处需要改正，没有保存。请逐项改好后再提交。", several.len());
                Err(Fault::new(FaultCode::Invalid, message).with_rows(self.faults))
            }
        }
    }
}

#[cfg(test)]
mod tests;
