//! The seeded simulation: many machines, one district, a bad network, and everything that can go wrong with disks,
//! clocks and people, drawn from one seed.
//!
//! Invariants
//! - Real stores (SQLCipher files), the real engine polled by hand, the real district behind its dispatch; only the
//!   network, the clocks and chance are simulated.
//! - All chance comes from the seed: a seed gives the same trace, line by line, on every run.
//! - After the plan the network heals; then the oracle ([`oracle`]) must hold.
//!
//! Deliberately absent: threads and time. What concerns sockets, processes and kill -9 inside a transaction has tests
//! of its own (docs/RELIABILITY.md).

pub mod acts;
pub mod chance;
pub mod clock;
pub mod district;
mod hostile;
pub mod net;
pub mod oracle;
pub mod pc;
pub mod plan;
mod stick;
mod sweep;
pub mod template;
pub mod trace;
pub mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use zhenxin_protocol::hash::Hash32;

pub use plan::Plan;
pub use sweep::{Failure, News, smallest, sweep};
pub use template::Templates;
pub use world::World;

/// How a run ended.
pub struct Outcome {
    /// Hash over everything that happened.
    pub trace: Hash32,
    /// The lines, where they were asked for.
    pub lines: Vec<String>,
    /// Ops that were committed by people.
    pub ops: u64,
    /// What did not hold; none where all is well.
    pub fault: Option<String>,
}

/// Plays a plan and checks the oracle.
pub fn run(plan: &Plan, templates: &Templates, keep_trace: bool) -> Outcome {
    let mut outcome = Outcome { trace: Hash32::of(b""), lines: Vec::new(), ops: 0, fault: None };
    let mut world = match World::begin(plan, templates, keep_trace) {
        Ok(world) => world,
        Err(error) => {
            outcome.fault = Some(format!("cannot begin: {error:#}"));
            return outcome;
        }
    };
    let played = catch_unwind(AssertUnwindSafe(|| {
        world.play(plan)?;
        world.heal()?;
        oracle::check(&mut world)
    }));
    outcome.fault = match played {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{error:#}")),
        Err(panic) => Some(format!("panic: {}", words_of(&*panic))),
    };
    outcome.trace = world.trace.hash();
    outcome.lines = world.trace.lines().to_vec();
    outcome.ops = world.committed.len() as u64;
    outcome
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
