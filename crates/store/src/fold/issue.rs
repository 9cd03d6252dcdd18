//! What a person decided about an issue. The first in canonical order holds; another decision about the same is itself
//! something to look at, once.

use rusqlite::OptionalExtension;
use zhenxin_protocol::body::settle::{DEFICIT, IssueSettled};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

/// The race of a decision that came second.
pub(crate) const SETTLED_LOST: &str = "settled_lost";

/// A decision as it is kept.
pub(super) struct Decided<'d> {
    pub(super) kind: &'d str,
    pub(super) about: &'d [u8; 17],
    pub(super) op: Option<&'d [u8; 16]>,
    pub(super) what: Option<&'d str>,
    pub(super) decision: &'d str,
    pub(super) reason: Option<&'d str>,
}

impl Folder<'_> {
    pub(super) fn issue_settled(&mut self, at: &At<'_>, body: &IssueSettled) -> Result<(), StoreError> {
        let entity = body.issue(at.scope);
        if at.wants(&entity) {
            let reason = match &body.subject {
                Some(subject) => self.open_opt(at, &entity, subject, "reason", body.reason.as_ref())?,
                None => None,
            };
            let decided = Decided {
                kind: &body.kind,
                about: &body.about,
                op: body.op.as_ref().map(|op| op.as_bytes()),
                what: body.what.as_deref(),
                decision: &body.decision,
                reason: reason.as_deref(),
            };
            self.decide(at, entity, &decided)?;
        }
        match body.op {
            Some(spend) if body.kind == DEFICIT => {
                self.deficit_decided(at, &body.about, spend, &body.decision).map(|_first| ())
            }
            _ => Ok(()),
        }
    }

    /// Keeps a decision; false where another one holds, which is written down as a race unless it is the same.
    pub(super) fn decide(&mut self, at: &At<'_>, entity: Entity, decided: &Decided<'_>) -> Result<bool, StoreError> {
        let held: Option<String> = self
            .conn
            .prepare_cached("SELECT decision FROM issue_settled WHERE id = ?1")?
            .query_row([entity.id], |row| row.get(0))
            .optional()?;
        if let Some(held) = held {
            if held != decided.decision {
                self.race(at, &entity, SETTLED_LOST)?;
            }
            return Ok(false);
        }
        self.conn.prepare_cached(include_str!("issue/insert.sql"))?.execute(rusqlite::params![
            entity.id,
            at.scope.as_str(),
            decided.kind,
            decided.about,
            decided.op,
            decided.what,
            decided.decision,
            decided.reason,
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes()
        ])?;
        Ok(true)
    }

    /// An issue's decision goes, or all about an account's deficits, and with it what waivers posted.
    pub(super) fn forget_issue(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.forget_transfers_of(Entity::new(EntityKind::Issue, *id))?;
        for sql in [
            "DELETE FROM issue_settled WHERE id = ?1",
            "DELETE FROM deficit_decided WHERE id = ?1",
            "DELETE FROM deficit_spend WHERE id = ?1",
        ] {
            self.conn.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
