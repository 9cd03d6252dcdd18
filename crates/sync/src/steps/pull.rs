//! Ops in.

use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::ops::{Cursor, Page as WirePage, PullAnswer, PullRequest};
use zhenxin_store::{Page, StoreError};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;

impl Workbench {
    pub(super) async fn pull_ops(&self) -> Result<Done, Failure> {
        let cursors = match self.store.cursors(&self.lineage.0) {
            Ok(cursors) => cursors,
            Err(StoreError::LineageChanged) => return Ok(other_district()),
            Err(error) => return Err(error.into()),
        };
        let request = PullRequest {
            cursors: cursors.iter().map(|(scope, after)| Cursor { scope: *scope, after: *after }).collect(),
            limit: None,
        };
        let answer: PullAnswer = self.ask(Endpoint::Pull, &request).await?;
        let known: BTreeMap<Scope, u64> = cursors.into_iter().collect();
        let (mut ops, mut received, mut more) = (0, 0, false);
        for page in answer.pages {
            more |= page.more;
            let after = known.get(&page.scope).copied().unwrap_or(0);
            let Some(page) = in_order(page, after, self.lineage.0)? else {
                continue;
            };
            ops += page.ops.len() as u64;
            received += u64::from(self.store.apply_page(&page)?.new);
        }
        Ok(Done::OpsPulled { ops, received, more, behind: !answer.behind.is_empty() })
    }
}

/// The store has exchanged with another district: as grave as one restored.
const fn other_district() -> Done {
    Done::OpsPulled { ops: 0, received: 0, more: false, behind: true }
}

/// The store's form of a page, `None` for an empty one. A district that leaves
/// an op out or swaps two is not followed: the cursor would pass over them.
fn in_order(page: WirePage, after: u64, lineage: [u8; 16]) -> Result<Option<Page>, Failure> {
    let Some(last) = page.ops.last().map(|op| op.server_seq) else {
        return Ok(None);
    };
    let dense = (after + 1..).zip(&page.ops).all(|(expected, op)| op.server_seq == expected);
    if !dense {
        return Err(Failure::Garbled);
    }
    Ok(Some(Page {
        scope: page.scope,
        lineage,
        ops: page.ops.into_iter().map(|op| (op.server_seq, op.bytes)).collect(),
        after: last,
    }))
}

#[cfg(test)]
mod tests;
