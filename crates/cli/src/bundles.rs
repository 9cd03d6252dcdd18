//! `bundle-out` and `bundle-in`: the USB stick on a terminal.

use std::path::Path;
use std::thread;
use std::time::Duration;

use zhenxin_app::contract::sync::{
    BundleJob, BundleJobRef, BundleMade, BundlePhase, BundleTaken, ExportBundle, ImportBundle,
};
use zhenxin_app::contract::{Fault, FaultCode};

use crate::Refusal;
use crate::output::Output;
use crate::session::Session;

/// Often enough for a moving figure, seldom enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Writes a bundle, for one PC or for all.
pub fn export(session: &Session, output: &Output, file: &Path, to: Option<String>) -> Result<(), Refusal> {
    let path = Some(std::path::absolute(file)?.to_string_lossy().into_owned());
    let started: BundleJob = session.act("export_bundle", &ExportBundle { to, path })?;
    let job = wait(session, output, started)?;
    let made = job.made.ok_or_else(|| Fault::new(FaultCode::Conflict, "已取消，没有留下文件。"))?;
    output.reply(&made, || made_words(&made, file))
}

fn made_words(made: &BundleMade, file: &Path) -> String {
    format!(
        "已导出 {}：{} 条记录，{} 个文件，{} 字节。\n能打开它的：{}\n下一步：到对方电脑上导入。\n",
        file.display(),
        made.ops,
        made.files,
        made.bytes,
        made.recipients.join("、")
    )
}

/// Takes a bundle in.
pub fn import(session: &Session, output: &Output, file: &Path) -> Result<(), Refusal> {
    let path = Some(std::path::absolute(file)?.to_string_lossy().into_owned());
    let started: BundleJob = session.act("import_bundle", &ImportBundle { upload: None, path })?;
    let job = wait(session, output, started)?;
    let taken = job.taken.ok_or_else(|| Fault::new(FaultCode::Conflict, "已取消，已收下的部分仍然有效。"))?;
    output.reply(&taken, || taken_words(&taken))
}

fn taken_words(taken: &BundleTaken) -> String {
    let mut text = format!(
        "已导入 {}（{} 导出）：新记录 {} 条，已有 {} 条，本机记录得到回执 {} 条，被退回 {} 条。\n",
        taken.from, taken.made_at, taken.new_ops, taken.known_ops, taken.confirmations, taken.refusals
    );
    if taken.cut {
        text.push_str("文件不完整，收下了前面完整的部分。请重新拷贝后再导入一次，不会重复。\n");
    }
    text
}

/// Waits for the job's end: it lives only as long as this process.
pub fn wait(session: &Session, output: &Output, mut job: BundleJob) -> Result<BundleJob, Refusal> {
    while job.phase == BundlePhase::Running {
        let verb = if job.export { "写出" } else { "读入" };
        output.progress(&format!("{verb} {} / {} 字节", job.done_bytes, job.total_bytes));
        thread::sleep(LOOK_EVERY);
        job = session.ask("bundle_job", &BundleJobRef { job: job.job })?;
    }
    output.progress("");
    match job.fault {
        Some(fault) => Err(fault.into()),
        None => Ok(job),
    }
}
