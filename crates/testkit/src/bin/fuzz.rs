//! `fuzz --cases N [--parser X] [--seed S]`: hostile bytes for every parser; `fuzz --parser X --replay FILE` feeds one.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, ensure};
use clap::Parser as _;
use zhenxin_testkit::fuzz::parent::{self, Outcome, Run};
use zhenxin_testkit::fuzz::{PARSERS, Parser, child};

#[derive(clap::Parser)]
struct Arguments {
    /// How many cases the quickest parsers get; the others get their share of it.
    #[arg(long, default_value_t = 2_000)]
    cases: u64,
    /// Only this parser.
    #[arg(long)]
    parser: Option<String>,
    /// The same seed gives the same cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where inputs go that were not answered.
    #[arg(long, default_value = "fuzz-findings")]
    folder: PathBuf,
    /// Only this input.
    #[arg(long, requires = "parser")]
    replay: Option<PathBuf>,
    /// Processes at a time; as many as there are cores where it is not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Parses in this process; what the driver starts.
    #[arg(long, hide = true, requires = "parser")]
    child: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let chosen: Vec<&Parser> =
        PARSERS.iter().filter(|parser| arguments.parser.as_deref().is_none_or(|name| name == parser.name)).collect();
    let names: Vec<&str> = PARSERS.iter().map(|parser| parser.name).collect();
    ensure!(!chosen.is_empty(), "no such parser; there are: {}", names.join(", "));
    if arguments.child {
        let order = child::Order {
            parser: chosen[0].name,
            cases: arguments.cases,
            seed: arguments.seed,
            folder: &arguments.folder,
            replay: arguments.replay.as_deref(),
        };
        child::run(&order)?;
        return Ok(ExitCode::SUCCESS);
    }
    let program = std::env::current_exe()?;
    let run = Run {
        program: &program,
        cases: arguments.cases,
        seed: arguments.seed,
        folder: &arguments.folder,
        replay: arguments.replay.as_deref(),
    };
    let threads = arguments.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    println!(
        "{:<12} {:>8} {:>9} {:>9} {:>9} {:>8} {:>7}",
        "parser", "samples", "cases", "taken", "slowest", "peak", "s"
    );
    let found = all(&chosen, &run, threads)?;
    println!("{} parsers, seed {}, {found} findings", chosen.len(), arguments.seed);
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the parsers, some at a time; how much was found.
fn all(chosen: &[&Parser], run: &Run<'_>, threads: usize) -> Result<usize> {
    let (next, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failed = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(parser) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match parent::run(parser, run) {
                        Ok(outcome) => found.fetch_add(tell(parser, run, &outcome), Ordering::Relaxed),
                        Err(error) => {
                            *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                            return;
                        }
                    };
                }
            });
        }
    });
    match failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(found.into_inner()),
    }
}

fn tell(parser: &Parser, run: &Run<'_>, outcome: &Outcome) -> usize {
    let report = &outcome.report;
    println!(
        "{:<12} {:>8} {:>9} {:>9} {:>6} ms {:>5} MB {:>7.1}",
        parser.name,
        report.samples,
        report.cases,
        report.taken,
        report.slowest_ms,
        report.peak_kib >> 10,
        report.took_ms as f64 / 1_000.0
    );
    for (file, what) in &outcome.findings {
        println!("  {what}");
        println!("  again: cargo xtask fuzz --parser {} --replay {}", parser.name, file.display());
    }
    if outcome.findings.is_empty() && run.replay.is_some() {
        println!("  answered");
    }
    outcome.findings.len()
}
