//! `cargo xtask sim`: the seeded simulation; see docs/RELIABILITY.md.

use crate::cargo::{Profile, build, built};
use crate::machine::{Purpose, prepare};
use crate::process::complete;

/// Seeds of the test command, from the first on: some minutes on two cores.
const TEST_SEEDS: &str = "2000";

/// Runs it with the words given: `--seeds N [--from S]`, or `--seed S [--trace]`. The optimised build, since by hand
/// it is asked for many seeds.
pub fn sim(words: &[&str]) -> anyhow::Result<()> {
    prepare(Purpose::Test)?;
    build(Profile::Release, &["sim"])?;
    complete(built(Profile::Release, "sim")?.args(words))
}

/// The step of `cargo xtask test`, with the build that all its steps share.
pub fn step() -> anyhow::Result<()> {
    complete(built(Profile::Debug, "sim")?.args(["--seeds", TEST_SEEDS]))
}
