//! Issued statements.

use chrono::NaiveDate;
use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::statement::{PassbookProof, StatementIssued};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::sql::days;

impl Tx<'_> {
    /// Notes that a points statement was printed, or a time passbook with its proof.
    ///
    /// # Errors
    /// [`StoreError::Missing`], faults of the database.
    pub fn issue_statement(
        &mut self,
        resident: ResidentId,
        code: &str,
        balance_units: i64,
        as_of: NaiveDate,
        passbook: Option<PassbookProof>,
    ) -> Result<OpId, StoreError> {
        let scope = self.home_scope(resident)?;
        let body = StatementIssued { resident, code: code.to_owned(), balance_units, as_of: days(as_of), passbook };
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        self.commit(Draft { id, scope, body: Body::StatementIssued(body), occurred_on })
    }
}
