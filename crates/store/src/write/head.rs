//! The head of this device's chain, and the making of the operations that follow it.

use rusqlite::{Connection, OptionalExtension};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::hash::{Hash32, SM3_TAG};
use zhenxin_protocol::hlc::Hlc;
use zhenxin_protocol::op::Op;

use crate::error::StoreError;
use crate::open::identity::{Identity, epoch_of, meta, set_meta};

const CLOCK: &str = "hlc";
/// Where this device's chain ends: epoch, seq and hash.
const OWN_END: &str = "own_end";

/// The last operation that this device wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnEnd {
    pub(crate) epoch: u32,
    pub(crate) seq: u64,
    pub(crate) hash: Hash32,
}

/// The end of this device's chain as it was noted beside the log, so that a log that was cut short shows it.
pub(crate) fn own_end(conn: &Connection) -> Result<Option<OwnEnd>, StoreError> {
    let Some(bytes) = meta(conn, OWN_END)? else { return Ok(None) };
    Ok(read_end(&bytes))
}

fn read_end(bytes: &[u8]) -> Option<OwnEnd> {
    let (epoch, rest) = bytes.split_first_chunk::<4>()?;
    let (seq, hash) = rest.split_first_chunk::<8>()?;
    let (epoch, seq) = (u32::from_be_bytes(*epoch), u64::from_be_bytes(*seq));
    Some(OwnEnd { epoch, seq, hash: Hash32::from_slice(hash)? })
}

/// Notes the end of this device's chain.
pub(crate) fn note_end(conn: &Connection, epoch: u32, (seq, hash): (u64, Hash32)) -> Result<(), StoreError> {
    set_meta(conn, OWN_END, &[&epoch.to_be_bytes()[..], &seq.to_be_bytes(), hash.as_bytes()].concat())
}

/// The hybrid clock as it stands in the file.
pub(crate) fn load_clock(conn: &Connection) -> Result<Hlc, StoreError> {
    let bytes = meta(conn, CLOCK)?.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    Ok(Hlc(bytes.map_or(0, u64::from_be_bytes)))
}

/// Keeps the hybrid clock.
pub(crate) fn save_clock(conn: &Connection, clock: Hlc) -> Result<(), StoreError> {
    set_meta(conn, CLOCK, &clock.0.to_be_bytes())
}

/// The last place of a chain and its hash; 0 and zero where it has none.
pub(crate) fn last_of(conn: &Connection, device: DeviceId, epoch: u32) -> Result<(u64, Hash32), StoreError> {
    let last = conn
        .prepare_cached(
            "SELECT seq, hash FROM op WHERE device = ?1 AND epoch = ?2 AND branch = 0 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row((device.as_bytes(), epoch), |row| Ok((row.get::<_, i64>(0)?.max(0) as u64, Hash32(row.get(1)?))))
        .optional()?;
    Ok(last.unwrap_or((0, Hash32::ZERO)))
}

/// Makes operations one after the other. It needs no database, so it can run beside one.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    device: DeviceId,
    epoch: u32,
    actor: UserId,
    now_ms: i64,
    seq: u64,
    prev: Hash32,
    clock: Hlc,
}

/// An operation ready to be entered.
pub(crate) struct Made {
    pub(crate) op: Op,
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: Hash32,
}

impl Chain {
    pub(crate) fn load(conn: &Connection, identity: &Identity, actor: UserId, now_ms: i64) -> Result<Self, StoreError> {
        let epoch = epoch_of(conn)?;
        let (seq, prev) = last_of(conn, identity.device, epoch)?;
        let clock = load_clock(conn)?;
        Ok(Self { device: identity.device, epoch, actor, now_ms, seq, prev, clock })
    }

    pub(crate) const fn clock(&self) -> Hlc {
        self.clock
    }

    /// Notes how far it has come.
    pub(crate) fn note_end(&self, conn: &Connection) -> Result<(), StoreError> {
        note_end(conn, self.epoch, (self.seq, self.prev))
    }

    /// The next operation.
    pub(crate) fn next(&mut self, id: OpId, scope: Scope, body: &Body, occurred_on: i32) -> Result<Made, StoreError> {
        self.clock = self.clock.tick(self.now_ms);
        let op = Op {
            id,
            device: self.device,
            epoch: self.epoch,
            seq: self.seq + 1,
            prev: self.prev,
            scope,
            kind: body.kind().to_owned(),
            kind_version: body.version(),
            body: body.encode(),
            hlc: self.clock.0,
            recorded_at: self.now_ms,
            occurred_on,
            actor: self.actor,
            alg: SM3_TAG.to_owned(),
            origin: None,
        };
        let bytes = op.to_bytes()?;
        let hash = Op::hash_of(&bytes);
        self.seq = op.seq;
        self.prev = hash;
        Ok(Made { op, bytes, hash })
    }
}
