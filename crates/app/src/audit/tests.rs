#![allow(clippy::unwrap_used)]
use serde_json::json;

use super::*;

const ID: &str = "0195c5d8-0000-7000-8000-000000000001";
const OTHER: &str = "0195c5d8-0000-7000-8000-000000000002";

fn call(name: &str, request: Value) -> Call {
    Call::new(Kind::Act, name, &request)
}

#[test]
fn ids_counts_and_codes_are_taken_and_nothing_that_somebody_typed() {
    let noted = call(
        "reveal",
        json!({
            "request_id": OTHER, "resident": ID, "fields": ["id_number", "phone"], "purpose": "counter", "again": false,
            "reason": "张三 330211199003071234", "authorisation": "13800001234",
        }),
    );
    assert_eq!(noted.subject, Some(("resident".to_owned(), ID.to_owned())));
    assert_eq!(noted.detail, "again=false fields=id_number+phone purpose=counter");
    let noted = call("give_consent", json!({ "residents": [ID, OTHER], "version": "2026-1", "guardian": "张大" }));
    assert_eq!((noted.subject, noted.detail.as_str()), (None, "residents×2"));
}

#[test]
fn codes_are_codes_whoever_sends_them() {
    for forged in
        [json!("330211199003071234"), json!("张三"), json!("13800001234"), json!(["a", "138 0000"]), json!({})]
    {
        let detail = if forged.is_array() { "purpose×2" } else { "" };
        let noted = call("reveal", json!({ "purpose": forged, "village": "13800001234", "张三": ID, "step": 330211 }));
        assert_eq!((noted.subject, noted.detail.as_str()), (None, detail));
    }
    let noted = call("张三 13800001234", json!({ "resident": ID }));
    assert_eq!((noted.action, noted.subject), (UNKNOWN, None));
}

#[test]
fn what_is_due_follows_the_list() {
    let ask = |name| Call::new(Kind::Ask, name, &json!({}));
    assert!(!ask("residents").is_due(None) && ask("import_errors").is_due(None), "only what the list marks");
    assert!(ask("residents").is_due(Some(FaultCode::Forbidden)), "a refusal of duty always");
    assert!(!ask("residents").is_due(Some(FaultCode::NotFound)));
    let act = call("record_points", json!({}));
    assert!(act.is_due(None) && act.is_due(Some(FaultCode::Invalid)));
    act.is_noted();
    assert!(!act.is_due(None), "it was noted in its own transaction");
    assert!(!call("upload_bundle", json!({})).is_due(None));
    assert!(call("sign_in", json!({})).is_due(Some(FaultCode::WrongPassword)));
    assert!(!call("record_points", json!({})).is_due(Some(FaultCode::SignedOut)));
}

#[test]
fn what_is_noted_reads_as_words() {
    for (noted, read) in [
        ("also×2 asked=0195c5d8-0000-7000-8000-0000e935aad1", "一并删除活动 2 项，删除申请 e935aad1"),
        ("duties=recorder+clerk villages×3", "录入、经办，村社 3 个"),
        (
            "duties= former_duties=recorder+clerk former_villages×2 villages×3",
            "没有职责，原为录入、经办，原负责村社 2 个，村社 3 个",
        ),
        ("duties=clerk former_duties= former_villages×0 villages×3", "经办，原来没有职责，原负责全镇，村社 3 个"),
        ("decision=send_back awards×4", "退回，记分 4 笔"),
        ("kind=residents dry_run=true", "居民名册，只检查"),
        ("guests×2 remove×0 residents×60", "来宾 2 人，移出 0 人，居民 60 人"),
        ("payer=own volunteer=0195c5d8-0000-7000-8000-0000e935aad1", "本人时间账户，志愿者 e935aad1"),
        ("fields=id_number+phone again=true", "身份证号、电话，同上次用途"),
    ] {
        assert_eq!(page::detail_words(noted), read);
    }
}
