//! Ops in.

use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::heads::{page_heads, verify_scope_heads};
use zhenxin_protocol::wire::ops::{Cursor, Page as WirePage, PullAnswer, PullRequest};
use zhenxin_protocol::wire::{Endpoint, Lineage};
use zhenxin_store::{Page, StoreError};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;

impl Workbench {
    pub(super) async fn pull_ops(&self) -> Result<Done, Failure> {
        let lineage = self.notes().lineage.unwrap_or_else(|| self.link.lineage());
        let cursors = self.store.cursors(&lineage.0)?;
        let request = PullRequest {
            cursors: cursors.iter().map(|(scope, after)| Cursor { scope: *scope, after: *after }).collect(),
            limit: None,
        };
        let answer: PullAnswer = self.ask(Endpoint::Pull, &request).await?;
        self.check_signature(lineage, &answer)?;
        let known: BTreeMap<Scope, u64> = cursors.into_iter().collect();
        let (mut ops, mut received, mut bytes, mut more) = (0, 0, 0, false);
        for page in answer.pages {
            more |= page.more;
            let after = known.get(&page.scope).copied().unwrap_or(0);
            if !in_order(&page, after)? {
                continue;
            }
            ops += page.ops.len() as u64;
            bytes += page.ops.iter().map(|op| op.bytes.len() as u64).sum::<u64>();
            let page = Page::of_wire(lineage, page, answer.chain_heads.clone()).ok_or(Failure::Garbled)?;
            match self.store.apply_page(&page) {
                Ok(applied) => received += u64::from(applied.new),
                Err(StoreError::Forked) => return Ok(Done::OpsPulled { ops, received, bytes, more, forked: true }),
                // not what this PC would hold by its own count: the next round compares
                Err(StoreError::HistoryDiffers) => return Err(Failure::Garbled),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Done::OpsPulled { ops, received, bytes, more, forked: false })
    }

    fn check_signature(&self, lineage: Lineage, answer: &PullAnswer) -> Result<(), Failure> {
        let heads = page_heads(&answer.pages);
        if heads.is_empty() {
            return Ok(());
        }
        let signature = answer.signature.as_ref().ok_or(Failure::Garbled)?;
        verify_scope_heads(&self.link.sign_key, lineage, &heads, signature).map_err(|_| {
            tracing::warn!("the district's signature over the pages does not fit the pinned key");
            Failure::Garbled
        })
    }
}

/// Whether a page has ops; a district that leaves an op out or swaps two is not
/// followed: the cursor would pass over them.
fn in_order(page: &WirePage, after: u64) -> Result<bool, Failure> {
    let Some(last) = page.ops.last() else {
        return Ok(false);
    };
    let dense = (after + 1..).zip(&page.ops).all(|(expected, op)| op.server_seq == expected);
    let headed = page.head.is_some_and(|head| head.size == last.server_seq);
    if dense && headed { Ok(true) } else { Err(Failure::Garbled) }
}

#[cfg(test)]
mod tests;
