//! What goes out: pending operations, this device's own and those of others that it carries, in the order in which they
//! were written. A district that has to order them anew then puts none before what its author had seen.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row};
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::bundle::item::ChainPlace;
use zhenxin_protocol::device_key::{Context, ED25519_TAG, sign_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::limits::PUSH_OPS_MAX;
use zhenxin_protocol::wire::ops::HeadSignature;

use crate::error::StoreError;
use crate::open::Store;

/// A batch to push.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// Who wrote it; this device where there is nothing to send.
    pub device: DeviceId,
    /// The epoch of all operations in the batch.
    pub epoch: u32,
    /// Ids and stored bytes, dense in the order of the chain.
    pub ops: Vec<(OpId, Vec<u8>)>,
    /// The author's signature over the hash of the last operation; empty where there is none.
    pub head: HeadSignature,
    /// The place of the last operation.
    pub last: Option<ChainPlace>,
    /// Whether more is waiting.
    pub more: bool,
}

/// How far each chain was handed out, while the district's answer is awaited.
#[derive(Debug, Clone, Default)]
pub struct HandedOut(BTreeMap<(DeviceId, u32), u64>);

impl HandedOut {
    /// A batch that ends here was handed out.
    pub fn note(&mut self, last: ChainPlace) {
        self.0.insert((last.device, last.epoch), last.seq);
    }

    /// The rest of a chain is left alone.
    pub fn pass_over(&mut self, device: DeviceId, epoch: u32) {
        self.0.insert((device, epoch), u64::MAX);
    }

    fn after(&self, device: DeviceId, epoch: u32) -> i64 {
        self.0.get(&(device, epoch)).map_or(0, |seq| i64::try_from(*seq).unwrap_or(i64::MAX))
    }
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxSize {
    /// This device's own operations.
    pub own_ops: u64,
    /// Those of other devices.
    pub foreign_ops: u64,
    /// When the oldest was recorded, ms since 1970 UTC.
    pub oldest_ms: Option<i64>,
}

/// A chain of which something waits.
struct Waiting {
    device: DeviceId,
    epoch: u32,
    /// Where the next piece begins: the first place that waits, or the one after what was handed out, so that the pieces
    /// follow on each other.
    from: i64,
    /// The last place that waits.
    to: i64,
    /// Clock of the first that waits.
    hlc: i64,
}

impl Waiting {
    const fn bounds(&self) -> (&[u8; 16], u32, i64, i64) {
        (self.device.as_bytes(), self.epoch, self.from, self.to)
    }
}

/// A piece of a chain.
struct Piece {
    ops: Vec<(OpId, Vec<u8>)>,
    last_seq: u64,
    head: HeadSignature,
}

impl Store {
    /// The next operations to push after what was handed out: of the chain whose first one is the oldest, and only so far
    /// as none of another chain is older. At most `max_ops` and about `max_bytes` (at least one operation where there is
    /// any). A chain whose author's signature is not here is left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn outbox(&self, handed: &HandedOut, max_ops: usize, max_bytes: usize) -> Result<Outbox, StoreError> {
        let identity = &self.inner.identity;
        self.read(|r| {
            let conn = r.conn();
            let mut outbox = Outbox {
                device: identity.device,
                epoch: crate::open::identity::epoch_of(conn)?,
                ops: Vec::new(),
                head: HeadSignature { alg: String::new(), signature: Vec::new() },
                last: None,
                more: false,
            };
            let mut chains = chains(conn, handed)?.into_iter().peekable();
            while let Some(chain) = chains.next() {
                let until = chains.peek().map_or(i64::MAX, |next| next.hlc);
                let piece = if chain.device == identity.device {
                    own_piece(conn, &chain, until, max_ops, max_bytes, &identity.sign_seed)?
                } else {
                    foreign_piece(conn, &chain, until, max_ops)?
                };
                let Some((piece, more)) = piece else { continue };
                outbox.device = chain.device;
                outbox.epoch = chain.epoch;
                outbox.last = Some(ChainPlace { device: chain.device, epoch: chain.epoch, seq: piece.last_seq });
                outbox.ops = piece.ops;
                outbox.head = piece.head;
                outbox.more = more || chains.peek().is_some();
                break;
            }
            Ok(outbox)
        })
    }

    /// How much waits to be sent.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn outbox_size(&self) -> Result<OutboxSize, StoreError> {
        let own = self.device();
        self.read(|r| {
            let own_ops = r.count("SELECT count(*) FROM op WHERE status = 0 AND device = ?1", [own.as_bytes()])?;
            let all = r.count("SELECT count(*) FROM op WHERE status = 0", [])?;
            let oldest: Option<Vec<u8>> =
                r.one("SELECT bytes FROM op WHERE status = 0 ORDER BY hlc LIMIT 1", [], |row| row.get(0))?;
            let oldest_ms = oldest.and_then(|bytes| Op::from_bytes(&bytes).ok()).map(|op| op.recorded_at);
            Ok(OutboxSize { own_ops, foreign_ops: all.saturating_sub(own_ops), oldest_ms })
        })
    }
}

// Each is one step in an index, however much waits: a batch must not cost more because many are behind it. A comparison
// of pairs would read every row of the chain that it passes.
const LATER_EPOCH: &str = "SELECT device, epoch FROM op INDEXED BY op_pending
    WHERE status = 0 AND device = ?1 AND epoch > ?2 ORDER BY epoch LIMIT 1";
const LATER_DEVICE: &str = "SELECT device, epoch FROM op INDEXED BY op_pending
    WHERE status = 0 AND device > ?1 ORDER BY device, epoch LIMIT 1";
const FIRST: &str = "SELECT seq, hlc FROM op INDEXED BY op_pending
    WHERE status = 0 AND device = ?1 AND epoch = ?2 AND seq > ?3 AND branch = 0 ORDER BY seq LIMIT 1";
const LAST: &str = "SELECT seq FROM op INDEXED BY op_pending
    WHERE status = 0 AND device = ?1 AND epoch = ?2 AND branch = 0 ORDER BY seq DESC LIMIT 1";
const OF_CHAIN: &str = "SELECT seq, hlc, id, hash, bytes FROM op
    WHERE device = ?1 AND epoch = ?2 AND seq BETWEEN ?3 AND ?4 AND branch = 0 AND status IN (0, 2) ORDER BY seq";

/// Chains with something that waits and was not handed out, the one with the oldest first.
fn chains(conn: &Connection, handed: &HandedOut) -> Result<Vec<Waiting>, StoreError> {
    let mut later_epoch = conn.prepare_cached(LATER_EPOCH)?;
    let mut later_device = conn.prepare_cached(LATER_DEVICE)?;
    let (mut first, mut last) = (conn.prepare_cached(FIRST)?, conn.prepare_cached(LAST)?);
    let read = |row: &Row<'_>| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, u32>(1)?));
    let mut chains = Vec::new();
    let mut chain = later_device.query_row([[].as_slice()], read).optional()?;
    while let Some((device, epoch)) = chain {
        chain = later_epoch.query_row((device, epoch), read).optional()?;
        if chain.is_none() {
            chain = later_device.query_row([device], read).optional()?;
        }
        let device = DeviceId::from_bytes(device);
        let after = handed.after(device, epoch);
        let found = first
            .query_row((device.as_bytes(), epoch, after), |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
            .optional()?;
        let Some((seq, hlc)) = found else { continue };
        let from = if after > 0 { after + 1 } else { seq };
        let to = last.query_row((device.as_bytes(), epoch), |row| row.get(0))?;
        chains.push(Waiting { device, epoch, from, to, hlc });
    }
    chains.sort_by_key(|chain| (chain.hlc, chain.device, chain.epoch));
    Ok(chains)
}

/// An operation that waits.
struct WaitingOp {
    seq: u64,
    hlc: i64,
    id: OpId,
    hash: Hash32,
    bytes: Vec<u8>,
}

/// Operations of one chain from the first that waits after a place, until one is missing. A refused one between those that
/// wait goes along: the signature covers a chain, and without it the rest would follow on nothing.
struct Dense<'r> {
    rows: rusqlite::Rows<'r>,
    next: Option<u64>,
}

impl Dense<'_> {
    fn next(&mut self) -> Result<Option<WaitingOp>, StoreError> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        let seq = row.get::<_, i64>(0)?.max(0) as u64;
        if self.next.is_some_and(|next| next != seq) {
            return Ok(None);
        }
        self.next = Some(seq + 1);
        Ok(Some(WaitingOp {
            seq,
            hlc: row.get(1)?,
            id: OpId::from_bytes(row.get(2)?),
            hash: Hash32(row.get(3)?),
            bytes: row.get(4)?,
        }))
    }
}

fn own_piece(
    conn: &Connection,
    chain: &Waiting,
    until: i64,
    max_ops: usize,
    max_bytes: usize,
    seed: &[u8; 32],
) -> Result<Option<(Piece, bool)>, StoreError> {
    let mut statement = conn.prepare_cached(OF_CHAIN)?;
    let mut dense = Dense { rows: statement.query(chain.bounds())?, next: None };
    let (mut ops, mut bytes_total, mut last, mut more) = (Vec::new(), 0, None, false);
    while let Some(op) = dense.next()? {
        bytes_total += op.bytes.len();
        if !ops.is_empty() && (ops.len() >= max_ops || bytes_total > max_bytes || op.hlc > until) {
            more = true;
            break;
        }
        last = Some((op.seq, op.hash));
        ops.push((op.id, op.bytes));
    }
    // A gap ends the piece; what is behind it waits too.
    more |= dense.rows.next()?.is_some();
    Ok(last.map(|(last_seq, hash)| {
        let head = HeadSignature {
            alg: ED25519_TAG.to_owned(),
            signature: sign_hash(seed, Context::ChainHead, &hash).to_vec(),
        };
        (Piece { ops, last_seq, head }, more)
    }))
}

/// Another device's piece ends where its author signed. Authors sign batches that a push can hold, so its limits are kept
/// by them.
fn foreign_piece(
    conn: &Connection,
    chain: &Waiting,
    until: i64,
    max_ops: usize,
) -> Result<Option<(Piece, bool)>, StoreError> {
    let mut statement = conn.prepare_cached(OF_CHAIN)?;
    let mut dense = Dense { rows: statement.query(chain.bounds())?, next: None };
    let mut signed =
        conn.prepare_cached("SELECT alg, signature FROM chain_head WHERE device = ?1 AND epoch = ?2 AND seq = ?3")?;
    let (mut ops, mut found) = (Vec::new(), None);
    while let Some(op) = dense.next()? {
        // the author's batch may be longer than this PC's own are, and goes whole or never
        let enough = found.is_some() && (ops.len() >= max_ops || op.hlc > until);
        if enough || ops.len() >= PUSH_OPS_MAX {
            break;
        }
        ops.push((op.id, op.bytes));
        let head = signed
            .query_row((chain.device.as_bytes(), chain.epoch, op.seq as i64), |row| {
                Ok(HeadSignature { alg: row.get(0)?, signature: row.get(1)? })
            })
            .optional()?;
        if let Some(head) = head {
            found = Some((ops.len(), op.seq, head));
        }
    }
    Ok(found.map(|(len, last_seq, head)| {
        let more = ops.len() > len || dense.rows.next().is_ok_and(|row| row.is_some());
        ops.truncate(len);
        (Piece { ops, last_seq, head }, more)
    }))
}

#[cfg(test)]
mod tests;
