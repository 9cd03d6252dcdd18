//! What clerks do: every kind of record there is, through the store's one write door.
//!
//! An act picks what it refers to among everything that any machine of the run has made; what is not on this machine
//! is refused by the store, as the screens would not have offered it. Names and numbers are made up from the roll.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use zhenxin_domain::ids::{
    AwardId, BrandId, ConsentId, EventId, HandoverId, ImportId, NeedId, OpId, ResidentId, RuleId, RuleVersionId,
    ServiceOrderId, ServiceTypeId, TimeGiftId, UserId,
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{Store, StoreError, Tx};

use super::chance::Chance;
use super::template::VILLAGES;

mod brands;
mod people;
mod points;
mod settling;
mod time;

/// Attempts of one act: what it picked may not be on this machine, or not in the right state.
const TRIES: u32 = 4;

/// A value that was written into a field of a resident.
pub type Written = (ResidentId, Field, String);

/// Everything that was made in a run.
#[derive(Default)]
pub struct Known {
    residents: Vec<ResidentId>,
    consents: Vec<ConsentId>,
    rules: Vec<(RuleId, RuleVersionId)>,
    awards: Vec<AwardId>,
    imports: Vec<ImportId>,
    types: Vec<ServiceTypeId>,
    needs: Vec<NeedId>,
    orders: Vec<ServiceOrderId>,
    gifts: Vec<TimeGiftId>,
    brands: Vec<BrandId>,
    events: Vec<EventId>,
    handovers: Vec<HandoverId>,
    users: Vec<UserId>,
    /// What each op wrote into fields of residents, in the clear.
    pub written: BTreeMap<OpId, Vec<Written>>,
}

impl Known {
    /// All residents that were ever recorded.
    pub fn residents(&self) -> &[ResidentId] {
        &self.residents
    }
}

/// A clerk at a machine.
pub struct Clerk<'s> {
    store: &'s Store,
    user: UserId,
    village: u8,
    chance: Chance,
    known: &'s mut Known,
}

type Act = fn(&mut Clerk<'_>) -> Result<(), StoreError>;

/// By number of the plan. The first three make what the others refer to.
const ACTS: &[(&str, Act)] = &[
    ("resident", |clerk| clerk.new_residents()),
    ("rule", |clerk| clerk.rule()),
    ("award", |clerk| clerk.award()),
    ("edit", |clerk| clerk.edit()),
    ("same field", |clerk| clerk.edit_unseen()),
    ("review", |clerk| clerk.review()),
    ("reversal", |clerk| clerk.reverse()),
    ("consent", |clerk| clerk.consent()),
    ("import", |clerk| clerk.import()),
    ("undo", |clerk| clerk.undo()),
    ("order", |clerk| clerk.order()),
    ("step", |clerk| clerk.step()),
    ("credit", |clerk| clerk.credit()),
    ("gift", |clerk| clerk.gift()),
    ("brand", |clerk| clerk.brand()),
    ("event", |clerk| clerk.event()),
    ("merge", |clerk| clerk.merge()),
    ("decision", |clerk| clerk.settle()),
];

impl<'s> Clerk<'s> {
    /// Somebody who sits at a machine of a village.
    pub fn new(store: &'s Store, user: UserId, village: u8, roll: u64, known: &'s mut Known) -> Self {
        Self { store, user, village, chance: Chance::of(roll), known }
    }

    /// Does one thing; the word for it, or none where nothing could be done.
    ///
    /// # Errors
    /// Faults of the store that no clerk could run into.
    pub fn act(&mut self, kind: u8) -> Result<Option<&'static str>, StoreError> {
        let (word, act) = ACTS[usize::from(kind) % ACTS.len()];
        for _ in 0..TRIES {
            match act(self) {
                Ok(()) => return Ok(Some(word)),
                Err(StoreError::Missing { .. } | StoreError::Refused(_) | StoreError::KeyMissing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.store.write(self.user, f)
    }

    /// The village that this act is about: mostly the machine's own.
    fn place(&mut self) -> &'static str {
        let at = if self.chance.hit(800) { u64::from(self.village) } else { self.chance.below(3) };
        VILLAGES[usize::try_from(at).unwrap_or(0) % VILLAGES.len()]
    }

    fn number(&mut self) -> u64 {
        self.chance.below(1_000_000)
    }

    fn resident(&mut self) -> Result<ResidentId, StoreError> {
        self.chance.pick(&self.known.residents).copied().ok_or(NOTHING)
    }
}

/// There is nothing yet that the act could refer to.
const NOTHING: StoreError = StoreError::Missing { what: "所指的记录" };

/// A day of 2026.
fn day(number: u64) -> NaiveDate {
    NaiveDate::default() + Days::new(20_454 + number % 360)
}
