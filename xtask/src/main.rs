//! The project's own commands: `cargo xtask run | test | gen | bench | sim | fuzz | setup`.
//!
//! # Invariants
//! - Builds with a bare Rust toolchain: it is what installs everything else.
//! - Every cargo call selects the whole workspace and one profile, so that no dependency is compiled twice with
//!   different features; see [`cargo`].
//! - Processes that it starts end with it; see [`process`].
//!
//! # Deliberately absent
//! It depends on none of the project's crates: it must work while they do not compile.

// a command line tool speaks on the terminal
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod cargo;
mod dependencies;
mod display;
mod fuzz;
mod generate;
mod machine;
mod process;
mod run;
mod screens;
mod sim;
mod startup;
mod testing;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask run [--fresh] [--headless]   demonstration town with a local district, in a window (or a browser)
cargo xtask test                         everything that must hold before a change lands
cargo xtask gen [--check]                writes (or checks) what is generated from the command list
cargo xtask bench [NAME...]              measures, with floors in the same run; `startup` is one of the names
cargo xtask sim --seeds N [--from S]     the simulation over N seeds; --seed S [--trace] replays one
cargo xtask fuzz --cases N [--parser X]   hostile bytes for every parser; --parser X --replay FILE feeds one
cargo xtask deps                         licences, sources and known faults of crates and packages of others
cargo xtask setup                        installs what is missing on this machine (Debian packages, npm packages)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["run", options @ ..] => run::run(options),
        ["test"] => testing::test(),
        ["gen"] => generate::write(),
        ["gen", "--check"] => generate::check(),
        ["bench", names @ ..] => bench::bench(names),
        ["sim", words @ ..] => sim::sim(words),
        ["fuzz", words @ ..] => fuzz::fuzz(words),
        ["deps"] => dependencies::check(),
        ["setup"] => machine::prepare(machine::Purpose::Test).and_then(|()| screens::install()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
