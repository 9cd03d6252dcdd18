//! The chain of every device: stored bytes give the stored hash, and each operation names the hash
//! of the one before it.

use rusqlite::Connection;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::{Op, check_follows};

use crate::error::StoreError;
use crate::open::identity::epoch_of;

/// Faults of one kind that are reported one by one; what lies beyond is of the same making.
const REPORTED_MAX: usize = 20;

/// Checks every chain; how many there are.
pub(super) fn check(conn: &Connection, faults: &mut Vec<String>) -> Result<u64, StoreError> {
    let own = crate::open::identity::Identity::load(conn)?.device;
    let present_epoch = epoch_of(conn)?;
    let mut statement = conn.prepare(
        "SELECT device, epoch, seq, id, hash, bytes, branch, server_seq FROM op ORDER BY device, epoch, seq, branch",
    )?;
    let mut rows = statement.query([])?;
    let mut chains = 0;
    let mut present: Option<([u8; 16], u32)> = None;
    let mut before: Option<(u64, Hash32)> = None;
    while let Some(row) = rows.next()? {
        let chain = (row.get(0)?, row.get(1)?);
        if present != Some(chain) {
            (present, before) = (Some(chain), None);
            chains += 1;
        }
        let seq = row.get::<_, i64>(2)?.max(0) as u64;
        let bytes: Vec<u8> = row.get(5)?;
        let hash = Op::hash_of(&bytes);
        let id: [u8; 16] = row.get(3)?;
        let beside = row.get::<_, i64>(6)? > 0;
        let ordered = row.get::<_, Option<i64>>(7)?.is_some();
        let op = Op::from_bytes(&bytes).ok();
        let genuine = op
            .as_ref()
            .is_some_and(|op| op.seq == seq && *op.id.as_bytes() == id && chain == (*op.device.as_bytes(), op.epoch));
        let follows = op.as_ref().is_some_and(|op| match before {
            // What a fork has put beside the chain follows on nothing that is here.
            _ if beside => true,
            // A device that may see some villages only has gaps in the chains of others; one that was restored in its own
            // of former epochs; and a copy of a disk in its own, where the other copy wrote what was refused.
            _ if (chain != (*own.as_bytes(), present_epoch) || ordered)
                && before.is_none_or(|(last, _)| last + 1 != seq) =>
            {
                true
            }
            _ => check_follows(before, op).is_ok(),
        });
        if row.get::<_, Vec<u8>>(4)? != hash.as_bytes() || !genuine {
            push(faults, format!("第 {seq} 条操作记录的内容被改动过"));
        } else if !follows {
            push(faults, format!("第 {seq} 条操作记录与前一条接不上"));
        }
        if !beside {
            before = Some((seq, hash));
        }
    }
    Ok(chains)
}

fn push(faults: &mut Vec<String>, fault: String) {
    if faults.len() < REPORTED_MAX {
        faults.push(fault);
    }
}
