//! What comes from others: licences, sources and known faults of every crate and package in the lock files.
//!
//! The advisories' own source is asked first. Where it cannot be reached, the lists that were kept at the day they name
//! are read instead, and that day is printed; licences and sources need no network.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, bail};
use semver::{Version, VersionReq};

use crate::cargo::{cargo, target};
use crate::process::{command, complete, program, root};
use crate::screens::npm;

/// The version whose configuration deny.toml speaks.
const DENY: &str = "0.20.2";
/// The kept lists: `name;advisory;versions that are not affected`, their day in the first line.
const KEPT_CRATES: &str = "xtask/advisories.csv";
const KEPT_PACKAGES: &str = "xtask/npm-advisories.csv";
/// What deny.toml lets pass, with the reason there.
const LET_PASS: &[&str] = &["RUSTSEC-2024-0429"];

/// The step of `cargo xtask test`.
pub fn check() -> anyhow::Result<()> {
    complete(deny()?.args(["--offline", "check", "licenses", "bans", "sources"]))?;
    if deny()?.args(["fetch", "db"]).status().is_ok_and(|status| status.success()) {
        complete(deny()?.args(["check", "advisories"]))?;
    } else {
        compare(KEPT_CRATES, &crates(&fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock")?)?)?;
    }
    packages()
}

/// cargo-deny, installed below the target folder where it is missing; unoptimised, since it is built more often than run.
fn deny() -> anyhow::Result<Command> {
    let home = target()?.join("tools");
    let tool = program(&home.join("bin"), "cargo-deny");
    let version = Command::new(&tool).arg("--version").output();
    if !version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains(DENY)) {
        let mut install = cargo();
        install.args(["install", "cargo-deny", "--version", DENY, "--locked", "--debug", "--root"]).arg(&home);
        complete(install.arg("--target-dir").arg(home.join("build")))?;
        fs::remove_dir_all(home.join("build")).context("the remains of building cargo-deny")?;
    }
    Ok(command(tool))
}

/// Compares what is locked with a kept list.
fn compare(list: &str, locked: &BTreeSet<(String, Version)>) -> anyhow::Result<()> {
    let kept = fs::read_to_string(root().join(list)).context(list.to_owned())?;
    println!("the advisories' source cannot be reached; kept list: {}", kept.lines().next().unwrap_or_default());
    let mut found = Vec::new();
    for line in kept.lines().filter(|line| !line.starts_with('#')) {
        let [name, advisory, sound] = line.split(';').collect::<Vec<_>>()[..] else {
            bail!("{list}: not three fields: {line}");
        };
        for (_, version) in locked.iter().filter(|(locked, _)| locked == name) {
            if !is_sound(version, sound)? && !LET_PASS.contains(&advisory) {
                found.push(format!("{name} {version}: {advisory}"));
            }
        }
    }
    if !found.is_empty() {
        bail!("known faults: {}", found.join(", "));
    }
    Ok(())
}

/// Name and version of every crate of a lock file.
fn crates(lock: &str) -> anyhow::Result<BTreeSet<(String, Version)>> {
    let mut found = BTreeSet::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(text) = quoted(line, "name = ") {
            name = text;
        } else if let Some(version) = quoted(line, "version = ") {
            found.insert((name.to_owned(), version.parse().with_context(|| format!("version of {name}"))?));
        }
    }
    Ok(found)
}

fn quoted<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    line.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

fn is_sound(version: &Version, ranges: &str) -> anyhow::Result<bool> {
    for range in ranges.split('|').map(str::trim).filter(|range| !range.is_empty()) {
        if VersionReq::parse(range).with_context(|| format!("range {range}"))?.matches(version) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `npm audit`, else the kept list.
fn packages() -> anyhow::Result<()> {
    let audit = npm(&["audit", "--json", "--audit-level=moderate"]).output().context("npm audit")?;
    let report: serde_json::Value = serde_json::from_slice(&audit.stdout).context("the report of npm audit")?;
    if report.get("vulnerabilities").is_none() {
        let lock = fs::read(root().join("ui/package-lock.json")).context("ui/package-lock.json")?;
        return compare(KEPT_PACKAGES, &locked_packages(&lock)?);
    }
    if !audit.status.success() {
        bail!("npm audit: {}", report["metadata"]["vulnerabilities"]);
    }
    Ok(())
}

fn locked_packages(lock: &[u8]) -> anyhow::Result<BTreeSet<(String, Version)>> {
    let lock: serde_json::Value = serde_json::from_slice(lock).context("ui/package-lock.json")?;
    let packages = lock["packages"].as_object().context("packages of ui/package-lock.json")?;
    let mut found = BTreeSet::new();
    for (place, package) in packages {
        if let (Some((_, name)), Some(version)) = (place.rsplit_once("node_modules/"), package["version"].as_str()) {
            found.insert((name.to_owned(), version.parse().with_context(|| format!("version of {name}"))?));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
