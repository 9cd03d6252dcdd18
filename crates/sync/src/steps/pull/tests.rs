#![allow(clippy::unwrap_used)]

use zhenxin_protocol::wire::ops::{OrderedOp, Page as WirePage};

use super::in_order;
use crate::failure::Failure;

fn page(places: &[u64]) -> WirePage {
    WirePage {
        scope: "330211101".parse().unwrap(),
        ops: places
            .iter()
            .map(|server_seq| OrderedOp { server_seq: *server_seq, bytes: vec![1], issue: None })
            .collect(),
        more: false,
    }
}

#[test]
fn a_dense_page_moves_the_cursor_to_its_end() {
    let taken = in_order(page(&[4, 5, 6]), 3, [1; 16]).unwrap().unwrap();
    assert_eq!((taken.after, taken.ops.len()), (6, 3));
    assert!(in_order(page(&[]), 3, [1; 16]).unwrap().is_none());
}

#[test]
fn a_page_that_omits_swaps_or_repeats_is_not_followed() {
    for places in [&[5u64, 6][..], &[4, 6], &[5, 4], &[3, 4], &[4, 4]] {
        assert_eq!(in_order(page(places), 3, [1; 16]).err(), Some(Failure::Garbled), "{places:?}");
    }
}
