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
        "单红霞",
        "红霞",
        "霞",
        "shx",
        "dhx",
        "shanhongxia",
        "shan hong",
        "ＳＨＸ",
        "1010010",
        "536x",
        "536X",
        "6649",
        "思源",
        "西5组",
        "5组",
        "127",
        "思源社区西5组127号",
        "shx 127",
        "单 西5组",
        "13621856649",
        "33021119500101536x",
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
fn addresses_are_found_from_each_part_on() {
    let starts = |address: &'static str| part_starts(address).into_iter().map(|at| &address[at..]).collect::<Vec<_>>();
    assert_eq!(starts("张监碶社区东1组3号"), ["张监碶社区东1组3号", "东1组3号", "1组3号", "3号"]);
    assert_eq!(
        starts("骆驼街道慈海南路1号2幢301室"),
        ["骆驼街道慈海南路1号2幢301室", "慈海南路1号2幢301室", "1号2幢301室", "2幢301室", "301室"]
    );
    assert_eq!(starts("村"), ["村"]);
    assert_eq!(starts(""), [""; 0]);
    let spaced = TermSource { address: Some("思源社区 西5组，127号"), ..TermSource::default() };
    assert!(Query::parse("西5组127").fits(&spaced) && Query::parse("思源社区西5组").fits(&spaced));
}

#[test]
fn long_texts_are_cut_alike_in_terms_and_in_words() {
    let address = "甲".repeat(60);
    let source = TermSource { address: Some(&address), ..TermSource::default() };
    assert!(terms_of(&source).iter().all(|term| term.chars().count() <= TERM_CHARS_MAX));
    assert!(Query::parse(&"甲".repeat(50)).fits(&source));
}

#[test]
fn terms_are_sorted_and_single() {
    let terms = terms_of(&resident());
    assert!(terms.is_sorted() && terms.windows(2).all(|pair| pair[0] != pair[1]));
}
