//! Checks everything that is stored: every row against its sum, every op against
//! its hash and its place, every tree against its ops, every blob against its
//! hash, every signature against its key.

use std::fmt::Write as _;

use serde::Serialize;

use super::db::{Tx, Value};
use super::tables::{self, OP, Table};
use super::{Store, StoreError, migrate};

mod chains;
mod rest;
mod scopes;

/// Findings that are kept; with more, the database is to be restored anyway.
const FINDINGS_MAX: usize = 1_000;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Table.
    pub table: &'static str,
    /// The row's key: codes, ids and numbers.
    pub place: String,
    /// What is wrong, in Chinese.
    pub what: &'static str,
}

/// The result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Rows that were read.
    pub rows: u64,
    /// What is wrong; the first 1,000.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether everything is sound.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, table: &Table, place: String, what: &'static str) {
        let finding = Finding { table: table.name, place, what };
        if self.findings.len() < FINDINGS_MAX && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// A key in words.
fn place(key: &[Value<'_>]) -> String {
    let mut words = String::new();
    for value in key {
        let written = match value {
            Value::Null => write!(words, "- "),
            Value::Int(number) => write!(words, "{number} "),
            Value::Text(text) => write!(words, "{text} "),
            Value::Blob(bytes) => {
                bytes.iter().try_for_each(|byte| write!(words, "{byte:02x}")).and_then(|()| write!(words, " "))
            }
        };
        written.expect("writing into memory cannot fail");
    }
    words.trim().to_owned()
}

/// Turns damage that stops a check into a finding.
fn unless_damaged<T>(
    verdict: &mut Verdict,
    table: &Table,
    place: &str,
    checked: Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    match checked {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Damaged(_)) => {
            verdict.find(table, place.to_owned(), "与所属数据对不上");
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

impl Store {
    /// Checks everything in one snapshot; holds few rows in memory.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be read at all; what is damaged
    /// is a finding.
    pub fn verify(&self) -> Result<Verdict, StoreError> {
        self.read(|tx| {
            let mut verdict = Verdict::default();
            for table in tables::all() {
                sums(tx, table, &mut verdict)?;
            }
            let format = migrate::format(tx);
            if unless_damaged(&mut verdict, &tables::META, "format", format)? != Some(migrate::KNOWN) {
                verdict.find(&tables::META, "format".to_owned(), "格式编号不对");
            }
            chains::check(tx, &mut verdict)?;
            scopes::check(tx, &mut verdict)?;
            rest::check(tx, self.keys(), &mut verdict)?;
            Ok(verdict)
        })
    }
}

/// Every row against its sum. A row of another shape than the table's is damaged
/// also.
fn sums(tx: &Tx<'_>, table: &'static Table, verdict: &mut Verdict) -> Result<(), StoreError> {
    tx.scan(table, |cells, sound| {
        verdict.rows += 1;
        if !sound {
            verdict.find(table, place(&cells[..table.key]), "校验和不符");
        }
        if table.name == OP.name {
            chains::check_bytes(&cells, verdict);
        }
        Ok(())
    })
}
