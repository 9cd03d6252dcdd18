#![allow(clippy::unwrap_used)]
use super::*;

const ID: DataKeyId = DataKeyId::from_bytes([3; 16]);
const OTHER: DataKeyId = DataKeyId::from_bytes([9; 16]);
const FRESH: Fresh = Fresh { ephemeral: [13; 32], nonce: [14; 24] };

#[test]
fn a_subject_key_opens_for_its_subject_and_data_key_only() {
    let key = SubjectKey::new([1; 32]);
    let wrapped = wrap_subject_key(&[2; 16], &key, ID, &[4; 32], [5; 24]);
    assert_eq!(wrapped.len(), WRAPPED_UNDER_BYTES);
    assert_eq!(unwrap_subject_key(&[2; 16], &wrapped, ID, &[4; 32]).unwrap().as_bytes(), key.as_bytes());
    assert!(unwrap_subject_key(&[9; 16], &wrapped, ID, &[4; 32]).is_none());
    assert!(unwrap_subject_key(&[2; 16], &wrapped, OTHER, &[4; 32]).is_none());
    assert!(unwrap_subject_key(&[2; 16], &wrapped, ID, &[9; 32]).is_none());
    assert!(unwrap_subject_key(&[2; 16], &wrapped[1..], ID, &[4; 32]).is_none());
    // of another use
    assert!(unwrap_snapshot_key(&[2; 16], &wrapped, ID, &[4; 32]).is_none());
}

#[test]
fn a_data_key_opens_on_the_device_that_it_was_wrapped_for() {
    let (alice, bob) = ([11; 32], [12; 32]);
    let id = data_key_id(&[1; 32]);
    let wrapped = wrap_data_key(id, &[1; 32], &public_of(&bob), &FRESH).unwrap();
    assert_eq!(wrapped.len(), WRAPPED_FOR_BYTES);
    assert_eq!(*unwrap_data_key(id, &wrapped, &bob).unwrap(), [1; 32]);
    assert!(unwrap_data_key(id, &wrapped, &alice).is_none());
    assert!(unwrap_data_key(OTHER, &wrapped, &bob).is_none());
    assert!(unwrap_data_key(id, &wrapped[1..], &bob).is_none());
    assert!(unwrap_bundle_key(id.as_bytes(), &wrapped, &bob).is_none(), "of another use");
    // A public key of small order would make the shared secret known to everybody.
    assert!(wrap_data_key(ID, &[1; 32], &[0; 32], &FRESH).is_none());
    assert!(unwrap_data_key(ID, &[0; WRAPPED_FOR_BYTES], &bob).is_none());
}

#[test]
fn another_key_under_the_name_of_a_data_key_is_refused() {
    let (id, bob) = (data_key_id(&[1; 32]), [12; 32]);
    let poisoned = wrap_data_key(id, &[2; 32], &public_of(&bob), &FRESH).unwrap();
    assert!(unwrap_data_key(id, &poisoned, &bob).is_none());
    assert_ne!(data_key_id(&[2; 32]), id);
}

#[test]
fn keys_of_bundles_and_snapshots_open_again() {
    let bob = [12; 32];
    let wrapped = wrap_bundle_key(&[7; 16], &[1; 32], &public_of(&bob), &FRESH).unwrap();
    assert_eq!(*unwrap_bundle_key(&[7; 16], &wrapped, &bob).unwrap(), [1; 32]);
    assert!(unwrap_bundle_key(&[8; 16], &wrapped, &bob).is_none());
    let wrapped = wrap_snapshot_key(&[7; 16], &[1; 32], ID, &[4; 32], [5; 24]);
    assert_eq!(*unwrap_snapshot_key(&[7; 16], &wrapped, ID, &[4; 32]).unwrap(), [1; 32]);
    assert!(unwrap_snapshot_key(&[8; 16], &wrapped, ID, &[4; 32]).is_none());
}
