#![allow(clippy::unwrap_used)]

use tempfile::TempDir;

use zhenxin_domain::ids::{BrandId, HandoverId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::{BrandSheet, HandoverReviewed};
use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::wire::ops::OpOutcome;

use super::super::enrol::{NewCode, Newcomer};
use super::super::push::{Batch, Incoming};
use super::*;
use crate::fixture::{Author, NOW_MS, TOWN, VILLAGE, sheet, town};

struct Bench {
    _dir: TempDir,
    store: Store,
    author: Author,
}

/// The author's next op: the review of a package.
pub(crate) fn review(author: &mut Author, scope: &str, handover: u8, sheet: Option<BrandSheet>) -> Vec<u8> {
    let body = Body::HandoverReviewed(HandoverReviewed {
        handover: HandoverId::from_bytes([handover; 16]),
        brand: BrandId::from_bytes([9; 16]),
        sheet,
        reason: None,
    });
    author.op_with(scope, |op| {
        op.kind = body.kind().to_owned();
        op.kind_version = body.version();
        op.body = body.encode();
    })
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let author = Author::new(1);
        let new = NewCode { town: town(), label: String::new(), villages: Vec::new(), valid_ms: 1_000 };
        let newcomer = Newcomer {
            code: store.make_code(&new, NOW_MS).unwrap().hash(),
            device: author.id,
            town: town(),
            label: String::new(),
            sign_key: public_key(&author.seed),
            seal_key: author.seal_key(),
        };
        store.let_in(&newcomer, &[1; 32], NOW_MS).unwrap();
        Self { _dir: dir, store, author }
    }

    fn review(&mut self, scope: &str, handover: u8, sheet: Option<BrandSheet>) -> Vec<u8> {
        review(&mut self.author, scope, handover, sheet)
    }

    fn push(&self, ops: &[Vec<u8>]) -> Vec<OpOutcome> {
        let head = self.author.head(ops);
        let ops: Vec<Incoming> = ops.iter().cloned().map(Incoming::read).collect();
        let id = self.author.id;
        let batch = Batch { town: town(), sender: Some(id), author: id, epoch: 1, ops: &ops, head: &head };
        self.store.push(&batch, NOW_MS).unwrap()
    }

    fn shown(&self) -> Option<String> {
        self.store.brand_sheets().unwrap().remove(&town()).map(|released| released.sheet.name)
    }
}

#[test]
fn the_last_release_of_a_town_is_kept() {
    let mut bench = Bench::new();
    assert_eq!(bench.shown(), None);
    let first = bench.review(TOWN, 1, Some(sheet("诚信湖畔")));
    let noise = bench.author.op(TOWN);
    let second = bench.review(TOWN, 2, Some(sheet("信用茶乡")));
    bench.push(&[first.clone(), noise]);
    assert_eq!(bench.shown().as_deref(), Some("诚信湖畔"));
    bench.push(std::slice::from_ref(&second));
    assert_eq!(bench.shown().as_deref(), Some("信用茶乡"));
    // a push that comes again changes nothing
    assert!(matches!(bench.push(&[first])[0], OpOutcome::Duplicate { .. }));
    assert_eq!(bench.shown().as_deref(), Some("信用茶乡"));
    let at = bench.store.brand_sheets().unwrap()[&town()].released_at_ms;
    assert_eq!(at, NOW_MS);
}

#[test]
fn what_was_sent_back_first_is_not_shown() {
    let mut bench = Bench::new();
    let ops = [bench.review(TOWN, 1, None), bench.review(TOWN, 1, Some(sheet("诚信湖畔")))];
    assert_eq!(bench.push(&ops).len(), 2);
    assert_eq!(bench.shown(), None);
}

#[test]
fn a_release_under_a_village_is_refused_and_not_shown() {
    let mut bench = Bench::new();
    let op = bench.review(VILLAGE, 1, Some(sheet("诚信湖畔")));
    assert!(matches!(&bench.push(&[op])[0], OpOutcome::Rejected { .. }));
    assert_eq!(bench.shown(), None);
}
