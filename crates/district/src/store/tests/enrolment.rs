//! Codes and the letting in of devices.

use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::code::EnrolCode;

use super::{Bench, HOUR_MS, newcomer, stories};
use crate::fixture::{Author, NOW_MS, VILLAGE, town};
use crate::store::device::{Condition, Device};
use crate::store::enrol::{EnrolError, NewCode};
use crate::store::{DATABASE_FILE, Store};

stories! {
    a_code_opens_once_for_one_device_of_its_town_in_its_time
    a_lost_answer_to_an_enrolment_can_be_asked_for_again
    a_code_can_be_made_beside_a_running_writer
    what_a_device_says_of_itself_is_kept
    one_id_in_two_towns_is_two_devices
}

fn refusal(result: Result<Device, EnrolError>) -> FaultCode {
    match result {
        Err(EnrolError::Refused(code)) => code,
        other => panic!("no refusal: {other:?}"),
    }
}

fn a_code_opens_once_for_one_device_of_its_town_in_its_time(bench: Bench) {
    let store = &bench.store;
    let (one, two) = (Author::new(1), Author::new(2));
    let code = bench.code(&[]);
    let mut abroad = newcomer(&one, &code);
    abroad.town = "330211102".parse().unwrap();
    assert_eq!(refusal(store.let_in(&abroad, &[1; 32], NOW_MS)), FaultCode::CodeTown);
    let device = store.let_in(&newcomer(&one, &code), &[1; 32], NOW_MS).unwrap();
    assert_eq!(device.epoch, 1);
    assert_eq!(refusal(store.let_in(&newcomer(&two, &code), &[2; 32], NOW_MS)), FaultCode::CodeUsed);
    let unknown = EnrolCode::from_random([3; 10]);
    assert_eq!(refusal(store.let_in(&newcomer(&two, &unknown), &[2; 32], NOW_MS)), FaultCode::CodeUnknown);
    let late = bench.code(&[VILLAGE]);
    assert_eq!(refusal(store.let_in(&newcomer(&two, &late), &[2; 32], NOW_MS + HOUR_MS)), FaultCode::CodeExpired);
    bench.sound();
}

fn a_lost_answer_to_an_enrolment_can_be_asked_for_again(bench: Bench) {
    let store = &bench.store;
    let author = Author::new(1);
    let code = bench.code(&[]);
    store.let_in(&newcomer(&author, &code), &[1; 32], NOW_MS).unwrap();
    store.let_in(&newcomer(&author, &code), &[2; 32], NOW_MS + 1).unwrap();
    assert!(store.device_by_token(&[1; 32]).unwrap().is_none());
    assert_eq!(store.device_by_token(&[2; 32]).unwrap().unwrap().id, author.id);
    let mut other_keys = newcomer(&author, &code);
    other_keys.sign_key = [9; 32];
    assert_eq!(refusal(store.let_in(&other_keys, &[3; 32], NOW_MS)), FaultCode::DeviceKeyDiffers);
    store.revoke(town(), author.id, NOW_MS).unwrap();
    assert_eq!(refusal(store.let_in(&newcomer(&author, &code), &[4; 32], NOW_MS)), FaultCode::DeviceRevoked);
    let again = bench.code(&[]);
    let back = store.let_in(&newcomer(&author, &again), &[5; 32], NOW_MS).unwrap();
    assert_eq!(back.revoked_at_ms, None);
}

fn a_code_can_be_made_beside_a_running_writer(bench: Bench) {
    let beside = bench.beside();
    let code = bench.code(&[]);
    let author = Author::new(1);
    assert!(beside.let_in(&newcomer(&author, &code), &[1; 32], NOW_MS).is_ok());
    assert_eq!(beside.lineage(), bench.store.lineage());
    assert_eq!((beside.sign_key(), beside.seal_key()), (bench.store.sign_key(), bench.store.seal_key()));
    assert_eq!(bench.store.towns().unwrap()[0].devices.len(), 1);
}

fn what_a_device_says_of_itself_is_kept(bench: Bench) {
    let author = Author::new(1);
    bench.enrolled(&author, &[]);
    let condition = Condition { program: "0.4.0".to_owned(), pending_ops: 12, oldest_pending_at_ms: Some(NOW_MS - 5) };
    bench.store.note_contact(town(), author.id, Some(&condition), NOW_MS).unwrap();
    bench.store.note_contact(town(), author.id, None, NOW_MS + 7).unwrap();
    let report = bench.store.towns().unwrap().remove(0).devices.remove(0);
    assert_eq!((report.program.as_deref(), report.pending_ops), (Some("0.4.0"), Some(12)));
    assert_eq!((report.oldest_pending_at_ms, report.contact_at_ms), (Some(NOW_MS - 5), Some(NOW_MS + 7)));
}

#[cfg(unix)]
#[test]
fn the_file_with_the_keys_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::sqlite();
    bench.enrolled(&Author::new(1), &[]);
    for file in std::fs::read_dir(bench.dir.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
}

#[test]
fn neither_code_nor_token_lies_in_the_file() {
    let bench = Bench::sqlite();
    let author = Author::new(1);
    let code = bench.code(&[]);
    let token = [0xab; 32];
    bench.store.let_in(&newcomer(&author, &code), &token, NOW_MS).unwrap();
    let Bench { dir, store, .. } = bench;
    drop(store);
    let file = std::fs::read(dir.path().join(DATABASE_FILE)).unwrap();
    let plain = code.to_string().replace('-', "");
    assert!(!file.windows(plain.len()).any(|window| window == plain.as_bytes()));
    assert!(!file.windows(token.len()).any(|window| window == token));
    assert!(Store::open(dir.path()).unwrap().device_by_token(&token).unwrap().is_some());
}

/// A disk that was copied from one town to another.
fn one_id_in_two_towns_is_two_devices(bench: Bench) {
    let store = &bench.store;
    let author = Author::new(1);
    let other = "330211099".parse().unwrap();
    bench.enrolled(&author, &[]);
    let new = NewCode { town: other, label: String::new(), villages: Vec::new(), valid_ms: HOUR_MS };
    let code = store.make_code(&new, NOW_MS).unwrap();
    let mut abroad = newcomer(&author, &code);
    abroad.town = other;
    store.let_in(&abroad, &[2; 32], NOW_MS).unwrap();
    // the other town comes first in every order
    assert!(store.revoke(town(), author.id, NOW_MS).unwrap());
    let revoked = |token: u8| store.device_by_token(&[token; 32]).unwrap().unwrap().revoked_at_ms;
    assert_eq!((revoked(1), revoked(2)), (Some(NOW_MS), None));
    assert!(!store.revoke("330211098".parse().unwrap(), author.id, NOW_MS).unwrap());
    bench.sound();
}
