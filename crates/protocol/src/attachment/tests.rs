#![allow(clippy::unwrap_used)]
use super::*;

fn key(byte: u8) -> SubjectKey {
    SubjectKey::new([byte; 32])
}

#[test]
fn the_same_photo_seals_to_the_same_bytes() {
    let plain = vec![1; 70_000];
    let sealed = seal_attachment(&key(1), &plain).unwrap();
    assert_eq!(sealed, seal_attachment(&key(1), &plain).unwrap());
    assert_eq!(sealed.len(), plain.len() + 16);
    assert_eq!(open_attachment(&key(1), &Hash32::of(&plain), &sealed).unwrap().as_slice(), plain);
}

#[test]
fn under_another_key_it_is_another_blob() {
    let hash = Hash32::of(b"photo");
    assert_ne!(blob_id(&key(1), &hash), blob_id(&key(2), &hash));
    assert_ne!(blob_id(&key(1), &hash), blob_id(&key(1), &Hash32::of(b"other")));
    assert_ne!(seal_attachment(&key(1), b"photo").unwrap(), seal_attachment(&key(2), b"photo").unwrap());
}

#[test]
fn changed_bytes_another_key_and_another_hash_do_not_open() {
    let hash = Hash32::of(b"photo");
    let mut sealed = seal_attachment(&key(1), b"photo").unwrap();
    assert_eq!(open_attachment(&key(2), &hash, &sealed).unwrap_err(), SealFault::Broken);
    assert_eq!(open_attachment(&key(1), &Hash32::of(b"other"), &sealed).unwrap_err(), SealFault::Broken);
    sealed[2] ^= 1;
    assert_eq!(open_attachment(&key(1), &hash, &sealed).unwrap_err(), SealFault::Broken);
}

#[test]
fn an_attachment_has_a_largest_size() {
    let at_most = seal_attachment(&key(1), &vec![0; ATTACHMENT_MAX_BYTES]).unwrap();
    assert_eq!(at_most.len() as u64, crate::wire::limits::BLOB_MAX_BYTES);
    assert_eq!(seal_attachment(&key(1), &vec![0; ATTACHMENT_MAX_BYTES + 1]), Err(SealFault::TooLong));
    let too_long = vec![0; ATTACHMENT_MAX_BYTES + 17];
    assert_eq!(open_attachment(&key(1), &Hash32::ZERO, &too_long).unwrap_err(), SealFault::TooLong);
}
