#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

/// National Day 2024 as the State Council announced it, and one day of 2025.
fn autumn_2024() -> WorkCalendar {
    let off = [1, 2, 3, 4, 7].map(|d| (day(2024, 10, d), DayKind::Holiday));
    let on = [day(2024, 9, 29), day(2024, 10, 12)].map(|d| (d, DayKind::Workday));
    let new_year = [(day(2025, 1, 1), DayKind::Holiday)];
    WorkCalendar::from_rows(off.into_iter().chain(on).chain(new_year)).unwrap()
}

#[test]
fn holidays_are_off_and_swapped_weekends_worked() {
    let calendar = autumn_2024();
    let worked = |d: NaiveDate| calendar.is_workday(d).is_workday;
    assert!(worked(day(2024, 9, 29)) && worked(day(2024, 9, 30)) && worked(day(2024, 10, 12)));
    assert!(!worked(day(2024, 10, 1)) && !worked(day(2024, 10, 5)) && !worked(day(2024, 10, 13)));
    assert_eq!(calendar.years().collect::<Vec<_>>(), [2024, 2025]);
}

#[test]
fn the_count_begins_on_the_next_day() {
    let calendar = autumn_2024();
    let firm = |date| Deadline { date, provisional: false };
    assert_eq!(calendar.add_working_days(day(2024, 9, 30), 1), firm(day(2024, 10, 8)));
    assert_eq!(calendar.add_working_days(day(2024, 9, 27), 2), firm(day(2024, 9, 30)));
    assert_eq!(calendar.add_working_days(day(2024, 9, 30), 5), firm(day(2024, 10, 12)));
    assert_eq!(calendar.add_working_days(day(2024, 9, 30), 7), firm(day(2024, 10, 15)));
    assert_eq!(calendar.add_working_days(day(2024, 10, 5), 0), firm(day(2024, 10, 5)));
}

#[test]
fn beyond_the_table_the_answer_is_provisional() {
    let calendar = autumn_2024();
    assert!(!calendar.add_working_days(day(2025, 12, 30), 1).provisional);
    let late = calendar.add_working_days(day(2025, 12, 31), 1);
    assert_eq!(late, Deadline { date: day(2026, 1, 1), provisional: true });
    assert!(calendar.is_workday(day(2023, 12, 29)).provisional);
    assert!(WorkCalendar::default().add_working_days(day(2024, 10, 1), 0).provisional);
}

#[test]
fn a_contradictory_or_boundless_table_is_refused() {
    let date = day(2024, 10, 1);
    assert_eq!(
        WorkCalendar::from_rows([(date, DayKind::Holiday), (date, DayKind::Workday)]),
        Err(CalendarFault::Contradiction { date })
    );
    assert!(WorkCalendar::from_rows([(date, DayKind::Holiday), (date, DayKind::Holiday)]).is_ok());
    let rows = (0..=10_000).map(|n| (date + chrono::Days::new(n), DayKind::Holiday));
    assert_eq!(WorkCalendar::from_rows(rows), Err(CalendarFault::TooManyRows));
}

#[test]
fn the_end_of_time_is_an_answer_too() {
    let last = NaiveDate::MAX;
    assert_eq!(autumn_2024().add_working_days(last, 3), Deadline { date: last, provisional: true });
}

fn calendar() -> impl Strategy<Value = WorkCalendar> {
    prop::collection::btree_map(0_i32..400, prop::bool::ANY, 0..60).prop_map(|rows| {
        let rows = rows.into_iter().map(|(n, off)| {
            let kind = if off { DayKind::Holiday } else { DayKind::Workday };
            (NaiveDate::from_num_days_from_ce_opt(739_000 + n).unwrap(), kind)
        });
        WorkCalendar::from_rows(rows).unwrap()
    })
}

proptest! {
    #[test]
    fn later_days_and_more_days_never_end_earlier(
        calendar in calendar(), start in 0_i32..400, later in 0_i32..30, n in 0_u16..40, more in 0_u16..10,
    ) {
        let at = |days: i32| NaiveDate::from_num_days_from_ce_opt(739_000 + days).unwrap();
        let end = calendar.add_working_days(at(start), n);
        prop_assert!(end.date <= calendar.add_working_days(at(start + later), n).date);
        prop_assert!(end.date <= calendar.add_working_days(at(start), n + more).date);
    }

    #[test]
    fn exactly_n_working_days_lie_between(calendar in calendar(), start in 0_i32..400, n in 1_u16..40) {
        let start = NaiveDate::from_num_days_from_ce_opt(739_000 + start).unwrap();
        let end = calendar.add_working_days(start, n).date;
        let counted = start.iter_days().skip(1).take_while(|d| *d <= end).filter(|d| calendar.is_workday(*d).is_workday).count();
        prop_assert_eq!(counted, usize::from(n));
        prop_assert!(calendar.is_workday(end).is_workday);
    }

    #[test]
    fn counting_in_two_steps_is_counting_once(calendar in calendar(), start in 0_i32..400, a in 0_u16..20, b in 0_u16..20) {
        let start = NaiveDate::from_num_days_from_ce_opt(739_000 + start).unwrap();
        let twice = calendar.add_working_days(calendar.add_working_days(start, a).date, b);
        prop_assert_eq!(twice.date, calendar.add_working_days(start, a + b).date);
    }
}
