//! The newest brand sheet of each town, taken from the releases among its ops.

use std::collections::BTreeMap;

use zhenxin_domain::division::TownCode;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::BrandSheet;
use zhenxin_protocol::frame::{from_cbor, to_cbor};

use super::db::Tx;
use super::push::Taken;
use super::tables::{BRAND_SHEET, HANDOVER_REVIEW};
use super::{Store, StoreError};

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

/// Keeps what accepted ops release; every other op passes by.
pub(super) fn note_releases(tx: &Tx<'_>, town: TownCode, taken: &[Taken<'_>]) -> Result<(), StoreError> {
    for Taken { server_seq, op, .. } in taken.iter().filter(|taken| taken.op.kind == REVIEWED) {
        // a version of a newer program is relayed unread; a broken one was refused before
        let Ok(Some(Body::HandoverReviewed(body))) = op.read_body() else { continue };
        let first = tx.insert_new(&HANDOVER_REVIEW, &[vec![town.as_str().into(), body.handover.as_bytes().into()]])?;
        let Some(sheet) = body.sheet.filter(|_| first == 1) else { continue };
        // the lock on the town's scope orders releases: a later one has a later place
        tx.put(
            &BRAND_SHEET,
            &[town.as_str().into(), (*server_seq).into(), op.recorded_at.into(), to_cbor(&sheet).into()],
        )?;
    }
    Ok(())
}

impl Store {
    /// The newest sheet of every town that released one, by town.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn brand_sheets(&self) -> Result<BTreeMap<TownCode, ReleasedSheet>, StoreError> {
        self.read(|tx| {
            let mut sheets = BTreeMap::new();
            for mut row in tx.select(&BRAND_SHEET, "ORDER BY town", &[])? {
                let (town, _server_seq, released_at_ms) = (row.parsed()?, row.int()?, row.int()?);
                let sheet = from_cbor(&row.blob()?).map_err(|_| StoreError::Damaged("brand_sheet"))?;
                sheets.insert(town, ReleasedSheet { released_at_ms, sheet });
            }
            Ok(sheets)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
