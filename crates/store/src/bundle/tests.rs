#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::bundle::Item;
use zhenxin_protocol::bundle::item::NewEpoch;
use zhenxin_protocol::bundle::item::{Refusal, Refusals};
use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::heads::sign_scope_heads;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::keys::{KeyRow, KeysPushRequest};

use crate::log::tree::ScopeNodes;
use crate::proving::{DISTRICT_SEED, Desk, LINEAGE, Orderer, TOWN, VILLAGES, batch, village};
use crate::{
    AwardDraft, AwardTo, BundleFiles, BundleFrom, BundleTaken, BundleWant, EvidenceDraft, IssueKind, KnownDevice,
    StoreError,
};

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
    take_from(None, desk, items)
}

fn take_from(giver: Option<&Desk>, desk: &Desk, items: &[Item]) -> BundleTaken {
    let (district_key, device) = (public_key(&DISTRICT_SEED), giver.map(|giver| giver.store.device()));
    let from = BundleFrom { device, made_at_ms: 1, district_key: &district_key, may_read: &|_| true };
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
    cut_to(items, a, 4)
}

fn cut_to(items: &[Item], a: &Desk, page_ops: usize) -> Vec<Item> {
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
            for ops in whole.page.ops.chunks(page_ops) {
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
        // what came before it was named becomes a file later
        assert_eq!(taken.attachments, if seed == 603 { 3 } else { 0 });
        assert_eq!(c.store.heads().unwrap(), a.store.heads().unwrap());
        c.store.attachments_due().unwrap();
        assert_eq!(c.count("SELECT count(*) FROM attachment"), 3);
        assert_eq!(c.count("SELECT count(*) FROM held_page"), 0);
        assert_eq!(c.count("SELECT count(*) FROM key_wait"), 0);
        let dump = c.store.dump().unwrap();
        let again = take(&c, items);
        assert_eq!((again.new_ops, again.carried_ops, again.keys, again.attachments), (0, 0, 0, 0));
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

#[test]
fn a_new_epoch_comes_from_the_district_alone_and_for_this_device() {
    let (a, b, _) = town(611);
    a.resident(40, "李四", "330211199001010040");
    let epoch_item = |device, epoch| Item::Epoch(NewEpoch { device, epoch });
    let waiting = a.count("SELECT count(*) FROM op WHERE status = 0");
    assert!(waiting > 0);
    assert_eq!(take(&a, &[epoch_item(b.store.device(), 2)]).ignored, 1);
    let may_read = |_| true;
    let of_b = BundleFrom {
        device: Some(b.store.device()),
        made_at_ms: 1,
        district_key: &public_key(&DISTRICT_SEED),
        may_read: &may_read,
    };
    assert_eq!(a.store.bundle_in(&epoch_item(a.store.device(), 2), &of_b).unwrap().ignored, 1);
    assert_eq!(a.store.epoch().unwrap(), 1);
    for _twice in 0..2 {
        assert_eq!(take(&a, &[epoch_item(a.store.device(), 2), epoch_item(a.store.device(), 1)]).ignored, 0);
        assert_eq!(a.store.epoch().unwrap(), 2);
        assert_eq!(a.count("SELECT count(*) FROM op WHERE status = 0 AND epoch = 2"), waiting);
    }
}

#[test]
fn the_vector_names_the_files_that_are_here() {
    let (a, _, _) = town(621);
    let named = |desk: &Desk| desk.store.bundle_vector().unwrap().blobs.len();
    assert_eq!(named(&a), 3);
    let c = Desk::new(623);
    Orderer::introduce(&[&a, &c]);
    let items = items(&a, &BTreeMap::new());
    let (files, rest): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| matches!(item, Item::Blob(_)));
    take(&c, &rest);
    c.store.attachments_due().unwrap();
    assert_eq!(named(&c), 0, "what is still to be fetched is asked for");
    take(&c, &files);
    c.store.attachments_due().unwrap();
    assert_eq!(named(&c), 3);
}

#[test]
fn the_size_of_an_operation_is_the_mean_of_what_lies_here() {
    let (a, _, _) = town(643);
    let ops: Vec<usize> = items(&a, &BTreeMap::new())
        .iter()
        .flat_map(|item| match item {
            Item::Page(page) => page.page.ops.iter().map(|op| op.bytes.len()).collect(),
            _ => Vec::new(),
        })
        .collect();
    let mean = ops.iter().sum::<usize>() / ops.len();
    assert_eq!(a.store.op_bytes_about().unwrap(), mean as u64);
}

#[test]
fn the_files_of_a_bundle_are_counted_before_it_is_made() {
    let (a, b, mut orderer) = town(631);
    let reader = [b.store.device()];
    let carried = |a: &Desk| {
        let after = a.store.held_by_all(&reader).unwrap();
        items(a, &after).iter().filter(|item| matches!(item, Item::Blob(piece) if piece.offset == 0)).count() as u64
    };
    let files = a.store.bundle_files(&reader).unwrap();
    assert_eq!((files.count, files.bytes), (3, 2_700_000), "one who was never heard gets all");
    assert_eq!(carried(&a), 3);
    // the district has them all, and so has the other desk
    for item in a.store.attachments_to_send(10).unwrap() {
        a.store.attachment_sent(&item, item.plain_bytes, true).unwrap();
    }
    assert_eq!(a.store.bundle_files(&reader).unwrap(), files, "sent ones go along all the same");
    take_from(Some(&a), &b, &items(&a, &BTreeMap::new()));
    let vector = Item::Vector(b.store.bundle_vector().unwrap());
    take_from(Some(&b), &a, &[vector]);
    assert_eq!((a.store.bundle_files(&reader).unwrap(), carried(&a)), (BundleFiles::default(), 0));
    // what is written since goes along again, waiting or ordered
    let rule = a.rule(5);
    let resident = a.resident(77, "张三", "330211199001017700");
    let rows = vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 5 }];
    let evidence = vec![EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: vec![77; 1_000] }];
    a.write(|tx| tx.record_awards(crate::AwardBatch { evidence, ..batch(rule, rows) }));
    a.store.attachments_due().unwrap();
    let one = BundleFiles { count: 1, bytes: 1_000 };
    assert_eq!((a.store.bundle_files(&reader).unwrap(), carried(&a)), (one, 1));
    for item in a.store.attachments_to_send(10).unwrap() {
        a.store.attachment_sent(&item, item.plain_bytes, true).unwrap();
    }
    assert_eq!((a.store.bundle_files(&reader).unwrap(), carried(&a)), (one, 1), "an operation that waits names it");
    orderer.settle(&[&a], |_| false);
    assert_eq!(a.store.bundle_files(&reader).unwrap(), one, "so does one beyond what the reader has");
}

/// Devices that know each other's keys, so that signatures count.
fn acquaint(desks: &[&Desk]) {
    acquaint_with(desks, &scopes());
}

fn acquaint_with(desks: &[&Desk], scopes: &[Scope]) {
    let known: Vec<KnownDevice> = desks
        .iter()
        .map(|desk| {
            let public = desk.store.device_keys();
            KnownDevice {
                device: public.device,
                label: public.label,
                sign_key: public.sign_key,
                seal_key: public.seal_key,
                scopes: scopes.to_vec(),
                listed: true,
            }
        })
        .collect();
    desks.iter().for_each(|desk| desk.store.note_devices(&known).unwrap());
}

#[test]
fn a_refusal_is_the_districts_own_word_and_stops_no_chain() {
    let (a, b) = (Desk::new(611), Desk::new(612));
    Orderer::introduce(&[&a, &b]);
    acquaint(&[&a, &b]);
    for points in 1..=3 {
        a.rule(points);
    }
    let nothing = BTreeMap::new();
    let waiting = a.store.outbox_size().unwrap().own_ops;
    assert_eq!(take(&b, &items(&a, &nothing)).carried_ops, waiting);
    // The district's refusal of one in the middle reaches b by stick, and nothing else does.
    let chain = a.store.outbox(&crate::HandedOut::default(), 100, 1 << 20).unwrap();
    let at = chain.ops.len() - 2;
    let refused = Op::from_bytes(&chain.ops[at].1).unwrap();
    let refusal = Refusal {
        seq: refused.seq,
        code: "scope_denied".to_owned(),
        text: "不在授权范围".to_owned(),
        hash: zhenxin_protocol::hash::Hash32::of(&chain.ops[at].1),
    };
    let refusals = Refusals { device: a.store.device(), epoch: 1, refused: vec![refusal] };
    for desk in [&a, &b] {
        assert_eq!(take(desk, &[Item::Refusals(refusals.clone())]).refused, 1);
    }
    for (carrier, seed) in [(&b, 614), (&a, 615)] {
        let other = Desk::new(seed);
        Orderer::introduce(&[&a, &b, &other]);
        acquaint(&[&a, &b, &other]);
        let brought = take_from(Some(carrier), &other, &items(carrier, &nothing));
        // what was refused goes along between the others, and the carrier's own besides
        let size = carrier.store.outbox_size().unwrap();
        assert_eq!(
            (brought.carried_ops, brought.refused, brought.ignored),
            (size.own_ops + size.foreign_ops + 1, 0, 0)
        );
        assert_eq!(other.count("SELECT count(*) FROM rule"), 3, "the carrier's word refuses nothing");
        // And the district takes the chain from whoever carried it, as its author signed it.
        let mut orderer = Orderer::default();
        orderer.settle(&[&other], |op| op.id == refused.id);
        assert_eq!(other.store.outbox_size().unwrap().foreign_ops, 0);
        assert_eq!(other.count("SELECT count(*) FROM rule"), 2, "what was refused counts nowhere");
    }
}

#[test]
fn what_is_odd_about_an_operation_is_told_to_all_who_read_it() {
    let (a, b, _) = town(617);
    let mut odd = items(&a, &BTreeMap::new());
    let page = odd.iter_mut().find_map(|item| match item {
        Item::Page(page) => Some(page),
        _ => None,
    });
    page.unwrap().page.ops[0].issue = Some("time_suspect".to_owned());
    assert!(take(&b, &odd).new_ops > 0);
    assert_eq!(crate::fold::issue::tests::issues(&b, IssueKind::TimeSuspect).len(), 1);
    // And it goes on from there.
    let heads: Vec<ScopeHead> = b.store.heads().unwrap();
    let signature = sign_scope_heads(&DISTRICT_SEED, Lineage(LINEAGE), &heads);
    b.store.keep_signed_heads(Lineage(LINEAGE), &heads, &signature).unwrap();
    let told = items(&b, &BTreeMap::new()).into_iter().any(|item| match item {
        Item::Page(page) => page.page.ops.iter().any(|op| op.issue.is_some()),
        _ => false,
    });
    assert!(told);
}

#[test]
fn a_vector_counts_as_far_as_it_is_of_this_history() {
    let (a, ..) = town(619);
    let heads = a.store.heads().unwrap();
    let head = heads.iter().max_by_key(|head| head.size).unwrap();
    assert_eq!(a.store.shared_with(head).unwrap(), head.size);
    let earlier = a
        .store
        .read(|r| ScopeNodes::new(r.conn(), head.scope, head.size).peaks_at(head.size - 2))
        .map(|peaks| ScopeHead { scope: head.scope, size: head.size - 2, root: peaks.root() })
        .unwrap();
    assert_eq!(a.store.shared_with(&earlier).unwrap(), head.size - 2);
    let other = ScopeHead { root: head.root, ..earlier };
    assert_eq!(a.store.shared_with(&other).unwrap(), 0);
    let ahead = ScopeHead { size: head.size + 5, ..*head };
    assert_eq!(a.store.shared_with(&ahead).unwrap(), head.size);
}

#[test]
fn a_villages_bundle_replaces_no_wrap() {
    let (a, b, giver) = (Desk::new(623), Desk::new(624), Desk::new(625));
    let resident = a.resident(0, "张三", "330211199001011234");
    let there = a.store.dirty_keys(10).unwrap().into_iter().find(|row| row.subject == *resident.as_bytes()).unwrap();
    // its data key is not here: whether it opens cannot be told
    take(&b, &[Item::Keys(KeysPushRequest { rows: vec![there.clone()] })]);
    let data_key = DataKeyId::from_bytes([9; 16]);
    let later = KeyRow { data_key, generation: 7, wrapped: vec![9; 72], ..there.clone() };
    let here = || b.store.read(|r| r.key_row(resident.as_bytes())).unwrap().unwrap();
    let bring = |row: KeyRow| take_from(Some(&giver), &b, &[Item::Keys(KeysPushRequest { rows: vec![row] })]);
    acquaint_with(&[&giver, &b], &[Scope::Village(village(0))]);
    bring(later.clone());
    assert_eq!(here(), there);
    acquaint_with(&[&giver, &b], &[TOWN.parse().unwrap()]);
    bring(later.clone());
    assert_eq!(here(), later);
    // its own people it may erase
    acquaint_with(&[&giver, &b], &[Scope::Village(village(0))]);
    bring(KeyRow { tombstone: true, wrapped: Vec::new(), ..there });
    assert!(here().tombstone);
}

#[test]
fn who_lives_by_the_stick_hands_on_what_opens_whatever_its_generation() {
    let (a, b, c) = (Desk::new(641), Desk::new(642), Desk::new(643));
    a.store.rotate_data_key(1, false).unwrap();
    a.resident(0, "张三", "330211199001011234");
    Orderer::introduce(&[&a, &b, &c]);
    acquaint(&[&a, &b, &c]);
    let nothing = BTreeMap::new();
    take_from(Some(&a), &b, &items(&a, &nothing));
    // no line has told it of the generation
    assert_eq!(b.store.key_generation().unwrap(), 0);
    take_from(Some(&b), &c, &items(&b, &nothing));
    assert_eq!(c.count("SELECT count(*) FROM resident WHERE name = '张三'"), 1);
    // what the district has goes along with its operation all the same
    let keys = b.store.read(|r| r.unsent_keys_and_erasures()).unwrap();
    b.store.keys_pushed(&[], &keys).unwrap();
    Orderer::default().settle(&[&b], |_| false);
    let heads: Vec<ScopeHead> = b.store.heads().unwrap();
    let signature = sign_scope_heads(&DISTRICT_SEED, Lineage(LINEAGE), &heads);
    b.store.keep_signed_heads(Lineage(LINEAGE), &heads, &signature).unwrap();
    let late = Desk::new(644);
    Orderer::introduce(&[&b, &late]);
    acquaint(&[&a, &b, &late]);
    take_from(Some(&b), &late, &items(&b, &nothing));
    assert_eq!(late.count("SELECT count(*) FROM resident WHERE name = '张三'"), 1);
}

#[test]
fn of_two_held_pages_that_begin_alike_the_longer_one_stays() {
    let (a, ..) = town(627);
    let whole = items(&a, &BTreeMap::new());
    let (short, long) = (cut_to(&whole, &a, 4), cut_to(&whole, &a, 8));
    let first = |item: &Item| match item {
        Item::Page(page) => page.page.ops[0].server_seq,
        _ => 0,
    };
    let from = |items: &[Item], firsts: &[u64]| -> Vec<Item> {
        items.iter().filter(|item| firsts.contains(&first(item))).cloned().collect()
    };
    for (seed, twice) in [(629, [&long, &short]), (631, [&short, &long])] {
        let c = Desk::new(seed);
        Orderer::introduce(&[&a, &c]);
        for pages in twice {
            assert_eq!(take(&c, &from(pages, &[9])).ignored, 0);
        }
        take(&c, &long.iter().filter(|item| first(item) > 9).cloned().collect::<Vec<_>>());
        take(&c, &from(&long, &[1]));
        assert_eq!(c.store.heads().unwrap(), a.store.heads().unwrap());
        assert_eq!(c.count("SELECT count(*) FROM held_page"), 0);
    }
}
