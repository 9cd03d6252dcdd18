//! Eight weeks of village life: activities, reviews, one thing sent back, one reversed, some still waiting.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{DemoTown, WEEKS, brand::Brand, people, time::TimeBank, villages};
use crate::pc::request_id;

/// Activities by turns: rule code, what it was called, how many people came.
const ACTIVITIES: &[(&str, &str, usize)] = &[
    ("A01", "周末文明劝导志愿服务", 18),
    ("B02", "河道清洁日", 26),
    ("C01", "为独居老人代买代办", 9),
    ("F01", "诚信与防诈骗讲座", 34),
    ("B01", "庭院整洁月度检查", 22),
    ("D03", "安全隐患随手报", 6),
    ("A03", "防台值守", 12),
    ("D01", "村民代表会议", 20),
];
/// Villages without consent forms yet: the screens show what that looks like.
const VILLAGES_WITHOUT_CONSENT: usize = 2;
/// The newest activities stay in the queue.
const WEEKS_IN_QUEUE: i64 = 1;

pub(super) fn write(town: &DemoTown, say: &mut dyn FnMut(&str)) -> Result<()> {
    let villages = villages(&town.office)?;
    consents(town, &villages, say)?;
    let bank = TimeBank::open(town, &villages)?;
    let brand = Brand::open(town)?;
    let mut activities = 0;
    for week in 0..WEEKS {
        for turn in 0..3 {
            let number = usize::try_from(week * 3 + turn)?;
            let (rule, name, people) = ACTIVITIES[number % ACTIVITIES.len()];
            let (code, village) = &villages[number % (villages.len() - VILLAGES_WITHOUT_CONSENT)];
            activity(town, rule, &format!("{village}{name}"), code, people, number)?;
            activities += 1;
        }
        town.office.sync()?;
        town.village.sync()?;
        town.office.sync()?;
        if week < WEEKS - WEEKS_IN_QUEUE {
            review(town, week)?;
        }
        bank.week(town, week)?;
        town.clock.pass_days(7);
    }
    reverse_one(town, &villages)?;
    bank.present(town)?;
    brand.present(town)?;
    for pc in [&town.office, &town.village, &town.office] {
        pc.sync()?;
    }
    town.office.sign_in("wang")?;
    say(&format!("{WEEKS} 周记录 {activities} 次活动，两台电脑已同步"));
    say(&bank.told(&town.office)?);
    say(&brand.told(&town.office)?);
    Ok(())
}

fn consents(town: &DemoTown, villages: &[(String, String)], say: &mut dyn FnMut(&str)) -> Result<()> {
    town.office.sign_in("wang")?;
    let mut given = 0;
    for (code, _) in &villages[..villages.len() - VILLAGES_WITHOUT_CONSENT] {
        let reply = town.office.consent(&people(&town.office, code)?, &town.days_ago(10))?;
        given += reply["given"].as_u64().unwrap_or_default();
    }
    town.office.sync()?;
    town.village.sync()?;
    say(&format!("登记同意 {given} 人"));
    Ok(())
}

/// Every third activity is recorded on the village's PC, the others in the office.
fn activity(town: &DemoTown, rule: &str, name: &str, village: &str, count: usize, number: usize) -> Result<()> {
    let pc = if number % 3 == 2 { &town.village } else { &town.office };
    pc.sign_in(if number % 3 == 2 { "chen" } else { "zhang" })?;
    let people = people(pc, village)?;
    let start = (number * 7) % people.len().saturating_sub(count).max(1);
    let chosen = &people[start..(start + count).min(people.len())];
    town.clock.pass_seconds(1_800);
    pc.record(rule, &town.days_ago(1), name, chosen)?;
    Ok(())
}

fn review(town: &DemoTown, week: i64) -> Result<()> {
    town.clock.pass_seconds(3_600);
    town.office.sign_in("li")?;
    for (index, (_, awards)) in town.office.reviewable()?.iter().enumerate() {
        // once, one row comes back with a reason
        let split = if week == 5 && index == 0 { 1 } else { 0 };
        let (back, fine) = awards.split_at(split.min(awards.len()));
        if !back.is_empty() {
            town.office.review(back, Some("签到表上没有这位的签名，请核实后重新申报"))?;
        }
        if !fine.is_empty() {
            town.office.review(fine, None)?;
        }
    }
    Ok(())
}

fn reverse_one(town: &DemoTown, villages: &[(String, String)]) -> Result<()> {
    town.office.sign_in("li")?;
    for resident in people(&town.office, &villages[0].0)? {
        let page = town.office.ask("resident", json!({ "resident": resident }))?;
        let effective = page["entries"].as_array().into_iter().flatten().find(|entry| entry["state"] == "effective");
        if let Some(award) = effective.map(|entry: &Value| &entry["award"]) {
            let request = json!({ "request_id": request_id(), "award": award, "reason": "与上一场活动重复登记" });
            town.office.act("reverse_award", request)?;
            return Ok(());
        }
    }
    None.context("nobody has an effective award to reverse")
}
