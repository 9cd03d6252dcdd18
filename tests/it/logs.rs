//! Everything that the program logs while the tests run.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// More than ships: the program's own crates tell all, the others what a default run shows.
const FILTER: &str = "info,zhenxin_app=trace,zhenxin_store=trace,zhenxin_sync=trace,zhenxin_district=trace,\
                      zhenxin_documents=trace,zhenxin_protocol=trace,zhenxin_domain=trace";

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

/// From now on, for all threads.
pub fn capture() {
    static SET: OnceLock<()> = OnceLock::new();
    SET.get_or_init(|| {
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(FILTER)).with_ansi(false).with_writer(Lines).init();
    });
}

/// What was logged so far, by all tests.
pub fn captured() -> Vec<u8> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
