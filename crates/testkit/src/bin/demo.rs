//! `demo --data DIR` builds the demonstration town; `demo --headless` does the main job once in a temporary folder.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use zhenxin_testkit::demo;

#[derive(Parser)]
struct Arguments {
    /// Folder for the demonstration: PCs, district, demo.json.
    #[arg(long, required_unless_present = "headless")]
    data: Option<PathBuf>,
    /// Does the main job once and prints each step with its figures.
    #[arg(long)]
    headless: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut say = |text: &str| println!("{text}");
    if arguments.headless {
        let folder = tempfile::tempdir()?;
        let place = arguments.data.as_deref().unwrap_or(folder.path());
        return demo::main_job(place, &mut say);
    }
    demo::build(&arguments.data.context("--data is missing")?, &mut say)
}
