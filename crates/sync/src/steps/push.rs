//! Ops out.

use zhenxin_domain::ids::OpId;
use zhenxin_protocol::device_key::ED25519_TAG;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::limits::{PUSH_MAX_BYTES, PUSH_OPS_MAX};
use zhenxin_protocol::wire::ops::{HeadSignature, OpOutcome, OpResult, PushAnswer, PushRequest};
use zhenxin_store::Receipt;

use super::Workbench;
use crate::engine::{Done, Halt};
use crate::failure::Failure;

/// What the district said about a push.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdicts {
    receipts: Vec<(OpId, Receipt)>,
    halt: Option<Halt>,
}

impl Workbench {
    pub(super) async fn push_ops(&self) -> Result<Done, Failure> {
        let outbox = self.store.outbox(PUSH_OPS_MAX, PUSH_MAX_BYTES)?;
        let (ids, ops): (Vec<OpId>, Vec<Vec<u8>>) = outbox.ops.into_iter().unzip();
        if ids.is_empty() {
            return Ok(Done::OpsPushed { accepted: 0, rejected: 0, more: false, halt: None });
        }
        let request = PushRequest {
            device: outbox.device,
            epoch: outbox.epoch,
            ops: ops.into_iter().map(Into::into).collect(),
            head: HeadSignature { alg: ED25519_TAG.to_owned(), signature: outbox.signature.to_vec() },
        };
        let answer: PushAnswer = self.ask(Endpoint::Push, &request).await?;
        let Verdicts { receipts, halt } = read(&ids, answer.results)?;
        self.store.take_receipts(&receipts)?;
        let rejected = receipts.iter().filter(|(_, receipt)| matches!(receipt, Receipt::Rejected { .. })).count();
        Ok(Done::OpsPushed {
            accepted: (receipts.len() - rejected) as u64,
            rejected: rejected as u64,
            // an op whose fate is unknown still waits
            more: outbox.more || receipts.len() < ids.len(),
            halt,
        })
    }
}

/// Sorts the results up to the first op that was not decided.
fn read(ids: &[OpId], results: Vec<OpResult>) -> Result<Verdicts, Failure> {
    if results.len() != ids.len() {
        return Err(Failure::Garbled);
    }
    let mut verdicts = Verdicts::default();
    for (id, result) in ids.iter().zip(results) {
        let receipt = match result.outcome {
            Some(OpOutcome::Accepted { server_seq }) => Receipt::Accepted { server_seq, issue: None },
            Some(OpOutcome::Duplicate { server_seq, issue }) => Receipt::Accepted { server_seq, issue },
            Some(OpOutcome::AcceptedWithIssue { server_seq, kind }) => {
                Receipt::Accepted { server_seq, issue: Some(kind) }
            }
            Some(OpOutcome::Rejected { code, text }) => Receipt::Rejected { code, text },
            // the outbox is dense and begins where the receipts end: a gap before its first op
            // means that the district has lost what it once confirmed
            Some(OpOutcome::Gap { .. }) if verdicts.receipts.is_empty() => {
                verdicts.halt = Some(Halt::DistrictChanged);
                break;
            }
            Some(OpOutcome::Fork) => {
                verdicts.halt = Some(Halt::Forked);
                break;
            }
            Some(OpOutcome::Gap { .. }) | None => break,
        };
        verdicts.receipts.push((*id, receipt));
    }
    Ok(verdicts)
}

#[cfg(test)]
mod tests;
