//! Proof that the file is what its log says.

use zhenxin_protocol::hash::Hash32;

use crate::{
    Caller,
    contract::{
        Fault,
        session::Nothing,
        sync::{TableDigest, Verification},
    },
};

/// The table that says what was imported and taken back.
const JOURNAL: &str = "import_part";

pub fn verify(caller: &Caller, _: Nothing) -> Result<Verification, Fault> {
    let began_at_ms = caller.app.clock().now_ms();
    let report = caller.store().verify(None)?;
    caller.store().note_check(began_at_ms, Some(caller.user), &report, "verify")?;
    // the list of imports is a journal of what was done, not a state: an import that was taken back leaves the town as
    // it was, and the digest says so
    let state = report.tables.iter().filter(|table| table.table != JOURNAL);
    let parts: Vec<&[u8]> = state.flat_map(|table| [table.table.as_bytes(), table.digest.as_bytes()]).collect();
    Ok(Verification {
        ok: report.sound(),
        digest: Hash32::of_parts(&parts).to_string(),
        ops: report.ops,
        ledger_sum: report.ledger_sum,
        problems: report.faults,
        tables: report
            .tables
            .into_iter()
            .map(|table| TableDigest {
                table: table.table.to_owned(),
                rows: table.rows,
                digest: table.digest.to_string(),
            })
            .collect(),
    })
}
