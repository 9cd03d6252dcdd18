//! What goes to the two outputs, and the exit codes.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use serde::Serialize;
use serde_json::Value;
use zhenxin_app::contract::Fault;

use crate::Refusal;

const USAGE_HINT: &str = "运行 zhenxinctl --help 查看全部用法。";

/// The ordinary output.
#[derive(Clone, Copy)]
pub struct Output {
    /// Replies as JSON instead of text.
    pub json: bool,
}

impl Output {
    /// Writes a reply: JSON, or the text made of it.
    pub fn reply<T: Serialize>(&self, reply: &T, text: impl FnOnce() -> String) -> Result<(), Refusal> {
        if self.json {
            return self.line(&to_json(reply)?.to_string());
        }
        self.line(text().trim_end())
    }

    /// Writes a reply that has no other form than JSON; laid out for people where `--json` was not asked for.
    pub fn value(&self, value: &Value) -> Result<(), Refusal> {
        if self.json { self.line(&value.to_string()) } else { self.line(&format!("{value:#}")) }
    }

    /// Writes text.
    pub fn line(&self, text: &str) -> Result<(), Refusal> {
        match writeln!(io::stdout().lock(), "{text}") {
            // whoever reads (head, less) has seen enough
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Shows progress, on a terminal only; the same line is written over.
    pub fn progress(&self, text: &str) {
        let mut terminal = io::stderr().lock();
        if terminal.is_terminal() {
            // a terminal that takes no progress is no reason to stop the work
            let _ = write!(terminal, "\r\x1b[K{text}").and_then(|()| terminal.flush());
        }
    }
}

/// A reply as JSON.
pub fn to_json<T: Serialize>(reply: &T) -> Result<Value, Refusal> {
    serde_json::to_value(reply).map_err(|_| crate::system("结果无法写成 JSON。").into())
}

/// Writes a refusal: one line of JSON.
pub fn report(fault: &Fault) {
    let text = serde_json::to_string(fault).unwrap_or_else(|_| fault.message.clone());
    // without an error output there is nobody left to tell; the exit code still says it
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says what is wrong with the command line.
pub fn usage(text: &str) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "{text}\n{USAGE_HINT}");
    ExitCode::from(2)
}

/// Answers what clap could not read: help and version are answers, all else is wrong usage.
pub fn explain(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = write!(io::stdout().lock(), "{}", error.render());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            usage(&format!("没有写明命令。\n\n{}", error.render()))
        }
        kind => usage(&in_words(kind, error)),
    }
}

fn in_words(kind: ErrorKind, error: &clap::Error) -> String {
    use clap::error::ContextKind::{InvalidArg, InvalidSubcommand, InvalidValue, SuggestedArg, SuggestedSubcommand};
    let named = |kind| error.get(kind).map(|value| value.to_string()).unwrap_or_default();
    let advice = match (named(SuggestedArg), named(SuggestedSubcommand)) {
        (one, two) if one.is_empty() && two.is_empty() => String::new(),
        (one, two) => format!("是否想写 {one}{two}？"),
    };
    match kind {
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{}。", named(InvalidArg)),
        ErrorKind::InvalidSubcommand => format!("没有名为 {} 的命令。{advice}", named(InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("不认识的参数：{}。{advice}", named(InvalidArg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("参数 {} 的值不对：{}。", named(InvalidArg), named(InvalidValue))
        }
        ErrorKind::ArgumentConflict => format!("参数 {} 写了两次，或与别的参数不能同时使用。", named(InvalidArg)),
        _ => "命令行写得不对。".to_owned(),
    }
}
