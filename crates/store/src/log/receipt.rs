//! Receipts: what the district says about operations that were pushed.

use rusqlite::OptionalExtension;
use zhenxin_domain::ids::OpId;

use super::rank::{Rank, passes};
use super::{ACCEPTED, Log, PENDING, REJECTED};
use crate::error::StoreError;
use crate::fold::Folder;
use crate::open::Store;
use crate::open::identity::set_meta;

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
    /// [`StoreError::Missing`] for an operation that is not here, and faults of the database.
    pub fn take_receipts(&self, receipts: &[(OpId, Receipt)]) -> Result<(), StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| {
            for (op, receipt) in receipts {
                log.take_receipt(*op, receipt, now_ms)?;
            }
            set_meta(log.conn, LAST_RECEIPT, &now_ms.to_be_bytes())
        })
    }
}

impl Log<'_> {
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
            // What the district once ordered it cannot take back.
            Receipt::Rejected { .. } if status == ACCEPTED => Ok(()),
            Receipt::Rejected { code, text } => {
                self.conn
                    .prepare_cached(
                        "UPDATE op SET status = ?2, reason_code = ?3, reason_text = ?4, receipt_at = ?5 WHERE no = ?1",
                    )?
                    .execute((no, REJECTED, code, text, now_ms))?;
                if status == PENDING {
                    self.disturb_op(no)?;
                }
                Ok(())
            }
        }
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
        let server_seq = i64::try_from(server_seq).map_err(|_| StoreError::IdReused)?;
        if let Rank::Accepted(present) = rank {
            return if *present == server_seq { Ok(()) } else { Err(StoreError::IdReused) };
        }
        self.conn
            .prepare_cached(
                "UPDATE op SET status = ?2, server_seq = ?3, issue = ?4, receipt_at = ?5,
                   reason_code = NULL, reason_text = NULL WHERE no = ?1",
            )?
            .execute((no, ACCEPTED, server_seq, issue, now_ms))?;
        if status == REJECTED {
            return self.disturb_op(no);
        }
        let to = Rank::Accepted(server_seq);
        for entity in Folder::entities_of(self.conn, no)? {
            if passes(self.conn, &entity, no, rank, &to)? {
                self.disturb([entity]);
            }
        }
        Ok(())
    }

    fn disturb_op(&mut self, no: i64) -> Result<(), StoreError> {
        let entities = Folder::entities_of(self.conn, no)?;
        self.disturb(entities);
        Ok(())
    }
}
