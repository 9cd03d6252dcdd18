//! Eight weeks of the time bank: 8 service types, 40 volunteers, 200 service orders in every state, needs, gifts.

use anyhow::{Context, Result};
use chrono::Days;
use serde_json::{Value, json};
use zhenxin_app::Clock;

use super::{DemoTown, WEEKS};
use crate::pc::Pc;

/// Code, name and coefficient in percent.
const TYPES: [(&str, &str, u32); 8] = [
    ("F01", "陪同就医", 120),
    ("F02", "送餐上门", 100),
    ("F03", "代买代办", 100),
    ("F04", "理发洗护", 120),
    ("F05", "家电检修", 150),
    ("F06", "陪伴聊天", 100),
    ("F07", "夜间陪护", 200),
    ("F08", "家务整理", 100),
];
/// States of an order and their words.
const STATES: [(&str, &str); 9] = [
    ("posted", "待接单"),
    ("taken", "已接单"),
    ("signed_in", "服务中"),
    ("signed_out", "待双方确认"),
    ("confirmed", "待入账"),
    ("credited", "已入账"),
    ("cancelled", "已取消"),
    ("disputed", "有争议"),
    ("reversed", "已冲正"),
];
/// Orders of one week, and those of the present day: 200 in all.
const ORDERS_A_WEEK: usize = 23;
const VOLUNTEERS: usize = 40;
const BENEFICIARIES: usize = 30;
/// Villages whose people take part.
const VILLAGES: usize = 5;
/// Of a week's orders: those posted ahead and returned with a slip, then slips without an order.
const POSTED_AHEAD: usize = 10;
const SLIPS_ONLY: usize = 17;
/// From here on volunteers spend what they earned in the first week.
const FIRST_WEEK_OF_OWN_MINUTES: i64 = 2;
/// In the last weeks something is still unsettled.
const SETTLED_WEEKS: i64 = 6;
/// Minutes of an order that is paid with own minutes.
const OWN_MIN: u32 = 60;
/// UTC+8.
const OFFICE_OFFSET_MS: i64 = 8 * 3_600_000;

/// Who takes part, and the ids of the service types.
pub(super) struct TimeBank {
    types: Vec<String>,
    volunteers: Vec<String>,
    beneficiaries: Vec<String>,
}

impl TimeBank {
    /// Adds the service types and chooses the people.
    pub(super) fn open(town: &DemoTown, villages: &[(String, String)]) -> Result<Self> {
        town.office.sign_in("wang")?;
        let from = town.days_ago(30);
        let types = TYPES.iter().map(|(code, name, percent)| town.office.service_type(code, name, *percent, &from));
        let types = types.collect::<Result<_>>()?;
        let (mut volunteers, mut beneficiaries) = (Vec::new(), Vec::new());
        for (code, _) in &villages[..VILLAGES] {
            let rows = town.office.residents(code)?;
            volunteers.extend(of_age(&rows, 20..65).take(VOLUNTEERS / VILLAGES));
            beneficiaries.extend(of_age(&rows, 70..120).take(BENEFICIARIES / VILLAGES));
        }
        town.office.sync()?;
        town.village.sync()?;
        Ok(Self { types, volunteers, beneficiaries })
    }

    /// A week's orders, from posting to crediting.
    pub(super) fn week(&self, town: &DemoTown, week: i64) -> Result<()> {
        let first = usize::try_from(week)? * ORDERS_A_WEEK;
        town.clock.pass_seconds(1_800);
        town.office.sign_in("zhang")?;
        let mut slips = Vec::new();
        for turn in 0..ORDERS_A_WEEK - 1 {
            let order = Order::of(self, town, first + turn, turn);
            match turn {
                0..POSTED_AHEAD => {
                    let posted = order.post(&town.office, "reserve")?;
                    slips.push(order.slip_of(&posted));
                }
                POSTED_AHEAD..SLIPS_ONLY => slips.push(order.slip("reserve")),
                17 => {
                    let posted = order.post(&town.office, "reserve")?;
                    town.office.move_order(&posted, json!({ "step": "cancel", "reason": "家属当天在家照料" }))?;
                }
                18 => unsigned(&town.office, &order, week)?,
                19 => disputed(&town.office, &order, week)?,
                _ if week >= FIRST_WEEK_OF_OWN_MINUTES => {
                    let spender = usize::try_from(week - FIRST_WEEK_OF_OWN_MINUTES)? * 2 + turn - 20;
                    let order = Order { beneficiary: self.volunteers[spender].clone(), minutes: OWN_MIN, ..order };
                    let posted = order.post(&town.office, "own")?;
                    slips.push(order.slip_of(&posted));
                }
                _ => slips.push(order.slip("reserve")),
            }
        }
        town.office.enter_slips(&slips)?;
        // one slip a week is entered in the village
        town.village.sign_in("chen")?;
        let order = Order::of(self, town, first + ORDERS_A_WEEK - 1, ORDERS_A_WEEK - 1);
        town.village.enter_slips(&[order.slip("reserve")])?;
        for pc in [&town.office, &town.village, &town.office] {
            pc.sync()?;
        }
        if week < WEEKS - 1 {
            town.clock.pass_seconds(3_600);
            town.office.sign_in("li")?;
            town.office.credit(&town.office.creditable()?)?;
        }
        match week {
            3 => reverse_one(town),
            4 => self.gifts(town),
            6 => self.forgotten_need(town),
            _ => Ok(()),
        }
    }

    fn gifts(&self, town: &DemoTown) -> Result<()> {
        town.office.sign_in("wang")?;
        let give = |giver: usize, to: Option<usize>, relation: Option<&str>, minutes: u32| {
            let gift = json!({
                "giver": self.volunteers[giver], "to": to.map(|to| &self.volunteers[to]), "relation": relation,
                "minutes": minutes, "note": "",
            });
            town.clock.pass_seconds(60);
            town.office.act_once("give_minutes", gift)
        };
        give(12, Some(13), Some("父母"), 30)?;
        give(14, None, None, 60)?;
        let wrong = give(15, Some(16), Some("兄弟姐妹"), 20)?;
        town.office.sign_in("li")?;
        let gift = wrong["entries"][0]["gift"].clone();
        town.office.act_once("reverse_gift", json!({ "gift": gift, "reason": "受赠人登记错了" }))?;
        Ok(())
    }

    /// A need that nobody took in time.
    fn forgotten_need(&self, town: &DemoTown) -> Result<()> {
        self.need(town, 0, 3).map(|_| ())
    }

    fn need(&self, town: &DemoTown, number: usize, days_ahead: u64) -> Result<Value> {
        town.office.sign_in("zhang")?;
        let need = json!({
            "resident": self.beneficiaries[(number * 7 + 3) % self.beneficiaries.len()],
            "service_type": self.types[number % self.types.len()],
            "day": (town.today() + Days::new(days_ahead)).to_string(),
            "start": if number.is_multiple_of(2) { "09:00" } else { "14:30" },
            "planned_min": 60 + 30 * (number % 3), "place": "", "note": "",
        });
        Ok(town.office.act_once("post_need", need)?["need"].clone())
    }

    /// What waits today: open needs, needs with an order, orders for the days to come, one service that runs.
    pub(super) fn present(&self, town: &DemoTown) -> Result<()> {
        for number in 0..8 {
            self.need(town, number, 1 + number as u64 % 5)?;
        }
        let first = usize::try_from(WEEKS)? * ORDERS_A_WEEK;
        for turn in 0..16 {
            let order = Order::of(self, town, first + turn, turn);
            let day = (town.today() + Days::new(1 + turn as u64 % 6)).to_string();
            let order = Order { day, ..order };
            match turn {
                0..4 => {
                    let need = self.need(town, turn + 8, 2)?;
                    let request = json!({ "need": need, "payer": "reserve", "volunteer": order.volunteer });
                    town.office.act_once("post_order", request)?;
                }
                4..9 => {
                    let mut terms = order.terms("reserve");
                    terms["volunteer"] = Value::Null;
                    town.office.act_once("post_order", terms)?;
                }
                15 => {
                    let now = office_time(town);
                    let order = Order { day: town.today().to_string(), ..order };
                    let posted = order.post(&town.office, "reserve")?;
                    town.office.move_order(&posted, json!({ "step": "sign_in", "at": now }))?;
                }
                _ => {
                    order.post(&town.office, "reserve")?;
                }
            }
        }
        Ok(())
    }
}

impl TimeBank {
    /// What there is now, in one line.
    pub(super) fn told(&self, pc: &Pc) -> Result<String> {
        let total = |state: Value| -> Result<u64> {
            let orders = pc.ask("orders", json!({ "state": state, "offset": 0, "limit": 1 }))?;
            orders["total"].as_u64().context("no total")
        };
        let states = STATES.iter().map(|(state, label)| Ok(format!("{label} {}", total(json!(state))?)));
        let needs = pc.ask("needs", json!({ "offset": 0, "limit": 1 }))?;
        let accounts = pc.ask("time_accounts", json!({ "offset": 0, "limit": 1 }))?;
        Ok(format!(
            "时间银行：服务项目 {} 个，志愿者 {} 人，服务单 {} 张（{}），待派需求 {} 条，账户合计 {} 分钟",
            self.types.len(),
            self.volunteers.len(),
            total(Value::Null)?,
            states.collect::<Result<Vec<_>>>()?.join(", "),
            needs["open"],
            accounts["sum_min"]
        ))
    }
}

fn of_age(rows: &[Value], ages: std::ops::Range<u64>) -> impl Iterator<Item = String> {
    let fits = move |row: &&Value| row["age"].as_u64().is_some_and(|age| ages.contains(&age));
    rows.iter().filter(fits).filter_map(|row| row["id"].as_str().map(str::to_owned))
}

fn office_time(town: &DemoTown) -> String {
    let minutes = (town.clock.now_ms() + OFFICE_OFFSET_MS).div_euclid(60_000).rem_euclid(24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The beneficiary's signature is missing; in the earlier weeks somebody telephoned.
fn unsigned(pc: &Pc, order: &Order, week: i64) -> Result<()> {
    let posted = order.post(pc, "reserve")?;
    let mut slip = order.slip_of(&posted);
    slip["beneficiary_signed"] = json!(false);
    pc.enter_slips(&[slip])?;
    if week < SETTLED_WEEKS {
        pc.move_order(&posted, json!({ "step": "confirm", "side": "beneficiary", "way": "telephone" }))?;
    }
    Ok(())
}

/// The times are contested; in the earlier weeks that was settled.
fn disputed(pc: &Pc, order: &Order, week: i64) -> Result<()> {
    let posted = order.post(pc, "reserve")?;
    pc.enter_slips(&[order.slip_of(&posted)])?;
    pc.move_order(&posted, json!({ "step": "dispute", "reason": "服务对象说早走了半小时" }))?;
    if week < SETTLED_WEEKS {
        let settled = json!({ "step": "resolve", "signed_out": "10:00", "reason": "双方当面核对，以十点为准" });
        pc.move_order(&posted, settled)?;
        for side in ["volunteer", "beneficiary"] {
            pc.move_order(&posted, json!({ "step": "confirm", "side": side, "way": "in_person" }))?;
        }
    }
    Ok(())
}

fn reverse_one(town: &DemoTown) -> Result<()> {
    let orders = town.office.ask("orders", json!({ "state": "credited", "offset": 0, "limit": 1 }))?;
    let order = orders["rows"][0]["order"].clone();
    let request = json!({ "order": order, "reason": "与上一张服务单重复登记" });
    town.office.act_once("reverse_order", request).map(|_| ()).context("nothing could be reversed")
}

/// One made-up service.
struct Order {
    beneficiary: String,
    volunteer: String,
    service: String,
    day: String,
    /// Begins at nine, or in the afternoon.
    start_hour: u32,
    minutes: u32,
}

impl Order {
    /// The volunteers take turns, so that nobody serves twice on a day.
    fn of(bank: &TimeBank, town: &DemoTown, number: usize, turn: usize) -> Self {
        Self {
            beneficiary: bank.beneficiaries[(number * 11) % bank.beneficiaries.len()].clone(),
            volunteer: bank.volunteers[number % bank.volunteers.len()].clone(),
            service: bank.types[number % bank.types.len()].clone(),
            day: town.days_ago(1 + turn as u64 % 6),
            start_hour: if turn == 19 || !number.is_multiple_of(3) { 9 } else { 14 },
            minutes: [90, 75, 125, 60, 150][number % 5],
        }
    }

    fn terms(&self, payer: &str) -> Value {
        json!({
            "beneficiary": self.beneficiary, "service_type": self.service, "day": self.day,
            "start": format!("{:02}:00", self.start_hour), "planned_min": self.minutes, "payer": payer,
            "volunteer": self.volunteer,
        })
    }

    fn post(&self, pc: &Pc, payer: &str) -> Result<Value> {
        Ok(pc.act_once("post_order", self.terms(payer))?["line"]["order"].clone())
    }

    fn slip_of(&self, posted: &Value) -> Value {
        let end = self.start_hour * 60 + self.minutes;
        json!({
            "order": posted, "signed_in": format!("{:02}:00", self.start_hour),
            "signed_out": format!("{:02}:{:02}", end / 60, end % 60),
            "volunteer_signed": true, "beneficiary_signed": true,
        })
    }

    fn slip(&self, payer: &str) -> Value {
        let mut slip = self.slip_of(&Value::Null);
        let terms = self.terms(payer);
        for field in ["beneficiary", "service_type", "day", "payer", "volunteer"] {
            slip[field] = terms[field].clone();
        }
        slip
    }
}
