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

/// Index entries that are read for one word at first: enough for every word that selects.
const PROBED_MAX: usize = 1_500;
/// Index entries that one search reads in all when no word selects: some three milliseconds.
const SCANNED_MAX: usize = 8_000;
/// Residents of a village that are read to filter by it: the largest community has fewer, and the
/// entries lie side by side.
const VILLAGE_MAX: usize = 20_000;
/// Rows that are read and judged by one search: each costs a page of the file, some 20
/// microseconds.
const JUDGED_MAX: usize = 150;
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

/// Residents that a word or the village proposes, in the order of the index.
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
                hits.take(row)?;
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

/// One word in the whole town: the first hits in the index are the answer. A resident has some
/// twenty terms, so the rows that may be judged run out before the entries do.
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
    Ok(hits.result)
}

/// What residents are proposed by.
enum Sieve<'w> {
    Word(&'w str),
    Village(VillageCode),
}

impl Sieve<'_> {
    fn proposes(&self, conn: &Connection, max: usize) -> Result<Proposed, StoreError> {
        match self {
            Self::Word(word) => of_word(conn, word, max),
            Self::Village(village) => of_village(conn, *village),
        }
    }
}

/// Several words, or a village: the one that proposes fewest leads, the others sieve.
fn combined(mut hits: Hits<'_>, words: &[String]) -> Result<SearchResult, StoreError> {
    let words = words.iter().map(|word| Sieve::Word(word));
    let sieves: Vec<Sieve<'_>> = words.chain(hits.options.village.map(Sieve::Village)).collect();
    let mut proposals = propose(hits.reader.conn(), &sieves)?;
    let fewest = |proposed: &(usize, &Proposed)| (!proposed.1.complete, proposed.1.numbers.len());
    let Some((leading, _)) = proposals.iter().enumerate().min_by_key(fewest) else {
        return Ok(hits.result);
    };
    let leading = proposals.swap_remove(leading);
    let sieves: Vec<(HashSet<i64>, bool)> =
        proposals.into_iter().map(|proposed| (proposed.numbers.into_iter().collect(), proposed.complete)).collect();
    // Who is missing from a sieve that was cut off may still fit, but who is in it is judged first.
    let mut candidates: Vec<(usize, i64)> = Vec::with_capacity(leading.numbers.len());
    for no in leading.numbers {
        let missing = sieves.iter().filter(|(numbers, _)| !numbers.contains(&no));
        if missing.clone().all(|(_, complete)| !complete) {
            candidates.push((missing.count(), no));
        }
    }
    candidates.sort_by_key(|(missing, _)| *missing);
    for (_, no) in candidates {
        if hits.judge(no)? {
            return Ok(hits.result);
        }
    }
    hits.result.more |= !leading.complete;
    Ok(hits.result)
}

/// First a look at each; where none selects enough to be judged row by row, a longer one.
fn propose(conn: &Connection, sieves: &[Sieve<'_>]) -> Result<Vec<Proposed>, StoreError> {
    let mut proposals = sieves.iter().map(|sieve| sieve.proposes(conn, PROBED_MAX)).collect::<Result<Vec<_>, _>>()?;
    if proposals.iter().any(|proposed| proposed.complete && proposed.numbers.len() <= JUDGED_MAX) {
        return Ok(proposals);
    }
    let broad = proposals.iter().filter(|proposed| !proposed.complete).count();
    for (proposed, sieve) in proposals.iter_mut().zip(sieves) {
        if !proposed.complete {
            *proposed = sieve.proposes(conn, SCANNED_MAX / broad)?;
        }
    }
    Ok(proposals)
}

const RANGE: &str =
    "SELECT resident_no FROM search_term WHERE term >= ?1 AND term < ?2 ORDER BY term, resident_no LIMIT ?3";

/// The end of the range of texts that begin so: in UTF-8 nothing sorts after the last character.
fn end_of(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}

fn of_word(conn: &Connection, word: &str, max: usize) -> Result<Proposed, StoreError> {
    let mut numbers = Vec::new();
    let mut seen = HashSet::new();
    let mut left = max;
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

fn of_village(conn: &Connection, village: VillageCode) -> Result<Proposed, StoreError> {
    let sql = "SELECT no FROM resident WHERE village = ?1 ORDER BY household_no, no LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let numbers = statement.query_map((village.as_str(), VILLAGE_MAX as i64), |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    let complete = numbers.len() < VILLAGE_MAX;
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
        Ok(self.query.fits(&row.searched()) && self.take(row)?)
    }

    /// Takes a row of the right village, for a merged record the one that is kept; true where there are more than wanted.
    fn take(&mut self, row: ResidentRow) -> Result<bool, StoreError> {
        let row = self.reader.kept_row(row)?;
        let elsewhere = self.options.village.is_some_and(|village| row.village != Some(village));
        if elsewhere || self.result.rows.iter().any(|known| known.id == row.id) {
            return Ok(false);
        }
        if self.result.rows.len() == self.options.limit as usize {
            self.result.more = true;
            return Ok(true);
        }
        self.result.rows.push(row);
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
