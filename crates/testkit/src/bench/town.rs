//! Towns of the size that a measurement needs, made through the store's own write door.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use serde_json::Value;
use zhenxin_app::{Clock, SystemClock, SystemIds};
use zhenxin_domain::{
    consent::{Channel, GivenBy},
    division::VillageCode,
    ids::{ResidentId, UserId},
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{ConsentDraft, Ports, ResidentBatch, ResidentDraft, RuleVersionRow, Store, Unlock};

use super::people::{Person, Village};
use crate::{
    fixtures,
    pc::{PASSWORD, Pc, TOWN},
};

/// Who holds every duty.
pub const OFFICE: &str = "wang";
/// Who records.
pub const RECORDER: &str = "zhang";
/// Residents of one transaction: enough that the commit does not count.
const PEOPLE_A_WRITE: usize = 20_000;

/// The town's villages as the program bundles them.
pub fn villages() -> Result<Vec<Village>> {
    let nowhere = tempfile::tempdir()?;
    let divisions = Pc::open(nowhere.path(), SystemClock)?.ask("divisions", Value::Null)?;
    let towns = divisions["towns"].as_array().context("no towns")?;
    let town = towns.iter().find(|town| town["town"]["code"] == TOWN).context("the town is not bundled")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let villages = town["villages"].as_array().into_iter().flatten();
    Ok(villages.map(|village| Village { code: text(&village["code"]), name: text(&village["name"]) }).collect())
}

/// A town with users and rules and nobody in it.
pub fn found(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let pc = Pc::found(folder, SystemClock, OFFICE, "测试机")?;
    pc.add_user(RECORDER, "记分人", &["recorder"])?;
    pc.import("rules", &fixtures::rules(), false)?;
    Ok(())
}

/// The program on a town's folder, with this user at the keyboard.
pub fn open(folder: &Path, sign_in_name: &str) -> Result<Pc> {
    let pc = Pc::open(folder, SystemClock)?;
    pc.sign_in(sign_in_name)?;
    Ok(pc)
}

/// A town's store, to fill it without the program's checks.
pub struct Filler {
    /// The store.
    pub store: Store,
    user: UserId,
}

impl Filler {
    /// Opens a town's file at this time.
    pub fn open(folder: &Path, clock: impl Clock + 'static) -> Result<Self> {
        let ports = Ports { clock: Arc::new(clock), ids: Arc::new(SystemIds::default()) };
        let unlock = Unlock::Password { sign_in_name: OFFICE.to_owned(), password: PASSWORD.to_owned() };
        let opened = Store::open(folder, unlock, &ports)?;
        Ok(Self { user: opened.user.context("opened without a user")?, store: opened.store })
    }

    /// Who writes.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Records residents; their ids in the same order.
    pub fn people(&self, people: &[Person], villages: &[Village]) -> Result<Vec<ResidentId>> {
        let codes = villages.iter().map(|village| village.code.parse()).collect::<Result<Vec<VillageCode>, _>>()?;
        let mut ids = Vec::with_capacity(people.len());
        for part in people.chunks(PEOPLE_A_WRITE) {
            let rows: Vec<ResidentDraft> = part.iter().map(|person| draft(person, codes[person.village])).collect();
            let recorded = self.store.write(self.user, |tx| {
                tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None })
            })?;
            ids.extend(recorded.residents);
        }
        Ok(ids)
    }

    /// Records everybody's consent.
    pub fn consents(&self, residents: &[ResidentId], given_on: NaiveDate) -> Result<()> {
        let drafts: Vec<ConsentDraft> = residents
            .iter()
            .map(|resident| ConsentDraft {
                resident: *resident,
                version: "2026-1".to_owned(),
                channel: Channel::Paper,
                given_by: GivenBy::Resident,
                guardian: None,
            })
            .collect();
        for part in drafts.chunks(PEOPLE_A_WRITE) {
            self.store.write(self.user, |tx| tx.give_consent(part, given_on).map(|_| ()))?;
        }
        Ok(())
    }

    /// Rules that give points to persons.
    pub fn rules(&self) -> Result<Vec<RuleVersionRow>> {
        let mut rules = self.store.read(|reader| reader.all_rules())?;
        rules.retain(|rule| rule.subject == "person");
        rules.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(rules)
    }
}

fn draft<'t>(person: &'t Person, village: VillageCode) -> ResidentDraft<'t> {
    let draft = ResidentDraft::new(village)
        .household_no(person.household_number.as_str())
        .set(Field::Name, person.name.as_str())
        .set(Field::IdNumber, person.id_number.as_str())
        .set(Field::Address, person.address.as_str())
        .set(Field::Relation, person.relation)
        .set(Field::Grid, person.grid.as_str());
    if person.phone.is_empty() { draft } else { draft.set(Field::Phone, person.phone.as_str()) }
}

/// So many days ago.
pub fn days_ago(days: u64) -> NaiveDate {
    SystemClock.today() - Days::new(days)
}
