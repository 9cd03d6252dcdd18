//! Ops in.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use zhenxin_domain::division::Scope;
use zhenxin_protocol::heads::{page_heads, verify_scope_heads};
use zhenxin_protocol::wire::ops::{Cursor, Page as WirePage, PullAnswer, PullRequest};
use zhenxin_protocol::wire::{Ask, Endpoint, Lineage};
use zhenxin_store::{Page, StoreError};

use super::Workbench;
use crate::engine::Done;
use crate::exchange::ask_packed;
use crate::failure::Failure;
use crate::transport::HandedOver;

/// Answers of one step, after which progress is shown and others may speak.
const ANSWERS_A_STEP: usize = 4;

/// Figures of a step.
#[derive(Default)]
struct Pulled {
    ops: u64,
    received: u64,
    bytes: u64,
    more: bool,
    forked: bool,
}

impl Workbench {
    /// While the pages of one answer are taken, the district prepares the next.
    pub(super) async fn pull_ops(&self) -> Result<Done, Failure> {
        let lineage = self.notes().lineage.unwrap_or_else(|| self.link.lineage());
        let mut cursors: BTreeMap<Scope, u64> = self.store.cursors(&lineage.0)?.into_iter().collect();
        let (mut pulled, since_ms) = (Pulled::default(), self.ports.clock.now_ms());
        let mut answer = self.pull_after(&cursors, HandedOver::default()).await?;
        for turn in 1.. {
            self.check_signature(lineage, &answer)?;
            let before = cursors.clone();
            for page in &answer.pages {
                cursors.extend(in_order(page, before.get(&page.scope).copied().unwrap_or(0))?);
            }
            pulled.more = answer.pages.iter().any(|page| page.more);
            // a district that promises more and brings nothing is not asked again in this step
            let ask = pulled.more && turn < ANSWERS_A_STEP && cursors != before && !self.is_long(since_ms);
            let handed_over = HandedOver::default();
            let mut next = pin!(self.pull_after(&cursors, handed_over.clone()));
            let early = if ask { poll_fn(|cx| leave(next.as_mut(), &handed_over, cx)).await } else { None };
            self.take_pages(lineage, answer, &mut pulled)?;
            if pulled.forked || !ask {
                break;
            }
            answer = match early {
                Some(answered) => answered?,
                None => next.await?,
            };
        }
        let Pulled { ops, received, bytes, more, forked } = pulled;
        Ok(Done::OpsPulled { ops, received, bytes, more, forked })
    }

    async fn pull_after(&self, cursors: &BTreeMap<Scope, u64>, handed_over: HandedOver) -> Result<PullAnswer, Failure> {
        let cursors = cursors.iter().map(|(scope, after)| Cursor { scope: *scope, after: *after }).collect();
        let frame = Ask::pack_as(self.major(), &PullRequest { cursors, limit: None });
        let (lineage, answer) = ask_packed(&*self.transport, Endpoint::Pull, frame, handed_over).await?;
        self.check_lineage(lineage)?;
        Ok(answer)
    }

    fn take_pages(&self, lineage: Lineage, answer: PullAnswer, pulled: &mut Pulled) -> Result<(), Failure> {
        for page in answer.pages {
            if page.ops.is_empty() {
                continue;
            }
            pulled.ops += page.ops.len() as u64;
            pulled.bytes += page.ops.iter().map(|op| op.bytes.len() as u64).sum::<u64>();
            let page = Page::of_wire(lineage, page, answer.chain_heads.clone()).ok_or(Failure::Garbled)?;
            match self.store.apply_page(&page) {
                Ok(applied) => pulled.received += u64::from(applied.new),
                Err(StoreError::Forked) => {
                    pulled.forked = true;
                    return Ok(());
                }
                // not what this PC would hold by its own count: the next round compares
                Err(StoreError::HistoryDiffers) => return Err(Failure::Garbled),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
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

/// Where a scope stands after a page, `None` for a page without ops. A district that leaves an op out or swaps two is
/// not followed: the cursor would pass over them.
fn in_order(page: &WirePage, after: u64) -> Result<Option<(Scope, u64)>, Failure> {
    let Some(last) = page.ops.last() else {
        return Ok(None);
    };
    let dense = (after + 1..).zip(&page.ops).all(|(expected, op)| op.server_seq == expected);
    let headed = page.head.is_some_and(|head| head.size == last.server_seq);
    if dense && headed { Ok(Some((page.scope, last.server_seq))) } else { Err(Failure::Garbled) }
}

/// Moves a request until it has left, or is answered already.
fn leave<F: Future>(exchange: Pin<&mut F>, handed_over: &HandedOver, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
    match exchange.poll(cx) {
        Poll::Ready(answered) => Poll::Ready(Some(answered)),
        Poll::Pending if handed_over.poll_told(cx) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    }
}

#[cfg(test)]
mod tests;
