//! The district platform on a terminal: what the program `zhenxin-district` is.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use crate::clock;
use crate::config::{CertificateFiles, Config, DISTRICT_NAME};
use crate::running::District;

mod commands;

/// 区平台: 接入镇街电脑, 给记录排序, 转交已加密的钥匙.
#[derive(Parser)]
#[command(name = "zhenxin-district", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动区平台.
    Serve(Serve),
    /// 生成一次性接入码 (区平台运行时也可以).
    Enrol(commands::Enrol),
    /// 列出镇街、电脑、记录数和最近联系时间.
    Towns(commands::Towns),
    /// 停用一台电脑; 它的记录都保留.
    Revoke(commands::Revoke),
}

#[derive(clap::Args)]
struct Serve {
    /// 数据目录.
    #[arg(long)]
    data: PathBuf,
    /// 监听地址; 端口 0 表示任选一个空闲端口.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// 证书链 PEM 文件; 不给则自建.
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    /// 私钥 PEM 文件.
    #[arg(long, requires = "cert")]
    key: Option<PathBuf>,
    /// 自建证书还要包含的主机名或地址, 可重复.
    #[arg(long)]
    host: Vec<String>,
    /// 平台名称, 显示给镇街.
    #[arg(long, default_value = DISTRICT_NAME)]
    name: String,
}

/// Reads the command line, does what it says, and tells how it went.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    let done = match arguments.command {
        Command::Serve(serve) => run(serve),
        Command::Enrol(enrol) => enrol.run(),
        Command::Towns(towns) => towns.run(),
        Command::Revoke(revoke) => revoke.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // where even this cannot be written, the exit code still tells
            let _unheard = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: Serve) -> Result<()> {
    let certificate = match (serve.cert, serve.key) {
        (Some(chain_pem), Some(key_pem)) => Some(CertificateFiles { chain_pem, key_pem }),
        (None, None) => None,
        _ => bail!("--cert 和 --key 要一起给"),
    };
    let district = District::start(&Config {
        data_dir: serve.data,
        listen: serve.listen,
        certificate,
        hosts: serve.host,
        name: serve.name,
        clock: clock::system(),
    })?;
    commands::say(&format!("区平台已启动：{}", district.url()))?;
    if let Some(path) = district.ca_pem() {
        commands::say(&format!("根证书 （交给镇街）: {}", path.display()))?;
    }
    commands::say(&format!("SHA-256 指纹：{}", district.fingerprint()))?;
    let stop = district.stopper();
    std::thread::Builder::new()
        .name("signal".to_owned())
        .spawn(move || {
            if let Err(error) = wait_for_signal() {
                tracing::error!(%error, "signals cannot be heard");
                return;
            }
            stop();
        })
        .context("系统资源不足，请稍后重新启动")?;
    district.wait()
}

/// Returns at Ctrl-C or, on Unix, at SIGTERM.
fn wait_for_signal() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(unix)]
        {
            let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                heard = tokio::signal::ctrl_c() => heard?,
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    })
}
