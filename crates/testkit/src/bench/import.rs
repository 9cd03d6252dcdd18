//! `import`: a roster of 100,000 residents, against parsing the same file and inserting the same rows raw.

use std::{
    collections::BTreeMap,
    env, fs,
    ops::ControlFlow,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};
use zhenxin_app::SystemClock;
use zhenxin_documents::sheet::{Limits, WorkbookReader};

use super::{
    Say,
    figure::{Figure, Samples, Target},
    folder,
    people::{Person, Village, people},
    raw, town,
};
use crate::pc::Pc;

/// The largest town that the program is made for.
const RESIDENTS: usize = 100_000;
/// Imports and floors taken by turns; the median of each counts.
const ROUNDS: usize = 3;
/// What the issue asks.
const TARGET_RATIO: f64 = 2.5;
/// What the issue asks, in MB.
const TARGET_PEAK_MB: f64 = 600.0;
const SEED: u64 = 20_260_101;
/// How often the child looks whether the job has ended: small beside seconds.
const POLL: Duration = Duration::from_millis(5);
const FILE: &str = "roster.xlsx";

/// Measures and prints.
///
/// # Errors
/// When the import does not take every row, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let villages = town::villages()?;
    let people = people(RESIDENTS, &villages, SEED);
    let place = folder::temporary()?;
    let file = place.path().join(FILE);
    write_roster(&file, &people, &villages)?;
    let (mut ours, mut parsing, mut inserting) = (Samples::default(), Samples::default(), Samples::default());
    let mut peak_mb = 0.0_f64;
    let mut phases = Value::Null;
    for round in 0..ROUNDS {
        parsing.push(parse(&file)?);
        inserting.push(insert(&place.path().join(format!("raw-{round}.db")), &people, &villages)?);
        let child = start_child(&file)?;
        ours.push(Duration::from_secs_f64(child["seconds"].as_f64().context("no time")?));
        phases = child["phases"].clone();
        peak_mb = peak_mb.max(child["peak_kib"].as_f64().context("no memory")? / 1024.0);
    }
    let seconds = |samples: &Samples| samples.percentile_ms(50) / 1000.0;
    let figure = |name: &str, ours, floor, unit, target| Figure { name: name.to_owned(), ours, floor, unit, target };
    let floor = seconds(&parsing) + seconds(&inserting);
    let lines = [
        figure(
            "import: 100,000 residents from .xlsx",
            seconds(&ours),
            Some(floor),
            "s",
            Some(Target::Ratio(TARGET_RATIO)),
        ),
        figure("import: floor's part, parsing", seconds(&parsing), None, "s", None),
        figure("import: floor's part, raw insertion", seconds(&inserting), None, "s", None),
        figure("import: peak memory of the process", peak_mb, None, "MB", Some(Target::AtMost(TARGET_PEAK_MB))),
    ];
    lines.iter().for_each(|figure| say(&figure.line()));
    let phase = |name: &str| phases[name].as_f64().unwrap_or_default();
    let (reading, checking, writing) = (phase("reading"), phase("checking"), phase("writing"));
    say(&format!(
        "import: {RESIDENTS} residents, last round: reading {reading:.2} s, checking {checking:.2} s, writing {writing:.2} s"
    ));
    Ok(())
}

/// One import in this process, on a new town: seconds and peak memory as JSON.
///
/// # Errors
/// When the import does not take every row.
pub fn child(file: &Path) -> Result<Value> {
    let place = folder::temporary()?;
    let pc = Pc::found(place.path().join("town"), SystemClock, town::OFFICE, "测试机")?;
    let started = Instant::now();
    let mut job = pc.act(
        "start_import",
        json!({ "kind": "residents", "file_name": FILE, "path": file, "dry_run": false, "accept_partial": false }),
    )?;
    let mut phases = BTreeMap::new();
    let mut entered = 0.0;
    let seconds = loop {
        let phase = job["phase"].as_str().unwrap_or_default().to_owned();
        match phase.as_str() {
            "done" => break started.elapsed().as_secs_f64(),
            "refused" | "cancelled" => bail!("the import was refused: {}", job["fault"]["message"]),
            _ => thread::sleep(POLL),
        }
        job = pc.ask("import_job", json!({ "job": job["job"] }))?;
        if job["phase"] != phase {
            let now = started.elapsed().as_secs_f64();
            phases.insert(phase, now - entered);
            entered = now;
        }
    };
    ensure!(job["report"]["created"] == RESIDENTS, "not everybody was taken: {}", job["report"]["created"]);
    Ok(json!({ "seconds": seconds, "phases": phases, "peak_kib": peak_kib()? }))
}

fn start_child(file: &Path) -> Result<Value> {
    let output = Command::new(env::current_exe()?).arg("--import-child").arg(file).output()?;
    ensure!(output.status.success(), "the import failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The most memory that this process has held (Linux: VmHWM).
fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("peak memory is read from /proc, which is Linux")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// The floor's first part: every cell of every row is handed out and looked at.
fn parse(file: &Path) -> Result<Duration> {
    let started = Instant::now();
    let bytes = fs::read(file)?;
    let mut reader = WorkbookReader::open(FILE, &bytes, &Limits::default())?;
    let (mut rows, mut filled) = (0_usize, 0_usize);
    for sheet in 0..reader.sheets().len() {
        reader.for_each_row(sheet, |_, cells| {
            rows += 1;
            filled += cells.iter().filter(|cell| !cell.is_blank()).count();
            ControlFlow::Continue(())
        })?;
    }
    let taken = started.elapsed();
    ensure!(rows > RESIDENTS && filled > rows * 8, "the file has {rows} rows and {filled} cells");
    Ok(taken)
}

/// The floor's second part: the same rows into a new encrypted file, durable at the end.
fn insert(path: &Path, people: &[Person], villages: &[Village]) -> Result<Duration> {
    let mut conn = raw::open(path)?;
    raw::create_residents(&conn)?;
    let started = Instant::now();
    raw::insert_residents(&mut conn, people, villages)?;
    Ok(started.elapsed())
}

/// A roster as offices send it: a sheet a village, two title rows, header, people, total, signatures.
fn write_roster(path: &Path, people: &[Person], villages: &[Village]) -> Result<()> {
    const HEADER: [&str; 10] =
        ["序号", "户编号", "与户主关系", "姓名", "性别", "公民身份号码", "出生日期", "联系电话", "住址", "所属网格"];
    let mut book = Workbook::new();
    let centred = Format::new().set_align(rust_xlsxwriter::FormatAlign::Center);
    for (index, village) in villages.iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(&village.name)?;
        sheet.merge_range(0, 0, 0, 9, &format!("九龙湖镇{}居民信息登记表", village.name), &centred)?;
        sheet.write_string(1, 0, format!("填报单位:{}", village.name))?;
        for (column, title) in (0_u16..).zip(HEADER) {
            sheet.write_string(2, column, title)?;
        }
        let mut row = 3;
        for person in people.iter().filter(|person| person.village == index) {
            sheet.write_number(row, 0, row - 2)?;
            let birth = person.birth.to_string();
            let texts: [&str; 9] = [
                &person.household_number,
                person.relation,
                &person.name,
                person.sex,
                &person.id_number,
                &birth,
                &person.phone,
                &person.address,
                &person.grid,
            ];
            for (column, text) in (1_u16..).zip(texts) {
                if !text.is_empty() {
                    sheet.write_string(row, column, text)?;
                }
            }
            row += 1;
        }
        sheet.write_string(row, 0, "合计")?;
        sheet.write_number(row, 1, row - 3)?;
        sheet.write_string(row + 1, 0, "填表人:")?;
    }
    book.save(path)?;
    Ok(())
}
