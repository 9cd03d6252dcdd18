use proptest::prelude::*;

use super::{FIRST_MS, LONGEST_MS, RETRY_AFTER_MAX_MS, wait_ms};

#[test]
fn it_doubles_from_two_seconds_to_a_quarter_of_an_hour() {
    let longest: Vec<u64> = (1..=12).map(|failures| wait_ms(failures, 0, u32::MAX) / 1_000).collect();
    assert_eq!(longest, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    let shortest: Vec<u64> = (1..=12).map(|failures| wait_ms(failures, 0, 0) / 1_000).collect();
    assert_eq!(shortest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 450, 450, 450]);
}

proptest! {
    #[test]
    fn it_is_bounded_and_never_earlier_than_asked(failures in any::<u32>(), asked in any::<u32>(), chance in any::<u32>()) {
        let wait = wait_ms(failures, asked, chance);
        let floor = (u64::from(asked) * 1_000).min(RETRY_AFTER_MAX_MS);
        prop_assert!(wait >= floor.max(FIRST_MS / 2));
        prop_assert!(wait <= floor.max(LONGEST_MS / 2) + LONGEST_MS / 2);
    }
}
