//! A clerk as a process of its own, for tests that kill it: it records without end, backs up, and says what was committed.
//! A program of this package, so that the integration tests find it built.
#![allow(clippy::print_stdout, reason = "what it says is read by the test")]

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Parser;
use zhenxin_domain::ids::UserId;
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{Ports, ResidentBatch, ResidentDraft, Store};
use zhenxin_testkit::sim::acts::{Clerk, Known};
use zhenxin_testkit::sim::chance::{Chance, SeededIds};
use zhenxin_testkit::sim::clock::{TrueTime, WrongClock};
use zhenxin_testkit::sim::plan::ACT_KINDS;
use zhenxin_testkit::sim::template::{VILLAGES, open};

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
    /// Instead: records somebody of this name and backs up, at a line on its input erases them, and waits for its end.
    #[arg(long)]
    erase: Option<String>,
}

fn main() -> Result<()> {
    let Arguments { folder, seed, back_up_every, acts_max, erase } = Arguments::parse();
    let mut chance = Chance::of(seed);
    let time = TrueTime::begin();
    let ids = Arc::new(SeededIds::new(chance.branch(1)));
    let ports = Ports { clock: Arc::new(WrongClock::new(time.clone())), ids };
    let store = open(&folder, &ports)?;
    let clerk = store.read(|reader| reader.users())?.first().map(|user| user.id);
    let clerk = clerk.ok_or_else(|| anyhow::anyhow!("nobody works here"))?;
    if let Some(name) = erase {
        return erase_at_a_line(&store, clerk, &name);
    }
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

/// Says `recorded`, and `erased` once that is committed and before anything is done about the pages.
fn erase_at_a_line(store: &Store, clerk: UserId, name: &str) -> Result<()> {
    let rows = [ResidentDraft::new(VILLAGES[0].parse()?).household_no("0001").set(Field::Name, name)];
    let batch = ResidentBatch { rows: &rows, ..ResidentBatch::default() };
    let resident = store.write(clerk, |tx| tx.record_residents(batch))?.residents[0];
    store.back_up()?;
    let (mut out, mut lines) = (std::io::stdout().lock(), std::io::stdin().lock().lines());
    writeln!(out, "recorded")?;
    out.flush()?;
    lines.next().transpose()?;
    store.write(clerk, |tx| tx.erase_resident(resident, None, "moved_away", &[]))?;
    writeln!(out, "erased")?;
    out.flush()?;
    lines.next().transpose()?;
    Ok(())
}
