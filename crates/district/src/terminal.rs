//! The district platform on a terminal: what the program `zhenxin-district` is.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use zhenxin_protocol::wire::limits::TOWN_QUOTA_BYTES;

use crate::config::{CertificateFiles, Config, DISTRICT_NAME};
use crate::running::District;
use crate::{clock, logs, random};

mod account;
mod commands;
mod place;
mod upkeep;

use place::Place;

/// A shorter token could be guessed.
const METRICS_TOKEN_MIN_CHARS: usize = 20;

/// Bytes of a gigabyte, as disks are sold.
const GB: u64 = 1_000_000_000;

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
    /// 管理台的账号.
    Account(account::Account),
    /// 逐条核对库里的全部数据.
    Verify(upkeep::Verify),
    /// 把全部数据写成一个备份文件 (区平台运行时也可以).
    Backup(upkeep::Backup),
    /// 从备份文件恢复 (先停止区平台).
    Restore(upkeep::Restore),
    /// 读入镇街用U盘送来的数据包.
    BundleIn(upkeep::BundleIn),
    /// 给一台电脑导出数据包.
    BundleOut(upkeep::BundleOut),
}

#[derive(clap::Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// 每个镇街的附件最多占多少 GB.
    #[arg(long, default_value_t = TOWN_QUOTA_BYTES / GB, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    quota_gb: u64,
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
    /// 这个文件的第一行是读 /metrics 的令牌; 本机的程序不用令牌.
    #[arg(long)]
    metrics_token_file: Option<PathBuf>,
    /// 日志每行一个 JSON 对象.
    #[arg(long)]
    log_json: bool,
}

/// Reads the command line, does what it says, and tells how it went.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logs::begin(matches!(&arguments.command, Command::Serve(serve) if serve.log_json));
    let done = match arguments.command {
        Command::Serve(serve) => run(serve),
        Command::Enrol(enrol) => enrol.run(),
        Command::Towns(towns) => towns.run(),
        Command::Revoke(revoke) => revoke.run(),
        Command::Account(account) => account.run(),
        Command::Verify(verify) => verify.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::BundleIn(bundle) => bundle.run(),
        Command::BundleOut(bundle) => bundle.run(),
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
        store: serve.place.url()?,
        data_dir: serve.place.data,
        listen: serve.listen,
        certificate,
        hosts: serve.host,
        name: serve.name,
        clock: clock::system(),
        random: random::system(),
        blob_quota_bytes: serve.quota_gb * GB,
        metrics_token: serve.metrics_token_file.as_deref().map(read_token).transpose()?,
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

/// The first line of a file; a token on the command line could be read by others of the machine.
fn read_token(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("不能读 {}，请检查路径和权限", file.display()))?;
    let token = text.lines().next().unwrap_or_default().trim();
    if token.len() < METRICS_TOKEN_MIN_CHARS {
        bail!("{} 的第一行应是至少 {METRICS_TOKEN_MIN_CHARS} 个字符的令牌，请换长一些的", file.display());
    }
    Ok(token.to_owned())
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
