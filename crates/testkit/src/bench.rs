//! Measurements that print a ratio: ours beside a floor that is taken in the same run on the same machine.
//!
//! Every figure uses the program as it ships (the command list, the real encrypted file); the floor does the same
//! amount of durable work with nothing of ours in between. Data are made up from fixed seeds. How each figure is taken
//! is written in docs/BENCHMARKS.md.

pub mod award;
pub mod district;
pub mod figure;
pub mod import;
pub mod rehearsal;
pub mod search;
pub mod statements;
pub mod sync;
pub mod timebank;

mod folder;
mod people;
mod raw;
mod town;
mod wire;

use anyhow::{Result, bail};

/// One measurement: its name, and what takes it.
type Measurement = (&'static str, fn(Say<'_>) -> Result<()>);

/// Where the lines go.
pub type Say<'a> = &'a mut dyn FnMut(&str);

/// All measurements, the short ones first.
const ALL: &[Measurement] = &[
    ("statements", statements::measure),
    ("timebank", timebank::measure),
    ("sync", sync::measure),
    ("district", district::measure),
    ("import", import::measure),
    ("rehearsal", rehearsal::measure),
    ("search", search::measure),
    ("award", award::measure),
];

/// Takes the measurements named, all where none is.
///
/// # Errors
/// An unknown name, and whatever stops a measurement; a missed target is no error.
pub fn run(names: &[String], say: Say<'_>) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !ALL.iter().any(|(known, _)| known == name)) {
        let known: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        bail!("no measurement {unknown}; there are: {}", known.join(", "));
    }
    for (name, measure) in ALL {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            measure(say)?;
        }
    }
    Ok(())
}
