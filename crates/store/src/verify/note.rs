//! What the last check found: a local note, so that screens can say it without checking again.

use minicbor::{Decode, Encode};
use rusqlite::TransactionBehavior;
use zhenxin_domain::ids::UserId;
use zhenxin_protocol::frame::{from_cbor, to_cbor};

use super::VerifyReport;
use crate::audit::{self, AuditNote};
use crate::error::StoreError;
use crate::open::Store;
use crate::open::identity::{meta, set_meta};

const LAST_CHECK: &str = "verify.last";
/// Faults that are remembered; whoever mends begins with the first and checks again.
const KEPT_MAX: usize = 20;

/// The last check of the whole file that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CheckNote {
    /// When it began, ms since 1970 UTC: what was written later is not in it.
    #[n(0)]
    pub at_ms: i64,
    /// Operations that were checked.
    #[n(1)]
    pub ops: u64,
    /// How many faults there were.
    #[n(2)]
    pub found: u64,
    /// The first of them, in words.
    #[n(3)]
    pub faults: Vec<String>,
}

impl CheckNote {
    /// Whether nothing was wrong.
    #[must_use]
    pub const fn sound(&self) -> bool {
        self.found == 0
    }
}

impl Store {
    /// Remembers what a check found, and notes in the audit that it was made.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn note_check(
        &self,
        at_ms: i64,
        user: Option<UserId>,
        report: &VerifyReport,
        action: &str,
    ) -> Result<CheckNote, StoreError> {
        let found = report.faults.len() as u64;
        let faults = report.faults.iter().take(KEPT_MAX).cloned().collect();
        let check = CheckNote { at_ms, ops: report.ops, found, faults };
        let note = AuditNote::done(action).detail(format!("ops={} faults={found}", report.ops));
        let mut conn = self.writer();
        self.inner.check_open()?;
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        set_meta(&transaction, LAST_CHECK, &to_cbor(&check))?;
        audit::append(&transaction, &self.inner.ports, &self.inner.identity, user, &note)?;
        transaction.commit()?;
        Ok(check)
    }

    /// The last check that came to its end; `None` where there was none yet.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn last_check(&self) -> Result<Option<CheckNote>, StoreError> {
        self.read(|r| Ok(meta(r.conn(), LAST_CHECK)?.and_then(|bytes| from_cbor(&bytes).ok())))
    }
}
