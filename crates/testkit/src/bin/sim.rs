//! `sim --seeds N [--from S]`: the seeded simulation over many seeds; `sim --seed S [--trace]` replays one.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use zhenxin_testkit::sim::{Plan, Templates, run, smallest, sweep};

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

fn many(arguments: &Arguments) -> Result<ExitCode> {
    let threads = arguments.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let started = Instant::now();
    let (done, ops) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures = sweep(arguments.from, arguments.seeds, threads, &|seed, outcome| {
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        ops.fetch_add(outcome.ops, Ordering::Relaxed);
        if let Some(fault) = &outcome.fault {
            println!("seed {seed}: {fault}");
        }
        if count % 500 == 0 {
            println!("{count} seeds, {} s", started.elapsed().as_secs());
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
