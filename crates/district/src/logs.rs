//! Logs to the standard error: lines for people, or JSON objects for a collector. What is logged are device ids, counts,
//! codes and places in the program; never a body, a token, a password or a name.

use tracing_subscriber::EnvFilter;

/// Begins logging; `RUST_LOG` chooses what, `info` by default.
pub(crate) fn begin(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    if json {
        lines.json().flatten_event(true).init();
    } else {
        lines.init();
    }
}
