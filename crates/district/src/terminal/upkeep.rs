//! Verification, backups and bundles.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use zhenxin_domain::ids::DeviceId;

use super::commands::{day_time, say};
use super::place::Place;
use crate::config::Config;
use crate::running::LISTENING_FILE;
use crate::server::Site;
use crate::store::backup::Replace;
use crate::{bundle, clock};

/// How long a running district may take to answer the knock at its port.
const KNOCK: Duration = Duration::from_millis(500);

/// `verify`.
#[derive(clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    place: Place,
    /// 以 JSON 输出.
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Checks everything; fails where something is wrong.
    pub(super) fn run(self) -> Result<()> {
        let verdict = self.place.open()?.verify()?;
        if self.json {
            say(&serde_json::to_string(&verdict)?)?;
        } else {
            for finding in &verdict.findings {
                say(&format!("{}  {}  {}", finding.table, finding.place, finding.what))?;
            }
        }
        if !verdict.is_sound() {
            bail!(
                "核对了 {} 行，有 {} 处不对；请先备份数据目录，再用 restore 恢复",
                verdict.rows,
                verdict.findings.len()
            );
        }
        if self.json { Ok(()) } else { say(&format!("核对了 {} 行，全部完好。", verdict.rows)) }
    }
}

/// `backup`.
#[derive(clap::Args)]
pub(super) struct Backup {
    #[command(flatten)]
    place: Place,
    /// 备份文件.
    file: PathBuf,
}

impl Backup {
    /// Writes a backup.
    pub(super) fn run(self) -> Result<()> {
        let report = self.place.open()?.backup(&self.file, (clock::system())())?;
        say(&format!("已备份 {} 行，{} 字节：{}", report.rows, report.bytes, self.file.display()))?;
        say("备份里有区平台的钥匙，请锁好。")?;
        if report.damaged > 0 {
            bail!("备份里有 {} 行已损坏，请运行 verify 查看", report.damaged);
        }
        Ok(())
    }
}

/// `restore`.
#[derive(clap::Args)]
pub(super) struct Restore {
    #[command(flatten)]
    place: Place,
    /// 备份文件.
    file: PathBuf,
    /// 库里已有数据也替换.
    #[arg(long)]
    replace: bool,
}

impl Restore {
    /// Puts a backup in the place of what is there.
    pub(super) fn run(self) -> Result<()> {
        if listens(&self.place) {
            bail!("区平台正在运行，请先停止再恢复");
        }
        let replace = if self.replace { Replace::Yes } else { Replace::No };
        let report = self.place.open()?.restore(&self.file, replace)?;
        say(&format!("已恢复 {} 行，备份时间 {}。", report.rows, day_time(report.made_at_ms)))?;
        say("镇街的电脑下次同步时会自动补上备份之后的记录。")
    }
}

/// Whether a district answers at the address that its data folder names.
fn listens(place: &Place) -> bool {
    let Ok(text) = std::fs::read_to_string(place.data.join(LISTENING_FILE)) else { return false };
    let address = text.trim().trim_start_matches("https://").parse::<SocketAddr>();
    address.is_ok_and(|address| TcpStream::connect_timeout(&address, KNOCK).is_ok())
}

/// `bundle-in`.
#[derive(clap::Args)]
pub(super) struct BundleIn {
    #[command(flatten)]
    place: Place,
    /// 数据包文件 (.zxb).
    file: PathBuf,
}

impl BundleIn {
    /// Takes what is in a bundle.
    pub(super) fn run(self) -> Result<()> {
        let file = File::open(&self.file).with_context(|| format!("打不开 {}", self.file.display()))?;
        let site = site(&self.place)?;
        let report = bundle::take_in(&site, BufReader::new(file))?;
        say(&report.to_string())?;
        match report.trouble {
            Some(trouble) => bail!("{trouble}"),
            None => Ok(()),
        }
    }
}

/// `bundle-out`.
#[derive(clap::Args)]
pub(super) struct BundleOut {
    #[command(flatten)]
    place: Place,
    /// 电脑编号, 见 towns.
    #[arg(long)]
    device: String,
    /// 数据包文件 (.zxb).
    file: PathBuf,
}

impl BundleOut {
    /// Writes a bundle for a device.
    pub(super) fn run(self) -> Result<()> {
        let device: DeviceId = self.device.parse().context("--device 不是电脑编号，请从 towns 的列表里复制")?;
        let site = site(&self.place)?;
        let file = File::create(&self.file).with_context(|| format!("不能写入 {}", self.file.display()))?;
        let report = bundle::give_out(&site, device, BufWriter::new(file))?;
        say(&format!("已导出 {} 条记录：{}", report.ops, self.file.display()))
    }
}

fn site(place: &Place) -> Result<std::sync::Arc<Site>> {
    Ok(Site::open(&Config { store: place.url()?, ..Config::local(&place.data) })?)
}
