//! One row of the log: each column against the operation's bytes, or against what the district's word leaves behind.

use std::fmt;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use zhenxin_domain::ids::OpId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use crate::error::StoreError;
use crate::key::hex;
use crate::log::{ACCEPTED, PENDING, REJECTED, SUPERSEDED, arrive};

/// Columns that say again what the bytes say, in the order of [`said_again`]. `bytes` itself is held against `hash`.
pub(super) const SAID_AGAIN: [&str; 11] =
    ["id", "device", "epoch", "seq", "hash", "scope", "kind", "actor", "hlc", "origin", "readable"];
/// Columns of this PC's own, of which only some values go together: see [`Standing::fits`]. The place in the order is
/// held against the scope's tree as well.
pub(super) const STANDING: [&str; 8] =
    ["no", "branch", "status", "server_seq", "issue", "reason_code", "reason_text", "receipt_at"];

/// All rows with the columns of both, and the bytes between.
pub(super) const ROWS: &str = "SELECT no, branch, status, server_seq, issue, reason_code, reason_text, receipt_at,
  bytes, id, device, epoch, seq, hash, scope, kind, actor, hlc, origin, readable
FROM op ORDER BY device, epoch, seq, branch";
const BYTES: usize = STANDING.len();
const FIRST_SAID_AGAIN: usize = BYTES + 1;

/// What the columns must be for these bytes.
fn said_again<'o>(op: &'o Op, hash: &'o Hash32) -> [ValueRef<'o>; SAID_AGAIN.len()] {
    let text = |text: &'o str| ValueRef::Text(text.as_bytes());
    [
        ValueRef::Blob(op.id.as_bytes()),
        ValueRef::Blob(op.device.as_bytes()),
        ValueRef::Integer(i64::from(op.epoch)),
        ValueRef::Integer(op.seq as i64),
        ValueRef::Blob(hash.as_bytes()),
        text(op.scope.as_str()),
        text(&op.kind),
        ValueRef::Blob(op.actor.as_bytes()),
        ValueRef::Integer(op.hlc as i64),
        op.origin.as_ref().map_or(ValueRef::Null, |origin| ValueRef::Blob(origin.as_bytes())),
        ValueRef::Integer(i64::from(arrive::readable(&op.read_body()))),
    ]
}

/// Which row is meant, in words that lead to it: its number in this file, its place in its author's chain, its id.
#[derive(Debug, Clone)]
pub(super) struct Name {
    no: i64,
    device: Vec<u8>,
    epoch: i64,
    seq: i64,
    id: Vec<u8>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = <[u8; 16]>::try_from(self.id.as_slice());
        let id = id.map_or_else(|_| hex(&self.id), |id| OpId::from_bytes(id).to_string());
        let device = hex(self.device.get(..4).unwrap_or(&self.device));
        let Self { no, epoch, seq, .. } = self;
        write!(f, "操作记录 {id}（本机第 {no} 行，电脑 {device} 第 {epoch} 段第 {seq} 条）")
    }
}

/// Where an operation stands for this PC.
struct Standing {
    no: i64,
    branch: i64,
    status: u8,
    ordered: bool,
    issue: bool,
    reasons: u8,
    answered: bool,
}

impl Standing {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let there = |at: usize| Ok::<_, rusqlite::Error>(row.get_ref(at)? != ValueRef::Null);
        Ok(Self {
            no: row.get(0)?,
            branch: row.get(1)?,
            status: u8::try_from(row.get::<_, i64>(2)?).unwrap_or(u8::MAX),
            ordered: there(3)?,
            issue: there(4)?,
            reasons: u8::from(there(5)?) + u8::from(there(6)?),
            answered: there(7)?,
        })
    }

    /// Which columns contradict the status; what the district said is there exactly where it has spoken.
    fn fits(&self) -> bool {
        let beside = self.branch != 0;
        let silent = !self.ordered && !self.issue && self.reasons == 0 && !self.answered;
        let placed = self.branch == 0 || self.branch == self.no;
        placed
            && match self.status {
                PENDING => silent && !beside,
                ACCEPTED => self.ordered && self.answered && self.reasons == 0 && !beside,
                REJECTED => self.answered && self.reasons == 2 && !self.ordered && !self.issue,
                SUPERSEDED => silent && beside,
                _ => false,
            }
    }
}

/// A row that was read.
pub(super) struct Checked {
    pub(super) name: Name,
    /// The operation that the bytes are, where every column says the same.
    pub(super) op: Option<Op>,
    /// Hash of the bytes.
    pub(super) hash: Hash32,
    /// What is wrong with it.
    pub(super) fault: Option<String>,
    pub(super) device: Vec<u8>,
    pub(super) epoch: i64,
    pub(super) seq: i64,
    /// Whether a fork has put it beside its chain.
    pub(super) beside: bool,
    /// Whether the district has given it a place.
    pub(super) ordered: bool,
    pub(super) pending: bool,
}

/// Checks a row of [`ROWS`].
pub(super) fn check(conn: &Connection, row: &Row<'_>) -> Result<Checked, StoreError> {
    let bytes = row.get_ref(BYTES)?.as_blob().map_err(rusqlite::Error::from)?;
    let hash = Op::hash_of(bytes);
    let device: Vec<u8> = row.get(FIRST_SAID_AGAIN + 1)?;
    let (epoch, seq) = (row.get(FIRST_SAID_AGAIN + 2)?, row.get(FIRST_SAID_AGAIN + 3)?);
    let standing = Standing::read(row)?;
    let name = Name { no: standing.no, device: device.clone(), epoch, seq, id: row.get(FIRST_SAID_AGAIN)? };
    let op = Op::from_bytes(bytes).ok();
    let mut wrong = Vec::new();
    match &op {
        None => wrong.push("bytes"),
        Some(op) => {
            for (at, expected) in said_again(op, &hash).into_iter().enumerate() {
                if row.get_ref(FIRST_SAID_AGAIN + at)? != expected {
                    wrong.push(SAID_AGAIN[at]);
                }
            }
        }
    }
    let fault = if !wrong.is_empty() {
        Some(format!("{name}被改动过：{} 与内容不符", wrong.join("、")))
    } else if !standing.fits() {
        Some(format!("{name}被改动过：收发状态前后矛盾"))
    } else if !is_registered(conn, &standing, op.as_ref())? {
        Some(format!("{name}被改动过：它的登记（op_entity）不全"))
    } else {
        None
    };
    let (beside, ordered, pending) = (standing.branch != 0, standing.ordered, standing.status == PENDING);
    Ok(Checked { name, op: op.filter(|_| wrong.is_empty()), hash, fault, device, epoch, seq, beside, ordered, pending })
}

/// Whether everything that an operation touches leads back to its row.
fn is_registered(conn: &Connection, standing: &Standing, op: Option<&Op>) -> Result<bool, StoreError> {
    let Some(op) = op else { return Ok(true) };
    let Ok(Some(body)) = op.read_body() else { return Ok(true) };
    let mut find = conn.prepare_cached("SELECT 1 FROM op_entity WHERE entity = ?1 AND op_no = ?2")?;
    for entity in op.entities(&body) {
        if !find.exists((entity.to_bytes(), standing.no))? {
            return Ok(false);
        }
    }
    Ok(true)
}
