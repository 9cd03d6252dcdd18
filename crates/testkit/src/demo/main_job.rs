//! The program's main job once, each step with its figures.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use super::{DemoDistrict, DemoTown, brand, found, people, villages};

/// People at the activity.
const PEOPLE: usize = 40;

/// Roster → points on two PCs offline → review → synchronised → statement; need → service order → slip entered in the
/// village → credited → passbook; brand → activity → card → package. Fails where any figure is not what it must be.
pub fn main_job(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let district = DemoDistrict::start(&folder.join("district"))?;
    say(&format!("1 区平台启动：{} （TLS，自签证书）", district.url()));
    let town = found(folder, &district, &mut |text| say(&format!("2 {text}")))?;
    let village = villages(&town.office)?.first().cloned().context("a town without villages")?.0;
    let chosen: Vec<String> = people(&town.office, &village)?.into_iter().take(PEOPLE).collect();
    let consents = town.office.consent(&chosen, &town.days_ago(3))?;
    town.office.sync()?;
    town.village.sync()?;
    say(&format!("3 登记同意 {} 人，两台电脑都已收到", consents["given"]));

    town.office.sign_in("zhang")?;
    let office = town.office.record("A01", &town.days_ago(1), "文明劝导", &chosen)?;
    town.village.sign_in("chen")?;
    let at_village = town.village.record("B02", &town.days_ago(1), "河道清洁", &chosen)?;
    say(&format!(
        "4 离线记分：办公室 {} 人 {} 分，村里 {} 人 {} 分",
        office["recorded"], office["points"], at_village["recorded"], at_village["points"]
    ));
    ensure!(office["recorded"] == PEOPLE && at_village["recorded"] == PEOPLE, "not everybody was recorded");

    for pc in [&town.office, &town.village, &town.office] {
        pc.sync()?;
    }
    review_all(&town, say)?;
    for pc in [&town.office, &town.village] {
        pc.sync()?;
    }
    compare(&town, &chosen, say)?;
    statement(&town, &chosen[0], folder, say)?;
    time_bank(&town, &chosen, folder, say)?;
    brand::main_path(&town, &district, folder, say)?;
    proof(&town, say)
}

fn review_all(town: &DemoTown, say: &mut dyn FnMut(&str)) -> Result<()> {
    town.office.sign_in("li")?;
    let mut decided = 0;
    for (_, awards) in town.office.reviewable()? {
        decided += town.office.review(&awards, None)?["decided"].as_u64().unwrap_or_default();
    }
    say(&format!("5 复核通过 {decided} 条 (记分人和复核人不是同一人)"));
    ensure!(decided == 2 * PEOPLE as u64, "not everything was decided");
    Ok(())
}

fn compare(town: &DemoTown, chosen: &[String], say: &mut dyn FnMut(&str)) -> Result<()> {
    let balance = |pc: &crate::pc::Pc| -> Result<i64> {
        let mut sum = 0;
        for resident in chosen {
            let page = pc.ask("resident", json!({ "resident": resident }))?;
            sum += page["accounts"][0]["effective_points"].as_i64().unwrap_or_default();
        }
        Ok(sum)
    };
    let (office, village) = (balance(&town.office)?, balance(&town.village)?);
    say(&format!("6 两台电脑同步后余额合计：{office} 分 = {village} 分"));
    ensure!(office == village && office > 0, "the balances differ");
    Ok(())
}

fn statement(town: &DemoTown, resident: &str, folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    town.office.sign_in("wang")?;
    let paper = town.office.act("print_statement", json!({ "resident": resident }))?;
    let bytes = BASE64.decode(paper["content"].as_str().unwrap_or_default())?;
    let file = folder.join("statement.pdf");
    fs::write(&file, &bytes)?;
    say(&format!(
        "7 对账单：{} 页，{:.1} KB，核对码 {} → {}",
        paper["pages"],
        bytes.len() as f64 / 1024.0,
        paper["code"].as_str().unwrap_or_default(),
        file.display()
    ));
    town.office.sync()?;
    town.village.sync()?;
    Ok(())
}

/// Minutes of the service, and what they count at 1.20.
const WORKED: &str = "125 分钟 × 1.20 = 150 分钟";
const CREDITED_MIN: i64 = 150;

fn time_bank(town: &DemoTown, chosen: &[String], folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let (office, village) = (&town.office, &town.village);
    let (beneficiary, volunteer) = (&chosen[0], &chosen[1]);
    let service = office.service_type("F01", "陪同就医", 120, &town.days_ago(3))?;
    office.sign_in("zhang")?;
    let need = json!({
        "resident": beneficiary, "service_type": service, "day": town.today().to_string(), "start": "09:00",
        "planned_min": 120, "place": "", "note": "",
    });
    let need = office.act_once("post_need", need)?;
    let posted = json!({ "need": need["need"], "payer": "reserve", "volunteer": volunteer });
    let order = office.act_once("post_order", posted)?["line"].clone();
    office.sync()?;
    village.sync()?;
    town.clock.pass_days(1);
    let found = village.ask("resolve_orders", json!({ "numbers": [order["number"]] }))?["lines"][0].clone();
    let slip = json!({
        "order": found["order"]["order"], "signed_in": "09:00", "signed_out": "11:05", "volunteer_signed": true,
        "beneficiary_signed": true,
    });
    let entered = village.enter_slips(&[slip])?;
    ensure!(entered["confirmed"] == 1, "the slip was not entered: {entered}");
    for pc in [village, office] {
        pc.sync()?;
    }
    office.sign_in("li")?;
    let waiting = office.ask("credit_queue", Value::Null)?["rows"][0].clone();
    let credited = office.credit(&office.creditable()?)?;
    ensure!(
        credited["minutes"] == CREDITED_MIN && waiting["calculation"] == WORKED,
        "the rule was not kept: {waiting}"
    );
    let number = order["number"].as_str().unwrap_or_default();
    say(&format!("8 时间银行：需求 → 服务单 {number} → 村里录回单 → 第二人入账 {WORKED}"));
    for pc in [office, village] {
        pc.sync()?;
    }
    for pc in [office, village] {
        ensure!(pc.time_account(volunteer)?["available_min"] == CREDITED_MIN, "the time accounts differ");
    }
    office.sign_in("wang")?;
    let paper = office.act("print_passbook", json!({ "resident": volunteer }))?;
    let check = office.ask("check_statement", json!({ "code": paper["code"] }))?;
    ensure!(check["intact"] == true && check["available_min"] == CREDITED_MIN, "the passbook does not hold: {check}");
    let file = folder.join("passbook.pdf");
    fs::write(&file, BASE64.decode(paper["content"].as_str().unwrap_or_default())?)?;
    let code = paper["code"].as_str().unwrap_or_default();
    say(&format!("9 时间存折：{} 页，核对码 {code} 核对完整 → {}", paper["pages"], file.display()));
    office.sync()?;
    village.sync()?;
    Ok(())
}

fn proof(town: &DemoTown, say: &mut dyn FnMut(&str)) -> Result<()> {
    let (office, village) = (town.office.verify()?, town.village.verify()?);
    say(&format!(
        "14 校验：{} 条操作重算一致，账本合计 {}，两台电脑摘要{}",
        office["ops"],
        office["ledger_sum"],
        if office["digest"] == village["digest"] { "相同" } else { "不同" }
    ));
    let sound = |report: &Value| report["ok"] == true && report["ledger_sum"] == 0;
    ensure!(
        sound(&office) && sound(&village),
        "a file is not what its log says: {} {}",
        office["problems"],
        village["problems"]
    );
    ensure!(office["digest"] == village["digest"], "the two PCs differ");
    Ok(())
}
