//! `award`: points for 40 residents on top of 1,000,000 transfers, against one durable raw transaction with the same
//! rows.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use chrono::Days;
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};
use zhenxin_app::Clock;
use zhenxin_domain::{ids::ResidentId, ledger::Owner};
use zhenxin_store::{AwardBatch, AwardDraft, AwardTo, Review, ReviewDraft, RuleVersionRow};

use super::{
    Say,
    figure::{Figure, Samples, Target},
    folder, people, raw, town,
    town::Filler,
};
use crate::{
    clock::SetClock,
    demo::now_ms,
    pc::{Pc, request_id},
};

const RESIDENTS: usize = 50_000;
/// Awards of each resident before the measurement begins: 50,000 × 20 = 1,000,000 transfers.
const AWARDS_EACH: usize = 20;
/// Residents of one activity, before and while it is measured.
const ROWS: usize = 40;
/// Measured batches: p99 is the fourth longest.
const BATCHES: usize = 300;
/// Days over which the earlier awards are spread.
const HISTORY_DAYS: i64 = 730;
/// Earlier activities of one transaction: enough that the commit does not count.
const ACTIVITIES_A_WRITE: usize = 50;
/// The rule of the measured batches.
const RULE: &str = "A01";
const TARGET_RATIO: f64 = 2.0;
const SEED: u64 = 20_260_102;
/// Says how many bytes an operation of 40 awards has.
const OP_BYTES: &str = "op-bytes";

/// Measures and prints.
///
/// # Errors
/// When a batch is refused, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let prepared = folder::prepared("award-1m", fill)?;
    let op_bytes: usize = fs::read_to_string(prepared.join(OP_BYTES))?.parse()?;
    let place = folder::temporary()?;
    let copied = place.path().join("town");
    folder::copy(&prepared, &copied)?;
    let pc = town::open(&copied, town::OFFICE)?;
    let batches = batches(&pc)?;
    pc.sign_in(town::RECORDER)?;
    let rule = pc.rule(RULE)?;
    let mut floor = Floor::open(&place.path().join("raw.db"), op_bytes)?;
    let (mut ours, mut raw) = (Samples::default(), Samples::default());
    for (number, residents) in batches.iter().enumerate() {
        // by turns who begins, so that whatever else the disk does meets both
        if number % 2 == 0 {
            ours.push(record(&pc, &rule, number, residents)?);
            raw.push(floor.transaction()?);
        } else {
            raw.push(floor.transaction()?);
            ours.push(record(&pc, &rule, number, residents)?);
        }
    }
    let line = |name: &str, ours: f64, floor: f64, target| {
        Figure {
            name: format!("award: 40 residents on 1,000,000 transfers, {name}"),
            ours,
            floor: Some(floor),
            unit: "ms",
            target,
        }
        .line()
    };
    say(&line("p50", ours.percentile_ms(50), raw.percentile_ms(50), None));
    say(&line("p99", ours.percentile_ms(99), raw.percentile_ms(99), Some(Target::Ratio(TARGET_RATIO))));
    say(&line("max", ours.max_ms(), raw.max_ms(), None));
    Ok(())
}

fn record(pc: &Pc, rule: &str, number: usize, residents: &[String]) -> Result<Duration> {
    let rows: Vec<Value> = residents.iter().map(|resident| json!({ "resident": resident })).collect();
    let request = json!({
        "request_id": request_id(), "rule_version": rule, "occurred_on": town::days_ago(0).to_string(),
        "activity": format!("测量活动 {number}"), "rows": rows,
    });
    let started = Instant::now();
    let reply = pc.act("record_points", request)?;
    let taken = started.elapsed();
    ensure!(reply["recorded"] == ROWS, "a batch was not recorded as a whole: {}", reply["recorded"]);
    Ok(taken)
}

/// Batches of residents of one village each; nobody is in two of them.
fn batches(pc: &Pc) -> Result<Vec<Vec<String>>> {
    const PAGE: usize = 480;
    let mut batches = Vec::new();
    for village in town::villages()? {
        // two pages of each of 14 villages: 336 batches
        for page in 0..2 {
            let request = json!({ "village": village.code, "offset": page * PAGE, "limit": PAGE });
            let reply = pc.ask("residents", request)?;
            let ids = crate::pc::ids(reply["rows"].as_array().context("no rows")?);
            batches.extend(ids.chunks_exact(ROWS).map(<[String]>::to_vec));
        }
    }
    ensure!(batches.len() >= BATCHES, "only {} batches", batches.len());
    batches.truncate(BATCHES);
    Ok(batches)
}

/// The raw file: as many awards, and the same rows in every transaction.
struct Floor {
    conn: Connection,
    awards: raw::RawAwards,
    op_bytes: usize,
}

impl Floor {
    fn open(path: &Path, op_bytes: usize) -> Result<Self> {
        let mut conn = raw::open(path)?;
        raw::create_awards(&conn)?;
        let mut awards = raw::RawAwards::new(RESIDENTS);
        let activities = RESIDENTS * AWARDS_EACH / ROWS;
        for _ in 0..activities.div_ceil(ACTIVITIES_A_WRITE) {
            let transaction = conn.transaction()?;
            for _ in 0..ACTIVITIES_A_WRITE {
                awards.insert(&transaction, op_bytes, ROWS)?;
            }
            transaction.commit()?;
        }
        Ok(Self { conn, awards, op_bytes })
    }

    fn transaction(&mut self) -> Result<Duration> {
        let started = Instant::now();
        let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.awards.insert(&transaction, self.op_bytes, ROWS)?;
        transaction.commit()?;
        Ok(started.elapsed())
    }
}

/// A town with a million effective awards, each recorded and approved by operations of the log.
fn fill(town: &Path) -> Result<()> {
    town::found(town)?;
    let villages = town::villages()?;
    let people = people::people(RESIDENTS, &villages, SEED);
    let clock = SetClock::at(now_ms());
    clock.pass_days(-HISTORY_DAYS);
    let filler = Filler::open(town, clock.clone())?;
    let residents = filler.people(&people, &villages)?;
    filler.consents(&residents, clock.today() - Days::new(1))?;
    let rules = filler.rules()?;
    let mut activities: Vec<(usize, Vec<ResidentId>)> = Vec::new();
    for turn in 0..AWARDS_EACH {
        for village in 0..villages.len() {
            let of_village = |(_, person): &(_, &people::Person)| person.village == village;
            let ids: Vec<ResidentId> = residents.iter().zip(&people).filter(of_village).map(|(id, _)| *id).collect();
            activities.extend(ids.chunks(ROWS).map(|chunk| (turn + village, chunk.to_vec())));
        }
    }
    let seconds_between = HISTORY_DAYS * 24 * 3_600 / i64::try_from(activities.len())?;
    let mut points = 0;
    for part in activities.chunks(ACTIVITIES_A_WRITE) {
        points += approve(&filler, &clock, &rules, part, seconds_between)?;
    }
    // proof that the million is there and counts
    let owners: Vec<Owner> = residents.iter().map(|id| Owner::Resident(*id)).collect();
    let today = clock.today();
    let balances = filler.store.read(|reader| reader.balances_of(&owners, today))?;
    let effective: i64 = balances.iter().map(|balance| balance.effective_points).sum();
    ensure!(effective == points, "{effective} points are effective, {points} were given");
    fs::write(town.join(OP_BYTES), op_bytes(&filler, &rules[0], &residents[..ROWS])?.to_string())?;
    Ok(())
}

/// Records and approves activities in one transaction; the points given.
fn approve(
    filler: &Filler,
    clock: &SetClock,
    rules: &[RuleVersionRow],
    activities: &[(usize, Vec<ResidentId>)],
    seconds_between: i64,
) -> Result<i64> {
    let written = filler.store.write(filler.user(), |tx| {
        let mut points = 0;
        for (number, residents) in activities {
            clock.pass_seconds(seconds_between);
            let day = clock.today();
            let rule = &rules[number % rules.len()];
            let recorded = tx.record_awards(batch(rule, day, &format!("往期活动 {number}"), residents))?;
            let reviews: Vec<ReviewDraft> = recorded
                .awards
                .iter()
                .map(|award| ReviewDraft { award: *award, decision: Review::Approve { effective_on: day } })
                .collect();
            tx.review_awards(&reviews)?;
            points += i64::from(rule.points) * i64::try_from(residents.len()).unwrap_or_default();
        }
        Ok::<_, zhenxin_store::StoreError>(points)
    })?;
    Ok(written)
}

fn batch(rule: &RuleVersionRow, day: chrono::NaiveDate, name: &str, residents: &[ResidentId]) -> AwardBatch {
    AwardBatch {
        activity: None,
        activity_name: name.to_owned(),
        rule_version: rule.version_id,
        request: None,
        occurred_on: day,
        evidence: Vec::new(),
        rows: residents
            .iter()
            .map(|resident| AwardDraft { resident: *resident, to: AwardTo::Resident, amount_points: rule.points })
            .collect(),
    }
}

/// Bytes of an operation with 40 awards, read from one that is then rolled back.
fn op_bytes(filler: &Filler, rule: &RuleVersionRow, residents: &[ResidentId]) -> Result<u64> {
    let day = town::days_ago(0);
    let mut found = None;
    let rolled_back = filler.store.write(filler.user(), |tx| {
        let recorded = tx.record_awards(batch(rule, day, "测量活动 100", residents))?;
        found = tx.reader().op(recorded.ops[0])?.map(|op| op.bytes_len);
        Err::<(), _>(zhenxin_store::StoreError::Cancelled)
    });
    ensure!(rolled_back.is_err(), "the sample was kept");
    found.context("the sample was not in the log")
}
