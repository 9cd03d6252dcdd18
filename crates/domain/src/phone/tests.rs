#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn every_way_of_writing_a_number_gives_one_form() {
    for (raw, form) in [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("'13812345678", "13812345678"),
        ("0574-86261234", "0574-86261234"),
        ("(0574)86261234", "0574-86261234"),
        ("（0574）8626 1234", "0574-86261234"),
        ("057486261234", "0574-86261234"),
        ("+86 574 8626 1234", "0574-86261234"),
        ("010-62511234", "010-62511234"),
        ("021 62511234", "021-62511234"),
        ("0580-2251234", "0580-2251234"),
    ] {
        assert_eq!(Phone::parse(raw).unwrap().as_str(), form, "{raw}");
    }
}

#[test]
fn each_fault_has_its_name() {
    for (raw, fault) in [
        ("", PhoneFault::Empty),
        ("　", PhoneFault::Empty),
        ("1381234567", PhoneFault::MobileLength { found: 10 }),
        ("138123456789", PhoneFault::MobileLength { found: 12 }),
        ("86261234", PhoneFault::AreaCode),
        ("12345678901", PhoneFault::Unknown),
        ("00000000000", PhoneFault::Unknown),
        ("0574", PhoneFault::Unknown),
        ("0", PhoneFault::Unknown),
        ("0574-16261234", PhoneFault::Unknown),
        ("1.38E+10", PhoneFault::NotDigits),
        ("同上", PhoneFault::NotDigits),
        ("13812345678/13912345678", PhoneFault::Several),
        ("13812345678、0574-86261234", PhoneFault::Several),
        ("13812345678 13912345678", PhoneFault::Several),
    ] {
        assert_eq!(Phone::parse(raw), Err(fault), "{raw}");
    }
}

#[test]
fn what_may_be_shown() {
    let mobile = Phone::parse("13812345678").unwrap();
    assert_eq!((mobile.is_mobile(), mobile.last_four()), (true, "5678"));
    assert_eq!(format!("{mobile:?}"), "Phone(138****5678)");
    assert!(!Phone::parse("0574-86261234").unwrap().is_mobile());
}

proptest! {
    #[test]
    fn a_normalised_number_reads_as_itself(raw in "(1[3-9][0-9]{9}|0[3-9][0-9]{2}-?[2-9][0-9]{6,7}|02[0-9][2-9][0-9]{7})") {
        let phone = Phone::parse(&raw).unwrap();
        prop_assert_eq!(Phone::parse(phone.as_str()).unwrap(), phone);
    }

    #[test]
    fn no_text_panics(raw in ".{0,30}") {
        let _ = Phone::parse(&raw);
    }
}
