//! Two PCs of a town do the same thing while the district is away: one of them counts, the other is shown.

use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::Pc;

use crate::town::{OFFICE, TODAY, YESTERDAY, digest, refused};
use crate::two_pcs::TwoPcs;

/// Both PCs with a service type and consenting people.
struct Race {
    pcs: TwoPcs,
    service: String,
    people: Vec<String>,
}

impl Race {
    fn ready() -> Self {
        let pcs = TwoPcs::enrolled_office();
        let service = pcs.office.pc.service_type("F01", "陪同就医", 120, "2026-01-01").unwrap();
        let people = pcs.join_village();
        Self { pcs, service, people }
    }

    /// As one of the office's users.
    fn office<T>(&self, user: &str, act: impl FnOnce(&Pc) -> T) -> T {
        self.pcs.office.pc.sign_in(user).unwrap();
        let done = act(&self.pcs.office.pc);
        self.pcs.office.pc.sign_in(OFFICE).unwrap();
        done
    }

    fn both(&self) -> [&Pc; 2] {
        [&self.pcs.office.pc, &self.pcs.village]
    }

    fn terms(&self, payer: &str, start: &str) -> Value {
        json!({
            "beneficiary": self.people[0], "service_type": self.service, "day": YESTERDAY, "start": start,
            "planned_min": 120, "payer": payer,
        })
    }

    fn slip(&self, beneficiary: usize, volunteer: usize) -> Value {
        json!({
            "beneficiary": self.people[beneficiary], "service_type": self.service, "day": YESTERDAY,
            "payer": "reserve", "volunteer": self.people[volunteer], "signed_in": "09:00", "signed_out": "11:00",
            "volunteer_signed": true, "beneficiary_signed": true,
        })
    }

    /// The district comes back, both tell what they did, and both hold the same.
    fn settle(&mut self) {
        self.pcs.district.start_again().unwrap();
        self.pcs.settle_both();
        assert_eq!(digest(&self.pcs.office.pc), digest(&self.pcs.village));
    }
}

fn to_decide(pc: &Pc) -> Vec<String> {
    let page = pc.ask("issues", json!({ "settled": false, "offset": 0, "limit": 200 })).unwrap();
    let lines = page["rows"].as_array().unwrap();
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["to_decide"], lines.len());
    lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_order_taken_and_credited_on_two_pcs_is_taken_and_credited_once() {
    let mut race = Race::ready();
    let order = race.office("zhang", |pc| pc.act_once("post_order", race.terms("reserve", "14:00"))).unwrap();
    let taken = order["line"]["order"].clone();
    race.office("zhang", |pc| pc.enter_slips(&[race.slip(0, 1)])).unwrap();
    race.pcs.settle_both();
    let confirmed = race.office("li", Pc::creditable).unwrap();
    assert_eq!(race.pcs.village.creditable().unwrap(), confirmed);

    race.pcs.kill_district();
    let take = |volunteer: usize| json!({ "step": "take", "volunteer": race.people[volunteer] });
    race.office("zhang", |pc| pc.move_order(&taken, take(2))).unwrap();
    race.pcs.village.move_order(&taken, take(3)).unwrap();
    race.office("li", |pc| pc.credit(&confirmed)).unwrap();
    race.pcs.village.credit(&confirmed).unwrap();
    race.settle();

    let account = race.pcs.office.pc.time_account(&race.people[1]).unwrap();
    assert_eq!((&account["available_min"], &account["total"]), (&json!(144), &json!(1)));
    let volunteer = |pc: &Pc| pc.ask("order", json!({ "order": taken })).unwrap()["line"]["volunteer"].clone();
    assert_eq!(volunteer(race.both()[0]), race.people[2].as_str(), "the first to reach the district counts");
    for pc in race.both() {
        assert_eq!(volunteer(pc), volunteer(race.both()[0]));
        let lines = to_decide(pc);
        assert_eq!(lines.len(), 2, "{lines:?}");
        let detail = pc.ask("order", json!({ "order": taken })).unwrap();
        let lost = detail["steps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|step| step["text"].as_str().unwrap().contains("没有生效"));
        assert_eq!(lost.count(), 1, "{}", detail["steps"]);
    }
}

#[test]
fn the_same_hours_entered_on_two_pcs_are_credited_once() {
    let mut race = Race::ready();
    race.pcs.settle_both();
    race.pcs.kill_district();
    race.office("zhang", |pc| pc.enter_slips(&[race.slip(0, 1)])).unwrap();
    race.pcs.village.enter_slips(&[race.slip(2, 1)]).unwrap();
    race.settle();

    let queue = race.office("li", |pc| pc.ask("credit_queue", Value::Null)).unwrap();
    let rows = queue["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(row["blocked"].as_str().unwrap().contains("只能算一张"), "{row}");
    }
    let order = |row: usize| rows[row]["line"]["order"].clone();
    race.office("li", |pc| refused(pc.credit(&[order(0)]), FaultCode::Conflict));
    let cancel = json!({ "step": "cancel", "reason": "两边都录了同一段时间" });
    race.office("zhang", |pc| pc.move_order(&order(1), cancel)).unwrap();
    race.office("li", |pc| pc.credit(&[order(0)])).unwrap();
}

#[test]
fn minutes_and_needs_used_on_two_pcs_are_shown_to_a_person() {
    let mut race = Race::ready();
    // who is served has 144 minutes of their own
    race.office("zhang", |pc| pc.enter_slips(&[race.slip(1, 0)])).unwrap();
    race.office("li", |pc| pc.credit(&pc.creditable().unwrap())).unwrap();
    let need = json!({
        "resident": race.people[0], "service_type": race.service, "day": TODAY, "start": "15:00", "planned_min": 60,
        "place": "", "note": "",
    });
    let need = race.office("zhang", |pc| pc.act_once("post_need", need)).unwrap()["need"].clone();
    race.pcs.settle_both();

    race.pcs.kill_district();
    let rival = json!({ "need": need, "payer": "reserve" });
    race.office("zhang", |pc| pc.act_once("post_order", rival.clone())).unwrap();
    race.pcs.village.act_once("post_order", rival.clone()).unwrap();
    race.office("zhang", |pc| pc.act_once("post_order", race.terms("own", "16:00"))).unwrap();
    race.pcs.village.act_once("post_order", race.terms("own", "18:00")).unwrap();
    race.settle();

    for pc in race.both() {
        let lines = to_decide(pc);
        let told = |words: &str| lines.iter().any(|line| line.contains(words));
        assert!(lines.len() == 2 && told("两张服务单") && told("透支 1 小时 36 分"), "{lines:?}");
        let account = pc.time_account(&race.people[0]).unwrap();
        assert_eq!((&account["available_min"], &account["held_min"]), (&json!(-96), &json!(240)));
    }
    // an overdrawn account pays for nothing more
    let more = race.terms("own", "20:00");
    let fault = race.office("zhang", |pc| refused(pc.act_once("post_order", more), FaultCode::Invalid));
    assert!(fault.message.contains("透支"), "{fault}");
    let gift = json!({ "giver": race.people[0], "minutes": 1, "note": "" });
    assert!(
        race.office("qian", |pc| refused(pc.act_once("give_minutes", gift), FaultCode::Invalid))
            .message
            .contains("透支")
    );
    // and a need that two orders serve gets no third
    race.office("zhang", |pc| refused(pc.act_once("post_order", rival), FaultCode::Conflict));

    // a person settles both
    let orders = race.pcs.office.pc.ask("orders", json!({ "state": "posted", "offset": 0, "limit": 10 })).unwrap();
    let rows = orders["rows"].as_array().unwrap();
    let of = |start: &str| rows.iter().find(|row| row["start"] == start).unwrap()["order"].clone();
    for order in [of("15:00"), of("18:00")] {
        let cancel = json!({ "step": "cancel", "reason": "与另一张重复" });
        race.office("zhang", |pc| pc.move_order(&order, cancel)).unwrap();
    }
    assert!(to_decide(&race.pcs.office.pc).is_empty());
    race.pcs.settle_both();
    assert!(to_decide(&race.pcs.village).is_empty());
}
