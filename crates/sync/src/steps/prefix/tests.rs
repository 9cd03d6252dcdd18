#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use zhenxin_protocol::wire::limits::ROOTS_MAX;
use zhenxin_protocol::wire::repair::NodePlace;

use super::{Descent, below, peaks_of};

/// The leaves that a node stands for.
fn leaves(place: &NodePlace) -> std::ops::Range<u64> {
    place.index << place.level..(place.index + 1) << place.level
}

#[test]
fn the_nodes_below_one_stand_for_the_same_leaves_in_one_question() {
    for level in 1..20 {
        let place = NodePlace { level, index: 5 };
        let below = below(place);
        assert!(below.len() <= ROOTS_MAX);
        assert_eq!(leaves(below.first().unwrap()).start, leaves(&place).start);
        assert_eq!(leaves(below.last().unwrap()).end, leaves(&place).end);
    }
}

proptest! {
    #[test]
    fn peaks_stand_for_all_leaves_in_order(size in 0u64..1 << 40) {
        let mut next = 0;
        for place in peaks_of(size) {
            prop_assert_eq!(leaves(&place).start, next);
            next = leaves(&place).end;
        }
        prop_assert_eq!(next, size);
    }

    /// Two logs that are the same up to a leaf and differ in it, and in
    /// whatever else.
    #[test]
    fn the_first_difference_is_found_in_few_questions(
        size in 1u64..5_000_000, part in 0.0f64..1.0, later in proptest::collection::btree_set(0u64..5_000_000, 0..20),
    ) {
        let first = (size as f64 * part) as u64;
        let mut differing: Vec<u64> = later.into_iter().filter(|leaf| *leaf > first && *leaf < size).collect();
        differing.insert(0, first);
        let mut descent = Descent::new(size);
        let mut questions = 0;
        while let Some(places) = descent.question() {
            questions += 1;
            let hit = places.iter().find(|place| differing.iter().any(|leaf| leaves(place).contains(leaf))).copied();
            descent.answer(hit);
        }
        prop_assert_eq!(descent.common, first);
        prop_assert!(questions <= 4, "{} questions", questions);
    }

    #[test]
    fn logs_that_do_not_differ_are_common_as_a_whole(size in 0u64..1 << 40) {
        let mut descent = Descent::new(size);
        while descent.question().is_some() {
            descent.answer(None);
        }
        prop_assert_eq!(descent.common, size);
    }
}
