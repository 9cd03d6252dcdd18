//! The desktop program's commands over loopback HTTP: for the browser tests, and to see the screens on a machine
//! without a display. Never shipped.
//!
//! # Invariants
//! - Serves loopback addresses only and answers requests only that name such an address (`Host`), come from its own
//!   page (`Origin`) and carry the token of this start (cookie): see [`guard`].
//! - Sends the screens with the same content security policy as the window: it is read from tauri.conf.json.
//! - Serves the same command list as the window; no rule lives here.
//!
//! # Deliberately absent
//! TLS and users of its own (it is one person's own machine), any other address than loopback.

mod calls;
mod changes;
mod guard;
mod pages;
mod server;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Parser;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use zhenxin_app::{App, AppConfig};

use crate::guard::Guard;
use crate::server::Served;

/// Serves the screens of one data folder on this machine.
#[derive(Parser)]
#[command(name = "zhenxin-devhost", version)]
struct Arguments {
    /// Data folder; made where it is missing.
    #[arg(long)]
    data: PathBuf,
    /// Loopback address; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The built screens.
    #[arg(long, default_value = "ui/dist")]
    ui: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("ZHENXIN_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // never the panic's own text: it can quote a value
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    let arguments = Arguments::parse();
    if !arguments.listen.ip().is_loopback() {
        bail!("{} is not a loopback address: this host serves only the machine it runs on", arguments.listen);
    }
    if !arguments.ui.join("index.html").is_file() {
        bail!("no screens in {}: run `npm ci && npm run build` in ui/ first", arguments.ui.display());
    }
    std::fs::create_dir_all(&arguments.data)?;
    let app = App::open(AppConfig::new(arguments.data));
    if let Ok(app) = &app {
        app.start_background_sync();
    }
    // the app's own calls block, so they get threads of their own beside the two that serve
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await.context("the address is taken")?;
        let guard = Guard::new(listener.local_addr()?)?;
        announce(&guard)?;
        let router = server::router(Served::new(app), guard, &arguments.ui)?;
        axum::serve(listener, router).with_graceful_shutdown(asked_to_stop()).await?;
        Ok(())
    })
}

/// One line of JSON, so that whoever started this process knows where it answers.
fn announce(guard: &Guard) -> anyhow::Result<()> {
    let line = serde_json::json!({ "address": guard.address(), "open": guard.entrance() });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            // an open event stream would hold the graceful stop for ever
            tokio::spawn(async {
                tokio::time::sleep(std::time::Duration::from_secs(2)).await;
                std::process::exit(0);
            });
            return;
        }
    }
    if let Err(error) = interrupted.await {
        tracing::error!(%error, "cannot listen for the interrupt");
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests;
