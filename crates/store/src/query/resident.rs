//! Residents and households.

use std::fmt;

use rusqlite::Row;
use zhenxin_domain::division::{Scope, VillageCode};
use zhenxin_domain::ids::{HouseholdId, ResidentId};

use super::Reader;
use super::alias::LISTED;
use super::audit::SHORT_NUMBER_CHARS;
use crate::error::StoreError;
use crate::fold::household_id;
use crate::fold::registers::Registers;
use crate::search::terms::TermSource;
use crate::search::{self, SearchOptions, SearchResult};
use crate::sql::{Column, Columns, invalid};

/// One ID number belongs to one person; a few rows more are duplicates that a person has to settle.
const SAME_ID_NUMBER_MAX: u32 = 50;
/// Members of a household that are read: an institution registered as one household may be large,
/// and no page shows more.
const MEMBERS_MAX: u32 = 200;

/// A resident as stored. A text that is `None` is empty, or its key has not arrived yet.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentRow {
    /// Local number: order of arrival on this device.
    pub no: i64,
    /// Who.
    pub id: ResidentId,
    /// Home scope: the village of the first record.
    pub scope: Scope,
    /// Where the resident lives now.
    pub village: Option<VillageCode>,
    /// The household, derived from village and number.
    pub household: Option<HouseholdId>,
    /// The household's number.
    pub household_no: Option<String>,
    /// 姓名.
    pub name: Option<String>,
    /// 公民身份号码.
    pub id_number: Option<String>,
    /// 电话.
    pub phone: Option<String>,
    /// 住址.
    pub address: Option<String>,
    /// 与户主关系.
    pub relation: Option<String>,
    /// 网格.
    pub grid: Option<String>,
    /// Which operation wrote each field last.
    pub registers: Registers,
    /// The record that this one was merged into.
    pub alias_of: Option<ResidentId>,
    /// The person's data were erased: the texts are gone for good.
    pub erased: bool,
}

impl fmt::Debug for ResidentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentRow({})", self.id)
    }
}

impl ResidentRow {
    /// What the resident can be found by.
    pub(crate) fn searched(&self) -> TermSource<'_> {
        TermSource {
            name: self.name.as_deref(),
            id_number: self.id_number.as_deref(),
            phone: self.phone.as_deref(),
            household_no: self.household_no.as_deref(),
            address: self.address.as_deref(),
        }
    }
}

/// Which residents a page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResidentFilter {
    /// Only those who live there now.
    pub village: Option<VillageCode>,
    /// Only those who have (or have not) a consent that was not withdrawn.
    pub consent: Option<bool>,
}

const HAS_CONSENT: &str = "EXISTS (SELECT 1 FROM consent c WHERE c.resident = r.id AND c.withdrawn_on IS NULL)";
/// How many residents there are: everybody who is in a list, counted from the few who are in none.
pub(crate) const LISTED_COUNT: &str = "SELECT (SELECT count(*) FROM resident) - (SELECT count(*) FROM
  (SELECT id FROM alias UNION SELECT r.id FROM resident r JOIN person_data p ON p.resident = r.id WHERE p.state = 'erased'))";
/// As the index `resident_by_number` says it, so that no keystroke reads every record.
const BY_NUMBER: &str = "SELECT r.id FROM resident r WHERE substr(r.id, 13) = ?1 ORDER BY r.no LIMIT 1";

impl ResidentFilter {
    /// The condition; the village is its first parameter. Merged and erased records are in no list.
    fn condition(&self) -> String {
        let village = if self.village.is_some() { "r.village = ?1" } else { "?1 IS NULL" };
        match self.consent {
            None => format!("{village} AND {LISTED}"),
            Some(true) => format!("{village} AND {LISTED} AND {HAS_CONSENT}"),
            Some(false) => format!("{village} AND {LISTED} AND NOT {HAS_CONSENT}"),
        }
    }

    fn village_text(&self) -> Option<&str> {
        self.village.as_ref().map(VillageCode::as_str)
    }
}

/// A page of residents, in the order of village, household number and arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentPage {
    /// The rows.
    pub rows: Vec<ResidentRow>,
    /// How many there are in all.
    pub total: u64,
}

/// A household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdRow {
    /// Derived from the two other fields.
    pub id: HouseholdId,
    /// Where.
    pub village: VillageCode,
    /// Its number there.
    pub number: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.no, r.id, r.scope, r.village, r.household_no, r.name, r.id_number, r.phone, ",
            "r.address, r.relation, r.grid, r.registers, r.alias_of, ",
            "EXISTS (SELECT 1 FROM person_data d WHERE d.resident = r.id AND d.state = 'erased') FROM resident r ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<ResidentRow> {
    let mut c = Columns::of(row);
    let (no, id, scope) = (c.get()?, c.take()?, c.parse()?);
    let village: Option<VillageCode> = c.parse_opt()?;
    let household_no: Option<String> = c.get()?;
    let registers = Registers::unpack(row.get_ref(11)?.as_blob()?).ok_or_else(|| invalid(11))?;
    let household = (village.as_ref()).zip(household_no.as_deref()).map(|(v, n)| household_id(v.as_str(), n));
    Ok(ResidentRow {
        no,
        id,
        scope,
        village,
        household,
        household_no,
        name: c.get()?,
        id_number: c.get()?,
        phone: c.get()?,
        address: c.get()?,
        relation: c.get()?,
        grid: c.get()?,
        registers,
        alias_of: Column::column(row, 12)?,
        erased: row.get(13)?,
    })
}

impl Reader<'_> {
    /// One resident.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn resident(&self, id: ResidentId) -> Result<Option<ResidentRow>, StoreError> {
        self.one(select!("WHERE r.id = ?1"), [id.as_bytes()], read)
    }

    /// The resident whom people name by the last characters of the id; nobody where it is no such number, or the person
    /// is in no list. A merged record gives the one that is kept. Two of one number in a town are as likely as two people
    /// who share a birthday to the second: the first one recorded.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn resident_by_number(&self, number: &str) -> Result<Option<ResidentRow>, StoreError> {
        if number.len() != SHORT_NUMBER_CHARS || !number.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let Ok(end) = u32::from_str_radix(number, 16).map(u32::to_be_bytes) else { return Ok(None) };
        let found: Option<ResidentId> = self.one(BY_NUMBER, [end], |row| Columns::of(row).take())?;
        let Some(found) = found else { return Ok(None) };
        let listed = format!("{} AND {LISTED}", select!("WHERE r.id = ?1"));
        self.one(&listed, [self.kept(found)?.as_bytes()], read)
    }

    pub(crate) fn resident_by_no(&self, no: i64) -> Result<Option<ResidentRow>, StoreError> {
        self.one(select!("WHERE r.no = ?1"), [no], read)
    }

    /// Some residents, in the order asked for; unknown ones are left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn residents(&self, ids: &[ResidentId]) -> Result<Vec<ResidentRow>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(self.resident(*id)?);
        }
        Ok(rows)
    }

    /// A page of residents.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn residents_page(&self, filter: ResidentFilter, offset: u64, limit: u32) -> Result<ResidentPage, StoreError> {
        // The offset is walked in the index alone; only the page's own rows are read.
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let index = if self.is_cut() { "" } else { "INDEXED BY resident_by_place" };
        let sql = format!(
            "{} {index} WHERE {} ORDER BY r.village, r.household_no, r.no LIMIT ?2 OFFSET ?3)
             ORDER BY r.village, r.household_no, r.no",
            select!("WHERE r.no IN (SELECT r.no FROM resident r"),
            filter.condition()
        );
        let rows = self.all(&sql, (filter.village_text(), limit, offset), read)?;
        Ok(ResidentPage { rows, total: self.residents_count(&filter)? })
    }

    pub(super) fn residents_count(&self, filter: &ResidentFilter) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM resident r WHERE {}", filter.condition());
        self.count(&sql, [filter.village_text()])
    }

    /// How many residents there are.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn residents_total(&self) -> Result<u64, StoreError> {
        if self.is_cut() {
            return self.residents_count(&ResidentFilter::default());
        }
        self.count(LISTED_COUNT, [])
    }

    /// How many residents live in each village.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn villages_with_counts(&self) -> Result<Vec<(VillageCode, u64)>, StoreError> {
        let sql = format!(
            "SELECT r.village, count(*) FROM resident r WHERE r.village IS NOT NULL AND {LISTED}
             GROUP BY r.village ORDER BY r.village"
        );
        self.all(&sql, [], |row| {
            let mut c = Columns::of(row);
            Ok((c.parse()?, c.get::<i64>()?.max(0) as u64))
        })
    }

    /// Everyone with this number; more than one means that somebody was recorded twice. A merged record gives the one that
    /// is kept.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn residents_by_id_number(&self, id_number: &str) -> Result<Vec<ResidentRow>, StoreError> {
        let sql = select!("WHERE r.id_number = ?1 ORDER BY r.id LIMIT ?2");
        let mut rows: Vec<ResidentRow> = Vec::new();
        for row in self.all(sql, (id_number, SAME_ID_NUMBER_MAX), read)? {
            let row = self.kept_row(row)?;
            if rows.iter().all(|known| known.id != row.id) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// The row that stands for this one: itself, unless it was merged.
    pub(crate) fn kept_row(&self, row: ResidentRow) -> Result<ResidentRow, StoreError> {
        if row.alias_of.is_none() {
            return Ok(row);
        }
        let kept = self.kept(row.id)?;
        if kept == row.id {
            return Ok(row);
        }
        Ok(self.resident(kept)?.unwrap_or(row))
    }

    /// Every record in the order of arrival, merged ones last, without holding more than one in memory.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn for_each_resident(&self, mut visit: impl FnMut(&ResidentRow)) -> Result<(), StoreError> {
        for sql in
            [select!("WHERE r.alias_of IS NULL ORDER BY r.no"), select!("WHERE r.alias_of IS NOT NULL ORDER BY r.no")]
        {
            let mut statement = self.conn().prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                visit(&read(row)?);
            }
        }
        Ok(())
    }

    /// Residents that a typed text finds, the closest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn search(&self, typed: &str, options: SearchOptions) -> Result<SearchResult, StoreError> {
        search::search(self, typed, options)
    }

    /// What a household's id stands for.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn household(&self, id: HouseholdId) -> Result<Option<HouseholdRow>, StoreError> {
        self.one("SELECT village, number FROM household WHERE id = ?1", [id.as_bytes()], |row| {
            let mut c = Columns::of(row);
            Ok(HouseholdRow { id, village: c.parse()?, number: c.get()? })
        })
    }

    /// Who belongs to a household now, in the order of arrival.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn household_members(&self, id: HouseholdId) -> Result<Vec<ResidentRow>, StoreError> {
        let Some(household) = self.household(id)? else { return Ok(Vec::new()) };
        let sql =
            format!("{} AND {LISTED} ORDER BY r.no LIMIT ?3", select!("WHERE r.village = ?1 AND r.household_no = ?2"));
        self.all(&sql, (household.village.as_str(), household.number, MEMBERS_MAX), read)
    }

    /// The scope in which everything about a resident is recorded.
    pub(crate) fn home_scope(&self, id: ResidentId) -> Result<Scope, StoreError> {
        Ok(self.home_of(id)?.0)
    }

    pub(crate) fn home_of(&self, id: ResidentId) -> Result<(Scope, Option<HouseholdId>), StoreError> {
        let sql = "SELECT scope, village, household_no FROM resident WHERE id = ?1";
        let found = self.one(sql, [id.as_bytes()], |row| {
            let mut c = Columns::of(row);
            Ok((c.parse()?, c.get::<Option<String>>()?, c.get::<Option<String>>()?))
        })?;
        let (scope, village, number) = found.ok_or(StoreError::Missing { what: "居民" })?;
        Ok((scope, village.zip(number).map(|(village, number)| household_id(&village, &number))))
    }

    pub(crate) fn registers_of(&self, id: ResidentId) -> Result<Option<(Scope, Registers)>, StoreError> {
        self.one("SELECT scope, registers FROM resident WHERE id = ?1", [id.as_bytes()], |row| {
            let scope = Columns::of(row).parse()?;
            Ok((scope, Registers::unpack(row.get_ref(1)?.as_blob()?).ok_or_else(|| invalid(1))?))
        })
    }
}

#[cfg(test)]
mod tests;
