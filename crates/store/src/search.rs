//! Search of residents: terms in an index, a typed text as ranges of it.
//!
//! A resident stands in the index under each of the terms that [`terms::terms_of`] gives; a typed
//! word finds the range of terms that begin with it. The index proposes, [`terms::Query::fits`]
//! decides. How many index entries and rows one search looks at is bounded, so that a keystroke
//! costs the same among a thousand residents and among half a million.

use std::collections::HashSet;

use rusqlite::Connection;
use zhenxin_domain::division::VillageCode;

use crate::error::StoreError;
use crate::query::Reader;
use crate::query::resident::ResidentRow;

pub(crate) mod buffer;
mod pinyin;
mod surname;
pub(crate) mod terms;

use terms::Query;

/// Index entries that are read for one word where several words are combined: a scan of so many
/// takes about two milliseconds, and a word that has more selects nothing.
const SCANNED_MAX: usize = 6_000;
/// Rows that are read and judged by one search: each costs up to a page of the file.
const JUDGED_MAX: usize = 300;
/// Characters of a citizen's ID number (GB 11643).
const ID_NUMBER_CHARS: usize = 18;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions {
    /// Only this village.
    pub village: Option<VillageCode>,
    /// Most residents that are wanted.
    pub limit: u32,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchResult {
    /// The residents, the closest first.
    pub rows: Vec<ResidentRow>,
    /// Whether there are, or may be, more.
    pub more: bool,
}

/// Residents that a word (or the village) proposes, in the order of the index.
struct Proposed {
    numbers: Vec<i64>,
    /// Whether these are all.
    complete: bool,
}

pub(crate) fn search(reader: &Reader<'_>, typed: &str, options: SearchOptions) -> Result<SearchResult, StoreError> {
    let query = Query::parse(typed);
    let mut hits = Hits { reader, query: &query, options, result: SearchResult::default(), judged: 0 };
    let words = query.words();
    if words.is_empty() || options.limit == 0 {
        return Ok(hits.result);
    }
    if let [number] = words {
        if number.len() == ID_NUMBER_CHARS && number.is_ascii() {
            for row in reader.residents_by_id_number(&number.to_uppercase())? {
                hits.take(row);
            }
            if !hits.result.rows.is_empty() {
                return Ok(hits.result);
            }
        }
        if options.village.is_none() {
            return single(hits, number);
        }
    }
    combined(hits, words)
}

/// One word in the whole town: the first hits in the index are the answer.
fn single(mut hits: Hits<'_>, word: &str) -> Result<SearchResult, StoreError> {
    let mut seen = HashSet::new();
    for beginning in Query::beginnings(word) {
        let mut statement = hits.reader.conn().prepare_cached(RANGE)?;
        let mut rows = statement.query((&beginning, end_of(&beginning), SCANNED_MAX as i64))?;
        while let Some(row) = rows.next()? {
            let no = row.get(0)?;
            if seen.insert(no) && hits.judge(no)? {
                return Ok(hits.result);
            }
        }
    }
    hits.result.more |= seen.len() >= SCANNED_MAX;
    Ok(hits.result)
}

/// Several words, or a village: the one that proposes fewest leads, the others sieve.
fn combined(mut hits: Hits<'_>, words: &[String]) -> Result<SearchResult, StoreError> {
    let conn = hits.reader.conn();
    let mut proposals = words.iter().map(|word| proposed(conn, word)).collect::<Result<Vec<_>, _>>()?;
    if let Some(village) = hits.options.village {
        proposals.push(in_village(conn, village)?);
    }
    let fewest = |proposed: &(usize, &Proposed)| (!proposed.1.complete, proposed.1.numbers.len());
    let Some((leading, _)) = proposals.iter().enumerate().min_by_key(fewest) else {
        return Ok(hits.result);
    };
    let leading = proposals.swap_remove(leading);
    let sieves: Vec<(HashSet<i64>, bool)> =
        proposals.into_iter().map(|proposed| (proposed.numbers.into_iter().collect(), proposed.complete)).collect();
    // Who is in every sieve comes first. Who is missing only from one that was cut off may still
    // fit, and is judged by the row.
    let mut doubtful = Vec::new();
    for no in &leading.numbers {
        if sieves.iter().all(|(numbers, _)| numbers.contains(no)) {
            if hits.judge(*no)? {
                return Ok(hits.result);
            }
        } else if sieves.iter().all(|(numbers, complete)| !complete || numbers.contains(no)) {
            doubtful.push(*no);
        }
    }
    for no in doubtful {
        if hits.judge(no)? {
            return Ok(hits.result);
        }
    }
    hits.result.more |= !leading.complete;
    Ok(hits.result)
}

const RANGE: &str =
    "SELECT resident_no FROM search_term WHERE term >= ?1 AND term < ?2 ORDER BY term, resident_no LIMIT ?3";

/// The end of the range of texts that begin so: in UTF-8 nothing sorts after the last character.
fn end_of(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}

fn proposed(conn: &Connection, word: &str) -> Result<Proposed, StoreError> {
    let mut numbers = Vec::new();
    let mut seen = HashSet::new();
    let mut left = SCANNED_MAX;
    for beginning in Query::beginnings(word) {
        let mut statement = conn.prepare_cached(RANGE)?;
        let mut rows = statement.query((&beginning, end_of(&beginning), left as i64))?;
        while let Some(row) = rows.next()? {
            left -= 1;
            let no = row.get(0)?;
            if seen.insert(no) {
                numbers.push(no);
            }
        }
    }
    Ok(Proposed { numbers, complete: left > 0 })
}

fn in_village(conn: &Connection, village: VillageCode) -> Result<Proposed, StoreError> {
    let sql = "SELECT no FROM resident WHERE village = ?1 ORDER BY household_no, no LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let numbers = statement.query_map((village.as_str(), SCANNED_MAX as i64), |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    let complete = numbers.len() < SCANNED_MAX;
    Ok(Proposed { numbers, complete })
}

/// The answer while it is put together.
struct Hits<'r> {
    reader: &'r Reader<'r>,
    query: &'r Query,
    options: SearchOptions,
    result: SearchResult,
    judged: usize,
}

impl Hits<'_> {
    /// Reads a proposed row and takes it where it fits; true where the search has to end.
    fn judge(&mut self, no: i64) -> Result<bool, StoreError> {
        if self.judged == JUDGED_MAX {
            self.result.more = true;
            return Ok(true);
        }
        self.judged += 1;
        let Some(row) = self.reader.resident_by_no(no)? else {
            return Ok(false);
        };
        Ok(self.query.fits(&row.searched()) && self.take(row))
    }

    /// Takes a row of the right village; true where there are more than wanted.
    fn take(&mut self, row: ResidentRow) -> bool {
        if self.options.village.is_some_and(|village| row.village != Some(village)) {
            return false;
        }
        if self.result.rows.len() == self.options.limit as usize {
            self.result.more = true;
            return true;
        }
        self.result.rows.push(row);
        false
    }
}

#[cfg(test)]
mod tests;
