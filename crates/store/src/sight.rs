//! Sight: a reader that sees some villages only.
//!
//! A reader's connection is given one temporary view for each table that holds something of residents. A temporary view
//! hides the table of its name, so every query of this crate, present and future, reads the cut without knowing of it;
//! nothing has to be remembered where a query is written. What a query needs of the whole ledger (a sum that proves it, the
//! kind of an opposite account) it names as `main.account`.
//!
//! A resident is seen where they live now. What belongs to two residents (an order, a gift) is seen from either side; the
//! name of the other one is then empty.
//!
//! Deliberately absent: the writer. What an act names is looked up through a cut reader before the act begins.

use rusqlite::Connection;
use zhenxin_domain::division::VillageCode;

use crate::error::StoreError;
use crate::open::Store;
use crate::query::Reader;

/// The villages that this connection sees.
const IN_SIGHT: &str = "IN (SELECT village FROM temp.sight)";

/// Orders are seen from the volunteer's side too, without what was written about whom they serve.
const ORDERS: &str = "service_order";
/// What that is.
const OF_THE_SERVED: [&str; 3] = ["place", "note", "reason"];

/// Tables and which of their rows are seen. `{who(x)}` stands for: the resident `x` lives in sight.
const CUT: &[(&str, &str)] = &[
    ("resident", "village {in}"),
    ("household", "village {in}"),
    ("consent", "{who(resident)}"),
    ("award", "{who(resident)}"),
    (
        "activity",
        "scope {in} OR EXISTS (SELECT 1 FROM main.award w WHERE w.activity = t.id AND w.scope = t.scope AND {who(w.resident)})",
    ),
    (
        "evidence",
        "scope {in} OR EXISTS (SELECT 1 FROM main.award w WHERE w.activity = t.activity AND w.scope = t.scope AND {who(w.resident)})",
    ),
    ("need", "{who(resident)}"),
    (ORDERS, "{who(beneficiary)} OR {who(volunteer)}"),
    ("time_gift", "{who(giver)} OR {who(receiver)}"),
    ("statement_issue", "{who(resident)}"),
    ("attendance", "resident IS NULL OR {who(resident)}"),
    ("import_part", "scope {in}"),
    ("race", "scope {in}"),
    ("issue_settled", "scope {in}"),
    ("deficit_decided", "scope {in}"),
    ("deficit_spend", "scope {in}"),
    ("person_data", "{who(resident)}"),
    ("person_step", "{who(resident)}"),
    ("query_made", "{who(resident)}"),
    // of the town itself: users, rules, brands
    ("op", "scope {in} OR length(scope) = 9"),
    // kinds of owners: 1 resident, 2 household; the others are the town's own
    (
        "account",
        "owner_kind NOT IN (1, 2) OR owner_kind = 1 AND {who(owner)}
         OR owner_kind = 2 AND EXISTS (SELECT 1 FROM main.household h WHERE h.id = t.owner AND h.village {in})",
    ),
];

/// Points by day of the accounts in sight: what the triggers keep for the whole town.
const POINTS_BY_DAY: &str = "CREATE TEMP VIEW points_by_day AS
  SELECT f.effective_on AS day, iif(f.reverses IS NULL, f.amount_units, -f.amount_units) AS points
  FROM main.transfer f JOIN temp.account a ON a.no = iif(f.reverses IS NULL, f.credit, f.debit)
  WHERE a.ledger = 'points' AND a.owner_kind IN (1, 2)";

/// A condition with its shorthands written out.
fn condition(short: &str) -> String {
    let mut text = String::with_capacity(short.len() * 4);
    let mut rest = short;
    while let Some((before, after)) = rest.split_once("{who(") {
        let (who, after) = after.split_once(")}").unwrap_or((after, ""));
        let who = if who.contains('.') { who.to_owned() } else { format!("t.{who}") };
        text.push_str(before);
        text.push_str(&format!("EXISTS (SELECT 1 FROM main.resident v WHERE v.id = {who} AND v.village {IN_SIGHT})"));
        rest = after;
    }
    text.push_str(rest);
    text.replace("{in}", IN_SIGHT)
}

/// What of a row is seen.
fn columns(conn: &Connection, table: &str) -> Result<String, StoreError> {
    if table != ORDERS {
        return Ok("t.*".to_owned());
    }
    let of_table: Vec<String> = conn
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let whose = condition("{who(beneficiary)}");
    let column = |name: String| {
        if OF_THE_SERVED.contains(&name.as_str()) {
            format!("iif({whose}, t.{name}, NULL) AS {name}")
        } else {
            format!("t.{name}")
        }
    };
    Ok(of_table.into_iter().map(column).collect::<Vec<_>>().join(", "))
}

/// Narrows a reader's connection for good.
pub(crate) fn narrow(conn: &Connection, villages: &[VillageCode]) -> Result<(), StoreError> {
    conn.pragma_update(None, "query_only", false)?;
    conn.execute_batch("CREATE TEMP TABLE sight (village TEXT PRIMARY KEY) WITHOUT ROWID")?;
    for village in villages {
        conn.execute("INSERT OR IGNORE INTO temp.sight (village) VALUES (?1)", [village.as_str()])?;
    }
    for (table, seen) in CUT {
        let (seen, columns) = (condition(seen), columns(conn, table)?);
        conn.execute_batch(&format!("CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table} t WHERE {seen}"))?;
    }
    conn.execute_batch(POINTS_BY_DAY)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(())
}

impl Store {
    /// Reads on one snapshot what lies in the villages given; all of the town where none is given.
    ///
    /// # Errors
    /// What the closure returns, and faults of the database.
    pub fn read_within<T, E: From<StoreError>>(
        &self,
        villages: &[VillageCode],
        f: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.inner.pool().with_sight(villages, |conn| f(&Reader::within(conn, villages)))
    }
}

/// Where the ids stand that requests name.
const NAMED: &[(&str, &str)] = &[
    ("resident", "id"),
    ("award", "id"),
    ("activity", "id"),
    ("evidence", "id"),
    ("need", "id"),
    ("service_order", "id"),
    ("time_gift", "id"),
    ("consent", "id"),
    ("import_part", "import"),
    ("person_data", "resident"),
];

impl Reader<'_> {
    /// Whether a record of this id is here and out of this reader's sight.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn is_hidden(&self, id: &[u8; 16]) -> Result<bool, StoreError> {
        if !self.is_cut() {
            return Ok(false);
        }
        for (table, column) in NAMED {
            let there = self.count(&format!("SELECT EXISTS (SELECT 1 FROM main.{table} WHERE {column} = ?1)"), [id])?;
            let seen = self.count(&format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} = ?1)"), [id])?;
            if there > seen {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
