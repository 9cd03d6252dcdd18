//! The commands that need little more than a call: contract, ask, act, sync, enrol, verify.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zhenxin_app::Kind;
use zhenxin_app::contract::imports::ImportJob;
use zhenxin_app::contract::sync::{Enrol, SyncReport, SyncState, SyncStatus, Verification};
use zhenxin_app::contract::{
    Fault, FaultCode, json_schema, permissions as to_permissions, typescript as to_typescript,
};

use crate::output::Output;
use crate::session::Session;
use crate::table::{Side, lay_out};
use crate::{Refusal, bundles, importing};

/// A certificate authority is some kilobytes; more is another file taken by mistake.
const CA_LIMIT_BYTES: u64 = 1024 * 1024;

/// Prints the command list.
pub fn contract(output: &Output, typescript: bool, permissions: bool) -> Result<(), Refusal> {
    match (typescript, permissions) {
        (true, _) => output.line(to_typescript().trim_end()),
        (_, true) => output.line(to_permissions().trim_end()),
        _ => output.value(&json_schema()),
    }
}

/// Reads by name.
pub fn ask(session: &Session, output: &Output, name: &str, request: Option<&str>) -> Result<(), Refusal> {
    output.value(&session.call(Kind::Ask, name, parse(request)?)?)
}

/// Writes by name.
pub fn act(session: &Session, output: &Output, name: &str, request: Option<&str>) -> Result<(), Refusal> {
    let reply = session.call(Kind::Act, name, parse(request)?)?;
    // a job lives only as long as this process
    if matches!(name, "export_bundle" | "import_bundle") {
        let started = serde_json::from_value(reply).map_err(|_| crate::system("命令的结果与命令清单不符。"))?;
        let ended = bundles::wait(session, output, started)?;
        return output.value(&crate::output::to_json(&ended)?);
    }
    if name != "start_import" {
        return output.value(&reply);
    }
    let started: ImportJob = serde_json::from_value(reply).map_err(|_| crate::system("命令的结果与命令清单不符。"))?;
    let ended = importing::wait(session, output, started)?;
    output.value(&crate::output::to_json(&ended)?)?;
    ended.fault.map_or(Ok(()), |fault| Err(fault.into()))
}

fn parse(request: Option<&str>) -> Result<Value, Refusal> {
    let text = match request {
        None => return Ok(json!({})),
        Some("-") => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text)?;
            text
        }
        Some(text) => text.to_owned(),
    };
    // serde's text can quote the value it stumbled on: only the place is told
    serde_json::from_str(text.trim())
        .map_err(|error| Refusal::Usage(format!("请求不是 JSON(第 {} 行第 {} 字附近)。", error.line(), error.column())))
}

/// Synchronises once.
pub fn sync(session: &Session, output: &Output) -> Result<(), Refusal> {
    let report: SyncReport = session.act("sync_now", &json!({}))?;
    output.reply(&report, || {
        let mut text =
            format!("发送 {} 条，接收 {} 条，被退回 {} 条。\n", report.sent, report.received, report.refused);
        text.push_str(&words(&report.status));
        text
    })?;
    refuse_unless_through(&report.status)
}

/// A round that ended in one of these did what it could; all others need somebody.
fn refuse_unless_through(status: &SyncStatus) -> Result<(), Refusal> {
    match status.state {
        SyncState::Idle | SyncState::Running | SyncState::WaitingForKeys => Ok(()),
        _ => {
            let advice = status.advice.as_deref().unwrap_or("请稍后再试；待发送的内容都保存在本机。");
            Err(Fault::new(FaultCode::District, format!("{}。{advice}", status.words)).into())
        }
    }
}

fn words(status: &SyncStatus) -> String {
    let mut text = format!("{}\n待发送 {} 条", status.words, status.pending);
    if let Some(at) = &status.last_receipt {
        text.push_str(&format!(", 上次回执 {at}"));
    }
    text.push('\n');
    if let Some(advice) = &status.advice {
        text.push_str(advice);
        text.push('\n');
    }
    for line in &status.refused_ops {
        let reason = line.reason.as_deref().unwrap_or("未说明原因");
        text.push_str(&format!("被退回：{} {} ({reason})\n", line.at, line.what));
    }
    text
}

/// Joins the district.
pub fn enrol(
    session: &Session,
    output: &Output,
    url: String,
    code: String,
    ca: Option<PathBuf>,
) -> Result<(), Refusal> {
    let ca_pem = ca.as_deref().map(read_ca).transpose()?;
    let status: SyncStatus = session.act("enrol", &Enrol { url, code, ca_pem })?;
    output.reply(&status, || {
        let district = status.district.as_deref().unwrap_or("区平台");
        format!("已加入 {district}。\n{}", words(&status))
    })
}

fn read_ca(path: &Path) -> Result<String, Refusal> {
    let bad =
        |reason: &str| Fault::new(FaultCode::BadFile, format!("根证书文件{reason}。请向区里索取 PEM 格式的根证书。"));
    let size = fs::metadata(path).map_err(|_| bad("打不开"))?.len();
    if size > CA_LIMIT_BYTES {
        return Err(bad("太大，不像证书").into());
    }
    Ok(fs::read_to_string(path).map_err(|_| bad("不是文本"))?)
}

/// Proves that the file is what its log says.
pub fn verify(session: &Session, output: &Output) -> Result<(), Refusal> {
    let proof: Verification = session.ask("verify", &json!({}))?;
    output.reply(&proof, || proof_in_words(&proof))?;
    if proof.ok {
        return Ok(());
    }
    let text = "校验没有通过。请不要继续录入，保留数据文件夹原样，联系维护人员。";
    Err(Fault::new(FaultCode::Store, text).into())
}

fn proof_in_words(proof: &Verification) -> String {
    let rows: Vec<[String; 3]> =
        proof.tables.iter().map(|table| [table.table.clone(), table.rows.to_string(), table.digest.clone()]).collect();
    let mut text = lay_out([("表", Side::Left), ("行数", Side::Right), ("摘要（SM3）", Side::Left)], &rows);
    text.push_str(&format!(
        "\n操作 {} 条；账户合计 {} 分（应为 0）\n总摘要 {}\n",
        proof.ops, proof.ledger_sum, proof.digest
    ));
    for problem in &proof.problems {
        text.push_str(&format!("问题：{problem}\n"));
    }
    text.push_str(if proof.ok { "校验通过：数据与日志一致。" } else { "校验没有通过。" });
    text
}
