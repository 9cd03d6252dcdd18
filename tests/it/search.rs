//! One box finds anyone: by every way in which people name each other.

use std::fs;

use serde_json::{Value, json};
use zhenxin_documents::sheet::{Limits, read_workbook};
use zhenxin_domain::text;
use zhenxin_testkit::fixtures;
use zhenxin_testkit::pc::Pc;

use crate::town::{Town, import};

/// Names whose surnames are read otherwise than in other words, and 碶, which GB 2312 lacks.
const RARE: &str = "九龙湖镇思源社区居民信息登记表\n户编号,与户主关系,姓名,公民身份号码,联系电话,住址\n\
    1019990001,户主,单晓碶,330206199206026211,13900001234,思源社区西5组127号\n\
    1019990002,户主,仇䶮,330211194707135772,,思源社区东4组122号\n\
    1019990003,户主,曾解,330206197403279139,,思源社区北6组32号\n";

fn found(pc: &Pc, typed: &str) -> Vec<String> {
    let reply = pc.ask("search", json!({ "text": typed, "limit": 50 })).unwrap();
    let hits = reply["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_reading_and_every_number_finds_the_person() {
    let town = Town::empty();
    assert_eq!(import(&town.pc, "residents", "名册.csv", RARE.as_bytes(), false)["good"], 3);
    for (name, ways) in [
        (
            "单晓碶",
            &[
                "单晓碶",
                "晓碶",
                "碶",
                "sxq",
                "dxq",
                "shanxiaoqi",
                "danxiaoqi",
                "shan xiao",
                "SXQ",
                "ｓｘｑ",
                "6211",
                "1234",
                "1019990001",
                "西5组",
                "127号",
                "单 西5组",
                "sxq 127",
                "思源社区西5组127号",
                "13900001234",
                "330206199206026211",
            ][..],
        ),
        ("仇䶮", &["仇䶮", "qiu", "chou", "䶮", "5772", "东4组"]),
        ("曾解", &["zj", "cj", "zx", "zengjie", "cengxie", "曾解"]),
    ] {
        for typed in ways {
            assert!(found(&town.pc, typed).iter().any(|hit| hit == name), "{name} is not found by {typed}");
        }
    }
    for typed in ["", " ", "赵", "zzz", "9999", "单 东4组", "sxq 128"] {
        assert_eq!(found(&town.pc, typed), Vec::<String>::new(), "{typed}");
    }
}

#[test]
fn everybody_on_the_roster_is_found_by_name_household_and_last_four() {
    let town = Town::full();
    let workbook = read_workbook("", &fs::read(fixtures::roster()).unwrap(), &Limits::default()).unwrap();
    let rows = workbook.sheets.iter().flat_map(|sheet| sheet.rows.iter().filter(|row| row.number > 3));
    let mut asked = 0;
    // one in twenty-nine: some from every sheet
    for row in rows.step_by(29) {
        let cell = |column: usize| row.cells.get(column).map(ToString::to_string).unwrap_or_default();
        let [household, name, number] = [1, 3, 5].map(|column| text::normalise(&cell(column)));
        let name = text::squeeze_name(&name);
        if name.is_empty() || number.len() != 18 {
            continue;
        }
        let on_the_roster = |reply: &Value| {
            let hits = reply["hits"].as_array().unwrap();
            hits.iter().any(|hit| hit["name"] == name.as_str() && hit["household_number"] == household.as_str())
        };
        let ask = |typed: String| town.pc.ask("search", json!({ "text": typed, "limit": 50 })).unwrap();
        if !on_the_roster(&ask(number.clone())) {
            // a faulty row: it was not taken
            continue;
        }
        asked += 1;
        for typed in [format!("{name} {household}"), format!("{name} {}", &number[14..]), format!("{household} {name}")]
        {
            assert!(on_the_roster(&ask(typed)), "row {} is not found", row.number);
        }
    }
    assert!(asked > 75, "only {asked} were looked for");
}

#[test]
fn a_hit_shows_no_full_number() {
    let town = Town::full();
    let reply = town.pc.ask("search", json!({ "text": "曹宇" })).unwrap();
    let hit = &reply["hits"][0];
    assert_eq!(hit["name"], "曹宇");
    let shown = serde_json::to_string(hit).unwrap();
    assert!(!shown.contains("330206199206026211") && !shown.contains("18619993847"), "{shown}");
    assert!(hit["id_masked"].as_str().unwrap().contains('*') && hit["phone_masked"].as_str().unwrap().contains('*'));
}
