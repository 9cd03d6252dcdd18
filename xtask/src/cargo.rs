//! Calls of cargo.
//!
//! All of them select `--workspace`: features are then the same in every call, and a dependency compiled for one is
//! there for all. Which programs are really built is said by `--bin`.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{command, complete, output, program, root};

/// Debug or release.
#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    /// What tests and the demonstration use.
    Debug,
    /// What ships; for measurements.
    Release,
}

/// cargo, as it was called itself.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds these programs.
pub fn build(profile: Profile, programs: &[&str]) -> anyhow::Result<()> {
    let mut build = cargo();
    build.args(["build", "--workspace"]);
    for name in programs {
        build.args(["--bin", name]);
    }
    if profile == Profile::Release {
        build.arg("--release");
    }
    complete(&mut build)
}

/// Where cargo puts its results.
pub fn target() -> anyhow::Result<PathBuf> {
    let text = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    Ok(metadata["target_directory"].as_str().map_or_else(|| root().join("target"), PathBuf::from))
}

/// The folder of the built programs.
pub fn programs(profile: Profile) -> anyhow::Result<PathBuf> {
    Ok(target()?.join(match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    }))
}

/// A built program, ready to start.
pub fn built(profile: Profile, name: &str) -> anyhow::Result<Command> {
    Ok(command(program(&programs(profile)?, name)))
}
