//! When the district and this PC disagree about a device's chain.

use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::repair::{EpochAnswer, EpochRequest};

use super::Workbench;
use crate::engine::{Done, Gap};
use crate::failure::Failure;

impl Workbench {
    /// The disk was copied or restored: what waits is written again in an epoch
    /// that no copy of it shares.
    pub(super) async fn begin_epoch(&self) -> Result<Done, Failure> {
        let request = EpochRequest { epoch: self.store.epoch()? };
        let answer: EpochAnswer = self.ask(Endpoint::Epoch, &request).await?;
        if answer.epoch <= request.epoch {
            return Err(Failure::Garbled);
        }
        let ops = self.store.begin_epoch(answer.epoch)?;
        tracing::warn!(epoch = answer.epoch, ops, "the chain has forked; it goes on in a new epoch");
        Ok(Done::EpochBegun)
    }

    /// The district lacks ops of a chain that it once had: they are sent again.
    pub(super) async fn reopen(&self, gap: Gap) -> Result<Done, Failure> {
        let reopened = self.store.reopen_chain(gap.device, gap.epoch, gap.from_seq)?;
        tracing::warn!(device = %gap.device, from = gap.from_seq, ops = reopened.ops, "the district lacks ops of a chain");
        if reopened.dense && reopened.ops > 0 {
            return Ok(Done::Reopened { ops: reopened.ops });
        }
        // what is missing does not lie here either
        if gap.device == self.store.device() {
            self.begin_epoch().await?;
        } else {
            self.notes().skipped.insert((gap.device, gap.epoch));
        }
        Ok(Done::Reopened { ops: reopened.ops })
    }
}
