#![allow(clippy::unwrap_used)]
use serde_json::json;

use super::*;

const RESIDENT: &str = "0193b0a0-7c1e-7cc3-98c4-dc0c0c07398f";
const OTHER: &str = "0193b0a0-7c1e-7cc3-98c4-dc0c0c073990";

fn village(code: &str) -> VillageCode {
    code.parse().unwrap()
}

fn bytes(id: &str) -> [u8; 16] {
    Uuid::parse_str(id).unwrap().into_bytes()
}

#[test]
fn no_village_is_the_whole_town() {
    assert_eq!(Sight::of(&[]), Sight::All);
    assert!(Sight::of(&[]).sees(village("330211101200")));
    let one = Sight::of(&[village("330211101200")]);
    assert!(one.sees(village("330211101200")) && !one.sees(village("330211101001")));
    assert!(one.require("village", village("330211101001")).is_err());
    assert!(one.require_whole("导入").is_err() && Sight::All.require_whole("导入").is_ok());
}

#[test]
fn ids_are_found_wherever_they_stand_in_a_request() {
    let named = Named::of(&json!({
        "request_id": "x", "village": "330211101200",
        "rows": [{ "resident": RESIDENT }, { "deep": [[OTHER]] }],
        "decision": format!("merge:{OTHER}"),
        "note": format!("见 {RESIDENT}"),
    }));
    let mut ids = named.ids.clone();
    ids.sort_unstable();
    assert_eq!(ids, [bytes(RESIDENT), bytes(OTHER), bytes(OTHER)]);
    assert_eq!(named.villages, [village("330211101200")]);
    // upper case and without lines: still the same id
    let shouted = Named::of(&json!({ "resident": RESIDENT.to_uppercase().replace('-', "") }));
    assert_eq!(shouted.ids, [bytes(RESIDENT)]);
}

#[test]
fn an_issue_names_whom_it_is_about() {
    let key = IssueKey::same_person(RESIDENT.parse().unwrap(), OTHER.parse().unwrap());
    let named = Named::of(&json!({ "issue": key.to_string() }));
    assert!(named.ids.contains(&bytes(RESIDENT)) && named.ids.contains(&bytes(OTHER)));
}
