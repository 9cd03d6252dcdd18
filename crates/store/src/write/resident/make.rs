//! Making the operations of a batch of residents, without the database.

use std::collections::BTreeMap;

use zeroize::Zeroizing;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::resident::{Field, ResidentPatch, ResidentsRecorded};
use zhenxin_protocol::seal::{Place, Sealed, SubjectKey, seal};

use super::ResidentDraft;
use crate::error::StoreError;
use crate::fold::Known;
use crate::fold::registers::Registers;
use crate::ports::{Ports, uuid_v7};
use crate::vault::NewKey;
use crate::vault::data_key::Own;
use crate::write::head::{Chain, Made};
use crate::write::import::ImportSource;

/// Who a draft speaks of.
pub(super) struct Target {
    pub(super) resident: ResidentId,
    pub(super) scope: Scope,
    /// For a recorded resident.
    pub(super) known: Option<(Registers, SubjectKey)>,
}

/// Random bytes drawn in one go: a call to the operating system for every nonce would cost more
/// than sealing.
struct Randomness {
    bytes: Zeroizing<Vec<u8>>,
    used: usize,
}

impl Randomness {
    fn draw(ports: &Ports, len: usize) -> Self {
        let mut bytes = Zeroizing::new(vec![0; len]);
        ports.ids.fill(&mut bytes);
        Self { bytes, used: 0 }
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        taken.copy_from_slice(&self.bytes[self.used..self.used + N]);
        self.used += N;
        taken
    }
}

/// Random bytes that one row uses at most: a key, its wrapping's nonce, a nonce per sealed field.
const ROW_RANDOM_BYTES: usize = 32 + 24 + 24 * Field::SEALED.len();
/// Those of the operation: its id and the nonce of the source's name.
const OP_RANDOM_BYTES: usize = 10 + 24;

pub(super) struct Maker<'m, 't> {
    pub(super) rows: &'m [ResidentDraft<'t>],
    pub(super) targets: &'m [Target],
    pub(super) import: Option<(ImportSource, SubjectKey)>,
    pub(super) own: Own,
    pub(super) ports: Ports,
    pub(super) now_ms: i64,
    pub(super) occurred_on: i32,
    pub(super) chain: Chain,
}

/// An operation ready to be entered, with the keys it needs and what it says in plain.
pub(super) struct MadeChunk<'m> {
    pub(super) made: Made,
    pub(super) body: Body,
    pub(super) keys: Vec<NewKey>,
    pub(super) known: Known<'m>,
    pub(super) rows: usize,
}

impl<'m> Maker<'m, '_> {
    pub(super) fn into_chain(self) -> Chain {
        self.chain
    }

    pub(super) fn make(&mut self, (scope, places): &(Scope, Vec<usize>)) -> Result<MadeChunk<'m>, StoreError> {
        let mut random = Randomness::draw(&self.ports, OP_RANDOM_BYTES + places.len() * ROW_RANDOM_BYTES);
        let op = OpId::from_uuid(uuid_v7(self.now_ms, random.take()));
        let mut known = Known::with_capacity_and_hasher(places.len() * Field::SEALED.len(), Default::default());
        let mut keys = Vec::with_capacity(places.len());
        let mut rows = Vec::with_capacity(places.len());
        for at in places {
            rows.push(self.patch(op, *at, &mut random, &mut known, &mut keys)?);
        }
        let source = match &self.import {
            Some((import, key)) => {
                let place = Place { op, subject: *import.id.as_bytes(), field: "source" };
                Some(seal(key, random.take(), place, &import.source)?)
            }
            None => None,
        };
        let import = self.import.as_ref().map(|(import, _)| import.id);
        let body = Body::ResidentsRecorded(ResidentsRecorded { import, source, rows });
        body.check()?;
        let made = self.chain.next(op, *scope, &body, self.occurred_on)?;
        Ok(MadeChunk { made, body, keys, known, rows: places.len() })
    }

    fn patch(
        &self,
        op: OpId,
        at: usize,
        random: &mut Randomness,
        known: &mut Known<'m>,
        keys: &mut Vec<NewKey>,
    ) -> Result<ResidentPatch, StoreError> {
        let (draft, target) = (&self.rows[at], &self.targets[at]);
        let subject = *target.resident.as_bytes();
        let key = match &target.known {
            Some((_, key)) => key.clone(),
            None => {
                let key = SubjectKey::new(random.take());
                keys.push(NewKey::wrap(subject, target.scope, &key, &self.own, random.take()));
                key
            }
        };
        let mut fields: BTreeMap<u8, Option<Sealed>> = BTreeMap::new();
        let mut household_no = None;
        for (field, value) in &draft.texts {
            match (field, value) {
                (Field::HouseholdNo, number) => household_no = number.as_deref().map(str::to_owned),
                // The village is a code and has its own place.
                (Field::Village, _) => {}
                (field, None) => {
                    fields.insert(*field as u8, None);
                }
                (field, Some(plain)) => {
                    let nonce = random.take();
                    let place = Place { op, subject, field: field.name() };
                    fields.insert(*field as u8, Some(seal(&key, nonce, place, plain)?));
                    known.insert(nonce, plain.as_ref());
                }
            }
        }
        let mut patch = ResidentPatch {
            resident: target.resident,
            village: draft.village,
            household_no,
            fields,
            base: draft.base.clone(),
        };
        if let Some((registers, _)) = &target.known {
            fill_base(&mut patch, registers);
        }
        Ok(patch)
    }
}

/// Where the author names no base, what stands now was before the author's eyes.
fn fill_base(patch: &mut ResidentPatch, registers: &Registers) {
    let changed = Field::ALL.into_iter().filter(|field| match field {
        Field::Village => patch.village.is_some(),
        Field::HouseholdNo => patch.household_no.is_some(),
        sealed => patch.fields.contains_key(&(*sealed as u8)),
    });
    let missing: Vec<(u8, OpId)> = changed.filter_map(|field| Some((field as u8, registers.op(field)?))).collect();
    for (field, op) in missing {
        patch.base.entry(field).or_insert(op);
    }
}
