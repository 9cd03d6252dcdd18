//! Which operation wrote each field of a resident: a register per field, packed into one column.
//!
//! Most fields of a resident come from one operation, so the column holds the distinct operations
//! once, after eight bytes that say which of them each field is from.

use zhenxin_domain::ids::OpId;
use zhenxin_protocol::body::resident::Field;

const FIELDS: usize = Field::ALL.len();
const NEVER: u8 = 0xff;

/// For each field, the operation that wrote it last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Registers([Option<OpId>; FIELDS]);

impl Registers {
    /// The operation that wrote the field; `None` where none did.
    #[must_use]
    pub const fn op(&self, field: Field) -> Option<OpId> {
        self.0[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, op: OpId) {
        self.0[field as usize] = Some(op);
    }

    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut ops: Vec<OpId> = Vec::new();
        let mut packed = vec![NEVER; FIELDS];
        for (at, op) in self.0.iter().enumerate() {
            let Some(op) = op else { continue };
            let place = ops.iter().position(|known| known == op).unwrap_or_else(|| {
                ops.push(*op);
                ops.len() - 1
            });
            packed[at] = place as u8;
        }
        ops.iter().for_each(|op| packed.extend_from_slice(op.as_bytes()));
        packed
    }

    /// `None` where the column was not written by [`Registers::pack`].
    pub(crate) fn unpack(packed: &[u8]) -> Option<Self> {
        let (places, ops) = packed.split_at_checked(FIELDS)?;
        let (ops, rest) = ops.as_chunks::<16>();
        if !rest.is_empty() {
            return None;
        }
        let mut registers = Self::default();
        for (at, place) in places.iter().enumerate() {
            if *place != NEVER {
                registers.0[at] = Some(OpId::from_bytes(*ops.get(usize::from(*place))?));
            }
        }
        Some(registers)
    }
}

#[cfg(test)]
mod tests;
