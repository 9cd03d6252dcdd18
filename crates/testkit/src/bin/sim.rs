//! `sim --seeds N [--from S]`: the seeded simulation over many seeds; `sim --seed S [--trace]` replays one.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use zhenxin_testkit::sim::{News, Plan, Templates, run, smallest, sweep};

/// A seed takes a second at most on a slow machine.
const STUCK_AFTER: Duration = Duration::from_secs(300);

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Failing seeds that are made small; the others are only named.
const SHRUNK_MAX: usize = 3;

#[derive(Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only this one.
    #[arg(long)]
    seed: Option<u64>,
    /// Prints what happens, line by line.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Failing plans stay as long as they are.
    #[arg(long)]
    keep_long: bool,
    /// Threads; as many as there are cores where it is not given.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => one(seed, arguments.trace, !arguments.keep_long),
        None => many(&arguments),
    }
}

fn one(seed: u64, trace: bool, shrink: bool) -> Result<ExitCode> {
    let templates = Templates::prepare()?;
    let plan = Plan::of(seed);
    let outcome = run(&plan, &templates, trace);
    for line in &outcome.lines {
        println!("{line}");
    }
    println!("seed {seed}: {} ops, trace {}", outcome.ops, outcome.trace);
    let Some(fault) = outcome.fault else { return Ok(ExitCode::SUCCESS) };
    println!("FAILED: {fault}");
    if shrink {
        show_smallest(&plan, &fault, &templates);
    }
    Ok(ExitCode::FAILURE)
}

fn show_smallest(plan: &Plan, fault: &str, templates: &Templates) {
    let small = smallest(plan, fault, templates);
    println!("the same with {} machines and {} of {} moves:", small.seats.len(), small.moves.len(), plan.moves.len());
    println!("  seats {:?}", small.seats.iter().map(|seat| seat.village).collect::<Vec<_>>());
    for step in &small.moves {
        println!("  {step:?}");
    }
    let outcome = run(&small, templates, true);
    for line in &outcome.lines {
        println!("    {line}");
    }
    println!("  {}", outcome.fault.unwrap_or_default());
}

/// Ends the program when a seed stands still: two locks that wait for each other would hold a sweep up for ever.
fn watch(under_way: Arc<Mutex<BTreeMap<u64, Instant>>>) {
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK_EVERY);
            let running = under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((seed, _)) = running.iter().find(|(_, since)| since.elapsed() > STUCK_AFTER) {
                println!("seed {seed} stands still; again: cargo xtask sim --seed {seed} --trace");
                std::process::exit(1);
            }
        }
    });
}

fn many(arguments: &Arguments) -> Result<ExitCode> {
    let threads = arguments.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let started = Instant::now();
    let (done, ops) = (AtomicU64::new(0), AtomicU64::new(0));
    let under_way: Arc<Mutex<BTreeMap<u64, Instant>>> = Arc::default();
    watch(Arc::clone(&under_way));
    let running = || under_way.lock().unwrap_or_else(PoisonError::into_inner);
    let failures = sweep(arguments.from, arguments.seeds, threads, &|news| match news {
        News::Begins(seed) => {
            running().insert(seed, Instant::now());
        }
        News::Ended(seed, outcome) => {
            running().remove(&seed);
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            ops.fetch_add(outcome.ops, Ordering::Relaxed);
            if let Some(fault) = &outcome.fault {
                println!("seed {seed}: {fault}");
            }
            if count % 500 == 0 {
                println!("{count} seeds, {} s", started.elapsed().as_secs());
            }
        }
    })?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} seeds from {} on, {} ops, {seconds:.0} s, {} failed",
        arguments.seeds,
        arguments.from,
        ops.load(Ordering::Relaxed),
        failures.len()
    );
    if failures.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let templates = Templates::prepare()?;
    for failure in failures.iter().take(if arguments.keep_long { 0 } else { SHRUNK_MAX }) {
        println!("\nseed {}: {}", failure.seed, failure.fault);
        show_smallest(&Plan::of(failure.seed), &failure.fault, &templates);
    }
    for failure in &failures {
        println!("again: cargo xtask sim --seed {} --trace", failure.seed);
    }
    Ok(ExitCode::FAILURE)
}
