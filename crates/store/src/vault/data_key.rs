//! Data keys: each device makes one and shares all it holds with every enrolled device of the town.

use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroizing;
use zhenxin_domain::ids::DataKeyId;

use crate::error::StoreError;

pub(crate) fn insert(
    conn: &Connection,
    id: DataKeyId,
    key: &Zeroizing<[u8; 32]>,
    mine: bool,
) -> Result<bool, StoreError> {
    let inserted = conn
        .prepare_cached("INSERT OR IGNORE INTO data_key (id, key, mine) VALUES (?1, ?2, ?3)")?
        .execute((id.as_bytes(), key.as_slice(), mine))?;
    Ok(inserted == 1)
}

pub(crate) fn load(conn: &Connection, id: DataKeyId) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT key FROM data_key WHERE id = ?1")?;
    let key = statement.query_row([id.as_bytes()], |row| row.get::<_, [u8; 32]>(0)).optional()?;
    Ok(key.map(Zeroizing::new))
}

pub(crate) fn all(conn: &Connection) -> Result<Vec<DataKeyId>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT id FROM data_key ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get(0).map(DataKeyId::from_bytes))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
