//! `import`: starts the job, shows how far it is, and prints what was found.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use zhenxin_app::contract::imports::{FileContent, ImportJob, ImportKind, ImportReport, JobPhase, JobRef, StartImport};
use zhenxin_app::contract::{Fault, FaultCode};

use crate::Refusal;
use crate::arguments::What;
use crate::output::Output;
use crate::papers::write_file;
use crate::session::Session;
use crate::table::{Side, lay_out};

/// Often enough for a moving figure, seldom enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the command line asked for.
pub struct Wanted {
    /// What the workbook holds.
    pub what: What,
    /// The workbook.
    pub file: PathBuf,
    /// Village for sheets that name none.
    pub village: Option<String>,
    /// Only checks.
    pub dry_run: bool,
    /// Where the faulty rows go.
    pub errors: Option<PathBuf>,
}

/// Imports: good rows are taken, faulty ones reported.
pub fn run(session: &Session, output: &Output, wanted: Wanted) -> Result<(), Refusal> {
    let path = std::path::absolute(&wanted.file)?;
    let request = StartImport {
        kind: match wanted.what {
            What::Residents => ImportKind::Residents,
            What::Rules => ImportKind::Rules,
        },
        file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        content: None,
        path: Some(path.to_string_lossy().into_owned()),
        village: wanted.village,
        dry_run: wanted.dry_run,
        accept_partial: true,
    };
    let started: ImportJob = session.act("start_import", &request)?;
    let job = wait(session, output, started)?;
    if let Some(fault) = job.fault {
        return Err(fault.into());
    }
    let Some(report) = job.report else {
        return Err(Fault::new(FaultCode::Conflict, "导入已取消，没有写入任何内容。").into());
    };
    if let Some(file) = wanted.errors.filter(|_| !report.faults.is_empty()) {
        let errors: FileContent = session.ask("import_errors", &JobRef { job: job.job })?;
        write_file(&file, &errors.content)?;
    }
    output.reply(&report, || in_words(&report))?;
    if report.good == 0 && !report.faults.is_empty() && !report.dry_run {
        return Err(Fault::new(FaultCode::Invalid, "没有一行合格，什么也没有写入。请按列出的原因修改后再导入。").into());
    }
    Ok(())
}

/// Waits for the job's end.
pub fn wait(session: &Session, output: &Output, mut job: ImportJob) -> Result<ImportJob, Refusal> {
    loop {
        let phase = match job.phase {
            JobPhase::Reading => "读取文件",
            JobPhase::Checking => "核对",
            JobPhase::Writing => "写入",
            JobPhase::Done | JobPhase::Cancelled | JobPhase::Refused => {
                output.progress("");
                return Ok(job);
            }
        };
        let of = if job.total == 0 { String::new() } else { format!(" / {}", job.total) };
        output.progress(&format!("{phase} {}{of} 行", job.done));
        thread::sleep(LOOK_EVERY);
        job = session.ask("import_job", &JobRef { job: job.job })?;
    }
}

fn in_words(report: &ImportReport) -> String {
    let mut text = String::new();
    let sheets: Vec<[String; 6]> = report
        .sheets
        .iter()
        .map(|sheet| {
            [
                sheet.sheet.clone(),
                sheet.village_name.clone().unwrap_or_default(),
                sheet.header_row.map_or_else(|| "没有表头，未读".to_owned(), |row| row.to_string()),
                sheet.rows.to_string(),
                sheet.passed_over.to_string(),
                sheet.faulty.to_string(),
            ]
        })
        .collect();
    let heads = [
        ("工作表", Side::Left),
        ("村社", Side::Left),
        ("表头行", Side::Right),
        ("数据行", Side::Right),
        ("略过", Side::Right),
        ("有问题", Side::Right),
    ];
    text.push_str(&lay_out(heads, &sheets));
    if !report.faults.is_empty() {
        let faults: Vec<[String; 4]> = report
            .faults
            .iter()
            .map(|fault| [fault.sheet.clone(), fault.row.to_string(), fault.field.clone(), fault.reason.clone()])
            .collect();
        let heads = [("工作表", Side::Left), ("行", Side::Right), ("栏目", Side::Left), ("原因", Side::Left)];
        text.push_str(&format!("\n{}", lay_out(heads, &faults)));
    }
    for warning in &report.warnings {
        text.push_str(&format!("提醒：{warning}\n"));
    }
    let done = if report.dry_run { "核对完毕，没有写入" } else { "导入完毕" };
    text.push_str(&format!(
        "\n{done}：共 {} 行，合格 {} 行（新增 {}，更新 {}，无变化 {}），有问题 {} 行。\n",
        report.rows,
        report.good,
        report.created,
        report.updated,
        report.unchanged,
        report.rows.saturating_sub(report.good),
    ));
    if let Some(import) = &report.import {
        text.push_str(&format!("导入编号 {import}\n"));
    }
    text
}
