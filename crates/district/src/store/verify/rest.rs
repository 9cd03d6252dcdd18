//! The key lane, blobs, snapshots and what is published.

use zhenxin_domain::division::TownCode;
use zhenxin_protocol::heads::verify_published;

use super::{Verdict, place, unless_damaged};
use crate::store::blob::{BlobRow, row, whole_hash};
use crate::store::db::{Row, Tx};
use crate::store::snapshot::SnapshotRow;
use crate::store::tables::{
    BLOB, BLOB_PIECE, BRAND_SHEET, KEY_LANE, KEY_PLACE, META, PERSON_KEY, PUBLISHED, SNAPSHOT, TOWN,
};
use crate::store::{Keys, StoreError, meta, published};

pub(super) fn check(tx: &Tx<'_>, keys: Keys, verdict: &mut Verdict) -> Result<(), StoreError> {
    let stored = meta::keys(tx);
    if unless_damaged(verdict, &META, "keys", stored)?.is_none_or(|stored| stored != keys) {
        verdict.find(&META, "keys".to_owned(), "区平台的钥匙不对");
    }
    let name = meta::lineage(tx);
    unless_damaged(verdict, &META, "lineage", name)?;
    lanes(tx, verdict)?;
    blobs(tx, verdict)?;
    tx.scan(&SNAPSHOT, |cells, sound| {
        let key = place(&cells[..SNAPSHOT.key]);
        if sound {
            let checked = snapshot(tx, cells);
            unless_damaged(verdict, &SNAPSHOT, &key, checked)?;
        }
        Ok::<_, StoreError>(())
    })?;
    tx.scan(&BRAND_SHEET, |cells, _sound| {
        let key = place(&cells[..BRAND_SHEET.key]);
        if key.parse::<TownCode>().is_err() {
            verdict.find(&BRAND_SHEET, key, "镇街代码不对");
        }
        Ok::<_, StoreError>(())
    })?;
    tx.scan(&PUBLISHED, |mut cells, sound| {
        let key = place(&cells[..PUBLISHED.key]);
        cells.pop();
        let signed = published::read(Row::new(cells, PUBLISHED.name))
            .is_ok_and(|row| verify_published(&keys.sign_key(), &row.into_document()).is_ok());
        if sound && !signed {
            verdict.find(&PUBLISHED, key, "签名核对不上");
        }
        Ok::<_, StoreError>(())
    })
}

/// Every wrapped key lies at a place of its lane; a lane has all its places, and its name is that of the last one.
fn lanes(tx: &Tx<'_>, verdict: &mut Verdict) -> Result<(), StoreError> {
    let beyond = tx.query(
        "SELECT k.town, k.subject FROM person_key AS k LEFT JOIN key_place AS p ON p.town = k.town \
         AND p.scope = k.scope AND p.key_seq = k.key_seq WHERE p.town IS NULL",
        &[],
    )?;
    for row in beyond {
        verdict.find(&PERSON_KEY, place(&row.rest()), "位置不在本镇街的钥匙序列里");
    }
    let torn = tx.query(
        "SELECT l.town, l.scope FROM key_lane AS l WHERE l.next_seq - 1 <> \
         (SELECT count(*) FROM key_place AS p WHERE p.town = l.town AND p.scope = l.scope) \
         OR NOT EXISTS (SELECT 1 FROM key_place AS p WHERE p.town = l.town AND p.scope = l.scope \
         AND p.key_seq = l.next_seq - 1 AND p.chain = l.chain)",
        &[],
    )?;
    for row in torn {
        verdict.find(&KEY_LANE, place(&row.rest()), "钥匙序列不完整");
    }
    let endless = tx.query(
        "SELECT DISTINCT p.town, p.scope FROM key_place AS p LEFT JOIN key_lane AS l ON l.town = p.town \
         AND l.scope = p.scope LEFT JOIN town AS t ON t.town = p.town WHERE l.town IS NULL OR t.town IS NULL",
        &[],
    )?;
    for row in endless {
        verdict.find(&KEY_PLACE, place(&row.rest()), "没有所属的钥匙序列");
    }
    let strangers = tx.query(
        "SELECT DISTINCT device.town FROM device LEFT JOIN town ON town.town = device.town WHERE town.town IS NULL",
        &[],
    )?;
    for row in strangers {
        verdict.find(&TOWN, place(&row.rest()), "有它的电脑，却没有这个镇街");
    }
    Ok(())
}

fn blobs(tx: &Tx<'_>, verdict: &mut Verdict) -> Result<(), StoreError> {
    tx.scan(&BLOB, |mut cells, sound| {
        let key = place(&cells[..BLOB.key]);
        cells.pop();
        // the sum told already
        let Ok(blob) = BlobRow::read(Row::new(cells, BLOB.name)) else { return Ok(()) };
        let hash = whole_hash(tx, &blob);
        let hash = unless_damaged(verdict, &BLOB_PIECE, &key, hash)?;
        let wrong = blob.done && hash.is_some_and(|hash| hash != blob.sealed_hash);
        if sound && (wrong || (blob.done && blob.have_bytes != blob.total_bytes)) {
            verdict.find(&BLOB, key, "附件内容与哈希不符");
        }
        Ok::<_, StoreError>(())
    })?;
    let orphans = tx.query(
        "SELECT DISTINCT piece.town, piece.blob FROM blob_piece AS piece LEFT JOIN blob ON blob.town = piece.town \
         AND blob.id = piece.blob WHERE blob.id IS NULL OR piece.place >= blob.have_bytes",
        &[],
    )?;
    for row in orphans {
        verdict.find(&BLOB_PIECE, place(&row.rest()), "没有所属的附件");
    }
    Ok(())
}

/// The manifest reads, and its chunks are there.
fn snapshot(tx: &Tx<'_>, mut cells: Vec<crate::store::db::Value<'static>>) -> Result<(), StoreError> {
    cells.pop();
    let snapshot = SnapshotRow::read(Row::new(cells, SNAPSHOT.name))?;
    let town: TownCode = snapshot.town.parse().map_err(|_| StoreError::Damaged("snapshot"))?;
    for chunk in snapshot.chunks()? {
        if !row(tx, town, &chunk)?.is_some_and(|blob| blob.done) {
            return Err(StoreError::Damaged("snapshot"));
        }
    }
    Ok(())
}
