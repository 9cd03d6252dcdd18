//! Commands that are waited for, and processes that end with this one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use anyhow::{Context, bail};

/// Where the workspace lies.
pub fn root() -> &'static Path {
    // xtask/ lies directly below it
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A command that starts in the workspace, without what `cargo run` put into the environment for xtask itself
/// (build scripts would see it as a change and compile anew).
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "LD_LIBRARY_PATH" {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs to the end; anything but success is an error.
pub fn complete(command: &mut Command) -> anyhow::Result<()> {
    let words = in_words(command);
    let status = command.status().with_context(|| format!("cannot start `{words}`"))?;
    if !status.success() {
        bail!("`{words}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end and gives what it printed.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let words = in_words(command);
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start `{words}`"))?;
    if !output.status.success() {
        bail!("`{words}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{words}` printed something that is not UTF-8"))
}

fn in_words(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// True when the system finds a program of this name.
pub fn is_there(program: &str) -> bool {
    let names =
        if cfg!(windows) { vec![format!("{program}.exe"), format!("{program}.cmd")] } else { vec![program.into()] };
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

/// A process that is ended when this value goes.
pub struct Running {
    child: Child,
    /// Asked to stop before it is ended, so that it can close its files.
    politely: bool,
}

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let words = in_words(command);
        let child = command.spawn().with_context(|| format!("cannot start `{words}`"))?;
        Ok(Self { child, politely: cfg!(unix) })
    }

    /// The process itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if self.politely {
            let asked = Command::new("kill").arg(self.child.id().to_string()).status();
            for _ in 0..50 {
                if asked.is_err() || matches!(self.child.try_wait(), Ok(Some(_))) {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
        // an error here means that it has ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file name of a program on this system.
pub fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
