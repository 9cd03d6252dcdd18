//! What the district gives to all its towns: divisions, holidays, legal bases,
//! templates. Every version stays and is signed.

use std::collections::{BTreeMap, BTreeSet};

use zhenxin_protocol::device_key::ED25519_TAG;
use zhenxin_protocol::heads::sign_published;
use zhenxin_protocol::wire::limits::PULL_MAX_BYTES;
use zhenxin_protocol::wire::published::{KindVersion, Published};

use super::console::act::{self, NewAct};
use super::db::{Row, Tx};
use super::tables::PUBLISHED;
use super::{DISTRICT_WIDE, Store, StoreError};

/// A version that is to be published.
#[derive(Debug, Clone)]
pub struct Edition<'a> {
    /// Kind of document.
    pub kind: &'a str,
    /// JSON in UTF-8.
    pub bytes: &'a [u8],
    /// The version that it was compared with; 0: none.
    pub after: u64,
    /// What the record of acts says; its account is who publishes.
    pub act: NewAct<'a>,
}

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
    /// Publishes a new version of a kind, writes that into the record of acts, and gives the version's number, all in one
    /// transaction. The same bytes as the newest are no new version. `None` where another version came in between.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn publish(&self, edition: &Edition<'_>, now_ms: i64) -> Result<Option<u64>, StoreError> {
        self.write(|tx| {
            let before = newest(tx, edition.kind)?;
            if before.as_ref().map_or(0, |before| before.version) != edition.after {
                return Ok(None);
            }
            if before.is_some_and(|before| before.bytes == edition.bytes) {
                return Ok(Some(edition.after));
            }
            let version = edition.after + 1;
            let signature = sign_published(&self.keys().sign_seed, edition.kind, version, edition.bytes);
            let inserted = tx.insert_new(
                &PUBLISHED,
                &[vec![
                    DISTRICT_WIDE.into(),
                    edition.kind.into(),
                    version.into(),
                    edition.bytes.into(),
                    now_ms.into(),
                    edition.act.account.into(),
                    ED25519_TAG.into(),
                    (&signature).into(),
                ]],
            )?;
            if inserted == 0 {
                return Ok(None);
            }
            act::note(tx, &edition.act, now_ms)?;
            Ok(Some(version))
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
