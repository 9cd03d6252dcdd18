//! Receipts: what the district says about operations that were pushed.

use rusqlite::OptionalExtension;
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::hash::Hash32;

use super::rank::{Rank, passes};
use super::{ACCEPTED, Log, PENDING, REJECTED, SUPERSEDED};
use crate::error::StoreError;
use crate::fold::{Folder, read_op};
use crate::open::Store;
use crate::open::identity::set_meta;
use crate::sql::{Bind, over_many};

/// The district's word on one operation. A duplicate is an acceptance that was not heard before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Taken, with its place in the scope's order.
    Accepted {
        /// Place in the scope's order.
        server_seq: u64,
        /// What the district found odd about it.
        issue: Option<String>,
    },
    /// Refused; it stays visible with its reason and counts nowhere.
    Rejected {
        /// Stable code.
        code: String,
        /// Text for the person.
        text: String,
    },
}

pub(crate) const LAST_RECEIPT: &str = "sync.last_receipt_at";

impl Store {
    /// Takes the district's receipts, all in one transaction. The same receipt twice changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an operation that is not here, [`StoreError::HistoryDiffers`] where the district names
    /// a place that another operation has, and faults of the database.
    pub fn take_receipts(&self, receipts: &[(OpId, Receipt)]) -> Result<(), StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_past_void(|log| {
            if !log.take_in_order(receipts, now_ms)? {
                for (op, receipt) in receipts {
                    log.take_receipt(*op, receipt, now_ms)?;
                }
            }
            set_meta(log.conn, LAST_RECEIPT, &now_ms.to_be_bytes())
        })
    }
}

/// An operation that was given its place, as it stands now.
struct Placed {
    scope: String,
    server_seq: i64,
    hlc: i64,
}

impl Log<'_> {
    /// The plain case in a few statements: what waited first is ordered last, in the order in which it waited, so that
    /// nothing passes anything. False, with nothing changed, where any of it is otherwise.
    fn take_in_order(&mut self, receipts: &[(OpId, Receipt)], now_ms: i64) -> Result<bool, StoreError> {
        let accepted = receipts.iter().map(|(op, receipt)| match receipt {
            Receipt::Accepted { server_seq, issue } => Some((op, i64::try_from(*server_seq).ok()?, issue)),
            Receipt::Rejected { .. } => None,
        });
        let Some(accepted) = accepted.collect::<Option<Vec<_>>>() else { return Ok(false) };
        if self.has_repeats()? {
            return Ok(false);
        }
        self.conn.execute_batch("SAVEPOINT receipts")?;
        let mut placed = Vec::with_capacity(accepted.len());
        // a place that another one holds stays another one's
        let sql = |places: &str| {
            format!(
                "WITH receipt (op, place, issue, at) AS (VALUES {places})
                 UPDATE OR IGNORE op SET status = 1, server_seq = receipt.place, issue = receipt.issue,
                   receipt_at = receipt.at
                 FROM receipt WHERE op.id = receipt.op AND op.status = 0 AND op.branch = 0
                 RETURNING scope, server_seq, hlc"
            )
        };
        let bind = |bind: &mut Bind<'_, '_>, (op, place, issue): &(&OpId, i64, &Option<String>)| {
            bind.put(op.as_bytes())?;
            bind.put(*place)?;
            bind.put(issue)?;
            bind.put(now_ms)
        };
        over_many(self.conn, 4, &accepted, sql, bind, |statement| {
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                placed.push(Placed { scope: row.get(0)?, server_seq: row.get(1)?, hlc: row.get(2)? });
            }
            Ok(())
        })?;
        if placed.len() == receipts.len() && self.passed_nothing(&mut placed)? {
            self.conn.execute_batch("RELEASE receipts")?;
            return Ok(true);
        }
        self.conn.execute_batch("ROLLBACK TO receipts; RELEASE receipts")?;
        Ok(false)
    }

    /// Whether operations that have just been given their places stand among all others as they did while they waited:
    /// last in their scopes, in the order of their clocks, and before everything that still waits.
    fn passed_nothing(&self, placed: &mut [Placed]) -> Result<bool, StoreError> {
        placed.sort_unstable_by(|one, next| (&one.scope, one.server_seq).cmp(&(&next.scope, next.server_seq)));
        let mut from_first =
            self.conn.prepare_cached("SELECT count(*) FROM op WHERE scope = ?1 AND server_seq >= ?2")?;
        for of_scope in placed.chunk_by(|one, next| one.scope == next.scope) {
            let first = (&of_scope[0].scope, of_scope[0].server_seq);
            let last_of_all = from_first.query_row(first, |row| row.get::<_, i64>(0))? == of_scope.len() as i64;
            if !last_of_all || !of_scope.is_sorted_by(|one, next| one.hlc < next.hlc) {
                return Ok(false);
            }
        }
        let newest = placed.iter().map(|placed| placed.hlc).max();
        let sql = "SELECT coalesce((SELECT min(hlc) FROM op WHERE status = 0) > ?1, 1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([newest], |row| row.get(0))?)
    }

    fn take_receipt(&mut self, id: OpId, receipt: &Receipt, now_ms: i64) -> Result<(), StoreError> {
        let found = self
            .conn
            .prepare_cached("SELECT no, status, server_seq, hlc, device, epoch, seq FROM op WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u8>(1)?, Rank::read(row, 1)?)))
            .optional()?;
        let (no, status, rank) = found.ok_or(StoreError::Missing { what: "待发送记录" })?;
        match receipt {
            Receipt::Accepted { server_seq, issue } => {
                self.accept(no, status, &rank, *server_seq, issue.as_deref(), now_ms)
            }
            Receipt::Rejected { code, text } => self.refuse(no, status, code, text, now_ms),
        }
    }

    /// What the district once ordered it cannot take back, and what was repeated waits in its repetition.
    fn refuse(&mut self, no: i64, status: u8, code: &str, text: &str, now_ms: i64) -> Result<(), StoreError> {
        if matches!(status, ACCEPTED | SUPERSEDED) {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "UPDATE op SET status = ?2, reason_code = ?3, reason_text = ?4, receipt_at = ?5 WHERE no = ?1",
            )?
            .execute((no, REJECTED, code, text, now_ms))?;
        if status == PENDING {
            let entities = Folder::entities_of(self.conn, no)?;
            self.disturb(entities);
        }
        Ok(())
    }

    /// Takes a refusal by its place in a chain; whether the operation had waited here.
    pub(crate) fn refuse_place(
        &mut self,
        (device, epoch, seq): (DeviceId, u32, u64),
        hash: &Hash32,
        (code, text): (&str, &str),
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        // a copied disk has another operation at the same place: that one was not refused
        let sql = "SELECT no FROM op
                   WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND branch = 0 AND status = 0 AND hash = ?4";
        let waiting = self
            .conn
            .prepare_cached(sql)?
            .query_row((device.as_bytes(), epoch, seq as i64, hash.as_bytes()), |row| row.get::<_, i64>(0))
            .optional()?;
        if let Some(no) = waiting {
            self.refuse(no, PENDING, code, text, now_ms)?;
        }
        Ok(waiting.is_some())
    }

    /// Gives a known operation its place in the order; folds again what it passes on the way.
    pub(crate) fn accept(
        &mut self,
        no: i64,
        status: u8,
        rank: &Rank,
        server_seq: u64,
        issue: Option<&str>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let server_seq = i64::try_from(server_seq).map_err(|_| StoreError::HistoryDiffers)?;
        if let Rank::Accepted(present) = rank {
            return if *present == server_seq { Ok(()) } else { Err(self.contradicted(no)?) };
        }
        if let Some(other) = self.holder(no, server_seq)? {
            return Err(self.contradicted(other)?);
        }
        self.conn
            .prepare_cached(
                "UPDATE op SET status = ?2, server_seq = ?3, issue = ?4, receipt_at = ?5, branch = 0,
                   reason_code = NULL, reason_text = NULL WHERE no = ?1",
            )?
            .execute((no, ACCEPTED, server_seq, issue, now_ms))?;
        if status == PENDING && self.keeps_its_place(no, rank, server_seq)? {
            return Ok(());
        }
        let Some((op, body)) = read_op(self.conn, no)? else { return Ok(()) };
        let entities = op.entities(&body);
        if matches!(status, REJECTED | SUPERSEDED) || self.stands_twice(&op)? {
            self.disturb(entities);
            return Ok(());
        }
        let to = Rank::Accepted(server_seq);
        for entity in entities {
            if passes(self.conn, &entity, no, op.scope, (rank, &to))? {
                self.disturb([entity]);
            }
        }
        Ok(())
    }
}

impl Log<'_> {
    /// Which other operation has a place of this one's scope.
    fn holder(&self, no: i64, server_seq: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT o.no FROM op o
                   WHERE o.scope = (SELECT scope FROM op WHERE no = ?1) AND o.server_seq = ?2 AND o.no <> ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row((no, server_seq), |row| row.get(0)).optional()?)
    }

    /// The district gives an operation's place away, or another one to it: its receipt is void, unless it was received.
    fn contradicted(&mut self, no: i64) -> Result<StoreError, StoreError> {
        Ok(match self.beyond_cursor(no)? {
            Some(scope) => self.found_void(scope),
            None => StoreError::HistoryDiffers,
        })
    }

    /// Whether an operation that was the first to wait is now the last that is ordered, so that it passes none.
    fn keeps_its_place(&mut self, no: i64, from: &Rank, server_seq: i64) -> Result<bool, StoreError> {
        let Rank::Pending { hlc, .. } = from else { return Ok(false) };
        if self.has_repeats()? {
            return Ok(false);
        }
        let sql = "SELECT (SELECT max(o.server_seq) FROM op o
                           WHERE o.scope = (SELECT scope FROM op WHERE no = ?1) AND o.server_seq IS NOT NULL) = ?2
                      AND coalesce((SELECT min(hlc) FROM op WHERE status = 0) > ?3, 1)";
        Ok(self.conn.prepare_cached(sql)?.query_row((no, server_seq, hlc), |row| row.get(0))?)
    }
}
