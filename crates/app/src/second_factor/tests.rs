#![allow(clippy::unwrap_used)]
use super::*;

/// RFC 6238, appendix B: the last six digits of the eight given there.
const RFC: &[(i64, &str)] = &[
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
];

#[test]
fn codes_are_those_of_the_standard() {
    for (at_s, expected) in RFC {
        assert_eq!(code(b"12345678901234567890", at_s / STEP_S).unwrap(), *expected);
    }
}

#[test]
fn a_code_holds_half_a_minute_to_either_side() {
    let secret = BASE32_NOPAD.encode(b"12345678901234567890");
    let at_s = 1_234_567_890;
    let here = at_s / STEP_S;
    assert_eq!(step_of(&secret, "005924", at_s * 1000), Some(here));
    assert_eq!(step_of(&secret, " 005 924 ", (at_s + 30) * 1000), Some(here));
    assert_eq!(step_of(&secret, "005924", (at_s - 30) * 1000), Some(here));
    assert_eq!(step_of(&secret, "005924", (at_s + 60) * 1000), None);
    assert_eq!(step_of(&secret, "005925", at_s * 1000), None);
    assert_eq!(step_of("not base32!", "005924", at_s * 1000), None);
}

#[test]
fn the_secret_can_be_typed_and_the_address_can_be_read() {
    assert_eq!(grouped("JBSWY3DPEHPK3PXP"), "JBSW Y3DP EHPK 3PXP");
    assert_eq!(form_encoded("镇:a b"), "%E9%95%87%3Aa%20b");
}
