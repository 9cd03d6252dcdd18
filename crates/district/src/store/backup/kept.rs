//! What the restoring of a backup does not undo.
//!
//! A backup knows nothing of what came after it. Where the store that is replaced is the same district, its rows of the
//! tables here outlive the restoring and meet those of the backup: revoked stays revoked, used stays used, the newer
//! password counts, erased keys stay erased, and nothing leaves the record of acts. Where there is no such store, what
//! might have been undone is made void: one-time codes and spending rights. Who was signed in signs in again in any case.

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::wire::keys::KeyRow;

use crate::store::console::account;
use crate::store::db::{Row, Tx, Value};
use crate::store::device::{self, Device};
use crate::store::enrol::CodeRow;
use crate::store::tables::console::{ACCOUNT, ACT, ACT_HEAD, SESSION, SIGN_IN};
use crate::store::tables::{DEVICE, ENROL_CODE, PERSON_KEY, PUBLISHED, RIGHT_HOLDER, RIGHT_WANT, SCOPE, TOWN, Table};
use crate::store::{StoreError, keys, town, tree};

/// What became of what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Rows of the old store that were damaged and could not be kept.
    pub damaged: u64,
}

/// Tables whose rows outlive a restoring.
const OUTLIVE: [&Table; 9] =
    [&ENROL_CODE, &DEVICE, &ACCOUNT, &SIGN_IN, &ACT, &ACT_HEAD, &PUBLISHED, &RIGHT_HOLDER, &RIGHT_WANT];

/// Tables of which no row of a backup comes back: who holds a right is what the towns were told last.
const NEVER_BACK: [&Table; 3] = [&SESSION, &RIGHT_HOLDER, &RIGHT_WANT];

fn is_one_of(table: &Table, tables: &[&Table]) -> bool {
    tables.iter().any(|known| known.name == table.name)
}

/// A restoring under way.
pub(super) struct Keeping {
    /// `None`: there was no store of this district.
    kept: Option<Kept>,
    /// With the generation of its data keys, and when it was made.
    towns: Vec<(TownCode, u32, i64)>,
    erased: Vec<(TownCode, KeyRow)>,
}

impl Keeping {
    /// Looks at what is there, before anything of it goes.
    pub(super) fn begin(tx: &Tx<'_>, same_district: bool) -> Result<Self, StoreError> {
        let mut keeping = Self { kept: None, towns: Vec::new(), erased: Vec::new() };
        if !same_district {
            return Ok(keeping);
        }
        let mut damaged = 0;
        for table in OUTLIVE {
            let mut unsound = Vec::new();
            tx.scan(table, |mut cells, sound| {
                if !sound {
                    cells.truncate(table.key);
                    unsound.push(cells);
                }
                Ok::<_, StoreError>(())
            })?;
            for key in unsound {
                damaged += tx.delete(table, &key)?;
            }
        }
        tx.scan(&TOWN, |cells, sound| {
            match town::read(Row::new(cells, TOWN.name)) {
                Ok(row) if sound => keeping.towns.push(row),
                _ => damaged += 1,
            }
            Ok::<_, StoreError>(())
        })?;
        keeping.erased = keys::tombstones(tx)?;
        keeping.kept = Some(Kept { damaged });
        Ok(keeping)
    }

    /// Whether the rows that are there stay.
    pub(super) fn outlives(&self, table: &Table) -> bool {
        self.kept.is_some() && is_one_of(table, &OUTLIVE)
    }

    /// Takes a row of the backup with its sum.
    pub(super) fn take(
        &mut self,
        tx: &Tx<'_>,
        table: &'static Table,
        cells: Vec<Value<'static>>,
    ) -> Result<(), StoreError> {
        if is_one_of(table, &NEVER_BACK) {
            return Ok(());
        }
        if table.name == PERSON_KEY.name {
            self.erased.extend(sound(table, cells).map(keys::tombstone).transpose()?.flatten());
            return Ok(());
        }
        if self.kept.is_none() {
            return if table.name == ENROL_CODE.name { void_code(tx, cells) } else { as_it_was(tx, table, cells) };
        }
        let Some(there) = tx.get(table, &cells[..table.key])? else { return as_it_was(tx, table, cells) };
        let Some(brought) = sound(table, cells) else { return Ok(()) };
        match table.name {
            name if name == ENROL_CODE.name => meet_codes(tx, there, brought),
            name if name == DEVICE.name => meet_devices(tx, there, brought),
            name if name == ACCOUNT.name => meet_accounts(tx, there, brought),
            name if name == ACT_HEAD.name => meet_heads(tx, there, brought),
            // what is there is the same or newer
            _ => Ok(()),
        }
    }

    /// Whether rows of the table are taken one by one.
    pub(super) fn is_asked(&self, table: &Table) -> bool {
        is_one_of(table, &OUTLIVE) || is_one_of(table, &NEVER_BACK) || table.name == PERSON_KEY.name
    }

    /// What follows from the rows that were kept, once all others are back.
    pub(super) fn finish(mut self, tx: &Tx<'_>) -> Result<Option<Kept>, StoreError> {
        for (town, key_generation, made_at_ms) in self.towns {
            tx.insert_new(&TOWN, &[town::fresh_row(town, made_at_ms)])?;
            keys::raise_generation(tx, town, key_generation)?;
        }
        if self.kept.is_none_or(|kept| kept.damaged > 0) {
            keys::begin_after_restore(tx)?;
        }
        let mut devices: Vec<Device> = Vec::new();
        tx.scan(&DEVICE, |mut cells, sound| {
            cells.pop();
            devices.extend(sound.then(|| device::from_row(Row::new(cells, DEVICE.name))).transpose()?);
            Ok::<_, StoreError>(())
        })?;
        for device in devices {
            for scope in device.scopes.iter().copied().chain([Scope::Town(device.town)]) {
                tx.insert_new(&SCOPE, &[tree::empty_scope(device.town, &scope)])?;
            }
            if device.revoked_at_ms.is_some() {
                device::free_rights(tx, device.town, device.id)?;
            }
        }
        self.erased.sort_by_key(|(town, _)| *town);
        for town in self.erased.chunk_by(|one, other| one.0 == other.0) {
            let rows: Vec<KeyRow> = town.iter().map(|(_, row)| row.clone()).collect();
            keys::put_rows(tx, town[0].0, &rows)?;
        }
        Ok(self.kept)
    }
}

fn as_it_was(tx: &Tx<'_>, table: &Table, cells: Vec<Value<'static>>) -> Result<(), StoreError> {
    tx.insert_as_it_was(table, vec![cells])
}

/// The row without its sum, where that is sound.
fn sound(table: &Table, mut cells: Vec<Value<'static>>) -> Option<Row> {
    let sound = crate::store::db::is_sound(table, &cells);
    cells.pop();
    sound.then(|| Row::new(cells, table.name))
}

/// Nobody can tell whether a code of the backup was used since: it counts as used, by nobody who could ask again.
fn void_code(tx: &Tx<'_>, cells: Vec<Value<'static>>) -> Result<(), StoreError> {
    let Some(row) = sound(&ENROL_CODE, cells.clone()) else { return as_it_was(tx, &ENROL_CODE, cells) };
    let (hash, mut code) = CodeRow::read(row)?;
    code.used_at_ms = code.used_at_ms.or(Some(code.made_at_ms));
    code.used_by = Some(Vec::new());
    tx.insert(&ENROL_CODE, &[code.values(&hash).to_vec()])
}

fn meet_codes(tx: &Tx<'_>, there: Row, brought: Row) -> Result<(), StoreError> {
    let ((hash, mut code), (_, old)) = (CodeRow::read(there)?, CodeRow::read(brought)?);
    if code.used_at_ms.is_none() {
        (code.used_at_ms, code.used_by) = (old.used_at_ms, old.used_by);
    }
    tx.put(&ENROL_CODE, code.values(&hash))
}

/// The later enrolment counts, with its token. A revocation after it holds, whoever knows of it; an epoch that was given
/// is never given again.
fn meet_devices(tx: &Tx<'_>, there: Row, brought: Row) -> Result<(), StoreError> {
    let (there, brought) = (device::from_row(there)?, device::from_row(brought)?);
    let epoch = there.epoch.max(brought.epoch);
    let (newer, older) =
        if brought.enrolled_at_ms > there.enrolled_at_ms { (brought, there) } else { (there, brought) };
    let revoked_since = older.revoked_at_ms.filter(|at| *at >= newer.enrolled_at_ms);
    let revoked_at_ms = newer.revoked_at_ms.or(revoked_since);
    device::put(tx, &Device { epoch, revoked_at_ms, ..newer })
}

fn meet_accounts(tx: &Tx<'_>, mut there: Row, mut brought: Row) -> Result<(), StoreError> {
    let (there, brought) = (account::read(&mut there)?, account::read(&mut brought)?);
    if brought.altered_at_ms > there.altered_at_ms {
        tx.put(&ACCOUNT, account::values(&brought))?;
    }
    Ok(())
}

/// The longer record of acts.
fn meet_heads(tx: &Tx<'_>, there: Row, brought: Row) -> Result<(), StoreError> {
    let number = |mut row: Row| {
        let _town = row.text()?;
        row.int()
    };
    let cells = brought.clone().rest();
    if number(brought)? > number(there)? {
        tx.put(&ACT_HEAD, cells)?;
    }
    Ok(())
}
