#![allow(clippy::unwrap_used)]

use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::ops::{OrderedOp, Page as WirePage, PageHead};

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
        head: places.last().map(|last| PageHead { size: *last, root: Hash32::ZERO }),
    }
}

#[test]
fn a_dense_page_with_its_head_is_followed() {
    assert_eq!(in_order(&page(&[4, 5, 6]), 3), Ok(Some(("330211101".parse().unwrap(), 6))));
    assert_eq!(in_order(&page(&[]), 3), Ok(None));
}

#[test]
fn a_page_that_omits_swaps_or_repeats_is_not_followed() {
    for places in [&[5u64, 6][..], &[4, 6], &[5, 4], &[3, 4], &[4, 4]] {
        assert_eq!(in_order(&page(places), 3), Err(Failure::Garbled), "{places:?}");
    }
}

#[test]
fn a_page_whose_head_is_elsewhere_is_not_followed() {
    let headless = WirePage { head: None, ..page(&[4, 5]) };
    let elsewhere = WirePage { head: page(&[6]).head, ..page(&[4, 5]) };
    for page in [headless, elsewhere] {
        assert_eq!(in_order(&page, 3), Err(Failure::Garbled));
    }
}
