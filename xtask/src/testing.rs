//! `cargo xtask test`: everything that must hold before a change lands, as steps; the last line counts them.

use std::process::Command;
use std::time::Instant;

use anyhow::bail;

use crate::cargo::{cargo, target};
use crate::machine::{Purpose, prepare};
use crate::process::complete;
use crate::{dependencies, fuzz, generate, screens, sim};

type Step = (&'static str, fn() -> anyhow::Result<()>);

/// In this order: what fails soonest stands first, and the one long build serves all steps after it.
const STEPS: &[Step] = &[
    ("machine", || prepare(Purpose::Test)),
    ("format", || complete(cargo().args(["fmt", "--all", "--check"]))),
    // embedded into the window, so before anything is compiled
    ("screens: build", screens::build),
    ("screens: lint", || complete(&mut screens::npm(&["run", "lint"]))),
    ("screens: types", || complete(&mut screens::npm(&["run", "check"]))),
    ("screens: unit tests", || complete(&mut screens::npm(&["test"]))),
    ("crates and packages of others", dependencies::check),
    ("clippy", || complete(&mut clippy())),
    ("programs", || complete(cargo().args(["build", "--workspace", "--bins"]))),
    ("generated files", generate::check),
    ("tests", || complete(&mut tests())),
    ("simulation", sim::step),
    ("hostile bytes", fuzz::step),
    ("tests in a browser", || complete(&mut browser_tests()?)),
    // not part of the tests above: it needs a display server, which only this command sees to
    ("test in a window", || complete(cargo().args(["test", "--workspace", "--test", "shell"]))),
    ("documentation", || {
        complete(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
];

/// Runs all steps, also after one has failed: one run tells everything that is wrong.
pub fn test() -> anyhow::Result<()> {
    let mut report = Vec::new();
    let mut failed = 0;
    for (name, step) in STEPS {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = step();
        let seconds = started.elapsed().as_secs();
        match outcome {
            Ok(()) => report.push(format!("passed  {seconds:>5} s  {name}")),
            Err(error) => {
                eprintln!("{error:#}");
                failed += 1;
                report.push(format!("FAILED  {seconds:>5} s  {name}: {error:#}"));
            }
        }
    }
    println!("\n{}", report.join("\n"));
    println!("{} passed, {failed} failed", STEPS.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} steps failed", STEPS.len());
    }
    Ok(())
}

/// `--all-targets` passes over the test in a window, which plain `cargo test` must not run.
fn clippy() -> Command {
    let mut clippy = cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--test", "shell", "--", "-D", "warnings"]);
    clippy
}

/// Keys are kept by password: the tests must not write into the keyring of whoever runs them.
fn tests() -> Command {
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--no-fail-fast"]).env("ZHENXIN_KEYRING", "off");
    tests
}

/// The browser tests start the programs of the debug build; they ask this variable where it lies.
fn browser_tests() -> anyhow::Result<Command> {
    let mut tests = screens::npm(&["run", "e2e"]);
    tests.env("CARGO_TARGET_DIR", target()?).env("ZHENXIN_KEYRING", "off");
    Ok(tests)
}
