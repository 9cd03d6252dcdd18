//! A device for this crate's own tests: it writes real ops and signs them.

#![allow(clippy::unwrap_used)]

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::{DeviceId, OpId, UserId};
use zhenxin_protocol::body::brand::{BrandSheet, MilestoneCode, SheetIndicator, SheetMilestone};
use zhenxin_protocol::device_key::{Context, ED25519_TAG, public_key, sign_hash};
use zhenxin_protocol::hash::{Hash32, SM3_TAG};
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::enrol::EnrolRequest;
use zhenxin_protocol::wire::ops::{HeadSignature, PushRequest};
use zhenxin_protocol::wrap::public_of;

/// The town of all tests.
pub(crate) const TOWN: &str = "330211101";
/// A village of it.
pub(crate) const VILLAGE: &str = "330211101002";
/// Another one.
pub(crate) const OTHER_VILLAGE: &str = "330211101003";
/// Start of the tests' clock: 2025-06-01T00:00:00Z.
pub(crate) const NOW_MS: i64 = 1_748_736_000_000;

pub(crate) fn town() -> TownCode {
    TOWN.parse().unwrap()
}

pub(crate) fn scope(code: &str) -> Scope {
    code.parse().unwrap()
}

/// A device that chains its ops.
#[derive(Clone)]
pub(crate) struct Author {
    pub(crate) id: DeviceId,
    pub(crate) seed: [u8; 32],
    pub(crate) epoch: u32,
    pub(crate) next_seq: u64,
    pub(crate) prev: Hash32,
    ids: u128,
}

impl Author {
    pub(crate) fn new(number: u8) -> Self {
        Self {
            id: DeviceId::from_bytes([number; 16]),
            seed: [number; 32],
            epoch: 1,
            next_seq: 1,
            prev: Hash32::ZERO,
            ids: u128::from(number) << 120,
        }
    }

    /// The next op, of a kind that this program does not know.
    pub(crate) fn op(&mut self, scope_code: &str) -> Vec<u8> {
        self.op_with(scope_code, |_| {})
    }

    /// The next op after a change to it.
    pub(crate) fn op_with(&mut self, scope_code: &str, change: impl FnOnce(&mut Op)) -> Vec<u8> {
        self.ids += 1;
        let mut op = Op {
            id: OpId::from_bytes(self.ids.to_be_bytes()),
            device: self.id,
            epoch: self.epoch,
            seq: self.next_seq,
            prev: self.prev,
            scope: scope(scope_code),
            kind: "test.noted".to_owned(),
            kind_version: 1,
            body: vec![0xa0],
            hlc: 0,
            recorded_at: NOW_MS,
            occurred_on: 20_240,
            actor: UserId::from_bytes([7; 16]),
            alg: SM3_TAG.to_owned(),
            origin: None,
        };
        change(&mut op);
        self.raw(minicbor_bytes(&op))
    }

    /// Begins anew in another epoch, as after a fork.
    pub(crate) fn begin_epoch(&mut self, epoch: u32) {
        (self.epoch, self.next_seq, self.prev) = (epoch, 1, Hash32::ZERO);
    }

    /// Any bytes as the next op.
    pub(crate) fn raw(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.next_seq += 1;
        self.prev = Op::hash_of(&bytes);
        bytes
    }

    pub(crate) fn ops(&mut self, scope_code: &str, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.op(scope_code)).collect()
    }

    /// Public half of the device's sealing key.
    pub(crate) fn seal_key(&self) -> [u8; 32] {
        public_of(&self.seed)
    }

    /// The device's signature over the last of these ops.
    pub(crate) fn head(&self, ops: &[Vec<u8>]) -> HeadSignature {
        let head = ops.last().map_or(Hash32::ZERO, |last| Op::hash_of(last));
        HeadSignature {
            alg: ED25519_TAG.to_owned(),
            signature: sign_hash(&self.seed, Context::ChainHead, &head).to_vec(),
        }
    }

    /// The device's signature over a snapshot's manifest.
    pub(crate) fn signed_manifest(&self, manifest: &[u8]) -> HeadSignature {
        let signature = sign_hash(&self.seed, Context::SnapshotManifest, &Hash32::of(manifest)).to_vec();
        HeadSignature { alg: ED25519_TAG.to_owned(), signature }
    }

    pub(crate) fn enrol_request(&self, code: &str) -> EnrolRequest {
        let mut request = EnrolRequest {
            code: code.to_owned(),
            device: self.id,
            label: "综合办 1 号机".to_owned(),
            sign_key: public_key(&self.seed),
            seal_key: self.seal_key(),
            town: TOWN.to_owned(),
            proof: Vec::new(),
        };
        request.proof = sign_hash(&self.seed, Context::Enrolment, &request.proof_hash()).to_vec();
        request
    }

    pub(crate) fn push_request(&self, ops: &[Vec<u8>]) -> PushRequest {
        PushRequest {
            device: self.id,
            epoch: self.epoch,
            ops: ops.iter().cloned().map(Into::into).collect(),
            head: self.head(ops),
        }
    }
}

/// Bytes of an op without the size check, for tests of that check.
fn minicbor_bytes(op: &Op) -> Vec<u8> {
    zhenxin_protocol::frame::to_cbor(op)
}

/// What a town could release of its brand.
pub(crate) fn sheet(name: &str) -> BrandSheet {
    BrandSheet {
        name: name.to_owned(),
        slogan: "一湖清水，一诺千金".to_owned(),
        domain: "文旅诚信".to_owned(),
        owner_unit: "社会治理办公室".to_owned(),
        story: "湖边的商户先立规矩。\n后来大家都守规矩。".to_owned(),
        objectives: vec!["两年内诚信商户过百".to_owned()],
        active_since: Some(20_148),
        milestones: vec![SheetMilestone {
            title: "首批授牌".to_owned(), due_on: 20_240, state: MilestoneCode::Done
        }],
        indicators: vec![SheetIndicator {
            name: "诚信商户".to_owned(),
            unit: "家".to_owned(),
            baseline: 120_000,
            target: 1_000_000,
            latest: Some(580_000),
        }],
        partners: vec!["农商行九龙湖支行".to_owned()],
        events_held: vec![2, 0, 1, 0, 0],
        year: 2025,
        purpose: "区品牌评选".to_owned(),
    }
}
