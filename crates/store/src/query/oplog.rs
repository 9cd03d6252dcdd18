//! The log as the sync centre shows it.

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::op::Op;

use super::Reader;
use crate::error::StoreError;
use crate::log::receipt::LAST_RECEIPT;
use crate::log::{ACCEPTED, INVALID, REJECTED, UNKNOWN};
use crate::open::identity::meta;
use crate::sql::date;

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpStatus {
    /// 待发送.
    Pending,
    /// 已接收.
    Accepted,
    /// 被区平台退回: visible with its reason, counted nowhere.
    Rejected,
    /// Of a newer program: kept, passed on, not shown in any table.
    Unknown,
    /// Broken: kept, not counted.
    Invalid,
}

impl OpStatus {
    /// A stable code.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }
}

/// How many operations stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpCounts {
    /// 待发送.
    pub pending: u64,
    /// 已接收.
    pub accepted: u64,
    /// 被退回.
    pub rejected: u64,
    /// Of a newer program.
    pub unknown: u64,
    /// Broken.
    pub invalid: u64,
    /// Of this device's own: accepted.
    pub own_accepted: u64,
    /// Of the town's other devices.
    pub received: u64,
    /// All.
    pub total: u64,
}

/// An operation as the sync centre shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpRow {
    /// Which.
    pub id: OpId,
    /// Its kind.
    pub kind: String,
    /// Its scope.
    pub scope: Scope,
    /// The device that wrote it.
    pub device: DeviceId,
    /// Its place in the device's chain.
    pub seq: u64,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// The day on which it happened.
    pub occurred_on: NaiveDate,
    /// Who did it.
    pub actor: UserId,
    /// Where it stands.
    pub status: OpStatus,
    /// Its place in the scope's order.
    pub server_seq: Option<u64>,
    /// What the district found odd.
    pub issue: Option<String>,
    /// Why it was rejected: stable code.
    pub reason_code: Option<String>,
    /// Why it was rejected: text.
    pub reason_text: Option<String>,
    /// When the district's word arrived, ms since 1970 UTC.
    pub receipt_at: Option<i64>,
    /// Rows in its body: residents, consents, rules or awards; 1 for a single act, 0 for a body
    /// that cannot be read.
    pub rows: u32,
    /// Length in bytes.
    pub bytes_len: u64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT bytes, status, readable, server_seq, issue, reason_code, reason_text, receipt_at FROM op ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<OpRow>> {
    let bytes = row.get_ref(0)?.as_blob()?;
    let Ok(op) = Op::from_bytes(bytes) else { return Ok(None) };
    let status = match (row.get::<_, u8>(1)?, row.get::<_, u8>(2)?) {
        (REJECTED, _) => OpStatus::Rejected,
        (_, UNKNOWN) => OpStatus::Unknown,
        (_, INVALID) => OpStatus::Invalid,
        (ACCEPTED, _) => OpStatus::Accepted,
        _ => OpStatus::Pending,
    };
    let rows = op.read_body().ok().flatten().map_or(0, |body| rows_in(&body));
    Ok(Some(OpRow {
        id: op.id,
        scope: op.scope,
        device: op.device,
        seq: op.seq,
        recorded_at: op.recorded_at,
        occurred_on: date(op.occurred_on),
        actor: op.actor,
        status,
        server_seq: row.get::<_, Option<i64>>(3)?.map(|seq| seq.max(0) as u64),
        issue: row.get(4)?,
        reason_code: row.get(5)?,
        reason_text: row.get(6)?,
        receipt_at: row.get(7)?,
        rows,
        bytes_len: bytes.len() as u64,
        kind: op.kind,
    }))
}

fn rows_in(body: &Body) -> u32 {
    let rows = match body {
        Body::ResidentsRecorded(body) => body.rows.len(),
        Body::ImportUndone(body) => body.residents.len() + body.rules.len(),
        Body::ConsentGiven(body) => body.rows.len(),
        Body::RulesRecorded(body) => body.rows.len(),
        Body::AwardRecorded(body) => body.rows.len(),
        Body::AwardReviewed(body) => body.rows.len(),
        Body::OrdersPosted(body) => body.rows.len(),
        Body::OrdersMoved(body) => body.rows.len(),
        Body::OrdersCredited(body) => body.rows.len(),
        Body::EventSigned(body) => body.added.len() + body.removed.len(),
        Body::EventPhotos(body) => body.added.len() + body.removed.len(),
        Body::ConsentWithdrawn(_)
        | Body::ServiceTypeRecorded(_)
        | Body::NeedPosted(_)
        | Body::NeedClosed(_)
        | Body::OrderReversed(_)
        | Body::GiftGiven(_)
        | Body::GiftReversed(_)
        | Body::BrandRecorded(_)
        | Body::BrandMoved(_)
        | Body::BrandAssessed(_)
        | Body::EventRecorded(_)
        | Body::HandoverRequested(_)
        | Body::HandoverReviewed(_)
        | Body::RuleRetired(_)
        | Body::AwardReversed(_)
        | Body::UserAdded(_)
        | Body::UserChanged(_)
        | Body::StatementIssued(_)
        | Body::TownOpened(_) => 1,
    };
    u32::try_from(rows).unwrap_or(u32::MAX)
}

impl Reader<'_> {
    /// How many operations stand where.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_counts(&self) -> Result<OpCounts, StoreError> {
        // Operations are numbered from 1 and never deleted.
        let total = self.count("SELECT coalesce(max(no), 0) FROM op", [])?;
        let pending = self.count("SELECT count(*) FROM op WHERE status = 0", [])?;
        // Only what this device sent was ever refused to it.
        let rejected = self.count("SELECT count(*) FROM op WHERE status = 2", [])?;
        let device = meta(self.conn(), "device")?;
        let own = self.count("SELECT count(*) FROM op WHERE device = ?1", [device])?;
        let unread = "SELECT count(*) FROM op WHERE readable <> 0 AND readable = ?1 AND status <> 2";
        Ok(OpCounts {
            pending,
            accepted: total.saturating_sub(pending + rejected),
            rejected,
            unknown: self.count(unread, [UNKNOWN])?,
            invalid: self.count(unread, [INVALID])?,
            own_accepted: own.saturating_sub(pending + rejected),
            received: total.saturating_sub(own),
            total,
        })
    }

    fn ops<P: rusqlite::Params>(&self, sql: &str, params: P) -> Result<Vec<OpRow>, StoreError> {
        Ok(self.all(sql, params, read)?.into_iter().flatten().collect())
    }

    /// What waits to be sent, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn pending_ops(&self, limit: u32) -> Result<Vec<OpRow>, StoreError> {
        self.ops(select!("WHERE status = 0 ORDER BY epoch, seq LIMIT ?1"), [limit])
    }

    /// What the district sent back, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rejected_ops(&self, limit: u32) -> Result<Vec<OpRow>, StoreError> {
        self.ops(select!("WHERE status = 2 ORDER BY no DESC LIMIT ?1"), [limit])
    }

    /// The log in the order of arrival, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn recent_ops(&self, limit: u32, offset: u32) -> Result<Vec<OpRow>, StoreError> {
        self.ops(select!("ORDER BY no DESC LIMIT ?1 OFFSET ?2"), [limit, offset])
    }

    /// One operation.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op(&self, id: OpId) -> Result<Option<OpRow>, StoreError> {
        Ok(self.one(select!("WHERE id = ?1"), [id.as_bytes()], read)?.flatten())
    }

    /// The stored bytes of an operation.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_bytes(&self, id: OpId) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT bytes FROM op WHERE id = ?1", [id.as_bytes()], |row| row.get(0))
    }

    /// When the district's last receipt came, ms since 1970 UTC.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn last_receipt_at(&self) -> Result<Option<i64>, StoreError> {
        let bytes = meta(self.conn(), LAST_RECEIPT)?.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        Ok(bytes.map(i64::from_be_bytes))
    }
}
