//! `cargo xtask bench`: measurements with floors taken in the same run.

use crate::cargo::{Profile, build, built};
use crate::machine::{Purpose, prepare};
use crate::process::complete;
use crate::{screens, startup};

const STARTUP: &str = "startup";

/// Runs the measurements named, or all.
pub fn bench(names: &[&str]) -> anyhow::Result<()> {
    prepare(Purpose::Test)?;
    let others: Vec<&str> = names.iter().copied().filter(|name| *name != STARTUP).collect();
    if names.is_empty() || !others.is_empty() {
        build(Profile::Release, &["bench"])?;
        complete(built(Profile::Release, "bench")?.args(&others).env("ZHENXIN_KEYRING", "off"))?;
    }
    if names.is_empty() || names.contains(&STARTUP) {
        screens::build()?;
        startup::measure()?;
    }
    Ok(())
}
