//! Names of towns and villages: from the newest published division table, else the bundled one.

use std::collections::BTreeMap;

use zhenxin_domain::division::TownCode;

use crate::console::publish::kind::Kind;
use crate::store::{Store, StoreError};

/// Statistical codes of the district (see assets/data/README.md).
const BUNDLED: &str = include_str!("../../../../assets/data/divisions-330211.csv");

/// Names by code.
#[derive(Debug, Clone)]
pub(crate) struct Places(BTreeMap<String, String>);

impl Places {
    /// Those of the program.
    pub(crate) fn bundled() -> Self {
        let rows = BUNDLED.lines().skip(1).filter_map(|line| {
            let mut fields = line.split(',');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        });
        Self(rows.collect())
    }

    /// Those that are published.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn of(store: &Store) -> Result<Self, StoreError> {
        let published = store.published_list()?;
        let newest = published.iter().find(|row| row.kind == Kind::Divisions.as_code());
        // what was published passed the same reading before
        let rows = newest.and_then(|row| Kind::Divisions.read(&row.bytes).ok());
        let names = rows.map(|document| {
            let pairs = document.rows.iter().map(|row| (row.field("code").to_owned(), row.field("name").to_owned()));
            Self(pairs.collect())
        });
        Ok(names.unwrap_or_else(Self::bundled))
    }

    /// The name, or the code itself.
    pub(crate) fn name<'n>(&'n self, code: &'n str) -> &'n str {
        self.0.get(code).map_or(code, String::as_str)
    }

    /// The towns in code order.
    pub(crate) fn towns(&self) -> impl Iterator<Item = (TownCode, &str)> {
        self.0.iter().filter_map(|(code, name)| Some((code.parse().ok()?, name.as_str())))
    }

    /// The villages of a town in code order.
    pub(crate) fn villages<'p>(&'p self, town: &'p str) -> impl Iterator<Item = (&'p str, &'p str)> {
        let of_town = move |(code, _): &(&String, &String)| code.len() > town.len() && code.starts_with(town);
        self.0.iter().filter(of_town).map(|(code, name)| (code.as_str(), name.as_str()))
    }
}
