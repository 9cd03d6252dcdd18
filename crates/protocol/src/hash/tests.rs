#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn the_standards_own_example() {
    // GB/T 32905-2016 appendix A.1.
    assert_eq!(Hash32::of(b"abc").to_string(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

#[test]
fn parts_are_laid_end_to_end() {
    assert_eq!(Hash32::of_parts(&[b"a", b"", b"bc"]), Hash32::of(b"abc"));
}

#[test]
fn a_derived_id_is_marked_as_version_8() {
    let id = Hash32::of(b"abc").to_uuid();
    assert_eq!(id.get_version_num(), 8);
    assert_eq!(id.as_bytes()[..6], Hash32::of(b"abc").0[..6]);
}
