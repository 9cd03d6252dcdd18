//! Which rows of a table are not what the log gives.

use std::collections::BTreeMap;

use rusqlite::Connection;
use uuid::Uuid;
use zhenxin_protocol::hash::Hash32;

use crate::dump::{TableDigest, each_with_id, table_digests};
use crate::error::StoreError;
use crate::key::hex;

/// Rows of a table that are named; a person looks at a few and then mends all.
const NAMED_MAX: usize = 5;

/// Says which tables, and which of their rows, differ from what the log gives.
pub(super) fn compare(
    stored: &Connection,
    tables: &[TableDigest],
    again: &Connection,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let given = table_digests(again)?;
    let given: BTreeMap<_, _> = given.iter().map(|table| (table.table, table)).collect();
    for table in tables {
        match given.get(table.table) {
            Some(again) if *again == table => {}
            Some(given) => {
                let (name, named) = (table.table, rows([stored, again], table.table)?);
                let (rows, wanted) = (table.rows, given.rows);
                faults.push(format!(
                    "数据表 {name} 与操作记录不符：表中 {rows} 行，按记录重算 {wanted} 行（行 {named}）"
                ));
            }
            None => faults.push(format!("数据表 {} 没有重算", table.table)),
        }
    }
    Ok(())
}

/// The rows that stand on one side only. Named by their ids alone: texts may be a person's.
fn rows(sides: [&Connection; 2], table: &str) -> Result<String, StoreError> {
    let mut names: BTreeMap<[u8; 32], String> = BTreeMap::new();
    for conn in sides {
        each_with_id(conn, table, |bytes, id| {
            let key = Hash32::of(bytes).0;
            // what both sides have goes again
            if names.remove(&key).is_none() {
                let id = <[u8; 16]>::try_from(id).map_or_else(|_| hex(id), |id| Uuid::from_bytes(id).to_string());
                names.insert(key, id);
            }
        })?;
    }
    let mut named: Vec<String> = names.into_values().collect();
    named.sort();
    named.dedup();
    let more = if named.len() > NAMED_MAX { " 等" } else { "" };
    named.truncate(NAMED_MAX);
    Ok(format!("{}{more}", named.join("、")))
}
