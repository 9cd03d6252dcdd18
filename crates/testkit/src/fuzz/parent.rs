//! Starts a process for each parser, gives it its limit of memory, and gathers what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use super::child::{CURRENT, ChildReport, HANGS, REPORT};
use super::{MEMORY_MAX_KIB, Parser};

/// What one parser's process has said, or how it died.
pub struct Outcome {
    /// Its figures; those of a process that died are empty.
    pub report: ChildReport,
    /// What was found: where the input lies, and what happened.
    pub findings: Vec<(PathBuf, String)>,
}

/// What all parsers of a run share.
pub struct Run<'r> {
    /// The program itself.
    pub program: &'r Path,
    /// How many cases, before each parser's share is taken.
    pub cases: u64,
    /// The same seed gives the same cases.
    pub seed: u64,
    /// Where findings go.
    pub folder: &'r Path,
    /// Only this input.
    pub replay: Option<&'r Path>,
}

/// Runs a parser in a process of its own.
pub fn run(parser: &Parser, run: &Run<'_>) -> Result<Outcome> {
    let folder = run.folder.join(parser.name);
    fs::create_dir_all(&folder)?;
    let mut command = limited(run.program);
    command.args(["--child", "--parser", parser.name]).arg("--cases").arg(run.cases.to_string());
    command.arg("--seed").arg(run.seed.to_string()).arg("--folder").arg(&folder);
    if let Some(file) = run.replay {
        command.arg("--replay").arg(file);
    }
    // one arena: address space that is only reserved for further threads is none that a parser took
    command.env("MALLOC_ARENA_MAX", "1").stdin(Stdio::null()).stdout(Stdio::null());
    let ended = command.status().with_context(|| format!("cannot start {}", run.program.display()))?;
    let said = folder.join(REPORT);
    if ended.success() {
        let report: ChildReport = serde_json::from_slice(&fs::read(&said)?)?;
        fs::remove_file(said)?;
        fs::remove_file(folder.join(CURRENT))?;
        return Ok(Outcome { findings: report.findings.clone(), report });
    }
    let left = folder.join(format!("died-{}", run.seed));
    if folder.join(CURRENT).exists() {
        fs::rename(folder.join(CURRENT), &left)?;
    }
    Ok(Outcome { report: ChildReport::default(), findings: vec![(left, death(ended))] })
}

fn death(ended: ExitStatus) -> String {
    match ended.code() {
        Some(HANGS) => "hangs".to_owned(),
        _ => format!("the process died ({ended}): out of memory or stack, or an abort"),
    }
}

/// The program behind a limit of its address space. The shell sets it: the standard library has no way to.
#[cfg(unix)]
fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -c 0; ulimit -v {MEMORY_MAX_KIB}; exec \"$0\" \"$@\"")]).arg(program);
    command
}

/// Without a shell that can, the process runs without a limit; machines of tests have one.
#[cfg(not(unix))]
fn limited(program: &Path) -> Command {
    let _none = MEMORY_MAX_KIB;
    Command::new(program)
}
