#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::item::{ChainPlace, NewEpoch, PageItem, Refusal, Refusals, Vector};
use super::*;
use crate::device_key::{Context, ED25519_TAG, public_key, sign_hash};
use crate::hash::Hash32;
use crate::wire::Lineage;
use crate::wire::blobs::BlobsPutRequest;
use crate::wire::heads::ScopeHead;
use crate::wire::keys::{Grant, GrantRequest, KeyRow, KeysPushRequest};
use crate::wire::ops::{ChainHead, HeadSignature, OrderedOp, Page, PageHead, PushRequest};
use crate::wrap::public_of;

const KEY: [u8; 32] = [1; 32];
const SEED: [u8; 32] = [2; 32];
const ME: DeviceId = DeviceId::from_bytes([3; 16]);
const MY_SECRET: [u8; 32] = [4; 32];
const DISTRICT_SECRET: [u8; 32] = [5; 32];
const BUNDLE: [u8; 16] = [6; 16];

fn town() -> TownCode {
    "330211101".parse().unwrap()
}

fn signature() -> HeadSignature {
    HeadSignature { alg: ED25519_TAG.to_owned(), signature: vec![7; 64] }
}

fn header() -> Header {
    let let_in = |device, secret: &[u8; 32]| {
        let fresh = Fresh { ephemeral: [8; 32], nonce: [9; 24] };
        Recipient::new(&BUNDLE, &KEY, device, &public_of(secret), &fresh).unwrap()
    };
    Header {
        bundle: BUNDLE,
        town: town(),
        author: Some(DeviceId::from_bytes([10; 16])),
        made_at_ms: 1_769_472_000_000,
        recipients: vec![let_in(Some(ME), &MY_SECRET), let_in(None, &DISTRICT_SECRET)],
        alg: ALG.to_owned(),
    }
}

/// One item of each kind.
fn items() -> Vec<Item> {
    let device = DeviceId::from_bytes([10; 16]);
    let scope = "330211101200".parse().unwrap();
    let root = Hash32([11; 32]);
    vec![
        Item::Ops(PushRequest { device, epoch: 1, ops: vec![vec![0xa0].into(), vec![0xa1].into()], head: signature() }),
        Item::Page(PageItem {
            lineage: Lineage([12; 16]),
            page: Page {
                scope,
                ops: vec![OrderedOp { server_seq: 1, bytes: vec![0xa0], issue: None }],
                more: false,
                head: Some(PageHead { size: 1, root }),
            },
            chain_heads: vec![ChainHead {
                device,
                epoch: 1,
                seq: 2,
                alg: "ed25519".to_owned(),
                signature: vec![7; 64],
            }],
            heads: vec![ScopeHead { scope, size: 4, root }],
            signature: Some(signature()),
            proof: vec![root, root],
        }),
        Item::Keys(KeysPushRequest {
            rows: vec![KeyRow {
                subject: [13; 16],
                data_key: zhenxin_domain::ids::DataKeyId::from_bytes([14; 16]),
                wrapped: vec![15; 72],
                tombstone: false,
                scope,
                generation: 1,
            }],
        }),
        Item::Grants(GrantRequest {
            grants: vec![Grant {
                data_key: zhenxin_domain::ids::DataKeyId::from_bytes([14; 16]),
                for_device: ME,
                wrapped: vec![16; 104],
            }],
        }),
        Item::Refusals(Refusals {
            device,
            epoch: 1,
            refused: vec![Refusal {
                seq: 2,
                code: "bad_body".to_owned(),
                text: "请核对".to_owned(),
                hash: Hash32::of(b"refused"),
            }],
        }),
        Item::Blob(BlobsPutRequest {
            blob: root,
            scope,
            total_bytes: 5,
            sealed_hash: root,
            offset: 0,
            bytes: vec![17; 5],
        }),
        Item::Vector(Vector {
            heads: vec![ScopeHead { scope, size: 4, root }],
            chains: vec![ChainPlace { device, epoch: 1, seq: 2 }],
            blobs: vec![root],
        }),
        Item::Epoch(NewEpoch { device, epoch: 3 }),
    ]
}

fn written(items: &[Item]) -> Vec<u8> {
    let header = header();
    let signature =
        HeadSignature { signature: sign_hash(&SEED, Context::BundleHeader, &header.hash()).to_vec(), ..signature() };
    let mut writer = Writer::begin(Vec::new(), &header, &signature, &KEY).unwrap();
    items.iter().for_each(|item| writer.put(item).unwrap());
    writer.finish().unwrap()
}

fn opened(file: &[u8]) -> Reader<&[u8]> {
    Closed::read(file, town()).unwrap().open(Some(ME), &MY_SECRET).unwrap()
}

/// Everything up to the end or a fault.
fn read(mut reader: Reader<&[u8]>) -> (Vec<Item>, Option<BundleError>, Option<Ending>) {
    let mut items = Vec::new();
    loop {
        match reader.next_item() {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, None, reader.ending()),
            Err(error) => {
                assert!(reader.next_item().unwrap().is_none(), "nothing comes after a fault");
                return (items, Some(error), reader.ending());
            }
        }
    }
}

/// The offsets at which the file's records begin, and its length.
fn records(file: &[u8]) -> Vec<usize> {
    let mut at = vec![MAGIC.len()];
    while at[at.len() - 1] < file.len() {
        let begin = at[at.len() - 1];
        let len = u32::from_be_bytes(file[begin..begin + 4].try_into().unwrap());
        at.push(begin + 4 + len as usize);
    }
    at
}

#[test]
fn every_kind_of_item_comes_back_for_a_device_and_for_the_district() {
    let file = written(&items());
    let closed = Closed::read(file.as_slice(), town()).unwrap();
    assert_eq!(closed.header(), &header());
    closed.verify(&public_key(&SEED)).unwrap();
    assert!(matches!(closed.verify(&public_key(&[9; 32])), Err(BundleError::Signature)));
    let ending = Ending::Whole { items: 8 };
    let (read_items, error, ended) = read(closed.open(None, &DISTRICT_SECRET).unwrap());
    assert_eq!((read_items, ended), (items(), Some(ending)));
    assert!(error.is_none());
    assert_eq!(read(opened(&file)).2, Some(ending));
}

#[test]
fn a_cut_at_any_byte_leaves_the_items_before_it() {
    let file = written(&items());
    let at = records(&file);
    for len in at[2]..file.len() {
        let (read_items, error, ending) = read(opened(&file[..len]));
        // records 0 and 1 are the head
        let whole = at.iter().filter(|begin| **begin <= len).count() - 3;
        assert_eq!(read_items, items()[..whole.min(8)], "{len}");
        assert!(error.is_none());
        assert_eq!(ending, Some(Ending::Cut { items: whole as u64 }));
    }
    for len in 0..at[2] {
        assert!(matches!(Closed::read(&file[..len], town()), Err(BundleError::Foreign)), "{len}");
    }
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let file = written(&items());
    let at = records(&file);
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 1;
        let Ok(closed) = Closed::read(changed.as_slice(), town()) else {
            assert!(place < at[2]);
            continue;
        };
        if closed.verify(&public_key(&SEED)).is_err() {
            assert!(place < at[2]);
            continue;
        }
        let (read_items, error, ending) = read(closed.open(Some(ME), &MY_SECRET).unwrap());
        let sound = at.iter().filter(|begin| **begin <= place).count() - 3;
        assert!(place >= at[2], "the head is signed");
        assert_eq!(read_items, items()[..sound]);
        // a longer length than the rest of the file looks like a cut
        assert!(error.is_some() || ending == Some(Ending::Cut { items: sound as u64 }), "{place}");
    }
}

#[test]
fn records_cannot_be_left_out_swapped_or_added() {
    let file = written(&items());
    let at = records(&file);
    let part = |record: usize| &file[at[record]..at[record + 1]];
    let head = &file[..at[2]];
    let damaged = |parts: &[&[u8]]| {
        let bytes = parts.concat();
        let (items, error, _) = read(opened(&bytes));
        assert!(matches!(error, Some(BundleError::Damaged { .. })));
        items.len()
    };
    assert_eq!(damaged(&[head, part(3)]), 0);
    assert_eq!(damaged(&[head, part(2), part(4), part(3)]), 1);
    assert_eq!(damaged(&[head, part(2), part(2)]), 1);
    assert_eq!(damaged(&[&file, b"x"]), 8);
    assert_eq!(damaged(&[&file, part(2)]), 8);
}

#[test]
fn a_bundle_of_another_town_or_for_others_is_refused_at_once() {
    let file = written(&items());
    let elsewhere = "330211102".parse().unwrap();
    assert!(matches!(Closed::read(file.as_slice(), elsewhere), Err(BundleError::OtherTown)));
    let open = |me, secret| Closed::read(file.as_slice(), town()).unwrap().open(me, &secret).err();
    assert!(matches!(open(Some(DeviceId::from_bytes([20; 16])), MY_SECRET), Some(BundleError::NotForMe)));
    assert!(matches!(open(Some(ME), [21; 32]), Some(BundleError::Signature)));
    assert!(matches!(Closed::read(b"PK\x03\x04 no bundle".as_slice(), town()), Err(BundleError::Foreign)));
}

#[test]
fn an_item_of_a_newer_program_is_passed_over() {
    let file = written(&[Item::Unknown(40), items()[6].clone()]);
    assert_eq!(read(opened(&file)).0, [Item::Unknown(40), items()[6].clone()]);
}

#[test]
fn lengths_and_bombs_are_bounded() {
    let file = written(&[]);
    let at = records(&file);
    let head = &file[..at[2]];
    let forged = [head, &u32::MAX.to_be_bytes(), &[0; 100]].concat();
    let (_, error, _) = read(opened(&forged));
    assert!(matches!(error, Some(BundleError::Damaged { place: 1 })));
    // a sound item of 64 MiB of zeros in a few kilobytes, sealed as an author would
    let ops = vec![vec![0; 4 * BUNDLE_ITEM_MAX_BYTES].into()];
    let item = Item::Ops(PushRequest { device: ME, epoch: 1, ops, head: signature() });
    let bomb = crate::frame::compress(&to_cbor(&item));
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    let cipher = chacha20poly1305::XChaCha20Poly1305::new((&KEY).into());
    let aad = bound_to(&header().hash(), FIRST_INDEX);
    let sealed = cipher.encrypt(&nonce(&BUNDLE, FIRST_INDEX).into(), Payload { msg: &bomb, aad: &aad }).unwrap();
    let bomb = [head, &(sealed.len() as u32).to_be_bytes(), &sealed].concat();
    assert!(bomb.len() < 100_000);
    let (items, error, _) = read(opened(&bomb));
    assert!(items.is_empty() && matches!(error, Some(BundleError::Damaged { place: 1 })));
}

#[test]
fn an_item_that_is_too_large_leaves_the_file_as_it_was() {
    let header = header();
    let mut writer = Writer::begin(Vec::new(), &header, &signature(), &KEY).unwrap();
    let large = Item::Ops(PushRequest {
        device: ME,
        epoch: 1,
        ops: vec![vec![0; BUNDLE_ITEM_MAX_BYTES].into()],
        head: signature(),
    });
    let before = writer.written_bytes();
    assert!(matches!(writer.put(&large), Err(BundleError::TooLarge)));
    assert_eq!(writer.written_bytes(), before);
    let file = writer.finish().unwrap();
    assert_eq!(read(opened(&file)).2, Some(Ending::Whole { items: 0 }));
}

#[test]
fn what_cannot_be_compressed_fits_into_a_record() {
    // the densest item there is room for: nothing in it repeats
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(BUNDLE_ITEM_MAX_BYTES - 1_000)
    .collect();
    let item = Item::Ops(PushRequest { device: ME, epoch: 1, ops: vec![noise.into()], head: signature() });
    let file = written(std::slice::from_ref(&item));
    assert_eq!(read(opened(&file)).0, [item]);
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), keep in 0usize..600) {
        let file = written(&items()[6..]);
        let hostile = [&file[..keep.min(file.len())], &bytes].concat();
        if let Ok(closed) = Closed::read(hostile.as_slice(), town())
            && let Ok(reader) = closed.open(Some(ME), &MY_SECRET)
        {
            read(reader);
        }
        let _ = Closed::read([MAGIC.as_slice(), &bytes].concat().as_slice(), town());
    }
}
