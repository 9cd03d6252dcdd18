use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<String, DecimalFault> {
    Decimal::parse(text).map(|number| number.to_string())
}

#[test]
fn numbers_are_read_as_offices_write_them() {
    for (written, meant) in [
        ("98.5", "98.5"),
        ("９８．５％", "98.5"),
        ("1,200", "1200"),
        (" 100.00 % ", "100"),
        ("-0.0001", "-0.0001"),
        ("007", "7"),
        ("-0", "0"),
    ] {
        assert_eq!(read(written).as_deref(), Ok(meant), "{written}");
    }
    for written in ["", "-", ".", "5.", ".5", "1e3", "约 30", "1.2.3", "--1"] {
        assert_eq!(read(written), Err(DecimalFault::NotANumber), "{written}");
    }
    assert_eq!(read("0.00001"), Err(DecimalFault::TooFine));
    assert_eq!(read("1000000000000"), Err(DecimalFault::TooLarge));
    assert_eq!(read("99999999999999999999999"), Err(DecimalFault::TooLarge));
}

#[test]
fn progress_is_the_share_of_the_way() {
    let at = |text: &str| Decimal::parse(text).unwrap_or(Decimal(0));
    assert_eq!(at("97").progress_percent(at("95"), at("99")), Some(50));
    // a target below the baseline is a way too
    assert_eq!(at("0.8").progress_percent(at("1"), at("0.6")), Some(50));
    assert_eq!(at("94").progress_percent(at("95"), at("99")), Some(-25));
    assert_eq!(at("5").progress_percent(at("3"), at("3")), None);
}

proptest! {
    #[test]
    fn writing_and_reading_are_inverse(units in -9_999_999_999_990_000_i64..=9_999_999_999_990_000) {
        let number = Decimal::from_ten_thousandths(units);
        prop_assert_eq!(Decimal::parse(&number.to_string()), Ok(number));
    }
}
