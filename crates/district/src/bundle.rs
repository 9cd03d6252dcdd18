//! Bundles at the district: what a stick brings goes through the same doors as a
//! request, and what a stick takes home is what the answers would have been.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::item::{Item, NewEpoch, PageItem};
use zhenxin_protocol::bundle::{ALG, BundleError, Closed, Ending, Header, Recipient, Writer};
use zhenxin_protocol::device_key::{Context, ED25519_TAG, sign_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::page_heads;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::blobs::{BlobsGetRequest, BlobsPutRequest};
use zhenxin_protocol::wire::keys::{Grant, GrantRequest, GrantsRequest, KeysPushRequest, LanePlace};
use zhenxin_protocol::wire::limits::{
    BLOB_MAX_BYTES, BLOB_PIECE_MAX_BYTES, GRANTS_MAX, KEY_ROWS_MAX, OP_MAX_BYTES, PUSH_MAX_BYTES, PUSH_OPS_MAX,
    WRAPPED_KEY_MAX_BYTES,
};
use zhenxin_protocol::wire::ops::{Cursor, HeadSignature, OpOutcome, PushRequest};
use zhenxin_protocol::wrap::Fresh;

use crate::server::Site;
use crate::store::StoreError;
use crate::store::blob::{BlobError, BlobRow};
use crate::store::device::Device;
use crate::store::pull::PullError;
use crate::store::push::{Batch, Incoming, PushError};

/// Why a bundle is not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The bundle itself.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No such device, or one without a usable key.
    #[error("没有这台电脑，请从 towns 的列表里核对")]
    Device,
    /// The device was revoked.
    #[error("这台电脑已停用，不能给它导出；请先重新接入")]
    Revoked,
    /// The file.
    #[error("数据包文件不能写入 （{0}），请检查磁盘和权限")]
    File(#[from] std::io::Error),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// Ops that are new in the log.
    pub ops: u64,
    /// Ops that were there.
    pub known: u64,
    /// Ops that were refused.
    pub refused: u64,
    /// Ops that wait for others before them, or stand against others.
    pub waiting: u64,
    /// Key rows that are new.
    pub keys: u64,
    /// Blobs that are complete now.
    pub blobs: u64,
    /// Items that were not taken, each for a reason of its own.
    pub passed_over: u64,
    /// Why not all of it counts; what came before does.
    pub trouble: Option<&'static str>,
}

impl fmt::Display for TakenIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "新收 {} 条，已有 {} 条，退回 {} 条，待补 {} 条；钥匙 {} 把，附件 {} 个，未收 {} 项",
            self.ops, self.known, self.refused, self.waiting, self.keys, self.blobs, self.passed_over
        )
    }
}

/// What went into a bundle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GivenOut {
    /// Ops.
    pub ops: u64,
    /// Wrapped person keys.
    pub keys: u64,
    /// Blobs.
    pub blobs: u64,
    /// Whether there was no more room: what is left goes with the next one.
    pub full: bool,
    /// Whether something is left out because it is damaged here: an op with those after it, or a blob.
    pub held_back: bool,
}

/// Takes what a bundle brings. Reading it twice, or in any order with others,
/// changes nothing more.
///
/// # Errors
/// [`CarryError`], before anything was taken; damage further on is told in the
/// report.
pub fn take_in(site: &Site, input: impl Read) -> Result<TakenIn, CarryError> {
    let secret = site.store.keys().seal_secret;
    let closed = Closed::read_any(input)?;
    let header = closed.header().clone();
    let author = header.author.ok_or(BundleError::Foreign)?;
    let author = site.store.device(header.town, author)?.ok_or(BundleError::Signature)?;
    closed.verify(&author.sign_key)?;
    let mut reader = closed.open(None, &secret)?;
    let mut report = TakenIn::default();
    loop {
        match reader.next_item() {
            Ok(Some(item)) => take_item(site, &author, item, &mut report)?,
            Ok(None) => break,
            Err(BundleError::Damaged { .. } | BundleError::TooLarge) => {
                report.trouble = Some("数据包后面的部分已损坏，前面的已收下；请让镇街重新导出");
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if report.trouble.is_none() && matches!(reader.ending(), Some(Ending::Cut { .. })) {
        report.trouble = Some("数据包不完整，已有的部分收下了；请让镇街重新拷贝一份");
    }
    Ok(report)
}

fn take_item(site: &Site, author: &Device, item: Item, report: &mut TakenIn) -> Result<(), CarryError> {
    // a revoked device may still carry what others signed
    let trusted = author.revoked_at_ms.is_none();
    match item {
        Item::Ops(request) => take_ops(site, author, request, report),
        Item::Keys(request) if trusted && keys_fit(&request) => {
            let answer = site.store.keys_push(author, &request.rows)?;
            report.keys += u64::from(answer.stored);
            report.passed_over += u64::from(!(answer.denied.is_empty() && answer.early.is_empty()));
            Ok(())
        }
        Item::Grants(request) if trusted && grants_fit(&request) => {
            site.store.grant(author, &request.grants, (site.clock)())?;
            Ok(())
        }
        Item::Blob(piece) if trusted && blob_fits(&piece) => take_blob(site, author, &piece, report),
        Item::Vector(vector) if trusted => {
            site.store.note_vector(author, &vector, (site.clock)())?;
            Ok(())
        }
        // the district ordered these itself, and refused those
        Item::Page(_) | Item::Refusals(_) => Ok(()),
        Item::Keys(_) | Item::Grants(_) | Item::Blob(_) | Item::Vector(_) | Item::Epoch(_) | Item::Unknown(_) => {
            report.passed_over += 1;
            Ok(())
        }
    }
}

fn keys_fit(request: &KeysPushRequest) -> bool {
    request.rows.len() <= KEY_ROWS_MAX && request.rows.iter().all(|row| row.wrapped.len() <= WRAPPED_KEY_MAX_BYTES)
}

fn grants_fit(request: &GrantRequest) -> bool {
    request.grants.len() <= GRANTS_MAX
        && request.grants.iter().all(|grant| grant.wrapped.len() <= WRAPPED_KEY_MAX_BYTES)
}

fn blob_fits(piece: &BlobsPutRequest) -> bool {
    piece.bytes.len() <= BLOB_PIECE_MAX_BYTES && piece.total_bytes <= BLOB_MAX_BYTES
}

fn take_ops(site: &Site, carrier: &Device, request: PushRequest, report: &mut TakenIn) -> Result<(), CarryError> {
    let bytes: usize = request.ops.iter().map(|op| op.len()).sum();
    let single_large = request.ops.len() == 1 && bytes > OP_MAX_BYTES;
    if request.ops.len() > PUSH_OPS_MAX || (bytes > PUSH_MAX_BYTES && !single_large) {
        report.passed_over += 1;
        return Ok(());
    }
    let ops: Vec<Incoming> = request.ops.into_iter().map(|op| Incoming::read(Vec::from(op))).collect();
    let batch = Batch {
        town: carrier.town,
        sender: None,
        author: request.device,
        epoch: request.epoch,
        ops: &ops,
        head: &request.head,
    };
    match site.store.push(&batch, (site.clock)()) {
        Ok(outcomes) => outcomes.iter().for_each(|outcome| match outcome {
            OpOutcome::Accepted { .. } | OpOutcome::AcceptedWithIssue { .. } => report.ops += 1,
            OpOutcome::Duplicate { .. } => report.known += 1,
            OpOutcome::Rejected { .. } => report.refused += 1,
            OpOutcome::Gap { .. } | OpOutcome::Fork => report.waiting += 1,
        }),
        Err(PushError::Refused(code)) => {
            tracing::warn!(device = %request.device, code = code.name(), "a batch of a bundle is refused");
            report.passed_over += 1;
        }
        Err(PushError::Store(error)) => return Err(error.into()),
    }
    Ok(())
}

fn take_blob(site: &Site, author: &Device, piece: &BlobsPutRequest, report: &mut TakenIn) -> Result<(), CarryError> {
    match site.store.blobs_put(author, piece, site.blob_quota_bytes, (site.clock)()) {
        Ok(answer) => {
            let last = piece.offset + piece.bytes.len() as u64 == piece.total_bytes;
            report.blobs += u64::from(answer.done && last);
            Ok(())
        }
        Err(BlobError::Refused(code)) => {
            tracing::warn!(code = code.name(), "a piece of a blob is refused");
            report.passed_over += 1;
            Ok(())
        }
        Err(BlobError::Store(error)) => Err(error.into()),
    }
}

/// Writes a bundle for a device into a file: beside it first, and under its name when it is whole. What lay there before
/// stays until then.
///
/// # Errors
/// [`CarryError`]; then nothing has changed.
pub fn give_out_file(site: &Site, town: TownCode, device: DeviceId, path: &Path) -> Result<GivenOut, CarryError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = write_file(site, town, device, &beside).and_then(|report| {
        std::fs::rename(&beside, path)?;
        Ok(report)
    });
    if written.is_err()
        && let Err(error) = std::fs::remove_file(&beside)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "an unfinished bundle stays behind");
    }
    written
}

fn write_file(site: &Site, town: TownCode, device: DeviceId, path: &Path) -> Result<GivenOut, CarryError> {
    let file = File::create(path)?;
    let report = give_out(site, town, device, BufWriter::new(&file))?;
    // a stick is pulled out as soon as the terminal says that it may be
    file.sync_all()?;
    Ok(report)
}

/// Writes what a device lacks since its last bundle: keys, ordered ops, what was
/// refused, blobs, and how far the district has got.
///
/// # Errors
/// [`CarryError`].
pub fn give_out(site: &Site, town: TownCode, device: DeviceId, out: impl Write) -> Result<GivenOut, CarryError> {
    let device = site.store.device(town, device)?.ok_or(CarryError::Device)?;
    if device.revoked_at_ms.is_some() {
        return Err(CarryError::Revoked);
    }
    let mut writer = begin(site, &device, out)?;
    let mut report = GivenOut::default();
    match fill(site, &device, &mut writer, &mut report) {
        Err(CarryError::Bundle(BundleError::TooLarge)) => report.full = true,
        other => other?,
    }
    writer.finish()?;
    Ok(report)
}

fn begin<W: Write>(site: &Site, device: &Device, out: W) -> Result<Writer<W>, CarryError> {
    let mut bundle = [0; 16];
    let mut content_key = [0; 32];
    let mut fresh = Fresh { ephemeral: [0; 32], nonce: [0; 24] };
    for bytes in [&mut bundle[..], &mut content_key, &mut fresh.ephemeral, &mut fresh.nonce] {
        (site.random)(bytes).map_err(StoreError::Random)?;
    }
    let recipient = Recipient::new(&bundle, &content_key, Some(device.id), &device.seal_key, &fresh);
    let header = Header {
        bundle,
        town: device.town,
        author: None,
        made_at_ms: (site.clock)(),
        recipients: vec![recipient.ok_or(CarryError::Device)?],
        alg: ALG.to_owned(),
    };
    let signature = HeadSignature {
        alg: ED25519_TAG.to_owned(),
        signature: sign_hash(&site.store.keys().sign_seed, Context::BundleHeader, &header.hash()).to_vec(),
    };
    Ok(Writer::begin(out, &header, &signature, &content_key)?)
}

fn fill<W: Write>(
    site: &Site,
    device: &Device,
    writer: &mut Writer<W>,
    report: &mut GivenOut,
) -> Result<(), CarryError> {
    let start = site.store.bundle_start(device)?;
    writer.put(&Item::Vector(site.store.vector(device)?))?;
    if device.forked_at_ms.is_some() {
        give_epoch(site, device, writer)?;
    }
    give_grants(site, device, writer)?;
    // the lane is state: all of it, because a bundle names no place in it
    let mut places: BTreeMap<Scope, LanePlace> = BTreeMap::new();
    loop {
        let reached: Vec<LanePlace> = places.values().copied().collect();
        let answer = site.store.keys_pull(device, &reached, None)?;
        let more = answer.pages.iter().any(|page| page.more);
        for page in answer.pages {
            places.insert(page.reached.scope, page.reached);
            report.keys += page.rows.len() as u64;
            if !page.rows.is_empty() {
                writer.put(&Item::Keys(KeysPushRequest { rows: page.rows }))?;
            }
        }
        if !more {
            break;
        }
    }
    for refusals in site.store.refused_of(device)? {
        writer.put(&Item::Refusals(refusals))?;
    }
    pages(site, device, start.cursors, writer, report)?;
    blobs(site, device, &start.blobs, writer, report)
}

/// Keys handed over to the device, an answer's worth in each item.
fn give_grants<W: Write>(site: &Site, device: &Device, writer: &mut Writer<W>) -> Result<(), CarryError> {
    let mut request = GrantsRequest::default();
    loop {
        let answer = site.store.grants(device, &request)?;
        let grants = answer.mine.into_iter().map(|grant| Grant {
            data_key: grant.data_key,
            for_device: device.id,
            wrapped: grant.wrapped,
        });
        writer.put(&Item::Grants(GrantRequest { grants: grants.collect() }))?;
        request.after = answer.more;
        if request.after.is_none() {
            return Ok(());
        }
    }
}

/// A device without a line cannot ask for its next epoch. It comes before the pages, in which the device would meet the
/// other chain under its own name. Where the bundle never arrives, the same chain comes back, is a fork again, and gets
/// another.
fn give_epoch<W: Write>(site: &Site, device: &Device, writer: &mut Writer<W>) -> Result<(), CarryError> {
    match site.store.next_epoch(device, device.epoch) {
        Ok(epoch) => {
            tracing::warn!(device = %device.id, epoch, "a new epoch goes into a bundle");
            Ok(writer.put(&Item::Epoch(NewEpoch { device: device.id, epoch }))?)
        }
        Err(PushError::Refused(_)) => Err(CarryError::Device),
        Err(PushError::Store(error)) => Err(error.into()),
    }
}

fn pages<W: Write>(
    site: &Site,
    device: &Device,
    mut cursors: Vec<Cursor>,
    writer: &mut Writer<W>,
    report: &mut GivenOut,
) -> Result<(), CarryError> {
    loop {
        let answer = match site.store.pull(device, &cursors, None) {
            Ok(answer) => answer,
            // what comes before it went; the rest waits until somebody has mended it
            Err(PullError::Damaged) => {
                report.held_back = true;
                return Ok(());
            }
            Err(PullError::Store(error)) => return Err(error.into()),
        };
        let heads = page_heads(&answer.pages);
        if heads.is_empty() {
            return Ok(());
        }
        // once for all pages of the answer
        let mut chain_heads = answer.chain_heads;
        for page in answer.pages.into_iter().filter(|page| page.head.is_some()) {
            let reached = page.ops.last().map_or(0, |op| op.server_seq);
            cursors.retain(|cursor| cursor.scope != page.scope);
            cursors.push(Cursor { scope: page.scope, after: reached });
            report.ops += page.ops.len() as u64;
            writer.put(&Item::Page(PageItem {
                lineage: site.store.lineage(),
                page,
                chain_heads: std::mem::take(&mut chain_heads),
                heads: heads.clone(),
                signature: answer.signature.clone(),
                proof: Vec::new(),
            }))?;
        }
    }
}

/// Every blob that the device may read and has not said that it has.
fn blobs<W: Write>(
    site: &Site,
    device: &Device,
    has: &HashSet<Hash32>,
    writer: &mut Writer<W>,
    report: &mut GivenOut,
) -> Result<(), CarryError> {
    // who needs a snapshot has a line
    let chunks = site.store.snapshot_chunks(device.town)?;
    let mut after = None;
    loop {
        let page = site.store.blobs_page(device, after)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.changed_at_ms, last.id));
        let lacking = |blob: &&BlobRow| blob.is_for(device) && !has.contains(&blob.id) && !chunks.contains(&blob.id);
        for blob in page.iter().filter(lacking) {
            if give_blob(site, device, blob, writer)? {
                report.blobs += 1;
            } else {
                report.held_back = true;
            }
        }
    }
}

/// Writes a blob; false where it is damaged here.
fn give_blob<W: Write>(
    site: &Site,
    device: &Device,
    row: &BlobRow,
    writer: &mut Writer<W>,
) -> Result<bool, CarryError> {
    let (blob, scope, total_bytes, sealed_hash) = (row.id, row.scope, row.total_bytes, row.sealed_hash);
    let mut offset = 0;
    while offset < total_bytes {
        let limit = u32::try_from(BLOB_PIECE_MAX_BYTES).unwrap_or(u32::MAX);
        let piece = match site.store.blobs_get(device, &BlobsGetRequest { blob, offset, limit }) {
            Ok(piece) if !piece.bytes.is_empty() => piece,
            // dropped in the meantime
            Ok(_) | Err(BlobError::Refused(FaultCode::BlobUnknown)) => return Ok(true),
            Err(BlobError::Refused(_)) => return Err(CarryError::Device),
            Err(BlobError::Store(StoreError::Damaged(what))) => {
                tracing::error!(what, "a blob is damaged and stays out of the bundle");
                return Ok(false);
            }
            Err(BlobError::Store(error)) => return Err(error.into()),
        };
        let bytes = piece.bytes;
        let length = bytes.len() as u64;
        writer.put(&Item::Blob(BlobsPutRequest { blob, scope, total_bytes, sealed_hash, offset, bytes }))?;
        offset += length;
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
