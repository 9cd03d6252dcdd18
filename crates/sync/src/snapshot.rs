//! Snapshots as files: cut into chunks on the way out, put together again on
//! the way in. The file is encrypted with a key of its own, so that a chunk is
//! sealed as it lies there, and its id is its hash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::device_key::{Context, verify_hash};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::limits::{SNAPSHOT_CHUNK_BYTES, SNAPSHOT_CHUNKS_MAX};
use zhenxin_protocol::wire::snapshot::Manifest;
use zhenxin_protocol::wrap::{unwrap_snapshot_key, wrap_snapshot_key};
use zhenxin_store::{Ports, Store};

use crate::failure::Failure;

const OUT_FILE: &str = "snapshot.out";
const IN_FILE: &str = "snapshot.in";

/// The manifest of a snapshot that is being sent.
const UPLOAD: &str = "snapshot_upload";

/// Times that a chunk may come damaged before ops are fetched one by one.
pub(crate) const DAMAGED_MAX: u32 = 3;

fn local(error: &io::Error) -> Failure {
    tracing::warn!(kind = ?error.kind(), "the file of a snapshot cannot be used");
    let text = match error.kind() {
        io::ErrorKind::StorageFull => "磁盘空间不足，数据快照没有完成；请清理磁盘后再同步",
        _ => "数据快照的临时文件读写失败；请检查磁盘后再同步",
    };
    Failure::Local { text: text.to_owned() }
}

/// Ops that heads stand for.
pub(crate) fn ops_of(manifest: &Manifest) -> u64 {
    manifest.heads.iter().map(|head| head.size).sum()
}

/// Whether a manifest is one that can be fetched: as many chunks as its size
/// says, within the limits.
pub(crate) fn well_formed(manifest: &Manifest) -> bool {
    let chunk_bytes = u64::from(manifest.chunk_bytes);
    let fits = chunk_bytes > 0 && manifest.chunk_bytes as usize <= SNAPSHOT_CHUNK_BYTES;
    fits && manifest.total_bytes > 0
        && manifest.chunks.len() <= SNAPSHOT_CHUNKS_MAX
        && manifest.total_bytes.div_ceil(chunk_bytes) == manifest.chunks.len() as u64
}

fn chunk_len(manifest: &Manifest, chunk: usize) -> usize {
    let begun = chunk as u64 * u64::from(manifest.chunk_bytes);
    manifest.total_bytes.saturating_sub(begun).min(u64::from(manifest.chunk_bytes)) as usize
}

fn read_chunk(file: &mut File, manifest: &Manifest, chunk: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(chunk as u64 * u64::from(manifest.chunk_bytes)))?;
    let mut bytes = vec![0; chunk_len(manifest, chunk)];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A snapshot on its way out. Its file and manifest outlast a crash.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) manifest: Manifest,
    path: PathBuf,
}

impl Upload {
    /// The one that was begun, or a new one.
    pub(crate) fn open(store: &Store, ports: &Ports) -> Result<Self, Failure> {
        let path = store.dir().join(OUT_FILE);
        if let Some(manifest) = store.sync_get(UPLOAD)?.and_then(|bytes| from_cbor::<Manifest>(&bytes).ok())
            && fs::metadata(&path).is_ok_and(|file| file.len() == manifest.total_bytes)
        {
            return Ok(Self { manifest, path });
        }
        let manifest = make(store, ports, &path)?;
        store.sync_set(UPLOAD, &to_cbor(&manifest))?;
        Ok(Self { manifest, path })
    }

    pub(crate) fn chunk(&self, chunk: usize) -> Result<Vec<u8>, Failure> {
        let mut file = File::open(&self.path).map_err(|error| local(&error))?;
        read_chunk(&mut file, &self.manifest, chunk).map_err(|error| local(&error))
    }

    /// It is at the district, or cannot be sent: nothing of it stays here.
    pub(crate) fn drop_files(self, store: &Store) -> Result<(), Failure> {
        store.sync_drop(UPLOAD)?;
        remove(&self.path)
    }
}

fn make(store: &Store, ports: &Ports, path: &Path) -> Result<Manifest, Failure> {
    remove(path)?;
    let (mut key, mut snapshot, mut nonce) = ([0; 32], [0; 16], [0; 24]);
    ports.ids.fill(&mut key);
    ports.ids.fill(&mut snapshot);
    ports.ids.fill(&mut nonce);
    let data_key = store.own_data_key()?;
    let data_key_bytes = store.data_key_bytes(data_key)?.ok_or_else(no_key)?;
    let made = store.snapshot_out(path, &key)?;
    let mut file = File::open(path).map_err(|error| local(&error))?;
    let mut manifest = Manifest {
        snapshot,
        heads: made.heads,
        total_bytes: made.bytes,
        chunk_bytes: SNAPSHOT_CHUNK_BYTES as u32,
        chunks: Vec::new(),
        data_key,
        wrapped: wrap_snapshot_key(&snapshot, &key, data_key, &data_key_bytes, nonce),
        schema: made.schema,
        made_at_ms: ports.clock.now_ms(),
        device: store.device(),
    };
    let chunks = made.bytes.div_ceil(SNAPSHOT_CHUNK_BYTES as u64);
    for chunk in 0..usize::try_from(chunks).unwrap_or(usize::MAX) {
        let bytes = read_chunk(&mut file, &manifest, chunk).map_err(|error| local(&error))?;
        manifest.chunks.push(Hash32::of(&bytes));
    }
    Ok(manifest)
}

fn no_key() -> Failure {
    Failure::Local {
        text: "本机还没有全镇数据的密钥；请在镇里另一台已接入的电脑上同步一次".to_owned()
    }
}

/// A snapshot on its way in.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) manifest: Manifest,
    path: PathBuf,
    /// The first chunk that is not here.
    next: usize,
    /// The beginning of that chunk.
    begun: Vec<u8>,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Laid {
    /// More is needed.
    Open,
    /// The chunk is not what its id says; it begins anew.
    Damaged,
}

impl Download {
    /// Goes on where the chunks that lie here end.
    pub(crate) fn open(store: &Store, manifest: Manifest) -> Self {
        Self::at(store.dir().join(IN_FILE), manifest)
    }

    fn at(path: PathBuf, manifest: Manifest) -> Self {
        let mut next = 0;
        if let Ok(mut file) = File::open(&path) {
            while let Some(id) = manifest.chunks.get(next) {
                match read_chunk(&mut file, &manifest, next) {
                    Ok(bytes) if Hash32::of(&bytes) == *id => next += 1,
                    Ok(_) | Err(_) => break,
                }
            }
        }
        Self { manifest, path, next, begun: Vec::new() }
    }

    /// The chunk to be fetched, from where, and how many bytes of it are left.
    pub(crate) fn wanted(&self) -> Option<(Hash32, u64, usize)> {
        let id = self.manifest.chunks.get(self.next)?;
        let left = chunk_len(&self.manifest, self.next) - self.begun.len();
        Some((*id, self.begun.len() as u64, left))
    }

    /// Lays a piece down; a complete chunk is checked and kept.
    pub(crate) fn lay(&mut self, piece: &[u8]) -> Result<Laid, Failure> {
        self.begun.extend_from_slice(piece);
        if self.begun.len() < chunk_len(&self.manifest, self.next) {
            return Ok(Laid::Open);
        }
        let chunk = std::mem::take(&mut self.begun);
        if self.manifest.chunks.get(self.next) != Some(&Hash32::of(&chunk)) {
            return Ok(Laid::Damaged);
        }
        self.keep(&chunk).map_err(|error| local(&error))?;
        self.next += 1;
        Ok(Laid::Open)
    }

    fn keep(&self, chunk: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
        file.seek(SeekFrom::Start(self.next as u64 * u64::from(self.manifest.chunk_bytes)))?;
        file.write_all(chunk)?;
        file.sync_data()
    }

    /// Checks the whole and swaps it in.
    pub(crate) fn take(self, store: &Store) -> Result<u64, Failure> {
        let Some(data_key) = store.data_key_bytes(self.manifest.data_key)? else {
            return Err(no_key());
        };
        let manifest = &self.manifest;
        let key = unwrap_snapshot_key(&manifest.snapshot, &manifest.wrapped, manifest.data_key, &data_key)
            .ok_or(Failure::Garbled)?;
        // an earlier attempt may have left more behind than this snapshot is long
        OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|file| file.set_len(manifest.total_bytes))
            .map_err(|error| local(&error))?;
        let taken = store.snapshot_in(&self.path, &key, &manifest.heads);
        remove(&self.path)?;
        Ok(taken?)
    }

    /// Nothing of it stays here.
    pub(crate) fn drop_files(self) -> Result<(), Failure> {
        remove(&self.path)
    }
}

/// What a manifest is signed as, by its maker.
pub(crate) fn signed_by(store: &Store, device: DeviceId, manifest: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    let maker = store.known_device(device)?;
    Ok(maker.is_some_and(|maker| {
        verify_hash(&maker.sign_key, Context::SnapshotManifest, &Hash32::of(manifest), signature).is_ok()
    }))
}

/// Drops the files of snapshots on their way, out or in: after an erasure they hold what the town's file holds no more. One
/// that was under way begins anew.
///
/// # Errors
/// Faults of the disk.
pub fn drop_files(store: &Store) -> io::Result<()> {
    for name in [OUT_FILE, IN_FILE] {
        match fs::remove_file(store.dir().join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(local(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
