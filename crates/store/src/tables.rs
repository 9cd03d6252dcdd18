//! Which tables are what: local to this device, of the log, or folded from the log. A new table is folded unless it is
//! listed here.

use rusqlite::Connection;

use crate::error::StoreError;

/// Local: never sent, never in a snapshot, not folded from the log.
const LOCAL: &[&str] = &[
    "meta",
    "draft",
    "request",
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
    "audit",
    "audit_head",
    "audit_cut",
];

/// What the other tables are folded from.
const LOG: &[&str] = &["op", "cursor", "set_aside", "chain_head", "subject_key"];

/// What a backup of the log holds: enough to fold all other tables, and to go on as the same device. Not in it: keys of
/// persons (the vault lies beside it), whatever is folded, whatever holds a person in plain words (drafts, remembered
/// replies), and rights to spend, which may have gone to another device meanwhile.
pub(crate) const BACKED: &[&str] = &[
    "meta",
    "op",
    "cursor",
    "set_aside",
    "chain_head",
    "town_device",
    "published",
    "attachment_lane",
    "audit",
    "audit_head",
    "audit_cut",
    "key_lane",
];

/// The vault's tables.
pub(crate) const VAULT: &[&str] = &["data_key", "subject_key"];

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

/// Every table of the file.
pub(crate) fn all(conn: &Connection) -> Result<Vec<Part>, StoreError> {
    parts(conn, "main", "table")
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

/// The tables of these names that a file has.
pub(crate) fn named(conn: &Connection, schema: &str, names: &[&str]) -> Result<Vec<Part>, StoreError> {
    let mut tables = parts(conn, schema, "table")?;
    tables.retain(|table| names.contains(&table.name.as_str()));
    Ok(tables)
}

/// Copies a table's rows between files of different formats: the columns that both have. Rows that are there stay.
pub(crate) fn copy_common(conn: &Connection, name: &str, from: &str, to: &str) -> Result<(), StoreError> {
    let columns = |schema: &str| -> Result<Vec<String>, StoreError> {
        let mut statement = conn.prepare("SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0")?;
        let names = statement.query_map([name, schema], |row| row.get::<_, String>(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    };
    let theirs = columns(from)?;
    let both: Vec<String> = columns(to)?
        .into_iter()
        .filter(|column| theirs.contains(column))
        .map(|column| format!("\"{column}\""))
        .collect();
    let both = both.join(", ");
    conn.execute_batch(&format!(
        "INSERT OR IGNORE INTO {to}.\"{name}\" ({both}) SELECT {both} FROM {from}.\"{name}\""
    ))?;
    Ok(())
}

/// All triggers.
pub(crate) fn triggers(conn: &Connection) -> Result<Vec<Part>, StoreError> {
    parts(conn, "main", "trigger")
}
