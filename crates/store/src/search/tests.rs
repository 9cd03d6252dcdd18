#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rusqlite::Connection;
use zhenxin_domain::ids::ResidentId;

use super::buffer::TermBuffer;
use super::terms::TermSource;
use super::*;
use crate::fold::registers::Registers;
use crate::open::migrate::MIGRATIONS;

const VILLAGE: &str = "330211101001";
const OTHER_VILLAGE: &str = "330211101002";

fn empty() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(MIGRATIONS[0].sql).unwrap();
    conn
}

/// Name, ID number, telephone, household number, address.
type Person<'a> = [&'a str; 5];

const PEOPLE: [Person<'_>; 5] = [
    ["单红霞", "33021119500101536X", "13621856649", "1010010001", "思源社区西5组127号"],
    ["张红霞", "330211196003045321", "13700001111", "1010010002", "思源社区西5组128号"],
    ["张三", "330211197005061234", "13800002222", "1010010003", "思源社区东1组3号"],
    ["张三丰", "330211198007081235", "13900003333", "1010010004", "思源社区东1组127号"],
    ["李红", "330211199009101236", "13500004444", "1010010005", "慈海南路1号2幢301室"],
];

fn source<'a>([name, id_number, phone, household_no, address]: &Person<'a>) -> TermSource<'a> {
    TermSource {
        name: Some(name),
        id_number: Some(id_number),
        phone: Some(phone),
        household_no: Some(household_no),
        address: Some(address),
    }
}

fn insert(conn: &Connection, terms: &mut TermBuffer<'_>, village: &str, person: &Person<'_>) -> i64 {
    let number: i64 = conn.query_row("SELECT coalesce(max(no), 0) + 1 FROM resident", [], |row| row.get(0)).unwrap();
    let mut id = [7; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let [name, id_number, phone, household_no, address] = person;
    let registers = Registers::default().pack();
    conn.execute(
        "INSERT INTO resident (id, scope, village, household_no, name, id_number, phone, address, registers)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        rusqlite::params![id, village, household_no, name, id_number, phone, address, registers],
    )
    .unwrap();
    terms.add(number, &source(person)).unwrap();
    number
}

fn town() -> Connection {
    let conn = empty();
    let mut terms = TermBuffer::new(&conn);
    for (at, person) in PEOPLE.iter().enumerate() {
        insert(&conn, &mut terms, if at == 4 { OTHER_VILLAGE } else { VILLAGE }, person);
    }
    terms.flush().unwrap();
    conn
}

fn names(conn: &Connection, typed: &str, village: Option<&str>, limit: u32) -> (Vec<String>, bool) {
    let options = SearchOptions { village: village.map(|village| village.parse().unwrap()), limit };
    let found = search(&Reader::new(conn), typed, options).unwrap();
    (found.rows.into_iter().filter_map(|row| row.name).collect(), found.more)
}

fn found(conn: &Connection, typed: &str) -> Vec<String> {
    let (mut names, more) = names(conn, typed, None, 20);
    assert!(!more, "{typed}");
    names.sort();
    names
}

#[test]
fn finds_by_name_sound_number_and_address() {
    let conn = town();
    for (typed, expected) in [
        ("单红霞", vec!["单红霞"]),
        ("红霞", vec!["单红霞", "张红霞"]),
        ("shx", vec!["单红霞"]),
        ("dhx", vec!["单红霞"]),
        ("zhang", vec!["张三", "张三丰", "张红霞"]),
        ("zhang san", vec!["张三", "张三丰"]),
        ("1010010003", vec!["张三"]),
        ("536x", vec!["单红霞"]),
        ("6649", vec!["单红霞"]),
        ("13621856649", vec!["单红霞"]),
        ("33021119500101536x", vec!["单红霞"]),
        ("33021119500101536X", vec!["单红霞"]),
        ("330211195001", vec![]),
        ("西5组", vec!["单红霞", "张红霞"]),
        ("张 127", vec!["张三丰"]),
        ("127 张", vec!["张三丰"]),
        ("思源社区东1组3号", vec!["张三"]),
        ("慈海南路", vec!["李红"]),
        ("王五", vec![]),
        ("张 999", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&conn, typed), expected, "{typed}");
    }
}

#[test]
fn the_exact_name_comes_first() {
    assert_eq!(names(&town(), "张三", None, 20).0, ["张三", "张三丰"]);
}

#[test]
fn the_village_filters_and_the_limit_says_that_there_is_more() {
    let conn = town();
    assert_eq!(names(&conn, "红", Some(OTHER_VILLAGE), 20), (vec!["李红".to_owned()], false));
    assert_eq!(names(&conn, "单红霞", Some(OTHER_VILLAGE), 20), (vec![], false));
    assert_eq!(names(&conn, "33021119500101536x", Some(OTHER_VILLAGE), 20), (vec![], false));
    let (two, more) = names(&conn, "zhang", None, 2);
    assert_eq!((two.len(), more), (2, true));
    let (three, more) = names(&conn, "zhang", None, 3);
    assert_eq!((three.len(), more), (3, false));
    assert_eq!(names(&conn, "zhang", None, 0), (vec![], false));
}

#[test]
fn changed_fields_are_found_and_former_ones_are_not() {
    let conn = town();
    let mut terms = TermBuffer::new(&conn);
    let mut moved = PEOPLE[2];
    moved[4] = "思源社区北9组9号";
    terms.remove(3, &source(&PEOPLE[2])).unwrap();
    conn.execute("UPDATE resident SET address = ?1 WHERE no = 3", [moved[4]]).unwrap();
    terms.add(3, &source(&moved)).unwrap();
    terms.flush().unwrap();
    assert_eq!(found(&conn, "北9组"), ["张三"]);
    assert_eq!(found(&conn, "张三 东1组"), ["张三丰"]);
    assert_eq!(found(&conn, "张三"), ["张三", "张三丰"], "what stayed the same is still found");
    terms.remove(3, &source(&moved)).unwrap();
    terms.flush().unwrap();
    let left: i64 =
        conn.query_row("SELECT count(*) FROM search_term WHERE resident_no = 3", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

/// Two broad words, each with more entries than one search reads: the one person who fits both is
/// still found where the index proposes him, and otherwise the answer admits that there may be more.
#[test]
fn broad_words_are_bounded_and_honest() {
    let conn = empty();
    let mut terms = TermBuffer::new(&conn);
    let everybody = SCANNED_MAX + 500;
    for at in 0..everybody {
        let number = format!("{at:06}");
        let person: Person<'_> = ["张伟", "", "", &number, "东海路1号"];
        insert(&conn, &mut terms, VILLAGE, &person);
    }
    terms.flush().unwrap();
    let (hits, more) = names(&conn, "张 东海路", None, 20);
    assert_eq!((hits.len(), more), (20, true));
    let (hits, more) = names(&conn, "张 东海路 000777", None, 20);
    assert_eq!((hits.len(), more), (1, false), "the rare word leads");
    let (hits, more) = names(&conn, "张 西湖", None, 20);
    assert_eq!((hits.len(), more), (0, false), "a word that nobody has settles it");
    let reader = Reader::new(&conn);
    let query = Query::parse("东海路 北京");
    let options = SearchOptions { village: None, limit: 20 };
    let mut hits = Hits { reader: &reader, query: &query, options, result: SearchResult::default(), judged: 0 };
    let ends = (1..=JUDGED_MAX as i64 + 1).map(|no| hits.judge(no).unwrap()).filter(|end| *end).count();
    assert_eq!((ends, hits.result.more), (1, true), "the rows that one search reads are bounded");
}

fn person() -> impl Strategy<Value = [String; 5]> {
    let name = "[张李单红霞三伟]{2,3}";
    let phone = "13[0-9]{9}";
    (name, "3302111[0-9]{10}[0-9X]", phone, "[0-9]{3}", "[东西][1-3]组[0-9]{1,2}号")
        .prop_map(|(name, id_number, phone, number, address)| [name, id_number, phone, number, address])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The index proposes exactly whom the query fits, however residents come, change and go.
    #[test]
    fn search_finds_whom_the_query_fits(
        people in proptest::collection::vec(person(), 1..20),
        typed in prop_oneof![
            "[张李单红霞三伟]{1,2}", "[a-z]{1,3}", "[0-9]{1,4}", "[张李] [东西][1-3]组", "[张李红] [0-9]{1,2}"
        ],
    ) {
        let conn = empty();
        let mut terms = TermBuffer::new(&conn);
        let people: Vec<Person<'_>> = people.iter().map(|person| person.each_ref().map(String::as_str)).collect();
        for person in &people {
            insert(&conn, &mut terms, VILLAGE, person);
        }
        terms.flush().unwrap();
        let query = Query::parse(&typed);
        let mut expected: Vec<i64> = (1..).zip(&people).filter(|(_, person)| query.fits(&source(person))).map(|(no, _)| no).collect();
        if query.words().is_empty() {
            expected.clear();
        }
        let options = SearchOptions { village: None, limit: 100 };
        let result = search(&Reader::new(&conn), &typed, options).unwrap();
        let mut found: Vec<i64> = result.rows.iter().map(|row| row.no).collect();
        prop_assert!(found.iter().all(|no| result.rows.iter().filter(|row| row.no == *no).count() == 1));
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        prop_assert!(!result.more);
    }
}

#[test]
fn a_resident_is_known_by_an_id() {
    let conn = town();
    let reader = Reader::new(&conn);
    let row = reader.resident_by_no(1).unwrap().unwrap();
    assert_eq!(reader.resident(row.id).unwrap().unwrap(), row);
    assert_eq!(reader.resident(ResidentId::from_bytes([9; 16])).unwrap(), None);
}
