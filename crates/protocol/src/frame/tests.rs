#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{FrameError, decompress, from_cbor, pack, to_cbor, unpack};

#[test]
fn a_bomb_is_refused_while_it_is_still_small_in_memory() {
    let bomb = zstd::stream::encode_all(std::io::repeat(0).take_bytes(64 << 20), 3).unwrap();
    assert!(bomb.len() < 100_000, "the bomb is small on the wire: {}", bomb.len());
    assert_eq!(decompress(&bomb, 1 << 20), Err(FrameError::TooLarge { limit_bytes: 1 << 20 }));
}

#[test]
fn exactly_the_limit_passes_and_one_byte_more_does_not() {
    let packed = zstd::stream::encode_all(&[7u8; 1000][..], 3).unwrap();
    assert_eq!(decompress(&packed, 1000).unwrap().len(), 1000);
    assert_eq!(decompress(&packed, 999), Err(FrameError::TooLarge { limit_bytes: 999 }));
}

#[test]
fn a_window_larger_than_agreed_is_refused() {
    use std::io::Write;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
    encoder.window_log(27).unwrap();
    // the size is unknown to the encoder, so that the frame keeps its window
    for _ in 0..40 {
        encoder.write_all(&[1u8; 1 << 20]).unwrap();
    }
    let packed = encoder.finish().unwrap();
    assert_eq!(decompress(&packed, 64 << 20), Err(FrameError::Damaged));
}

#[test]
fn a_portal_page_is_not_a_frame() {
    assert_eq!(unpack::<u64>(b"<html><body>login</body></html>"), Err(FrameError::Damaged));
    assert_eq!(unpack::<u64>(b""), Err(FrameError::Damaged));
}

#[test]
fn bytes_after_the_value_or_after_the_frame_are_refused() {
    assert_eq!(from_cbor::<u64>(&[0x01, 0x02]), Err(FrameError::Shape));
    let mut packed = pack(&5u64);
    packed.push(0);
    assert_eq!(unpack::<u64>(&packed), Err(FrameError::Damaged));
}

#[test]
fn another_shape_is_named() {
    assert_eq!(unpack::<u64>(&pack(&"text")), Err(FrameError::Shape));
}

proptest! {
    #[test]
    fn any_bytes_come_back(data in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let data = minicbor::bytes::ByteVec::from(data);
        prop_assert_eq!(unpack::<minicbor::bytes::ByteVec>(&pack(&data)).unwrap(), data);
    }

    #[test]
    fn a_cut_frame_is_never_a_success(cut in 0usize..1000) {
        let data = minicbor::bytes::ByteVec::from((0..2000u32).map(|n| (n * 7 % 251) as u8).collect::<Vec<_>>());
        let packed = pack(&data);
        let cut = cut % packed.len();
        prop_assert!(unpack::<minicbor::bytes::ByteVec>(&packed[..cut]).is_err());
    }

    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = unpack::<u64>(&data);
        let _ = from_cbor::<Vec<u64>>(&data);
    }
}

#[test]
fn cbor_alone_round_trips() {
    assert_eq!(from_cbor::<Vec<u64>>(&to_cbor(&vec![1u64, 2, 3])).unwrap(), vec![1, 2, 3]);
}

/// `Read::take` without importing the trait into every test.
trait TakeBytes: std::io::Read + Sized {
    fn take_bytes(self, count: u64) -> std::io::Take<Self> {
        self.take(count)
    }
}

impl<R: std::io::Read> TakeBytes for R {}
