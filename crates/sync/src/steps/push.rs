//! Ops out: while one batch is on its way, the next one is prepared and follows
//! it. Receipts are taken in the order of sending.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use minicbor::bytes::ByteVec;

use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::wire::limits::{PUSH_MAX_BYTES, PUSH_OPS_MAX};
use zhenxin_protocol::wire::ops::{OpOutcome, OpResult, PushAnswer, PushRequest};
use zhenxin_protocol::wire::{Ask, Endpoint, FaultCode, Lineage};
use zhenxin_store::{HandedOut, Receipt};

use super::Workbench;
use crate::engine::{Done, Gap, Trouble};
use crate::exchange::ask_packed;
use crate::failure::Failure;
use crate::transport::HandedOver;

/// Batches on their way at once: one travels while the district works on the
/// one before it; more would only wait there and hold memory on both sides.
const DEPTH: usize = 2;

/// Batches of one step, after which progress is shown and others may speak. At the end of a step the line runs empty.
const BATCHES_A_STEP: usize = 16;

type Answered = Result<(Lineage, PushAnswer), Failure>;

/// A batch on its way.
struct Flight<'b> {
    ids: Vec<OpId>,
    bytes: u64,
    device: DeviceId,
    epoch: u32,
    first_seq: u64,
    handed_over: HandedOver,
    exchange: Pin<Box<dyn Future<Output = Answered> + Send + 'b>>,
    answer: Option<Answered>,
}

impl Flight<'_> {
    const fn chain(&self) -> (DeviceId, u32) {
        (self.device, self.epoch)
    }
}

/// What happened on the line.
enum Turn {
    /// The oldest batch was answered.
    Answered(Answered),
    /// The newest batch has left: another one may follow.
    Room,
}

/// What the district said about a batch.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdicts {
    receipts: Vec<(OpId, Receipt)>,
    trouble: Option<Wrong>,
}

/// Why a batch was not taken to its end.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    /// Another op is at the place of the one after the last receipt.
    Fork,
    /// The district expects this one.
    Gap(u64),
}

/// Figures of a step.
#[derive(Default)]
struct Pushed {
    accepted: u64,
    rejected: u64,
    bytes: u64,
    /// An op whose fate is unknown still waits.
    left: bool,
    trouble: Option<Trouble>,
    /// Where each chain began in this step.
    begun: BTreeMap<(DeviceId, u32), u64>,
}

impl Workbench {
    pub(super) async fn push_ops(&self) -> Result<Done, Failure> {
        let mut line: VecDeque<Flight<'_>> = VecDeque::new();
        let mut pushed = Pushed::default();
        let (mut handed, mut sent, mut ended) = (HandedOut::default(), 0, false);
        let mut next: Option<Flight<'_>> = None;
        let since_ms = self.ports.clock.now_ms();
        let goes_on = |sent: usize| sent == 0 || (sent < BATCHES_A_STEP && !self.is_long(since_ms));
        loop {
            if next.is_none() && !ended && goes_on(sent) && line.len() < DEPTH {
                next = self.next_batch(&mut handed)?;
                ended = next.is_none();
                sent += 1;
            }
            // what stands in another chain may be founded on what is on the line, and must not overtake it
            let follows = |flight: &mut Flight<'_>| line.back().is_none_or(|before| before.chain() == flight.chain());
            if let Some(flight) = next.take_if(follows) {
                pushed.begun.entry(flight.chain()).or_insert(flight.first_seq);
                line.push_back(flight);
            }
            let room = next.is_none() && !ended && goes_on(sent) && line.len() < DEPTH;
            if line.is_empty() {
                break;
            }
            if let Turn::Answered(answered) = poll_fn(|cx| turn(&mut line, room, cx)).await {
                let flight = line.pop_front().ok_or(Failure::Garbled)?;
                let (lineage, answer) = match answered {
                    Err(failure) if self.leaves_alone(&flight, &failure) => {
                        // it brought nothing, and must not count as a step that turns for nothing
                        sent = sent.saturating_sub(1);
                        continue;
                    }
                    answered => answered?,
                };
                self.check_lineage(lineage)?;
                self.take(&flight, answer, &mut pushed)?;
                // what follows on the line would only be told the same
                if pushed.left || pushed.trouble.is_some() {
                    break;
                }
            }
        }
        Ok(Done::OpsPushed {
            accepted: pushed.accepted,
            rejected: pushed.rejected,
            bytes: pushed.bytes,
            more: pushed.left || !ended,
            trouble: pushed.trouble,
        })
    }

    /// The batch after those that were handed out, on its way; chains that this
    /// round leaves alone are passed over.
    fn next_batch(&self, handed: &mut HandedOut) -> Result<Option<Flight<'_>>, Failure> {
        let most = self.tuning.push_ops.min(PUSH_OPS_MAX);
        loop {
            let outbox = self.store.outbox(handed, most, PUSH_MAX_BYTES)?;
            let Some(last) = outbox.last else {
                return Ok(None);
            };
            if self.notes().skipped.contains(&(outbox.device, outbox.epoch)) {
                handed.pass_over(outbox.device, outbox.epoch);
                continue;
            }
            handed.note(last);
            let (ids, ops): (Vec<OpId>, Vec<Vec<u8>>) = outbox.ops.into_iter().unzip();
            let bytes = ops.iter().map(|op| op.len() as u64).sum();
            let request = PushRequest {
                device: outbox.device,
                epoch: outbox.epoch,
                ops: ops.into_iter().map(ByteVec::from).collect(),
                head: outbox.head,
            };
            let first_seq = (last.seq + 1).saturating_sub(ids.len() as u64);
            let handed_over = HandedOver::default();
            let frame = Ask::pack_as(self.major(), &request);
            let told = handed_over.clone();
            let exchange = async move {
                // somebody may have written while the round went on: no op leaves before its keys
                while let Done::KeysPushed { more: true, .. } = self.push_keys().await? {}
                ask_packed(&*self.transport, Endpoint::Push, frame, told).await
            };
            return Ok(Some(Flight {
                ids,
                bytes,
                device: outbox.device,
                epoch: outbox.epoch,
                first_seq,
                handed_over,
                exchange: Box::pin(exchange),
                answer: None,
            }));
        }
    }

    /// Another one's chain that the district refuses as a whole stays here and waits, for a district that knows its author
    /// or for the author itself; nothing else waits for it.
    fn leaves_alone(&self, flight: &Flight<'_>, failure: &Failure) -> bool {
        let alone = flight.device != self.store.device() && of_the_chain(failure);
        if alone {
            tracing::warn!(device = %flight.device, epoch = flight.epoch, state = ?failure.state(0), "a relayed chain is refused");
            self.notes().skipped.insert(flight.chain());
        }
        alone
    }

    fn take(&self, flight: &Flight<'_>, answer: PushAnswer, pushed: &mut Pushed) -> Result<(), Failure> {
        let Verdicts { receipts, trouble } = read(&flight.ids, answer.results)?;
        self.store.take_receipts(&receipts)?;
        let rejected = receipts.iter().filter(|(_, receipt)| matches!(receipt, Receipt::Rejected { .. })).count();
        pushed.rejected += rejected as u64;
        pushed.accepted += (receipts.len() - rejected) as u64;
        pushed.bytes += if receipts.len() == flight.ids.len() { flight.bytes } else { 0 };
        let own = flight.device == self.store.device();
        let chain = flight.chain();
        let skipped = self.notes().skipped.contains(&chain);
        match trouble {
            // it was on its way already when the one before it was left for the next round
            Some(Wrong::Gap(_)) if skipped => {}
            Some(Wrong::Fork) if own => pushed.trouble = Some(Trouble::Fork),
            // another one's chain: its author writes these ops again when it comes
            Some(Wrong::Fork) => {
                let from = flight.first_seq + receipts.len() as u64;
                pushed.rejected += self.store.refuse_fork(flight.device, flight.epoch, from)?;
                self.notes().skipped.insert(chain);
            }
            // it overtook a batch of this step, whose receipts are here by now
            Some(Wrong::Gap(expected)) if expected >= pushed.begun[&chain] => {
                pushed.left = true;
            }
            Some(Wrong::Gap(from_seq)) => {
                pushed.trouble = Some(Trouble::Gap(Gap { device: flight.device, epoch: flight.epoch, from_seq }));
            }
            // an outcome that this program does not know: the op waits for the next round, and nothing else waits for it
            None if receipts.len() < flight.ids.len() => {
                self.notes().skipped.insert(chain);
            }
            None => {}
        }
        Ok(())
    }
}

/// Whether a refusal speaks of the chain alone: its author is unknown to the district, or did not sign it.
fn of_the_chain(failure: &Failure) -> bool {
    let codes = [FaultCode::ScopeDenied, FaultCode::BadSignature];
    matches!(failure, Failure::Refused { code, .. } if codes.iter().any(|of_chain| of_chain.name() == code))
}

/// Moves everything on the line forward, the oldest first.
fn turn(line: &mut VecDeque<Flight<'_>>, room: bool, cx: &mut Context<'_>) -> Poll<Turn> {
    for flight in line.iter_mut().filter(|flight| flight.answer.is_none()) {
        if let Poll::Ready(answer) = flight.exchange.as_mut().poll(cx) {
            flight.answer = Some(answer);
        }
    }
    if let Some(answer) = line.front_mut().and_then(|oldest| oldest.answer.take()) {
        return Poll::Ready(Turn::Answered(answer));
    }
    let left = room && line.back().is_some_and(|newest| newest.handed_over.poll_told(cx));
    if left { Poll::Ready(Turn::Room) } else { Poll::Pending }
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
            Some(OpOutcome::Gap { expected }) if verdicts.receipts.is_empty() => {
                verdicts.trouble = Some(Wrong::Gap(expected));
                break;
            }
            Some(OpOutcome::Fork) => {
                verdicts.trouble = Some(Wrong::Fork);
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
