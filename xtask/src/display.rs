//! A display without a screen. Also used by tests/shell.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Xvfb on a display number of its own choice; ends with this value.
pub struct Display {
    server: Child,
    /// For the variable `DISPLAY`.
    pub name: String,
}

impl Display {
    /// Starts one of the size of the office screens (1366×768).
    ///
    /// # Errors
    /// Xvfb is not installed or found no free display number.
    pub fn start() -> std::io::Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            // it has ended already or is of no use
            let _ = server.kill();
            let _ = server.wait();
            return Err(std::io::Error::other("Xvfb found no free display"));
        }
        Ok(Self { server, name: format!(":{}", number.trim()) })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
