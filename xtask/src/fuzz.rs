//! `cargo xtask fuzz`: hostile bytes for every parser; see docs/SECURITY.md.

use crate::cargo::{Profile, build, built};
use crate::machine::{Purpose, prepare};
use crate::process::complete;

/// Cases of the test command for the quickest parsers, of which the others get their share: under a minute on two cores.
const TEST_CASES: &str = "2000";
/// Where the test command leaves what it found.
const FOLDER: &str = "fuzz-findings";

/// Runs it with the words given: `--cases N [--parser X] [--seed S]`, or `--parser X --replay FILE`. The debug build, in
/// which an overflow is a panic: it finds more than the optimised one finds in as much time.
pub fn fuzz(words: &[&str]) -> anyhow::Result<()> {
    prepare(Purpose::Test)?;
    build(Profile::Debug, &["fuzz"])?;
    complete(built(Profile::Debug, "fuzz")?.args(words).env("ZHENXIN_KEYRING", "off"))
}

/// The step of `cargo xtask test`, with the build that all its steps share.
pub fn step() -> anyhow::Result<()> {
    let folder = crate::cargo::target()?.join(FOLDER);
    let mut fuzz = built(Profile::Debug, "fuzz")?;
    complete(fuzz.args(["--cases", TEST_CASES, "--folder"]).arg(folder).env("ZHENXIN_KEYRING", "off"))
}
