//! Pieces of sealed files, from the district or from a bundle, until the whole is here.

use rusqlite::OptionalExtension;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::blobs::BlobsPutRequest;
use zhenxin_protocol::wire::limits::BLOB_MAX_BYTES;

use super::{FETCHED, LaneItem, SENT, TO_FETCH, is_stale};
use crate::error::StoreError;
use crate::log::Log;
use crate::open::Store;

/// Bytes of pieces of files that no operation has named yet; a stick holds fewer.
const UNNAMED_MAX_BYTES: i64 = 2_000_000_000;

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PieceTaken {
    /// Sealed bytes from the beginning that are here: where to go on.
    pub have: u64,
    /// The whole is here and checked.
    pub done: bool,
    /// It became whole with this piece: it was not here before.
    pub fresh: bool,
    /// The whole was here and did not check: all of it was dropped.
    pub damaged: bool,
}

const FRESH: PieceTaken = PieceTaken { have: 0, done: true, fresh: true, damaged: false };
const KNOWN: PieceTaken = PieceTaken { fresh: false, ..FRESH };
const DAMAGED: PieceTaken = PieceTaken { done: false, damaged: true, ..KNOWN };

const fn unfinished(have: u64) -> PieceTaken {
    PieceTaken { have, done: false, fresh: false, damaged: false }
}

/// What is here of a sealed file.
struct Had {
    /// Bytes from the beginning without a gap.
    have: u64,
    /// Bytes of all pieces; those of a bundle may come in any order.
    bytes: u64,
    total: u64,
    sealed_hash: [u8; 32],
}

impl Store {
    /// Takes a piece of a file that is fetched.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachment_piece(
        &self,
        item: &LaneItem,
        total_bytes: u64,
        sealed_hash: &Hash32,
        offset: u64,
        bytes: &[u8],
    ) -> Result<PieceTaken, StoreError> {
        let piece = BlobsPutRequest {
            blob: item.blob,
            scope: item.scope,
            total_bytes,
            sealed_hash: *sealed_hash,
            offset,
            bytes: bytes.to_vec(),
        };
        self.write_arrived(|log| log.take_piece(&piece))
    }
}

impl Log<'_> {
    fn had(&self, blob: &Hash32) -> Result<Option<Had>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT offset_bytes, length(bytes), total_bytes, sealed_hash FROM attachment_piece
             WHERE blob = ?1 ORDER BY offset_bytes",
        )?;
        let mut rows = statement.query([blob.as_bytes()])?;
        let mut had: Option<Had> = None;
        while let Some(row) = rows.next()? {
            let (offset, len, total): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (offset, len) = (offset.unsigned_abs(), len.unsigned_abs());
            let mut now =
                had.unwrap_or(Had { have: 0, bytes: 0, total: total.unsigned_abs(), sealed_hash: row.get(3)? });
            now.bytes += len;
            if offset == now.have {
                now.have += len;
            }
            had = Some(now);
        }
        Ok(had)
    }

    fn drop_pieces(&self, blob: &Hash32) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM attachment_piece WHERE blob = ?1")?.execute([blob.as_bytes()])?;
        self.conn
            .prepare_cached("UPDATE attachment_lane SET offset_bytes = 0 WHERE blob = ?1 AND state = ?2")?
            .execute((blob.as_bytes(), TO_FETCH))?;
        Ok(())
    }

    /// Takes a piece, also of a file that no operation here has named yet.
    pub(crate) fn take_piece(&mut self, piece: &BlobsPutRequest) -> Result<PieceTaken, StoreError> {
        let mut state = self.state_of(&piece.blob)?;
        // a bundle names its files just before it brings them
        if state.is_none() && is_stale(self.conn)? {
            self.look_for_files()?;
            state = self.state_of(&piece.blob)?;
        }
        if state.is_some_and(|state| state != TO_FETCH) {
            return Ok(KNOWN);
        }
        if piece.total_bytes > BLOB_MAX_BYTES {
            return Ok(DAMAGED);
        }
        let mut had = self.had(&piece.blob)?;
        let differs = |had: &Had| had.total != piece.total_bytes || had.sealed_hash != piece.sealed_hash.0;
        if had.as_ref().is_some_and(differs) {
            self.drop_pieces(&piece.blob)?;
            had = None;
        }
        let have = had.map_or(0, |had| had.have);
        let fits = piece.offset.saturating_add(piece.bytes.len() as u64) <= piece.total_bytes && piece.offset >= have;
        if !fits || (piece.bytes.is_empty() && piece.total_bytes > 0) || (state.is_none() && !self.has_room()?) {
            return Ok(unfinished(have));
        }
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO attachment_piece (blob, offset_bytes, total_bytes, sealed_hash, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                piece.blob.as_bytes(),
                piece.offset as i64,
                piece.total_bytes as i64,
                piece.sealed_hash.as_bytes(),
                &piece.bytes,
            ))?;
        let (have, bytes) = self.had(&piece.blob)?.map_or((0, 0), |had| (had.have, had.bytes));
        self.conn
            .prepare_cached("UPDATE attachment_lane SET offset_bytes = ?2 WHERE blob = ?1")?
            .execute((piece.blob.as_bytes(), have as i64))?;
        if bytes < piece.total_bytes || state.is_none() {
            return Ok(unfinished(have));
        }
        // Pieces that overlap do not check either, and are fetched again.
        self.finish_blob(&piece.blob)
    }

    fn state_of(&self, blob: &Hash32) -> Result<Option<u8>, StoreError> {
        // The same photo may be named twice under one subject's key only once.
        let sql = "SELECT state FROM attachment_lane WHERE blob = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([blob.as_bytes()], |row| row.get(0)).optional()?)
    }

    fn has_room(&self) -> Result<bool, StoreError> {
        let sql = "SELECT coalesce(sum(length(p.bytes)), 0) FROM attachment_piece p
                   WHERE NOT EXISTS (SELECT 1 FROM attachment_lane l WHERE l.blob = p.blob)";
        let bytes: i64 = self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(bytes < UNNAMED_MAX_BYTES)
    }

    /// Puts together what is complete of the files that are named by now.
    pub(super) fn finish_blobs(&mut self) -> Result<(), StoreError> {
        let complete: Vec<[u8; 32]> = self
            .conn
            .prepare_cached(
                "SELECT p.blob FROM attachment_piece p JOIN attachment_lane l ON l.blob = p.blob
                 GROUP BY p.blob HAVING sum(length(p.bytes)) >= max(p.total_bytes)",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for blob in complete {
            self.finish_blob(&Hash32(blob))?;
        }
        Ok(())
    }

    /// Checks a whole and keeps it; one that does not check is dropped, and begun again.
    fn finish_blob(&mut self, blob: &Hash32) -> Result<PieceTaken, StoreError> {
        let Some(had) = self.had(blob)? else { return Ok(KNOWN) };
        let (subject, hash, state): ([u8; 16], [u8; 32], u8) = self
            .conn
            .prepare_cached("SELECT subject, hash, state FROM attachment_lane WHERE blob = ?1")?
            .query_row([blob.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if matches!(state, SENT | FETCHED) {
            self.drop_pieces(blob)?;
            return Ok(KNOWN);
        }
        let mut sealed = Vec::with_capacity(had.bytes as usize);
        let mut statement =
            self.conn.prepare_cached("SELECT bytes FROM attachment_piece WHERE blob = ?1 ORDER BY offset_bytes")?;
        let mut rows = statement.query([blob.as_bytes()])?;
        while let Some(row) = rows.next()? {
            sealed.extend_from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        }
        drop(rows);
        drop(statement);
        let sound = Hash32::of(&sealed).0 == had.sealed_hash && self.keep_fetched(&subject, &Hash32(hash), &sealed)?;
        self.drop_pieces(blob)?;
        Ok(if sound { FRESH } else { DAMAGED })
    }
}
