//! Who decides on what is not their own: recusal (回避), and the rule of two persons.

use zhenxin_domain::ids::{HouseholdId, ResidentId, UserId};
use zhenxin_store::{AwardRow, Reader};

use crate::{Caller, contract::Fault};

/// The user's own record on the roster, with its household; and everybody who is the same person under another
/// sign-in.
pub struct Own {
    user: UserId,
    resident: Option<ResidentId>,
    household: Option<HouseholdId>,
    sign_ins: Vec<UserId>,
}

impl Own {
    pub fn of(reader: &Reader, caller: &Caller) -> Result<Self, Fault> {
        let (user, users) = (caller.user, reader.users()?);
        // merged records are one person
        let mut persons = Vec::with_capacity(users.len());
        for row in &users {
            persons.push((row.id, row.resident.map(|resident| reader.kept(resident)).transpose()?));
        }
        let resident = persons.iter().find(|(id, _)| *id == user).and_then(|(_, resident)| *resident);
        let same = persons.iter().filter(|(id, person)| *id == user || (resident.is_some() && *person == resident));
        let household = match resident {
            Some(resident) => reader.resident(resident)?.and_then(|row| row.household),
            None => None,
        };
        Ok(Self { user, resident, household, sign_ins: same.map(|(id, _)| *id).collect() })
    }

    /// Whether the resident is the user.
    pub fn is_person(&self, resident: ResidentId) -> bool {
        self.resident == Some(resident)
    }

    /// Whether the resident is the user or of their household, by today's roster.
    pub fn concerns_resident(&self, reader: &Reader, resident: ResidentId) -> Result<bool, Fault> {
        let resident = reader.kept(resident)?;
        if self.is_person(resident) {
            return Ok(true);
        }
        let Some(household) = self.household else { return Ok(false) };
        Ok(reader.resident(resident)?.and_then(|row| row.household) == Some(household))
    }

    /// Whether the award is the user's own or their household's, by the roster of then or of today.
    pub fn concerns(&self, reader: &Reader, award: &AwardRow) -> Result<bool, Fault> {
        let then = self.household.is_some() && award.household == self.household;
        Ok(then || self.concerns_resident(reader, award.resident)?)
    }

    /// Whether a sign-in is the user's: a person with two sign-ins is one person.
    pub fn same_person(&self, user: UserId) -> bool {
        self.sign_ins.contains(&user)
    }

    /// The maker as the rule of two persons sees them: the user, whichever sign-in of theirs it was.
    pub fn maker(&self, recorded_by: UserId) -> UserId {
        if self.same_person(recorded_by) { self.user } else { recorded_by }
    }
}

#[cfg(test)]
mod tests;
