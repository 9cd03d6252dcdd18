#![allow(clippy::unwrap_used)]
use super::*;

fn place(field: &str) -> Place<'_> {
    Place { op: OpId::from_bytes([1; 16]), subject: [2; 16], field }
}

#[test]
fn what_is_sealed_opens_again_and_is_not_readable() {
    let key = SubjectKey::new([7; 32]);
    let sealed = seal(&key, [9; 24], place("name"), "张监碶").unwrap();
    assert_eq!(open(&key, place("name"), &sealed).unwrap().as_str(), "张监碶");
    let shown = format!("{sealed:?} {key:?}");
    assert!(!shown.contains('张') && !shown.contains("7, 7"));
    assert!(!sealed.bytes.windows(3).any(|part| part == "张".as_bytes()));
}

#[test]
fn a_value_does_not_open_in_another_place_or_with_another_key() {
    let key = SubjectKey::new([7; 32]);
    let sealed = seal(&key, [9; 24], place("name"), "张三").unwrap();
    let elsewhere = [
        place("phone"),
        Place { op: OpId::from_bytes([3; 16]), ..place("name") },
        Place { subject: [4; 16], ..place("name") },
    ];
    for other in elsewhere {
        assert_eq!(open(&key, other, &sealed).unwrap_err(), SealFault::Broken);
    }
    let other_key = SubjectKey::new([8; 32]);
    assert_eq!(open(&other_key, place("name"), &sealed).unwrap_err(), SealFault::Broken);
}

#[test]
fn a_cipher_of_the_future_is_named_as_such() {
    let key = SubjectKey::new([7; 32]);
    let mut sealed = seal(&key, [9; 24], place("name"), "张三").unwrap();
    sealed.alg = "sm4gcm".into();
    assert_eq!(open(&key, place("name"), &sealed).unwrap_err(), SealFault::Algorithm);
}
