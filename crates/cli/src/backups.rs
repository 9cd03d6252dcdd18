//! `backup`, `backups`, `rehearse` and `restore`.

use serde_json::json;
use zhenxin_app::contract::backups::{
    BackupKept, BackupLine, BackupPlace, BackupRef, BackupShelf, Backups, FindingTone, Rehearsal, RestorePlan, Restored,
};
use zhenxin_app::contract::{Fault, FaultCode};

use crate::Refusal;
use crate::output::Output;
use crate::session::Session;
use crate::table::{Side, lay_out};

/// Makes a backup.
pub fn make(session: &Session, output: &Output) -> Result<(), Refusal> {
    let backups: Backups = session.act("back_up", &json!({}))?;
    output.reply(&backups, || format!("已备份。\n\n{}", words(&backups)))
}

/// Lists the backups.
pub fn list(session: &Session, output: &Output) -> Result<(), Refusal> {
    let backups: Backups = session.ask("backups", &json!({}))?;
    output.reply(&backups, || words(&backups))
}

fn words(backups: &Backups) -> String {
    let mut text = String::new();
    for finding in &backups.findings {
        let mark = match finding.tone {
            FindingTone::Good => "",
            FindingTone::Wait => "注意：",
            FindingTone::Fault => "要紧：",
        };
        text.push_str(&format!("{mark}{}{}\n", finding.words, finding.advice.as_deref().unwrap_or_default()));
    }
    for shelf in &backups.shelves {
        text.push_str(&format!("\n{}\n", place_words(shelf)));
        let rows: Vec<[String; 5]> = shelf.backups.iter().map(row).collect();
        if !rows.is_empty() {
            let heads = [
                ("备份", Side::Left),
                ("时间", Side::Left),
                ("记录", Side::Right),
                ("字节", Side::Right),
                ("保留", Side::Left),
            ];
            text.push_str(&lay_out(heads, &rows));
        }
    }
    text
}

fn place_words(shelf: &BackupShelf) -> String {
    let name = match shelf.place {
        BackupPlace::Here => "本机",
        BackupPlace::Second => "第二位置",
    };
    let state = if shelf.reachable { "" } else { "（现在打不开）" };
    format!("{name} {}{state}", shelf.folder)
}

fn row(line: &BackupLine) -> [String; 5] {
    let kept = match line.kept {
        Some(BackupKept::Day) => "日",
        Some(BackupKept::Week) => "周",
        Some(BackupKept::Month) => "月",
        Some(BackupKept::SameDay) => "当天",
        None => "",
    };
    let ops = line.ops.map_or_else(|| "读不出".to_owned(), |ops| ops.to_string());
    [line.backup.clone(), line.made_at.clone(), ops, line.bytes.to_string(), kept.to_owned()]
}

/// The backup of this name, here before the second place; the newest that can be read where none is named.
fn find(session: &Session, name: Option<&str>) -> Result<BackupRef, Refusal> {
    let backups: Backups = session.ask("backups", &json!({}))?;
    let all = backups.shelves.into_iter().flat_map(|shelf| shelf.backups);
    let found = all.into_iter().find(|line| match name {
        Some(name) => line.backup == name,
        None => line.readable,
    });
    let found = found.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这份备份，请用 backups 查看名称。"))?;
    Ok(BackupRef { place: found.place, backup: found.backup })
}

/// Proves that a backup gives the town back.
pub fn rehearse(session: &Session, output: &Output, name: Option<&str>) -> Result<(), Refusal> {
    let done: Rehearsal = session.act("rehearse_backup", &find(session, name)?)?;
    output.reply(&done, || {
        let mut text = format!(
            "{} 的备份：记录 {} 条，居民 {} 位，账目 {} 笔，账户合计 {}（应为 0），照片 {} 张，缺 {} 张；用时 {} 毫秒。\n",
            done.made_at,
            done.ops,
            done.residents,
            done.transfers,
            done.ledger_sum,
            done.files,
            done.files_missing,
            done.took_ms
        );
        for problem in &done.problems {
            text.push_str(&format!("问题：{problem}\n"));
        }
        text.push_str(if done.sound { "演练通过：这份备份可用。" } else { "演练没有通过。" });
        text
    })?;
    if done.sound {
        return Ok(());
    }
    Err(Fault::new(FaultCode::Store, "这份备份不能用。请另做一份备份，再演练一次。").into())
}

/// Says what a restore would do, and does it where that was confirmed.
pub fn restore(session: &Session, output: &Output, name: &str, confirmed: bool) -> Result<(), Refusal> {
    let backup = find(session, Some(name))?;
    if !confirmed {
        let plan: RestorePlan = session.ask("restore_check", &backup)?;
        return output.reply(&plan, || {
            format!("{}\n\n没有改动任何内容。确认恢复请再运行一次并加 --yes。", plan.words.join("\n"))
        });
    }
    let done: Restored = session.act("restore_backup", &backup)?;
    output.reply(&done, || {
        let mut text =
            format!("已恢复到 {} 的备份：记录 {} 条，其中带过来 {} 条。\n", done.made_at, done.ops, done.carried);
        if done.files_missing > 0 {
            text.push_str(&format!("缺 {} 张照片，同步时从区平台取回。\n", done.files_missing));
        }
        if let Some(moved_to) = &done.moved_to {
            text.push_str(&format!("原来的数据文件移到 {moved_to}，没有删除。\n"));
        }
        text.push_str("下一步：同步一次，补齐其他电脑的记录。");
        text
    })
}
