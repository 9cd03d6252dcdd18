//! Chains after a fault: a new epoch after a fork, places that the district has lost, forks of other devices.

use rusqlite::Connection;
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use super::arrive::readable;
use super::{Entry, Log, PENDING, SUPERSEDED};
use crate::error::StoreError;
use crate::fold::Folder;
use crate::open::Store;
use crate::open::identity::{epoch_of, set_epoch};
use crate::write::head::note_end;

/// Code of a relayed operation whose place in its author's chain another one has. Its author's own PC repeats the
/// content in a later epoch.
const FORK_CODE: &str = "fork";
const FORK_TEXT: &str = "登记这条记录的电脑有过两份数据，区平台收下的是另一份；等那台电脑同步后会自动补上";

/// What reopening a chain gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reopened {
    /// Operations that wait again.
    pub ops: u64,
    /// Whether the chain from there on is here without a gap, so that it can be sent.
    pub dense: bool,
}

impl Store {
    /// The epoch in which this device writes.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn epoch(&self) -> Result<u32, StoreError> {
        self.read(|r| epoch_of(r.conn()))
    }

    /// Goes on in a new epoch: what waits here of this device is repeated in it, with the same content and in the same
    /// order, and the former operations are kept beside. How many were repeated. The present epoch changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for an earlier epoch, faults of the database.
    pub fn begin_epoch(&self, epoch: u32) -> Result<u64, StoreError> {
        let own = self.device();
        self.write_arrived(|log| {
            let present = epoch_of(log.conn)?;
            if epoch < present {
                return Err(StoreError::Refused("区平台给的编号比本机现用的旧，请重新同步"));
            }
            if epoch == present {
                return Ok(0);
            }
            set_epoch(log.conn, epoch)?;
            log.repeat_pending(own, epoch)
        })
    }

    /// Makes operations of a chain wait again from a place on, after the district said that it lacks them. What is
    /// proven to be in the district's order stays.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn reopen_chain(&self, device: DeviceId, epoch: u32, from_seq: u64) -> Result<Reopened, StoreError> {
        self.write_arrived(|log| log.reopen_chain(device, epoch, from_seq))
    }

    /// Refuses what waits of another device's chain from a place on, where the district holds another operation: its
    /// author alone can repeat it. How many were refused.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn refuse_fork(&self, device: DeviceId, epoch: u32, from_seq: u64) -> Result<u64, StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| log.refuse_fork(device, epoch, from_seq, now_ms))
    }
}

fn numbers(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<i64>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let numbers = statement.query_map(params, |row| row.get(0))?;
    Ok(numbers.collect::<Result<_, _>>()?)
}

impl Log<'_> {
    fn repeat_pending(&mut self, own: DeviceId, epoch: u32) -> Result<u64, StoreError> {
        let sql = "SELECT no FROM op WHERE status = 0 AND device = ?1 ORDER BY epoch, seq";
        let waiting = numbers(self.conn, sql, [own.as_bytes()])?;
        let mut last = self.last_of(own, epoch)?;
        for no in &waiting {
            let bytes: Vec<u8> =
                self.conn.prepare_cached("SELECT bytes FROM op WHERE no = ?1")?.query_row([no], |row| row.get(0))?;
            last = self.repeat(*no, &Op::from_bytes(&bytes)?, epoch, last)?;
        }
        if !waiting.is_empty() {
            note_end(self.conn, epoch, last)?;
        }
        Ok(waiting.len() as u64)
    }

    /// The last place of a chain and its hash.
    fn last_of(&self, device: DeviceId, epoch: u32) -> Result<(u64, Hash32), StoreError> {
        crate::write::head::last_of(self.conn, device, epoch)
    }

    /// The content, its clock, its author and its days stay as they are: the same rows follow from it.
    fn repeat(&mut self, no: i64, former: &Op, epoch: u32, last: (u64, Hash32)) -> Result<(u64, Hash32), StoreError> {
        let op = Op {
            id: OpId::from_uuid(self.ports.uuid()),
            epoch,
            seq: last.0 + 1,
            prev: last.1,
            origin: Some(former.content_id()),
            ..former.clone()
        };
        let bytes = op.to_bytes()?;
        let hash = Op::hash_of(&bytes);
        self.conn.prepare_cached("UPDATE op SET status = ?2, branch = no WHERE no = ?1")?.execute((no, SUPERSEDED))?;
        let body = op.read_body();
        let entry = Entry {
            op: &op,
            bytes: &bytes,
            hash,
            status: PENDING,
            readable: readable(&body),
            server_seq: None,
            receipt_at: None,
        };
        let repeated = self.append(&entry)?;
        if let Ok(Some(body)) = body {
            self.register(repeated, &op.entities(&body))?;
            // The place in the canonical order is the former one's, so nothing is folded again, unless the former
            // content stands in the order already.
            if self.stands_twice(&op)? {
                let entities = op.entities(&body);
                self.disturb(entities);
            }
        }
        Ok((op.seq, hash))
    }

    fn reopen_chain(&mut self, device: DeviceId, epoch: u32, from_seq: u64) -> Result<Reopened, StoreError> {
        let chain = (device.as_bytes(), epoch, i64::try_from(from_seq).unwrap_or(i64::MAX));
        let again = numbers(self.conn, include_str!("lost.sql"), chain)?;
        self.wait_again(&again)?;
        let sql = "SELECT seq FROM op WHERE device = ?1 AND epoch = ?2 AND seq >= ?3 AND branch = 0 AND status = 0
                   ORDER BY seq";
        let waiting = numbers(self.conn, sql, chain)?;
        let last = self
            .conn
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM op WHERE device = ?1 AND epoch = ?2 AND branch = 0")?
            .query_row((device.as_bytes(), epoch), |row| row.get::<_, i64>(0))?;
        let dense = (chain.2..).zip(&waiting).all(|(expected, seq)| *seq == expected)
            && waiting.last().is_some_and(|waiting| *waiting == last);
        Ok(Reopened { ops: again.len() as u64, dense })
    }

    /// Takes the district's word on these operations back: they wait.
    pub(super) fn wait_again(&mut self, numbers: &[i64]) -> Result<(), StoreError> {
        for no in numbers {
            self.conn
                .prepare_cached(
                    "UPDATE op SET status = 0, server_seq = NULL, issue = NULL, reason_code = NULL, reason_text = NULL,
                       receipt_at = NULL WHERE no = ?1",
                )?
                .execute([no])?;
            let entities = Folder::entities_of(self.conn, *no)?;
            self.disturb(entities);
        }
        Ok(())
    }

    pub(super) fn refuse_fork(
        &mut self,
        device: DeviceId,
        epoch: u32,
        from_seq: u64,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let chain = (device.as_bytes(), epoch, i64::try_from(from_seq).unwrap_or(i64::MAX));
        let sql = "SELECT no FROM op WHERE device = ?1 AND epoch = ?2 AND seq >= ?3 AND status = 0";
        let refused = numbers(self.conn, sql, chain)?;
        for no in &refused {
            self.conn
                .prepare_cached(
                    "UPDATE op SET status = 2, branch = no, reason_code = ?2, reason_text = ?3, receipt_at = ?4
                     WHERE no = ?1",
                )?
                .execute((no, FORK_CODE, FORK_TEXT, now_ms))?;
            let entities = Folder::entities_of(self.conn, *no)?;
            self.disturb(entities);
        }
        Ok(refused.len() as u64)
    }
}
