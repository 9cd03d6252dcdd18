//! `timebank`: the time bank's pages over 20,000 service orders of one town, and 1,000 passbooks, through the command
//! list. The floor is a page of 100 residents of the same file, and for the papers a points statement of the same
//! people, which have no points.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use chrono::Days;
use serde_json::{Value, json};
use zhenxin_app::{Clock, SystemClock};
use zhenxin_domain::ids::ResidentId;

use super::{
    Say,
    figure::{Figure, Samples, Target},
    folder,
    people::people,
    town,
    town::Filler,
};
use crate::pc::{Pc, request_id};

/// Residents; each serves and is served.
const PEOPLE: usize = 1_000;
/// Orders of each volunteer.
const ROUNDS: usize = 20;
/// Days between two orders of a volunteer: the year before today.
const DAYS_APART: usize = 17;
/// Slips of one act, as many as it takes.
const SLIPS_AN_ACT: usize = 200;
/// Needs on the board.
const NEEDS: usize = 500;
/// Orders of one crediting.
const CREDITS_AN_ACT: usize = 500;
/// The last rounds are left uncredited, so that lists hold orders in several states.
const OPEN_ROUNDS: usize = 2;
/// Each page is asked for so many times, with other filters.
const ASKED: usize = 200;
const PAGE: u32 = 100;
const PAGE_TARGET_MS: f64 = 50.0;
const PASSBOOK_TARGET_MS: f64 = 10.0;
const SEED: u64 = 20_261_122;
/// Who credits.
const SECOND_PERSON: &str = "li";

/// Measures and prints.
///
/// # Errors
/// When a page or a passbook cannot be made, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let folder = folder::prepared("timebank-20k", fill)?;
    let pc = town::open(&folder, town::OFFICE)?;
    let residents = residents(&pc)?;
    let villages: Vec<String> = town::villages()?.into_iter().map(|village| village.code).collect();
    let total = pc.ask("orders", json!({ "offset": 0, "limit": 1 }))?["total"].as_u64().unwrap_or_default();
    ensure!(total == (PEOPLE * ROUNDS) as u64, "{total} orders in the file");
    let floor = asked(|number| pc.ask("residents", json!({ "offset": number * 4, "limit": PAGE })))?;
    let village = |number: usize| &villages[number % villages.len()];
    let month = |number: usize| town::days_ago(30 * (number as u64 % 11)).format("%Y-%m").to_string();
    let resident = |number: usize| residents[number % residents.len()].to_string();
    let pages = [
        (
            "orders, all, anywhere in the list",
            asked(|number| pc.ask("orders", json!({ "offset": number * 90, "limit": PAGE })))?,
        ),
        (
            "orders of a village in one state",
            asked(|number| {
                let state = ["credited", "confirmed"][number % 2];
                pc.ask("orders", json!({ "village": village(number), "state": state, "offset": 0, "limit": PAGE }))
            })?,
        ),
        ("calendar of a month", asked(|number| pc.ask("order_calendar", json!({ "month": month(number) })))?),
        (
            "time accounts of the town",
            asked(|number| pc.ask("time_accounts", json!({ "offset": number * 4, "limit": PAGE })))?,
        ),
        (
            "one time account",
            asked(|number| {
                pc.ask("time_account", json!({ "resident": resident(number), "offset": 0, "limit": PAGE }))
            })?,
        ),
        ("needs board", asked(|number| pc.ask("needs", json!({ "offset": number * 2, "limit": PAGE })))?),
    ];
    for (name, samples) in &pages {
        let figure = Figure {
            name: format!("timebank: {name}, p99"),
            ours: samples.percentile_ms(99),
            floor: Some(floor.percentile_ms(99)),
            unit: "ms",
            target: Some(Target::AtMost(PAGE_TARGET_MS)),
        };
        say(&figure.line());
    }
    passbooks(&pc, &residents, say)
}

/// Times one page many times.
fn asked(mut ask: impl FnMut(usize) -> Result<Value, zhenxin_app::Fault>) -> Result<Samples> {
    let mut samples = Samples::default();
    for number in 0..ASKED {
        let started = Instant::now();
        ask(number)?;
        samples.push(started.elapsed());
    }
    Ok(samples)
}

fn passbooks(pc: &Pc, residents: &[ResidentId], say: Say<'_>) -> Result<()> {
    let (mut ours, mut floor) = (Samples::default(), Samples::default());
    for resident in residents {
        let request = json!({ "resident": resident.to_string() });
        for (command, samples) in [("preview_passbook", &mut ours), ("preview_statement", &mut floor)] {
            let started = Instant::now();
            let paper = pc.ask(command, request.clone())?;
            samples.push(started.elapsed());
            ensure!(paper["content"].as_str().is_some_and(|content| !content.is_empty()), "an empty paper");
        }
    }
    let figure = Figure {
        name: format!("timebank: passbook asked for, mean of {}", ours.count()),
        ours: ours.mean_ms(),
        floor: Some(floor.mean_ms()),
        unit: "ms",
        target: Some(Target::AtMost(PASSBOOK_TARGET_MS)),
    };
    say(&figure.line());
    say(&format!("timebank: passbook p99 {:.1} ms", ours.percentile_ms(99)));
    Ok(())
}

/// Everybody in the file, in list order.
fn residents(pc: &Pc) -> Result<Vec<ResidentId>> {
    let mut ids = Vec::with_capacity(PEOPLE);
    while ids.len() < PEOPLE {
        let page = pc.ask("residents", json!({ "offset": ids.len(), "limit": 500 }))?;
        let rows = page["rows"].as_array().context("no rows")?;
        ensure!(!rows.is_empty(), "{} residents in the file", ids.len());
        for row in rows {
            ids.push(row["id"].as_str().context("a row without an id")?.parse()?);
        }
    }
    Ok(ids)
}

fn fill(folder: &Path) -> Result<()> {
    town::found(folder)?;
    let villages = town::villages()?;
    let people = people(PEOPLE, &villages, SEED);
    let filler = Filler::open(folder, SystemClock)?;
    let residents = filler.people(&people, &villages)?;
    filler.consents(&residents, town::days_ago(400))?;
    drop(filler);
    let pc = town::open(folder, town::OFFICE)?;
    pc.add_user(SECOND_PERSON, "复核人", &["reviewer"])?;
    let types = pc.act(
        "set_service_type",
        json!({
            "request_id": request_id(), "code": "F01", "name": "陪同就医", "coefficient_percent": 120,
            "in_force_from": town::days_ago(400).to_string(),
        }),
    )?;
    let service = types["types"][0]["service_type"].as_str().context("no service type")?.to_owned();
    for round in 0..ROUNDS {
        let day = town::days_ago((1 + round * DAYS_APART) as u64).to_string();
        for part in (0..PEOPLE).collect::<Vec<_>>().chunks(SLIPS_AN_ACT) {
            let rows: Vec<Value> = part
                .iter()
                .map(|number| {
                    let start = 8 * 60 + (number + round) % 400;
                    let end = start + 30 + (number * 7) % 180;
                    let clock = |minutes: usize| format!("{:02}:{:02}", minutes / 60, minutes % 60);
                    json!({
                        "beneficiary": residents[(number + 1 + round) % PEOPLE].to_string(),
                        "volunteer": residents[*number].to_string(),
                        "service_type": service, "day": day, "payer": "reserve",
                        "signed_in": clock(start), "signed_out": clock(end),
                        "volunteer_signed": true, "beneficiary_signed": true,
                    })
                })
                .collect();
            let entered = pc.act("enter_slips", json!({ "request_id": request_id(), "rows": rows }))?;
            ensure!(entered["confirmed"] == part.len(), "slips were left out: {}", entered["left_out"][0]["reason"]);
        }
    }
    post_needs(&pc, &service, &residents)?;
    drop(pc);
    credit(folder)
}

fn post_needs(pc: &Pc, service: &str, residents: &[ResidentId]) -> Result<()> {
    let days: Vec<String> = (1..=30).map(|days| (SystemClock.today() + Days::new(days)).to_string()).collect();
    for number in 0..NEEDS {
        let need = json!({
            "request_id": request_id(), "resident": residents[number].to_string(), "service_type": service,
            "day": days[number % days.len()], "start": "09:00", "planned_min": 120, "place": "", "note": "请提前联系",
        });
        pc.act("post_need", need)?;
    }
    Ok(())
}

/// All but the newest rounds.
fn credit(folder: &Path) -> Result<()> {
    let pc = town::open(folder, SECOND_PERSON)?;
    let newest = town::days_ago((OPEN_ROUNDS * DAYS_APART) as u64).to_string();
    loop {
        let page =
            pc.ask("orders", json!({ "state": "confirmed", "to": newest, "offset": 0, "limit": CREDITS_AN_ACT }))?;
        let rows = page["rows"].as_array().context("no rows")?;
        let orders: Vec<&Value> = rows.iter().map(|row| &row["order"]).collect();
        if orders.is_empty() {
            return Ok(());
        }
        pc.act("credit_orders", json!({ "request_id": request_id(), "orders": orders }))?;
    }
}
