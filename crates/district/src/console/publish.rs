//! What the district publishes down to its towns: reading a file with all its faults named, and telling what a new
//! version changes.

pub(crate) mod checks;
pub(crate) mod kind;

use std::collections::BTreeMap;

use kind::Kind;

/// Largest file, and largest document that comes of it.
pub(crate) const DOCUMENT_MAX_BYTES: usize = zhenxin_protocol::wire::limits::PUBLISHED_MAX_BYTES;

/// Most rows: below the limit of [`zhenxin_domain::workday::CALENDAR_ROWS_MAX`].
pub(crate) const ROWS_MAX: usize = 5_000;

/// Longest text of a field in characters.
pub(crate) const FIELD_MAX_CHARS: usize = 500;

/// Faults named at a time: what fits on a screen; the rest is counted.
pub(crate) const FAULTS_SHOWN: usize = 100;

/// One row: its fields in the order of the kind's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    kind: Kind,
    values: Vec<String>,
}

impl Row {
    /// A field, empty where the row has none.
    pub(crate) fn field(&self, name: &str) -> &str {
        let at = self.kind.columns().iter().position(|column| column.name == name);
        at.and_then(|at| self.values.get(at)).map_or("", String::as_str)
    }

    /// All fields.
    pub(crate) fn values(&self) -> &[String] {
        &self.values
    }

    /// What tells it from the others.
    pub(crate) fn key(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }
}

/// A whole document that passed all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Which kind.
    pub(crate) kind: Kind,
    /// Its title.
    pub(crate) title: String,
    /// Its rows.
    pub(crate) rows: Vec<Row>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFault {
    /// 1, 2, 3 …; 0 for the file as a whole.
    pub(crate) row: usize,
    /// The column's Chinese name; empty for the row or the file as a whole.
    pub(crate) column: &'static str,
    /// What to do.
    pub(crate) message: String,
}

impl RowFault {
    pub(crate) fn file(message: impl Into<String>) -> Self {
        Self { row: 0, column: "", message: message.into() }
    }
}

/// What a new version changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Keys that are new.
    pub(crate) added: Vec<String>,
    /// Keys whose row differs.
    pub(crate) changed: Vec<String>,
    /// Keys that go.
    pub(crate) removed: Vec<String>,
    /// Rows that stay as they are.
    pub(crate) same: usize,
}

impl Changes {
    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl Document {
    /// From the version before to this one.
    pub(crate) fn changes_since(&self, before: Option<&Self>) -> Changes {
        let keyed = |document: &Self| -> BTreeMap<String, Row> {
            document.rows.iter().map(|row| (row.key().to_owned(), row.clone())).collect()
        };
        let mut old = before.map(keyed).unwrap_or_default();
        let mut changes = Changes::default();
        for (key, row) in keyed(self) {
            match old.remove(&key) {
                None => changes.added.push(key),
                Some(known) if known == row => changes.same += 1,
                Some(_) => changes.changed.push(key),
            }
        }
        changes.removed.extend(old.into_keys());
        changes
    }

    /// The bytes that are signed and sent: the columns in their order, no blanks, so that the same content is the same
    /// version whatever the file looked like.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                let fields = self.kind.columns().iter().zip(&row.values).filter(|(_, value)| !value.is_empty());
                let fields: Vec<String> = fields
                    .map(|(column, value)| match column.number {
                        true => format!("\"{}\":{value}", column.name),
                        false => format!("\"{}\":{}", column.name, quoted(value)),
                    })
                    .collect();
                format!("{{{}}}", fields.join(","))
            })
            .collect();
        let kind = self.kind.as_code();
        format!("{{\"kind\":\"{kind}\",\"title\":{},\"rows\":[{}]}}", quoted(&self.title), rows.join(",")).into_bytes()
    }
}

#[cfg(test)]
mod tests;
