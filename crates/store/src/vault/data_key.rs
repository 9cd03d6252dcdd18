//! Data keys: each device makes its own and shares all it holds with every enrolled device of the town. After a device was
//! shut out, which knows those of the town, each makes another one for what comes after.

use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroizing;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::wrap::data_key_id;

use crate::error::StoreError;
use crate::ports::Ports;

/// The data key under which this device wraps.
pub(crate) struct Own {
    pub(crate) id: DataKeyId,
    pub(crate) key: Zeroizing<[u8; 32]>,
    pub(crate) generation: u32,
}

/// The last one that this device made.
pub(crate) fn own(conn: &Connection) -> Result<Own, StoreError> {
    let sql = "SELECT id, key, generation FROM data_key WHERE mine > 0 ORDER BY mine DESC LIMIT 1";
    let own = conn.prepare_cached(sql)?.query_row([], |row| {
        Ok(Own { id: DataKeyId::from_bytes(row.get(0)?), key: Zeroizing::new(row.get(1)?), generation: row.get(2)? })
    });
    own.optional()?.ok_or(StoreError::KeyMissing)
}

/// Makes one.
pub(crate) fn make(conn: &Connection, ports: &Ports, generation: u32) -> Result<DataKeyId, StoreError> {
    let key = Zeroizing::new(ports.random());
    let id = data_key_id(&key);
    insert(conn, id, &key, Some(generation))?;
    Ok(id)
}

/// Takes one that another device made.
pub(crate) fn take(conn: &Connection, id: DataKeyId, key: &Zeroizing<[u8; 32]>) -> Result<bool, StoreError> {
    insert(conn, id, key, None)
}

fn insert(
    conn: &Connection,
    id: DataKeyId,
    key: &Zeroizing<[u8; 32]>,
    own_generation: Option<u32>,
) -> Result<bool, StoreError> {
    let inserted = conn
        .prepare_cached(
            "INSERT OR IGNORE INTO data_key (id, key, mine, generation)
             VALUES (?1, ?2, iif(?3, (SELECT coalesce(max(mine), 0) + 1 FROM data_key), 0), ?4)",
        )?
        .execute((id.as_bytes(), key.as_slice(), own_generation.is_some(), own_generation.unwrap_or(0)))?;
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
