//! `search`: every keystroke in the one search box among 500,000 residents.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use zhenxin_app::SystemClock;
use zhenxin_domain::ids::ResidentId;
use zhenxin_store::ResidentFilter;

use super::{
    Say,
    figure::{Figure, Samples, Target},
    folder,
    people::{Person, Seeded, people},
    town,
    town::Filler,
};

const RESIDENTS: usize = 500_000;
/// Texts typed, each character by character.
const TEXTS: usize = 200;
/// Point lookups of the floor.
const LOOKUPS: usize = 2_000;
/// A page of ids for the lookups.
const PAGE: u32 = 500;
const TARGET_MS: f64 = 10.0;
const SEED: u64 = 20_260_103;

/// Measures and prints.
///
/// # Errors
/// When a person who is there is not found, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let villages = town::villages()?;
    let people = people(RESIDENTS, &villages, SEED);
    let folder = folder::prepared("search-500k", |folder| fill(folder, &people))?;
    let floor = lookups(&folder)?;
    let pc = town::open(&folder, town::OFFICE)?;
    let mut random = Seeded::new(SEED);
    let mut keystrokes = Samples::default();
    let mut slowest = (0.0, 0);
    for number in 0..TEXTS {
        let person = random.pick(&people);
        let text = text(number, person, &villages[person.village].name);
        let mut hits = 0;
        for (end, _) in text.char_indices().skip(1).chain([(text.len(), ' ')]) {
            let request = json!({ "text": &text[..end] });
            let started = Instant::now();
            let reply = pc.ask("search", request)?;
            let taken = started.elapsed();
            keystrokes.push(taken);
            let ms = taken.as_secs_f64() * 1000.0;
            if ms > slowest.0 {
                slowest = (ms, text[..end].chars().count());
            }
            hits = reply["hits"].as_array().map_or(0, Vec::len);
        }
        ensure!(hits > 0, "text {number} of kind {} finds nobody", number % KINDS);
    }
    let line = |name: &str, ours: f64, floor: f64, target| {
        let name = format!("search: keystroke among 500,000 residents, {name}");
        Figure { name, ours, floor: Some(floor), unit: "ms", target }.line()
    };
    say(&line("p50", keystrokes.percentile_ms(50), floor.percentile_ms(50), None));
    say(&line("p99", keystrokes.percentile_ms(99), floor.percentile_ms(99), Some(Target::AtMost(TARGET_MS))));
    say(&line("max", keystrokes.max_ms(), floor.max_ms(), None));
    say(&format!(
        "search: {} keystrokes of {TEXTS} texts; the slowest had {} characters",
        keystrokes.count(),
        slowest.1
    ));
    Ok(())
}

/// Kinds of text, by turns.
const KINDS: usize = 9;

/// What people type to find a person.
fn text(number: usize, person: &Person, village: &str) -> String {
    // 思源社区西5组127号 → 西5组, 127号
    let within = person.address.strip_prefix(village).unwrap_or_default();
    let (group, house) = within.split_once('组').unwrap_or_default();
    let last_four = |number: &str| number[number.len() - 4..].to_owned();
    match number % KINDS {
        0 => person.initials(),
        1 => person.readings.concat(),
        2 => person.name.clone(),
        3 => person.household_number.clone(),
        4 => last_four(&person.id_number),
        5 if !person.phone.is_empty() => last_four(&person.phone),
        5 => person.id_number.clone(),
        6 => format!("{village}{group}组"),
        7 => format!("{} {house}", person.initials()),
        _ => format!("{} {group}组", person.name),
    }
}

/// The floor: one resident by key, in the same file.
fn lookups(folder: &Path) -> Result<Samples> {
    let filler = Filler::open(folder, SystemClock)?;
    let mut random = Seeded::new(SEED + 1);
    let mut ids: Vec<ResidentId> = Vec::new();
    for village in town::villages()? {
        let filter = ResidentFilter { village: Some(village.code.parse()?), ..ResidentFilter::default() };
        let offset = random.below(RESIDENTS / 20) as u64;
        let page = filler.store.read(|reader| reader.residents_page(filter, offset, PAGE))?;
        ids.extend(page.rows.iter().map(|row| row.id));
    }
    let mut samples = Samples::default();
    for _ in 0..LOOKUPS {
        let id = *random.pick(&ids);
        let started = Instant::now();
        let row = filler.store.read(|reader| reader.resident(id))?;
        samples.push(started.elapsed());
        row.context("a resident has gone")?;
    }
    Ok(samples)
}

fn fill(folder: &Path, people: &[Person]) -> Result<()> {
    town::found(folder)?;
    Filler::open(folder, SystemClock)?.people(people, &town::villages()?)?;
    Ok(())
}
