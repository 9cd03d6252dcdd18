//! Verification, backups and bundles.

use std::fs::File;
use std::io::BufReader;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::commands::{day_time, named, say};
use super::place::Place;
use crate::config::Config;
use crate::console::act::Kind;
use crate::running::LISTENING_FILE;
use crate::server::Site;
use crate::store::backup::{Kept, Replace};
use crate::store::console::act::NewAct;
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
    /// 先修补损坏的记录: 哈希由记录内容改正, 内容向镇街的电脑要回.
    #[arg(long)]
    mend: bool,
}

impl Verify {
    /// Checks everything; fails where something is wrong.
    pub(super) fn run(self) -> Result<()> {
        let store = self.place.open()?;
        if self.mend {
            let done = store.mend_ops()?;
            if done.mended + done.asked_back > 0 && !self.json {
                say(&format!("改正了 {} 条，向镇街要回 {} 条。", done.mended, done.asked_back))?;
            }
        }
        let verdict = store.verify()?;
        if self.json {
            say(&serde_json::to_string(&verdict)?)?;
        } else {
            for finding in &verdict.findings {
                say(&format!("{}  {}  {}", finding.table, finding.place, finding.what))?;
            }
        }
        if !verdict.is_sound() {
            bail!(
                "核对了 {} 行，有 {} 处不对；请先备份数据目录，再用 verify --mend 修补，修不好的用 restore 恢复",
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
        let store = self.place.open()?;
        let restored = store.restore(&self.file, replace)?;
        let made_at = day_time(restored.made_at_ms);
        let object = format!("备份时间 {made_at}");
        let act = NewAct { account: "", act: Kind::Restored.as_code(), about: "", object: &object };
        store.note_act(&act, (clock::system())())?;
        say(&format!("已恢复 {} 行，备份时间 {made_at}。", restored.rows))?;
        say("镇街的电脑下次同步时会自动补上备份之后的记录。")?;
        match restored.kept {
            Some(Kept { damaged: 0 }) => {
                say("备份之后停用的电脑和账号、用过的接入码、支出权、下发的表和操作记录，都按原来的库保留。")
            }
            Some(Kept { damaged }) => {
                say("备份之后停用的电脑和账号、用过的接入码、支出权、下发的表和操作记录，都按原来的库保留；")?;
                say(&format!("但原来的库里有 {damaged} 行已损坏，没能保留。请到管理台逐个核对停用的电脑和账号。"))
            }
            None => {
                say("这里没有原来的库，备份之后的改动无从得知，所以：")?;
                say("  备份里的接入码全部作废，请给要接入的电脑重新生成；")?;
                say("  支出权全部收回，镇街的电脑下次同步时重新申请；")?;
                say("  备份之后停用的电脑和账号，请马上再停用一次；改过密码的账号，请用 account reset 重置。")
            }
        }
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
    /// 镇街代码 (9 位).
    #[arg(long)]
    town: String,
    /// 电脑编号, 见 towns.
    #[arg(long)]
    device: String,
    /// 数据包文件 (.zxb).
    file: PathBuf,
}

impl BundleOut {
    /// Writes a bundle for a device.
    pub(super) fn run(self) -> Result<()> {
        let (town, device) = named(&self.town, &self.device)?;
        let report = bundle::give_out_file(&*site(&self.place)?, town, device, &self.file)?;
        say(&format!("已导出 {} 条记录、{} 个附件：{}", report.ops, report.blobs, self.file.display()))?;
        if report.full {
            say("一个文件装不下，余下的没有装进去。等这台电脑导入并带回它的数据包，再导出一次。")?;
        }
        if report.held_back {
            bail!("有损坏的记录没有导出，它之前的都在文件里；镇街的电脑联网或带来数据包时会补回，补回后再导出一次");
        }
        Ok(())
    }
}

fn site(place: &Place) -> Result<std::sync::Arc<Site>> {
    Ok(Site::open(&Config { store: place.url()?, ..Config::local(&place.data) })?)
}
