//! A brand from its proposal to its papers, and an activity from its plan to the matrix.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_testkit::{pc::Pc, picture};

use crate::papers::poppler;
use crate::town::{OFFICE, TODAY, Town, YESTERDAY, refused};

/// As one of the town's users.
pub fn by<T>(pc: &Pc, user: &str, act: impl FnOnce(&Pc) -> T) -> T {
    pc.sign_in(user).unwrap();
    let done = act(pc);
    pc.sign_in(OFFICE).unwrap();
    done
}

pub fn brand(pc: &Pc, brand: &Value) -> Value {
    pc.ask("brand", json!({ "brand": brand })).unwrap()
}

/// A brand proposed by the signed-in user; gives its id.
pub fn propose(pc: &Pc, name: &str) -> Value {
    pc.act_once("save_brand", json!({ "name": name })).unwrap()["line"]["brand"].clone()
}

pub fn step(brand: &Value, step: &str) -> Value {
    json!({ "brand": brand, "step": step, "reason": "不再使用" })
}

/// A brand that 用户qian proposed and 用户li approved.
pub fn approved(pc: &Pc, name: &str) -> Value {
    let brand = by(pc, "qian", |pc| propose(pc, name));
    by(pc, "li", |pc| pc.act_once("move_brand", step(&brand, "approve"))).unwrap();
    brand
}

pub fn active(pc: &Pc, name: &str) -> Value {
    let brand = approved(pc, name);
    by(pc, "li", |pc| pc.act_once("move_brand", step(&brand, "activate"))).unwrap();
    brand
}

fn file(bytes: &[u8]) -> Value {
    json!({ "name": "文件", "content": BASE64.encode(bytes) })
}

fn state(pc: &Pc, brand_id: &Value) -> Value {
    brand(pc, brand_id)["line"]["state"].clone()
}

fn text_of(paper: &Value) -> String {
    let bytes = BASE64.decode(paper["content"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    // narrow blanks between a figure and its unit are not always read as blanks
    poppler("pdftotext", &["-layout", "-"], &bytes).replace(' ', "")
}

fn fields(fault: &zhenxin_app::Fault) -> Vec<&str> {
    fault.rows.iter().filter_map(|row| row.field.as_deref()).collect()
}

#[test]
fn a_brand_goes_from_its_proposal_to_its_papers() {
    let town = Town::full();
    let pc = &town.pc;
    let detail = by(pc, "qian", |pc| {
        let request = json!({
            "name": "诚信湖畔", "slogan": "一湖清水，一诺千金", "domain": "文旅诚信", "owner_unit": "社会治理办公室",
            "story": "湖边的商户先立规矩。\n\n后来大家都守规矩。", "objectives": ["两年内诚信商户过百", " "],
            "mark": file(&picture::mark().unwrap()),
        });
        pc.act_once("save_brand", request).unwrap()
    });
    assert_eq!(
        (&detail["line"]["state"], &detail["story"]),
        (&json!("proposed"), &json!("湖边的商户先立规矩。\n后来大家都守规矩。"))
    );
    assert_eq!((&detail["objectives"], &detail["moves"]), (&json!(["两年内诚信商户过百"]), &json!([])));
    let id = &detail["line"]["brand"];
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["brand"]["to_approve"], 1);

    by(pc, "li", |pc| {
        assert_eq!(brand(pc, id)["moves"], json!(["approve", "send_back"]));
        pc.act_once("move_brand", step(id, "approve")).unwrap();
        let detail = pc.act_once("move_brand", step(id, "activate")).unwrap();
        assert_eq!(detail["moves"], json!(["retire"]));
        let steps: Vec<&str> =
            detail["steps"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap()).collect();
        assert_eq!(steps, ["申报", "批准", "启用"]);
    });
    parts(pc, id);
    let event = held_event(pc, id);

    let card = text_of(&pc.ask("brand_card", json!({ "brand": id })).unwrap());
    for expected in ["诚信湖畔", "一湖清水，一诺千金", "社会治理办公室", "诚信商户", "58", "首批授牌"]
    {
        assert!(card.contains(expected), "{expected} is not on the card:\n{card}");
    }
    let printed = pc.ask("brand_dossier", json!({ "brand": id })).unwrap();
    let dossier = text_of(&printed);
    for expected in [
        "品牌档案",
        "诚信湖畔",
        "农商行九龙湖支行",
        "诚信宣传进社区",
        "1,250.00元",
        "4人",
        "商户承诺书",
        "不得对外提供",
    ] {
        assert!(dossier.contains(expected), "{expected} is not in the dossier:\n{dossier}");
    }
    assert!(printed["code"] == "" && !dossier.contains("核对码"), "nothing could find its issue:\n{dossier}");
    let bytes = BASE64.decode(printed["content"].as_str().unwrap()).unwrap();
    let pictures = poppler("pdfimages", &["-list"], &bytes);
    assert_eq!(pictures.lines().skip(2).count(), 2, "the mark and a photograph: {pictures}");
    // a piece of evidence is found by the command that shows evidence everywhere
    let photo = &pc.ask("event", json!({ "event": event })).unwrap()["photos"][0];
    assert_eq!((&photo["here"], &photo["mime"]), (&json!(true), &json!("image/jpeg")));
}

/// Milestones, an indicator, a partner, evidence.
fn parts(pc: &Pc, id: &Value) {
    let add = |name: &str, mut request: Value| {
        request["brand"] = id.clone();
        by(pc, "qian", |pc| pc.act_once(name, request)).unwrap()
    };
    let detail = add("save_milestone", json!({ "title": "首批授牌", "due_on": "2026-06-30" }));
    let first = &detail["milestones"][0];
    assert_eq!((&first["overdue"], &first["state"]), (&json!(true), &json!("planned")));
    add("save_milestone", json!({ "title": "年度回访", "due_on": "2026-09-20" }));
    let due = pc.ask("workbench", Value::Null).unwrap()["brand"]["milestones"].clone();
    let due: Vec<(&str, bool)> = (due.as_array().unwrap().iter())
        .map(|due| (due["title"].as_str().unwrap(), due["overdue"].as_bool().unwrap()))
        .collect();
    assert_eq!(due, [("首批授牌", true), ("年度回访", false)]);
    let detail = add("save_milestone", json!({ "milestone": first["milestone"], "state": "done" }));
    assert_eq!(
        (&detail["milestones"][0]["done_on"], &detail["milestones"][0]["overdue"]),
        (&json!(TODAY), &json!(false))
    );
    assert_eq!((&detail["line"]["milestones_done"], &detail["line"]["milestones"]), (&json!(1), &json!(2)));

    let detail =
        add("save_indicator", json!({ "name": "诚信商户", "unit": "家", "baseline": "12", "target": "１００" }));
    let indicator = detail["indicators"][0]["indicator"].clone();
    add("record_reading", json!({ "indicator": indicator, "on": YESTERDAY, "value": "31.5" }));
    let detail = add("record_reading", json!({ "indicator": indicator, "on": YESTERDAY, "value": "58" }));
    let shown = &detail["indicators"][0];
    assert_eq!((&shown["progress_percent"], &shown["readings"][0]["value"]), (&json!(52), &json!("58")));
    assert_eq!(shown["readings"].as_array().unwrap().len(), 1, "a second reading of a day replaces the first");

    add("save_partner", json!({ "name": "农商行九龙湖支行", "role": "授信优惠" }));
    let detail = add("save_partner", json!({ "name": "旧伙伴", "role": "" }));
    let detail = add("remove_brand_part", json!({ "part": detail["partners"][1]["partner"] }));
    assert_eq!(detail["partners"].as_array().unwrap().len(), 1);
    let detail = add("add_brand_files", json!({ "caption": "商户承诺书", "files": [file(b"%PDF-1.7 scan")] }));
    assert_eq!((&detail["files"][0]["mime"], &detail["files"][0]["here"]), (&json!("application/pdf"), &json!(true)));
}

/// An activity with people, a guest and a photograph; gives its id.
fn held_event(pc: &Pc, id: &Value) -> Value {
    let act = |name: &str, request: Value| by(pc, "zhang", |pc| pc.act_once(name, request)).unwrap();
    let planned = json!({
        "title": "诚信宣传进社区", "setting": "community", "brand": id, "plan": "摆摊、讲解、签承诺书",
        "place": "思源社区广场", "planned_on": YESTERDAY,
    });
    let event = act("save_event", planned)["line"]["event"].clone();
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["brand"]["overdue_events"], 1);
    act("save_event", json!({ "event": event, "state": "held", "held_on": YESTERDAY, "cost_fen": 125_000 }));
    let people: Vec<Value> =
        pc.residents(crate::town::VILLAGE).unwrap()[..3].iter().map(|row| row["id"].clone()).collect();
    let twice: Vec<&Value> = people.iter().chain(&people).collect();
    let signed =
        act("sign_attendance", json!({ "event": event, "residents": twice, "guests": ["区文旅局来宾"], "remove": [] }));
    assert_eq!((&signed["line"]["people"], signed["attendees"].as_array().unwrap().len()), (&json!(4), 4));
    let again = act("sign_attendance", json!({ "event": event, "residents": people, "guests": [], "remove": [] }));
    assert_eq!(again["line"]["people"], 4);

    let photo = picture::with_place(&picture::lake(1).unwrap());
    assert!(contains(&photo, b"GPS"));
    let detail = act("add_event_photos", json!({ "event": event, "caption": "广场上", "files": [file(&photo)] }));
    let kept = pc.ask("evidence", json!({ "evidence": detail["photos"][0]["file"] })).unwrap();
    let kept = BASE64.decode(kept["content"].as_str().unwrap()).unwrap();
    assert!(kept.starts_with(b"\xff\xd8") && !contains(&kept, b"Exif") && !contains(&kept, b"GPS"));
    event
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn attendance_prepares_awards_and_grants_none() {
    let town = Town::full();
    let pc = &town.pc;
    let people = town.consenting(3);
    let event = json!({ "title": "诚信讲座", "planned_on": YESTERDAY, "state": "held", "held_on": YESTERDAY });
    let event = pc.act_once("save_event", event).unwrap()["line"]["event"].clone();
    let sign = json!({ "event": event, "residents": people, "guests": [], "remove": [] });
    let detail = pc.act_once("sign_attendance", sign).unwrap();
    assert_eq!(detail["awarded"], json!([]));
    for resident in &people {
        let page = pc.ask("resident", json!({ "resident": resident })).unwrap();
        assert_eq!((&page["entries"], &page["accounts"][0]["pending_points"]), (&json!([]), &json!(0)));
    }
    pc.record("A01", YESTERDAY, "诚信讲座", &people[..2]).unwrap();
    let detail = pc.ask("event", json!({ "event": event })).unwrap();
    let mut awarded: Vec<&str> = detail["awarded"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    awarded.sort_unstable();
    let mut expected: Vec<&str> = people[..2].iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(awarded, expected);
    let first = detail["attendees"][0]["attendance"].clone();
    let take_off = json!({ "event": event, "residents": [], "guests": [], "remove": [first] });
    assert_eq!(pc.act_once("sign_attendance", take_off).unwrap()["line"]["people"], 2);
}

#[test]
fn a_sign_in_list_from_a_workbook_finds_its_people() {
    let town = Town::full();
    let pc = &town.pc;
    let rows = pc.residents(crate::town::VILLAGE).unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "诚信宣传进社区签到表").unwrap();
    for (column, title) in ["序号", "姓名", "户编号", "签名"].iter().enumerate() {
        sheet.write(1, column as u16, *title).unwrap();
    }
    for (line, row) in rows[..5].iter().enumerate() {
        let at = line as u32 + 2;
        sheet.write(at, 0, line as u32 + 1).unwrap();
        sheet.write(at, 1, row["name"].as_str().unwrap()).unwrap();
        sheet.write(at, 2, row["household_number"].as_str().unwrap()).unwrap();
    }
    let content = BASE64.encode(book.save_to_buffer().unwrap());
    let read = pc.ask("read_sign_in_file", json!({ "file_name": "签到.xlsx", "content": content })).unwrap();
    assert_eq!(read["lines"].as_array().unwrap().len(), 5);
    let found = pc.ask("resolve_residents", json!({ "lines": read["lines"] })).unwrap();
    for (line, row) in found["lines"].as_array().unwrap().iter().zip(&rows) {
        assert_eq!(line["candidates"][0]["line"]["id"], row["id"], "{}", line["problem"]);
    }
    let no_table = json!({ "file_name": "签到.xlsx", "content": BASE64.encode(b"\xff\xd8\xff") });
    refused(pc.ask("read_sign_in_file", no_table), FaultCode::BadFile);
}

#[test]
fn the_matrix_shows_where_nothing_was_held() {
    let town = Town::empty();
    let pc = &town.pc;
    let matrix = |pc: &Pc| pc.ask("event_matrix", json!({ "year": 2026 })).unwrap();
    assert_eq!(matrix(pc)["gaps"], 15, "five settings in three quarters that have begun");
    let event = json!({ "title": "校园诚信课", "setting": "campus", "planned_on": "2026-05-11" });
    let event = pc.act_once("save_event", event).unwrap()["line"]["event"].clone();
    let campus = |matrix: &Value| {
        matrix["rows"].as_array().unwrap().iter().find(|row| row["setting"] == "campus").unwrap().clone()
    };
    let planned = matrix(pc);
    assert_eq!((&planned["gaps"], &campus(&planned)["cells"][1]["planned"]), (&json!(15), &json!(1)));
    pc.act_once("save_event", json!({ "event": event, "state": "held", "held_on": "2026-07-02" })).unwrap();
    let held = matrix(pc);
    let cells = campus(&held)["cells"].clone();
    assert_eq!(
        (&held["gaps"], &cells[2]["held"], &cells[1]["gap"], &cells[3]["gap"]),
        (&json!(14), &json!(1), &json!(true), &json!(false))
    );
    let gaps = pc.ask("workbench", Value::Null).unwrap()["brand"]["gaps"].clone();
    assert_eq!(gaps, json!(["community", "township", "enterprise", "family"]));
    let page = json!({ "year": 2026, "setting": "campus", "state": "held", "offset": 0, "limit": 10 });
    assert_eq!(pc.ask("events", page).unwrap()["total"], 1);
}

#[test]
fn a_second_person_decides_and_one_brand_is_active() {
    let town = Town::full();
    let pc = &town.pc;
    // holds every duty, and proposed it: still not the second person
    let own = propose(pc, "诚信湖畔");
    let fault = refused(pc.act_once("move_brand", step(&own, "approve")), FaultCode::Conflict);
    assert!(fault.message.contains("另一位"), "{}", fault.message);
    assert_eq!((&brand(pc, &own)["moves"], brand(pc, &own)["recusal"].is_string()), (&json!([]), true));
    refused(by(pc, "qian", |pc| pc.act_once("move_brand", step(&own, "approve"))), FaultCode::Forbidden);

    // one person under two sign-ins is one person
    let person = town.residents(1, |_| true)[0].clone();
    for (name, duty) in [("sun1", "clerk"), ("sun2", "reviewer")] {
        let user = json!({ "sign_in_name": name, "name": name, "password": zhenxin_testkit::pc::FIRST_PASSWORD, "duties": [duty], "resident": person });
        pc.act("add_user", user).unwrap();
    }
    let same = by(pc, "sun1", |pc| propose(pc, "信用茶乡"));
    refused(by(pc, "sun2", |pc| pc.act_once("move_brand", step(&same, "approve"))), FaultCode::Conflict);
    refused(by(pc, "sun2", |pc| pc.act_once("move_brand", step(&same, "activate"))), FaultCode::Conflict);

    // sent back with a reason, proposed again, and a second click finds it proposed
    let nothing_said = json!({ "brand": same, "step": "send_back", "reason": " " });
    assert_eq!(
        fields(&refused(by(pc, "li", |pc| pc.act_once("move_brand", nothing_said)), FaultCode::Invalid)),
        ["reason"]
    );
    by(pc, "li", |pc| pc.act_once("move_brand", step(&same, "send_back"))).unwrap();
    assert_eq!(state(pc, &same), "sent_back");
    let again = json!({ "request_id": zhenxin_testkit::pc::request_id(), "brand": same });
    for _ in 0..2 {
        by(pc, "sun1", |pc| pc.act("resubmit_brand", again.clone())).unwrap();
    }
    refused(by(pc, "sun1", |pc| pc.act_once("resubmit_brand", json!({ "brand": same }))), FaultCode::Conflict);
    refused(by(pc, "sun2", |pc| pc.act_once("move_brand", step(&same, "approve"))), FaultCode::Conflict);

    let first = active(pc, "第一个品牌");
    let second = approved(pc, "第二个品牌");
    for decided in [&first, &second] {
        let rename = json!({ "brand": decided, "name": "另一个名称" });
        let fault = refused(pc.act_once("save_brand", rename), FaultCode::Invalid);
        assert!(fault.rows[0].message.contains("退役后重新申报"), "{fault:?}");
    }
    pc.act_once("save_brand", json!({ "brand": second, "name": "第二个品牌", "slogan": "名称没有动" })).unwrap();
    let fault = refused(by(pc, "li", |pc| pc.act_once("move_brand", step(&second, "activate"))), FaultCode::Conflict);
    assert!(fault.message.contains("接替"), "{}", fault.message);
    let instead = json!({ "brand": second, "step": "activate", "replaces": first });
    by(pc, "li", |pc| pc.act_once("move_brand", instead)).unwrap();
    assert_eq!((state(pc, &first), state(pc, &second)), (json!("retired"), json!("active")));
    let list = pc.ask("brands", Value::Null).unwrap();
    assert_eq!(list["brands"][0]["brand"], second, "the active one stands first");
    refused(pc.act_once("save_brand", json!({ "brand": first, "slogan": "迟了" })), FaultCode::Conflict);
}

#[test]
fn the_active_brand_is_assessed_once_a_year() {
    let town = Town::empty();
    let pc = &town.pc;
    let brand_id = active(pc, "诚信湖畔");
    let assess = |year: u32| {
        let request = json!({ "brand": brand_id, "year": year, "renewed": true, "text": "目标基本实现，续用。" });
        by(pc, "li", |pc| pc.act_once("assess_brand", request))
    };
    assert_eq!(fields(&refused(assess(2027), FaultCode::Invalid)), ["year"]);
    assert_eq!(fields(&refused(assess(2025), FaultCode::Invalid)), ["year"]);
    // November comes, then the next year
    town.clock.pass_days(61);
    assert_eq!(brand(pc, &brand_id)["assessments_due"], json!([2026]));
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["brand"]["assessment_due"], 2026);
    let detail = assess(2026).unwrap();
    assert_eq!((&detail["assessments"][0]["renewed"], &detail["assessments_due"]), (&json!(true), &json!([])));
    refused(assess(2026), FaultCode::Conflict);
    let other = approved(pc, "还没启用的");
    let early = json!({ "brand": other, "year": 2026, "renewed": true, "text": "尚早" });
    refused(by(pc, "li", |pc| pc.act_once("assess_brand", early)), FaultCode::Conflict);
}

#[test]
fn what_is_wrong_is_told_at_once_and_a_repeated_click_does_nothing_twice() {
    let town = Town::empty();
    let pc = &town.pc;
    let long = "长".repeat(201);
    let wrong = json!({ "name": "短", "slogan": long, "objectives": [long], "mark": file(b"%PDF-1.7") });
    let fault = refused(pc.act_once("save_brand", wrong), FaultCode::Invalid);
    assert_eq!(fields(&fault), ["name", "slogan", "objectives", "mark"]);
    let request = json!({ "request_id": zhenxin_testkit::pc::request_id(), "name": "诚信湖畔" });
    let first = pc.act("save_brand", request.clone()).unwrap();
    let second = pc.act("save_brand", request).unwrap();
    assert_eq!(first["line"]["brand"], second["line"]["brand"]);
    assert_eq!(pc.ask("brands", Value::Null).unwrap()["brands"].as_array().unwrap().len(), 1);
    let id = &first["line"]["brand"];
    let wrong = json!({ "brand": id, "name": "", "unit": "家", "baseline": "十二", "target": "1.23456" });
    assert_eq!(
        fields(&refused(pc.act_once("save_indicator", wrong), FaultCode::Invalid)),
        ["name", "baseline", "target"]
    );
    let wrong = json!({ "brand": id, "title": "", "due_on": "明天" });
    assert_eq!(fields(&refused(pc.act_once("save_milestone", wrong), FaultCode::Invalid)), ["title", "due_on"]);
    let wrong = json!({ "planned_on": "2026-09-05", "state": "held", "held_on": "2026-09-02" });
    assert_eq!(fields(&refused(pc.act_once("save_event", wrong), FaultCode::Invalid)), ["title", "held_on"]);
    let warned = pc.act_once("save_brand", json!({ "brand": id, "story": "联系13812345678" })).unwrap();
    assert!(warned["warnings"][0].as_str().unwrap().contains("电话号码"));
    let fault = refused(pc.ask("brand_card", json!({ "brand": id })), FaultCode::Unlawful);
    assert!(fault.rows[0].message.starts_with("品牌故事") && !fault.rows[0].message.contains("138"), "{fault:?}");
}

#[test]
fn a_picture_that_cannot_be_kept_is_refused_in_words() {
    let town = Town::empty();
    let pc = &town.pc;
    let event =
        pc.act_once("save_event", json!({ "title": "活动", "planned_on": TODAY })).unwrap()["line"]["event"].clone();
    let mut wide = Vec::new();
    let strip = image::RgbImage::new(12_001, 1);
    image::codecs::jpeg::JpegEncoder::new(&mut wide).encode_image(&strip).unwrap();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1";
    let heavy = vec![0xff; (8 << 20) + 1];
    for (bytes, said) in [(&heic[..], "HEIC"), (&wide, "图片太大"), (&heavy, "8 MB"), (b"%PDF-1.7 scan", "PDF")] {
        let request = json!({ "event": event, "caption": "", "files": [file(bytes)] });
        let fault = refused(pc.act_once("add_event_photos", request), FaultCode::Invalid);
        assert!(fault.message.contains(said), "{said}: {}", fault.message);
        assert_eq!(fields(&fault), ["files"]);
    }
    assert_eq!(pc.ask("event", json!({ "event": event })).unwrap()["photos"], json!([]));
}
