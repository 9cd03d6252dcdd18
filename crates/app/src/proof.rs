//! Proof that the file is what its log says.

use crate::{
    Caller,
    contract::{
        Fault,
        session::Nothing,
        sync::{TableDigest, Verification},
    },
};

pub fn verify(caller: &Caller, _: Nothing) -> Result<Verification, Fault> {
    let report = caller.store().verify(None)?;
    let digest = caller.store().digest()?;
    Ok(Verification {
        ok: report.sound(),
        digest: digest.to_string(),
        ops: report.ops,
        ledger_sum: report.ledger_sum,
        problems: report.faults,
        tables: report
            .tables
            .into_iter()
            .map(|table| TableDigest { table: table.table.to_owned(), rows: table.rows, digest: table.digest.to_string() })
            .collect(),
    })
}
