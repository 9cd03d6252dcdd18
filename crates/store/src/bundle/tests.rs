#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::bundle::Item;
use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::heads::sign_scope_heads;
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::heads::ScopeHead;

use crate::proving::{DISTRICT_SEED, Desk, LINEAGE, Orderer, TOWN, VILLAGES, batch};
use crate::{AwardDraft, AwardTo, BundleFrom, BundleTaken, BundleWant, EvidenceDraft, StoreError};

fn scopes() -> Vec<Scope> {
    [TOWN, VILLAGES[0], VILLAGES[1]].iter().map(|scope| scope.parse().unwrap()).collect()
}

fn items(desk: &Desk, after: &BTreeMap<Scope, u64>) -> Vec<Item> {
    let (mut items, scopes) = (Vec::new(), scopes());
    let want = BundleWant { scopes: &scopes, after, attachments: true };
    desk.store
        .bundle_out(&want, &mut |item| {
            items.push(item);
            Ok::<(), StoreError>(())
        })
        .unwrap();
    items
}

fn take(desk: &Desk, items: &[Item]) -> BundleTaken {
    let from =
        BundleFrom { device: None, made_at_ms: 1, district_key: &public_key(&DISTRICT_SEED), may_read: &|_| true };
    let mut sum = BundleTaken::default();
    items.iter().for_each(|item| sum.add(&desk.store.bundle_in(item, &from).unwrap()));
    sum
}

/// A town whose first desk holds heads that the district signed.
fn town(seed: u64) -> (Desk, Desk, Orderer) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let rule = a.rule(5);
    for at in 0..30 {
        let resident = a.resident(at, "张三", &format!("33021119900101{at:04}"));
        if at % 10 == 0 {
            let rows = vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 5 }];
            let evidence = vec![EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: vec![at as u8; 900_000] }];
            a.write(|tx| tx.record_awards(crate::AwardBatch { evidence, ..batch(rule, rows) }));
        }
    }
    orderer.settle(&[&a], |_| false);
    let heads: Vec<ScopeHead> = a.store.heads().unwrap();
    let signature = sign_scope_heads(&DISTRICT_SEED, Lineage(LINEAGE), &heads);
    a.store.keep_signed_heads(Lineage(LINEAGE), &heads, &signature).unwrap();
    a.store.attachments_due().unwrap();
    (a, b, orderer)
}

/// Pages cut small, so that there are many.
fn cut(items: &[Item], a: &Desk) -> Vec<Item> {
    let mut cut = Vec::new();
    for item in items {
        let Item::Page(whole) = item else {
            cut.push(item.clone());
            continue;
        };
        let scope = whole.page.scope;
        let mut nodes = a.store.read(|r| {
            let mut pieces = Vec::new();
            let size = whole.page.head.unwrap().size;
            let mut nodes = crate::log::tree::ScopeNodes::new(r.conn(), scope, size);
            for ops in whole.page.ops.chunks(4) {
                let last = ops.last().unwrap().server_seq;
                let mut piece = whole.clone();
                piece.page.ops = ops.to_vec();
                let root = nodes.peaks_at(last)?.root();
                piece.page.head = Some(zhenxin_protocol::wire::ops::PageHead { size: last, root });
                piece.proof = nodes.proof(last, size)?;
                pieces.push(Item::Page(piece));
            }
            Ok::<_, StoreError>(pieces)
        });
        cut.append(nodes.as_mut().unwrap());
    }
    cut
}

#[test]
fn a_bundle_brings_all_whatever_the_order_and_how_often() {
    let (a, _, orderer) = town(601);
    let items = cut(&items(&a, &BTreeMap::new()), &a);
    let ops = a.store.heads().unwrap().iter().map(|head| head.size).sum::<u64>();
    let backwards: Vec<Item> = items.iter().rev().cloned().collect();
    let mut dumps = Vec::new();
    for (seed, items) in [(603, &items), (604, &backwards)] {
        let c = Desk::new(seed);
        Orderer::introduce(&[&a, &c]);
        let taken = take(&c, items);
        assert_eq!((taken.new_ops + taken.held, taken.ignored), (ops, 0));
        assert_eq!(c.store.heads().unwrap(), a.store.heads().unwrap());
        c.store.attachments_due().unwrap();
        assert_eq!(c.count("SELECT count(*) FROM attachment"), 3);
        assert_eq!(c.count("SELECT count(*) FROM held_page"), 0);
        assert_eq!(c.count("SELECT count(*) FROM key_wait"), 0);
        let dump = c.store.dump().unwrap();
        let again = take(&c, items);
        assert_eq!((again.new_ops, again.carried_ops, again.keys), (0, 0, 0));
        assert_eq!(c.store.dump().unwrap(), dump);
        assert_eq!(c.store.verify(None).unwrap().faults, Vec::<String>::new());
        assert_eq!(c.store.bundle_vectors().unwrap()[0].heads, a.store.heads().unwrap());
        dumps.push(dump.len());
        let mut orderer = orderer.clone();
        orderer.settle(&[&c], |_| false);
    }
    assert_eq!(dumps[0], dumps[1]);
}

#[test]
fn only_what_is_new_goes_along_and_only_what_is_proven_is_taken() {
    let (a, b, _) = town(605);
    let after: BTreeMap<Scope, u64> = a.store.heads().unwrap().iter().map(|head| (head.scope, head.size)).collect();
    assert!(!items(&a, &after).iter().any(|item| matches!(item, Item::Page(_))));
    for item in cut(&items(&a, &BTreeMap::new()), &a) {
        let Item::Page(page) = item else { continue };
        let mut forged = page.clone();
        forged.page.ops[0].bytes[40] ^= 1;
        let mut rootless = page.clone();
        rootless.page.head.as_mut().unwrap().root.0[0] ^= 1;
        let mut unsigned = page.clone();
        unsigned.signature = None;
        let mut other_heads = page.clone();
        other_heads.heads[0].size += 1;
        let mut other_history = page.clone();
        other_history.lineage = Lineage([9; 16]);
        b.store.lineage_replaced(LINEAGE).unwrap();
        for bad in [rootless, unsigned, other_heads, other_history] {
            let taken = take(&b, &[Item::Page(bad)]);
            assert_eq!((taken.new_ops, taken.held, taken.ignored > 0), (0, 0, true));
        }
        let from =
            BundleFrom { device: None, made_at_ms: 1, district_key: &public_key(&DISTRICT_SEED), may_read: &|_| true };
        // The proof is of the root; the operations must give it when their turn comes.
        if forged.page.ops[0].server_seq == 1 {
            let refused = b.store.bundle_in(&Item::Page(forged), &from);
            assert!(matches!(refused, Err(StoreError::HistoryDiffers)));
        }
    }
    assert_eq!(b.count("SELECT count(*) FROM op WHERE status = 1"), 0);
}
