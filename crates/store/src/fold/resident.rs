//! Residents: a register per field; the last operation in canonical order wins, and where its
//! author had not seen the value that it replaces, both become a task for a person.

use std::borrow::Cow;

use rusqlite::OptionalExtension;
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{HouseholdId, ImportId};
use zhenxin_protocol::body::resident::{Field, ResidentPatch};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::hash::Hash32;

use super::registers::Registers;
use super::{At, Folder};
use crate::error::StoreError;
use crate::search::terms::TermSource;
use crate::sql::invalid;
use crate::vault::Held;

/// The race of a change that met no record.
pub(crate) const EDIT_MISSING: &str = "edit_missing";
/// The race of a change in another scope than the one in which the record was first made.
const ELSEWHERE: &str = "resident_elsewhere";

/// A resident as stored; `texts` in the order of [`Field::ALL`].
struct Row<'t> {
    no: Option<i64>,
    /// Whether it lives in the scope of the operation at hand.
    at_home: bool,
    texts: [Option<Cow<'t, str>>; 8],
    registers: Registers,
}

impl Row<'_> {
    fn searched(&self) -> TermSource<'_> {
        let text = |field: Field| self.texts[field as usize].as_deref();
        TermSource {
            name: text(Field::Name),
            id_number: text(Field::IdNumber),
            phone: text(Field::Phone),
            address: text(Field::Address),
            household_no: text(Field::HouseholdNo),
        }
    }
}

/// The id that every device derives alike for a household (domain `resident::household_id`).
pub(crate) fn household_id(village: &str, number: &str) -> HouseholdId {
    let hash = Hash32::of_parts(&[b"household", village.as_bytes(), number.as_bytes()]);
    HouseholdId::from_uuid(hash.to_uuid())
}

impl Folder<'_> {
    pub(super) fn resident_patched(
        &mut self,
        at: &At<'_>,
        import: Option<ImportId>,
        patch: &ResidentPatch,
    ) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Resident, *patch.resident.as_bytes());
        if !at.wants_of_import(&entity, import) {
            return Ok(());
        }
        let mut row = self.load_resident(at, patch)?;
        if !row.at_home {
            // As with awards: an operation of another scope does not see it.
            return self.race(at, &entity, ELSEWHERE);
        }
        if row.no.is_none() && patch.village.is_none() {
            // The record was taken back, and this change came without having seen it: nobody without a name is made.
            return self.race(at, &entity, EDIT_MISSING);
        }
        if let Some(no) = row.no {
            self.terms.remove(no, &row.searched())?;
        }
        if let Some(village) = &patch.village {
            self.set_field(at, &entity, patch, &mut row, Field::Village, Some(Cow::Borrowed(village.as_str())))?;
        }
        // Where few belong to a household, its number says who is meant. What this process has just sealed is not erased.
        let erased = at.known.is_empty() && matches!(self.vault.held(patch.resident.as_bytes())?, Held::Erased);
        if let Some(number) = patch.household_no.as_deref().filter(|_| !erased) {
            self.set_field(at, &entity, patch, &mut row, Field::HouseholdNo, Some(Cow::Borrowed(number)))?;
        }
        for (number, sealed) in &patch.fields {
            // A field of a newer program stays in the log.
            let Some(field) = Field::SEALED.get(usize::from(*number)).copied() else { continue };
            let subject = patch.resident.as_bytes();
            let value = self.open_opt(at, &entity, subject, field.name(), sealed.as_ref())?;
            self.set_field(at, &entity, patch, &mut row, field, value)?;
        }
        let no = self.save_resident(at, patch, &row)?;
        self.terms.add(no, &row.searched())?;
        self.note_household(&row)
    }

    fn load_resident<'t>(&self, at: &At<'_>, patch: &ResidentPatch) -> Result<Row<'t>, StoreError> {
        let sql = "SELECT no, name, id_number, phone, address, relation, grid, village, household_no, registers,
                     scope = ?2
                   FROM resident WHERE id = ?1";
        let row = self
            .conn
            .prepare_cached(sql)?
            .query_row((patch.resident.as_bytes(), at.scope.as_str()), |row| {
                let mut texts = [const { None }; 8];
                for (place, text) in texts.iter_mut().enumerate() {
                    *text = row.get::<_, Option<String>>(place + 1)?.map(Cow::Owned);
                }
                let packed = row.get_ref(9)?.as_blob()?;
                let registers = Registers::unpack(packed).ok_or_else(|| invalid(9))?;
                Ok(Row { no: Some(row.get(0)?), at_home: row.get(10)?, texts, registers })
            })
            .optional()?;
        Ok(row.unwrap_or(Row { no: None, at_home: true, texts: [const { None }; 8], registers: Registers::default() }))
    }

    fn set_field<'t>(
        &self,
        at: &At<'_>,
        entity: &Entity,
        patch: &ResidentPatch,
        row: &mut Row<'t>,
        field: Field,
        value: Option<Cow<'t, str>>,
    ) -> Result<(), StoreError> {
        let place = field as usize;
        if let Some(present) = row.registers.op(field) {
            let what = format!("field:{}", field.name());
            if patch.base.get(&(field as u8)) == Some(&present) {
                // Whoever writes with the winner before their eyes has settled what went before.
                self.conn
                    .prepare_cached("DELETE FROM race WHERE entity = ?1 AND what = ?2")?
                    .execute((entity.to_bytes(), &what))?;
            } else if row.texts[place] != value {
                self.race(at, entity, &what)?;
            }
        }
        row.texts[place] = value;
        row.registers.set(field, at.op);
        Ok(())
    }

    fn save_resident(&self, at: &At<'_>, patch: &ResidentPatch, row: &Row<'_>) -> Result<i64, StoreError> {
        let [name, id_number, phone, address, relation, grid, village, household_no] =
            row.texts.each_ref().map(Option::as_deref);
        let registers = row.registers.pack();
        if let Some(no) = row.no {
            self.conn.prepare_cached(include_str!("resident/change.sql"))?.execute(rusqlite::params![
                no,
                village,
                household_no,
                name,
                id_number,
                phone,
                address,
                relation,
                grid,
                registers
            ])?;
            return Ok(no);
        }
        self.conn.prepare_cached(include_str!("resident/insert.sql"))?.execute(rusqlite::params![
            patch.resident.as_bytes(),
            at.scope.as_str(),
            village,
            household_no,
            name,
            id_number,
            phone,
            address,
            relation,
            grid,
            registers
        ])?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Keeps what the household's derived id stands for. It is never taken back: an id once derived
    /// always means the same village and number.
    fn note_household(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let village = row.texts[Field::Village as usize].as_deref();
        let number = row.texts[Field::HouseholdNo as usize].as_deref();
        let (Some(village), Some(number)) = (village, number) else {
            return Ok(());
        };
        if village.parse::<VillageCode>().is_err() {
            return Ok(());
        }
        let id = household_id(village, number);
        if self.households.insert(*id.as_bytes()) {
            self.conn
                .prepare_cached("INSERT OR IGNORE INTO household (id, village, number) VALUES (?1, ?2, ?3)")?
                .execute((id.as_bytes(), village, number))?;
        }
        Ok(())
    }

    pub(super) fn forget_resident(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        let sql = "SELECT no, name, id_number, phone, address, household_no FROM resident WHERE id = ?1";
        let found = self
            .conn
            .prepare_cached(sql)?
            .query_row([id], |row| {
                let text = |at| row.get::<_, Option<String>>(at);
                Ok((row.get::<_, i64>(0)?, [text(1)?, text(2)?, text(3)?, text(4)?, text(5)?]))
            })
            .optional()?;
        let Some((no, [name, id_number, phone, address, household_no])) = found else {
            return Ok(());
        };
        self.terms.remove(
            no,
            &TermSource {
                name: name.as_deref(),
                id_number: id_number.as_deref(),
                phone: phone.as_deref(),
                address: address.as_deref(),
                household_no: household_no.as_deref(),
            },
        )?;
        self.conn.prepare_cached("DELETE FROM resident WHERE no = ?1")?.execute([no])?;
        Ok(())
    }
}
