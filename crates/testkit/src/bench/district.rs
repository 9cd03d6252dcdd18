//! `district`: what the platform alone takes in and gives out, frame by frame as over the network but without one, in
//! an SQLite file and, where `ZHENXIN_BENCH_POSTGRES` names an empty database, on that server; against raw insertion of
//! the same rows.

use std::{
    env,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use postgres::{Client, NoTls};
use zhenxin_district::{
    Config, Site,
    config::StoreUrl,
    store::{DATABASE_FILE, enrol::NewCode},
};
use zhenxin_protocol::{
    frame::from_cbor,
    wire::{
        Answer, Ask, Endpoint,
        enrol::EnrolAnswer,
        heads::{HeadsAnswer, HeadsRequest},
        ops::{Cursor, OpOutcome, PullAnswer, PullRequest, PushAnswer},
    },
};

use super::{Say, figure::Figure, folder, people::Seeded, raw};

#[allow(dead_code, reason = "the district's own tests use the rest")]
#[path = "../../../district/src/fixture.rs"]
mod fixture;

use fixture::{Author, scope, town};

/// Names the database of the second part.
const POSTGRES: &str = "ZHENXIN_BENCH_POSTGRES";
const DEVICES: u8 = 10;
const PUSHES: usize = 10;
const OPS_A_PUSH: usize = 1_000;
const OPS: usize = DEVICES as usize * PUSHES * OPS_A_PUSH;
/// Bytes of a body, so that an op has about 300.
const BODY_BYTES: usize = 130;
/// Villages of a town for the heads.
const VILLAGES: usize = 30;
/// Heads asked for by each device: few enough for the limit of requests a minute.
const HEADS_A_DEVICE: usize = 60;
/// How long a code is good: longer than the measurement.
const CODE_VALID_MS: i64 = 3_600_000;

/// Measures and prints.
///
/// # Errors
/// A refusal, and faults of the disk or the server.
pub fn measure(say: Say<'_>) -> Result<()> {
    let batches = batches();
    let bytes = batches.iter().flatten().map(Vec::len).sum::<usize>();
    say(&format!("district: {OPS} operations of {} bytes on average", bytes / OPS));
    let place = folder::temporary()?;
    let started = Instant::now();
    raw::insert_ops(raw::open_plain(&place.path().join("floor.db"))?, OPS, bytes / OPS)?;
    let floor = started.elapsed();
    let site = Site::open(&Config::local(place.path()))?;
    one("SQLite", &site, batches.clone(), floor, say)?;
    disk("SQLite", size_of(place.path(), DATABASE_FILE)?, bytes, say);
    drop(site);
    let Some(url) = env::var_os(POSTGRES).map(|url| url.to_string_lossy().into_owned()) else {
        say(&format!("district: no PostgreSQL, since {POSTGRES} names none"));
        return Ok(());
    };
    let mut client = Client::connect(&url, NoTls)?;
    let started = Instant::now();
    raw::insert_ops_at_server(&mut client, OPS, bytes / OPS)?;
    let floor = started.elapsed();
    let place = folder::temporary()?;
    let config = Config { store: StoreUrl::parse(&url, None)?, ..Config::local(place.path()) };
    one("PostgreSQL", &Site::open(&config)?, batches, floor, say)?;
    let size: i64 = client.query_one("SELECT pg_database_size(current_database())", &[])?.get(0);
    disk("PostgreSQL", u64::try_from(size)?, bytes, say);
    Ok(())
}

/// What the devices send, ten of them by turns; bodies do not compress, as sealed ones do not.
fn batches() -> Vec<Vec<Vec<u8>>> {
    let mut random = Seeded::new(11);
    let mut authors: Vec<Author> = (1..=DEVICES).map(Author::new).collect();
    let mut batches = Vec::new();
    for _push in 0..PUSHES {
        for author in &mut authors {
            let village = village(batches.len());
            let ops = (0..OPS_A_PUSH).map(|_| author.op_with(&village, |op| op.body = random.bytes(BODY_BYTES)));
            batches.push(ops.collect());
        }
    }
    batches
}

fn village(number: usize) -> String {
    format!("{}{:03}", fixture::TOWN, 1 + number % VILLAGES)
}

/// Push, pull, heads and verify at one store.
fn one(name: &str, site: &Arc<Site>, batches: Vec<Vec<Vec<u8>>>, floor: Duration, say: Say<'_>) -> Result<()> {
    let tokens = (1..=DEVICES).map(|number| enrol(site, number)).collect::<Result<Vec<_>>>()?;
    let rate = |count: usize, taken: Duration| count as f64 / taken.as_secs_f64();
    let mut authors: Vec<Author> = (1..=DEVICES).map(Author::new).collect();
    let frames: Vec<(usize, Vec<u8>)> = batches
        .into_iter()
        .enumerate()
        .map(|(at, ops)| {
            let device = at % authors.len();
            let request = authors[device].push_request(&ops);
            authors[device].next_seq += ops.len() as u64;
            (device, Ask::pack(&request))
        })
        .collect();
    let started = Instant::now();
    let mut accepted = 0;
    for (device, frame) in &frames {
        let answer: PushAnswer = ask(site, Endpoint::Push, Some(tokens[*device]), frame)?;
        let taken = |result: &&_| matches!(result, Some(OpOutcome::Accepted { .. }));
        accepted += answer.results.iter().map(|result| &result.outcome).filter(taken).count();
    }
    let push = started.elapsed();
    ensure!(accepted == OPS, "{accepted} of {OPS} were taken");
    let figure = Figure {
        name: format!("district: push, {name}, seconds"),
        ours: push.as_secs_f64(),
        floor: Some(floor.as_secs_f64()),
        unit: "s",
        target: None,
    };
    say(&figure.line());
    say(&format!("district: push, {name}, {:.0} ops/s, floor {:.0} rows/s", rate(OPS, push), rate(OPS, floor)));
    let pull = pulled(site, tokens[0])?;
    say(&format!("district: pull, {name}, {:.0} ops/s", rate(OPS, pull)));
    let taken = heads(site, &tokens)?;
    let count = tokens.len() * HEADS_A_DEVICE;
    say(&format!("district: heads of {VILLAGES} scopes, {name}, {:.0} requests/s", rate(count, taken)));
    let started = Instant::now();
    let verdict = site.store().verify()?;
    ensure!(verdict.is_sound(), "the store is damaged");
    let rows = usize::try_from(verdict.rows)?;
    say(&format!("district: verify, {name}, {rows} rows, {:.0} rows/s", rate(rows, started.elapsed())));
    Ok(())
}

/// Everything to one device, page by page.
fn pulled(site: &Site, token: [u8; 32]) -> Result<Duration> {
    let mut cursors: Vec<Cursor> =
        (0..VILLAGES).map(|number| Cursor { scope: scope(&village(number)), after: 0 }).collect();
    let (started, mut come) = (Instant::now(), 0);
    loop {
        let frame = Ask::pack(&PullRequest { cursors: cursors.clone(), limit: None });
        let answer: PullAnswer = ask(site, Endpoint::Pull, Some(token), &frame)?;
        for page in &answer.pages {
            let cursor = cursors.iter_mut().find(|cursor| cursor.scope == page.scope).context("a foreign scope")?;
            cursor.after = page.ops.last().map_or(cursor.after, |op| op.server_seq);
            come += page.ops.len();
        }
        if !answer.pages.iter().any(|page| page.more) {
            break;
        }
    }
    ensure!(come == OPS, "{come} of {OPS} have come");
    Ok(started.elapsed())
}

/// A device that holds everything asks whether that is still so.
fn heads(site: &Site, tokens: &[[u8; 32]]) -> Result<Duration> {
    let first: HeadsAnswer = ask(site, Endpoint::Heads, Some(tokens[0]), &Ask::pack(&HeadsRequest::default()))?;
    let held =
        HeadsRequest { heads: first.heads.iter().map(|proven| proven.head()).collect(), ..HeadsRequest::default() };
    ensure!(held.heads.len() >= VILLAGES, "{} scopes only", held.heads.len());
    let frame = Ask::pack(&held);
    let started = Instant::now();
    for token in tokens {
        for _round in 0..HEADS_A_DEVICE {
            let _answer: HeadsAnswer = ask(site, Endpoint::Heads, Some(*token), &frame)?;
        }
    }
    Ok(started.elapsed())
}

fn enrol(site: &Site, number: u8) -> Result<[u8; 32]> {
    let new = NewCode { town: town(), label: String::new(), villages: Vec::new(), valid_ms: CODE_VALID_MS };
    let code = site.store().make_code(&new, zhenxin_district::clock::system()())?.to_string();
    let frame = Ask::pack(&Author::new(number).enrol_request(&code));
    Ok(ask::<EnrolAnswer>(site, Endpoint::Enrol, None, &frame)?.token)
}

fn ask<A>(site: &Site, endpoint: Endpoint, token: Option<[u8; 32]>, frame: &[u8]) -> Result<A>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    let answer = Answer::unpack(&site.serve_frame(endpoint, token, frame))?;
    if let Some(fault) = answer.fault {
        anyhow::bail!("refused: {fault:?}");
    }
    Ok(from_cbor(&answer.body.context("an answer without a body")?)?)
}

fn size_of(folder: &Path, name: &str) -> Result<u64> {
    let of = |name: String| std::fs::metadata(folder.join(name)).map(|file| file.len());
    Ok(of(name.to_owned())? + of(format!("{name}-wal")).unwrap_or(0))
}

fn disk(name: &str, size: u64, bytes: usize, say: Say<'_>) {
    say(&format!("district: on disk, {name}, {:.2} bytes for a byte of op", size as f64 / bytes as f64));
}
