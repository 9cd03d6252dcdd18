//! `zhenxinctl`: the program's commands on a terminal, for administrators, scripts and tests.
//!
//! # Invariants
//! - It calls the same command list as the window; no rule lives here.
//! - Exit 0 means done, 1 refused (one Fault as one line of JSON on the error output), 2 wrong usage.
//! - The ordinary output is Chinese text; with `--json` it is the reply as JSON and nothing else.
//! - Nothing but a Fault goes to the error output, unless it is a terminal (progress) or `ZHENXIN_LOG` asks for more.
//!
//! # Deliberately absent
//! No password on the command line (other users of the machine could read it), no remembered session: every call
//! signs in by itself.

mod arguments;
mod backups;
mod bundles;
mod calls;
mod importing;
mod output;
mod papers;
mod session;
mod table;

use std::process::ExitCode;

use zhenxin_app::contract::{Fault, FaultCode};

use crate::arguments::{Arguments, Verb};
use crate::output::Output;
use crate::session::Session;

/// Why a call did not do what was asked.
#[derive(Debug)]
pub enum Refusal {
    /// The command line itself is wrong.
    Usage(String),
    /// The program refused.
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(system(format!("读写失败（{}）。请检查磁盘和权限后再试。", error.kind())))
    }
}

fn system(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::System, message)
}

fn main() -> ExitCode {
    start_log();
    // never the panic's own text: it can quote a value
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let fault = system(format!("程序内部出错（位置 {place}），已保存的内容不受影响。请把这个位置告诉维护人员。"));
        output::report(&fault);
    }));
    let arguments = match arguments::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(parsed) => return output::explain(&parsed),
    };
    // the hook has already said everything there is to say
    let Ok(outcome) = std::panic::catch_unwind(move || run(arguments)) else { return ExitCode::from(1) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Refusal::Usage(text)) => output::usage(&text),
        Err(Refusal::Fault(fault)) => {
            output::report(&fault);
            ExitCode::from(1)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Refusal> {
    let output = Output { json: arguments.json };
    // the contract is the same for every town, so it needs no data
    if let Verb::Contract { typescript, permissions } = arguments.verb {
        return calls::contract(&output, typescript, permissions);
    }
    let session = Session::open(arguments.data, arguments.user)?;
    match arguments.verb {
        Verb::Contract { .. } => Ok(()),
        Verb::Init { town, admin, name, label } => session.init(&output, town, admin, name, label),
        Verb::Ask { name, request } => calls::ask(&session, &output, &name, request.as_deref()),
        Verb::Act { name, request } => calls::act(&session, &output, &name, request.as_deref()),
        Verb::Import { what, file, village, dry_run, errors } => {
            importing::run(&session, &output, importing::Wanted { what, file, village, dry_run, errors })
        }
        Verb::Search { text } => papers::search(&session, &output, text),
        Verb::Statement { resident, file } => papers::statement(&session, &output, resident, &file),
        Verb::Sync => calls::sync(&session, &output),
        Verb::BundleOut { file, to } => bundles::export(&session, &output, &file, to),
        Verb::BundleIn { file } => bundles::import(&session, &output, &file),
        Verb::Enrol { url, code, ca } => calls::enrol(&session, &output, url, code, ca),
        Verb::Verify => calls::verify(&session, &output),
        Verb::Backup => backups::make(&session, &output),
        Verb::Backups => backups::list(&session, &output),
        Verb::Rehearse { backup } => backups::rehearse(&session, &output, backup.as_deref()),
        Verb::Restore { backup, yes } => backups::restore(&session, &output, &backup, yes),
    }
}

fn start_log() {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("ZHENXIN_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}

#[cfg(test)]
mod tests;
