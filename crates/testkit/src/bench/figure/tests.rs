#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::{Figure, Samples, Target};

fn figure(ours: f64, floor: Option<f64>, target: Target) -> Figure {
    Figure { name: "x".to_owned(), ours, floor, unit: "ms", target: Some(target) }
}

#[test]
fn a_ratio_is_judged_against_the_floor_of_the_run() {
    assert_eq!(figure(5.0, Some(2.0), Target::Ratio(2.5)).met(), Some(true));
    assert_eq!(figure(5.1, Some(2.0), Target::Ratio(2.5)).met(), Some(false));
    // without a floor nothing can be said
    assert_eq!(figure(5.0, None, Target::Ratio(2.5)).met(), None);
}

#[test]
fn an_absolute_target_needs_no_floor() {
    assert_eq!(figure(10.0, None, Target::AtMost(10.0)).met(), Some(true));
    assert_eq!(figure(10.1, Some(1.0), Target::AtMost(10.0)).met(), Some(false));
}

#[test]
fn a_line_says_met_or_missed() {
    assert!(figure(11.0, None, Target::AtMost(10.0)).line().ends_with("MISSED"));
    assert!(figure(9.0, None, Target::AtMost(10.0)).line().ends_with("met"));
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    let mut samples = Samples::default();
    // out of order, so that sorting shows
    for ms in (1..=100).rev() {
        samples.push(Duration::from_millis(ms));
    }
    assert_eq!((samples.percentile_ms(50), samples.percentile_ms(99), samples.max_ms()), (50.0, 99.0, 100.0));
    assert!((samples.mean_ms() - 50.5).abs() < 1e-9);
    assert_eq!(Samples::default().percentile_ms(99), 0.0);
}
