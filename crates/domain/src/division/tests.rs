#![allow(clippy::unwrap_used)]

use super::*;

fn town(text: &str) -> TownCode {
    text.parse().unwrap()
}

fn village(text: &str) -> VillageCode {
    text.parse().unwrap()
}

#[test]
fn a_village_knows_its_town_and_county() {
    let code = village("330211101001");
    assert_eq!(code.as_str(), "330211101001");
    assert_eq!(code.town(), town("330211101"));
    assert_eq!(code.town().county(), "330211");
    assert_eq!(format!("{code:?}"), "VillageCode(330211101001)");
}

#[test]
fn what_is_no_code_is_refused() {
    for text in ["", "33021110", "3302111011", "33021110a", "330211000", "993211101", "３３０２１１101", " 330211101"]
    {
        assert_eq!(text.parse::<TownCode>(), Err(DivisionFault::Town), "{text}");
    }
    for text in ["330211101", "330211101000", "330211000001", "33021110100x", "村村村村"] {
        assert_eq!(text.parse::<VillageCode>(), Err(DivisionFault::Village), "{text}");
    }
    for text in ["", "3302", "330211000", "330211101000", "3302111010010"] {
        assert_eq!(text.parse::<Scope>(), Err(DivisionFault::Scope), "{text}");
    }
}

#[test]
fn scopes_keep_their_text_and_cover_what_lies_inside() {
    let whole: Scope = "330211101".parse().unwrap();
    let part: Scope = "330211101001".parse().unwrap();
    let elsewhere: Scope = "330211102001".parse().unwrap();
    assert_eq!(whole, Scope::from(town("330211101")));
    assert_eq!(part, Scope::from(village("330211101001")));
    assert_eq!((whole.as_str(), part.to_string().as_str()), ("330211101", "330211101001"));
    assert!(whole.covers(whole) && whole.covers(part) && part.covers(part));
    assert!(!part.covers(whole) && !whole.covers(elsewhere) && !part.covers(elsewhere));
}
