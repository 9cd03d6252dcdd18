//! The time bank through the command list: from a need to the passbook, and everything that is refused on the way.

use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::{FIRST_PASSWORD, Pc, request_id};

use crate::town::{OFFICE, TODAY, Town, VILLAGE, YESTERDAY, operations, refused};

/// 陪同就医 counts 1.20.
const COEFFICIENT_PERCENT: u32 = 120;

/// A town with a service type and consenting people: the first is served, the others serve.
pub struct Bank {
    pub town: Town,
    pub service: String,
    pub people: Vec<String>,
}

impl Bank {
    pub fn open() -> Self {
        let town = Town::full();
        let service = town.pc.service_type("F01", "陪同就医", COEFFICIENT_PERCENT, "2026-01-01").unwrap();
        let people = town.residents(6, |row| row["age"].as_u64().unwrap() >= 18);
        town.pc.consent(&people, "2026-01-01").unwrap();
        Self { town, service, people }
    }

    pub fn pc(&self) -> &Pc {
        &self.town.pc
    }

    /// As one of the town's users.
    pub fn by<T>(&self, user: &str, act: impl FnOnce(&Pc) -> T) -> T {
        // entries of one moment have no order that a test could rely on
        self.town.clock.pass_seconds(1);
        self.pc().sign_in(user).unwrap();
        let done = act(self.pc());
        self.pc().sign_in(OFFICE).unwrap();
        done
    }

    /// An order of yesterday from nine to eleven for the first of the people.
    pub fn terms(&self, payer: &str) -> Value {
        json!({
            "beneficiary": self.people[0], "service_type": self.service, "day": YESTERDAY, "start": "09:00",
            "planned_min": 120, "payer": payer,
        })
    }

    /// A slip without an order, from nine to eleven, with both signatures.
    pub fn slip(&self, volunteer: usize, day: &str) -> Value {
        json!({
            "beneficiary": self.people[0], "service_type": self.service, "day": day, "payer": "reserve",
            "volunteer": self.people[volunteer], "signed_in": "09:00", "signed_out": "11:00",
            "volunteer_signed": true, "beneficiary_signed": true,
        })
    }

    /// Gives somebody minutes: a slip of that length entered by zhang and credited by li.
    pub fn earn(&self, volunteer: usize, day: &str) {
        self.by("zhang", |pc| pc.enter_slips(&[self.slip(volunteer, day)])).unwrap();
        self.credit_all();
    }

    pub fn credit_all(&self) {
        self.by("li", |pc| pc.credit(&pc.creditable().unwrap())).unwrap();
    }

    pub fn available(&self, person: usize) -> i64 {
        self.pc().time_account(&self.people[person]).unwrap()["available_min"].as_i64().unwrap()
    }

    /// Everything that was ever moved still sums to zero.
    pub fn balanced(&self) {
        let accounts = self.pc().ask("time_accounts", json!({ "offset": 0, "limit": 500 })).unwrap();
        assert_eq!(accounts["sum_min"], 0);
        crate::town::digest(self.pc());
    }
}

/// The fields that a fault names.
fn fields(fault: &zhenxin_app::Fault) -> Vec<&str> {
    fault.rows.iter().filter_map(|row| row.field.as_deref()).collect()
}

#[test]
fn from_a_need_to_the_passbook() {
    let bank = Bank::open();
    let need = json!({
        "resident": bank.people[0], "service_type": bank.service, "day": TODAY, "start": "8:00", "planned_min": 90,
        "place": "镇卫生院", "note": "走路慢，请早到",
    });
    let need = bank.by("zhang", |pc| pc.act_once("post_need", need)).unwrap();
    assert_eq!((&need["state"], &need["start"], &need["place"]), (&json!("open"), &json!("08:00"), &json!("镇卫生院")));
    let due = bank.pc().ask("workbench", Value::Null).unwrap()["time"].clone();
    assert_eq!((&due["open_needs"], &due["overdue_needs"]), (&json!(1), &json!(0)));

    let posted = json!({ "need": need["need"], "payer": "reserve", "volunteer": bank.people[1] });
    let posted = bank.by("zhang", |pc| pc.act_once("post_order", posted)).unwrap();
    let order = posted["line"]["order"].clone();
    assert_eq!((&posted["line"]["state"], &posted["place"]), (&json!("taken"), &json!("镇卫生院")));
    let needs = bank.pc().ask("needs", json!({ "state": "matched", "offset": 0, "limit": 10 })).unwrap();
    assert_eq!((&needs["rows"][0]["orders"][0]["order"], &needs["open"]), (&order, &json!(0)));

    // the number as somebody types it from the paper
    let typed = posted["line"]["number"].as_str().unwrap().to_lowercase().replace('-', " ");
    let resolved = bank.pc().ask("resolve_orders", json!({ "numbers": [typed, "ABC", "00000000"] })).unwrap();
    assert_eq!((&resolved["lines"][0]["order"]["order"], &resolved["lines"][0]["problem"]), (&order, &Value::Null));
    assert!(resolved["lines"][1]["problem"].is_string() && resolved["lines"][2]["problem"].is_string());
    let hits = bank.pc().ask("search", json!({ "text": typed })).unwrap();
    assert_eq!(hits["records"][0]["id"], order);

    let slip = json!({
        "order": order, "signed_in": "07:55", "signed_out": "10:00", "volunteer_signed": true,
        "beneficiary_signed": true,
    });
    bank.town.clock.pass_seconds(60);
    let entered = bank.by("zhang", |pc| pc.enter_slips(&[slip])).unwrap();
    assert_eq!((&entered["entered"], &entered["confirmed"]), (&json!(1), &json!(1)));
    let queue = bank.by("li", |pc| pc.ask("credit_queue", Value::Null)).unwrap();
    let row = &queue["rows"][0];
    assert_eq!(
        (&row["credited_min"], &row["blocked"], &row["cap_left_min"]),
        (&json!(150), &Value::Null, &json!(90_000))
    );
    assert_eq!(row["calculation"], "125 分钟 × 1.20 = 150 分钟");
    let credited = bank.by("li", |pc| pc.credit(std::slice::from_ref(&order))).unwrap();
    assert_eq!((&credited["credited"], &credited["minutes"]), (&json!(1), &json!(150)));

    let account = bank.pc().time_account(&bank.people[1]).unwrap();
    assert_eq!((&account["available_min"], &account["cap_left_min"]), (&json!(150), &json!(90_000 - 150)));
    let entry = &account["entries"][0];
    assert_eq!((&entry["kind"], &entry["minutes"], &entry["order"]["order"]), (&json!("服务"), &json!(150), &order));
    let needs = bank.pc().ask("needs", json!({ "offset": 0, "limit": 10 })).unwrap();
    assert_eq!(needs["rows"][0]["state"], "served");
    let detail = bank.pc().ask("order", json!({ "order": order })).unwrap();
    let words: Vec<&str> =
        detail["steps"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap()).collect();
    assert_eq!(words.len(), 7, "{words:?}");
    assert_eq!(detail["transfers"][0]["from"], "镇准备金");

    let in_the_log = operations(bank.pc());
    let request = json!({ "resident": bank.people[1] });
    bank.pc().ask("preview_passbook", request.clone()).unwrap();
    assert_eq!(operations(bank.pc()), in_the_log, "a preview was logged");
    let paper = bank.pc().act("print_passbook", request).unwrap();
    assert_eq!(operations(bank.pc()), in_the_log + 1);
    let check = bank.pc().ask("check_statement", json!({ "code": paper["code"] })).unwrap();
    assert_eq!(
        (&check["paper"], &check["available_min"], &check["entries"]),
        (&json!("时间存折"), &json!(150), &json!(1))
    );
    assert_eq!((&check["intact"], &check["effective_points"]), (&json!(true), &Value::Null));
    bank.balanced();
}

#[test]
fn own_minutes_are_held_paid_and_never_promised_twice() {
    let bank = Bank::open();
    // who is served has earned 144 minutes before
    bank.by("zhang", |pc| {
        let mut slip = bank.slip(0, "2026-08-20");
        slip["beneficiary"] = json!(bank.people[5]);
        pc.enter_slips(&[slip]).unwrap();
    });
    bank.credit_all();
    assert_eq!(bank.available(0), 144);
    let held = bank.by("zhang", |pc| pc.act_once("post_order", bank.terms("own"))).unwrap();
    let account = bank.pc().time_account(&bank.people[0]).unwrap();
    assert_eq!((&account["available_min"], &account["held_min"]), (&json!(24), &json!(120)));
    let fault = bank.by("zhang", |pc| refused(pc.act_once("post_order", bank.terms("own")), FaultCode::Invalid));
    assert!(fields(&fault) == ["payer"] && fault.message.contains("24 分"), "{fault:?}");

    // 125 minutes × 1.20: the holder pays what was promised, the reserve the rest
    let slip = json!({
        "order": held["line"]["order"], "volunteer": bank.people[1], "signed_in": "09:00", "signed_out": "11:05",
        "volunteer_signed": true, "beneficiary_signed": true,
    });
    bank.by("zhang", |pc| pc.enter_slips(&[slip])).unwrap();
    bank.credit_all();
    assert_eq!((bank.available(0), bank.available(1)), (24, 150));
    let account = bank.pc().time_account(&bank.people[0]).unwrap();
    let kinds: Vec<&Value> = account["entries"].as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert!(kinds.contains(&&json!("使用时间")) && kinds.contains(&&json!("释放预留")), "{kinds:?}");

    // taken back with a reason: both are where they were
    let reverse = json!({ "order": held["line"]["order"], "reason": "两张单重复" });
    let detail = bank.by("li", |pc| pc.act_once("reverse_order", reverse.clone())).unwrap();
    assert_eq!((&detail["line"]["state"], &detail["reason"]), (&json!("reversed"), &json!("两张单重复")));
    assert_eq!((bank.available(0), bank.available(1)), (144, 0));
    bank.by("li", |pc| refused(pc.act_once("reverse_order", reverse), FaultCode::Conflict));

    // cancelling gives the promised minutes back
    let again = bank.by("zhang", |pc| pc.act_once("post_order", bank.terms("own"))).unwrap();
    let cancel = json!({ "step": "cancel", "reason": "家里有人照顾了" });
    let detail = bank.by("zhang", |pc| pc.move_order(&again["line"]["order"], cancel)).unwrap();
    assert_eq!((&detail["line"]["state"], bank.available(0)), (&json!("cancelled"), 144));
    bank.balanced();
}

#[test]
fn every_fault_of_a_form_is_told_at_once() {
    let bank = Bank::open();
    let nobody = bank.town.residents(40, |_| true).into_iter().find(|id| !bank.people.contains(id)).unwrap();
    let order = json!({
        "beneficiary": nobody, "service_type": bank.service, "day": "2029-01-01", "start": "25:00", "planned_min": 5,
        "payer": "own", "volunteer": nobody,
    });
    let fault = bank.by("zhang", |pc| refused(pc.act_once("post_order", order), FaultCode::Invalid));
    let told = fields(&fault);
    for field in ["day", "start", "planned_min", "beneficiary", "volunteer"] {
        assert!(told.contains(&field), "{field} is missing: {told:?}");
    }
    let need = json!({
        "resident": bank.people[0], "service_type": bank.service, "day": YESTERDAY, "start": "23:00",
        "planned_min": 120, "place": "远".repeat(61), "note": "",
    });
    let fault = bank.by("zhang", |pc| refused(pc.act_once("post_need", need), FaultCode::Invalid));
    assert_eq!(fields(&fault), ["day", "planned_min", "place"]);
    let kind = json!({ "code": "f 1", "name": "", "coefficient_percent": 20, "in_force_from": "soon" });
    let fault = refused(bank.pc().act_once("set_service_type", kind), FaultCode::Invalid);
    assert_eq!(fields(&fault), ["code", "name", "coefficient_percent", "in_force_from"]);
    let kind = json!({ "code": "F09", "name": "陪同献血", "coefficient_percent": 100, "in_force_from": TODAY });
    refused(bank.pc().act_once("set_service_type", kind), FaultCode::Unlawful);
}

#[test]
fn no_service_without_the_consent_of_both() {
    let bank = Bank::open();
    let order = bank.by("zhang", |pc| pc.act_once("post_order", bank.terms("reserve"))).unwrap();
    let order = &order["line"]["order"];
    let withdraw = |person: usize| bank.pc().act_once("withdraw_consent", json!({ "resident": bank.people[person] }));
    withdraw(1).unwrap();
    let take = json!({ "step": "take", "volunteer": bank.people[1] });
    let fault = bank.by("zhang", |pc| refused(pc.move_order(order, take), FaultCode::Invalid));
    assert!(fault.message.contains("撤回同意"), "{fault}");
    let fault = bank.by("zhang", |pc| refused(pc.enter_slips(&[bank.slip(1, YESTERDAY)]), FaultCode::Invalid));
    assert_eq!(fault.rows.len(), 1);
    // who withdraws between confirmation and crediting gets nothing new
    bank.by("zhang", |pc| pc.enter_slips(&[bank.slip(2, YESTERDAY)])).unwrap();
    withdraw(2).unwrap();
    let waiting = bank.by("li", |pc| pc.ask("credit_queue", Value::Null)).unwrap();
    assert!(waiting["rows"][0]["blocked"].as_str().unwrap().contains("撤回同意"));
    let confirmed = waiting["rows"][0]["line"]["order"].clone();
    bank.by("li", |pc| refused(pc.credit(&[confirmed]), FaultCode::Conflict));
    withdraw(0).unwrap();
    let fault = bank.by("zhang", |pc| refused(pc.act_once("post_order", bank.terms("reserve")), FaultCode::Invalid));
    assert_eq!(fields(&fault), ["beneficiary"]);
}

#[test]
fn crediting_is_decided_by_a_second_person_of_another_household() {
    let bank = Bank::open();
    bank.pc().add_user("liang", "两职", &["recorder", "reviewer"]).unwrap();
    let rows = bank.pc().residents(VILLAGE).unwrap();
    let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    let same_home = |row: &&Value| {
        row["household_number"] == of(&bank.people[1])["household_number"] && row["id"] != bank.people[1].as_str()
    };
    let member = rows.iter().find(same_home).unwrap();
    let user = json!({
        "sign_in_name": "jia", "name": "本户人", "password": FIRST_PASSWORD, "duties": ["reviewer"], "resident": member["id"],
    });
    bank.pc().act("add_user", user).unwrap();

    // posted by zhang, moved on by liang: neither li's colleague liang nor the volunteer's household may credit it
    let order =
        bank.by("zhang", |pc| pc.act_once("post_order", bank.terms("reserve"))).unwrap()["line"]["order"].clone();
    let slip = json!({
        "order": order, "volunteer": bank.people[1], "signed_in": "09:00", "signed_out": "11:00",
        "volunteer_signed": true, "beneficiary_signed": true,
    });
    bank.by("liang", |pc| pc.enter_slips(&[slip])).unwrap();
    for (user, said) in [("liang", "自己录入"), ("jia", "回避")] {
        let fault = bank.by(user, |pc| refused(pc.credit(std::slice::from_ref(&order)), FaultCode::Conflict));
        assert!(fault.rows[0].message.contains(said), "{user}: {:?}", fault.rows);
        assert_eq!(bank.by(user, |pc| pc.ask("workbench", Value::Null)).unwrap()["time"]["to_credit"], 0);
    }
    assert_eq!(bank.by("li", |pc| pc.ask("workbench", Value::Null)).unwrap()["time"]["to_credit"], 1);
    bank.by("li", |pc| pc.credit(std::slice::from_ref(&order))).unwrap();
    let reverse = json!({ "order": order, "reason": "记错人了" });
    for user in ["liang", "jia"] {
        bank.by(user, |pc| refused(pc.act_once("reverse_order", reverse.clone()), FaultCode::Conflict));
        assert!(bank.by(user, |pc| pc.ask("order", json!({ "order": order }))).unwrap()["recusal"].is_string());
    }
    // posted by the one who would credit, moved by another
    let own = bank.by("liang", |pc| pc.act_once("post_order", bank.terms("reserve"))).unwrap()["line"]["order"].clone();
    let mut slip = json!({
        "order": own, "volunteer": bank.people[2], "signed_in": "09:00", "signed_out": "11:00",
        "volunteer_signed": true, "beneficiary_signed": true,
    });
    bank.by("zhang", |pc| pc.enter_slips(std::slice::from_ref(&slip))).unwrap();
    bank.by("liang", |pc| refused(pc.credit(std::slice::from_ref(&own)), FaultCode::Conflict));
    // who typed the times does not credit them, although another has taken the last step
    slip = bank.slip(3, "2026-08-28");
    slip["beneficiary_signed"] = json!(false);
    bank.by("liang", |pc| pc.enter_slips(std::slice::from_ref(&slip))).unwrap();
    let page = bank.pc().ask("orders", json!({ "state": "signed_out", "offset": 0, "limit": 1 })).unwrap();
    let typed = page["rows"][0]["order"].clone();
    let confirm = json!({ "step": "confirm", "side": "beneficiary", "way": "telephone" });
    bank.by("zhang", |pc| pc.move_order(&typed, confirm)).unwrap();
    bank.by("liang", |pc| refused(pc.credit(std::slice::from_ref(&typed)), FaultCode::Conflict));
    bank.by("li", |pc| pc.credit(std::slice::from_ref(&typed))).unwrap();
    // one order that may not be credited, and nothing of the act is written
    slip = bank.slip(3, "2026-08-30");
    bank.by("zhang", |pc| pc.enter_slips(std::slice::from_ref(&slip))).unwrap();
    let both: Vec<Value> = bank.by("liang", |pc| pc.ask("credit_queue", Value::Null)).unwrap()["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["line"]["order"].clone())
        .collect();
    assert_eq!(both.len(), 2);
    let fault = bank.by("liang", |pc| refused(pc.credit(&both), FaultCode::Conflict));
    assert_eq!((fault.rows.len(), bank.available(3)), (1, 144));
}

#[test]
fn a_step_is_made_only_in_its_turn_and_nobody_signs_out_before_it_happened() {
    let bank = Bank::open();
    let mut terms = bank.terms("reserve");
    terms["day"] = json!(TODAY);
    let order = bank.by("zhang", |pc| pc.act_once("post_order", terms)).unwrap()["line"]["order"].clone();
    let go = |step: Value| bank.by("zhang", |pc| pc.move_order(&order, step));
    refused(go(json!({ "step": "sign_in", "at": "09:05" })), FaultCode::Conflict);
    let fault = refused(go(json!({ "step": "take", "volunteer": bank.people[0] })), FaultCode::Invalid);
    assert_eq!(fields(&fault), ["volunteer"]);
    refused(go(json!({ "step": "take" })), FaultCode::Invalid);
    go(json!({ "step": "take", "volunteer": bank.people[1] })).unwrap();
    // the clock shows ten
    refused(go(json!({ "step": "sign_in", "at": "10:01" })), FaultCode::Invalid);
    go(json!({ "step": "sign_in", "at": "9:05" })).unwrap();
    refused(go(json!({ "step": "sign_out", "at": "11:00" })), FaultCode::Invalid);
    bank.town.clock.pass_seconds(7_200);
    refused(go(json!({ "step": "sign_out", "at": "09:00" })), FaultCode::Invalid);
    let detail = go(json!({ "step": "sign_out", "at": "11:00" })).unwrap();
    assert_eq!((&detail["line"]["state"], &detail["line"]["worked_min"]), (&json!("signed_out"), &json!(115)));
    let due = bank.pc().ask("workbench", Value::Null).unwrap()["time"].clone();
    assert_eq!(due["to_confirm"], 1);
    // weeks of silence confirm nothing
    bank.town.clock.pass_days(60);
    assert_eq!(bank.pc().ask("order", json!({ "order": order })).unwrap()["line"]["state"], "signed_out");
    bank.by("li", |pc| refused(pc.credit(std::slice::from_ref(&order)), FaultCode::Conflict));
    let confirm = |side: &str, way: &str| go(json!({ "step": "confirm", "side": side, "way": way }));
    confirm("beneficiary", "telephone").unwrap();
    refused(confirm("beneficiary", "in_person"), FaultCode::Conflict);
    refused(go(json!({ "step": "dispute" })), FaultCode::Invalid);
    go(json!({ "step": "dispute", "reason": "只做到十点半" })).unwrap();
    assert_eq!(bank.pc().ask("workbench", Value::Null).unwrap()["time"]["disputed"], 1);
    let settle = json!({ "step": "resolve", "signed_out": "10:30", "reason": "双方同意到十点半" });
    let detail = go(settle).unwrap();
    assert_eq!((&detail["line"]["worked_min"], &detail["line"]["beneficiary_confirmed"]), (&json!(85), &json!(false)));
    confirm("beneficiary", "in_person").unwrap();
    assert_eq!(confirm("volunteer", "slip").unwrap()["line"]["state"], "confirmed");
}

#[test]
fn a_repeated_click_does_a_thing_once() {
    let bank = Bank::open();
    let repeat = |name: &str, user: &str, mut request: Value| {
        request["request_id"] = json!(request_id());
        bank.by(user, |pc| {
            let first = pc.act(name, request.clone()).unwrap();
            let in_the_log = operations(pc);
            let second = pc.act(name, request).unwrap();
            assert_eq!(operations(pc), in_the_log, "{name} was done twice");
            (first, second)
        })
    };
    let (first, second) = repeat("post_order", "zhang", bank.terms("reserve"));
    assert_eq!(first["line"]["order"], second["line"]["order"]);
    let take = json!({ "order": first["line"]["order"], "step": "take", "volunteer": bank.people[1] });
    assert_eq!(repeat("move_order", "zhang", take).1["line"]["state"], "taken");
    let (first, second) = repeat("enter_slips", "zhang", json!({ "rows": [bank.slip(2, "2026-08-30")] }));
    assert_eq!(first, second);
    let orders = bank.by("li", |pc| pc.creditable().unwrap());
    assert_eq!(repeat("credit_orders", "li", json!({ "orders": orders })).1["credited"], 1);
    assert_eq!(bank.available(2), 144);
    repeat("give_minutes", "qian", json!({ "giver": bank.people[2], "minutes": 44, "note": "" }));
    assert_eq!(bank.available(2), 100);
    repeat("reverse_order", "li", json!({ "order": orders[0], "reason": "重复" }));
    assert_eq!(bank.available(2), -44);
    let need = json!({
        "resident": bank.people[0], "service_type": bank.service, "day": TODAY, "start": "15:00", "planned_min": 60,
        "place": "", "note": "",
    });
    let (first, second) = repeat("post_need", "zhang", need);
    assert_eq!(first, second);
    let (first, _) = repeat("close_need", "zhang", json!({ "need": first["need"], "reason": "家人来了" }));
    assert_eq!(first["state"], "closed");
    // an id that belongs to another act is no repetition
    let mut other = bank.terms("reserve");
    other["request_id"] = json!(request_id());
    bank.by("li", |pc| pc.act("credit_orders", json!({ "request_id": other["request_id"], "orders": orders })))
        .unwrap_err();
}

#[test]
fn minutes_are_given_to_relatives_or_donated_and_taken_back_by_a_second_person() {
    let bank = Bank::open();
    bank.earn(1, YESTERDAY);
    let give = |to: Option<usize>, relation: Option<&str>, minutes: u32| {
        let to = to.map(|person| bank.people[person].clone());
        let gift = json!({
            "giver": bank.people[1], "to": to, "relation": relation, "minutes": minutes, "note": "谢谢家里人",
        });
        bank.by("qian", |pc| pc.act_once("give_minutes", gift))
    };
    assert_eq!(fields(&refused(give(Some(1), Some("子女"), 10), FaultCode::Invalid)), ["to"]);
    assert_eq!(fields(&refused(give(Some(2), Some("朋友"), 10), FaultCode::Invalid)), ["relation"]);
    assert_eq!(fields(&refused(give(Some(2), None, 0), FaultCode::Invalid)), ["relation", "minutes"]);
    let fault = refused(give(None, None, 145), FaultCode::Invalid);
    assert!(fault.message.contains("2 小时 24 分"), "{fault}");
    let account = give(Some(2), Some("子女"), 44).unwrap();
    assert_eq!((&account["available_min"], &account["given_min"]), (&json!(100), &json!(44)));
    assert_eq!((&account["entries"][0]["kind"], bank.available(2)), (&json!("赠与"), 44));
    give(None, None, 100).unwrap();
    let accounts = bank.pc().ask("time_accounts", json!({ "offset": 0, "limit": 500 })).unwrap();
    assert_eq!((&accounts["reserve_min"], &accounts["residents_min"]), (&json!(-44), &json!(44)));

    let gift = account["entries"][0]["gift"].clone();
    let reverse = json!({ "gift": gift, "reason": "填错了关系" });
    bank.pc().add_user("liang", "两职", &["clerk", "reviewer"]).unwrap();
    let seen = |user: &str| {
        let account = bank.by(user, |pc| pc.time_account(&bank.people[1])).unwrap();
        account["entries"].as_array().unwrap().iter().find(|entry| entry["gift"] == gift).unwrap()["reversible"].clone()
    };
    assert_eq!((seen("qian"), seen("li")), (json!(false), json!(true)));
    let account = bank.by("li", |pc| pc.act_once("reverse_gift", reverse.clone())).unwrap();
    assert_eq!((&account["available_min"], &account["given_min"], bank.available(2)), (&json!(44), &json!(100), 0));
    bank.by("li", |pc| refused(pc.act_once("reverse_gift", reverse), FaultCode::Conflict));
    // nobody takes back what they recorded
    let own = json!({ "giver": bank.people[1], "to": bank.people[2], "relation": "配偶", "minutes": 4, "note": "" });
    let account = bank.by("liang", |pc| pc.act_once("give_minutes", own)).unwrap();
    let reverse = json!({ "gift": account["entries"][0]["gift"], "reason": "试一试" });
    bank.by("liang", |pc| refused(pc.act_once("reverse_gift", reverse), FaultCode::Conflict));
    bank.balanced();
}
