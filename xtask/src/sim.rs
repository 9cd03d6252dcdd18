//! `cargo xtask sim`: the seeded simulation; see docs/RELIABILITY.md.

use crate::cargo::{Profile, build, built};
use crate::machine::{Purpose, prepare};
use crate::process::complete;

/// Seeds of the test command, as first and count: 2,000 in all, some minutes on two cores. Seed 1050 is open
/// (docs/RELIABILITY.md) and left out until it is mended.
const TEST_SEEDS: [(&str, &str); 2] = [("1", "1049"), ("1051", "951")];

/// Runs it with the words given: `--seeds N [--from S]`, or `--seed S [--trace]`. The optimised build, since by hand
/// it is asked for many seeds.
pub fn sim(words: &[&str]) -> anyhow::Result<()> {
    prepare(Purpose::Test)?;
    build(Profile::Release, &["sim"])?;
    complete(built(Profile::Release, "sim")?.args(words))
}

/// The step of `cargo xtask test`, with the build that all its steps share.
pub fn step() -> anyhow::Result<()> {
    println!("seed 1050 is open and left out, see docs/RELIABILITY.md");
    TEST_SEEDS
        .iter()
        .try_for_each(|(from, seeds)| complete(built(Profile::Debug, "sim")?.args(["--from", from, "--seeds", seeds])))
}
