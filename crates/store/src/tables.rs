//! Which tables are what: local to this device, of the log, or folded from the log. A new table is folded unless it is
//! listed here.

use rusqlite::Connection;

use crate::error::StoreError;

/// Local: never sent, never in a snapshot, not folded from the log.
const LOCAL: &[&str] = &[
    "meta",
    "draft",
    "request",
    "credential",
    "data_key",
    "key_lane",
    "attachment",
    "attachment_lane",
    "attachment_piece",
    "town_device",
    "spend_right",
    "published",
    "held_page",
    "bundle_vector",
];

/// What the other tables are folded from.
const LOG: &[&str] = &["op", "cursor", "set_aside", "chain_head", "subject_key"];

/// A table or what belongs to one.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) sql: String,
}

/// Parts of one type (`table`, `index`, `trigger`) that have a statement of their own, in the order in which they were made.
fn parts(conn: &Connection, schema: &str, of_type: &str) -> Result<Vec<Part>, StoreError> {
    let sql = format!(
        "SELECT name, tbl_name, sql FROM {schema}.sqlite_schema
         WHERE type = ?1 AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    );
    let mut statement = conn.prepare(&sql)?;
    let parts =
        statement.query_map([of_type], |row| Ok(Part { name: row.get(0)?, table: row.get(1)?, sql: row.get(2)? }))?;
    Ok(parts.collect::<Result<_, _>>()?)
}

/// Tables that travel in a snapshot: the log and what is folded from it.
pub(crate) fn travelling(conn: &Connection, schema: &str) -> Result<Vec<Part>, StoreError> {
    let mut tables = parts(conn, schema, "table")?;
    tables.retain(|table| !LOCAL.contains(&table.name.as_str()));
    Ok(tables)
}

/// Tables that are folded from the log.
pub(crate) fn folded(conn: &Connection) -> Result<Vec<Part>, StoreError> {
    let mut tables = travelling(conn, "main")?;
    tables.retain(|table| !LOG.contains(&table.name.as_str()));
    Ok(tables)
}

/// Indexes of the tables that travel.
pub(crate) fn indexes(conn: &Connection, schema: &str) -> Result<Vec<Part>, StoreError> {
    let mut indexes = parts(conn, schema, "index")?;
    indexes.retain(|index| !LOCAL.contains(&index.table.as_str()));
    Ok(indexes)
}

/// Copies a table's rows between files. Rows of a table without computed columns are copied as they lie, several times
/// as fast.
pub(crate) fn copy_rows(conn: &Connection, name: &str, from: &str, to: &str) -> Result<(), StoreError> {
    let columns: Vec<(String, i64)> = conn
        .prepare("SELECT name, hidden FROM pragma_table_xinfo(?1)")?
        .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let stored: Vec<String> =
        columns.iter().filter(|(_, hidden)| *hidden == 0).map(|(name, _)| format!("\"{name}\"")).collect();
    let sql = if stored.len() == columns.len() {
        format!("INSERT INTO {to}.\"{name}\" SELECT * FROM {from}.\"{name}\"")
    } else {
        let stored = stored.join(", ");
        format!("INSERT INTO {to}.\"{name}\" ({stored}) SELECT {stored} FROM {from}.\"{name}\"")
    };
    conn.execute_batch(&sql)?;
    Ok(())
}

/// All triggers.
pub(crate) fn triggers(conn: &Connection) -> Result<Vec<Part>, StoreError> {
    parts(conn, "main", "trigger")
}
