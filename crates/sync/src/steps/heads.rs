//! Comparing the heads of both logs, at the beginning and at the end.

use std::collections::{BTreeMap, BTreeSet};

use zhenxin_domain::division::Scope;
use zhenxin_protocol::heads::{empty_head, verify_scope_heads};
use zhenxin_protocol::merkle::verify_consistency;
use zhenxin_protocol::wire::heads::{HeadsAnswer, HeadsRequest, ProvenHead, ScopeHead};
use zhenxin_protocol::wire::limits::SCOPES_MAX;
use zhenxin_protocol::wire::{Endpoint, Lineage};

use super::Workbench;
use crate::engine::Done;
use crate::exchange::ask;
use crate::failure::Failure;
use crate::link::{Link, link, number, save_link, save_number};

/// When the check of the file began after which damage was last looked for, milliseconds UTC.
const DAMAGE_CHECK: &str = "damage_check";
/// Rounds that have looked since.
const DAMAGE_TRIES: &str = "damage_tries";

/// Rounds that mend after one check: a line may be cut in the middle of it, and damage that cannot be mended must not keep
/// new ops from leaving.
const DAMAGE_TRIES_MAX: u64 = 3;

/// Both sides as one exchange found them.
struct Compared {
    differing: Vec<Scope>,
    /// Ops there that are not here.
    behind: u64,
    own: Vec<ScopeHead>,
    to_send: u64,
}

impl Workbench {
    pub(super) async fn heads(&self) -> Result<Done, Failure> {
        let mut compared = self.compare().await?;
        for scope in self.damaged()? {
            if !compared.differing.contains(&scope) {
                compared.differing.push(scope);
            }
        }
        if compared.differing.is_empty() {
            self.take_lineage()?;
        }
        let behind = compared.behind;
        let fresh = behind >= self.tuning.snapshot_worth_ops
            && compared.own.iter().all(|head| head.size == 0)
            && self.link.whole_town(self.town());
        Ok(Done::Heads {
            differing: compared.differing,
            to_send: compared.to_send,
            behind,
            wanted: !self.notes().wanted.is_empty(),
            fresh,
        })
    }

    /// Scopes whose ops are not what they were, after a check of the file has found faults. The heads do not tell: they are
    /// of the moment when the ops came.
    fn damaged(&self) -> Result<Vec<Scope>, Failure> {
        let Some(check) = self.store.last_check()?.filter(|check| !check.sound()) else { return Ok(Vec::new()) };
        let began_ms = check.at_ms.unsigned_abs();
        let known = number(&self.store, DAMAGE_CHECK)? == began_ms;
        let tries = if known { number(&self.store, DAMAGE_TRIES)? } else { 0 };
        if tries >= DAMAGE_TRIES_MAX {
            return Ok(Vec::new());
        }
        let mut damaged = Vec::new();
        for head in self.store.heads()? {
            if self.may_read(head.scope) && !self.store.scope_sound(head.scope)?.sound {
                damaged.push(head.scope);
            }
        }
        save_number(&self.store, DAMAGE_CHECK, began_ms)?;
        save_number(&self.store, DAMAGE_TRIES, if damaged.is_empty() { DAMAGE_TRIES_MAX } else { tries + 1 })?;
        Ok(damaged)
    }

    /// The last word of a round: what is here now against what the district
    /// signed. Asked anew only where something moved since the first question.
    pub(super) async fn prove(&self) -> Result<Done, Failure> {
        let mut own = self.store.heads()?;
        let mut to_send = self.waiting()?.0;
        if !self.as_signed(&own) {
            let compared = self.compare().await?;
            let (equal, behind) = (compared.differing.is_empty(), compared.behind);
            if !equal || behind > 0 {
                let (waiting, keys) = (compared.to_send, self.store.outgoing_keys()?);
                return Ok(Done::Proved { equal, behind, scopes: 0, ops: 0, waiting, keys });
            }
            (own, to_send) = (compared.own, compared.to_send);
        }
        self.keep_proof()?;
        let held = own.iter().filter(|head| head.size > 0);
        let (scopes, ops) = held.fold((0, 0), |(scopes, ops), head| (scopes + 1, ops + head.size));
        let keys = self.store.outgoing_keys()?;
        Ok(Done::Proved { equal: true, behind: 0, scopes, ops, waiting: to_send, keys })
    }

    /// Whether every scope stands here exactly as the district signed it.
    fn as_signed(&self, own: &[ScopeHead]) -> bool {
        let mine: BTreeMap<Scope, &ScopeHead> =
            own.iter().filter(|head| self.may_read(head.scope)).map(|head| (head.scope, head)).collect();
        let notes = self.notes();
        let named = |scope: Scope| notes.heads.iter().any(|head| head.scope == scope);
        notes.signature.is_some()
            && notes.heads.iter().all(|head| mine.get(&head.scope).map_or(head.size == 0, |own| *own == head))
            && mine.values().all(|head| head.size == 0 || named(head.scope))
    }

    fn keep_proof(&self) -> Result<(), Failure> {
        let notes = self.notes();
        if let (Some(lineage), Some(signature)) = (notes.lineage, &notes.signature) {
            self.store.keep_signed_heads(lineage, &notes.heads, signature)?;
        }
        Ok(())
    }

    /// Ops that wait here, and since when.
    fn waiting(&self) -> Result<(u64, Option<i64>), Failure> {
        let outbox = self.store.outbox_size()?;
        Ok((outbox.own_ops + outbox.foreign_ops, outbox.oldest_ms))
    }

    async fn compare(&self) -> Result<Compared, Failure> {
        let own = self.store.heads()?;
        // before the question: what is confirmed meanwhile is no contradiction
        let confirmed: BTreeMap<Scope, u64> = self.store.confirmed()?.into_iter().collect();
        let request = self.question(&own)?;
        let to_send = request.pending_ops;
        let (lineage, answer): (_, HeadsAnswer) =
            ask(&*self.transport, Endpoint::Heads, self.major(), &request).await?;
        let heads = self.signed(lineage, &answer)?;
        let mut compared = Compared { differing: Vec::new(), behind: 0, own, to_send };
        let held: BTreeMap<Scope, ScopeHead> = compared.own.iter().map(|head| (head.scope, *head)).collect();
        for proven in &answer.heads {
            let own = held.get(&proven.scope).copied().unwrap_or_else(|| empty_head(proven.scope));
            let lost = confirmed.get(&proven.scope).is_some_and(|confirmed| *confirmed > proven.size);
            if lost || !continues(&own, proven)? {
                compared.differing.push(proven.scope);
            }
            compared.behind += proven.size.saturating_sub(own.size);
        }
        // a district that was set back to a time before a scope began does not name it at all
        let named: BTreeSet<Scope> = answer.heads.iter().map(|proven| proven.scope).collect();
        let received = held.values().filter(|head| head.size > 0).map(|head| head.scope);
        let unnamed: BTreeSet<Scope> = received.chain(confirmed.into_keys()).collect();
        let mut unnamed: Vec<Scope> = unnamed.difference(&named).copied().collect();
        unnamed.retain(|scope| self.may_read(*scope));
        if !unnamed.is_empty() {
            // unless it was given to another device: then it is none of this one's any more
            self.learn_scopes().await?;
            unnamed.retain(|scope| self.may_read(*scope));
        }
        compared.differing.extend(unnamed);
        let mut notes = self.notes();
        notes.lineage = Some(lineage);
        notes.heads = heads;
        notes.signature = Some(answer.signature);
        notes.wanted = answer.wanted;
        Ok(compared)
    }

    /// These heads, and what the district's list of devices tells of this PC.
    pub(super) fn question(&self, heads: &[ScopeHead]) -> Result<HeadsRequest, Failure> {
        let (pending_ops, oldest_pending_ms) = self.waiting()?;
        Ok(HeadsRequest {
            heads: heads.iter().filter(|head| head.size > 0).copied().collect(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            pending_ops,
            oldest_pending_ms,
        })
    }

    /// The heads of an answer, once the pinned key has proved them.
    pub(super) fn signed(&self, lineage: Lineage, answer: &HeadsAnswer) -> Result<Vec<ScopeHead>, Failure> {
        if answer.heads.len() > SCOPES_MAX {
            return Err(Failure::Garbled);
        }
        let heads: Vec<ScopeHead> = answer.heads.iter().map(ProvenHead::head).collect();
        if !heads.iter().is_sorted_by(|one, two| one.scope < two.scope) {
            return Err(Failure::Garbled);
        }
        verify_scope_heads(&self.link.sign_key, lineage, &heads, &answer.signature).map_err(|_| {
            tracing::warn!("the district's signature over its heads does not fit the pinned key");
            Failure::Garbled
        })?;
        Ok(heads)
    }

    /// A restored district gives its history another name. Its signature and
    /// the proofs have shown that this PC's cursors hold in it as well.
    fn take_lineage(&self) -> Result<(), Failure> {
        let Some(lineage) = self.notes().lineage else {
            return Ok(());
        };
        if self.store.lineage()?.is_some_and(|known| known != lineage.0) {
            let reopened = self.store.lineage_replaced(lineage.0)?;
            tracing::info!(reopened, "the district's history has another name");
        }
        if let Some(known) = link(&self.store)?
            && known.lineage() != lineage
        {
            save_link(&self.store, &Link { lineage: lineage.0, ..known })?;
        }
        Ok(())
    }
}

/// Whether the district's log continues this PC's. A proof that proves nothing
/// is a fault of the district, not a difference.
fn continues(own: &ScopeHead, proven: &ProvenHead) -> Result<bool, Failure> {
    if own.size == 0 {
        return Ok(true);
    }
    match &proven.proof {
        None => Ok(false),
        Some(proof) if verify_consistency(own.size, &own.root, proven.size, &proven.root, proof) => Ok(true),
        Some(_) => Err(Failure::Garbled),
    }
}
