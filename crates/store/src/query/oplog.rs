//! The log as the sync centre shows it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::op::Op;

use super::Reader;
use crate::error::StoreError;
use crate::log::receipt::LAST_RECEIPT;
use crate::log::{ACCEPTED, INVALID, REJECTED, SUPERSEDED, UNKNOWN};
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
    /// Repeated in a later epoch after a fork: kept, counted in the repetition.
    Superseded,
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
            Self::Superseded => "superseded",
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
    /// Its content: the same for one that repeats it in a later epoch, and what the tables name.
    pub content: OpId,
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

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<OpRow>> {
    let bytes = row.get_ref(0)?.as_blob()?;
    let Ok(op) = Op::from_bytes(bytes) else { return Ok(None) };
    let status = match (row.get::<_, u8>(1)?, row.get::<_, u8>(2)?) {
        (REJECTED, _) => OpStatus::Rejected,
        (SUPERSEDED, _) => OpStatus::Superseded,
        (_, UNKNOWN) => OpStatus::Unknown,
        (_, INVALID) => OpStatus::Invalid,
        (ACCEPTED, _) => OpStatus::Accepted,
        _ => OpStatus::Pending,
    };
    let rows = op.read_body().ok().flatten().map_or(0, |body| rows_in(&body));
    Ok(Some(OpRow {
        id: op.id,
        content: op.content_id(),
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
        | Body::UserCredential(_)
        | Body::SecurityPolicy(_)
        | Body::StatementIssued(_)
        | Body::IssueSettled(_)
        | Body::ResidentsMerged(_)
        | Body::DeficitWaived(_)
        | Body::QueryMade(_)
        | Body::AuditAnchored(_)
        | Body::DataRestricted(_)
        | Body::ErasureAsked(_)
        | Body::ErasureRefused(_)
        | Body::ErasureWithdrawn(_)
        | Body::ResidentErased(_)
        | Body::TownOpened(_) => 1,
    };
    u32::try_from(rows).unwrap_or(u32::MAX)
}

impl Reader<'_> {
    /// Waiting operations by kind, most first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn pending_kinds(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT kind, count(*) FROM op WHERE status = 0 GROUP BY kind ORDER BY count(*) DESC, kind";
        let mut statement = self.conn().prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.max(0) as u64)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the newest operation of each device that lies here was recorded, ms since 1970 UTC.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn newest_by_device(&self) -> Result<BTreeMap<DeviceId, i64>, StoreError> {
        // each device's last chain is found in the index; nothing else is read
        let sql =
            "SELECT d.id, (SELECT o.bytes FROM op o WHERE o.device = d.id ORDER BY o.epoch DESC, o.seq DESC LIMIT 1)
                   FROM device d";
        let mut newest = BTreeMap::new();
        let mut statement = self.conn().prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes: Option<Vec<u8>> = row.get(1)?;
            if let Some(op) = bytes.and_then(|bytes| Op::from_bytes(&bytes).ok()) {
                newest.insert(DeviceId::from_bytes(row.get(0)?), op.recorded_at);
            }
        }
        Ok(newest)
    }

    /// How many operations stand where.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_counts(&self) -> Result<OpCounts, StoreError> {
        // Operations are numbered from 1; none is deleted but to be put back.
        let total = self.count("SELECT coalesce(max(no), 0) FROM op", [])?;
        let pending = self.count("SELECT count(*) FROM op WHERE status = 0", [])?;
        let rejected = self.count("SELECT count(*) FROM op WHERE status = 2", [])?;
        let superseded = self.count("SELECT count(*) FROM op WHERE status = 3", [])?;
        let device = meta(self.conn(), "device")?;
        let own = self.count("SELECT count(*) FROM op WHERE device = ?1", [&device])?;
        let others = "SELECT count(*) FROM op WHERE status = 0 AND device <> ?1";
        let others_pending = self.count(others, [&device])?;
        let others_rejected = self.count("SELECT count(*) FROM op WHERE status = 2 AND device <> ?1", [&device])?;
        let own_unaccepted = pending - others_pending + rejected - others_rejected + superseded;
        let unread = "SELECT count(*) FROM op WHERE readable <> 0 AND readable = ?1 AND status < 2";
        Ok(OpCounts {
            pending,
            accepted: total.saturating_sub(pending + rejected + superseded),
            rejected,
            unknown: self.count(unread, [UNKNOWN])?,
            invalid: self.count(unread, [INVALID])?,
            own_accepted: own.saturating_sub(own_unaccepted),
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
        self.ops(select!("WHERE status = 0 ORDER BY hlc LIMIT ?1"), [limit])
    }

    /// What the district sent back, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rejected_ops(&self, limit: u32) -> Result<Vec<OpRow>, StoreError> {
        self.ops(
            select!(
                "WHERE status = 2 AND NOT EXISTS (SELECT 1 FROM op c WHERE c.status < 2
                   AND (c.id = coalesce(op.origin, op.id) OR c.origin = coalesce(op.origin, op.id)))
                 ORDER BY no DESC LIMIT ?1"
            ),
            [limit],
        )
    }

    /// The log in the order of arrival, newest first, but for what nobody did: the anchors of audits.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn recent_ops(&self, limit: u32, offset: u32) -> Result<Vec<OpRow>, StoreError> {
        self.ops(select!("WHERE kind <> 'audit.anchored' ORDER BY no DESC LIMIT ?1 OFFSET ?2"), [limit, offset])
    }

    /// One operation.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op(&self, id: OpId) -> Result<Option<OpRow>, StoreError> {
        Ok(self.one(select!("WHERE id = ?1"), [id.as_bytes()], read)?.flatten())
    }

    /// The operation of a content: of this id, or the one that repeats it where that one counts.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_of_content(&self, id: OpId) -> Result<Option<OpRow>, StoreError> {
        let sql =
            select!("WHERE id = ?1 OR origin = ?1 ORDER BY status < 2 DESC, server_seq IS NULL, server_seq LIMIT 1");
        Ok(self.one(sql, [id.as_bytes()], read)?.flatten())
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
