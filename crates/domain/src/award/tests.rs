#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

fn reason() -> Reason {
    Reason::parse("照片看不清").unwrap()
}

fn day(m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, m, d).unwrap()
}

#[test]
fn a_reviewer_approves_or_sends_back() {
    let submitted = AwardState::Submitted;
    assert_eq!(review(submitted, user(1), user(2), false, &Decision::Approve), Ok(AwardState::Approved));
    let back = Decision::SendBack(reason());
    assert_eq!(review(submitted, user(1), user(2), false, &back), Ok(AwardState::SentBack));
    assert_eq!(resubmit(AwardState::SentBack, user(1), user(1)), Ok(submitted));
    assert_eq!(resubmit(AwardState::SentBack, user(1), user(2)), Err(ReviewFault::NotMaker));
}

#[test]
fn nobody_decides_on_their_own() {
    for decision in [Decision::Approve, Decision::SendBack(reason())] {
        let by = |checker, own| review(AwardState::Submitted, user(1), checker, own, &decision);
        assert_eq!(by(user(1), false), Err(ReviewFault::OwnEntry));
        assert_eq!(by(user(2), true), Err(ReviewFault::OwnHousehold));
    }
    let reversed_by = |by, own| reverse(AwardState::Effective, user(1), by, own, &reason());
    assert_eq!(reversed_by(user(1), false), Err(ReviewFault::OwnEntry));
    assert_eq!(reversed_by(user(2), true), Err(ReviewFault::OwnHousehold));
    assert_eq!(reversed_by(user(2), false), Ok(AwardState::Reversed));
}

#[test]
fn every_other_move_is_refused_with_the_state_that_was_found() {
    for found in AwardState::ALL.iter().copied() {
        let reviewed = review(found, user(1), user(2), false, &Decision::Approve);
        assert_eq!(reviewed.is_ok(), found == AwardState::Submitted, "{found:?}");
        assert_eq!(resubmit(found, user(1), user(1)).is_ok(), found == AwardState::SentBack, "{found:?}");
        let posted = matches!(found, AwardState::Approved | AwardState::Effective);
        assert_eq!(reverse(found, user(1), user(2), false, &reason()).is_ok(), posted, "{found:?}");
    }
    let again = reverse(AwardState::Reversed, user(1), user(2), false, &reason());
    assert_eq!(again, Err(ReviewFault::AlreadyReversed));
    assert_eq!(
        ReviewFault::NotSubmitted { found: AwardState::Effective }.to_string(),
        "这一笔现在是“已生效”，不能再复核，请刷新列表"
    );
}

#[test]
fn a_reason_says_something() {
    for empty in ["", " 　", "……", "。", "\u{200b}"] {
        assert_eq!(Reason::parse(empty), Err(ReasonFault::Empty), "{empty:?}");
    }
    assert_eq!(Reason::parse(" 照片看不清 ").unwrap().as_str(), "照片看不清");
    assert_eq!(Reason::parse(&"长".repeat(201)), Err(ReasonFault::TooLong { found: 201 }));
}

#[test]
fn only_what_was_approved_becomes_effective_by_itself() {
    let from = Some(day(11, 10));
    assert_eq!(AwardState::Approved.on(from, day(11, 9)), AwardState::Approved);
    assert_eq!(AwardState::Approved.on(from, day(11, 10)), AwardState::Effective);
    assert_eq!(AwardState::Approved.on(None, day(11, 10)), AwardState::Approved);
    for state in [AwardState::Submitted, AwardState::SentBack, AwardState::Reversed, AwardState::Effective] {
        assert_eq!(state.on(from, day(12, 1)), state);
    }
}

#[test]
fn points_can_be_spent_on_the_day_after_the_notice() {
    let rows = [(day(1, 1), crate::workday::DayKind::Holiday)];
    let calendar = WorkCalendar::from_rows(rows).unwrap();
    // Monday 2 November; the seventh working day after it is Wednesday 11 November
    let deadline = effective_on(day(11, 2), NOTICE_WORKING_DAYS, &calendar);
    assert_eq!(deadline, Deadline { date: day(11, 12), provisional: false });
    assert_eq!(effective_on(day(11, 7), 0, &calendar).date, day(11, 7));
}

proptest! {
    #[test]
    fn a_longer_notice_never_makes_points_effective_earlier(start in 0_u64..400, n in 0_u16..30) {
        let calendar = WorkCalendar::default();
        let approved_on = day(1, 1) + chrono::Days::new(start);
        let shorter = effective_on(approved_on, n, &calendar).date;
        prop_assert!(shorter >= approved_on);
        prop_assert!(shorter < effective_on(approved_on, n + 1, &calendar).date);
    }
}
