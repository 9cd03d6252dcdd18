//! The values that a field of a resident was given since somebody last decided with the winner before their eyes.
//!
//! The log is walked as the fold walks it (`fold/resident`): canonical order, undone imports left out. What the fold
//! writes down as a race is here the set of values that stand against each other.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use zhenxin_domain::ids::{DeviceId, ImportId, OpId, ResidentId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::resident::{Field, ResidentPatch, ResidentsRecorded};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::op::Op;

use super::content::Unsealed;
use crate::error::StoreError;
use crate::fold::{read_op, turns_of};
use crate::query::Reader;

/// One value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSide {
    /// The operation that wrote it, by its content id.
    pub op: OpId,
    /// The value; `None` where it was emptied.
    pub value: Option<Unsealed>,
    /// Who wrote it.
    pub actor: UserId,
    /// On which device.
    pub device: DeviceId,
    /// When, ms since 1970 UTC.
    pub at: i64,
    /// Whether it is the one that counts now.
    pub current: bool,
}

/// A resident's changes in canonical order.
struct Written {
    op: Op,
    import: Option<ImportId>,
    patch: ResidentPatch,
}

impl Reader<'_> {
    /// The values of a field that stand against each other, the one that counts now first; one alone where nothing does.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn field_sides(&self, resident: ResidentId, field: Field) -> Result<Vec<FieldSide>, StoreError> {
        self.sides(resident, field, None)
    }

    /// The values that stood against each other when somebody decided with `winner` before their eyes; `current` is the
    /// one that was chosen.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn settled_sides(
        &self,
        resident: ResidentId,
        field: Field,
        winner: OpId,
    ) -> Result<Vec<FieldSide>, StoreError> {
        self.sides(resident, field, Some(winner))
    }

    fn sides(&self, resident: ResidentId, field: Field, until: Option<OpId>) -> Result<Vec<FieldSide>, StoreError> {
        let mut open: Vec<FieldSide> = Vec::new();
        for written in self.written(resident, false)? {
            let Some(value) = self.value_of(&written, field)? else { continue };
            let side = FieldSide {
                op: written.op.content_id(),
                value,
                actor: written.op.actor,
                device: written.op.device,
                at: written.op.recorded_at,
                current: true,
            };
            let seen = written.patch.base.get(&(field as u8)).copied();
            if let Some(present) = open.last_mut() {
                if seen == Some(present.op) && until == seen {
                    open.iter_mut().for_each(|before| before.current = before.value == side.value);
                    break;
                }
                if seen == Some(present.op) {
                    open.clear();
                } else {
                    present.current = false;
                }
            }
            open.push(side);
        }
        open.reverse();
        Ok(distinct(open))
    }

    /// The last value of every field of a record that was taken back, from all that was ever written about it.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn former_fields(&self, resident: ResidentId) -> Result<BTreeMap<u8, Option<Unsealed>>, StoreError> {
        let mut fields = BTreeMap::new();
        for written in self.written(resident, true)? {
            for field in Field::ALL {
                if let Some(value) = self.value_of(&written, field)? {
                    fields.insert(field as u8, value);
                }
            }
        }
        Ok(fields)
    }

    /// All changes of a resident in canonical order; those of undone imports only where they are wanted.
    fn written(&self, resident: ResidentId, with_undone: bool) -> Result<Vec<Written>, StoreError> {
        let entity = Entity::new(EntityKind::Resident, *resident.as_bytes());
        let (mut all, mut undone) = (Vec::new(), HashSet::new());
        for no in turns_of(self.conn(), &BTreeSet::from([entity]))? {
            match read_op(self.conn(), no)? {
                Some((op, Body::ResidentsRecorded(ResidentsRecorded { import, rows, .. }))) => {
                    let of_resident = rows.into_iter().filter(|row| row.resident == resident);
                    all.extend(of_resident.map(|patch| Written { op: op.clone(), import, patch }));
                }
                Some((op, Body::ImportUndone(body))) => {
                    undone.insert((body.import, op.scope));
                }
                _ => {}
            }
        }
        let counts = |w: &Written| w.import.is_none_or(|import| !undone.contains(&(import, w.op.scope)));
        all.retain(|written| with_undone || counts(written));
        // what was written in another scope than the record's does not count
        let sql = "SELECT scope FROM resident WHERE id = ?1";
        if let Some(home) = self.one(sql, [resident.as_bytes()], |row| row.get::<_, String>(0))? {
            all.retain(|written| written.op.scope.as_str() == home);
        }
        Ok(all)
    }

    /// What a change gave a field; the outer `None` where it did not speak of it.
    fn value_of(&self, written: &Written, field: Field) -> Result<Option<Option<Unsealed>>, StoreError> {
        let Written { op, patch, .. } = written;
        let clear = |text: Option<String>| text.map(|text| Some(Unsealed::Text(text)));
        Ok(match field {
            Field::Village => clear(patch.village.map(|village| village.to_string())),
            Field::HouseholdNo => clear(patch.household_no.clone()),
            sealed => match patch.fields.get(&(sealed as u8)) {
                None => None,
                Some(None) => Some(None),
                Some(Some(value)) => {
                    Some(Some(self.unseal(op.content_id(), patch.resident.as_bytes(), sealed.name(), value)?))
                }
            },
        })
    }
}

/// Each value once, by its newest author; the one that counts stays first.
fn distinct(sides: Vec<FieldSide>) -> Vec<FieldSide> {
    let mut kept: Vec<FieldSide> = Vec::with_capacity(sides.len());
    for side in sides {
        let readable = matches!(side.value, None | Some(Unsealed::Text(_)));
        if !readable || kept.iter().all(|known| known.value != side.value) {
            kept.push(side);
        }
    }
    kept
}
