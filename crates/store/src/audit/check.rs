//! Recomputing the chain: which row was changed, taken away or put in.

use std::collections::BTreeMap;
use std::fmt;

use zhenxin_domain::ids::{DeviceId, UserId};
use zhenxin_protocol::audit::{AuditRow as Canonical, End};
use zhenxin_protocol::hash::Hash32;

use super::closed::CLOSED;
use super::{DONE, HEAD_BROKEN, Kept};
use crate::error::StoreError;
use crate::open::Store;
use crate::open::identity::Identity;
use crate::query::Reader;
use crate::query::audit::AnchorRow;
use crate::sql::Columns;

/// Faults that are named one by one; what lies beyond is of the same making.
const NAMED_MAX: usize = 20;
/// What notes that a file was replaced by a backup; it explains anchors of rows that are gone.
const RESTORES: [&str; 2] = ["restore_backup", "restore_damaged"];

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditFault {
    /// The row is not what was written.
    Changed {
        /// Its number.
        no: u64,
    },
    /// Rows are gone.
    Missing {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// Rows stand after the signed end.
    Beyond {
        /// The first.
        from: u64,
    },
    /// The signed end is gone or does not fit.
    Head {
        /// The row at which it should stand.
        no: u64,
    },
    /// The place where retention cut does not fit its signature.
    Cut {
        /// The row that it names.
        no: u64,
    },
    /// The row is not the one that was said in the log.
    Anchor {
        /// Its number.
        no: u64,
    },
    /// Another device said a smaller number after a larger one, or two hashes of one row.
    OtherDevice {
        /// Which.
        device: DeviceId,
        /// The number.
        no: u64,
    },
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { no } => write!(f, "审计第 {no} 条被改动过"),
            Self::Missing { from, to } if from == to => write!(f, "审计第 {from} 条被删除"),
            Self::Missing { from, to } => write!(f, "审计第 {from} 至 {to} 条被删除"),
            Self::Beyond { from } => write!(f, "审计第 {from} 条起不是本程序写入的"),
            Self::Head { no } => write!(f, "审计末尾（第 {no} 条）的签名不符，末尾可能被删改过"),
            Self::Cut { no } => write!(f, "审计第 {no} 条以前的清理没有有效签名，可能不是按保存期限清理的"),
            Self::Anchor { no } => write!(f, "审计第 {no} 条与当时报给全镇的不符，这一条或它以前的记录被改写过"),
            Self::OtherDevice { no, .. } => {
                write!(f, "另一台电脑的审计在第 {no} 条前后退回过，请到那台电脑上核对（从备份恢复也会这样）")
            }
        }
    }
}

/// What a check of the audit found.
#[derive(Debug, Clone)]
pub struct AuditCheck {
    /// Rows.
    pub rows: u64,
    /// Number of the first row that is kept.
    pub first: u64,
    /// Number of the last row.
    pub last: u64,
    /// Anchors of this device that fit.
    pub anchors: u64,
    /// Anchors of rows that went with a file that a backup replaced.
    pub replaced: u64,
    /// What is wrong, by row.
    pub faults: Vec<AuditFault>,
}

struct Walk {
    check: AuditCheck,
    /// The number and hash after which the next row must stand.
    before: (u64, Hash32),
    /// Restores that were done: the first row that the file wrote after it, and when, ms since 1970 UTC.
    restores: Vec<(u64, i64)>,
    /// The first of the rows just before about what was refused while the file was closed: with those a restored file
    /// begins to write.
    closed: Option<u64>,
    /// Hashes of the rows that anchors name.
    anchored: BTreeMap<u64, Option<Hash32>>,
}

impl Walk {
    fn fault(&mut self, fault: AuditFault) {
        if self.check.faults.len() < NAMED_MAX && !self.check.faults.contains(&fault) {
            self.check.faults.push(fault);
        }
    }

    fn row(&mut self, row: &Canonical, stored: Option<Hash32>) {
        let (last, hash) = self.before;
        if row.no > last + 1 {
            self.fault(AuditFault::Missing { from: last + 1, to: row.no - 1 });
        }
        if stored != Some(row.hash()) {
            self.fault(AuditFault::Changed { no: row.no });
        } else if row.no == last + 1 && row.prev != hash {
            // the row before was replaced as a whole, with a hash of its own making
            self.fault(AuditFault::Changed { no: last.max(1) });
        }
        if row.action == HEAD_BROKEN {
            self.fault(AuditFault::Head { no: row.no - 1 });
        }
        if RESTORES.contains(&row.action.as_str()) && row.outcome == DONE {
            self.restores.push((self.closed.unwrap_or(row.no), row.at_ms));
        }
        let is_closed = row.user.is_none() && row.detail.starts_with(CLOSED);
        self.closed = is_closed.then(|| self.closed.unwrap_or(row.no));
        if let Some(hash) = self.anchored.get_mut(&row.no) {
            *hash = stored;
        }
        self.before = (row.no, stored.unwrap_or(Hash32::ZERO));
        self.check.rows += 1;
    }

    /// Whether the row of an anchor went with a file that a backup replaced: it had a number that was given once more
    /// after the restore, and was said before.
    fn is_replaced(&self, anchor: &AnchorRow) -> bool {
        self.restores.iter().any(|(from, at_ms)| anchor.no >= *from && anchor.at_ms <= *at_ms)
    }
}

/// Checks the chain, its two ends and the anchors.
pub(crate) fn check(reader: &Reader<'_>, identity: &Identity) -> Result<AuditCheck, StoreError> {
    let conn = reader.conn();
    let cut = Kept::load(conn, End::Cut)?;
    let anchors = reader.audit_anchors()?;
    let own = |device: DeviceId| device == identity.device;
    let start = cut.as_ref().map_or((0, Hash32::ZERO), |cut| (cut.no, cut.hash));
    let mut walk = Walk {
        check: AuditCheck { rows: 0, first: start.0 + 1, last: 0, anchors: 0, replaced: 0, faults: Vec::new() },
        before: start,
        restores: Vec::new(),
        closed: None,
        anchored: anchors.iter().filter(|row| own(row.device)).map(|row| (row.no, None)).collect(),
    };
    if let Some(cut) = cut.filter(|cut| !cut.is_signed(identity, End::Cut)) {
        walk.fault(AuditFault::Cut { no: cut.no });
    }
    let mut statement = conn.prepare_cached(
        "SELECT no, at_ms, user, device, action, outcome, subject_kind, subject, detail, prev, hash FROM audit
         ORDER BY no",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let no = row.get::<_, i64>(0)?.unsigned_abs();
        match read(row) {
            Ok((row, hash)) => walk.row(&row, hash),
            // an id or a hash of another length: not even the shape is left
            Err(_) => {
                walk.fault(AuditFault::Changed { no });
                walk.before = (no, Hash32::ZERO);
                walk.check.rows += 1;
            }
        }
    }
    walk.check.last = walk.before.0;
    ends(conn, identity, &mut walk)?;
    for row in anchors.iter().filter(|row| own(row.device) && row.no > start.0) {
        match walk.anchored.get(&row.no) {
            Some(Some(hash)) if *hash == row.hash => walk.check.anchors += 1,
            _ if walk.is_replaced(row) => walk.check.replaced += 1,
            _ => walk.fault(AuditFault::Anchor { no: row.no }),
        }
    }
    for pair in anchors.windows(2) {
        let [one, next] = pair else { continue };
        let backwards = next.no < one.no || (next.no == one.no && next.hash != one.hash);
        if one.device == next.device && !own(one.device) && backwards {
            walk.fault(AuditFault::OtherDevice { device: one.device, no: next.no });
        }
    }
    Ok(walk.check)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Canonical, Option<Hash32>)> {
    let mut c = Columns::of(row);
    let canonical = Canonical {
        no: c.get::<i64>()?.unsigned_abs(),
        at_ms: c.get()?,
        user: c.take::<Option<UserId>>()?,
        device: c.take()?,
        action: c.get()?,
        outcome: c.get()?,
        subject_kind: c.get()?,
        subject: c.get()?,
        detail: c.get()?,
        prev: Hash32(c.get()?),
    };
    Ok((canonical, Hash32::from_slice(&c.get::<Vec<u8>>()?)))
}

/// The signed end is the last row's.
fn ends(conn: &rusqlite::Connection, identity: &Identity, walk: &mut Walk) -> Result<(), StoreError> {
    let (last, hash) = walk.before;
    let Some(head) = Kept::load(conn, End::Head)? else {
        if walk.check.rows > 0 {
            walk.fault(AuditFault::Head { no: last });
        }
        return Ok(());
    };
    if !head.is_signed(identity, End::Head) {
        walk.fault(AuditFault::Head { no: head.no });
    }
    if last < head.no {
        walk.fault(AuditFault::Missing { from: last + 1, to: head.no });
    } else if last > head.no {
        walk.fault(AuditFault::Beyond { from: head.no + 1 });
    } else if hash != head.hash {
        walk.fault(AuditFault::Changed { no: last });
    }
    Ok(())
}

impl Store {
    /// Checks the audit of this device and the anchors of all.
    ///
    /// # Errors
    /// Faults of the database; what is wrong with the rows is in the report.
    pub fn check_audit(&self) -> Result<AuditCheck, StoreError> {
        self.read(|reader| check(reader, &self.inner.identity))
    }
}
