//! A district that listens.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

use crate::config::Config;
use crate::console::counting;
use crate::server::{Site, router};
use crate::tls::{self, Tls};

/// File in the data folder that holds the address while the district runs.
pub const LISTENING_FILE: &str = "listening";

/// How long requests under way may take at the end.
const GRACE: Duration = Duration::from_secs(5);

/// A connection must bring its first request within this time, and each
/// request its header: an idle or dripping line holds nothing for long.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Streams of one connection; a device needs one or two.
const STREAMS_MAX: u32 = 16;

/// A running district; it stops when dropped.
pub struct District {
    address: SocketAddr,
    ca_pem: Option<PathBuf>,
    fingerprint: String,
    listening_file: PathBuf,
    handle: Handle<SocketAddr>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl District {
    /// Opens the store, binds, and serves on a thread of its own.
    ///
    /// # Errors
    /// Store, certificates or address.
    pub fn start(config: &Config) -> Result<Self> {
        let site = Site::open(config)?;
        let Tls { config: tls, ca_pem, fingerprint } = tls::prepare(config)?;
        let listener = TcpListener::bind(config.listen)
            .with_context(|| format!("不能监听 {}，地址可能被占用，请换一个端口", config.listen))?;
        let address = listener.local_addr()?;
        let handle = Handle::new();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let serving = handle.clone();
        let counting = counting::Worker::start(Arc::clone(&site))?;
        let thread = std::thread::Builder::new().name("district".to_owned()).spawn(move || {
            // this thread keeps the store to the end: the last one to let go of it may block
            let served = runtime.block_on(serve(listener, tls, serving, Arc::clone(&site)));
            drop(runtime);
            drop(counting);
            drop(site);
            Ok(served?)
        })?;
        let listening_file = config.data_dir.join(LISTENING_FILE);
        fs::write(&listening_file, format!("https://{address}\n"))
            .with_context(|| format!("不能写入 {}，请检查磁盘和权限", listening_file.display()))?;
        tracing::info!(%address, "listening");
        Ok(Self { address, ca_pem, fingerprint, listening_file, handle, thread: Some(thread) })
    }

    /// The address that was bound.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://` and the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Path of the self-made authority's certificate.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&Path> {
        self.ca_pem.as_deref()
    }

    /// SHA-256 of the certificate to compare.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Ends the requests under way and stops.
    ///
    /// # Errors
    /// A fault while serving.
    pub fn stop(mut self) -> Result<()> {
        self.handle.graceful_shutdown(Some(GRACE));
        self.join()
    }

    /// Serves until somebody stops it through [`District::stopper`].
    ///
    /// # Errors
    /// A fault while serving.
    pub fn wait(mut self) -> Result<()> {
        self.join()
    }

    /// A function that stops the district, for a signal.
    pub fn stopper(&self) -> impl Fn() + Send + 'static {
        let handle = self.handle.clone();
        move || handle.graceful_shutdown(Some(GRACE))
    }

    fn join(&mut self) -> Result<()> {
        let served = match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| anyhow!("服务线程意外结束，请查看日志后重新启动"))?,
            None => Ok(()),
        };
        if let Err(error) = fs::remove_file(&self.listening_file) {
            tracing::warn!(%error, "the file with the address stays behind");
        }
        served
    }
}

impl Drop for District {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.handle.shutdown();
            if let Err(error) = self.join() {
                tracing::error!(%error, "stopped with a fault");
            }
        }
    }
}

async fn serve(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    handle: Handle<SocketAddr>,
    site: Arc<Site>,
) -> std::io::Result<()> {
    let mut server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls))?
        .handle(handle)
        .first_request_timeout(FIRST_REQUEST_TIMEOUT);
    let builder = server.http_builder();
    builder.http1().header_read_timeout(FIRST_REQUEST_TIMEOUT);
    builder
        .http2()
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(Some(Duration::from_secs(30)))
        .keep_alive_timeout(Duration::from_secs(20));
    server.serve(router(site).into_make_service_with_connect_info::<SocketAddr>()).await
}

#[cfg(test)]
mod tests;
