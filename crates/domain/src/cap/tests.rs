#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

#[test]
fn periods_are_those_of_the_calendar() {
    let leap = day(2024, 2, 10);
    assert_eq!(Period::Month.bounds(leap), (day(2024, 2, 1), day(2024, 2, 29)));
    assert_eq!(Period::Quarter.bounds(leap), (day(2024, 1, 1), day(2024, 3, 31)));
    assert_eq!(Period::Year.bounds(leap), (day(2024, 1, 1), day(2024, 12, 31)));
    let last = day(2026, 12, 31);
    assert_eq!(Period::Month.bounds(last), (day(2026, 12, 1), last));
    assert_eq!(Period::Quarter.bounds(last), (day(2026, 10, 1), last));
    assert_eq!(Period::Year.bounds(NaiveDate::MAX).1, NaiveDate::MAX);
}

#[test]
fn an_award_fits_up_to_the_cap_and_not_beyond() {
    let cap = Some(Cap { points: 20, period: Period::Month });
    let amount = |points| Amount::new(points).unwrap();
    assert_eq!(headroom(None, 1_000, amount(5)), Ok(None));
    assert_eq!(headroom(cap, 0, amount(2)), Ok(Some(18)));
    assert_eq!(headroom(cap, 18, amount(2)), Ok(Some(0)));
    let fault = headroom(cap, 19, amount(2)).unwrap_err();
    assert_eq!(fault.to_string(), "超出本月上限，未记：上限 20 分，已记 19 分，还可记 1 分，这次要记 2 分");
    assert_eq!(headroom(cap, 25, amount(2)).unwrap_err().left_points, 0);
}

proptest! {
    #[test]
    fn every_day_lies_in_its_period_and_shares_it_with_its_bounds(days in 0_i32..80_000) {
        let day = NaiveDate::from_num_days_from_ce_opt(700_000 + days).unwrap();
        for period in Period::ALL {
            let (first, last) = period.bounds(day);
            prop_assert!(first <= day && day <= last);
            prop_assert_eq!(period.bounds(first), (first, last));
            prop_assert_eq!(period.bounds(last), (first, last));
            let next = last.succ_opt().unwrap();
            prop_assert_eq!(period.bounds(next).0, next);
        }
    }

    #[test]
    fn awards_that_fit_never_sum_above_the_cap(cap in 1_u32..100, awards in prop::collection::vec(1_i64..20, 0..40)) {
        let cap_of = Some(Cap { points: cap, period: Period::Year });
        let mut sum = 0;
        for points in awards {
            let amount = Amount::new(points).unwrap();
            match headroom(cap_of, sum, amount) {
                Ok(left) => {
                    sum += amount.get();
                    prop_assert_eq!(left, Some(cap - sum));
                }
                Err(_) => prop_assert!(sum + amount.get() > cap),
            }
        }
        prop_assert!(sum <= cap);
    }
}
