//! A clerk as a process of its own, for tests that kill it: it records without end, backs up, and says what was committed.
//! A program of this package, so that the integration tests find it built.
#![allow(clippy::print_stdout, reason = "what it says is read by the test")]

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Parser;
use zhenxin_store::Ports;
use zhenxin_testkit::sim::acts::{Clerk, Known};
use zhenxin_testkit::sim::chance::{Chance, SeededIds};
use zhenxin_testkit::sim::clock::{TrueTime, WrongClock};
use zhenxin_testkit::sim::plan::ACT_KINDS;
use zhenxin_testkit::sim::template::open;

#[derive(Parser)]
struct Arguments {
    /// Its data folder.
    folder: PathBuf,
    /// Decides what it records.
    seed: u64,
    /// Backs up after so many acts.
    #[arg(long)]
    back_up_every: Option<u64>,
    /// Ends after so many acts.
    #[arg(long)]
    acts_max: Option<u64>,
}

fn main() -> Result<()> {
    let Arguments { folder, seed, back_up_every, acts_max } = Arguments::parse();
    let mut chance = Chance::of(seed);
    let time = TrueTime::begin();
    let ids = Arc::new(SeededIds::new(chance.branch(1)));
    let ports = Ports { clock: Arc::new(WrongClock::new(time.clone())), ids };
    let store = open(&folder, &ports)?;
    let clerk = store.read(|reader| reader.users())?.first().map(|user| user.id);
    let clerk = clerk.ok_or_else(|| anyhow::anyhow!("nobody works here"))?;
    let (mut known, mut out) = (Known::default(), std::io::stdout().lock());
    for act in 1..=acts_max.unwrap_or(u64::MAX) {
        time.pass(1_000);
        let before = store.read(|reader| reader.op_counts())?.total;
        Clerk::new(&store, clerk, 0, chance.draw(), &mut known).act(chance.below(ACT_KINDS) as u8)?;
        let fresh = u32::try_from(store.read(|reader| reader.op_counts())?.total - before)?;
        for row in store.read(|reader| reader.recent_ops(fresh, 0))? {
            // said only after the commit: whoever has read this line may rely on it
            writeln!(out, "{}", row.id)?;
        }
        out.flush()?;
        if back_up_every.is_some_and(|every| act.is_multiple_of(every)) {
            store.back_up()?;
        }
    }
    Ok(())
}
