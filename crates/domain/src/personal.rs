//! Numbers that name a person, found in a running text: what leaves the town in the clear must hold none of them
//! (个人信息保护法 4, 13; 浙江省公共信用信息管理条例 15).
//!
//! A gate, so it errs on the side of finding: a mistyped ID number is one, and blanks or hyphens inside hide nothing.

use std::fmt;

use crate::id_number::{IdNumber, IdNumberFault};
use crate::phone::Phone;
use crate::text;

/// What kind of number stands in a text; the number itself is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalNumber {
    /// 公民身份号码, also with a wrong last place or in the form of 15 digits.
    IdNumber,
    /// A mobile, or a landline with its area code.
    Phone,
}

impl fmt::Display for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IdNumber => "身份证号：报送和张贴的文字里不能有，请删去这个号码",
            Self::Phone => "电话号码：报送和张贴的文字里不能有电话，请删去这个号码",
        })
    }
}

const ID_DIGITS: usize = 18;
/// The first-generation form: a year without its century, no check digit.
const OLD_DIGITS: usize = 15;
/// Groups that one number is written in at most (`+86 138 1234 5678`, `330206 1992 0602 6211`).
const GROUPS_MAX: usize = 6;

/// The kinds of personal numbers in a text, each once, in the order of [`PersonalNumber`].
#[must_use]
pub fn scan(raw: &str) -> Vec<PersonalNumber> {
    let mut found: Vec<PersonalNumber> = chains(raw).iter().flat_map(|chain| numbers_in(chain)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Groups of digits that only blanks, hyphens or brackets keep apart; an X after a digit belongs to its group.
fn chains(raw: &str) -> Vec<Vec<String>> {
    let mut chains: Vec<Vec<String>> = vec![Vec::new()];
    let mut in_group = false;
    for c in raw.chars().filter(|c| !text::is_invisible(*c)).map(text::half_width) {
        let chain = chains.last_mut().expect("there is one from the start");
        match c {
            '0'..='9' | 'X' | 'x' if in_group => {
                chain.last_mut().expect("a group was begun").push(c.to_ascii_uppercase());
            }
            '0'..='9' => {
                chain.push(c.to_string());
                in_group = true;
            }
            ' ' | '\u{3000}' | '-' | '–' | '—' | '−' | '(' | ')' | '+' | '.' | '·' | '\n' => in_group = false,
            _ => {
                in_group = false;
                if !chain.is_empty() {
                    chains.push(Vec::new());
                }
            }
        }
    }
    chains
}

fn numbers_in(chain: &[String]) -> Vec<PersonalNumber> {
    let mut found = Vec::new();
    for first in 0..chain.len() {
        let mut joined = String::new();
        for group in chain.iter().skip(first).take(GROUPS_MAX) {
            joined.push_str(group);
            if looks_like_id(&joined) {
                found.push(PersonalNumber::IdNumber);
            }
            if Phone::parse(&joined).is_ok() {
                found.push(PersonalNumber::Phone);
            }
        }
        // a number glued to other digits, say to a running number of the list it was copied from
        let glued = chain[first].as_bytes().windows(ID_DIGITS).filter_map(|window| std::str::from_utf8(window).ok());
        if glued.into_iter().any(|window| IdNumber::from_canonical(window).is_ok()) {
            found.push(PersonalNumber::IdNumber);
        }
    }
    found
}

fn looks_like_id(digits: &str) -> bool {
    match IdNumber::from_canonical(digits) {
        Ok(_) | Err(IdNumberFault::CheckDigit) => true,
        Err(IdNumberFault::OldForm15) => is_old_form(digits),
        Err(_) => false,
    }
}

/// 15 digits with a province and a birth date; other numbers of that length are amounts and codes.
fn is_old_form(digits: &str) -> bool {
    debug_assert_eq!(digits.len(), OLD_DIGITS);
    let with_century = format!("{}19{}0", &digits[..6], &digits[6..]);
    matches!(IdNumber::from_canonical(&with_century), Ok(_) | Err(IdNumberFault::CheckDigit))
}

#[cfg(test)]
mod tests;
