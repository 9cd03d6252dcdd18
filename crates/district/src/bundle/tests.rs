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

use super::*;
use crate::config::Config;
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, VILLAGE, scope, town};
use crate::store::enrol::{NewCode, Newcomer};

struct Bench {
    _dir: TempDir,
    site: Arc<Site>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let site = Site::open(&Config { clock: Arc::new(|| NOW_MS), ..Config::local(dir.path()) }).unwrap();
        Self { _dir: dir, site }
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
        let signature =
            HeadSignature { alg: ED25519_TAG.to_owned(), signature: sign_head(&author.seed, &header.hash()).to_vec() };
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
        let report = give_out(&self.site, author.id, &mut bytes).unwrap();
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
    KeyRow { subject: [1; 16], data_key: DataKeyId::from_bytes([1; 16]), wrapped: vec![5; 72], tombstone: false }
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
    bench.site.store.revoke(carrier.id, NOW_MS).unwrap();
    let (mine, theirs) = (carrier.ops(VILLAGE, 1), other.ops(VILLAGE, 1));
    let items = [
        Item::Ops(carrier.push_request(&mine)),
        Item::Ops(other.push_request(&theirs)),
        Item::Keys(KeysPushRequest { rows: vec![key()] }),
        Item::Blob(blob()),
    ];
    let report = bench.take(&bench.packed(&carrier, &items));
    assert_eq!((report.ops, report.refused, report.keys, report.passed_over), (1, 1, 0, 2));
    let refused = give_out(&bench.site, carrier.id, Vec::new());
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
    let has = |root| Vector { heads: vec![ScopeHead { scope: scope(VILLAGE), size: 3, root }], chains: Vec::new() };
    bench.take(&bench.packed(&two, &[Item::Vector(has(subtree_root(&hashes)))]));
    assert_eq!(bench.given(&two).0.ops, 2);
    // of another history nothing is believed
    bench.take(&bench.packed(&two, &[Item::Vector(has(Hash32::ZERO))]));
    assert_eq!(bench.given(&two).0.ops, 5);
}
