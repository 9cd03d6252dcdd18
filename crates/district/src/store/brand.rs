//! The newest brand sheet of each town, taken from the releases among its ops.

use std::collections::BTreeMap;

use rusqlite::Transaction;

use zhenxin_domain::division::TownCode;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::BrandSheet;
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::op::Op;

use super::{Store, StoreError, to_sql};

/// The kind of the ops that carry a sheet.
const REVIEWED: &str = "handover.reviewed";

/// What a town released last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedSheet {
    /// When, by the town's clock, milliseconds UTC.
    pub released_at_ms: i64,
    /// What.
    pub sheet: BrandSheet,
}

/// Keeps what an accepted op releases; every other op passes by.
pub(super) fn note_release(
    transaction: &Transaction<'_>,
    town: TownCode,
    server_seq: u64,
    op: &Op,
) -> Result<(), StoreError> {
    if op.kind != REVIEWED {
        return Ok(());
    }
    // a version of a newer program is relayed unread; a broken one was refused before
    let Ok(Some(Body::HandoverReviewed(body))) = op.read_body() else { return Ok(()) };
    let first = transaction
        .prepare_cached(include_str!("brand/insert_review.sql"))?
        .execute((town.as_str(), body.handover.as_bytes()))?;
    let Some(sheet) = body.sheet.filter(|_| first == 1) else { return Ok(()) };
    transaction.prepare_cached(include_str!("brand/upsert_sheet.sql"))?.execute((
        town.as_str(),
        to_sql(server_seq),
        op.recorded_at,
        to_cbor(&sheet),
    ))?;
    Ok(())
}

impl Store {
    /// The newest sheet of every town that released one, by town.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn brand_sheets(&self) -> Result<BTreeMap<TownCode, ReleasedSheet>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached("SELECT town, released_at_ms, sheet FROM brand_sheet")?;
            let mut rows = statement.query([])?;
            let mut sheets = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let town = row.get::<_, String>(0)?.parse().map_err(|_| StoreError::Damaged("brand_sheet.town"))?;
                let bytes: Vec<u8> = row.get(2)?;
                let sheet = from_cbor(&bytes).map_err(|_| StoreError::Damaged("brand_sheet.sheet"))?;
                sheets.insert(town, ReleasedSheet { released_at_ms: row.get(1)?, sheet });
            }
            Ok(sheets)
        })
    }
}

#[cfg(test)]
mod tests;
