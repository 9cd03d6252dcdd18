//! Residents, consents, imports.

use zhenxin_domain::consent::{Channel, GivenBy};
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{ImportId, ResidentId};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{ConsentDraft, ImportSource, NewUser, ResidentBatch, ResidentDraft, StoreError, UserChange};

use super::{Clerk, NOTHING, Written, day};

/// Fields that edits fight over: few, so that they meet.
const FOUGHT: [Field; 3] = [Field::Phone, Field::Address, Field::Grid];

fn village(code: &str) -> Result<VillageCode, StoreError> {
    code.parse().map_err(|_| NOTHING)
}

impl Clerk<'_> {
    pub(super) fn new_residents(&mut self) -> Result<(), StoreError> {
        let count = 1 + self.chance.below(4);
        let place = village(self.place())?;
        let (mut rows, mut phones) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let phone = format!("138{:08}", self.number());
            rows.push(self.newcomer(place).set(Field::Phone, phone.clone()));
            phones.push(phone);
        }
        let recorded = self.write(|tx| {
            tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None })
        })?;
        let written = recorded.residents.iter().zip(phones);
        let written = written.map(|(resident, phone)| (*resident, Field::Phone, phone)).collect();
        if let [op] = recorded.ops[..] {
            self.known.written.insert(op, written);
        }
        self.known.residents.extend(recorded.residents);
        Ok(())
    }

    fn newcomer(&mut self, place: VillageCode) -> ResidentDraft<'static> {
        // few numbers of households and ID cards, so that two machines record the same person
        let (house, person) = (self.chance.below(6), self.chance.below(40));
        let mut draft = ResidentDraft::new(place).household_no(format!("{house:04}"));
        draft = draft.set(Field::Name, format!("居民{person}"));
        if self.chance.hit(600) {
            draft = draft.set(Field::IdNumber, format!("33021119900101{:04}", person));
        }
        draft
    }

    fn record(
        &mut self,
        rows: &[ResidentDraft<'_>],
        import: Option<ImportSource>,
        written: &[Written],
    ) -> Result<Vec<ResidentId>, StoreError> {
        let recorded =
            self.write(|tx| tx.record_residents(ResidentBatch { rows, import, progress: None, cancel: None }))?;
        for resident in &recorded.residents {
            if !self.known.residents.contains(resident) {
                self.known.residents.push(*resident);
            }
        }
        if let [op] = recorded.ops[..]
            && !written.is_empty()
        {
            self.known.written.insert(op, written.to_vec());
        }
        Ok(recorded.residents)
    }

    fn value(&mut self, field: Field) -> String {
        match field {
            // few values, so that both sides sometimes write the same
            Field::Grid => format!("{} 号网格", self.chance.below(3)),
            Field::Phone => format!("139{:08}", self.number()),
            _ => format!("思源社区{}号", self.number()),
        }
    }

    /// An edit by somebody who sees the present value.
    pub(super) fn edit(&mut self) -> Result<(), StoreError> {
        let resident = self.resident()?;
        let mut draft = ResidentDraft::edit(resident);
        let mut written = Vec::new();
        for field in FOUGHT {
            if written.is_empty() || self.chance.hit(250) {
                let value = self.value(field);
                written.push((resident, field, value.clone()));
                draft = draft.set(field, value);
            }
        }
        self.record(&[draft], None, &written).map(|_| ())
    }

    /// An edit of the one field that everybody edits, of one of the first residents.
    pub(super) fn edit_unseen(&mut self) -> Result<(), StoreError> {
        let first: Vec<ResidentId> = self.known.residents.iter().take(3).copied().collect();
        let resident = *self.chance.pick(&first).ok_or(NOTHING)?;
        if self.chance.hit(100) {
            let place = village(self.place())?;
            return self.record(&[ResidentDraft::edit(resident).move_to(place)], None, &[]).map(|_| ());
        }
        let value = self.value(Field::Phone);
        let draft = ResidentDraft::edit(resident).set(Field::Phone, value.clone());
        self.record(&[draft], None, &[(resident, Field::Phone, value)]).map(|_| ())
    }

    pub(super) fn consent(&mut self) -> Result<(), StoreError> {
        let on = day(self.number());
        if self.chance.hit(300) {
            let consent = *self.chance.pick(&self.known.consents).ok_or(NOTHING)?;
            return self.write(|tx| tx.withdraw_consent(consent, on)).map(|_| ());
        }
        let resident = self.resident()?;
        let draft = ConsentDraft {
            resident,
            version: "2026-1".to_owned(),
            channel: Channel::Paper,
            given_by: GivenBy::Resident,
            guardian: None,
        };
        let consents = self.write(|tx| tx.give_consent(&[draft], on))?;
        self.known.consents.extend(consents);
        Ok(())
    }

    /// A file of newcomers of several villages and of a change.
    pub(super) fn import(&mut self) -> Result<(), StoreError> {
        let id = ImportId::from_uuid(self.write(|tx| Ok(tx.new_uuid()))?);
        let (one, two) = (village(self.place())?, village(self.place())?);
        let mut rows = vec![self.newcomer(one), self.newcomer(two)];
        if let (true, Ok(resident)) = (self.chance.hit(500), self.resident()) {
            rows.push(ResidentDraft::edit(resident).set(Field::Phone, self.value(Field::Phone)));
        }
        self.record(&rows, Some(ImportSource { id, source: "花名册.xlsx".to_owned() }), &[])?;
        self.known.imports.push(id);
        Ok(())
    }

    pub(super) fn undo(&mut self) -> Result<(), StoreError> {
        let import = *self.chance.pick(&self.known.imports).ok_or(NOTHING)?;
        self.write(|tx| tx.undo_import(import)).map(|_| ())
    }

    /// A colleague joins, or their duties change.
    pub(super) fn user(&mut self) -> Result<(), StoreError> {
        let duties = self.chance.below(16) as u32;
        if self.chance.hit(500) {
            let user = *self.chance.pick(&self.known.users).ok_or(NOTHING)?;
            let active = self.chance.hit(800);
            // no throw of its own: the seeds of the tests stay what they are
            let some = usize::from(duties.is_multiple_of(3));
            let villages = super::VILLAGES.iter().take(some).filter_map(|code| code.parse().ok()).collect();
            let change = UserChange {
                duties: Some(duties),
                villages: Some(villages),
                active: Some(active),
                resident: Some(None),
            };
            return self.write(|tx| tx.change_user(user, change)).map(|_| ());
        }
        let name = format!("同事{}", self.number());
        let new = NewUser { name: name.clone(), sign_in_name: name, duties, ..NewUser::default() };
        let user = self.write(|tx| tx.add_user(&new))?;
        if duties.is_multiple_of(3) {
            self.write(|tx| tx.set_second_factor(user, Some("JBSWY3DPEHPK3PXP")))?;
        }
        self.known.users.push(user);
        Ok(())
    }
}
