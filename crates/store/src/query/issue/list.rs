//! The kinds that the tables show: what lost, what may be double, what is below zero.

use chrono::Datelike;
use zhenxin_domain::ledger::{Account, Owner};

use super::*;
use crate::fold::resident::EDIT_MISSING;
use crate::query::alias::Accounts;

/// What begins the word of a field's race.
const FIELD_RACE: &str = "field:";

/// A race as an issue; whom it concerns is found out where it is shown.
fn race_row(row: &Row<'_>, kind: IssueKind) -> rusqlite::Result<IssueRow> {
    let mut c = Columns::of(row);
    let (about, op, what, scope, at): (Entity, _, String, _, _) =
        (c.take()?, c.take()?, c.get()?, c.parse()?, c.get()?);
    let what = (kind == IssueKind::Lost).then_some(what);
    let resident = (about.kind == EntityKind::Resident).then(|| ResidentId::from_bytes(about.id));
    Ok(IssueRow { key: IssueKey { kind, about, op, what }, scope, at, resident, decided: None })
}

impl Reader<'_> {
    /// One for each field, however many wrote it.
    pub(super) fn field_issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        let sql = "SELECT entity, what, scope, max(at) FROM race WHERE what LIKE 'field:%'
                   GROUP BY entity, what ORDER BY max(at) DESC LIMIT ?1";
        self.all(sql, [ISSUES_MAX], |row| {
            let mut c = Columns::of(row);
            let (about, what): (Entity, String) = (c.take()?, c.get()?);
            let what = what.strip_prefix(FIELD_RACE).map(str::to_owned);
            let key = IssueKey { kind: IssueKind::Field, about, op: None, what };
            let resident = Some(ResidentId::from_bytes(about.id));
            Ok(IssueRow { key, scope: c.parse()?, at: c.get()?, resident, decided: None })
        })
    }

    pub(super) fn lost_issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        let sql = "SELECT entity, op, what, scope, at FROM race
                   WHERE what NOT LIKE 'field:%' AND what <> ?2 AND NOT EXISTS (
                     SELECT 1 FROM issue_settled s
                     WHERE substr(s.about, 2) = substr(race.entity, 2) AND s.about = race.entity AND s.kind = ?3 AND s.op = race.op AND s.what = race.what)
                   ORDER BY at DESC LIMIT ?1";
        let params = (ISSUES_MAX, EDIT_MISSING, IssueKind::Lost.as_code());
        self.all(sql, params, |row| race_row(row, IssueKind::Lost))
    }

    /// Changes that met no record. Where the record is there again, nothing is left to settle.
    pub(super) fn deleted_issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        let sql = "SELECT entity, op, what, scope, at FROM race
                   WHERE what = ?2 AND substr(entity, 2) NOT IN (SELECT id FROM resident) ORDER BY at DESC LIMIT ?1";
        self.all(sql, (ISSUES_MAX, EDIT_MISSING), |row| race_row(row, IssueKind::Deleted))
    }

    pub(super) fn award_pairs(&self) -> Result<Vec<IssueRow>, StoreError> {
        self.all(include_str!("award_pairs.sql"), (ISSUES_MAX, IssueKind::DuplicateAward.as_code()), |row| {
            let mut c = Columns::of(row);
            let (first, second): (AwardId, AwardId) = (c.take()?, c.take()?);
            let about = Entity::new(EntityKind::Award, *first.as_bytes());
            let key = IssueKey { kind: IssueKind::DuplicateAward, about, op: None, what: Some(second.to_string()) };
            Ok(IssueRow { key, scope: c.parse()?, at: c.get()?, resident: Some(c.take()?), decided: None })
        })
    }

    /// Records that look like one person, and rings of merges: two PCs each merged the other way round.
    pub(super) fn resident_pairs(&self) -> Result<Vec<IssueRow>, StoreError> {
        let read = |row: &Row<'_>| {
            let mut c = Columns::of(row);
            let (first, second): (ResidentId, ResidentId) = (c.take()?, c.take()?);
            let key = IssueKey::same_person(first, second);
            Ok(IssueRow { key, scope: c.parse()?, at: c.get()?, resident: Some(first), decided: None })
        };
        let pairs = (ISSUES_MAX, IssueKind::DuplicateResident.as_code());
        let mut rows = self.all(include_str!("resident_pairs.sql"), pairs, read)?;
        if self.has_aliases()? {
            rows.extend(self.all(include_str!("rings.sql"), [ISSUES_MAX], read)?);
        }
        for row in &mut rows {
            if row.at == 0 {
                row.at = self.last_written_at(row.key.residents())?;
            }
        }
        Ok(rows)
    }

    /// When the younger of two records was last written: that is when they came to look alike.
    fn last_written_at(&self, pair: Option<[ResidentId; 2]>) -> Result<i64, StoreError> {
        let sql =
            "SELECT coalesce(max(o.hlc >> 16), 0) FROM op_entity e JOIN op o ON o.no = e.op_no WHERE e.entity = ?1";
        let mut latest = 0;
        for resident in pair.into_iter().flatten() {
            latest = latest.max(self.sum(sql, [Entity::new(EntityKind::Resident, *resident.as_bytes()).to_bytes()])?);
        }
        Ok(latest)
    }

    /// Accounts below zero; each is named by its last spend, so that what is decided about one deficit does not hide the
    /// next.
    pub(super) fn deficits(&self) -> Result<Vec<IssueRow>, StoreError> {
        let mut rows = Vec::new();
        for account in self.overdrawn_accounts(ISSUES_MAX)? {
            let Some((op, at)) = self.last_spend(account.resident)? else { continue };
            let Some(home) = self.resident(account.resident)? else { continue };
            let about = Entity::new(EntityKind::Resident, *account.resident.as_bytes());
            let key = IssueKey { kind: IssueKind::Deficit, about, op: Some(op), what: None };
            let resident = Some(account.resident);
            rows.push(IssueRow { key, scope: home.scope, at, resident, decided: None });
        }
        Ok(rows)
    }

    /// The last operation that took minutes from a person, and when.
    fn last_spend(&self, resident: ResidentId) -> Result<Option<(OpId, i64)>, StoreError> {
        let accounts = self.accounts(Account::minutes(Owner::Resident(resident)))?;
        let Some(Accounts { numbers, .. }) = accounts else { return Ok(None) };
        let sql = "SELECT op, posted_at FROM transfer WHERE debit IN (SELECT value FROM json_each(?1))
                   ORDER BY posted_at DESC, id DESC LIMIT 1";
        self.one(sql, [numbers], |row| {
            let mut c = Columns::of(row);
            Ok((c.take()?, c.get()?))
        })
    }

    pub(super) fn rival_issues(&self) -> Result<Vec<IssueRow>, StoreError> {
        let mut rows = Vec::new();
        for need in self.rival_needs(ISSUES_MAX)? {
            let orders = self.live_orders_of_need(need.id)?;
            let at = orders.last().map_or(need.recorded_at, |order| order.recorded_at);
            let about = Entity::new(EntityKind::Need, *need.id.as_bytes());
            // One more order, or its closing, is a new matter.
            let what = format!("{}{}", if need.closed_at.is_some() { "closed." } else { "" }, orders.len());
            let key = IssueKey { kind: IssueKind::RivalNeed, about, op: None, what: Some(what) };
            rows.push(IssueRow { key, scope: need.scope, at, resident: Some(need.resident), decided: None });
        }
        Ok(rows)
    }

    pub(super) fn beyond_cap_issues(&self, today: NaiveDate) -> Result<Vec<IssueRow>, StoreError> {
        let (from, to) = cap_year(today);
        let mut rows = Vec::new();
        for account in self.credited_beyond(YEARLY_CAP_MIN, from, to, ISSUES_MAX)? {
            let Some(home) = self.resident(account.resident)? else { continue };
            let sql = "SELECT coalesce(max(credited_at), 0) FROM service_order
                       WHERE volunteer = ?1 AND day BETWEEN ?2 AND ?3 AND state = 'credited'";
            let at = self.sum(sql, (account.resident.as_bytes(), days(from), days(to)))?;
            let about = Entity::new(EntityKind::Resident, *account.resident.as_bytes());
            let what = format!("{}.{}", from.year(), account.earned_min);
            let key = IssueKey { kind: IssueKind::BeyondCap, about, op: None, what: Some(what) };
            rows.push(IssueRow { key, scope: home.scope, at, resident: Some(account.resident), decided: None });
        }
        Ok(rows)
    }
}
