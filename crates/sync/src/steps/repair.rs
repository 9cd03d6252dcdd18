//! What to do where the logs part: fetch anew what is damaged here, take back
//! what the district does not hold, give back what it has lost.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::node;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::limits::{MEND_OPS_MAX, PULL_OPS_MAX, PUSH_MAX_BYTES};
use zhenxin_protocol::wire::ops::{Cursor, PullAnswer, PullRequest};
use zhenxin_protocol::wire::repair::{MendAnswer, MendRequest};

use super::Workbench;
use super::prefix::{REPAIR_OPS_MAX, peaks_of, too_much};
use crate::engine::Done;
use crate::failure::Failure;

/// Questions for the same op before the repair is left to the next round: in
/// between others write, and their ops may fill an answer.
const FETCHES_MAX: u32 = 5;

impl Workbench {
    /// Whether the bytes that lie here are what their hashes say.
    pub(super) fn examine(&self, scope: Scope) -> Result<Done, Failure> {
        let sound = self.store.scope_sound(scope)?.sound;
        tracing::warn!(scope = scope.as_str(), sound, "the district's log does not continue this one");
        Ok(Done::Examined { sound })
    }

    /// Fetches the damaged ops anew and folds the tables again.
    pub(super) async fn repair(&self, scope: Scope) -> Result<Done, Failure> {
        let shared = self.shared_size(scope)?;
        let mut places = self.store.scope_sound(scope)?.suspects;
        places.retain(|place| *place <= shared);
        places.extend(self.differing_ops(scope).await?);
        places.sort_unstable();
        places.dedup();
        if places.len() > REPAIR_OPS_MAX {
            return Err(too_much());
        }
        let mut fetched = BTreeMap::new();
        for place in &places {
            if !fetched.contains_key(place) {
                self.fetch(scope, *place, &places, &mut fetched).await?;
            }
        }
        let root = self.root_here(scope).await?;
        let ops: Vec<(u64, Vec<u8>)> = fetched.into_iter().collect();
        self.store.put_back(scope, &ops, &root)?;
        self.store.rebuild(None)?;
        tracing::info!(scope = scope.as_str(), ops = ops.len(), "damaged ops were fetched anew");
        Ok(Done::Repaired { ops: ops.len() as u64 })
    }

    /// One op, and those after it that came along and are needed as well. The
    /// district is told that everything else is here already.
    async fn fetch(
        &self,
        scope: Scope,
        place: u64,
        needed: &[u64],
        fetched: &mut BTreeMap<u64, Vec<u8>>,
    ) -> Result<(), Failure> {
        let mut cursors: Vec<Cursor> =
            self.notes().heads.iter().map(|head| Cursor { scope: head.scope, after: head.size }).collect();
        for cursor in cursors.iter_mut().filter(|cursor| cursor.scope == scope) {
            cursor.after = place - 1;
        }
        let request = PullRequest { cursors, limit: Some(PULL_OPS_MAX as u32) };
        for _again in 0..FETCHES_MAX {
            let answer: PullAnswer = self.ask(Endpoint::Pull, &request).await?;
            for page in answer.pages.into_iter().filter(|page| page.scope == scope) {
                for op in page.ops {
                    if needed.binary_search(&op.server_seq).is_ok() {
                        fetched.insert(op.server_seq, op.bytes);
                    }
                }
            }
            if fetched.contains_key(&place) {
                return Ok(());
            }
        }
        Err(Failure::Garbled)
    }

    /// The root that the ops up to this PC's cursor must have: the district's
    /// word where it reaches so far, else what was verified when they came.
    async fn root_here(&self, scope: Scope) -> Result<Hash32, Failure> {
        let own = self.store.heads()?.into_iter().find(|head| head.scope == scope);
        let own = own.ok_or(Failure::Garbled)?;
        if self.district_size(scope) < own.size {
            return Ok(own.root);
        }
        let roots = self.roots(scope, &peaks_of(own.size)).await?;
        let mut from_right = roots.into_iter().rev();
        let last = from_right.next().ok_or(Failure::Garbled)?;
        Ok(from_right.fold(last, |right, left| node(&left, &right)))
    }

    /// What the district does not hold waits again. Its lane of keys went back
    /// as well, and its places are given anew: it is read from the beginning.
    pub(super) fn rewind(&self, scope: Scope, to: u64) -> Result<Done, Failure> {
        let ops = self.store.rewind(scope, to)?;
        tracing::warn!(scope = scope.as_str(), to, ops, "the district lacks ops; they are sent again");
        Ok(Done::Rewound { ops })
    }

    /// Gives the district back what it lost to damage, as far as it lies here.
    pub(super) async fn mend(&self) -> Result<Done, Failure> {
        let wanted = std::mem::take(&mut self.notes().wanted);
        let (mut ops, mut bytes_total) = (Vec::new(), 0);
        for place in wanted.into_iter().filter(|place| self.may_read(place.scope)) {
            let Some(bytes) = self.store.op_bytes_at(place.scope, place.server_seq)? else {
                continue;
            };
            // one that is damaged here as well helps nobody
            if Op::from_bytes(&bytes).is_err() {
                continue;
            }
            if ops.len() == MEND_OPS_MAX || bytes_total + bytes.len() > PUSH_MAX_BYTES {
                self.give_back(std::mem::take(&mut ops)).await?;
                bytes_total = 0;
            }
            bytes_total += bytes.len();
            ops.push(ByteVec::from(bytes));
        }
        self.give_back(ops).await?;
        Ok(Done::Mended)
    }

    async fn give_back(&self, ops: Vec<ByteVec>) -> Result<(), Failure> {
        if ops.is_empty() {
            return Ok(());
        }
        let sent = ops.len();
        let answer: MendAnswer = self.ask(Endpoint::Mend, &MendRequest { ops }).await?;
        tracing::info!(sent, mended = answer.mended, "ops given back to the district");
        Ok(())
    }
}
