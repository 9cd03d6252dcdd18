//! What the district publishes for its towns: the newest version of each kind.

use rusqlite::Row;
use zhenxin_protocol::wire::published::{KindVersion, Published};

use crate::error::StoreError;
use crate::open::Store;
use crate::query::Reader;
use crate::sql::Columns;

fn read(row: &Row<'_>) -> rusqlite::Result<Published> {
    let mut c = Columns::of(row);
    Ok(Published {
        kind: c.get()?,
        version: c.get::<i64>()?.max(0) as u64,
        bytes: c.get()?,
        published_at_ms: c.get()?,
        alg: c.get()?,
        signature: c.get()?,
    })
}

impl Store {
    /// Keeps documents whose signatures the caller has checked, where they are newer than what is here.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn keep_published(&self, documents: &[Published]) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            let mut put = log.conn.prepare_cached(
                "INSERT INTO published (kind, version, bytes, published_at_ms, alg, signature)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (kind) DO UPDATE SET version = excluded.version, bytes = excluded.bytes,
                   published_at_ms = excluded.published_at_ms, alg = excluded.alg, signature = excluded.signature
                 WHERE excluded.version > published.version",
            )?;
            for document in documents {
                put.execute((
                    &document.kind,
                    document.version as i64,
                    &document.bytes,
                    document.published_at_ms,
                    &document.alg,
                    &document.signature,
                ))?;
            }
            Ok(())
        })
    }

    /// The versions that are here, ascending by kind.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn published_versions(&self) -> Result<Vec<KindVersion>, StoreError> {
        self.read(|r| {
            r.all("SELECT kind, version FROM published ORDER BY kind", [], |row| {
                Ok(KindVersion { kind: row.get(0)?, version: row.get::<_, i64>(1)?.max(0) as u64 })
            })
        })
    }
}

impl Reader<'_> {
    /// The newest version of a kind of document.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn published(&self, kind: &str) -> Result<Option<Published>, StoreError> {
        let sql = "SELECT kind, version, bytes, published_at_ms, alg, signature FROM published WHERE kind = ?1";
        self.one(sql, [kind], read)
    }
}
