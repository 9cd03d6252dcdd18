//! What the console lists of ops: the refused, those with an issue, the damaged. Codes, places and times only.

use std::collections::BTreeMap;

use zhenxin_domain::division::TownCode;

use crate::store::db::{Dialect, Row, Value};
use crate::store::device::{self, Device};
use crate::store::{Store, StoreError};

/// A town with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TownLine {
    /// Which.
    pub town: TownCode,
    /// Ops in its scopes.
    pub ops: i64,
    /// Ops that were refused.
    pub refused: i64,
    /// Ops accepted with an issue.
    pub with_issue: i64,
    /// Ops damaged here.
    pub damaged: i64,
    /// Its devices, the oldest first.
    pub devices: Vec<Device>,
}

/// Refusals of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// The code.
    pub code: String,
    /// How many.
    pub count: i64,
    /// When the last came, milliseconds UTC.
    pub last_at_ms: i64,
}

/// An op at its place in its author's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpPlace {
    /// 9 digits.
    pub town: String,
    /// Its author.
    pub device: [u8; 16],
    /// Epoch.
    pub epoch: i64,
    /// Place in the chain.
    pub seq: i64,
    /// Scope and place there; none for a refused one.
    pub ordered: Option<(String, i64)>,
    /// Code of the refusal or of the issue; empty for a damaged one.
    pub code: String,
    /// When it came, milliseconds UTC.
    pub received_at_ms: i64,
}

const COLUMNS: &str = "town, device, epoch, seq, scope, server_seq, received_at_ms";

fn place(mut row: Row) -> Result<OpPlace, StoreError> {
    Ok(OpPlace {
        town: row.text()?,
        device: row.bytes()?,
        epoch: row.int()?,
        seq: row.int()?,
        ordered: match (row.opt_text()?, row.opt_int()?) {
            (Some(scope), Some(server_seq)) => Some((scope, server_seq)),
            _ => None,
        },
        received_at_ms: row.int()?,
        code: row.text()?,
    })
}

impl Store {
    fn places(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<OpPlace>, StoreError> {
        self.read(|tx| tx.query_as("op", sql, values)?.into_iter().map(place).collect())
    }

    /// All towns, ascending by code. Figures come from indexes alone: the log may hold millions.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn town_lines(&self) -> Result<Vec<TownLine>, StoreError> {
        self.read(|tx| {
            let counts = |sql: &str| -> Result<BTreeMap<String, i64>, StoreError> {
                tx.query(sql, &[])?.into_iter().map(|mut row| Ok((row.text()?, row.int()?))).collect()
            };
            let ops = counts("SELECT town, CAST(sum(next_seq - 1) AS BIGINT) FROM scope GROUP BY town")?;
            let refused = counts("SELECT town, count(*) FROM op WHERE server_seq IS NULL GROUP BY town")?;
            let with_issue = counts("SELECT town, count(*) FROM op WHERE issue IS NOT NULL GROUP BY town")?;
            let damaged = counts("SELECT town, count(*) FROM op WHERE damaged = 1 GROUP BY town")?;
            let mut devices: BTreeMap<TownCode, Vec<Device>> = BTreeMap::new();
            for device in device::all(tx)? {
                devices.entry(device.town).or_default().push(device);
            }
            tx.query("SELECT town FROM town ORDER BY town", &[])?
                .into_iter()
                .map(|mut row| {
                    let town: TownCode = row.parsed()?;
                    let of = |counts: &BTreeMap<String, i64>| counts.get(town.as_str()).copied().unwrap_or(0);
                    Ok(TownLine {
                        town,
                        ops: of(&ops),
                        refused: of(&refused),
                        with_issue: of(&with_issue),
                        damaged: of(&damaged),
                        devices: devices.remove(&town).unwrap_or_default(),
                    })
                })
                .collect()
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answers(&self) -> Result<(), StoreError> {
        self.read(|tx| tx.first("SELECT 1", &[]).map(drop))
    }

    /// Size of the database.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn database_bytes(&self) -> Result<i64, StoreError> {
        self.read(|tx| {
            let sql = match tx.dialect() {
                Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
                Dialect::Postgres => "SELECT pg_database_size(current_database())",
            };
            tx.first(sql, &[])?.ok_or(StoreError::Damaged("row"))?.int()
        })
    }

    /// How many ops of a town were refused, by code, the most first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn refusals(&self, town: &str) -> Result<Vec<Refusals>, StoreError> {
        self.read(|tx| {
            let rows = tx.query(
                "SELECT coalesce(reject_code, ''), count(*), max(received_at_ms) FROM op \
                 WHERE town = $1 AND server_seq IS NULL GROUP BY reject_code ORDER BY count(*) DESC, reject_code",
                &[town.into()],
            )?;
            rows.into_iter()
                .map(|mut row| Ok(Refusals { code: row.text()?, count: row.int()?, last_at_ms: row.int()? }))
                .collect()
        })
    }

    /// The last refused ops of the district.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn refused_ops(&self, limit: usize) -> Result<Vec<OpPlace>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, coalesce(reject_code, '') FROM op WHERE server_seq IS NULL \
             ORDER BY received_at_ms DESC, town, device, epoch, seq LIMIT $1"
        );
        self.places(&sql, &[(limit as i64).into()])
    }

    /// The last ops that were accepted with an issue.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ops_with_issue(&self, limit: usize) -> Result<Vec<OpPlace>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, coalesce(issue, '') FROM op WHERE issue IS NOT NULL \
             ORDER BY received_at_ms DESC, town, device, epoch, seq LIMIT $1"
        );
        self.places(&sql, &[(limit as i64).into()])
    }

    /// Ops whose bytes are damaged here and asked back from the towns.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn damaged_ops(&self, limit: usize) -> Result<Vec<OpPlace>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, '' FROM op WHERE damaged = 1 ORDER BY town, device, epoch, seq LIMIT $1");
        self.places(&sql, &[(limit as i64).into()])
    }
}
