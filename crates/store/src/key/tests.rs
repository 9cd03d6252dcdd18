#![allow(clippy::unwrap_used)]
use super::*;
use crate::proving::ports;

#[test]
fn a_recovery_key_reads_back_however_it_is_typed() {
    let (ports, _) = ports(11);
    let key = RecoveryKey::random(&ports);
    let printed = key.to_string();
    assert_eq!(printed.len(), 8 * 5 + 7);
    assert!(key.confirm(&printed).is_ok());
    let sloppy = format!("  {} ", printed.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l"));
    assert!(key.confirm(&sloppy).is_ok());
    assert!(!format!("{key:?}").contains(&printed[..4]));
}

#[test]
fn every_single_slip_in_a_recovery_key_is_named_by_its_group() {
    let (ports, _) = ports(12);
    let printed = RecoveryKey::random(&ports).to_string();
    for (at, c) in printed.char_indices().filter(|(_, c)| *c != '-') {
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().filter(|other| *other != c) {
            let mut typed = printed.clone();
            typed.replace_range(at..=at, &other.to_string());
            match RecoveryKey::parse(&typed) {
                Err(StoreError::RecoveryTyped { group }) => assert_eq!(group, at / 6 + 1),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn swapped_groups_in_a_recovery_key_are_found() {
    let (ports, _) = ports(13);
    let printed = RecoveryKey::random(&ports).to_string();
    let mut groups: Vec<&str> = printed.split('-').collect();
    groups.swap(2, 5);
    assert!(matches!(RecoveryKey::parse(&groups.join("-")), Err(StoreError::RecoveryTyped { .. })));
    assert!(matches!(RecoveryKey::parse("ABC"), Err(StoreError::RecoveryTyped { group: 1 })));
}

#[test]
fn a_secret_fits_its_password_only() {
    let (ports, _) = ports(14);
    let secret = Stretched::new("秋天的稻田", KdfCost::WEAK_FOR_TESTS, &ports).unwrap().to_secret();
    assert!(fitting("秋天的稻田", &secret).unwrap().is_some());
    assert!(fitting("秋天的稻草", &secret).unwrap().is_none());
    assert!(!secret.contains("秋"));
}

#[test]
fn a_wrapped_key_opens_in_its_own_slot_only() {
    let (ports, _) = ports(15);
    let key = FileKey::random(&ports);
    let wrapped = file::Wrapped::wrap(&key, &[1; 32], "one", &ports).unwrap();
    assert_eq!(wrapped.unwrap(&[1; 32], "one").unwrap().as_bytes(), key.as_bytes());
    assert!(wrapped.unwrap(&[1; 32], "two").is_none());
    assert!(wrapped.unwrap(&[2; 32], "one").is_none());
}

#[test]
fn a_key_file_cannot_ask_for_endless_work() {
    let (ports, _) = ports(16);
    let kdf = kdf::Kdf::new(KdfCost { memory_kib: 1 << 30, passes: 1, lanes: 1 }, &ports);
    assert!(matches!(kdf.stretch(b"x"), Err(StoreError::KeyFile)));
}

/// Runs against a keyring where one answers; a machine without one proves the silence instead.
#[test]
fn the_keyring_gives_back_what_it_was_given_or_says_nothing() {
    let (ports, _) = ports(17);
    let (key, account) = (FileKey::random(&ports), hex(&ports.random::<16>()));
    if ring::keep(&account, &key) {
        assert_eq!(ring::recall(ring::SERVICE, &account).unwrap().as_bytes(), key.as_bytes());
        ring::forget(&account);
    }
    assert!(ring::recall(ring::SERVICE, &account).is_none());
}
