#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn parse(text: &str) -> Result<IdNumber, IdNumberFault> {
    IdNumber::parse(text, today())
}

/// Completes 17 digits by the definition of the standard: the weighted sum of all 18 places,
/// weight 2^(18-i), is 1 modulo 11.
fn complete(body: &str) -> String {
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(i, b)| u32::from(b - b'0') * (2_u32.pow(17 - u32::try_from(i).unwrap()) % 11))
        .sum();
    let last = (12 - sum % 11) % 11;
    format!("{body}{}", if last == 10 { "X".to_owned() } else { last.to_string() })
}

#[test]
fn examples_of_the_standard_are_valid() {
    let man = parse("11010519491231002X").unwrap();
    assert_eq!(man.birth_date(), NaiveDate::from_ymd_opt(1949, 12, 31).unwrap());
    assert_eq!((man.sex(), man.sex().label()), (Sex::Female, "女"));
    assert_eq!(parse("440524188001010014"), Err(IdNumberFault::Date));
    assert_eq!(complete("11010519491231002"), "11010519491231002X");
}

#[test]
fn what_people_type_is_mended() {
    let plain = parse("330206199206026211").unwrap();
    for typed in [
        "'330206199206026211",
        " 330206 19920602 6211 ",
        "３３０２０６１９９２０６０２６２１１",
        "\u{feff}330206199206026211\u{200b}",
        "‘330206199206026211\n",
    ] {
        assert_eq!(parse(typed).unwrap(), plain, "{typed}");
    }
    assert_eq!(parse("33021119500101536ｘ").unwrap().as_str(), "33021119500101536X");
    assert_eq!(plain.sex(), Sex::Male);
    assert_eq!(plain.last_four(), "6211");
}

#[test]
fn each_fault_has_its_name() {
    for (text, fault) in [
        ("", IdNumberFault::Empty),
        (" 　", IdNumberFault::Empty),
        ("33020619920602621", IdNumberFault::Length { found: 17 }),
        ("无", IdNumberFault::Length { found: 1 }),
        ("3302061992060262111", IdNumberFault::Length { found: 19 }),
        ("330206920602621", IdNumberFault::OldForm15),
        ("33020619920602621B", IdNumberFault::NotDigits),
        ("3302061992X6026211", IdNumberFault::NotDigits),
        ("身份证号码身份证号码身份证号码身份证", IdNumberFault::NotDigits),
        ("990206199206026211", IdNumberFault::Province),
        ("330206199202306211", IdNumberFault::Date),
        ("330206199206026212", IdNumberFault::CheckDigit),
        ("3.30206E+17", IdNumberFault::RoundedBySpreadsheet),
        ("3.30206199206026E17", IdNumberFault::RoundedBySpreadsheet),
    ] {
        assert_eq!(parse(text), Err(fault), "{text}");
    }
    assert_eq!(IdNumberFault::Length { found: 17 }.to_string(), "身份证号应为 18 位，现为 17 位，请对照身份证补正");
}

#[test]
fn a_birth_date_may_be_today_but_not_tomorrow() {
    assert!(parse(&complete("33021120261122001")).is_ok());
    assert_eq!(parse(&complete("33021120261123001")), Err(IdNumberFault::Date));
    assert_eq!(parse(&complete("33021118991231001")), Err(IdNumberFault::Date));
    assert!(parse(&complete("33021119000101001")).is_ok());
    assert!(IdNumber::from_canonical(&complete("33021120261123001")).is_ok());
}

#[test]
fn residence_permits_of_hong_kong_macao_and_taiwan_are_read() {
    for province in ["81", "82", "83", "71"] {
        assert!(parse(&complete(&format!("{province}000019900101001"))).is_ok(), "{province}");
    }
}

#[test]
fn debug_never_shows_the_middle() {
    let number = parse("330206199206026211").unwrap();
    assert_eq!(format!("{number:?}"), "IdNumber(3302**********6211)");
}

prop_compose! {
    fn valid()(
        province in prop::sample::select(vec![11_u32, 33, 34, 41, 65]),
        place in 0_u32..10_000,
        days in 0_i64..46_000,
        sequence in 0_u32..1_000,
    ) -> String {
        let birth = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Days::new(days.unsigned_abs());
        complete(&format!("{province}{place:04}{}{sequence:03}", birth.format("%Y%m%d")))
    }
}

proptest! {
    #[test]
    fn every_completed_number_is_valid_and_returns_its_text(text in valid()) {
        let number = parse(&text).unwrap();
        prop_assert_eq!(number.as_str(), &text);
        prop_assert_eq!(IdNumber::from_canonical(&text).unwrap(), number);
    }

    #[test]
    fn any_single_changed_digit_is_found(text in valid(), place in 0_usize..18, digit in 0_u8..11) {
        let mut bytes = text.clone().into_bytes();
        bytes[place] = if digit == 10 { b'X' } else { b'0' + digit };
        prop_assume!(bytes != text.as_bytes());
        prop_assert!(parse(&String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn two_neighbours_swapped_are_found(text in valid(), place in 0_usize..17) {
        let mut bytes = text.clone().into_bytes();
        bytes.swap(place, place + 1);
        prop_assume!(bytes != text.as_bytes());
        prop_assert!(parse(&String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn the_mask_depends_on_no_hidden_digit(a in valid(), b in valid()) {
        let joined = format!("{}{}{}", &a[..4], &b[4..14], &a[14..]);
        let mask = |text: &str| IdNumber(text.as_bytes().try_into().unwrap()).masked();
        prop_assert_eq!(mask(&a), mask(&joined));
    }

    #[test]
    fn no_text_panics(text in ".{0,40}") {
        let _ = parse(&text);
    }
}
