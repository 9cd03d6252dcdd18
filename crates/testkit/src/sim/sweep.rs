//! Many seeds on all cores, and a failing plan made small.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::plan::Plan;
use super::template::Templates;
use super::{Outcome, run};

/// Attempts at making a failing plan smaller: enough to go once over every move of a plan and again over the rest.
const SHRINK_RUNS_MAX: u32 = 160;

/// A seed that did not hold.
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What did not hold.
    pub fault: String,
}

/// What a sweep tells while it goes on.
pub enum News<'o> {
    /// A seed begins.
    Begins(u64),
    /// A seed has ended.
    Ended(u64, &'o Outcome),
}

/// Runs seeds from one number on, on so many threads, and tells of each.
///
/// # Errors
/// The prepared folders cannot be made.
pub fn sweep(from: u64, count: u64, threads: usize, on: &(dyn Fn(News<'_>) + Sync)) -> anyhow::Result<Vec<Failure>> {
    let templates = Templates::prepare()?;
    let next = AtomicU64::new(from);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    on(News::Begins(seed));
                    let outcome = run(&Plan::of(seed), &templates, false);
                    on(News::Ended(seed, &outcome));
                    if let Some(fault) = outcome.fault {
                        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                        failures.push(Failure { seed, fault });
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by_key(|failure| failure.seed);
    Ok(failures)
}

/// The beginning of a fault's text up to where ids begin: what a smaller plan must still show.
fn kind_of(fault: &str) -> String {
    let letters = fault.split(|sign: char| sign.is_ascii_digit() && fault.len() > 12);
    letters.take(2).collect::<Vec<_>>().join("#").chars().take(24).collect()
}

/// A smaller plan that fails in the same way.
pub fn smallest(plan: &Plan, fault: &str, templates: &Templates) -> Plan {
    let wanted = kind_of(fault);
    let mut best = plan.clone();
    let mut runs = 0;
    let fails = |plan: &Plan, runs: &mut u32| {
        *runs += 1;
        run(plan, templates, false).fault.is_some_and(|fault| kind_of(&fault) == wanted)
    };
    let mut part = best.moves.len().div_ceil(2).max(1);
    while runs < SHRINK_RUNS_MAX {
        let mut at = 0;
        let mut smaller = false;
        while at < best.moves.len() && runs < SHRINK_RUNS_MAX {
            let mut shorter = best.clone();
            shorter.moves.drain(at..(at + part).min(best.moves.len()));
            if fails(&shorter, &mut runs) {
                best = shorter;
                smaller = true;
            } else {
                at += part;
            }
        }
        if part == 1 && !smaller {
            break;
        }
        part = (part / 2).max(1);
    }
    while best.seats.len() > 2 && runs < SHRINK_RUNS_MAX {
        let mut fewer = best.clone();
        fewer.seats.pop();
        if !fails(&fewer, &mut runs) {
            break;
        }
        best = fewer;
    }
    best
}
