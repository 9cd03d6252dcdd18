//! The chain of every device: each row says what its bytes say, each operation names the hash of the one before it, and
//! this device's own chain ends where it was written to.

use rusqlite::Connection;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::check_follows;

use super::row::{self, Checked};
use crate::error::StoreError;
use crate::open::identity::{Identity, epoch_of};
use crate::write::head::{self, OwnEnd};

/// Faults of one kind that are reported one by one; what lies beyond is of the same making.
pub(super) const REPORTED_MAX: usize = 20;

struct Walk {
    own: DeviceId,
    epoch: u32,
    end: Option<OwnEnd>,
    /// Whether the row was met that the own chain ends with.
    end_met: bool,
    chain: Option<(Vec<u8>, i64)>,
    chains: u64,
    before: Option<(u64, Hash32)>,
    faults: Vec<String>,
}

/// Checks every chain; how many there are.
pub(super) fn check(conn: &Connection, faults: &mut Vec<String>) -> Result<u64, StoreError> {
    let mut walk = Walk {
        own: Identity::load(conn)?.device,
        epoch: epoch_of(conn)?,
        end: head::own_end(conn)?,
        end_met: false,
        chain: None,
        chains: 0,
        before: None,
        faults: Vec::new(),
    };
    let mut statement = conn.prepare(row::ROWS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        walk.row(row::check(conn, row)?);
    }
    walk.ends();
    faults.append(&mut walk.faults);
    Ok(walk.chains)
}

impl Walk {
    fn fault(&mut self, fault: String) {
        if self.faults.len() < REPORTED_MAX {
            self.faults.push(fault);
        }
    }

    fn row(&mut self, row: Checked) {
        let chain = (row.device.clone(), row.epoch);
        if self.chain.as_ref() != Some(&chain) {
            self.chain = Some(chain);
            self.chains += 1;
            self.before = None;
        }
        let own = row.device == self.own.as_bytes();
        let present = own && row.epoch == i64::from(self.epoch);
        let seq = row.seq.unsigned_abs();
        if own {
            self.meet_end(&row, seq);
        }
        // A device that may see some villages only has gaps in the chains of others; one that was restored in its own of
        // former epochs; and a copy of a disk in its own, where the other copy wrote what was refused.
        let may_lack = !present || row.ordered;
        let gap = self.before.map_or(1, |(last, _)| last + 1)..seq;
        if let Some(fault) = &row.fault {
            self.fault(fault.clone());
        } else if !row.beside && !gap.is_empty() && !may_lack {
            let (from, to) = (gap.start, gap.end - 1);
            self.fault(format!("{}接不上：本机第 {from} 至 {to} 条操作记录被删除", row.name));
        } else if !row.beside && gap.is_empty() && !row.op.as_ref().is_some_and(|op| follows(self.before, op)) {
            self.fault(format!("{}与前一条接不上", row.name));
        }
        // What a fork has put beside the chain follows on nothing that is here.
        if !row.beside {
            self.before = Some((seq, row.hash));
        }
    }

    /// The end of the own chain is noted with each transaction: nothing after it was written by this program, and it is
    /// itself what was written.
    fn meet_end(&mut self, row: &Checked, seq: u64) {
        let Some(end) = self.end else { return };
        let of_end = row.epoch == i64::from(end.epoch);
        if of_end && seq == end.seq {
            self.end_met |= row.hash == end.hash;
        } else if of_end && seq > end.seq && row.pending {
            self.fault(format!("{}不是本程序写入的", row.name));
        }
    }

    fn ends(&mut self) {
        match self.end {
            Some(_) if self.end_met => {}
            Some(end) => {
                self.fault(format!("本机操作记录的末尾（第 {} 段第 {} 条）被删除或改写", end.epoch, end.seq));
            }
            None => self.fault("本机操作记录的末尾没有记载，可能被删改过".to_owned()),
        }
    }
}

fn follows(before: Option<(u64, Hash32)>, op: &zhenxin_protocol::op::Op) -> bool {
    check_follows(before, op).is_ok()
}
