//! What a resident can be found by, and what a typed text asks for. Pure: no database.
//!
//! A term is matched by its beginning. There is one space of terms: Han for names and address parts, letters for
//! sounds, digits for numbers; they do not get in each other's way.

use zhenxin_domain::text;

use super::pinyin;

/// Characters after which a part of an address ends.
const PART_ENDS: &[&str] =
    &["社区", "村委会", "街道", "新村", "单元", "村", "镇", "路", "街", "弄", "巷", "组", "幢", "栋", "号", "室"];
/// Beginnings of one address that are kept.
const PARTS_MAX: usize = 10;
/// Characters of a term that are kept, and of a typed word that are compared: two people whose names or addresses
/// agree that far are told apart by the eye.
const TERM_CHARS_MAX: usize = 24;
/// Words of one query; more is a pasted paragraph.
const WORDS_MAX: usize = 6;
/// Characters of a query that are looked at.
const QUERY_CHARS_MAX: usize = 60;
/// Digits by which people know an ID or telephone number.
const LAST_DIGITS: usize = 4;

/// The fields of a resident that can be searched.
#[derive(Clone, Copy, Default)]
pub(crate) struct TermSource<'a> {
    /// Name.
    pub(crate) name: Option<&'a str>,
    /// ID number, full.
    pub(crate) id_number: Option<&'a str>,
    /// Telephone, full.
    pub(crate) phone: Option<&'a str>,
    /// Household number.
    pub(crate) household_no: Option<&'a str>,
    /// Address.
    pub(crate) address: Option<&'a str>,
}

/// All terms of a resident, sorted, each once.
pub(crate) fn terms_of(source: &TermSource<'_>) -> Vec<String> {
    let mut terms = written_terms(source);
    terms.extend(source.name.map(fold).iter().flat_map(|name| pinyin::sounds(name)));
    terms.iter_mut().for_each(cut);
    terms.retain(|term| !term.is_empty());
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// The terms as they are written, without the sounds.
fn written_terms(source: &TermSource<'_>) -> Vec<String> {
    let mut terms = Vec::with_capacity(20);
    if let Some(name) = source.name {
        let name = fold(name);
        terms.extend(name.char_indices().map(|(start, _)| name[start..].to_owned()));
    }
    terms.extend(source.id_number.and_then(last));
    terms.extend(source.phone.and_then(last));
    terms.extend(source.household_no.map(fold));
    if let Some(address) = source.address {
        let address = joined(&fold(address));
        terms.extend(part_starts(&address).into_iter().map(|start| address[start..].to_owned()));
    }
    terms
}

fn last(number: &str) -> Option<String> {
    let number = fold(number);
    let start = number.len().checked_sub(LAST_DIGITS)?;
    number.get(start..).map(str::to_owned)
}

/// Full-width and capital letters as people type them.
fn fold(written: &str) -> String {
    text::normalise(written).to_lowercase()
}

/// Addresses are written with and without these between their parts.
fn joined(text: &str) -> String {
    text.replace([' ', ',', '，', '、'], "")
}

fn cut(term: &mut String) {
    if let Some((end, _)) = term.char_indices().nth(TERM_CHARS_MAX) {
        term.truncate(end);
    }
}

/// Where people begin to type an address: 思源社区西5组127号 is found under itself, 西5组127号,
/// 5组127号 and 127号.
fn part_starts(address: &str) -> Vec<usize> {
    let mut starts = Vec::with_capacity(PARTS_MAX);
    let mut start = 0;
    while start < address.len() && starts.len() < PARTS_MAX {
        let rest = &address[start..];
        let length = PART_ENDS
            .iter()
            .filter_map(|end| rest.find(end).filter(|at| *at > 0).map(|at| (at, at + end.len())))
            // the earliest end; of several at one place the longest (村委会 before 村)
            .min_by_key(|(at, stop)| (*at, usize::MAX - *stop))
            .map_or(rest.len(), |(_, stop)| stop);
        starts.push(start);
        let digits = rest[..length].find(|character: char| character.is_ascii_digit());
        starts.extend(digits.filter(|at| *at > 0).map(|at| start + at));
        start += length;
    }
    starts
}

/// What a typed text asks for: every word must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query {
    words: Vec<String>,
}

impl Query {
    /// Reads what was typed. An empty query finds nothing.
    pub(crate) fn parse(typed: &str) -> Self {
        let typed: String = typed.chars().take(QUERY_CHARS_MAX).collect();
        let folded = fold(&typed);
        let mut words: Vec<String> = Vec::new();
        for word in folded.split_whitespace() {
            let spoken = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
            match words.last_mut() {
                // "zhang san" and "zhang'san" are one sound
                Some(before) if spoken(before) && spoken(word) => before.push_str(&word.replace('\'', "")),
                _ if spoken(word) => words.push(word.replace('\'', "")),
                _ => words.push(joined(word)),
            }
        }
        words.retain(|word| !word.is_empty());
        words.truncate(WORDS_MAX);
        words.iter_mut().for_each(cut);
        Self { words }
    }

    /// The words, in the order typed.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// The beginnings of terms among which a word's residents are: the word itself, and for a full ID or telephone
    /// number its last digits.
    pub(crate) fn beginnings(word: &str) -> Vec<String> {
        let mut beginnings = vec![word.to_owned()];
        if is_number(word) {
            beginnings.extend(last(word));
        }
        beginnings
    }

    /// Whether every word fits the resident.
    pub(crate) fn fits(&self, source: &TermSource<'_>) -> bool {
        // Sounds are the dearest terms; they are letters, so only letters can begin them.
        let spoken = self.words.iter().any(|word| word.starts_with(|first: char| first.is_ascii_alphanumeric()));
        let terms = if spoken { terms_of(source) } else { written_terms(source) };
        self.words.iter().all(|word| {
            let whole =
                |number: Option<&str>| is_number(word) && number.is_some_and(|number| fold(number).starts_with(word));
            terms.iter().any(|term| term.starts_with(word.as_str())) || whole(source.id_number) || whole(source.phone)
        })
    }
}

/// Longer than what people know by heart: a number that was copied.
fn is_number(word: &str) -> bool {
    word.len() > LAST_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x')
}

#[cfg(test)]
mod tests;
