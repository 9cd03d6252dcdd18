#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

fn village() -> VillageCode {
    "330211101001".parse().unwrap()
}

#[test]
fn names_with_rare_characters_dots_and_letters_are_names() {
    for raw in ["张三", " 曹 宇 ", "傅頔", "䶮㛃", "𫖯𬍛", "买买提•吐尔逊", "Li Ming", "José", "李Tom", "𰻝", "〇一"]
    {
        assert!(PersonName::parse(raw).is_ok(), "{raw}");
    }
    assert_eq!(PersonName::parse(" 杨 红霞 ").unwrap().as_str(), "杨红霞");
}

#[test]
fn what_is_no_name_is_refused_with_the_reason() {
    for (raw, fault) in [
        ("", NameFault::Empty),
        ("　 ", NameFault::Empty),
        ("张三1", NameFault::Characters),
        ("张三,李四", NameFault::Characters),
        ("·", NameFault::Characters),
        ("张\u{fffd}", NameFault::Characters),
        ("???", NameFault::Characters),
        ("张\u{e863}", NameFault::PrivateUse),
    ] {
        assert_eq!(PersonName::parse(raw), Err(fault), "{raw}");
    }
    assert!(PersonName::parse(&"张".repeat(NAME_CHARS_MAX)).is_ok());
    assert_eq!(PersonName::parse(&"张".repeat(NAME_CHARS_MAX + 1)), Err(NameFault::TooLong { found: 51 }));
}

#[test]
fn household_numbers_have_one_form() {
    assert_eq!(HouseholdNumber::parse(" １０１００１０００１ ").unwrap().as_str(), "1010010001");
    assert_eq!(HouseholdNumber::parse("3-12 -a").unwrap().as_str(), "3-12-A");
    assert_eq!(HouseholdNumber::parse("张三户"), Err(HouseholdNumberFault::Characters));
    assert_eq!(HouseholdNumber::parse(" "), Err(HouseholdNumberFault::Empty));
    assert_eq!(HouseholdNumber::parse("12。3"), Err(HouseholdNumberFault::Characters));
    assert_eq!(HouseholdNumber::parse(&"1".repeat(31)), Err(HouseholdNumberFault::TooLong { found: 31 }));
}

#[test]
fn a_household_id_is_the_hash_with_the_marks_of_version_8() {
    let number = HouseholdNumber::parse("1010010001").unwrap();
    assert_eq!(household_id_input(village(), &number), b"household3302111010011010010001");
    let id = household_id(village(), &number, |input| {
        assert_eq!(input, b"household3302111010011010010001");
        [0xff; 32]
    });
    assert_eq!(id.to_string(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
}

#[test]
fn a_guardian_consents_until_the_fourteenth_birthday() {
    let birth = day(2012, 5, 1);
    assert!(needs_guardian(birth, day(2026, 4, 30)));
    assert!(!needs_guardian(birth, day(2026, 5, 1)));
    let leap = day(2012, 2, 29);
    assert!(needs_guardian(leap, day(2026, 2, 28)));
    assert!(!needs_guardian(leap, day(2026, 3, 1)));
    assert_eq!(age_years(birth, day(2012, 4, 30)), 0);
}

#[test]
fn debug_of_a_resident_is_masked() {
    let resident = Resident {
        id: ResidentId::from_bytes([1; 16]),
        village: village(),
        household: HouseholdId::from_bytes([2; 16]),
        name: PersonName::parse("张小三").unwrap(),
        id_number: IdNumber::from_canonical("330206199206026211").unwrap(),
        phone: Some(Phone::parse("13812345678").unwrap()),
        address: Some("思源社区西5组127号".to_owned()),
        relation: Some("户主".to_owned()),
        grid: None,
    };
    let shown = format!("{resident:?}");
    for personal in ["张小三", "199206", "13812345678", "西5组"] {
        assert!(!shown.contains(personal), "{shown}");
    }
    assert!(resident.is_head());
    assert_eq!(resident.birth_date(), day(1992, 6, 2));
}

proptest! {
    #[test]
    fn a_name_reads_as_itself(raw in "[\\p{Han}A-Za-z· ]{1,20}") {
        if let Ok(name) = PersonName::parse(&raw) {
            prop_assert_eq!(PersonName::parse(name.as_str()).unwrap(), name);
        }
    }

    #[test]
    fn nobody_grows_younger(birth in 0_i32..40_000, a in 0_i32..60_000, b in 0_i32..60_000) {
        let at = |days: i32| NaiveDate::from_num_days_from_ce_opt(700_000 + days).unwrap();
        let (early, late) = (a.min(b), a.max(b));
        prop_assert!(age_years(at(birth), at(early)) <= age_years(at(birth), at(late)));
    }
}
