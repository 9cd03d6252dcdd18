//! Start of the release build to the first usable screen, against a bare Tauri window on the same machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::cargo::{Profile, built, cargo, programs, target};
use crate::display::Display;
use crate::process::{Running, command, complete, program};

/// So many residents does a large town have.
const RESIDENTS: u32 = 50_000;
/// Odd, for a plain median; the first start of each (cold caches) is shown apart.
const STARTS: usize = 7;
/// The project's aim.
const AIM_RATIO: f64 = 1.5;
const TOWN: &str = "330211101";
const VILLAGE: &str = "330211101001";
const USER: &str = "bench";
const PASSWORD: &str = "bench-password-1";
/// What the probe prints when the first screen can be used.
const READY: &str = "ready";
/// What it prints when the workbench is there after signing in.
const WORKBENCH: &str = "workbench";

/// Measures and prints.
pub fn measure() -> anyhow::Result<()> {
    complete(cargo().args(["build", "--workspace", "--release", "--bin", "zhenxinctl", "--example", "startup"]))?;
    let probe = program(&programs(Profile::Release)?.join("examples"), "startup");
    let town = town()?;
    let display = if std::env::var_os("DISPLAY").is_some() { None } else { Some(Display::start()?) };
    let start = |what: &str, last_word: &str| -> anyhow::Result<Vec<Duration>> {
        let mut probe = command(&probe);
        probe.arg(what).env("ZHENXIN_DATA", &town).env("ZHENXIN_KEYRING", "off");
        probe.env("ZHENXIN_PROBE_USER", USER).env("ZHENXIN_PASSWORD", PASSWORD);
        if let Some(display) = &display {
            probe.env("DISPLAY", &display.name);
        }
        words_of(&mut probe, last_word)
    };
    let (mut bare, mut full, mut signing_in) = (Vec::new(), Vec::new(), Vec::new());
    // by turns, so that whatever else the machine does meets both
    for _ in 0..STARTS {
        bare.push(start("bare", READY)?[0]);
        let words = start("full", WORKBENCH)?;
        full.push(words[0]);
        signing_in.push(words[1] - words[0]);
    }
    println!("startup: release build, {RESIDENTS} residents, {STARTS} starts each, in ms");
    let say = |what: &str, times: &mut Vec<Duration>| {
        let first = ms(times[0]);
        times.sort();
        let median = ms(times[STARTS / 2]);
        println!("  {what:<52} first {first:>6.0}   median {median:>6.0}");
        median
    };
    let bare = say("floor: bare Tauri window to its first script", &mut bare);
    let full = say("the program to its first usable screen (sign-in)", &mut full);
    say("from there, signing in, to the workbench", &mut signing_in);
    println!("  ratio {:.2} (aim: at most {AIM_RATIO})", full / bare);
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The times from the start of the process to each word it prints; ends it after the last.
fn words_of(probe: &mut Command, last_word: &str) -> anyhow::Result<Vec<Duration>> {
    let started = Instant::now();
    let mut running = Running::start(probe.stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let out = running.child().stdout.take().context("the probe has no output")?;
    let mut times = Vec::new();
    for line in BufReader::new(out).lines() {
        times.push(started.elapsed());
        if line? == last_word {
            return Ok(times);
        }
    }
    bail!("the window ended before it said `{last_word}`")
}

/// A town with that many residents, made once by the command line.
fn town() -> anyhow::Result<PathBuf> {
    let folder = target()?.join("bench/startup");
    if folder.join("town.db").exists() {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // made beside it first: a run that was broken off must not leave half a town behind
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)?;
    let roster = unfinished.join("roster.csv");
    write_roster(&roster)?;
    let ctl = |words: &[&str]| -> anyhow::Result<()> {
        let mut ctl = built(Profile::Release, "zhenxinctl")?;
        ctl.arg("--data").arg(&unfinished).args(words).stdout(Stdio::null());
        complete(ctl.env("ZHENXIN_PASSWORD", PASSWORD).env("ZHENXIN_USER", USER).env("ZHENXIN_KEYRING", "off"))
    };
    ctl(&["init", "--town", TOWN, "--admin", USER])?;
    ctl(&["import", "residents", &roster.to_string_lossy(), "--village", VILLAGE])?;
    fs::remove_file(roster)?;
    fs::rename(&unfinished, &folder)?;
    Ok(folder)
}

/// Invented people with ID numbers that check out (GB 11643: weights 2^(17-i) mod 11).
fn write_roster(path: &Path) -> anyhow::Result<()> {
    const SURNAMES: [&str; 8] = ["王", "李", "张", "陈", "单", "仇", "解", "曾"];
    const GIVEN: [&str; 10] = ["伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "军"];
    const CHECK: &[u8; 11] = b"10X98765432";
    let mut out = std::io::BufWriter::new(fs::File::create(path)?);
    writeln!(out, "户号,姓名,身份证号,与户主关系,联系电话,住址")?;
    for number in 0..RESIDENTS {
        let (year, month, day) = (1940 + number % 60, 1 + number / 60 % 12, 1 + number / 720 % 28);
        let body = format!("330211{year:04}{month:02}{day:02}{:03}", number / 20_160 * 2 + number % 2 + 100);
        let sum: u32 =
            body.bytes().zip(0..).map(|(digit, place)| u32::from(digit - b'0') * ((1 << (17 - place)) % 11)).sum();
        let check = char::from(CHECK[(sum % 11) as usize]);
        let at = |names: &[&'static str], step: u32| names[(number / step) as usize % names.len()];
        let name = format!("{}{}{}", at(&SURNAMES, 1), at(&GIVEN, 8), at(&GIVEN, 80));
        let household = number / 3 + 1;
        let relation = if number % 3 == 0 { "户主" } else { "家庭成员" };
        writeln!(out, "{household},{name},{body}{check},{relation},138{:08},九龙湖镇{household}号", number)?;
    }
    Ok(out.flush()?)
}
