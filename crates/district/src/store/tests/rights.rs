//! Who may spend offline.

use zhenxin_protocol::wire::rights::Right;

use super::{Bench, stories};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, VILLAGE, scope, town};

stories! {
    a_right_has_one_holder_until_it_is_released
    a_right_is_taken_away_or_ends_with_its_holder
    a_right_outside_the_grant_is_not_given
}

fn a_right_has_one_holder_until_it_is_released(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let village = scope(VILLAGE);
    let right = |holder, wanted| Right {
        scope: village,
        holder: Some(holder),
        label: Some("综合办 1 号机".to_owned()),
        wanted,
    };
    let ask = |device, want: &[_], release: &[_]| bench.store.rights(device, want, release, NOW_MS).unwrap();
    assert_eq!(ask(&first, &[village], &[]), [right(one.id, false)]);
    assert_eq!(ask(&first, &[village], &[]), [right(one.id, false)]);
    assert_eq!(ask(&second, &[village], &[]), [right(one.id, true)]);
    // the holder hears that it is wanted; nobody but the holder can release it
    assert_eq!(ask(&first, &[village], &[]), [right(one.id, true)]);
    assert_eq!(ask(&second, &[village], &[village]), [right(one.id, true)]);
    let free = Right { holder: None, label: None, ..right(one.id, true) };
    assert_eq!(ask(&first, &[], &[village]), [free]);
    assert_eq!(ask(&second, &[village], &[]), [right(two.id, false)]);
    bench.sound();
}

fn a_right_is_taken_away_or_ends_with_its_holder(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let village = scope(VILLAGE);
    let holder = |rights: Vec<Right>| rights[0].holder;
    bench.store.rights(&first, &[village], &[], NOW_MS).unwrap();
    bench.store.rights(&second, &[village], &[], NOW_MS).unwrap();
    let listed = bench.store.rights_list().unwrap().remove(0);
    assert_eq!((listed.device, listed.wanted, listed.since_ms), (one.id, true, NOW_MS));
    assert!(bench.store.take_right(town(), village).unwrap());
    assert!(!bench.store.take_right(town(), village).unwrap());
    assert_eq!(holder(bench.store.rights(&second, &[village], &[], NOW_MS).unwrap()), Some(two.id));
    bench.store.revoke(town(), two.id, NOW_MS).unwrap();
    assert_eq!(bench.store.rights_list().unwrap(), Vec::new());
    assert_eq!(holder(bench.store.rights(&first, &[village], &[], NOW_MS).unwrap()), Some(one.id));
}

fn a_right_outside_the_grant_is_not_given(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[VILLAGE]);
    let rights = bench.store.rights(&device, &[scope(OTHER_VILLAGE)], &[], NOW_MS).unwrap();
    assert_eq!(rights, Vec::new());
    assert_eq!(bench.store.rights_list().unwrap(), Vec::new());
}
