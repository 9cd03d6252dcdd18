//! Whoever is given some villages sees those, in every list, every figure, every search and every paper, and touches
//! nothing of another one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zhenxin_app::contract::list::{Reach, list};
use zhenxin_app::{FaultCode, Kind};
use zhenxin_testkit::pc::{Pc, ids, request_id};

use crate::requests::{Filling, commands};
use crate::town::{OFFICE, TODAY, Town, VILLAGE, YESTERDAY};

/// 龙源社区.
const OTHER: &str = "330211101002";
const EACH: usize = 6;

/// A town in which both villages have people who consented, awards, needs, orders and gifts.
struct TwoVillages {
    town: Town,
    mine: Vec<String>,
    theirs: Vec<String>,
    /// Ids of records of the other village, by the name of the field that names them in requests.
    records: Vec<(&'static str, String)>,
}

fn adults(pc: &Pc, village: &str) -> Vec<String> {
    let mut rows = pc.residents(village).unwrap();
    rows.retain(|row| row["age"].as_u64().unwrap() >= 18);
    rows.truncate(EACH);
    assert_eq!(rows.len(), EACH);
    ids(&rows)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl TwoVillages {
    fn made() -> Self {
        let town = Town::full();
        let pc = &town.pc;
        let (mine, theirs) = (adults(pc, VILLAGE), adults(pc, OTHER));
        pc.consent(&mine, "2026-08-01").unwrap();
        pc.consent(&theirs, "2026-08-01").unwrap();
        for duty in ["recorder", "reviewer", "clerk", "query_clerk", "viewer"] {
            pc.add_user_of(duty, duty, &[duty], &[VILLAGE]).unwrap();
        }
        let service =
            json!({ "code": "S01", "name": "助餐", "coefficient_percent": 100, "in_force_from": "2026-08-01" });
        let services = pc.act_once("set_service_type", service).unwrap();
        let service = text(&services["types"][0]["service_type"]);
        let mut records = Vec::new();
        for people in [&mine, &theirs] {
            pc.record("A01", YESTERDAY, "文明劝导", people).unwrap();
            let page = pc.ask("resident", json!({ "resident": people[0] })).unwrap();
            let award = text(&page["entries"][0]["award"]);
            let need = json!({
                "resident": people[0], "service_type": service, "day": TODAY, "start": "08:00", "planned_min": 60,
                "place": "镇卫生院", "note": "",
            });
            let need = text(&pc.act_once("post_need", need).unwrap()["need"]);
            let order = json!({
                "beneficiary": people[1], "service_type": service, "day": YESTERDAY, "start": "09:00",
                "planned_min": 60, "payer": "reserve", "volunteer": people[2],
            });
            let order = text(&pc.act_once("post_order", order).unwrap()["line"]["order"]);
            records = vec![("resident", people[0].clone()), ("award", award), ("need", need), ("order", order)];
        }
        Self { mine, theirs, records, town }
    }
}

/// Names and ids of the other village's people that a reply must not hold; names that live in both are left out.
fn secrets(two: &TwoVillages) -> Vec<String> {
    let pc = &two.town.pc;
    pc.sign_in(OFFICE).unwrap();
    let names = |village: &str| -> BTreeSet<String> {
        pc.residents(village)
            .unwrap()
            .iter()
            .map(|row| text(&row["name"]))
            .filter(|name| name.chars().count() > 2)
            .collect()
    };
    let here = names(VILLAGE);
    let mut secrets: Vec<String> = names(OTHER).difference(&here).cloned().collect();
    assert!(secrets.len() > 20);
    secrets.extend(two.theirs.iter().cloned());
    secrets.extend(two.records.iter().map(|(_, id)| id.clone()));
    secrets
}

fn leaked<'s>(reply: &Value, secrets: &'s [String]) -> Option<&'s String> {
    let text = reply.to_string();
    secrets.iter().find(|secret| text.contains(secret.as_str()))
}

#[test]
fn no_reply_to_a_village_user_holds_a_person_of_another_village() {
    let two = TwoVillages::made();
    let secrets = secrets(&two);
    let reaches: Vec<&str> =
        list().iter().filter(|command| command.reach == Reach::Villages).map(|command| command.name).collect();
    assert!(reaches.len() > 40);
    let pc = &two.town.pc;
    let (mut answered, mut refusals) = (BTreeSet::new(), 0);
    for duty in ["recorder", "reviewer", "clerk", "query_clerk", "viewer"] {
        pc.sign_in(duty).unwrap();
        for command in commands().iter().filter(|command| reaches.contains(&command.name.as_str())) {
            // every field of its own record, once of mine and once of theirs
            for theirs in [false, true] {
                let pick = |field: &str| -> String {
                    let of_theirs = two.records.iter().find(|(name, _)| field.contains(name));
                    match (field, theirs) {
                        ("request_id", _) => request_id(),
                        ("village", _) => String::new(),
                        (_, true) => of_theirs.map_or_else(|| two.theirs[0].clone(), |(_, id)| id.clone()),
                        (_, false) => two.mine[0].clone(),
                    }
                };
                let mut request = command.request(&Filling { text: &pick, number: 200, whole: false });
                if let Some(fields) = request.as_object_mut() {
                    fields.remove("village");
                    if fields.contains_key("offset") {
                        fields.insert("offset".to_owned(), json!(0));
                    }
                }
                match command.call(pc, request) {
                    Ok(reply) => {
                        let leak = leaked(&reply, &secrets);
                        assert!(leak.is_none(), "{} told a {duty} about {}", command.name, leak.unwrap());
                        answered.insert(command.name.clone());
                    }
                    Err(fault) => {
                        assert!(leaked(&json!(fault.message), &secrets).is_none(), "{}", command.name);
                        refusals += usize::from(theirs && fault.code == FaultCode::NotFound);
                    }
                }
            }
        }
    }
    for name in ["residents", "resident", "search", "orders", "needs", "review_queue", "workbench", "issues"] {
        assert!(answered.contains(name), "{name} answered nobody");
    }
    assert!(refusals > 20, "{refusals}");
    // whoever sees the town gets what the others must not: the oracle can fail
    pc.sign_in(OFFICE).unwrap();
    for (name, request) in [
        ("resident", json!({ "resident": two.theirs[0] })),
        ("residents", json!({ "village": OTHER, "offset": 0, "limit": 50 })),
        ("orders", json!({ "offset": 0, "limit": 50 })),
        ("needs", json!({ "offset": 0, "limit": 50 })),
        ("time_accounts", json!({ "offset": 0, "limit": 50 })),
    ] {
        if name != "time_accounts" {
            assert!(leaked(&pc.ask(name, request).unwrap(), &secrets).is_some(), "{name}");
        }
    }
}

#[test]
fn lists_figures_and_searches_count_what_is_in_sight() {
    let two = TwoVillages::made();
    let pc = &two.town.pc;
    let people = |pc: &Pc, village: Value| {
        pc.ask("residents", json!({ "village": village, "offset": 0, "limit": 1 })).unwrap()["total"].as_u64().unwrap()
    };
    let (all, here) = (people(pc, Value::Null), people(pc, json!(VILLAGE)));
    assert!(here < all);
    let name = text(&pc.ask("resident", json!({ "resident": two.theirs[0] })).unwrap()["line"]["name"]);
    pc.sign_in("recorder").unwrap();
    assert_eq!(people(pc, Value::Null), here);
    let bench = pc.ask("workbench", Value::Null).unwrap();
    assert_eq!((&bench["residents"], &bench["with_consent"]), (&json!(here), &json!(EACH)));
    let named = |village: &str| pc.ask("residents", json!({ "village": village, "offset": 0, "limit": 1 }));
    assert_eq!(named(OTHER).unwrap_err().code, FaultCode::Invalid);
    let hits = pc.ask("search", json!({ "text": name })).unwrap();
    assert!(hits["hits"].as_array().unwrap().iter().all(|hit| hit["village"] == VILLAGE));
    // nothing is recorded for somebody out of sight, alone or among others
    let record = |rows: &[&String]| {
        let rows: Vec<Value> = rows.iter().map(|id| json!({ "resident": id })).collect();
        pc.act(
            "record_points",
            json!({
                "request_id": request_id(), "rule_version": pc.rule("A01").unwrap(), "occurred_on": "2026-08-30",
                "activity": "河道清洁", "rows": rows,
            }),
        )
    };
    assert_eq!(record(&[&two.mine[0], &two.theirs[0]]).unwrap_err().code, FaultCode::NotFound);
    assert_eq!(record(&[&two.mine[0]]).unwrap()["recorded"], 1);
    // the reviewer's queue and its count agree
    pc.sign_in("reviewer").unwrap();
    let queue = pc.ask("review_queue", Value::Null).unwrap();
    let rows: usize =
        queue["groups"].as_array().unwrap().iter().map(|group| group["rows"].as_array().unwrap().len()).sum();
    assert_eq!(rows, EACH + 1);
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["awaiting_review"], EACH + 1);
    let theirs = two.records.iter().find(|(name, _)| *name == "award").unwrap().1.clone();
    assert_eq!(pc.review(&[theirs], None).unwrap_err().code, FaultCode::NotFound);
    // a roster is the whole town's
    pc.sign_in("clerk").unwrap();
    let import = json!({ "kind": "residents", "file_name": "a.xlsx", "content": "eA==", "dry_run": true, "accept_partial": true });
    assert_eq!(pc.act("start_import", import).unwrap_err().code, FaultCode::Forbidden);
    // in the whole town everything is as before
    pc.sign_in(OFFICE).unwrap();
    assert_eq!(people(pc, Value::Null), all);
    assert_eq!(pc.app().call(Kind::Ask, "workbench", Value::Null).unwrap()["with_consent"], 2 * EACH);
}
