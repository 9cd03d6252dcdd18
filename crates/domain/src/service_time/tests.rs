#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn times_are_read_as_they_stand_on_slips() {
    for (written, minutes) in
        [("09:05", 545), ("9:05", 545), ("905", 545), ("0905", 545), ("9：05", 545), ("23:59", 1439), ("000", 0)]
    {
        assert_eq!(ClockTime::parse(written).map(ClockTime::minutes), Ok(minutes), "{written}");
    }
    for written in ["", "9", "24:00", "9:60", "9:5", "12345", "ab:cd", "9点", "-1:00", "+1:00"] {
        assert_eq!(ClockTime::parse(written), Err(ClockFault), "{written}");
    }
}

#[test]
fn half_a_minute_is_rounded_upwards() {
    let coefficient = |percent| Coefficient::new(percent).unwrap();
    assert_eq!(coefficient(120).credited_min(125), 150);
    assert_eq!(coefficient(150).credited_min(1), 2);
    assert_eq!(coefficient(50).credited_min(1), 1);
    assert_eq!(coefficient(125).credited_min(2), 3);
    assert_eq!(coefficient(110).credited_min(4), 4);
    assert_eq!(calculation(125, coefficient(120)), "125 分钟 × 1.20 = 150 分钟");
    assert!(Coefficient::new(49).is_err() && Coefficient::new(301).is_err());
}

#[test]
fn the_cap_of_a_year_blocks() {
    assert_eq!(within_cap(YEARLY_CAP_MIN - 60, 60), Ok(0));
    let fault = within_cap(YEARLY_CAP_MIN - 60, 61).unwrap_err();
    assert!(fault.to_string().contains("还能入账 1 小时") && fault.to_string().contains("1 小时 1 分"), "{fault}");
    assert!(within_cap(u32::MAX, 1).is_err());
}

#[test]
fn minutes_are_said_as_hours_and_minutes() {
    assert_eq!(duration(150), "2 小时 30 分");
    assert_eq!(duration(-60), "-1 小时");
    assert_eq!(duration(0), "0 分");
}

proptest! {
    #[test]
    fn longer_service_never_counts_less(percent in 50_u32..=300, minutes in 1_u16..SERVICE_MAX_MIN) {
        let coefficient = Coefficient::new(percent).unwrap();
        prop_assert!(coefficient.credited_min(minutes) <= coefficient.credited_min(minutes + 1));
        let exact = f64::from(minutes) * f64::from(percent) / 100.0;
        prop_assert!((f64::from(coefficient.credited_min(minutes)) - exact).abs() <= 0.5);
    }
}
