//! What leaves the town: asked for, read by a second person, released, shown by the district. And two PCs that decide
//! on brands while the district is away.

use std::io::{Cursor, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_district::console::account::add_ready;
use zhenxin_district::store::Store as DistrictStore;
use zhenxin_district::store::console::account::Role;
use zhenxin_protocol::hash::Hash32;
use zhenxin_testkit::{pc::Pc, web::Browser};

use crate::brands::{active, approved, brand, by, propose, step};
use crate::papers::poppler;
use crate::town::{OFFICE, Town, YESTERDAY, digest, refused};
use crate::two_pcs::TwoPcs;

const STORY: &str = "湖边的商户先立规矩。";

/// An active brand with a story, and a package that 用户qian asked for.
fn requested(pc: &Pc, name: &str) -> (Value, Value) {
    let brand = active(pc, name);
    pc.act_once("save_brand", json!({ "brand": brand, "story": STORY, "owner_unit": "社会治理办公室" })).unwrap();
    let request = json!({ "brand": brand, "purpose": "区品牌评选" });
    let line = by(pc, "qian", |pc| pc.act_once("request_handover", request)).unwrap();
    (brand, line["handover"].clone())
}

fn preview(pc: &Pc, handover: &Value) -> Value {
    pc.ask("handover_preview", json!({ "handover": handover })).unwrap()
}

/// 用户li reads the preview and releases what it showed.
fn release(pc: &Pc, handover: &Value) -> Value {
    by(pc, "li", |pc| {
        let read = preview(pc, handover);
        assert_eq!(read["findings"], json!([]));
        pc.act_once("review_handover", json!({ "handover": handover, "release": true, "digest": read["digest"] }))
            .unwrap()
    })
}

/// The files of a package by name.
fn unpacked(package: &Value) -> Vec<(String, Vec<u8>)> {
    let bytes = BASE64.decode(package["content"].as_str().unwrap()).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let read = |zip: &mut zip::ZipArchive<_>, index| {
        let mut file = zip.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().to_string(), content)
    };
    (0..zip.len()).map(|index| read(&mut zip, index)).collect()
}

#[test]
fn what_was_read_is_released_and_packed_the_same_every_time() {
    let town = Town::empty();
    let pc = &town.pc;
    let (id, handover) = requested(pc, "诚信湖畔");
    let event = json!({ "title": "校园诚信课", "setting": "campus", "planned_on": YESTERDAY, "state": "held", "held_on": YESTERDAY });
    pc.act_once("save_event", event).unwrap();
    refused(pc.ask("handover_package", json!({ "handover": handover })), FaultCode::Conflict);
    let twice = json!({ "brand": id, "purpose": "再来一份" });
    refused(pc.act_once("request_handover", twice), FaultCode::Conflict);
    by(pc, "li", |pc| assert_eq!(pc.ask("workbench", Value::Null).unwrap()["brand"]["handovers"], 1));
    let texts = preview(pc, &handover)["texts"].clone();
    let text = |label: &str| {
        texts.as_array().unwrap().iter().find(|text| text["label"] == label).map(|text| text["text"].clone())
    };
    assert_eq!(
        (text("名称"), text("品牌故事"), text("用途")),
        (Some(json!("诚信湖畔")), Some(json!(STORY)), Some(json!("区品牌评选")))
    );

    // changed after it was read: not released
    let seen = preview(pc, &handover)["digest"].clone();
    pc.act_once("save_brand", json!({ "brand": id, "slogan": "一湖清水" })).unwrap();
    let stale = json!({ "handover": handover, "release": true, "digest": seen });
    refused(by(pc, "li", |pc| pc.act_once("review_handover", stale)), FaultCode::Conflict);
    let unread = json!({ "handover": handover, "release": true });
    refused(by(pc, "li", |pc| pc.act_once("review_handover", unread)), FaultCode::Conflict);

    let line = release(pc, &handover);
    assert_eq!(
        (&line["state"], &line["requested_by"], &line["reviewed_by"]),
        (&json!("released"), &json!("用户qian"), &json!("用户li"))
    );
    let package = pc.ask("handover_package", json!({ "handover": handover })).unwrap();
    // neither a later change nor another day changes what was released
    pc.act_once("save_brand", json!({ "brand": id, "story": "另一个故事。" })).unwrap();
    town.clock.pass_days(3);
    assert_eq!(pc.ask("handover_package", json!({ "handover": handover })).unwrap()["content"], package["content"]);
    assert_eq!(preview(pc, &handover)["digest"], line["digest"]);

    let files = unpacked(&package);
    let content =
        |name: &str| files.iter().find(|(known, _)| known == name).map(|(_, content)| content.clone()).unwrap();
    let manifest: Value = serde_json::from_slice(&content("manifest.json")).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let bytes = content(file["name"].as_str().unwrap());
        assert_eq!(file["sm3"], Hash32::of(&bytes).to_string());
    }
    assert_eq!(
        (&manifest["sheet_sm3"], &manifest["purpose"], &manifest["reviewed_by"]),
        (&line["digest"], &json!("区品牌评选"), &json!("用户li"))
    );
    let data: Value = serde_json::from_slice(&content("brand.json")).unwrap();
    assert_eq!(
        (&data["name"], &data["story"], &data["slogan"]),
        (&json!("诚信湖畔"), &json!(STORY), &json!("一湖清水"))
    );
    let held = data["events_held"].as_array().unwrap().iter().map(|row| row["held"].as_u64().unwrap());
    assert_eq!(held.sum::<u64>(), 1, "an activity of the town that names no brand counts");
    let paper = poppler("pdftotext", &["-layout", "-"], &content("品牌档案.pdf"));
    assert!(!paper.contains("核对码"), "{paper}");
    for expected in ["诚信湖畔", STORY, "区品牌评选", "用户qian", "用户li", "留存本镇"] {
        assert!(paper.contains(expected), "{expected} is not on the paper:\n{paper}");
    }
}

#[test]
fn nobody_releases_their_own_request_or_a_number_of_a_person() {
    let town = Town::empty();
    let pc = &town.pc;
    let id = active(pc, "诚信湖畔");
    pc.act_once("save_brand", json!({ "brand": id, "story": "店主的身份证号是330206 19920602 6211。" })).unwrap();
    let own = pc.act_once("request_handover", json!({ "brand": id, "purpose": "区品牌评选" })).unwrap();
    assert!(own["recusal"].is_string());
    let handover = &own["handover"];
    let read = preview(pc, handover);
    let said = read["findings"][0].as_str().unwrap();
    assert!(said.starts_with("品牌故事") && said.contains("身份证号") && !said.contains("330206"), "{said}");
    let release = json!({ "handover": handover, "release": true, "digest": read["digest"] });
    let fault = refused(pc.act_once("review_handover", release.clone()), FaultCode::Conflict);
    assert!(fault.message.contains("另一位"), "{}", fault.message);
    let fault = refused(by(pc, "li", |pc| pc.act_once("review_handover", release)), FaultCode::Unlawful);
    assert_eq!(fault.rows.len(), 1);
    let unsaid = json!({ "handover": handover, "release": false, "reason": "" });
    refused(by(pc, "li", |pc| pc.act_once("review_handover", unsaid)), FaultCode::Invalid);
    let back = json!({ "handover": handover, "release": false, "reason": "故事里有身份证号" });
    let line = by(pc, "li", |pc| pc.act_once("review_handover", back.clone())).unwrap();
    assert_eq!((&line["state"], &line["reason"]), (&json!("sent_back"), &json!("故事里有身份证号")));
    refused(by(pc, "li", |pc| pc.act_once("review_handover", back)), FaultCode::Conflict);
    for early in [propose(pc, "还在申报"), approved(pc, "还没启用")] {
        let request = json!({ "brand": early, "purpose": "太早" });
        let fault = refused(pc.act_once("request_handover", request), FaultCode::Conflict);
        assert!(fault.message.contains("启用中"), "{}", fault.message);
    }
}

#[test]
fn the_district_shows_what_was_released_as_plain_text() {
    let mut pcs = TwoPcs::enrolled_office();
    let pc = &pcs.office.pc;
    let (_, handover) = requested(pc, "<script>alert(1)</script>");
    let store = DistrictStore::open(pcs.district.data_dir()).unwrap();
    add_ready(&store, "guanli", Role::Admin, "lighthouse-at-the-dyke-26", 0).unwrap();
    let ca_pem = pcs.district.ca_pem().unwrap();
    let address = pcs.district.address();
    let browser = Browser::signed_in(address, &ca_pem, "guanli", "lighthouse-at-the-dyke-26").unwrap();
    let look = || browser.get("/console/brands").unwrap();
    pc.sync().unwrap();
    assert_eq!(look().body.matches("尚未报送").count(), 7, "asked for is not released");
    let released = release(pc, &handover);
    pc.sync().unwrap();
    let page = look();
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.body.contains(STORY));
    assert_eq!(page.body.matches("尚未报送").count(), 6);
    let day = released["reviewed_at"].as_str().unwrap().split(' ').next().unwrap();
    assert!(page.body.contains(day), "{}", page.body);
    for private in ["用户qian", "用户li"] {
        assert!(!page.body.contains(private), "{private} is on the page");
    }
    let style = browser.get("/console/console.css").unwrap();
    assert!(style.head.contains("content-type: text/css"));
    // what it knows it knows after a kill
    pcs.kill_district();
    pcs.district.start_again().unwrap();
    assert!(look().body.contains(STORY));
}

#[test]
fn two_pcs_that_activate_apart_leave_one_active_and_the_other_to_see() {
    let mut pcs = TwoPcs::enrolled_office();
    pcs.join_village();
    pcs.village.add_user("fang", "方芳", &["clerk", "reviewer"]).unwrap();
    pcs.kill_district();
    let office = approved(&pcs.office.pc, "诚信湖畔");
    let village = propose(&pcs.village, "信用茶乡");
    pcs.village.sign_in("fang").unwrap();
    pcs.village.act_once("move_brand", step(&village, "approve")).unwrap();
    by(&pcs.office.pc, "li", |pc| pc.act_once("move_brand", step(&office, "activate"))).unwrap();
    pcs.village.act_once("move_brand", step(&village, "activate")).unwrap();
    pcs.village.sign_in("chen").unwrap();

    pcs.district.start_again().unwrap();
    pcs.settle_both();
    assert_eq!(digest(&pcs.office.pc), digest(&pcs.village));
    for pc in [&pcs.office.pc, &pcs.village] {
        let states: Vec<Value> = [&office, &village].map(|id| brand(pc, id)["line"]["state"].clone()).to_vec();
        assert_eq!(states, [json!("active"), json!("approved")], "the office's came first");
        let loser = brand(pc, &village);
        assert!(loser["line"]["lost"].as_str().unwrap().contains("启用"), "{}", loser["line"]["lost"]);
        assert!(loser["steps"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().contains("没有生效"));
        assert!(brand(pc, &office)["line"]["lost"].is_null());
        let told = pc.ask("issues", json!({ "settled": false, "offset": 0, "limit": 200 })).unwrap()["rows"].clone();
        assert!(told.as_array().unwrap().iter().any(|line| line["text"].as_str().unwrap().contains("品牌")), "{told}");
    }
    // the town decides
    let instead = json!({ "brand": village, "step": "activate", "replaces": office });
    by(&pcs.office.pc, "li", |pc| pc.act_once("move_brand", instead)).unwrap();
    pcs.settle_both();
    for pc in [&pcs.office.pc, &pcs.village] {
        let states: Vec<Value> = [&office, &village].map(|id| brand(pc, id)["line"]["state"].clone()).to_vec();
        assert_eq!(states, [json!("retired"), json!("active")]);
        assert_eq!(brand(pc, &village)["line"]["name"], "信用茶乡");
    }
    assert_eq!(digest(&pcs.office.pc), digest(&pcs.village));
    pcs.office.pc.sign_in(OFFICE).unwrap();
}
