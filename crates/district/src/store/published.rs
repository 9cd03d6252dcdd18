//! What the district gives to all its towns: divisions, holidays, legal bases,
//! templates. Every version stays and is signed.

use std::collections::{BTreeMap, BTreeSet};

use zhenxin_protocol::device_key::ED25519_TAG;
use zhenxin_protocol::heads::sign_published;
use zhenxin_protocol::wire::limits::PULL_MAX_BYTES;
use zhenxin_protocol::wire::published::{KindVersion, Published};

use super::db::{Row, Tx};
use super::tables::PUBLISHED;
use super::{DISTRICT_WIDE, Store, StoreError};

/// A published document with who published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRow {
    /// Kind of document.
    pub kind: String,
    /// From 1 up.
    pub version: u64,
    /// JSON in UTF-8.
    pub bytes: Vec<u8>,
    /// When it was published, milliseconds UTC.
    pub published_at_ms: i64,
    /// Account of the console.
    pub published_by: String,
    alg: String,
    signature: Vec<u8>,
}

impl PublishedRow {
    /// As it goes to the towns.
    pub(super) fn into_document(self) -> Published {
        Published {
            kind: self.kind,
            version: self.version,
            bytes: self.bytes,
            published_at_ms: self.published_at_ms,
            alg: self.alg,
            signature: self.signature,
        }
    }
}

pub(super) fn read(mut row: Row) -> Result<PublishedRow, StoreError> {
    let _town = row.text()?;
    Ok(PublishedRow {
        kind: row.text()?,
        version: row.uint()?,
        bytes: row.blob()?,
        published_at_ms: row.int()?,
        published_by: row.text()?,
        alg: row.text()?,
        signature: row.blob()?,
    })
}

fn newest(tx: &Tx<'_>, kind: &str) -> Result<Option<PublishedRow>, StoreError> {
    tx.select(
        &PUBLISHED,
        "WHERE town = $1 AND kind = $2 ORDER BY version DESC LIMIT 1",
        &[DISTRICT_WIDE.into(), kind.into()],
    )?
    .into_iter()
    .next()
    .map(read)
    .transpose()
}

impl Store {
    /// Publishes a new version of a kind and gives its number; the same bytes as
    /// the newest are no new version.
    ///
    /// # Errors
    /// [`StoreError`]; also where two people publish the same kind at once.
    pub fn publish(&self, kind: &str, bytes: &[u8], by: &str, now_ms: i64) -> Result<u64, StoreError> {
        self.write(|tx| {
            let before = newest(tx, kind)?;
            if let Some(before) = before.as_ref().filter(|before| before.bytes == bytes) {
                return Ok(before.version);
            }
            let version = before.map_or(1, |before| before.version + 1);
            let signature = sign_published(&self.keys().sign_seed, kind, version, bytes);
            tx.insert(
                &PUBLISHED,
                &[vec![
                    DISTRICT_WIDE.into(),
                    kind.into(),
                    version.into(),
                    bytes.into(),
                    now_ms.into(),
                    by.into(),
                    ED25519_TAG.into(),
                    (&signature).into(),
                ]],
            )?;
            Ok(version)
        })
    }

    /// Every version of every kind, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn published_list(&self) -> Result<Vec<PublishedRow>, StoreError> {
        self.read(|tx| {
            let rows = tx.select(
                &PUBLISHED,
                "WHERE town = $1 ORDER BY published_at_ms DESC, kind, version DESC",
                &[DISTRICT_WIDE.into()],
            )?;
            rows.into_iter().map(read).collect()
        })
    }

    /// The newest version of each kind that is newer than what the asker has, as
    /// many as an answer holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn published_after(&self, have: &[KindVersion]) -> Result<Vec<Published>, StoreError> {
        let have: BTreeMap<&str, u64> = have.iter().map(|row| (row.kind.as_str(), row.version)).collect();
        self.read(|tx| {
            let kinds = tx.query(
                "SELECT kind, max(version) FROM published WHERE town = $1 GROUP BY kind ORDER BY kind",
                &[DISTRICT_WIDE.into()],
            )?;
            let mut newer = BTreeSet::new();
            for mut row in kinds {
                let (kind, version) = (row.text()?, row.uint()?);
                if version > have.get(kind.as_str()).copied().unwrap_or(0) {
                    newer.insert(kind);
                }
            }
            let (mut documents, mut bytes) = (Vec::new(), 0);
            for kind in newer {
                if let Some(row) = newest(tx, &kind)? {
                    bytes += row.bytes.len();
                    documents.push(row.into_document());
                }
                // the rest comes with the next asking
                if bytes >= PULL_MAX_BYTES {
                    break;
                }
            }
            Ok(documents)
        })
    }
}
