//! The process that parses: one parser, its samples as they are, then case after case.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{CASE_MAX, PARSERS, Target, Verdict, kept_folder};
use crate::sim::chance::Chance;

/// The input under way: what is left of it when the process dies.
pub const CURRENT: &str = "current";
/// What the process says at its end.
pub const REPORT: &str = "report.json";
/// The slowest input, where it took longer than [`SLOW_MS`].
const SLOWEST: &str = "slowest";
/// Nobody waits so long for a file that is refused.
const SLOW_MS: u64 = 3_000;
/// After so many findings the parser is no longer worth the time.
const FINDINGS_MAX: usize = 20;
/// How often is looked whether a case hangs.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What to do.
pub struct Order<'o> {
    /// Name of the parser.
    pub parser: &'o str,
    /// How many cases, before the parser's share is taken.
    pub cases: u64,
    /// The same seed gives the same cases.
    pub seed: u64,
    /// Folder for the input under way, findings and report.
    pub folder: &'o Path,
    /// Only this input.
    pub replay: Option<&'o Path>,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChildReport {
    /// Samples, kept ones included.
    pub samples: u64,
    /// Cases, samples included.
    pub cases: u64,
    /// Of them those that were taken for sound.
    pub taken: u64,
    /// Files with inputs that should have been answered and were not, and what happened instead.
    pub findings: Vec<(PathBuf, String)>,
    /// The slowest case, in ms.
    pub slowest_ms: u64,
    /// Most memory that was in use, in KiB; 0 where the system does not say.
    pub peak_kib: u64,
    /// The whole run, in ms.
    pub took_ms: u64,
}

struct Loop<'o> {
    order: &'o Order<'o>,
    current: File,
    begun_ms: Arc<AtomicU64>,
    started: Instant,
    seen: BTreeSet<String>,
    report: ChildReport,
}

/// Runs the cases of one parser in this process.
pub fn run(order: &Order<'_>) -> Result<ChildReport> {
    let parser = PARSERS.iter().find(|parser| parser.name == order.parser).context("no such parser")?;
    fs::create_dir_all(order.folder)?;
    let mut target = (parser.make)(order.folder).with_context(|| format!("{}: preparing", parser.name))?;
    // a panic is a finding; its place is what tells one from another
    let place = Arc::new(std::sync::Mutex::new(String::new()));
    let noted = Arc::clone(&place);
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.location().map(ToString::to_string).unwrap_or_default();
        *noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = text;
    }));
    let mut cases = Loop {
        order,
        current: File::create(order.folder.join(CURRENT))?,
        begun_ms: Arc::default(),
        started: Instant::now(),
        seen: BTreeSet::new(),
        report: ChildReport::default(),
    };
    cases.watch();
    let took = |text: &std::sync::Mutex<String>| {
        std::mem::take(&mut *text.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    };
    if let Some(file) = order.replay {
        cases.one(&mut target, &fs::read(file)?, &|| took(&place))?;
    } else {
        target.samples.extend(kept(parser.name)?);
        cases.report.samples = target.samples.len() as u64;
        for sample in target.samples.clone() {
            cases.one(&mut target, &sample, &|| took(&place))?;
        }
        let mut root = Chance::of(order.seed);
        for number in 0..(order.cases * parser.per_mille).div_ceil(1_000) {
            let mut chance = root.branch(number);
            let input = (target.change)(&mut chance, &target.samples);
            cases.one(&mut target, &input, &|| took(&place))?;
            if cases.report.findings.len() >= FINDINGS_MAX {
                break;
            }
        }
    }
    let mut report = cases.report;
    report.peak_kib = peak_kib();
    report.took_ms = cases.started.elapsed().as_millis() as u64;
    fs::write(order.folder.join(REPORT), serde_json::to_vec(&report)?)?;
    Ok(report)
}

/// Inputs that were kept, in the order of their names.
fn kept(parser: &str) -> Result<Vec<Vec<u8>>> {
    let folder = kept_folder(parser);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    files.iter().map(|file| Ok(fs::read(file)?)).collect()
}

impl Loop<'_> {
    /// Ends the process where a case stands still; what it was about lies in the folder.
    fn watch(&self) {
        let (begun_ms, started) = (Arc::clone(&self.begun_ms), self.started);
        thread::spawn(move || {
            loop {
                thread::sleep(LOOK_EVERY);
                let begun = begun_ms.load(Ordering::Relaxed);
                let now = started.elapsed().as_millis() as u64;
                if begun > 0 && now.saturating_sub(begun) > CASE_MAX.as_millis() as u64 {
                    std::process::exit(HANGS);
                }
            }
        });
    }

    fn one(&mut self, target: &mut Target, input: &[u8], panicked_at: &dyn Fn() -> String) -> Result<()> {
        self.current.seek(SeekFrom::Start(0))?;
        self.current.set_len(0)?;
        self.current.write_all(input)?;
        let begun = Instant::now();
        // never 0: that means that nothing is under way
        self.begun_ms.store(self.started.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
        let ended = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
        self.begun_ms.store(0, Ordering::Relaxed);
        self.report.cases += 1;
        let took_ms = begun.elapsed().as_millis() as u64;
        if took_ms > self.report.slowest_ms {
            self.report.slowest_ms = took_ms;
            if took_ms > SLOW_MS {
                fs::write(self.order.folder.join(SLOWEST), input)?;
            }
        }
        match ended {
            Ok(Ok(verdict)) => self.report.taken += u64::from(verdict == Verdict::Taken),
            Ok(Err(wrong)) => self.note(input, wrong)?,
            Err(_) => self.note(input, format!("panicked at {}", panicked_at()))?,
        }
        Ok(())
    }

    /// Keeps an input; one for each thing that went wrong.
    fn note(&mut self, input: &[u8], wrong: String) -> Result<()> {
        if !self.seen.insert(wrong.clone()) {
            return Ok(());
        }
        let name = format!("{}-{}-{}", self.order.parser, self.order.seed, self.report.cases);
        let file = self.order.folder.join(name);
        fs::write(&file, input)?;
        self.report.findings.push((file, wrong));
        Ok(())
    }
}

/// Exit code of a process whose case hangs.
pub const HANGS: i32 = 3;

/// The most memory that this process had in use; Linux says it.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
