//! `bench [NAME…]`: prints our figures beside floors measured in the same run; see docs/BENCHMARKS.md.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use zhenxin_testkit::bench;

#[derive(Parser)]
struct Arguments {
    /// import, award, district, rehearsal, search, statements, sync, timebank; all where none is named.
    names: Vec<String>,
    /// Does one import and tells time and memory: the measurement starts itself as another process for this.
    #[arg(long, hide = true, value_name = "FILE")]
    import_child: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(file) = arguments.import_child {
        println!("{}", bench::import::child(&file)?);
        return Ok(());
    }
    if cfg!(debug_assertions) {
        println!("a debug build: the figures say nothing about what ships");
    }
    bench::run(&arguments.names, &mut |line| println!("{line}"))
}
