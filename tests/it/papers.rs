//! The points statement as it is handed over the counter.

use std::io::Write;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::Pc;

use crate::town::{OFFICE, Town, YESTERDAY, award_of, import, operations, refused};

/// The limit.
const BYTES_MAX: usize = 200 << 10;

const RARE: &str = "九龙湖镇思源社区居民信息登记表\n户编号,与户主关系,姓名,公民身份号码,住址\n\
    1019990001,户主,单碶䶮,330206199206026211,思源社区西5组127号\n\
    1019990002,户主,王𰀀,330211194707135772,思源社区东4组122号\n";

/// A town where 单碶䶮 has one effective award, and nobody can print the name of the other.
fn town() -> (Town, String, String) {
    let town = Town::empty();
    import(&town.pc, "residents", "名册.csv", RARE.as_bytes(), false);
    town.pc.import("rules", &zhenxin_testkit::fixtures::rules(), false).unwrap();
    let rows = town.pc.residents(crate::town::VILLAGE).unwrap();
    let ids = zhenxin_testkit::pc::ids(&rows);
    let (resident, unprintable) = (ids[0].clone(), ids[1].clone());
    town.pc.consent(std::slice::from_ref(&resident), "2026-08-01").unwrap();
    town.pc.sign_in("zhang").unwrap();
    town.pc.record("A01", YESTERDAY, "张监碶河道清洁", std::slice::from_ref(&resident)).unwrap();
    town.pc.sign_in("li").unwrap();
    let award = award_of(&town.pc, &resident)["award"].as_str().unwrap().to_owned();
    town.pc.review(&[award], None).unwrap();
    town.pc.sign_in(OFFICE).unwrap();
    (town, resident, unprintable)
}

pub fn pdf(paper: &Value) -> Vec<u8> {
    let bytes = BASE64.decode(paper["content"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    bytes
}

/// What a program of poppler-utils says about a PDF (`cargo xtask test` installs them).
pub fn poppler(program: &str, after_the_file: &[&str], bytes: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let output = Command::new(program).arg(file.path()).args(after_the_file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn print(pc: &Pc, resident: &str) -> Value {
    pc.act("print_statement", json!({ "resident": resident })).unwrap()
}

#[test]
fn the_statement_is_small_readable_and_has_its_fonts_in_it() {
    let (town, resident, _) = town();
    let paper = print(&town.pc, &resident);
    let bytes = pdf(&paper);
    assert!(bytes.len() < BYTES_MAX, "{} bytes", bytes.len());
    let text = poppler("pdftotext", &["-"], &bytes);
    let code = paper["code"].as_str().unwrap();
    for expected in
        ["居民积分对账单", "单碶䶮", "思源社区", "A01", "张监碶河道清洁", "异议", "第 1 页", code, YESTERDAY]
    {
        assert!(text.contains(expected), "{expected} is not on the paper:\n{text}");
    }
    assert!(!text.contains("330206199206026211"), "the whole ID number is on the paper");
    let fonts = poppler("pdffonts", &[], &bytes);
    let lines: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(!lines.is_empty(), "{fonts}");
    for line in lines {
        let flags: Vec<&str> = line.split_whitespace().rev().skip(2).take(3).collect();
        assert_eq!(flags, ["yes", "yes", "yes"], "embedded, subset, with a map to Unicode: {line}");
    }
}

#[test]
fn a_print_is_logged_and_a_preview_is_not() {
    let (town, resident, _) = town();
    let in_the_log = operations(&town.pc);
    let preview = town.pc.ask("preview_statement", json!({ "resident": resident })).unwrap();
    assert!(!pdf(&preview).is_empty());
    assert_eq!(operations(&town.pc), in_the_log);
    let (first, second) = (print(&town.pc, &resident), print(&town.pc, &resident));
    assert_eq!(operations(&town.pc), in_the_log + 2, "a reprint is logged as well");
    assert_ne!(first["code"], second["code"]);
    for paper in [&preview, &first] {
        assert!(!paper["file_name"].as_str().unwrap().contains('碶'), "the file's name tells whose it is");
    }
}

#[test]
fn a_character_that_cannot_be_printed_is_named_and_nothing_is_logged() {
    let (town, _, unprintable) = town();
    let in_the_log = operations(&town.pc);
    let fault = refused(town.pc.act("print_statement", json!({ "resident": unprintable })), FaultCode::Invalid);
    assert!(fault.message.contains("U+30000"), "{}", fault.message);
    assert_eq!(operations(&town.pc), in_the_log);
}
