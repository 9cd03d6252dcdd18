//! What goes out: pending operations, this device's own first, then those of others that it carries.

use rusqlite::{Connection, OptionalExtension};
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::bundle::item::ChainPlace;
use zhenxin_protocol::device_key::{ED25519_TAG, sign_head};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
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
}

/// A piece of a chain.
struct Piece {
    ops: Vec<(OpId, Vec<u8>)>,
    last_seq: u64,
    head: HeadSignature,
}

impl Store {
    /// The next operations to push, strictly after a place that was handed out before: own chains by epoch, then those of
    /// other devices. At most `max_ops` and about `max_bytes` (at least one operation where there is any). A chain whose
    /// author's signature is not here is left out. A place with the highest `seq` passes over the rest of its chain.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn outbox(&self, after: Option<&ChainPlace>, max_ops: usize, max_bytes: usize) -> Result<Outbox, StoreError> {
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
            for chain in chains(conn, identity.device, after)? {
                let here = after.filter(|place| (place.device, place.epoch) == (chain.device, chain.epoch));
                let from = here.map_or(0, |place| place.seq);
                if !outbox.ops.is_empty() {
                    outbox.more = true;
                    break;
                }
                let piece = if chain.device == identity.device {
                    own_piece(conn, &chain, from, max_ops, max_bytes, &identity.sign_seed)?
                } else {
                    foreign_piece(conn, &chain, from, max_ops)?
                };
                let Some((piece, more)) = piece else { continue };
                outbox.device = chain.device;
                outbox.epoch = chain.epoch;
                outbox.last = Some(ChainPlace { device: chain.device, epoch: chain.epoch, seq: piece.last_seq });
                outbox.ops = piece.ops;
                outbox.head = piece.head;
                outbox.more = more;
                if more {
                    break;
                }
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

/// Chains with something that waits, from the one of `after` on, own ones first.
fn chains(conn: &Connection, own: DeviceId, after: Option<&ChainPlace>) -> Result<Vec<Waiting>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT DISTINCT device, epoch FROM op WHERE status = 0")?;
    let rows =
        statement.query_map([], |row| Ok(Waiting { device: DeviceId::from_bytes(row.get(0)?), epoch: row.get(1)? }))?;
    let mut chains: Vec<Waiting> = rows.collect::<Result<_, _>>()?;
    let order = |device: DeviceId, epoch: u32| (device != own, device, epoch);
    chains.sort_by_key(|chain| order(chain.device, chain.epoch));
    if let Some(after) = after {
        let from = order(after.device, after.epoch);
        chains.retain(|chain| order(chain.device, chain.epoch) >= from);
    }
    Ok(chains)
}

/// Place, id, hash and bytes of an operation that waits.
type WaitingOp = (u64, OpId, Hash32, Vec<u8>);

/// Waiting operations of one chain after a place, until one is missing.
struct Dense<'r> {
    rows: rusqlite::Rows<'r>,
    next: Option<u64>,
}

const WAITING_OF_CHAIN: &str = "SELECT seq, id, hash, bytes FROM op
    WHERE status = 0 AND device = ?1 AND epoch = ?2 AND seq > ?3 AND branch = 0 ORDER BY seq";

impl Dense<'_> {
    fn next(&mut self) -> Result<Option<WaitingOp>, StoreError> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        let seq = row.get::<_, i64>(0)?.max(0) as u64;
        if self.next.is_some_and(|next| next != seq) {
            return Ok(None);
        }
        self.next = Some(seq + 1);
        Ok(Some((seq, OpId::from_bytes(row.get(1)?), Hash32(row.get(2)?), row.get(3)?)))
    }
}

fn own_piece(
    conn: &Connection,
    chain: &Waiting,
    from: u64,
    max_ops: usize,
    max_bytes: usize,
    seed: &[u8; 32],
) -> Result<Option<(Piece, bool)>, StoreError> {
    let mut statement = conn.prepare_cached(WAITING_OF_CHAIN)?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let mut dense = Dense { rows: statement.query((chain.device.as_bytes(), chain.epoch, from))?, next: None };
    let (mut ops, mut bytes_total, mut last, mut more) = (Vec::new(), 0, None, false);
    while let Some((seq, id, hash, bytes)) = dense.next()? {
        bytes_total += bytes.len();
        if !ops.is_empty() && (ops.len() >= max_ops || bytes_total > max_bytes) {
            more = true;
            break;
        }
        last = Some((seq, hash));
        ops.push((id, bytes));
    }
    // A gap ends the piece; what is behind it waits too.
    more |= dense.rows.next()?.is_some();
    Ok(last.map(|(last_seq, hash)| {
        let head = HeadSignature { alg: ED25519_TAG.to_owned(), signature: sign_head(seed, &hash).to_vec() };
        (Piece { ops, last_seq, head }, more)
    }))
}

/// Another device's piece ends where its author signed. Authors sign batches that a push can hold, so `max_bytes` is
/// kept by them.
fn foreign_piece(
    conn: &Connection,
    chain: &Waiting,
    from: u64,
    max_ops: usize,
) -> Result<Option<(Piece, bool)>, StoreError> {
    let mut statement = conn.prepare_cached(WAITING_OF_CHAIN)?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let mut dense = Dense { rows: statement.query((chain.device.as_bytes(), chain.epoch, from))?, next: None };
    let mut signed =
        conn.prepare_cached("SELECT alg, signature FROM chain_head WHERE device = ?1 AND epoch = ?2 AND seq = ?3")?;
    let (mut ops, mut found) = (Vec::new(), None);
    while let Some((seq, id, _, bytes)) = dense.next()? {
        // One batch more than a push is looked through: its end may be signed only there.
        if ops.len() >= max_ops {
            break;
        }
        ops.push((id, bytes));
        let head = signed
            .query_row((chain.device.as_bytes(), chain.epoch, seq as i64), |row| {
                Ok(HeadSignature { alg: row.get(0)?, signature: row.get(1)? })
            })
            .optional()?;
        if let Some(head) = head {
            found = Some((ops.len(), seq, head));
        }
    }
    Ok(found.map(|(len, last_seq, head)| {
        let more = ops.len() > len || dense.rows.next().is_ok_and(|row| row.is_some());
        ops.truncate(len);
        (Piece { ops, last_seq, head }, more)
    }))
}
