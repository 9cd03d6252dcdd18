//! Taking ops: the chain of a device, the order of a scope, the fate of each.

use rusqlite::{OptionalExtension, Transaction};

use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::{Op, OpFault};
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::limits::CLOCK_AHEAD_MAX_MS;
use zhenxin_protocol::wire::ops::{ISSUE_TIME_SUSPECT, OpOutcome, RejectCode};
use zhenxin_protocol::wire::scope::allows;

use super::device::{self, Device};
use super::{Store, StoreError, brand, from_sql, to_sql};

/// An op as it came, read before the lock is taken.
pub struct Incoming {
    bytes: Vec<u8>,
    hash: Hash32,
    read: Result<Op, RejectCode>,
}

impl Incoming {
    /// Hashes and reads the bytes.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Self {
        let read = Op::from_bytes(&bytes).map_err(|fault| match fault {
            OpFault::TooLarge => RejectCode::TooLarge,
            OpFault::Shape | OpFault::Algorithm | OpFault::Chain => RejectCode::BadOp,
        });
        // a kind of a newer program is taken as it is; a known kind must be whole
        let read = read.and_then(|op| match op.read_body() {
            Ok(_) => Ok(op),
            Err(_) => Err(RejectCode::BadBody),
        });
        Self { hash: Op::hash_of(&bytes), bytes, read }
    }

    /// Hash of the bytes.
    #[must_use]
    pub const fn hash(&self) -> Hash32 {
        self.hash
    }
}

/// Why a whole push is refused.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Revoked between the check of the token and the lock.
    #[error("{}", .0.name())]
    Refused(FaultCode),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for PushError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The end of a device's chain in one epoch.
struct Chain {
    next_seq: u64,
    last_hash: Hash32,
}

/// Where an incoming op stands in the chain.
enum Place {
    /// Next: to be judged.
    Next,
    /// There already.
    Known(OpOutcome),
    /// After something that is missing.
    Gap,
    /// Against another op.
    Fork,
}

struct Push<'t> {
    transaction: &'t Transaction<'t>,
    device: &'t Device,
    epoch: u32,
    now_ms: i64,
    chain: Chain,
    /// Sequence number of the op before this one in the push.
    before: Option<u64>,
}

impl Store {
    /// Takes ops of one device and epoch and tells the fate of each, in one
    /// transaction.
    ///
    /// # Errors
    /// [`PushError`]; then nothing was taken.
    pub fn push(
        &self,
        device: &Device,
        epoch: u32,
        ops: &[Incoming],
        now_ms: i64,
    ) -> Result<Vec<OpOutcome>, PushError> {
        self.write(|transaction| {
            let still = device::by_id(transaction, device.id)?;
            if still.is_none_or(|still| still.revoked_at_ms.is_some()) {
                return Err(PushError::Refused(FaultCode::DeviceRevoked));
            }
            let mut push =
                Push { transaction, device, epoch, now_ms, chain: chain(transaction, device, epoch)?, before: None };
            let outcomes = push.take_all(ops)?;
            if outcomes.contains(&OpOutcome::Fork) {
                transaction.execute(
                    "UPDATE device SET forked_at_ms = coalesce(forked_at_ms, ?2) WHERE id = ?1",
                    (device.id.as_bytes(), now_ms),
                )?;
            }
            transaction
                .execute("UPDATE device SET contact_at_ms = ?2 WHERE id = ?1", (device.id.as_bytes(), now_ms))?;
            Ok(outcomes)
        })
    }
}

fn chain(transaction: &Transaction<'_>, device: &Device, epoch: u32) -> Result<Chain, StoreError> {
    let last: Option<(i64, [u8; 32])> = transaction
        .prepare_cached(include_str!("push/select_chain_end.sql"))?
        .query_row((device.id.as_bytes(), epoch), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(last.map_or(Chain { next_seq: 1, last_hash: Hash32::ZERO }, |(seq, hash)| Chain {
        next_seq: from_sql(seq) + 1,
        last_hash: Hash32(hash),
    }))
}

impl Push<'_> {
    fn take_all(&mut self, ops: &[Incoming]) -> Result<Vec<OpOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(ops.len());
        for op in ops {
            let outcome = match self.place(op)? {
                Place::Next => self.take(op)?,
                Place::Known(outcome) => outcome,
                // what follows in this push hangs on this op and shares its fate
                Place::Gap => {
                    let gap = OpOutcome::Gap { expected: self.chain.next_seq };
                    outcomes.resize(ops.len(), gap);
                    break;
                }
                Place::Fork => {
                    outcomes.resize(ops.len(), OpOutcome::Fork);
                    break;
                }
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn place(&mut self, op: &Incoming) -> Result<Place, StoreError> {
        let own = op.read.as_ref().ok().filter(|read| read.device == self.device.id && read.epoch == self.epoch);
        let seq = match own {
            Some(read) => read.seq,
            // unreadable: its place is where its hash lies, or after the op before it
            None => match self.seq_of(op.hash)? {
                Some(seq) => seq,
                None => self.before.map_or(self.chain.next_seq, |before| before + 1),
            },
        };
        self.before = Some(seq);
        if seq > self.chain.next_seq {
            return Ok(Place::Gap);
        }
        if seq < self.chain.next_seq {
            return self.known(seq, op.hash);
        }
        let follows = own.is_none_or(|read| read.prev == self.chain.last_hash);
        Ok(if follows { Place::Next } else { Place::Fork })
    }

    fn seq_of(&self, hash: Hash32) -> Result<Option<u64>, StoreError> {
        let seq: Option<i64> = self
            .transaction
            .prepare_cached(include_str!("push/select_seq_by_hash.sql"))?
            .query_row((self.device.id.as_bytes(), self.epoch, hash.as_bytes()), |row| row.get(0))
            .optional()?;
        Ok(seq.map(from_sql))
    }

    /// The fate that an op had when it came first.
    fn known(&self, seq: u64, hash: Hash32) -> Result<Place, StoreError> {
        let stored = self
            .transaction
            .prepare_cached(include_str!("push/select_known.sql"))?
            .query_row((self.device.id.as_bytes(), self.epoch, to_sql(seq)), |row| {
                Ok((
                    row.get::<_, [u8; 32]>(0)?,
                    row.get::<_, Option<i64>>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, Option<String>>(3)?,
                ))
            })
            .optional()?;
        let Some((stored_hash, server_seq, issue, reject_code)) = stored else {
            return Ok(Place::Fork);
        };
        if stored_hash != *hash.as_bytes() {
            return Ok(Place::Fork);
        }
        let outcome = match (server_seq, reject_code) {
            (Some(server_seq), None) => OpOutcome::Duplicate { server_seq: from_sql(server_seq), issue },
            (None, Some(code)) => RejectCode::from_name(&code).ok_or(StoreError::Damaged("op.reject_code"))?.outcome(),
            _ => return Err(StoreError::Damaged("op")),
        };
        Ok(Place::Known(outcome))
    }

    /// Judges the next op of the chain and stores it, whatever the judgement.
    fn take(&mut self, op: &Incoming) -> Result<OpOutcome, StoreError> {
        let judged = self.judge(op)?;
        let (id, scope, server_seq, issue, reject) = match &judged {
            Ok((read, issue)) => {
                let server_seq = self.next_in_scope(read.scope)?;
                (Some(*read.id.as_bytes()), Some(read.scope), Some(server_seq), *issue, None)
            }
            Err(code) => (None, None, None, None, Some(*code)),
        };
        // an op above the limit is kept by its author alone
        let bytes: &[u8] = if reject == Some(RejectCode::TooLarge) { &[] } else { &op.bytes };
        self.transaction.prepare_cached(include_str!("push/insert_op.sql"))?.execute(rusqlite::params![
            self.device.id.as_bytes(),
            self.epoch,
            to_sql(self.chain.next_seq),
            op.hash.as_bytes(),
            id,
            scope.as_ref().map(Scope::as_str),
            server_seq.map(to_sql),
            issue,
            reject.map(RejectCode::name),
            self.now_ms,
            bytes,
        ])?;
        if let (Ok((read, _)), Some(server_seq)) = (&judged, server_seq) {
            brand::note_release(self.transaction, self.device.town, server_seq, read)?;
        }
        self.chain = Chain { next_seq: self.chain.next_seq + 1, last_hash: op.hash };
        Ok(match (server_seq, issue, reject) {
            (Some(server_seq), None, _) => OpOutcome::Accepted { server_seq },
            (Some(server_seq), Some(kind), _) => OpOutcome::AcceptedWithIssue { server_seq, kind: kind.to_owned() },
            (None, _, code) => code.unwrap_or(RejectCode::BadOp).outcome(),
        })
    }

    /// Whether the op may enter its scope's log, and with which issue.
    fn judge<'o>(&self, op: &'o Incoming) -> Result<Result<(&'o Op, Option<&'static str>), RejectCode>, StoreError> {
        let read = match &op.read {
            Ok(read) => read,
            Err(code) => return Ok(Err(*code)),
        };
        if read.device != self.device.id || read.epoch != self.epoch {
            return Ok(Err(RejectCode::BadOp));
        }
        if !allows(self.device.town, &self.device.scopes, read.scope) {
            return Ok(Err(RejectCode::ScopeDenied));
        }
        let id_taken = self
            .transaction
            .prepare_cached("SELECT 1 FROM op WHERE id = ?1 AND server_seq IS NOT NULL")?
            .exists([read.id.as_bytes()])?;
        if id_taken {
            // the same bytes would have been found at their place in the chain
            return Ok(Err(RejectCode::IdReused));
        }
        let ahead = read.recorded_at.saturating_sub(self.now_ms) > CLOCK_AHEAD_MAX_MS;
        Ok(Ok((read, ahead.then_some(ISSUE_TIME_SUSPECT))))
    }

    /// The next place in a scope, from the row that the transaction holds.
    fn next_in_scope(&self, scope: Scope) -> Result<u64, StoreError> {
        let seq: i64 = self
            .transaction
            .prepare_cached(include_str!("push/take_server_seq.sql"))?
            .query_row((scope.as_str(), self.device.town.as_str()), |row| row.get(0))?;
        Ok(from_sql(seq))
    }
}
