#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_password_is_known_again_and_no_other_is() {
    let one = stored("海塘边的灯塔每天晚上都亮着", Cost::WEAK_FOR_TESTS).unwrap();
    assert!(is_stored("海塘边的灯塔每天晚上都亮着", Some(&one)));
    assert!(!is_stored("海塘边的灯塔每天晚上都亮", Some(&one)));
    assert!(!is_stored("海塘边的灯塔每天晚上都亮着", None), "an unknown account");
    assert!(!one.contains("灯塔"));
    let again = stored("海塘边的灯塔每天晚上都亮着", Cost::WEAK_FOR_TESTS).unwrap();
    assert_ne!(one, again, "each has a salt of its own");
}

#[test]
fn a_damaged_row_opens_nothing() {
    let one = stored("correct horse battery", Cost::WEAK_FOR_TESTS).unwrap();
    for bad in ["", "plain$1$1$AA$AA", "argon2id$64$1$AA$", "argon2id$4194304$1$AAAA$AAAA", &one[..one.len() - 3]] {
        assert!(!is_stored("correct horse battery", Some(bad)), "{bad}");
        assert!(!is_stored("", Some(bad)), "{bad}");
    }
}

#[test]
fn what_is_easily_guessed_is_not_taken() {
    assert_eq!(check("短密码", "admin"), Err(PasswordFault::Short));
    assert_eq!(check(&"长".repeat(129), "admin"), Err(PasswordFault::Long));
    for simple in ["aaaaaaaaaaaaaaa", "123456789012", "abcdefghijklmnop", "quxinyong-2026!", "ababababababab"] {
        assert_eq!(check(simple, "quxinyong"), Err(PasswordFault::Simple), "{simple}");
    }
    assert_eq!(check("海塘边的灯塔每天晚上都亮着-2026", "quxinyong"), Ok(()));
    assert_eq!(check("correct horse battery", "quxinyong"), Ok(()));
}

#[test]
fn a_made_password_may_be_chosen_and_differs_each_time() {
    let (one, other) = (made().unwrap(), made().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), 19);
    assert_eq!(check(&one, "x1"), Ok(()));
}
