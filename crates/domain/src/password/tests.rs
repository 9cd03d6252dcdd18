#![allow(clippy::unwrap_used)]
use super::*;

fn judged(password: &str) -> Result<(), PasswordFault> {
    check(password, "zhang", PasswordPolicy::default())
}

#[test]
fn a_phrase_of_two_kinds_is_taken() {
    for good in ["jiulonghu-2026", "海塘边的灯塔 1987", "correct horse", "r4ngzw9kq2x"] {
        assert_eq!(judged(good), Ok(()), "{good}");
    }
}

#[test]
fn what_everybody_tries_first_is_refused() {
    for common in ["password2026!", "Admin123456", "1qaz2wsx3edc", "woaini1314520", "qwertyuiop123", "a123456789"] {
        assert_eq!(judged(common), Err(PasswordFault::Common), "{common}");
    }
    for run in ["0123456789", "9876543210", "aaaaaaaaaaaa", "abcdefghijkl"] {
        assert_eq!(judged(run), Err(PasswordFault::Common), "{run}");
    }
}

#[test]
fn length_kinds_and_the_name_are_looked_at() {
    assert_eq!(judged("kurz-12"), Err(PasswordFault::Short { min_chars: 10 }));
    assert_eq!(judged(&"x-".repeat(101)), Err(PasswordFault::Long));
    assert_eq!(judged("langeswortnur"), Err(PasswordFault::OneKind));
    assert_eq!(judged("2026-ZHANG-镇海"), Err(PasswordFault::Name));
    let strict = PasswordPolicy { min_chars: 16, ..PasswordPolicy::default() };
    assert_eq!(check("jiulonghu-2026", "li", strict), Err(PasswordFault::Short { min_chars: 16 }));
}

#[test]
fn the_list_is_in_the_form_that_is_compared() {
    assert!(COMMON.len() > 150);
    for word in COMMON.iter() {
        assert_eq!(*word, word.to_lowercase());
    }
}
