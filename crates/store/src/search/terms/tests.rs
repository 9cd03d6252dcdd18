#![allow(clippy::unwrap_used)]

use super::*;

fn resident() -> TermSource<'static> {
    TermSource {
        name: Some("单红霞"),
        id_number: Some("33021119500101536X"),
        phone: Some("13621856649"),
        household_no: Some("1010010001"),
        address: Some("思源社区西5组127号"),
    }
}

#[test]
fn found_by_everything_people_type() {
    for typed in [
        "单红霞", "红霞", "霞", "shx", "dhx", "shanhongxia", "shan hong", "ＳＨＸ", "1010010", "536x", "536X", "6649",
        "思源", "西5组", "5组", "127", "思源社区西5组127号", "shx 127", "单 西5组", "13621856649", "33021119500101536x",
    ] {
        let query = Query::parse(typed);
        assert!(!query.words().is_empty() && query.fits(&resident()), "{typed} → {:?}", query.words());
        let terms = terms_of(&resident());
        for word in query.words() {
            let reachable =
                Query::beginnings(word).iter().any(|start| terms.iter().any(|term| term.starts_with(start)));
            assert!(reachable, "{typed}: no term begins with {word}");
        }
    }
}

#[test]
fn not_found_by_what_is_not_there() {
    for typed in ["红单", "zhx", "0001 ", "西6组", "shx 128", "13621856640"] {
        assert!(!Query::parse(typed).fits(&resident()), "{typed}");
    }
}

#[test]
fn nothing_asked_finds_nothing() {
    for typed in ["", "   ", "\u{3000}", "'"] {
        assert!(Query::parse(typed).words().is_empty(), "{typed:?}");
    }
}

#[test]
fn addresses_fall_into_parts() {
    assert_eq!(parts("张监碶社区东1组3号"), ["张监碶社区", "东1组", "3号"]);
    assert_eq!(parts("骆驼街道慈海南路1号2幢301室"), ["骆驼街道", "慈海南路", "1号", "2幢", "301室"]);
    assert_eq!(parts("村"), ["村"]);
}

#[test]
fn terms_are_sorted_and_single() {
    let terms = terms_of(&resident());
    assert!(terms.is_sorted() && terms.windows(2).all(|pair| pair[0] != pair[1]));
}
