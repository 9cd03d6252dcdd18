//! The record of acts in the console: only ever added to, each row's hash covering the one before it, so that a row
//! that was changed or taken out shows.

use zhenxin_protocol::hash::Hash32;

use super::DISTRICT_WIDE;
use crate::store::db::{Row, Tx};
use crate::store::tables::console::{ACT, ACT_HEAD};
use crate::store::{Store, StoreError};

/// Longest description of what an act was done to, in characters.
pub const OBJECT_MAX_CHARS: usize = 200;

/// Something done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAct<'a> {
    /// By whom; empty for the terminal.
    pub account: &'a str,
    /// What: a code of `console::act::Kind`.
    pub act: &'a str,
    /// The town that it is about; empty for the district.
    pub about: &'a str,
    /// What it was done to, in words.
    pub object: &'a str,
}

/// A row of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// 1, 2, 3 …
    pub no: i64,
    /// When, milliseconds UTC.
    pub at_ms: i64,
    /// By whom; empty for the terminal.
    pub account: String,
    /// What.
    pub act: String,
    /// The town; empty for the district.
    pub about: String,
    /// To what.
    pub object: String,
    hash: Hash32,
}

impl Act {
    /// The hash that the row must have after the one before it.
    fn hash_after(&self, before: Hash32) -> Hash32 {
        let fields = [&self.account, &self.act, &self.about, &self.object];
        let mut bytes = Vec::with_capacity(64 + fields.iter().map(|field| field.len() + 8).sum::<usize>());
        bytes.extend_from_slice(b"zhenxin console act 1\0");
        bytes.extend_from_slice(before.as_bytes());
        bytes.extend_from_slice(&self.no.to_be_bytes());
        bytes.extend_from_slice(&self.at_ms.to_be_bytes());
        for field in fields {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        Hash32::of(&bytes)
    }
}

/// A page of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acts {
    /// The newest first.
    pub acts: Vec<Act>,
    /// Rows in all.
    pub total: i64,
    /// Numbers of the rows in the page that do not follow from the one before them.
    pub broken: Vec<i64>,
}

fn read(row: &mut Row) -> Result<Act, StoreError> {
    let _town = row.text()?;
    Ok(Act {
        no: row.int()?,
        at_ms: row.int()?,
        account: row.text()?,
        act: row.text()?,
        about: row.text()?,
        object: row.text()?,
        hash: Hash32(row.bytes()?),
    })
}

fn head(row: Option<Row>) -> Result<(i64, Hash32), StoreError> {
    let Some(mut row) = row else { return Ok((0, Hash32::ZERO)) };
    let _town = row.text()?;
    Ok((row.int()?, Hash32(row.bytes()?)))
}

/// Adds an act to the record, in the transaction of what was done.
pub(in crate::store) fn note(tx: &Tx<'_>, new: &NewAct<'_>, now_ms: i64) -> Result<(), StoreError> {
    tx.insert_new(&ACT_HEAD, vec![vec![DISTRICT_WIDE.into(), 0_i64.into(), Hash32::ZERO.as_bytes().into()]])?;
    let (last, before) = head(tx.get_locked(&ACT_HEAD, &[DISTRICT_WIDE.into()])?)?;
    let mut act = Act {
        no: last + 1,
        at_ms: now_ms,
        account: new.account.to_owned(),
        act: new.act.to_owned(),
        about: new.about.to_owned(),
        object: new.object.chars().take(OBJECT_MAX_CHARS).collect(),
        hash: Hash32::ZERO,
    };
    act.hash = act.hash_after(before);
    tx.insert(
        &ACT,
        vec![vec![
            DISTRICT_WIDE.into(),
            act.no.into(),
            act.at_ms.into(),
            act.account.as_str().into(),
            act.act.as_str().into(),
            act.about.as_str().into(),
            act.object.as_str().into(),
            act.hash.as_bytes().into(),
        ]],
    )?;
    tx.put(&ACT_HEAD, vec![DISTRICT_WIDE.into(), act.no.into(), act.hash.as_bytes().into()])
}

impl Store {
    /// Adds an act to the record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_act(&self, new: &NewAct<'_>, now_ms: i64) -> Result<(), StoreError> {
        self.write(|tx| note(tx, new, now_ms))
    }

    /// Up to `limit` acts before number `before` (`None`: the newest), checked against each other.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn acts(&self, before: Option<i64>, limit: usize) -> Result<Acts, StoreError> {
        self.read(|tx| {
            let (total, _) = head(tx.get(&ACT_HEAD, &[DISTRICT_WIDE.into()])?)?;
            let below = before.unwrap_or(i64::MAX);
            // one more than asked: the row before the last shown is what that one must follow
            let rows = tx.select(
                &ACT,
                "WHERE town = $1 AND no < $2 ORDER BY no DESC LIMIT $3",
                &[DISTRICT_WIDE.into(), below.into(), (limit as i64).saturating_add(1).into()],
            )?;
            let mut acts = rows.into_iter().map(|mut row| read(&mut row)).collect::<Result<Vec<_>, _>>()?;
            let mut broken: Vec<i64> =
                acts.windows(2).filter(|pair| pair[0].no != pair[1].no + 1).map(|pair| pair[0].no).collect();
            for (at, act) in acts.iter().enumerate().take(limit) {
                let follows = match acts.get(at + 1) {
                    Some(earlier) => act.hash == act.hash_after(earlier.hash),
                    None => act.no == 1 && act.hash == act.hash_after(Hash32::ZERO),
                };
                if !follows && !broken.contains(&act.no) {
                    broken.push(act.no);
                }
            }
            if before.is_none() && acts.first().map_or(0, |newest| newest.no) != total {
                broken.push(total);
            }
            acts.truncate(limit);
            Ok(Acts { acts, total, broken })
        })
    }
}
