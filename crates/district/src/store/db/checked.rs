//! Rows that carry a sum over their other columns, so that a byte that flipped
//! on the disk is found when the row is read. One function computes it, and only
//! the functions here write it.

use zhenxin_protocol::hash::Hash32;

use super::{Row, Tx, Value};
use crate::store::StoreError;
use crate::store::tables::Table;

/// Bytes of a sum: chance passes one damaged row in 2⁶⁴.
const SUM_BYTES: usize = 8;

/// The sum of a row: the beginning of SM3 over the table's name and the values.
pub(crate) fn sum(table: &Table, values: &[Value<'_>]) -> [u8; SUM_BYTES] {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(table.name.as_bytes());
    bytes.push(0);
    for (value, _) in values.iter().zip(table.columns).filter(|(_, column)| column.summed) {
        value.lay_down(&mut bytes);
    }
    let mut sum = [0; SUM_BYTES];
    sum.copy_from_slice(&Hash32::of(&bytes).as_bytes()[..SUM_BYTES]);
    sum
}

/// What becomes of a row whose key is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Fault,
    Keep,
    Replace,
}

/// Whether the last column is the sum of those before it.
pub(crate) fn is_sound(table: &Table, cells: &[Value<'_>]) -> bool {
    let Some((Value::Blob(found), values)) = cells.split_last() else { return false };
    found.as_ref() == sum(table, values).as_slice()
}

fn insert_sql(tx: &Tx<'_>, table: &Table, taken: Taken) -> String {
    let names = table.names();
    let width = table.columns.len() + 1;
    let (source, list) = match tx {
        Tx::Sqlite(_) => ("VALUES (", (1..=width).map(|place| format!("${place}")).collect::<Vec<_>>()),
        Tx::Postgres(_) => (
            "SELECT * FROM unnest(",
            table
                .kinds()
                .iter()
                .enumerate()
                .map(|(place, kind)| format!("${}::{}[]", place + 1, kind.array()))
                .collect(),
        ),
    };
    let mut sql = format!("INSERT INTO {} ({names}, sum) {source}{})", table.name, list.join(", "));
    let key = table.key_names().join(", ");
    match taken {
        Taken::Fault => {}
        Taken::Keep => sql.push_str(" ON CONFLICT DO NOTHING"),
        Taken::Replace => {
            let rest = table.columns[table.key..].iter().map(|column| column.name).chain(["sum"]);
            let set: Vec<String> = rest.map(|name| format!("{name} = excluded.{name}")).collect();
            sql.push_str(&format!(" ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", ")));
        }
    }
    sql
}

/// `a = $1 AND b = $2` for the first columns.
fn key_is(table: &Table, columns: usize) -> String {
    let parts: Vec<String> =
        (1..).zip(&table.columns[..columns]).map(|(place, column)| format!("{} = ${place}", column.name)).collect();
    parts.join(" AND ")
}

impl Tx<'_> {
    /// Rows with all columns in the table's order, each with a sound sum. `tail`
    /// is what follows the table's name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the table's name.
    pub(crate) fn select(&self, table: &Table, tail: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let sql = format!("SELECT {}, sum FROM {} {tail}", table.names(), table.name);
        let rows = self.query_as(table.name, &sql, values)?;
        rows.into_iter()
            .map(|row| {
                let mut cells = row.rest();
                if !is_sound(table, &cells) {
                    return Err(StoreError::Damaged(table.name));
                }
                cells.pop();
                Ok(Row::new(cells, table.name))
            })
            .collect()
    }

    /// The row with this key.
    pub(crate) fn get(&self, table: &Table, key: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.select(table, &format!("WHERE {}", key_is(table, key.len())), key)?.into_iter().next())
    }

    /// The row with this key, held to the end of the transaction.
    pub(crate) fn get_locked(&self, table: &Table, key: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        let lock = self.lock_words();
        Ok(self.select(table, &format!("WHERE {}{lock}", key_is(table, key.len())), key)?.into_iter().next())
    }

    /// What holds the rows of a query to the end of the transaction; a file is
    /// held as a whole.
    pub(crate) const fn lock_words(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " FOR UPDATE",
        }
    }

    /// Puts a row in, or in the place of the one with its key.
    pub(crate) fn put<'v>(&self, table: &Table, row: impl AsRef<[Value<'v>]>) -> Result<(), StoreError> {
        self.insert_rows(table, &[row.as_ref().to_vec()], Taken::Replace).map(drop)
    }

    /// Puts rows in; a key that is taken is a fault.
    pub(crate) fn insert<'v>(&self, table: &Table, rows: impl AsRef<[Vec<Value<'v>>]>) -> Result<(), StoreError> {
        self.insert_rows(table, rows.as_ref(), Taken::Fault).map(drop)
    }

    /// Puts rows in where their keys are free; how many were.
    pub(crate) fn insert_new<'v>(&self, table: &Table, rows: impl AsRef<[Vec<Value<'v>>]>) -> Result<u64, StoreError> {
        self.insert_rows(table, rows.as_ref(), Taken::Keep)
    }

    fn insert_rows(&self, table: &Table, rows: &[Vec<Value<'_>>], taken: Taken) -> Result<u64, StoreError> {
        let sums: Vec<Value<'_>> = rows.iter().map(|row| Value::Blob(sum(table, row).to_vec().into())).collect();
        self.insert_with_sums(table, rows, &sums, taken)
    }

    /// Puts rows in with the sums that they bring, their last values: those of a
    /// backup.
    pub(crate) fn insert_as_it_was(&self, table: &Table, rows: Vec<Vec<Value<'_>>>) -> Result<(), StoreError> {
        let (rows, sums): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .map(|mut row| {
                let sum = row.pop().unwrap_or(Value::Null);
                (row, sum)
            })
            .unzip();
        self.insert_with_sums(table, &rows, &sums, Taken::Fault).map(drop)
    }

    fn insert_with_sums<'v>(
        &self,
        table: &Table,
        rows: &'v [Vec<Value<'v>>],
        sums: &'v [Value<'v>],
        taken: Taken,
    ) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(0);
        }
        if rows.iter().any(|row| row.len() != table.columns.len()) {
            return Err(StoreError::Damaged(table.name));
        }
        let sql = insert_sql(self, table, taken);
        match self {
            Self::Sqlite(file) => {
                file.execute_many(&sql, rows.iter().zip(sums).map(|(row, sum)| row.iter().chain([sum])))
            }
            Self::Postgres(server) => {
                let mut columns: Vec<Vec<&Value<'_>>> =
                    (0..table.columns.len()).map(|place| rows.iter().map(|row| &row[place]).collect()).collect();
                columns.push(sums.iter().collect());
                server.execute_columns(&sql, &table.kinds(), &columns)
            }
        }
    }

    /// Removes the rows whose key begins with these values.
    pub(crate) fn delete(&self, table: &Table, key: &[Value<'_>]) -> Result<u64, StoreError> {
        self.execute(&format!("DELETE FROM {} WHERE {}", table.name, key_is(table, key.len())), key)
    }

    /// Gives every row in the order of the key, sum and all, and whether the sum
    /// is sound; holds few in memory at a time.
    pub(crate) fn scan<E: From<StoreError>>(
        &self,
        table: &Table,
        mut each: impl FnMut(Vec<Value<'static>>, bool) -> Result<(), E>,
    ) -> Result<(), E> {
        let key = table.key_names();
        let order = key.join(", ");
        let places: Vec<String> = (1..=key.len()).map(|place| format!("${place}")).collect();
        let (names, name) = (table.names(), table.name);
        let first = format!("SELECT {names}, sum FROM {name} ORDER BY {order} LIMIT {}", table.page_rows);
        let next = format!(
            "SELECT {names}, sum FROM {name} WHERE ({order}) > ({}) ORDER BY {order} LIMIT {}",
            places.join(", "),
            table.page_rows
        );
        let mut rows = self.query_as(name, &first, &[])?;
        while !rows.is_empty() {
            let full = rows.len() == table.page_rows;
            let mut last = Vec::new();
            for row in rows {
                let cells = row.rest();
                last = cells[..table.key].to_vec();
                let sound = is_sound(table, &cells);
                each(cells, sound)?;
            }
            rows = if full { self.query_as(name, &next, &last)? } else { Vec::new() };
        }
        Ok(())
    }
}
