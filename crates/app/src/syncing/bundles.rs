//! U盘同步: a bundle is made and taken in by a job; its file crosses the boundary in pieces.
//!
//! While it crosses, the file lies in the data folder. It is encrypted for its recipients, as it is on the stick, and it
//! goes when the next one comes or the program starts again.

use std::{
    fs,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use zhenxin_store::{BundleFiles, StoreError};
use zhenxin_sync::{self as engine, BundleIn, BundleOut, BundleProgress, BundleTo, SyncError};

use crate::{
    App, Caller, OpenTown,
    contract::{Fault, FaultCode, session::Nothing, sync::*},
    jobs::{self, JobState, Jobs},
    shown,
};

/// Folder of the data folder in which files lie while they cross.
const FOLDER: &str = "bundle";
/// Bytes of one piece, before base64.
const PIECE_BYTES: usize = 4 << 20;
/// Largest file taken in (docs/PROTOCOL.md, limits).
const FILE_BYTES_MAX: u64 = 2 << 30;
/// Exports and imports that the list remembers.
const HISTORY_KEPT: usize = 20;
const HISTORY: &str = "bundle_history";

/// The bundle jobs and the upload that waits for one.
#[derive(Default)]
pub struct Bundles {
    jobs: Jobs<State>,
    upload: Mutex<Option<Upload>>,
}

struct Upload {
    number: u32,
    path: PathBuf,
    received: u64,
}

type Job = jobs::Job<State>;

/// What a bundle job is about, and its end.
struct State {
    export: bool,
    path: PathBuf,
    end: Option<End>,
}

impl JobState for State {
    const BUSY: &'static str = "另一个导出或导入正在进行，请等它完成或先取消。";
    const MISSING: &'static str = "没有这个导出或导入任务，请重新开始。";

    fn has_ended(&self) -> bool {
        self.end.is_some()
    }
}

enum End {
    Made(BundleMade),
    Taken(BundleTaken),
    Cancelled(Option<BundleTaken>),
    Refused(Fault),
}

/// A line of the list, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    bundle: String,
    exported: bool,
    at_ms: i64,
    actor: String,
    peer: String,
    bytes: u64,
    ops: u64,
    confirmations: u64,
    cut: bool,
    #[serde(default)]
    rest: Vec<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unwritable(error: &std::io::Error) -> Fault {
    tracing::warn!(kind = ?error.kind(), "a bundle's file cannot be written or read");
    Fault::new(FaultCode::System, "这个文件读写不了。请确认U盘已插好、没有写保护、空间足够，再试一次。")
}

impl Job {
    fn path(&self) -> PathBuf {
        self.state().path.clone()
    }

    fn end(&self, end: End) {
        self.state().end = Some(end);
    }

    fn shown(&self) -> BundleJob {
        let state = self.state();
        let (phase, fault, made, taken) = match &state.end {
            None => (BundlePhase::Running, None, None, None),
            Some(End::Made(made)) => (BundlePhase::Done, None, Some(made.clone()), None),
            Some(End::Taken(taken)) => (BundlePhase::Done, None, None, Some(taken.clone())),
            Some(End::Cancelled(taken)) => (BundlePhase::Cancelled, None, None, taken.clone()),
            Some(End::Refused(fault)) => (BundlePhase::Refused, Some(fault.clone()), None, None),
        };
        let (done_bytes, total_bytes) = self.figures();
        BundleJob { job: self.number, export: state.export, phase, done_bytes, total_bytes, fault, made, taken }
    }

    fn progressed(&self, progress: &BundleProgress) -> bool {
        self.progress(progress.bytes);
        if let Some(total) = progress.total_bytes {
            self.expect(total);
        }
        !self.is_cancelled()
    }
}

impl Bundles {
    fn begin(&self, export: bool, path: PathBuf, total_bytes: u64) -> Result<Arc<Job>, Fault> {
        let job = self.jobs.begin(State { export, path, end: None })?;
        job.expect(total_bytes);
        Ok(job)
    }
}

/// Drops the files that crossed or were about to.
pub fn drop_files(data_dir: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(data_dir.join(FOLDER)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The folder for files that cross, emptied of what lay there.
fn fresh_folder(data_dir: &Path) -> Result<PathBuf, Fault> {
    let folder = data_dir.join(FOLDER);
    drop_files(data_dir).map_err(|error| unwritable(&error))?;
    fs::create_dir_all(&folder).map_err(|error| unwritable(&error))?;
    Ok(folder)
}

/// What an export would hold now.
pub fn plan(caller: &Caller, _: Nothing) -> Result<BundlePlan, Fault> {
    let store = caller.store();
    let vectors = store.bundle_vectors()?;
    let waiting = store.outbox_size()?;
    // looks for what was named since, so that it is counted
    engine::lane_status(store)?;
    let heard = |device| vectors.iter().find(|from| from.device == device).map(|from| shown::time(from.made_at_ms));
    let own = store.device();
    let mut recipients: Vec<BundleRecipient> = engine::devices(store)?
        .into_iter()
        .filter(|pc| pc.device != own)
        .map(|pc| BundleRecipient {
            device: Some(pc.device.to_string()),
            has_until: heard(Some(pc.device)),
            label: pc.label,
            district: false,
        })
        .collect();
    let link = engine::link(store)?;
    if let Some(link) = &link {
        recipients.push(BundleRecipient {
            device: None,
            label: link.district_name.clone(),
            district: true,
            has_until: store.read(|reader| reader.last_receipt_at())?.map(shown::time),
        });
    }
    let preview = match link {
        Some(_) => Some(engine::bundle_preview(store, BundleTo::Everybody)?),
        None => None,
    };
    let files = match &preview {
        Some(preview) => store.bundle_files(&preview.readers)?,
        None => BundleFiles::default(),
    };
    let confirmed_ops = preview.as_ref().map_or(0, |preview| preview.ordered_ops);
    let pending_ops = waiting.own_ops + waiting.foreign_ops;
    let refusal = link.is_none().then(|| {
        "本机还没有接入区平台，不知道文件该加密给谁。请先用接入码接入一次，以后没有网络也能用U盘同步。".to_owned()
    });
    Ok(BundlePlan {
        refusal,
        recipients,
        since: preview.and_then(|preview| preview.since_ms).map(shown::time),
        pending_ops,
        confirmed_ops,
        keys: store.outgoing_keys()?,
        files: u32::try_from(files.count).unwrap_or(u32::MAX),
        files_bytes: files.bytes,
        estimate_bytes: (pending_ops + confirmed_ops) * store.op_bytes_about()? + files.bytes,
    })
}

/// Starts an export.
pub fn export(caller: &Caller, request: ExportBundle) -> Result<BundleJob, Fault> {
    let named = request.path.as_deref().map(|path| caller.app.named_file(path)).transpose()?;
    let plan = plan(caller, Nothing {})?;
    if let Some(refusal) = plan.refusal {
        return Err(Fault::new(FaultCode::Conflict, refusal));
    }
    let to = match &request.to {
        Some(device) => BundleTo::Device(shown::parse_id(device)?),
        None => BundleTo::Everybody,
    };
    let path = match named {
        Some(path) => path,
        None => fresh_folder(caller.app.data_dir())?.join("export.zxb"),
    };
    let job = caller.app.bundles().begin(true, path, plan.estimate_bytes)?;
    run(caller, Arc::clone(&job), move |town, app, job| {
        let mut watch = |progress: BundleProgress| job.progressed(&progress);
        let out = engine::bundle_export(&town.store, &app.ports(), &job.path(), to, &mut watch)?;
        Ok(End::Made(made(&out, town, app)))
    })?;
    Ok(job.shown())
}

fn made(out: &BundleOut, town: &OpenTown, app: &App) -> BundleMade {
    let at = shown::time(app.clock().now_ms());
    let stamp: String = at.chars().filter(char::is_ascii_digit).collect();
    BundleMade {
        bundle: out.bundle.to_string(),
        file_name: format!("{}-{stamp}.zxb", town.division.name),
        bytes: out.bytes,
        ops: out.waiting_ops + out.ordered_ops,
        files: u32::try_from(out.attachments).unwrap_or(u32::MAX),
        recipients: out.recipients.clone(),
    }
}

/// Takes a piece of a file that is to be imported.
pub fn upload(caller: &Caller, request: UploadBundle) -> Result<BundleUpload, Fault> {
    let bytes = BASE64.decode(&request.content).map_err(|_| torn())?;
    if bytes.len() > PIECE_BYTES {
        return Err(Fault::field("content", "一次最多传 4 MB，请分段上传。"));
    }
    let bundles = caller.app.bundles();
    let mut present = lock(&bundles.upload);
    let upload = match (request.upload, present.as_mut()) {
        (Some(number), Some(upload)) if upload.number == number => upload,
        (Some(_), _) => return Err(torn()),
        (None, former) => {
            let number = former.map_or(1, |former| former.number + 1);
            let path = fresh_folder(caller.app.data_dir())?.join("import.zxb");
            present.insert(Upload { number, path, received: 0 })
        }
    };
    if request.offset != upload.received {
        return Err(torn());
    }
    if upload.received + bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Fault::field("content", "文件超过 2 GB，不是同步文件，请确认选对了文件。"));
    }
    let file = fs::OpenOptions::new().create(true).append(true).open(&upload.path);
    file.and_then(|mut file| file.write_all(&bytes)).map_err(|error| unwritable(&error))?;
    upload.received += bytes.len() as u64;
    Ok(BundleUpload { upload: upload.number, received: upload.received })
}

fn torn() -> Fault {
    Fault::field("content", "文件没有传完整，请重新选择。")
}

/// Starts an import.
pub fn import(caller: &Caller, request: ImportBundle) -> Result<BundleJob, Fault> {
    let path = match (request.upload, request.path) {
        (Some(number), None) => {
            let present = lock(&caller.app.bundles().upload);
            let upload = present.as_ref().filter(|upload| upload.number == number).ok_or_else(torn)?;
            upload.path.clone()
        }
        (None, Some(path)) => caller.app.named_file(&path)?,
        _ => return Err(Fault::field("upload", "请选择一个同步文件（扩展名 .zxb）。")),
    };
    let bytes = fs::metadata(&path).map_err(|error| unwritable(&error))?.len();
    let job = caller.app.bundles().begin(false, path, bytes)?;
    run(caller, Arc::clone(&job), |town, app, job| {
        let mut watch = |progress: BundleProgress| job.progressed(&progress);
        let taken = taken(&engine::bundle_import(&town.store, &app.ports(), &job.path(), &mut watch)?);
        Ok(if job.is_cancelled() { End::Cancelled(Some(taken)) } else { End::Taken(taken) })
    })?;
    Ok(job.shown())
}

fn taken(report: &BundleIn) -> BundleTaken {
    BundleTaken {
        bundle: report.bundle.to_string(),
        from: report.from.clone(),
        made_at: shown::time(report.made_at_ms),
        new_ops: report.new_ops + report.carried_ops,
        known_ops: report.known_ops,
        confirmations: report.acknowledged,
        refusals: report.refused,
        files: u32::try_from(report.attachments).unwrap_or(u32::MAX),
        cut: !report.complete,
        rest: rest_words(report),
    }
}

/// What was not simply taken, so that nobody believes that all of the file is here.
fn rest_words(report: &BundleIn) -> Vec<String> {
    let mut words = Vec::new();
    if report.held > 0 {
        words.push(format!(
            "{} 条要等前面的记录到了才能读入，已先存着；请再导入更早的同步文件，或联网同步一次",
            report.held
        ));
    }
    if report.set_aside > 0 {
        words.push(format!("{} 条本程序不能使用，已原样暂放，请到“核对裁定”查看", report.set_aside));
    }
    if report.ignored_ops > 0 {
        words.push(format!(
            "{} 条没有读入：不属于本机的村社，或没有区平台的证明；联网同步时会再核对，文件请留着",
            report.ignored_ops
        ));
    }
    words
}

/// Runs a job on a thread of its own and writes its line when it has ended well.
fn run(
    caller: &Caller,
    job: Arc<Job>,
    work: impl FnOnce(&OpenTown, &App, &Job) -> Result<End, SyncError> + Send + 'static,
) -> Result<(), Fault> {
    let (app, town, actor) = (caller.app.clone(), Arc::clone(&caller.town), caller.name.clone());
    let running = Arc::clone(&job);
    let started = std::thread::Builder::new().name("bundle".to_owned()).spawn(move || {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&town, &app, &running)));
        let end = match outcome {
            Ok(Ok(end)) => end,
            Ok(Err(SyncError::Store(StoreError::Cancelled))) => End::Cancelled(None),
            Ok(Err(error)) => End::Refused(error.into()),
            Err(_) => {
                End::Refused(Fault::new(FaultCode::System, "程序出错，没有做完。记录都在，请把文件交给技术支持。"))
            }
        };
        if let Err(fault) = remember(&app, &town, &running, &end, actor) {
            tracing::warn!(code = ?fault.code, "the line of a bundle is not kept");
        }
        running.end(end);
        town.link.wake();
        app.announce("sync");
    });
    if started.is_err() {
        let fault = Fault::new(FaultCode::System, "系统没有余力开始，请关闭其他程序后再试。");
        job.end(End::Refused(fault.clone()));
        return Err(fault);
    }
    Ok(())
}

fn remember(app: &App, town: &OpenTown, job: &Job, end: &End, actor: String) -> Result<(), Fault> {
    let at_ms = app.clock().now_ms();
    let bytes = fs::metadata(job.path()).map(|about| about.len()).unwrap_or_default();
    let line = match end {
        End::Made(made) => Kept {
            bundle: made.bundle.clone(),
            exported: true,
            at_ms,
            actor,
            peer: made.recipients.join("、"),
            bytes: made.bytes,
            ops: made.ops,
            confirmations: 0,
            cut: false,
            rest: Vec::new(),
        },
        End::Taken(taken) | End::Cancelled(Some(taken)) => Kept {
            bundle: taken.bundle.clone(),
            exported: false,
            at_ms,
            actor,
            peer: format!("{} {}", taken.from, taken.made_at),
            bytes,
            ops: taken.new_ops,
            confirmations: taken.confirmations,
            cut: taken.cut,
            rest: taken.rest.clone(),
        },
        End::Cancelled(None) | End::Refused(_) => return Ok(()),
    };
    let mut lines = kept(town)?;
    lines.insert(0, line);
    lines.truncate(HISTORY_KEPT);
    let written = serde_json::to_vec(&lines).map_err(|_| Fault::new(FaultCode::System, "同步记录没有保存。"))?;
    Ok(town.store.sync_set(HISTORY, &written)?)
}

fn kept(town: &OpenTown) -> Result<Vec<Kept>, Fault> {
    let bytes = town.store.sync_get(HISTORY)?;
    // the list is a convenience: one that an older program wrote differently begins anew
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

pub(super) fn history(caller: &Caller) -> Result<Vec<BundleLine>, Fault> {
    let line = |kept: Kept| BundleLine {
        bundle: kept.bundle,
        exported: kept.exported,
        at: shown::time(kept.at_ms),
        actor: kept.actor,
        peer: kept.peer,
        bytes: kept.bytes,
        ops: kept.ops,
        confirmations: kept.confirmations,
        cut: kept.cut,
        rest: kept.rest,
    };
    Ok(kept(&caller.town)?.into_iter().map(line).collect())
}

pub fn job(caller: &Caller, request: BundleJobRef) -> Result<BundleJob, Fault> {
    Ok(caller.app.bundles().jobs.find(request.job)?.shown())
}

pub fn cancel(caller: &Caller, request: BundleJobRef) -> Result<BundleJob, Fault> {
    let job = caller.app.bundles().jobs.find(request.job)?;
    job.cancel();
    Ok(job.shown())
}

/// A piece of a file that was made.
pub fn piece(caller: &Caller, request: BundlePieceRef) -> Result<BundlePiece, Fault> {
    let job = caller.app.bundles().jobs.find(request.job)?;
    if !matches!(job.state().end, Some(End::Made(_))) {
        return Err(Fault::new(FaultCode::Conflict, "同步文件还没有做好，请稍等。"));
    }
    let read = || -> std::io::Result<(Vec<u8>, u64)> {
        let mut file = fs::File::open(job.path())?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(request.offset))?;
        let mut bytes = Vec::new();
        file.take(PIECE_BYTES as u64).read_to_end(&mut bytes)?;
        Ok((bytes, length))
    };
    let (bytes, length) = read().map_err(|error| unwritable(&error))?;
    let next = request.offset + bytes.len() as u64;
    Ok(BundlePiece { content: BASE64.encode(&bytes), next: (next < length).then_some(next) })
}
