//! A device that keeps its key and none of the rules: ops. What else it does is in [`forged`].

use anyhow::Result;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::OpId;
use zhenxin_protocol::device_key::{Context, ED25519_TAG, sign_hash};
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::ops::{HeadSignature, OpOutcome, PushAnswer, PushRequest};
use zhenxin_protocol::wire::repair::{EpochAnswer, EpochRequest};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint};

use super::plan::Hostile;
use super::template::{TOWN, VILLAGES};
use super::world::{Commit, World};

mod forged;

/// Larger than one op may be.
const OVERSIZED_BYTES: usize = 600_000;

impl World {
    pub(super) fn hostile(&mut self, pc: usize, what: Hostile) -> Result<()> {
        let machine = &self.pcs[pc];
        let Some(token) = machine.token() else { return Ok(()) };
        match what {
            Hostile::JunkGrants => return self.junk_grants(pc, token),
            Hostile::ForgedKeys => return self.forged_keys(pc, token),
            Hostile::EmptyBlobs => return self.empty_blobs(pc, token),
            Hostile::NosyQuestions => return self.nosy_questions(pc, token),
            _ => {}
        }
        let own = machine.device()?;
        let Some(model) = machine.log()?.into_iter().rev().find(|row| row.device == own) else { return Ok(()) };
        let bytes = machine.store()?.read(|reader| reader.op_bytes(model.id))?.unwrap_or_default();
        let Ok(model) = Op::from_bytes(&bytes) else { return Ok(()) };
        if what == Hostile::ByteChanged {
            return self.byte_changed(pc, token, &model, bytes);
        }
        let Some(epoch) = self.fresh_epoch(token)? else { return Ok(()) };
        let mut id = [0; 16];
        for part in id.chunks_mut(8) {
            part.copy_from_slice(&self.chance.draw().to_le_bytes());
        }
        let device = self.pcs[pc].device()?;
        let mut op =
            Op { id: OpId::from_bytes(id), device, epoch, seq: 1, prev: Hash32([0; 32]), origin: None, ..model };
        op.scope = self.own_scope(pc)?;
        match what {
            Hostile::BrokenBody => op.body = vec![0xff],
            Hostile::NewerKind => op.kind = "lantern.lit".to_owned(),
            Hostile::ForeignScope => op.scope = "110101001".parse()?,
            // of a kind whose body nobody reads, so that nothing but its size speaks against it
            Hostile::Oversized => (op.kind, op.body) = ("lantern.lit".to_owned(), vec![0; OVERSIZED_BYTES]),
            // signed with another key below, or another thing than an op
            _ => {}
        }
        let bytes = minicbor::to_vec(&op)?;
        let signature = match what {
            Hostile::WrongSignature => sign_hash(&[7; 32], Context::ChainHead, &Hash32::of(&bytes)),
            _ => self.pcs[pc].store()?.sign_hash(Context::ChainHead, &Hash32::of(&bytes)),
        };
        self.push_hostile(pc, token, (&op, bytes), signature, what)
    }

    fn own_scope(&self, pc: usize) -> Result<Scope> {
        let code = match self.pcs[pc].village {
            Some(at) => VILLAGES[usize::from(at) % VILLAGES.len()],
            None => TOWN,
        };
        Ok(code.parse()?)
    }

    fn push_hostile(
        &mut self,
        pc: usize,
        token: [u8; 32],
        (op, bytes): (&Op, Vec<u8>),
        signature: [u8; 64],
        what: Hostile,
    ) -> Result<()> {
        let head = HeadSignature { alg: ED25519_TAG.to_owned(), signature: signature.to_vec() };
        let request = PushRequest { device: op.device, epoch: op.epoch, ops: vec![bytes.clone().into()], head };
        let frame = Ask::pack(&request);
        let answer = self.district.serve(Endpoint::Push, Some(token), &frame);
        let taken = self.district.held()?.iter().any(|held| held.bytes == bytes && held.ordered.is_some());
        let refused = Answer::unpack(&answer).ok().and_then(|answer| answer.fault).map(|fault| fault.code);
        self.trace.note(format!("hostile {what:?} from {pc}: taken {taken}, fault {refused:?}"));
        anyhow::ensure!(
            !taken || matches!(what, Hostile::BrokenBody | Hostile::NewerKind),
            "the district took what it must not: {what:?}"
        );
        if taken {
            self.committed.insert(op.content_id(), Commit { kind: format!("hostile {what:?}"), pc, at: 0 });
        }
        Ok(())
    }

    fn fresh_epoch(&mut self, token: [u8; 32]) -> Result<Option<u32>> {
        let frame = Ask::pack(&EpochRequest { epoch: 1 });
        let answer = Answer::unpack(&self.district.serve(Endpoint::Epoch, Some(token), &frame));
        let body = answer.ok().and_then(|answer| answer.body);
        Ok(body.and_then(|body| from_cbor::<EpochAnswer>(&body).ok()).map(|answer| answer.epoch))
    }

    /// The same id and the same place with one byte changed: nothing of it may be stored.
    fn byte_changed(&mut self, pc: usize, token: [u8; 32], model: &Op, mut bytes: Vec<u8>) -> Result<()> {
        let at = self.chance.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1;
        let before = self.district.heads()?;
        let hash = Hash32::of(&bytes);
        let signature = self.pcs[pc].store()?.sign_hash(Context::ChainHead, &hash);
        let head = HeadSignature { alg: ED25519_TAG.to_owned(), signature: signature.to_vec() };
        let known = self.district.held()?.iter().any(|held| held.place == (model.device, model.epoch, model.seq));
        if !known || model.device != self.pcs[pc].device()? {
            return Ok(());
        }
        let request = PushRequest { device: model.device, epoch: model.epoch, ops: vec![bytes.into()], head };
        let answer = Answer::unpack(&self.district.serve(Endpoint::Push, Some(token), &Ask::pack(&request)));
        let body = answer.ok().and_then(|answer| answer.body);
        let said = body.and_then(|body| from_cbor::<PushAnswer>(&body).ok());
        let said = said.into_iter().flat_map(|answer| answer.results).find_map(|result| result.outcome);
        let quiet = matches!(said, Some(OpOutcome::Accepted { .. } | OpOutcome::Duplicate { .. }));
        anyhow::ensure!(!quiet, "the same id with a changed byte was answered as if nothing were wrong: {said:?}");
        anyhow::ensure!(before == self.district.heads()?, "an op with one byte changed was taken");
        self.trace.note(format!("hostile byte from {pc}"));
        Ok(())
    }
}
