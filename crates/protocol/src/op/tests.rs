#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use zhenxin_domain::ids::ResidentId;

use super::*;
use crate::body::statement::StatementIssued;

fn sample() -> Op {
    let body = Body::StatementIssued(StatementIssued {
        resident: ResidentId::from_bytes([4; 16]),
        code: "K7Q2".to_owned(),
        balance_units: 120,
        as_of: 20_440,
        passbook: None,
    });
    Op {
        id: OpId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([2; 16]),
        epoch: 1,
        seq: 1,
        prev: Hash32::ZERO,
        scope: "330211101200".parse().unwrap(),
        kind: body.kind().to_owned(),
        kind_version: body.version(),
        body: body.encode(),
        hlc: 115_964_117_991_424,
        recorded_at: 1_769_472_000_000,
        occurred_on: 20_480,
        actor: UserId::from_bytes([3; 16]),
        alg: SM3_TAG.to_owned(),
        origin: None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_format_does_not_change_unnoticed() {
    let bytes = sample().to_bytes().unwrap();
    assert_eq!(hex(&bytes), GOLDEN);
    assert_eq!(Op::hash_of(&bytes).to_string(), GOLDEN_HASH);
}

/// Written down once. A difference here is a change of the format that every released program and
/// district would have to understand: add an optional key or raise the kind's version instead.
const GOLDEN: &str = concat!(
    "ae00500101010101010101010101010101010101500202020202020202020202020202020202010301045820",
    "0000000000000000000000000000000000000000000000000000000000000000056c33333032313131303132",
    "3030067073746174656d656e742e6973737565640701085820a4005004040404040404040404040404040404",
    "01644b37513202187803194fd8091b00006978000f40000a1b0000019bfcc000000b1950000c500303030303",
    "03030303030303030303030d63736d33",
);
const GOLDEN_HASH: &str = "9f82789054819838144ff75e71a277e677ecae83b91de7ed6c33a4673ca387ad";

#[test]
fn an_operation_reads_back_as_it_was_written() {
    let op = sample();
    let read = Op::from_bytes(&op.to_bytes().unwrap()).unwrap();
    assert_eq!(read, op);
    assert!(matches!(read.read_body(), Ok(Some(Body::StatementIssued(_)))));
}

#[test]
fn keys_of_a_newer_program_are_passed_over_and_stay_in_the_bytes() {
    let bytes = sample().to_bytes().unwrap();
    // A map of 14 keys gains a fifteenth, key 23 with a text.
    let mut newer = bytes.clone();
    assert_eq!(newer[0], 0xae);
    newer[0] = 0xaf;
    newer.extend_from_slice(&[0x17, 0x62, b'o', b'k']);
    let read = Op::from_bytes(&newer).unwrap();
    assert_eq!(read, sample());
    assert_ne!(Op::hash_of(&newer), Op::hash_of(&bytes));
}

#[test]
fn what_repeats_an_operation_has_its_content_id_and_its_entities() {
    let op = sample();
    let repeated = Op { id: OpId::from_bytes([9; 16]), epoch: 2, origin: Some(op.id), ..sample() };
    assert_eq!((op.content_id(), repeated.content_id()), (op.id, op.id));
    let body = op.read_body().unwrap().unwrap();
    assert_eq!(repeated.entities(&body), op.entities(&body));
    assert_eq!(Op::from_bytes(&repeated.to_bytes().unwrap()).unwrap(), repeated);
}

#[test]
fn a_kind_or_version_of_a_newer_program_is_no_fault() {
    let mut op = sample();
    op.kind = "lantern.lit".to_owned();
    assert_eq!(op.read_body(), Ok(None));
    let mut op = sample();
    op.kind_version = 2;
    assert_eq!(op.read_body(), Ok(None));
}

#[test]
fn bytes_that_are_no_operation_are_refused() {
    let bytes = sample().to_bytes().unwrap();
    assert_eq!(Op::from_bytes(b"<html>"), Err(OpFault::Shape));
    assert_eq!(Op::from_bytes(&bytes[..bytes.len() - 1]), Err(OpFault::Shape));
    assert_eq!(Op::from_bytes(&[bytes.as_slice(), b"x"].concat()), Err(OpFault::Shape));
    assert_eq!(Op::from_bytes(&vec![0; OP_MAX_BYTES + 1]), Err(OpFault::TooLarge));
    let mut zero = sample();
    zero.seq = 0;
    assert_eq!(Op::from_bytes(&zero.to_bytes().unwrap()), Err(OpFault::Shape));
    let mut hash = sample();
    hash.alg = "sha3".to_owned();
    assert_eq!(Op::from_bytes(&hash.to_bytes().unwrap()), Err(OpFault::Algorithm));
}

#[test]
fn a_chain_is_dense_and_names_the_hash_before() {
    let first = sample();
    let hash = Op::hash_of(&first.to_bytes().unwrap());
    assert_eq!(check_follows(None, &first), Ok(()));
    let second = Op { seq: 2, prev: hash, ..sample() };
    assert_eq!(check_follows(Some((1, hash)), &second), Ok(()));
    assert_eq!(check_follows(Some((1, Hash32::ZERO)), &second), Err(OpFault::Chain));
    assert_eq!(check_follows(Some((2, hash)), &second), Err(OpFault::Chain));
    assert_eq!(check_follows(None, &second), Err(OpFault::Chain));
}

proptest! {
    #[test]
    fn writing_and_reading_are_inverse(
        id: [u8; 16], device: [u8; 16], epoch: u32, seq in 1..i64::MAX as u64, prev: [u8; 32],
        kind in "[a-z.]{1,30}", kind_version: u16, body: Vec<u8>, hlc in 0..i64::MAX as u64,
        recorded_at: i64, occurred_on: i32, actor: [u8; 16], origin: Option<[u8; 16]>,
    ) {
        let op = Op {
            id: OpId::from_bytes(id), device: DeviceId::from_bytes(device), epoch, seq,
            prev: Hash32(prev), scope: "330211101".parse().unwrap(), kind, kind_version, body, hlc,
            recorded_at, occurred_on, actor: UserId::from_bytes(actor), alg: SM3_TAG.to_owned(),
            origin: origin.map(OpId::from_bytes),
        };
        let bytes = op.to_bytes().unwrap();
        let read = Op::from_bytes(&bytes).unwrap();
        prop_assert_eq!(read.to_bytes().unwrap(), bytes);
        prop_assert_eq!(read, op);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
        let _ = Op::from_bytes(&bytes);
    }
}

#[test]
fn a_village_writes_no_record_of_the_whole_town() {
    let body = Body::UserChanged(crate::body::user::UserChanged {
        user: UserId::from_bytes([5; 16]),
        duties: Some(15),
        active: None,
        resident: None,
        villages: None,
        resident_off: false,
    });
    let mut op = Op { kind: body.kind().to_owned(), kind_version: body.version(), body: body.encode(), ..sample() };
    assert_eq!(op.read_body(), Err(BodyFault::Scope));
    op.scope = "330211101".parse().unwrap();
    assert_eq!(op.read_body(), Ok(Some(body)));
}
