//! The kinds that the log shows: refused, set aside, without a key, of a clock far off.

use super::*;
use zhenxin_protocol::wire::ops::ISSUE_TIME_SUSPECT;

/// Waiting entities that are looked at: a PC without the town's key waits for all of them, and the advice is the same.
const WAITING_MAX: u32 = 2_000;
/// A key travels with the next round; what is missing for longer does not come by itself.
const KEY_WAIT_MS: i64 = 24 * 60 * 60 * 1000;

impl Reader<'_> {
    pub(super) fn refused_issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        let rows = self.rejected_ops(ISSUES_MAX)?.into_iter().map(|op| IssueRow {
            key: IssueKey::refused(op.content),
            scope: op.scope,
            at: op.receipt_at.unwrap_or(op.recorded_at),
            resident: None,
            decided: None,
        });
        Ok(rows.collect())
    }

    pub(super) fn set_aside_issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        let rows = self.set_asides(ISSUES_MAX)?.into_iter().map(|row| IssueRow {
            key: IssueKey::set_aside(&row.hash),
            scope: row.scope,
            at: row.at_ms,
            resident: None,
            decided: None,
        });
        Ok(rows.collect())
    }

    /// One for each scope, with how many persons' keys are missing.
    pub(super) fn missing_keys(&self, now_ms: i64) -> Result<Vec<IssueRow>, StoreError> {
        let params = (WAITING_MAX, now_ms.saturating_sub(KEY_WAIT_MS));
        self.all(include_str!("missing_keys.sql"), params, |row| {
            let mut c = Columns::of(row);
            let (scope, keys, at): (Scope, u32, i64) = (c.parse()?, c.get()?, c.get()?);
            let about = Entity::part(EntityKind::Issue, &[0; 16], scope);
            let key = IssueKey { kind: IssueKind::MissingKey, about, op: None, what: Some(keys.to_string()) };
            Ok(IssueRow { key, scope, at, resident: None, decided: None })
        })
    }

    /// What closed accounts recorded later than the closing, by the clocks of both PCs: on a PC that had not heard of it.
    pub(super) fn after_removals(&self) -> Result<Vec<IssueRow>, StoreError> {
        let sql = "SELECT coalesce(o.origin, o.id), o.scope, o.hlc >> 16
                   FROM user u JOIN op o ON o.actor = u.id AND o.hlc > u.removed_hlc
                   WHERE u.removed_hlc IS NOT NULL AND o.status < 2 ORDER BY o.no DESC LIMIT ?1";
        self.all(sql, [ISSUES_MAX], |row| {
            let mut c = Columns::of(row);
            let content = c.take()?;
            let key = IssueKey { kind: IssueKind::AfterRemoval, about: of_op(content), op: Some(content), what: None };
            Ok(IssueRow { key, scope: c.parse()?, at: c.get()?, resident: None, decided: None })
        })
    }

    pub(super) fn suspect_times(&self) -> Result<Vec<IssueRow>, StoreError> {
        let sql = "SELECT coalesce(origin, id), scope, coalesce(receipt_at, hlc >> 16) FROM op
                   WHERE issue = ?1 AND issue IS NOT NULL AND status = 1 ORDER BY no DESC LIMIT ?2";
        self.all(sql, (ISSUE_TIME_SUSPECT, ISSUES_MAX), |row| {
            let mut c = Columns::of(row);
            let content = c.take()?;
            let key = IssueKey { kind: IssueKind::TimeSuspect, about: of_op(content), op: Some(content), what: None };
            Ok(IssueRow { key, scope: c.parse()?, at: c.get()?, resident: None, decided: None })
        })
    }
}
