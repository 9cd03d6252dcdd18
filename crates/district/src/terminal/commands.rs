//! The commands beside `serve`. They work on the data folder, while a server
//! runs on it or not.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Context, Result, bail};
use chrono::DateTime;
use serde::Serialize;

use zhenxin_domain::division::{Scope, TownCode, VillageCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::wire::limits::LABEL_MAX_CHARS;

use super::place::Place;
use crate::clock;
use crate::store::enrol::NewCode;
use crate::store::town::TownReport;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Longest validity of a code (30 days): a code is a key to a town.
const VALID_HOURS_MAX: u32 = 30 * 24;

/// China Standard Time, which has no daylight saving.
const CST_SECONDS: i32 = 8 * 3_600;

/// Writes one line to the standard output.
pub(super) fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// `enrol`.
#[derive(clap::Args)]
pub(super) struct Enrol {
    #[command(flatten)]
    place: Place,
    /// 镇街代码, 9 位.
    #[arg(long)]
    town: String,
    /// 电脑名称 (综合办 1 号机); 镇街接入时没有填写才用它.
    #[arg(long, default_value = "")]
    label: String,
    /// 只给这些村社 (12 位代码, 逗号分隔); 不给则为全镇.
    #[arg(long, value_delimiter = ',')]
    villages: Vec<String>,
    /// 有效小时数.
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=i64::from(VALID_HOURS_MAX)))]
    valid_hours: u32,
    /// 以 JSON 输出.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct CodeReport {
    code: String,
    town: String,
    scopes: Vec<String>,
    expires_at_ms: i64,
}

impl Enrol {
    /// Makes a code and prints it once.
    pub(super) fn run(self) -> Result<()> {
        let town: TownCode = self.town.parse()?;
        let villages = self
            .villages
            .iter()
            .map(|code| Ok(Scope::Village(code.parse::<VillageCode>()?)))
            .collect::<Result<Vec<_>>>()?;
        if villages.iter().any(|village| village.town() != town) {
            bail!("--villages 里有不属于 {town} 的村社，请核对后重新输入");
        }
        if self.label.chars().count() > LABEL_MAX_CHARS {
            bail!("电脑名称最多 {LABEL_MAX_CHARS} 个字，请改短");
        }
        let now_ms = (clock::system())();
        let valid_ms = i64::from(self.valid_hours) * HOUR_MS;
        let store = self.place.open()?;
        let code =
            store.make_code(&NewCode { town, label: self.label, villages: villages.clone(), valid_ms }, now_ms)?;
        let report = CodeReport {
            code: code.to_string(),
            town: town.to_string(),
            scopes: match villages.is_empty() {
                true => vec![town.to_string()],
                false => villages.iter().map(Scope::to_string).collect(),
            },
            expires_at_ms: now_ms + valid_ms,
        };
        if self.json {
            return say(&serde_json::to_string(&report)?);
        }
        say(&format!("接入码：{}", report.code))?;
        say(&format!("用于 {town}，只能用一次，{} 前有效。本码只显示这一次。", day_time(report.expires_at_ms)))
    }
}

/// `towns`.
#[derive(clap::Args)]
pub(super) struct Towns {
    #[command(flatten)]
    place: Place,
    /// 以 JSON 输出.
    #[arg(long)]
    json: bool,
}

impl Towns {
    /// Prints towns and devices.
    pub(super) fn run(self) -> Result<()> {
        let towns = self.place.open()?.towns()?;
        if self.json {
            return say(&serde_json::to_string(&towns)?);
        }
        if towns.is_empty() {
            return say("还没有镇街。先用 enrol 生成接入码。");
        }
        towns.iter().try_for_each(|town| say(describe(town)?.trim_end()))
    }
}

fn describe(town: &TownReport) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "{}  记录 {}  退回 {}  待查 {}  钥匙 {}",
        town.town, town.ops, town.rejected, town.issues, town.keys
    )?;
    for device in &town.devices {
        let state = match (device.revoked_at_ms, device.forked_at_ms) {
            (Some(_), _) => "  已停用",
            (None, Some(_)) => "  数据分叉",
            (None, None) => "",
        };
        writeln!(
            text,
            "  {}  {}  范围 {}  发来 {}  最近联系 {}{state}",
            device.device,
            device.label,
            device.scopes,
            device.ops,
            device.contact_at_ms.map_or_else(|| "从未".to_owned(), day_time),
        )?;
    }
    Ok(text)
}

pub(super) fn day_time(ms: i64) -> String {
    let zone = chrono::FixedOffset::east_opt(CST_SECONDS);
    match (DateTime::from_timestamp_millis(ms), zone) {
        (Some(moment), Some(zone)) => moment.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        _ => "时间不明".to_owned(),
    }
}

/// A device by what a person copied from the list: the same id may stand in two towns.
pub(super) fn named(town: &str, device: &str) -> Result<(TownCode, DeviceId)> {
    let town = town.parse().context("--town 应为 9 位镇街代码")?;
    let device = device.parse().context("--device 不是电脑编号，请从 towns 的列表里复制")?;
    Ok((town, device))
}

/// `revoke`.
#[derive(clap::Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    place: Place,
    /// 镇街代码 (9 位).
    #[arg(long)]
    town: String,
    /// 电脑编号, 见 towns.
    #[arg(long)]
    device: String,
}

impl Revoke {
    /// Revokes a device.
    pub(super) fn run(self) -> Result<()> {
        let (town, device) = named(&self.town, &self.device)?;
        if self.place.open()?.revoke(town, device, (clock::system())())? {
            say("已停用。它的记录都保留。")
        } else {
            bail!("这个镇街没有这台电脑，请从 towns 的列表里复制编号")
        }
    }
}
