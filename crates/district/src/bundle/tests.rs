#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tempfile::TempDir;

use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::bundle::item::Vector;
use zhenxin_protocol::bundle::read::Ending;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::verify_scope_heads;
use zhenxin_protocol::merkle::subtree_root;
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::keys::KeyRow;
use zhenxin_protocol::wrap::WRAPPED_FOR_BYTES;

use super::*;
use crate::config::Config;
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, VILLAGE, scope, town};
use crate::store::enrol::{NewCode, Newcomer};

struct Bench {
    dir: TempDir,
    site: Arc<Site>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let site = Site::open(&Config { clock: Arc::new(|| NOW_MS), ..Config::local(dir.path()) }).unwrap();
        Self { dir, site }
    }

    fn enrol(&self, author: &Author) -> Device {
        let new = NewCode { town: town(), label: String::new(), villages: Vec::new(), valid_ms: 1_000 };
        let newcomer = Newcomer {
            code: self.site.store.make_code(&new, NOW_MS).unwrap().hash(),
            device: author.id,
            town: town(),
            label: String::new(),
            sign_key: zhenxin_protocol::device_key::public_key(&author.seed),
            seal_key: author.seal_key(),
        };
        self.site.store.let_in(&newcomer, &[author.seed[0]; 32], NOW_MS).unwrap()
    }

    /// A bundle of a device for the district.
    fn packed(&self, author: &Author, items: &[Item]) -> Vec<u8> {
        let (bundle, key) = ([author.seed[0]; 16], [9; 32]);
        let fresh = Fresh { ephemeral: [4; 32], nonce: [5; 24] };
        let header = Header {
            bundle,
            town: town(),
            author: Some(author.id),
            made_at_ms: NOW_MS,
            recipients: vec![Recipient::new(&bundle, &key, None, &self.site.store.seal_key(), &fresh).unwrap()],
            alg: ALG.to_owned(),
        };
        let signature = HeadSignature {
            alg: ED25519_TAG.to_owned(),
            signature: sign_hash(&author.seed, Context::BundleHeader, &header.hash()).to_vec(),
        };
        let mut writer = Writer::begin(Vec::new(), &header, &signature, &key).unwrap();
        items.iter().for_each(|item| writer.put(item).unwrap());
        writer.finish().unwrap()
    }

    fn take(&self, bytes: &[u8]) -> TakenIn {
        take_in(&self.site, bytes).unwrap()
    }

    /// The items of a bundle for this device.
    fn given(&self, author: &Author) -> (GivenOut, Vec<Item>) {
        let mut bytes = Vec::new();
        let report = give_out(&self.site, town(), author.id, &mut bytes).unwrap();
        let closed = Closed::read(&bytes[..], town()).unwrap();
        closed.verify(&self.site.store.sign_key()).unwrap();
        let mut reader = closed.open(Some(author.id), &author.seed).unwrap();
        let mut items = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            items.push(item);
        }
        assert!(matches!(reader.ending(), Some(Ending::Whole { .. })));
        (report, items)
    }
}

fn key() -> KeyRow {
    KeyRow {
        subject: [1; 16],
        data_key: DataKeyId::from_bytes([1; 16]),
        wrapped: vec![5; 72],
        tombstone: false,
        scope: scope(VILLAGE),
        generation: 0,
    }
}

fn blob() -> BlobsPutRequest {
    BlobsPutRequest {
        blob: Hash32([7; 32]),
        scope: scope(VILLAGE),
        total_bytes: 50,
        sealed_hash: Hash32::of(&[8; 50]),
        offset: 0,
        bytes: vec![8; 50],
    }
}

#[test]
fn a_bundle_brings_ops_of_others_keys_and_blobs_and_twice_changes_nothing() {
    let bench = Bench::new();
    let (mut carrier, mut other) = (Author::new(1), Author::new(2));
    bench.enrol(&carrier);
    bench.enrol(&other);
    let (mine, theirs) = (carrier.ops(VILLAGE, 3), other.ops(OTHER_VILLAGE, 2));
    let items = [
        Item::Ops(carrier.push_request(&mine)),
        Item::Ops(other.push_request(&theirs)),
        Item::Keys(KeysPushRequest { rows: vec![key()] }),
        Item::Blob(blob()),
    ];
    let bytes = bench.packed(&carrier, &items);
    let report = bench.take(&bytes);
    assert_eq!((report.ops, report.keys, report.blobs, report.trouble), (5, 1, 1, None));
    let again = bench.take(&bytes);
    assert_eq!((again.ops, again.known, again.keys, again.passed_over), (0, 5, 0, 0));
    assert!(bench.site.store.verify().unwrap().is_sound());
}

#[test]
fn a_stick_brings_no_key_of_a_generation_that_the_town_has_not_reached() {
    let bench = Bench::new();
    let carrier = Author::new(1);
    bench.enrol(&carrier);
    let early = KeyRow { generation: u32::MAX, wrapped: vec![9; 72], ..key() };
    let bring = |row: KeyRow| bench.take(&bench.packed(&carrier, &[Item::Keys(KeysPushRequest { rows: vec![row] })]));
    let brought = bring(early.clone());
    assert_eq!((brought.keys, brought.passed_over), (0, 1));
    assert_eq!(bring(key()).keys, 1);
    let brought = bring(early);
    assert_eq!((brought.keys, brought.passed_over), (0, 1), "nor in the place of a sound one");
}

#[test]
fn a_cut_bundle_counts_as_far_as_it_goes() {
    let bench = Bench::new();
    let mut carrier = Author::new(1);
    bench.enrol(&carrier);
    let first = carrier.ops(VILLAGE, 3);
    let first = Item::Ops(carrier.push_request(&first));
    let second = carrier.ops(VILLAGE, 3);
    let second = Item::Ops(carrier.push_request(&second));
    let bytes = bench.packed(&carrier, &[first, second]);
    let cut = bench.take(&bytes[..bytes.len() - 200]);
    assert_eq!(cut.ops, 3);
    assert!(cut.trouble.is_some());
    let mut changed = bytes.clone();
    let at = changed.len() - 150;
    changed[at] ^= 1;
    assert!(bench.take(&changed).trouble.is_some());
    assert_eq!(bench.take(&bytes), TakenIn { ops: 3, known: 3, ..TakenIn::default() });
}

#[test]
fn strangers_and_revoked_devices_bring_nothing_of_their_own() {
    let bench = Bench::new();
    let (mut carrier, mut other, stranger) = (Author::new(1), Author::new(2), Author::new(3));
    bench.enrol(&carrier);
    bench.enrol(&other);
    let unknown = bench.packed(&stranger, &[]);
    assert!(matches!(take_in(&bench.site, &unknown[..]), Err(CarryError::Bundle(BundleError::Signature))));
    bench.site.store.revoke(town(), carrier.id, NOW_MS).unwrap();
    let (mine, theirs) = (carrier.ops(VILLAGE, 1), other.ops(VILLAGE, 1));
    let items = [
        Item::Ops(carrier.push_request(&mine)),
        Item::Ops(other.push_request(&theirs)),
        Item::Keys(KeysPushRequest { rows: vec![key()] }),
        Item::Blob(blob()),
    ];
    let report = bench.take(&bench.packed(&carrier, &items));
    assert_eq!((report.ops, report.refused, report.keys, report.passed_over), (1, 1, 0, 2));
    let refused = give_out(&bench.site, town(), carrier.id, Vec::new());
    assert!(matches!(refused, Err(CarryError::Revoked)));
}

#[test]
fn a_bundle_for_a_device_holds_what_it_lacks() {
    let bench = Bench::new();
    let (mut one, mut two) = (Author::new(1), Author::new(2));
    bench.enrol(&one);
    bench.enrol(&two);
    let village = one.ops(VILLAGE, 5);
    let refused = two.raw(vec![1, 2, 3]);
    let items =
        [Item::Ops(one.push_request(&village)), Item::Keys(KeysPushRequest { rows: vec![key()] }), Item::Blob(blob())];
    bench.take(&bench.packed(&one, &items));
    let batch = Item::Ops(two.push_request(std::slice::from_ref(&refused)));
    bench.take(&bench.packed(&two, &[batch]));
    let (report, items) = bench.given(&two);
    assert_eq!((report.ops, report.keys, report.blobs, report.full), (5, 1, 1, false));
    let mut given = Vec::new();
    for item in &items {
        match item {
            Item::Page(item) => {
                let signature = item.signature.as_ref().unwrap();
                verify_scope_heads(&bench.site.store.sign_key(), item.lineage, &item.heads, signature).unwrap();
                assert_eq!(item.chain_heads.len(), 1);
                given.extend(item.page.ops.iter().map(|op| op.bytes.clone()));
            }
            Item::Refusals(refusals) => {
                assert_eq!((refusals.device, refusals.refused[0].seq), (two.id, 1));
                assert_eq!(refusals.refused[0].code, "bad_op");
            }
            Item::Vector(vector) => assert_eq!(vector.chains.len(), 2),
            Item::Blob(piece) => assert_eq!(piece, &blob()),
            _ => {}
        }
    }
    assert_eq!(given, village);
    // after it told what it has, only the rest comes
    let hashes: Vec<Hash32> = village[..3].iter().map(|op| Hash32::of(op)).collect();
    let has = |root| Vector { heads: vec![ScopeHead { scope: scope(VILLAGE), size: 3, root }], ..Vector::default() };
    bench.take(&bench.packed(&two, &[Item::Vector(has(subtree_root(&hashes)))]));
    assert_eq!(bench.given(&two).0.ops, 2);
    // of another history nothing is believed
    bench.take(&bench.packed(&two, &[Item::Vector(has(Hash32::ZERO))]));
    assert_eq!(bench.given(&two).0.ops, 5);
}

/// The names of the blobs in a bundle for this device.
#[test]
fn many_keys_handed_over_go_in_several_items() {
    let bench = Bench::new();
    let (one, two) = (Author::new(1), Author::new(2));
    let giver = bench.enrol(&one);
    bench.enrol(&two);
    let grants: Vec<Grant> = (0..=GRANTS_MAX as u128)
        .map(|number| DataKeyId::from_bytes(number.to_be_bytes()))
        .map(|data_key| Grant { data_key, for_device: two.id, wrapped: vec![7; WRAPPED_FOR_BYTES] })
        .collect();
    let third = bench.enrol(&Author::new(3));
    bench.site.store.grant(&giver, &grants[..GRANTS_MAX], NOW_MS).unwrap();
    bench.site.store.grant(&third, &grants[GRANTS_MAX..], NOW_MS).unwrap();
    let (_, items) = bench.given(&two);
    let given =
        items.iter().filter_map(|item| if let Item::Grants(given) = item { Some(&given.grants[..]) } else { None });
    let given: Vec<&[Grant]> = given.collect();
    assert_eq!(given.iter().map(|grants| grants.len()).collect::<Vec<_>>(), [GRANTS_MAX, 1]);
    assert_eq!(given.concat(), grants);
}

fn blobs_in(bench: &Bench, author: &Author) -> Vec<Hash32> {
    let blobs = bench.given(author).1.into_iter().filter_map(|item| match item {
        Item::Blob(piece) => Some(piece.blob),
        _ => None,
    });
    blobs.collect()
}

#[test]
fn a_blob_goes_until_the_device_says_that_it_has_it() {
    let bench = Bench::new();
    let (one, two) = (Author::new(1), Author::new(2));
    bench.enrol(&one);
    bench.enrol(&two);
    let named = |id: u8| BlobsPutRequest { blob: Hash32([id; 32]), ..blob() };
    bench.take(&bench.packed(&one, &[Item::Blob(named(1))]));
    assert_eq!(blobs_in(&bench, &two), [Hash32([1; 32])]);
    // it wrote what it has before the second one came, and its stick arrives after it
    bench.take(&bench.packed(&one, &[Item::Blob(named(2))]));
    let vector = |blobs: &[u8]| {
        let blobs = blobs.iter().map(|id| Hash32([*id; 32])).collect();
        [Item::Vector(Vector { blobs, ..Vector::default() })]
    };
    bench.take(&bench.packed(&two, &vector(&[1])));
    assert_eq!(blobs_in(&bench, &two), [Hash32([2; 32])]);
    assert_eq!(blobs_in(&bench, &two), [Hash32([2; 32])], "also where the first stick was lost");
    bench.take(&bench.packed(&two, &vector(&[1, 2])));
    assert_eq!(blobs_in(&bench, &two), []);
}

#[test]
fn what_is_damaged_here_ends_no_bundle() {
    let bench = Bench::new();
    let (mut one, two) = (Author::new(1), Author::new(2));
    bench.enrol(&one);
    bench.enrol(&two);
    let (village, other) = (one.ops(VILLAGE, 5), one.ops(OTHER_VILLAGE, 2));
    let ops: Vec<Vec<u8>> = [village, other].concat();
    bench.take(&bench.packed(&one, &[Item::Ops(one.push_request(&ops)), Item::Blob(blob())]));
    let meddle = |sql: &str| bench.site.store.write(|tx| tx.execute(sql, &[vec![0_u8; 9].into()])).unwrap();
    meddle("UPDATE op SET bytes = $1 WHERE seq = 3");
    let (report, _) = bench.given(&two);
    assert_eq!((report.ops, report.blobs, report.held_back), (4, 1, true), "all before it, and the other village");
    meddle("UPDATE blob_piece SET bytes = $1");
    let (report, _) = bench.given(&two);
    assert_eq!((report.ops, report.blobs, report.held_back), (4, 0, true));
}

#[test]
fn a_chain_that_forked_on_a_stick_gets_its_epoch_on_a_stick() {
    let bench = Bench::new();
    let mut author = Author::new(1);
    bench.enrol(&author);
    let mut copy = author.clone();
    let (here, there) = (author.ops(VILLAGE, 2), copy.ops(OTHER_VILLAGE, 2));
    bench.take(&bench.packed(&author, &[Item::Ops(author.push_request(&here))]));
    let epochs = |bench: &Bench| {
        let items = bench.given(&Author::new(1)).1.into_iter();
        items.filter_map(|item| if let Item::Epoch(new) = item { Some(new.epoch) } else { None }).collect::<Vec<_>>()
    };
    assert_eq!(epochs(&bench), [0_u32; 0]);
    let report = bench.take(&bench.packed(&copy, &[Item::Ops(copy.push_request(&there))]));
    assert_eq!((report.ops, report.waiting), (0, 2));
    assert_eq!(epochs(&bench), [2]);
    assert_eq!(epochs(&bench), [0_u32; 0], "given once");
    // that stick was lost: the old chain comes again
    bench.take(&bench.packed(&copy, &[Item::Ops(copy.push_request(&there))]));
    assert_eq!(epochs(&bench), [3]);
    copy.begin_epoch(3);
    let again = copy.ops(OTHER_VILLAGE, 2);
    assert_eq!(bench.take(&bench.packed(&copy, &[Item::Ops(copy.push_request(&again))])).ops, 2);
}

#[test]
fn a_file_that_cannot_be_finished_leaves_the_old_one() {
    let bench = Bench::new();
    let author = Author::new(1);
    bench.enrol(&author);
    let path = bench.dir.path().join("stick.zxb");
    std::fs::write(&path, b"of last week").unwrap();
    assert!(give_out_file(&bench.site, town(), Author::new(9).id, &path).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"of last week");
    give_out_file(&bench.site, town(), author.id, &path).unwrap();
    assert!(Closed::read(&std::fs::read(&path).unwrap()[..], town()).is_ok());
    let left: Vec<_> = std::fs::read_dir(bench.dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
}
