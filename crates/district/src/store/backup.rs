//! A backup: one file with every row of every table, the same for SQLite and
//! PostgreSQL, so that either can be restored from the other's.
//!
//! `ZXDISTRICT1\n`, then records of 4 bytes length (big-endian) and one zstd
//! frame of CBOR each, then SM3 over all that. The first record says whose backup
//! it is, the last how many rows there are. The district's secret keys are among
//! the rows: the file is to be kept like them. Wrapped keys of persons are not: see
//! `left_out`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sm3::{Digest, Sm3};
use zhenxin_protocol::frame::{decompress, from_cbor, pack};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::limits::BODY_DECOMPRESSED_MAX_BYTES;

use super::db::{Tx, Value};
use super::tables::{self, Table};
use super::{Store, StoreError, meta, migrate};

mod kept;
mod left_out;
mod record;

use kept::Keeping;
pub use kept::Kept;
use left_out::LeftOut;
use record::{Cells, Header, Record};

/// First bytes of the file.
const MAGIC: &[u8] = b"ZXDISTRICT1\n";

/// Bytes of rows after which a record is full; a row has 600 KB at most, so that
/// a record stays far below what a reader takes.
const RECORD_BYTES: usize = 1_000_000;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be written or read.
    #[error("备份文件不能读写 （{0}），请检查磁盘和权限")]
    File(#[from] io::Error),
    /// Not a backup, cut off, or changed.
    #[error("备份文件不完整或已损坏，没有恢复任何数据；请换一份备份")]
    Damaged,
    /// Of another version of the program.
    #[error("备份的格式是 {found}，本程序的是 {known}；请用同一版本的程序恢复")]
    Format {
        /// Format of the backup.
        found: i64,
        /// Format of this program.
        known: i64,
    },
    /// Of another district.
    #[error("这份备份是另一个区平台的，没有恢复任何数据；请核对文件")]
    Foreign,
    /// There is something that would be lost.
    #[error("这个区平台里已有数据；确要用备份替换，请加 --replace")]
    NotEmpty,
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether what is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Only an empty store is filled.
    No,
    /// What is there goes, if the backup is of the same district.
    Yes,
}

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupReport {
    /// Rows.
    pub rows: u64,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Rows whose sum is wrong. They are in the file as they are.
    pub damaged: u64,
    /// When the backup was made, milliseconds UTC.
    pub made_at_ms: i64,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Rows of the backup.
    pub rows: u64,
    /// When the backup was made, milliseconds UTC.
    pub made_at_ms: i64,
    /// What was kept of the store that was replaced; `None` where there was none of this district.
    pub kept: Option<Kept>,
}

impl Store {
    /// Writes everything into a file, in one snapshot, while the district may go
    /// on. An older file of the name is replaced when the new one is whole.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn backup(&self, path: &Path, now_ms: i64) -> Result<BackupReport, BackupError> {
        let beside = beside(path);
        let file = create(&beside)?;
        let made = self.read(|tx| {
            let mut out = Out::begin(BufWriter::new(file))?;
            let header = Header {
                format: migrate::format(tx)?,
                lineage: meta::lineage(tx)?.0,
                sign_key: meta::keys(tx)?.sign_key(),
                made_at_ms: now_ms,
            };
            out.put(&Record::Header(header))?;
            let left_out = LeftOut::of(tx)?;
            for table in tables::all() {
                write_table(tx, table, &left_out, &mut out)?;
            }
            out.finish(now_ms)
        });
        match made {
            Ok(report) => {
                std::fs::rename(&beside, path)?;
                Ok(report)
            }
            Err(error) => {
                std::fs::remove_file(&beside)?;
                Err(error)
            }
        }
    }

    /// Puts a backup in the place of what is there, in one transaction and only
    /// after the whole file was found sound. The history gets a new name: devices
    /// then compare their heads with it and send what it lacks. What must not be
    /// undone is kept, see [`Kept`].
    ///
    /// # Errors
    /// [`BackupError`]; then nothing has changed.
    pub fn restore(&self, path: &Path, replace: Replace) -> Result<Restored, BackupError> {
        let (header, report) = check(path)?;
        if header.format != migrate::KNOWN {
            return Err(BackupError::Format { found: header.format, known: migrate::KNOWN });
        }
        let same_district = header.sign_key == self.sign_key();
        let (lineage, keys, kept) = self.write(|tx| {
            if tx.first("SELECT town FROM town LIMIT 1", &[])?.is_some() {
                if !same_district {
                    return Err(BackupError::Foreign);
                }
                if replace == Replace::No {
                    return Err(BackupError::NotEmpty);
                }
            }
            let mut keeping = Keeping::begin(tx, same_district)?;
            for table in tables::all().filter(|table| !keeping.outlives(table)) {
                tx.execute(&format!("DELETE FROM {}", table.name), &[])?;
            }
            read_rows(tx, path, &mut keeping)?;
            let kept = keeping.finish(tx)?;
            let keys = meta::keys(tx)?;
            if keys.sign_key() != header.sign_key {
                return Err(BackupError::Damaged);
            }
            Ok((meta::renew_lineage(tx, &self.random)?, keys, kept))
        })?;
        let mut identity = self.identity();
        identity.lineage = lineage;
        identity.keys = keys;
        Ok(Restored { rows: report.rows, made_at_ms: report.made_at_ms, kept })
    }

    /// Of which history and when a backup was made; after its whole content was
    /// found sound.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn backup_of(path: &Path) -> Result<(Lineage, i64), BackupError> {
        check(path).map(|(header, _)| (Lineage(header.lineage), header.made_at_ms))
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// A file that only its owner reads: the district's keys are in it.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_table(tx: &Tx<'_>, table: &'static Table, left_out: &LeftOut, out: &mut Out) -> Result<(), BackupError> {
    let mut rows: Vec<Cells> = Vec::new();
    let mut bytes = 0;
    tx.scan(table, |cells, sound| {
        out.damaged += u64::from(!sound);
        if left_out.has(table, &cells) {
            return Ok(());
        }
        bytes += cells.iter().map(length).sum::<usize>();
        rows.push(Cells(cells));
        if bytes >= RECORD_BYTES {
            bytes = 0;
            out.rows(table, std::mem::take(&mut rows))?;
        }
        Ok::<_, BackupError>(())
    })?;
    out.rows(table, rows)
}

fn length(value: &Value<'_>) -> usize {
    match value {
        Value::Null | Value::Int(_) => 9,
        Value::Text(text) => 9 + text.len(),
        Value::Blob(bytes) => 9 + bytes.len(),
    }
}

/// The file while it is written.
struct Out {
    file: BufWriter<File>,
    hash: Sm3,
    bytes: u64,
    written: u64,
    damaged: u64,
}

impl Out {
    fn begin(file: BufWriter<File>) -> Result<Self, BackupError> {
        let mut out = Self { file, hash: Sm3::new(), bytes: 0, written: 0, damaged: 0 };
        out.lay_down(MAGIC)?;
        Ok(out)
    }

    fn lay_down(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn put(&mut self, record: &Record) -> Result<(), BackupError> {
        let frame = pack(record);
        let length = u32::try_from(frame.len()).map_err(|_| BackupError::Damaged)?;
        self.lay_down(&length.to_be_bytes())?;
        self.lay_down(&frame)
    }

    fn rows(&mut self, table: &Table, rows: Vec<Cells>) -> Result<(), BackupError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.written += rows.len() as u64;
        self.put(&Record::Rows(table.name.to_owned(), rows))
    }

    fn finish(mut self, made_at_ms: i64) -> Result<BackupReport, BackupError> {
        self.put(&Record::End(self.written))?;
        let sum: [u8; 32] = self.hash.finalize().into();
        self.file.write_all(&sum)?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(BackupReport { rows: self.written, bytes: self.bytes + sum.len() as u64, damaged: self.damaged, made_at_ms })
    }
}

/// The file while it is read. It ends after the record that says so.
struct In {
    file: BufReader<File>,
    hash: Sm3,
    bytes: u64,
}

impl In {
    fn open(path: &Path) -> Result<Self, BackupError> {
        let mut input = Self { file: BufReader::new(File::open(path)?), hash: Sm3::new(), bytes: 0 };
        if input.take(MAGIC.len())? != MAGIC {
            return Err(BackupError::Damaged);
        }
        Ok(input)
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, BackupError> {
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BackupError::Damaged,
            _ => BackupError::File(error),
        })?;
        self.hash.update(&bytes);
        self.bytes += length as u64;
        Ok(bytes)
    }

    fn record(&mut self) -> Result<Record, BackupError> {
        let mut length = [0; 4];
        length.copy_from_slice(&self.take(4)?);
        let length = u32::from_be_bytes(length) as usize;
        if length > BODY_DECOMPRESSED_MAX_BYTES {
            return Err(BackupError::Damaged);
        }
        let frame = self.take(length)?;
        let plain = decompress(&frame, BODY_DECOMPRESSED_MAX_BYTES).map_err(|_| BackupError::Damaged)?;
        from_cbor(&plain).map_err(|_| BackupError::Damaged)
    }

    /// The sum that follows the last record, and nothing after it.
    fn end(mut self) -> Result<u64, BackupError> {
        let sum: [u8; 32] = self.hash.clone().finalize().into();
        let found = self.take(sum.len())?;
        let beyond = self.file.read(&mut [0])?;
        if Hash32::from_slice(&found) == Some(Hash32(sum)) && beyond == 0 {
            Ok(self.bytes)
        } else {
            Err(BackupError::Damaged)
        }
    }
}

/// Reads the whole file and believes nothing before its end.
fn check(path: &Path) -> Result<(Header, BackupReport), BackupError> {
    let mut input = In::open(path)?;
    let Record::Header(header) = input.record()? else { return Err(BackupError::Damaged) };
    let mut found = 0;
    loop {
        match input.record()? {
            Record::Header(_) => return Err(BackupError::Damaged),
            Record::Rows(table, rows) => {
                if tables::all().all(|known| known.name != table) {
                    return Err(BackupError::Damaged);
                }
                found += rows.len() as u64;
            }
            Record::End(rows) if rows == found => break,
            Record::End(_) => return Err(BackupError::Damaged),
        }
    }
    let bytes = input.end()?;
    let made_at_ms = header.made_at_ms;
    Ok((header, BackupReport { rows: found, bytes, damaged: 0, made_at_ms }))
}

fn read_rows(tx: &Tx<'_>, path: &Path, keeping: &mut Keeping) -> Result<(), BackupError> {
    let mut input = In::open(path)?;
    loop {
        match input.record()? {
            Record::Header(_) => {}
            Record::Rows(name, rows) => {
                let table = tables::all().find(|table| table.name == name).ok_or(BackupError::Damaged)?;
                if keeping.is_asked(table) {
                    for Cells(cells) in rows {
                        // a shorter row has no key to be found by
                        if cells.len() <= table.key {
                            return Err(BackupError::Damaged);
                        }
                        keeping.take(tx, table, cells)?;
                    }
                } else {
                    tx.insert_as_it_was(table, rows.into_iter().map(|row| row.0).collect())?;
                }
            }
            Record::End(_) => return Ok(()),
        }
    }
}
