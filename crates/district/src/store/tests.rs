//! One story for both databases: the same assertions run on SQLite and on a real
//! PostgreSQL.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tempfile::TempDir;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::{page_heads, verify_scope_heads};
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::wire::code::EnrolCode;
use zhenxin_protocol::wire::ops::{Cursor, OpOutcome, PullAnswer};

use super::console::act::NewAct;
use super::db::Value;
use super::device::Device;
use super::enrol::{NewCode, Newcomer};
use super::published::Edition;
use super::push::{Batch, Incoming, PushError};
use super::{Store, StoreError};
use crate::cluster;
use crate::config::StoreUrl;
use crate::fixture::{Author, NOW_MS, scope, town};
use crate::random;

mod backups;
mod blobs;
mod concurrent;
mod console;
mod cuts;
mod enrolment;
mod heads;
mod keys;
mod orders;
mod rights;
mod schema;
mod tally;
mod verification;

const HOUR_MS: i64 = 3_600_000;

/// Runs each story on both databases.
macro_rules! stories {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name($crate::store::tests::Bench::sqlite());
            })+
        }
        mod postgres {
            $(#[test]
            fn $name() {
                super::$name($crate::store::tests::Bench::postgres());
            })+
        }
    };
}
use stories;

/// A store to work on.
struct Bench {
    dir: TempDir,
    url: StoreUrl,
    store: Store,
}

impl Bench {
    fn sqlite() -> Self {
        Self::at(StoreUrl::Sqlite)
    }

    fn postgres() -> Self {
        Self::at(cluster::database())
    }

    fn at(url: StoreUrl) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(&url, dir.path(), random::system()).unwrap();
        Self { dir, url, store }
    }

    /// An empty one on the other kind of database.
    fn other_kind(&self) -> Self {
        match self.url {
            StoreUrl::Sqlite => Self::postgres(),
            StoreUrl::Postgres { .. } => Self::sqlite(),
        }
    }

    /// An empty one on the same kind of database.
    fn same_kind(&self) -> Self {
        match self.url {
            StoreUrl::Sqlite => Self::sqlite(),
            StoreUrl::Postgres { .. } => Self::postgres(),
        }
    }

    /// The same database opened once more, as another process would.
    fn beside(&self) -> Store {
        Store::open_at(&self.url, self.dir.path(), random::system()).unwrap()
    }

    fn code(&self, villages: &[&str]) -> EnrolCode {
        let new = NewCode {
            town: town(),
            label: String::new(),
            villages: villages.iter().map(|village| scope(village)).collect(),
            valid_ms: HOUR_MS,
        };
        self.store.make_code(&new, NOW_MS).unwrap()
    }

    fn enrolled(&self, author: &Author, villages: &[&str]) -> Device {
        let code = self.code(villages);
        self.store.let_in(&newcomer(author, &code), &[author.seed[0]; 32], NOW_MS).unwrap()
    }

    fn push(&self, author: &Author, ops: &[Vec<u8>]) -> Vec<OpOutcome> {
        self.relay(author, author, ops).unwrap()
    }

    fn relay(&self, sender: &Author, author: &Author, ops: &[Vec<u8>]) -> Result<Vec<OpOutcome>, PushError> {
        let read: Vec<Incoming> = ops.iter().cloned().map(Incoming::read).collect();
        let batch = Batch {
            town: town(),
            sender: Some(sender.id),
            author: author.id,
            epoch: author.epoch,
            ops: &read,
            head: &author.head(ops),
        };
        self.store.push(&batch, NOW_MS)
    }

    fn publish(&self, kind: &str, bytes: &[u8], after: u64) -> Option<u64> {
        publish(&self.store, kind, bytes, after)
    }

    /// Changes the database behind the store's back.
    fn meddle(&self, sql: &str, values: &[Value<'_>]) -> u64 {
        self.store.write(|tx| tx.execute(sql, values)).unwrap()
    }

    /// Everything that the device can read, by scope, checked as a device would:
    /// signature, roots and hashes.
    fn pulled(&self, device: &Device) -> Vec<(Scope, Places)> {
        let mut all: Vec<(Scope, Places, Peaks)> = Vec::new();
        loop {
            let cursors: Vec<Cursor> =
                all.iter().map(|(scope, _, peaks)| Cursor { scope: *scope, after: peaks.size() }).collect();
            let answer = self.store.pull(device, &cursors, Some(5)).unwrap();
            if answer.pages.is_empty() {
                break;
            }
            self.check_signature(&answer);
            for page in answer.pages.into_iter().filter(|page| !page.ops.is_empty()) {
                let place = all.iter().position(|(scope, _, _)| *scope == page.scope).unwrap_or_else(|| {
                    all.push((page.scope, Vec::new(), Peaks::new()));
                    all.len() - 1
                });
                let (_, places, peaks) = &mut all[place];
                for op in page.ops {
                    peaks.append(&Hash32::of(&op.bytes));
                    assert_eq!(op.server_seq, peaks.size());
                    places.push((op.server_seq, op.bytes));
                }
                let head = page.head.unwrap();
                assert_eq!((head.size, head.root), (peaks.size(), peaks.root()));
            }
        }
        all.sort_by_key(|(scope, _, _)| *scope);
        all.into_iter().map(|(scope, places, _)| (scope, places)).collect()
    }

    fn check_signature(&self, answer: &PullAnswer) {
        let heads = page_heads(&answer.pages);
        let signature = answer.signature.as_ref().unwrap();
        verify_scope_heads(&self.store.sign_key(), self.store.lineage(), &heads, signature).unwrap();
    }

    fn sound(&self) {
        let verdict = self.store.verify().unwrap();
        assert_eq!(verdict.findings, Vec::new());
        assert!(verdict.rows > 0);
    }
}

fn publish(store: &Store, kind: &str, bytes: &[u8], after: u64) -> Option<u64> {
    let act = NewAct { account: "guanli", act: "published", about: "", object: kind };
    store.publish(&Edition { kind, bytes, after, act }, NOW_MS).unwrap()
}

/// Ops with their places.
type Places = Vec<(u64, Vec<u8>)>;

fn newcomer(author: &Author, code: &EnrolCode) -> Newcomer {
    Newcomer {
        code: code.hash(),
        device: author.id,
        town: town(),
        label: "综合办 1 号机".to_owned(),
        sign_key: public_key(&author.seed),
        seal_key: author.seal_key(),
    }
}

fn accepted(range: std::ops::RangeInclusive<u64>) -> Vec<OpOutcome> {
    range.map(|server_seq| OpOutcome::Accepted { server_seq }).collect()
}

#[test]
fn the_machine_without_random_bytes_opens_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let none: random::Random = Arc::new(|_| Err(getrandom::Error::UNSUPPORTED));
    let opened = Store::open_at(&StoreUrl::Sqlite, dir.path(), none);
    assert!(matches!(opened, Err(StoreError::Random(_))));
}
