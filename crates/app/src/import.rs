//! Import of rosters and rule catalogues: check everything, write all of it or nothing, take it back.

mod catalogue;
mod header;
mod history;
mod jobs;
mod residents;
mod roster;
mod sign_in;

use std::{fs, io::Read, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhenxin_documents::{
    sheet::{Limits, WorkbookReader},
    workbook::error_workbook,
};

pub use history::{history, undo};
pub use jobs::Jobs;
pub use sign_in::sign_in_lines;

use crate::{
    Caller,
    contract::{Fault, FaultCode, imports::*},
    shown,
};
use jobs::Job;

/// A roster is compared with the whole town's, and a row may move somebody between villages.
const WHOLE: &str = "导入名册";

pub fn start(caller: &Caller, request: StartImport) -> Result<ImportJob, Fault> {
    caller.sight().require_whole(WHOLE)?;
    let bytes = content(caller, &request)?;
    let village = request.village.as_deref().map(shown::parse_id).transpose()?;
    let job = caller.app.jobs().begin(jobs::State::default())?;
    let work = Work {
        app: caller.app.clone(),
        town: Arc::clone(&caller.town),
        user: caller.user,
        file_name: request.file_name,
        bytes,
        village,
        dry_run: request.dry_run,
        accept_partial: request.accept_partial,
        job: Arc::clone(&job),
    };
    let started = std::thread::Builder::new().name("import".to_owned()).spawn(move || work.run(request.kind));
    if started.is_err() {
        job.end(Err(Fault::new(FaultCode::System, "系统没有余力开始导入，请关闭其他程序后再试。")));
    }
    Ok(job.shown())
}

fn content(caller: &Caller, request: &StartImport) -> Result<Vec<u8>, Fault> {
    match (&request.content, &request.path) {
        (Some(content), None) => {
            BASE64.decode(content).map_err(|_| Fault::field("file", "文件没有传完整，请重新选择。"))
        }
        (None, Some(path)) => {
            let file = fs::File::open(caller.app.named_file(path)?).map_err(|_| unreadable())?;
            if !file.metadata().is_ok_and(|about| about.is_file()) {
                return Err(unreadable());
            }
            let mut bytes = Vec::new();
            file.take(Limits::FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|_| unreadable())?;
            if bytes.len() as u64 > Limits::FILE_BYTES {
                return Err(Fault::field("file", "文件超过 64 MB，请确认选对了文件，或按村社拆开。"));
            }
            Ok(bytes)
        }
        _ => Err(Fault::field("file", "请选择一个文件。")),
    }
}

fn unreadable() -> Fault {
    Fault::new(FaultCode::System, "打不开这个文件。请确认它还在原处、没有被 Excel 独占，再试一次。")
}

/// All that a running import needs.
struct Work {
    app: crate::App,
    town: Arc<crate::OpenTown>,
    user: zhenxin_domain::ids::UserId,
    file_name: String,
    bytes: Vec<u8>,
    village: Option<zhenxin_domain::division::VillageCode>,
    dry_run: bool,
    accept_partial: bool,
    job: Arc<Job>,
}

impl Work {
    fn run(self, kind: ImportKind) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match kind {
            ImportKind::Residents => residents::import(&self),
            ImportKind::Rules => catalogue::import(&self),
        }));
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Fault::new(FaultCode::System, "导入时程序出错，没有写入任何内容。请把文件交给技术支持。"))
        });
        self.job.end(outcome);
        self.app.announce("import");
    }

    fn reader(&self) -> Result<WorkbookReader<'_>, Fault> {
        Ok(WorkbookReader::open(&self.file_name, &self.bytes, &Limits::default())?)
    }

    fn cancelled(&self) -> Fault {
        Fault::new(FaultCode::Conflict, "已取消，没有写入任何内容。")
    }

    /// Refuses the whole file where its faults do not allow any of it to be written.
    fn may_write(&self, good: usize, faults: &[ImportFault]) -> Result<(), Fault> {
        if faults.is_empty() || (self.accept_partial && good > 0) {
            return Ok(());
        }
        let rows = faults.iter().take(FAULT_ROWS_SHOWN).map(|fault| crate::contract::FaultRow {
            sheet: Some(fault.sheet.clone()),
            row: Some(fault.row),
            field: Some(fault.field.clone()),
            message: fault.reason.clone(),
        });
        let message = format!("{} 处问题，没有写入任何一行。请改正后再导入，或选择先导入没有问题的行。", faults.len());
        Err(Fault::new(FaultCode::Invalid, message).with_rows(rows.collect()))
    }
}

/// Rows quoted in the refusal of a whole file; the report of a check has them all.
const FAULT_ROWS_SHOWN: usize = 1_000;

pub fn job(caller: &Caller, request: JobRef) -> Result<ImportJob, Fault> {
    caller.sight().require_whole(WHOLE)?;
    Ok(caller.app.jobs().find(request.job)?.shown())
}

pub fn cancel(caller: &Caller, request: JobRef) -> Result<ImportJob, Fault> {
    caller.sight().require_whole(WHOLE)?;
    let job = caller.app.jobs().find(request.job)?;
    job.cancel();
    Ok(job.shown())
}

pub fn errors(caller: &Caller, request: JobRef) -> Result<FileContent, Fault> {
    caller.sight().require_whole(WHOLE)?;
    let job = caller.app.jobs().find(request.job)?;
    let sheets = job.faulty_rows();
    if sheets.is_empty() {
        return Err(Fault::new(FaultCode::NotFound, "这次没有问题行，不用下载错误清单。"));
    }
    Ok(FileContent { file_name: "错误清单.xlsx".to_owned(), content: BASE64.encode(error_workbook(&sheets)?) })
}
