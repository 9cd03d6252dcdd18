//! Towns, their devices, and every download.

use std::io::Cursor;

use calamine::{Reader, Xlsx};

use super::*;
use crate::fixture::Author;
use crate::store::enrol::Newcomer;
use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::wire::code::EnrolCode;

fn code_of(page: &str) -> EnrolCode {
    let (_, rest) = page.split_once("aria-label=\"接入码\">").unwrap();
    rest.split('<').next().unwrap().parse().unwrap()
}

/// Lets a device in with the code of the page.
fn let_in(desk: &Desk, code: &EnrolCode, number: u8) -> String {
    let author = Author::new(number);
    let newcomer = Newcomer {
        code: code.hash(),
        device: author.id,
        town: TOWN.parse().unwrap(),
        label: String::new(),
        sign_key: public_key(&author.seed),
        seal_key: author.seal_key(),
    };
    desk.site.store().let_in(&newcomer, &[number; 32], NOW_MS).unwrap();
    author.id.to_string()
}

#[tokio::test]
async fn a_device_is_let_in_seen_and_revoked() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let town = paths::town(TOWN);
    let codes = format!("{town}/codes");
    let fields = [("label", "党群 1 号机"), ("hours", "24"), ("scope", "villages"), ("village", "330211101002")];
    let made = admin.submit(&town, &codes, &fields).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(made.text.contains("只显示这一次"));
    let code = code_of(&made.text);
    let device = let_in(&desk, &code, 1);
    let shown = admin.get(&town).await.text;
    assert!(shown.contains("党群 1 号机") && !shown.contains(&code.to_string()));
    let revoke = format!("{town}/devices/{device}/revoke");
    let asked = admin.get(&revoke).await;
    assert!(asked.text.contains("停用九龙湖镇的党群 1 号机"), "{}", asked.text);
    assert!(desk.site.store().town_lines().unwrap()[0].devices[0].revoked_at_ms.is_none(), "asking does nothing");
    let done = admin.submit(&revoke, &revoke, &[]).await;
    assert_eq!((done.status, done.location), (303, town.clone()));
    assert!(desk.site.store().town_lines().unwrap()[0].devices[0].revoked_at_ms.is_some());
    assert_eq!(admin.get(&revoke).await.status, 404, "it is done already");
    let acts = desk.site.store().acts(None, 10).unwrap().acts;
    let told: Vec<(&str, &str)> = acts.iter().map(|act| (act.act.as_str(), act.object.as_str())).collect();
    assert!(told.contains(&("device_revoked", "党群 1 号机")), "{told:?}");
    assert!(told.iter().all(|(_, object)| !object.contains(&code.to_string())), "no code in the record");
}

#[tokio::test]
async fn a_bad_order_makes_no_code() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let town = paths::town(TOWN);
    let some = ("scope", "villages");
    let village = ("village", "330211101002");
    for (fields, says) in [
        (vec![("label", " "), ("hours", "24"), some, village], "没有填电脑名称"),
        (vec![("label", "甲"), ("hours", "1"), some, village], "没有选有效期"),
        (vec![("label", "甲"), ("hours", "24"), some, ("village", "330211001001")], "不属于这个镇街"),
        (vec![("label", "甲"), ("hours", "24")], "没有选这台电脑能看哪些村社"),
        (vec![("label", "甲"), ("hours", "24"), village], "没有选这台电脑能看哪些村社"),
        (vec![("label", "甲"), ("hours", "24"), ("scope", "all")], "没有选这台电脑能看哪些村社"),
        (vec![("label", "甲"), ("hours", "24"), some], "请至少勾一个"),
        (vec![("label", "甲"), ("hours", "24"), ("scope", "town"), village], "请只留一种"),
    ] {
        let answer = admin.submit(&town, &format!("{town}/codes"), &fields).await;
        assert!(answer.text.contains(says), "{says}: {}", answer.text);
        assert!(!answer.text.contains("aria-label=\"接入码\""));
    }
    let acts = desk.site.store().acts(None, 100).unwrap().acts;
    assert!(acts.iter().all(|act| act.act != "code_made"), "nothing was made");
    let shown = admin.get(&town).await.text;
    assert_eq!(shown.matches("type=\"radio\" name=\"scope\"").count(), 2, "{shown}");
    assert!(!shown.contains("checked"), "nothing is chosen beforehand");
}

#[tokio::test]
async fn every_table_of_every_page_can_be_downloaded() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let town = paths::town(TOWN);
    let made = admin
        .submit(&town, &format!("{town}/codes"), &[("label", "=HYPERLINK(1)"), ("hours", "24"), ("scope", "town")])
        .await;
    let_in(&desk, &code_of(&made.text), 1);
    let mut downloads = Vec::new();
    for page in pages() {
        let text = admin.get(&page).await.text;
        let links = text.match_indices("xlsx=").map(|(at, _)| {
            let begin = text[..at].rfind('"').unwrap() + 1;
            text[begin..at + text[at..].find('"').unwrap()].replace("&amp;", "&")
        });
        let links: Vec<String> = links.collect();
        let tables = text.matches("<tbody>").count();
        assert_eq!(links.len(), tables, "each table of {page} has its download");
        downloads.extend(links);
    }
    assert!(downloads.len() >= 8, "{downloads:?}");
    for link in downloads {
        let answer = admin.get(&link).await;
        assert_eq!(answer.status, 200, "{link}");
        assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename*=UTF-8''"));
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes)).unwrap();
        let rows = book.worksheet_range_at(0).unwrap().unwrap();
        assert!(rows.rows().count() > 3, "{link} is empty");
        let formulas = book.worksheet_formula(&book.sheet_names()[0].clone()).unwrap();
        assert!(formulas.used_cells().next().is_none(), "{link}");
    }
    let done = desk.site.store().acts(None, 100).unwrap().acts;
    assert!(done.iter().any(|act| act.act == "downloaded"), "downloads are in the record");
}

#[tokio::test]
async fn a_town_that_is_none_has_no_page() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    for town in ["999999999", "x", "330211999", "%3Cscript%3E"] {
        let answer = admin.get(&format!("/console/towns/{town}")).await;
        assert_eq!(answer.status, 404, "{town}");
        assert!(!answer.text.contains("<script"));
    }
}
