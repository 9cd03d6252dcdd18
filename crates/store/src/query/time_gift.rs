//! Gifts and donations of minutes.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{OpId, ResidentId, TimeGiftId, UserId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// A gift as stored. A text that is `None` is empty, or its key has not arrived yet.
#[derive(Clone, PartialEq, Eq)]
pub struct GiftRow {
    /// Which.
    pub id: TimeGiftId,
    /// Home scope of the giver.
    pub scope: Scope,
    /// Who gave.
    pub giver: ResidentId,
    /// The giver's name.
    pub giver_name: Option<String>,
    /// The relative who got it; `None`: the town's reserve.
    pub to: Option<ResidentId>,
    /// The relative's name.
    pub to_name: Option<String>,
    /// Whole minutes.
    pub amount_min: u32,
    /// Relation to the giver.
    pub relation: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// The day from which it counts.
    pub given_on: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// The operation that recorded it.
    pub op: OpId,
    /// When it was reversed, ms since 1970 UTC.
    pub reversed_at: Option<i64>,
    /// By whom.
    pub reversed_by: Option<UserId>,
    /// Why.
    pub reverse_reason: Option<String>,
    /// The district refused the operation that recorded it: it counts nowhere.
    pub refused: bool,
}

impl fmt::Debug for GiftRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GiftRow({}, {} min)", self.id, self.amount_min)
    }
}

/// The columns that [`read`] reads.
const GIFT: &str = include_str!("time_gift/gift.sql");

fn read(row: &Row<'_>) -> rusqlite::Result<GiftRow> {
    let mut c = Columns::of(row);
    Ok(GiftRow {
        id: c.take()?,
        scope: c.parse()?,
        giver: c.take()?,
        giver_name: c.get()?,
        to: c.take()?,
        to_name: c.get()?,
        amount_min: c.get()?,
        relation: c.get()?,
        note: c.get()?,
        given_on: c.take()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        op: c.take()?,
        reversed_at: c.get()?,
        reversed_by: c.take()?,
        reverse_reason: c.get()?,
        refused: false,
    })
}

impl Reader<'_> {
    /// One gift.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn gift(&self, id: TimeGiftId) -> Result<Option<GiftRow>, StoreError> {
        self.one(&format!("{GIFT} WHERE g.id = ?1"), [id.as_bytes()], read)
    }

    /// What a resident gave and got, the newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn gifts_of(&self, resident: ResidentId, limit: u32) -> Result<Vec<GiftRow>, StoreError> {
        let sql = format!(
            "{GIFT} WHERE g.id IN (SELECT id FROM time_gift WHERE giver = ?1
             UNION SELECT id FROM time_gift WHERE receiver = ?1) ORDER BY g.recorded_at DESC, g.id DESC LIMIT ?2"
        );
        self.all(&sql, (resident.as_bytes(), limit), read)
    }
}
