//! A PC below the command list: the store and its synchronisation, for tests of what the commands do not show.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, Result};
use chrono::NaiveDate;
use tempfile::TempDir;
use zhenxin_app::{SystemClock, SystemIds};
use zhenxin_domain::{
    division::VillageCode,
    ids::{ResidentId, RuleVersionId, UserId},
    ledger::Owner,
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{
    AwardBatch, AwardDraft, AwardTo, CreateOptions, KdfCost, KeyringPolicy, NewUser, Ports, ResidentBatch,
    ResidentDraft, Review, ReviewDraft, RuleVersionDraft, Store, StoreError, Unlock,
};
use zhenxin_sync::{EnrolOrder, Link, Report, SyncError, enrol, relocate, sync_once};

use crate::pc::{PASSWORD, TOWN};

/// 九龙湖村委会.
pub const VILLAGE: &str = "330211101200";

/// A PC with a file of its own in a temporary folder.
pub struct Desk {
    /// Its file.
    pub store: Store,
    /// Its time and randomness.
    pub ports: Ports,
    /// Who sits at it.
    pub clerk: UserId,
    _dir: TempDir,
}

impl Desk {
    /// A new town file.
    pub fn found(label: &str) -> Result<Self> {
        Self::found_in(tempfile::tempdir()?, label)
    }

    /// A new town file in a folder of one's own choice.
    pub fn found_in(dir: TempDir, label: &str) -> Result<Self> {
        Self::found_with(dir, label, Ports { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds::default()) })
    }

    /// The same with a time and randomness of one's own.
    pub fn found_with(dir: TempDir, label: &str, ports: Ports) -> Result<Self> {
        let options = CreateOptions {
            town: TOWN.parse()?,
            device_label: label.to_owned(),
            admin: NewUser { name: "王主任".to_owned(), duties: u32::MAX, ..NewUser::default() },
            sign_in_name: "admin".to_owned(),
            password: PASSWORD.to_owned(),
            keyring: KeyringPolicy::Off,
            kdf: KdfCost::WEAK_FOR_TESTS,
        };
        let created = Store::create(dir.path(), options, &ports)?;
        Ok(Self { store: created.store, ports, clerk: created.admin, _dir: dir })
    }

    /// The same file on a second PC: a copied disk.
    pub fn copied(&self) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        for entry in fs::read_dir(self.dir())? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), dir.path().join(entry.file_name()))?;
            }
        }
        let unlock = Unlock::Password { sign_in_name: "admin".to_owned(), password: PASSWORD.to_owned() };
        let store = Store::open(dir.path(), unlock, &self.ports)?.store;
        Ok(Self { store, ports: self.ports.clone(), clerk: self.clerk, _dir: dir })
    }

    /// The same PC after its file was closed and opened again.
    pub fn reopened(self, store: Store) -> Self {
        Self { store, ..self }
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.store.dir()
    }

    /// Joins a district with a pinned authority.
    pub fn enrol(&self, url: &str, code: &str, ca_pem: &str) -> Result<Link, SyncError> {
        let order = EnrolOrder {
            url: url.to_owned(),
            code: code.to_owned(),
            ca_pem: Some(ca_pem.to_owned()),
            label: String::new(),
        };
        enrol(&self.store, &order)
    }

    /// Looks for its district elsewhere.
    pub fn point_at(&self, url: &str, ca_pem: &str) -> Result<Link, SyncError> {
        relocate(&self.store, url, Some(ca_pem))
    }

    /// One round.
    pub fn sync(&self) -> Result<Report> {
        Ok(sync_once(&self.store, &self.ports)?)
    }

    /// Records so many residents in one act: one operation per 200.
    pub fn residents(&self, count: usize) -> Result<Vec<ResidentId>> {
        let village: VillageCode = VILLAGE.parse()?;
        let rows: Vec<ResidentDraft<'_>> = (0..count)
            .map(|number| {
                ResidentDraft::new(village)
                    .household_no(format!("{number:04}"))
                    .set(Field::Name, format!("碶居民{number}"))
                    .set(Field::Phone, format!("138{number:08}"))
            })
            .collect();
        let batch = ResidentBatch { rows: &rows, import: None, progress: None, cancel: None };
        let recorded = self.store.write(self.clerk, |tx| tx.record_residents(batch))?;
        Ok(recorded.residents)
    }

    /// Records so many changes of one field, the residents in turn, each change an operation of its own.
    pub fn changes(&self, residents: &[ResidentId], count: usize) -> Result<()> {
        self.store.write(self.clerk, |tx| {
            for (number, resident) in residents.iter().cycle().take(count).enumerate() {
                let rows = [ResidentDraft::edit(*resident).set(Field::Grid, format!("{number} 号网格"))];
                tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None })?;
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    /// Records a rule of two points.
    pub fn rule(&self) -> Result<RuleVersionId> {
        let draft = RuleVersionDraft {
            rule: None,
            version: 1,
            code: "A01".to_owned(),
            category: "志愿服务".to_owned(),
            item: "参加村庄清洁行动".to_owned(),
            points: 2,
            unit: "次".to_owned(),
            cap: None,
            evidence: None,
            subject: "person".to_owned(),
            valid_months: None,
            basis: None,
            in_force_from: day(1)?,
        };
        let ids = self.store.write(self.clerk, |tx| tx.record_rules(&[draft], None))?;
        ids.first().map(|(_, version)| *version).context("no rule")
    }

    /// Awards two points to each and approves them.
    pub fn award(&self, activity: &str, rule_version: RuleVersionId, residents: &[ResidentId]) -> Result<()> {
        let row = |resident: &ResidentId| AwardDraft { resident: *resident, to: AwardTo::Resident, amount_points: 2 };
        let batch = AwardBatch {
            activity: None,
            activity_name: activity.to_owned(),
            rule_version,
            request: None,
            occurred_on: day(2)?,
            evidence: Vec::new(),
            rows: residents.iter().map(row).collect(),
        };
        let effective_on = day(3)?;
        self.store.write(self.clerk, |tx| {
            let recorded = tx.record_awards(batch)?;
            let approve = |award| ReviewDraft { award, decision: Review::Approve { effective_on } };
            let drafts: Vec<ReviewDraft> = recorded.awards.into_iter().map(approve).collect();
            tx.review_awards(&drafts)
        })?;
        Ok(())
    }

    /// Points that count today, resident by resident.
    pub fn balances(&self, residents: &[ResidentId]) -> Result<Vec<i64>> {
        let today = self.ports.clock.today();
        let points = self.store.read(|reader| {
            let balance = |id: &ResidentId| reader.balance(Owner::Resident(*id), today);
            residents.iter().map(|id| Ok(balance(id)?.effective_points)).collect::<Result<_, StoreError>>()
        })?;
        Ok(points)
    }

    /// Operations that wait, were accepted, were refused.
    pub fn counts(&self) -> Result<(u64, u64, u64)> {
        let counts = self.store.read(|reader| reader.op_counts())?;
        Ok((counts.pending, counts.accepted, counts.rejected))
    }

    /// The business tables as bytes, to compare PCs.
    pub fn dump(&self) -> Result<Vec<u8>> {
        Ok(self.store.dump()?)
    }
}

/// A day of January 2026.
fn day(number: u32) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 1, number).context("no such day")
}
