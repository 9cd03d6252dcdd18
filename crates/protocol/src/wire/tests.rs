#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DataKeyId, DeviceId};

use super::code::{CODE_RANDOM_BYTES, CodeFault, EnrolCode};
use super::enrol::EnrolRequest;
use super::heads::ProvenHead;
use super::hello::{HelloAnswer, HelloRequest};
use super::keys::{GrantsAnswer, KeyRef, TownDevice};
use super::ops::{HeadSignature, OpOutcome, OpResult, PushAnswer, PushRequest};
use super::repair::{NodeRoot, RootsAnswer};
use super::{Answer, Ask, Endpoint, FaultCode, Lineage, PROTOCOL_MAJOR, PROTOCOL_MAJOR_MIN, WireFault, scope};
use crate::frame::{FrameError, from_cbor, pack, to_cbor};
use crate::hash::Hash32;

const LINEAGE: Lineage = Lineage([9; 16]);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_push_comes_back_as_it_was() {
    let push = PushRequest {
        device: DeviceId::from_bytes([1; 16]),
        epoch: 3,
        ops: vec![vec![0xa0].into(), vec![0xa1, 0, 1].into()],
        head: HeadSignature { alg: "ed25519".to_owned(), signature: vec![7; 64] },
    };
    let ask = Ask::unpack(Endpoint::Push, &Ask::pack(&push)).unwrap();
    assert_eq!(ask.body::<PushRequest>().unwrap(), push);
}

/// A change of these bytes is a change of the protocol.
#[test]
fn the_bytes_of_an_answer_are_fixed() {
    let answer = PushAnswer {
        results: vec![
            OpResult { outcome: Some(OpOutcome::Accepted { server_seq: 7 }) },
            OpResult { outcome: Some(OpOutcome::Duplicate { server_seq: 8, issue: None }) },
            OpResult { outcome: Some(OpOutcome::Gap { expected: 4 }) },
            OpResult { outcome: Some(OpOutcome::Fork) },
        ],
    };
    assert_eq!(hex(&to_cbor(&answer)), "a10084a1008200a10007a1008201a10008a1008204a10004a1008205a0");
    assert_eq!(from_cbor::<PushAnswer>(&to_cbor(&answer)).unwrap(), answer);
}

#[test]
fn a_fate_from_a_newer_district_leaves_the_op_pending() {
    // {0: [{0: [99, {0: 1}]}, {0: [0, {0: 7, 50: "new"}]}]}
    let newer = [
        0xa1, 0x00, 0x82, 0xa1, 0x00, 0x82, 0x18, 0x63, 0xa1, 0x00, 0x01, 0xa1, 0x00, 0x82, 0x00, 0xa2, 0x00, 0x07,
        0x18, 0x32, 0x63, b'n', b'e', b'w',
    ];
    let answer: PushAnswer = from_cbor(&newer).unwrap();
    assert_eq!(answer.results[0].outcome, None);
    assert_eq!(answer.results[1].outcome, Some(OpOutcome::Accepted { server_seq: 7 }));
}

#[test]
fn a_refusal_is_readable_whatever_the_version() {
    let mut answer = Answer::refused(LINEAGE, WireFault::busy(30));
    answer.major = PROTOCOL_MAJOR + 4;
    let read = Answer::unpack(&answer.pack()).unwrap();
    assert_eq!(read.lineage, LINEAGE);
    let fault = read.fault.unwrap();
    assert_eq!(fault.known(), Some(FaultCode::Busy));
    assert_eq!(fault.retry_after_s, Some(30));
    assert_eq!(fault.status(), 429);
}

#[test]
fn an_answer_must_have_exactly_one_inside() {
    let mut both = Answer::done(LINEAGE, &1u8);
    both.fault = Some(WireFault::of(FaultCode::Internal));
    assert_eq!(Answer::unpack(&both.pack()), Err(FrameError::Shape));
    let mut none = Answer::done(LINEAGE, &1u8);
    none.body = None;
    assert_eq!(Answer::unpack(&none.pack()), Err(FrameError::Shape));
}

#[test]
fn another_program_or_version_is_refused_by_name() {
    let stranger = Ask { protocol: "other".to_owned(), major: PROTOCOL_MAJOR, minor: 0, body: to_cbor(&1u8) };
    assert_eq!(Ask::unpack(Endpoint::Push, &pack(&stranger)).unwrap_err().known(), Some(FaultCode::BadFrame));
    let newer = Ask { protocol: super::PROTOCOL_NAME.to_owned(), major: PROTOCOL_MAJOR + 1, ..stranger };
    assert_eq!(Ask::unpack(Endpoint::Push, &pack(&newer)).unwrap_err().known(), Some(FaultCode::Version));
}

fn hello(major_min: u16, major_max: u16) -> HelloAnswer {
    HelloAnswer {
        time_ms: 1,
        major_min,
        district_name: "区平台".to_owned(),
        major_max,
        sign_key: [1; 32],
        seal_key: [2; 32],
    }
}

#[test]
fn both_sides_speak_the_newest_version_that_both_know() {
    assert_eq!(hello(1, PROTOCOL_MAJOR).common_major(), Some(PROTOCOL_MAJOR));
    // the district is newer, and still takes ours
    assert_eq!(hello(PROTOCOL_MAJOR, PROTOCOL_MAJOR + 1).common_major(), Some(PROTOCOL_MAJOR));
    // the district is newer, and takes ours no more
    assert_eq!(hello(PROTOCOL_MAJOR + 1, PROTOCOL_MAJOR + 2).common_major(), None);
    // the district is older than the oldest that we speak
    assert_eq!(hello(0, PROTOCOL_MAJOR_MIN - 1).common_major(), None);
}

#[test]
fn a_hello_is_taken_in_any_version_and_nothing_else() {
    for major in [0, PROTOCOL_MAJOR + 1, u16::MAX] {
        let bytes = Ask::pack_as(major, &HelloRequest::default());
        assert_eq!(Ask::unpack(Endpoint::Hello, &bytes).unwrap().body::<HelloRequest>().unwrap(), HelloRequest {});
        for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| *endpoint != Endpoint::Hello) {
            assert_eq!(Ask::unpack(endpoint, &bytes).unwrap_err().known(), Some(FaultCode::Version));
        }
    }
}

#[test]
fn a_root_that_is_not_there_is_not_a_root_of_another_length() {
    let answer = RootsAnswer { roots: vec![NodeRoot(None), NodeRoot(Some(Hash32([1; 32])))] };
    assert_eq!(from_cbor::<RootsAnswer>(&to_cbor(&answer)).unwrap(), answer);
    assert_eq!(hex(&to_cbor(&RootsAnswer { roots: vec![NodeRoot(None)] })), "a1008140");
    assert!(from_cbor::<RootsAnswer>(&[0xa1, 0x00, 0x81, 0x41, 0x07]).is_err());
}

#[test]
fn an_empty_proof_is_not_a_missing_one() {
    let proven = |proof| ProvenHead { scope: "330211101".parse().unwrap(), size: 0, root: Hash32::ZERO, proof };
    for proof in [None, Some(Vec::new()), Some(vec![Hash32::ZERO])] {
        let read: ProvenHead = from_cbor(&to_cbor(&proven(proof.clone()))).unwrap();
        assert_eq!(read.proof, proof);
    }
}

#[test]
fn every_fault_code_has_its_row() {
    for code in [
        FaultCode::BadFrame,
        FaultCode::Version,
        FaultCode::TooLarge,
        FaultCode::DeviceUnknown,
        FaultCode::DeviceRevoked,
        FaultCode::ScopeDenied,
        FaultCode::BadSignature,
        FaultCode::CodeUnknown,
        FaultCode::CodeUsed,
        FaultCode::CodeExpired,
        FaultCode::CodeTown,
        FaultCode::DeviceKeyDiffers,
        FaultCode::BlobUnknown,
        FaultCode::BlobDamaged,
        FaultCode::Quota,
        FaultCode::Busy,
        FaultCode::Internal,
    ] {
        assert_eq!(FaultCode::from_name(code.name()), Some(code));
        assert!((400..600).contains(&code.status()));
        assert!(!code.text().is_empty());
    }
}

#[test]
fn paths_are_distinct() {
    let paths: std::collections::BTreeSet<_> = Endpoint::ALL.iter().map(|it| it.path()).collect();
    assert_eq!(paths.len(), Endpoint::ALL.len());
}

#[test]
fn the_town_is_common_and_villages_are_granted() {
    let town = "330211101".parse().unwrap();
    let one: Scope = "330211101002".parse().unwrap();
    let two: Scope = "330211101003".parse().unwrap();
    let abroad: Scope = "330211102".parse().unwrap();
    assert!(scope::allows(town, &[one], Scope::Town(town)));
    assert!(scope::allows(town, &[one], one));
    assert!(!scope::allows(town, &[one], two));
    assert!(scope::allows(town, &[Scope::Town(town)], two));
    assert!(!scope::allows(town, &[Scope::Town(town)], abroad));
    assert!(!scope::allows(town, &[abroad], abroad));
}

#[test]
fn the_proof_covers_every_field() {
    let request = EnrolRequest {
        code: "AAAA".to_owned(),
        device: DeviceId::from_bytes([1; 16]),
        label: "综合办 1 号机".to_owned(),
        sign_key: [2; 32],
        seal_key: [3; 32],
        town: "330211101".to_owned(),
        proof: Vec::new(),
    };
    let proof = request.proof_hash();
    let others = [
        EnrolRequest { code: "AAAB".to_owned(), ..request.clone() },
        EnrolRequest { device: DeviceId::from_bytes([4; 16]), ..request.clone() },
        EnrolRequest { sign_key: [5; 32], ..request.clone() },
        EnrolRequest { seal_key: [6; 32], ..request.clone() },
        EnrolRequest { town: "330211102".to_owned(), ..request },
    ];
    for other in others {
        assert_ne!(other.proof_hash(), proof);
    }
}

#[test]
fn a_device_list_comes_back() {
    let answer = GrantsAnswer {
        devices: vec![TownDevice {
            device: DeviceId::from_bytes([1; 16]),
            label: "综合办 1 号机".to_owned(),
            seal_key: [4; 32],
            fingerprint: super::enrol::fingerprint(&[4; 32]),
            enrolled_at_ms: 1,
            granted: vec![KeyRef(DataKeyId::from_bytes([5; 16]))],
            sign_key: [6; 32],
            scopes: Vec::new(),
        }],
        ..GrantsAnswer::default()
    };
    assert_eq!(from_cbor::<GrantsAnswer>(&to_cbor(&answer)).unwrap(), answer);
    assert_eq!(answer.devices[0].fingerprint.len(), 24);
}

#[test]
fn a_code_survives_the_telephone() {
    let code = EnrolCode::from_random([0xfe; CODE_RANDOM_BYTES]);
    let text = code.to_string();
    assert_eq!(text.len(), 19);
    let spoken = text.to_lowercase().replace('-', " ");
    assert!(spoken.parse::<EnrolCode>().unwrap() == code);
    assert!(text.replace('0', "o").replace('1', "l").parse::<EnrolCode>().unwrap() == code);
    assert_eq!(text[..10].parse::<EnrolCode>().unwrap_err(), CodeFault::Length { found: 8 });
    assert_eq!("接入码".parse::<EnrolCode>().unwrap_err(), CodeFault::Character { found: '接' });
    assert!(!format!("{code:?}").contains(&text[..4]));
}

proptest! {
    #[test]
    fn one_wrong_character_or_one_swap_is_noticed(
        random in any::<[u8; CODE_RANDOM_BYTES]>(), place in 0usize..16, other in 0usize..32,
    ) {
        let text = EnrolCode::from_random(random).to_string().replace('-', "");
        prop_assert!(text.parse::<EnrolCode>().is_ok());
        let mut chars: Vec<char> = text.chars().collect();
        let letter = char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[other]);
        if chars[place] != letter {
            chars[place] = letter;
            prop_assert!(chars.iter().collect::<String>().parse::<EnrolCode>().is_err());
        }
        let mut swapped: Vec<char> = text.chars().collect();
        let with = other % 16;
        if swapped[place] != swapped[with] {
            swapped.swap(place, with);
            prop_assert!(swapped.iter().collect::<String>().parse::<EnrolCode>().is_err());
        }
    }

    #[test]
    fn damaged_messages_never_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Ask::unpack(Endpoint::Push, &data);
        let _ = Answer::unpack(&data);
        let _ = from_cbor::<PushRequest>(&data);
        let _ = from_cbor::<GrantsAnswer>(&data);
    }
}
