//! What a resident's paper carries: a code by which the office finds its issue; and the time of every paper.

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use zhenxin_documents::PrintTime;
use zhenxin_domain::code_text;

use crate::{Caller, shown};

/// Characters of a verification code, and of one of its groups.
const CODE_CHARS: usize = 10;
const CODE_GROUP: usize = 5;

/// 50 random bits: found by the office in its log of issued papers, guessed by nobody.
pub fn new_code(caller: &Caller) -> String {
    let mut random = [0; CODE_CHARS];
    caller.app.ports().ids.fill(&mut random);
    code_text::grouped(&code_text::characters(random), CODE_GROUP)
}

/// A code as it was printed, from what a person typed: capitals, groups and marks do not matter.
pub fn typed(code: &str) -> String {
    let characters: String = code_text::typed(code).chars().take(CODE_CHARS).collect();
    code_text::grouped(&characters, CODE_GROUP)
}

/// An instant as a paper shows it, office time.
pub fn print_time(at_ms: i64) -> PrintTime {
    let office = FixedOffset::east_opt(shown::OFFICE_OFFSET_S)
        .and_then(|offset| DateTime::from_timestamp_millis(at_ms).map(|at| at.with_timezone(&offset)));
    let narrow = |number: u32| u8::try_from(number).unwrap_or_default();
    office.map_or_else(PrintTime::default, |at| PrintTime {
        year: u16::try_from(at.year()).unwrap_or_default(),
        month: narrow(at.month()),
        day: narrow(at.day()),
        hour: narrow(at.hour()),
        minute: narrow(at.minute()),
    })
}

#[cfg(test)]
mod tests;
