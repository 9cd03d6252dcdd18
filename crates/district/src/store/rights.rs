//! Who may spend offline: one device at most in each scope.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::wire::rights::Right;
use zhenxin_protocol::wire::scope::allows;

use super::db::{Tx, Value};
use super::device::{Device, active, all};
use super::tables::{RIGHT_HOLDER, RIGHT_WANT};
use super::{Store, StoreError};

/// A right as the console shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightRow {
    /// The town.
    pub town: TownCode,
    /// The scope.
    pub scope: Scope,
    /// Who holds it.
    pub device: DeviceId,
    /// The holder's label.
    pub label: String,
    /// Since when, milliseconds UTC.
    pub since_ms: i64,
    /// Whether another device wants it.
    pub wanted: bool,
}

impl Store {
    /// Takes back what the asker releases, gives what it wants and is free, and
    /// tells who holds what. The wants of the asker are those of its last asking.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rights(
        &self,
        asker: &Device,
        want: &[Scope],
        release: &[Scope],
        now_ms: i64,
    ) -> Result<Vec<Right>, StoreError> {
        let town = asker.town;
        let mine = asker.id.as_bytes();
        let may = |scope: &&Scope| allows(town, &asker.scopes, **scope);
        self.write(|tx| {
            for scope in release.iter().filter(may) {
                tx.execute(
                    "DELETE FROM right_holder WHERE town = $1 AND scope = $2 AND device = $3",
                    &[town.as_str().into(), scope.as_str().into(), mine.into()],
                )?;
            }
            tx.execute("DELETE FROM right_want WHERE town = $1 AND device = $2", &[town.as_str().into(), mine.into()])?;
            let wanted: BTreeSet<Scope> = want.iter().filter(may).copied().collect();
            let rows: Vec<Vec<Value<'_>>> = wanted
                .iter()
                .map(|scope| vec![town.as_str().into(), scope.as_str().into(), mine.into(), now_ms.into()])
                .collect();
            // where another holds it, the want stays
            tx.insert_new(&RIGHT_HOLDER, &rows)?;
            let held = holders(tx, town)?;
            let waiting: Vec<Vec<Value<'_>>> = wanted
                .iter()
                .zip(rows)
                .filter(|(scope, _)| held.get(scope).is_some_and(|(holder, _)| *holder != asker.id))
                .map(|(_, row)| row)
                .collect();
            tx.insert_new(&RIGHT_WANT, &waiting)?;
            told(tx, asker, &held)
        })
    }

    /// Takes a right away, so that another device can get it. False when nobody
    /// held it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_right(&self, town: TownCode, scope: Scope) -> Result<bool, StoreError> {
        self.write(|tx| Ok(tx.delete(&RIGHT_HOLDER, &[town.as_str().into(), scope.as_str().into()])? == 1))
    }

    /// All rights that are held, by town and scope.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rights_list(&self) -> Result<Vec<RightRow>, StoreError> {
        self.read(|tx| {
            let labels: HashMap<(TownCode, DeviceId), String> =
                all(tx)?.into_iter().map(|device| ((device.town, device.id), device.label)).collect();
            let mut wants: BTreeMap<TownCode, BTreeMap<Scope, Vec<DeviceId>>> = BTreeMap::new();
            let mut rows = Vec::new();
            for mut row in tx.select(&RIGHT_HOLDER, "ORDER BY town, scope", &[])? {
                let (town, scope): (TownCode, Scope) = (row.parsed()?, row.parsed()?);
                let device = DeviceId::from_bytes(row.bytes()?);
                let wants = match wants.entry(town) {
                    std::collections::btree_map::Entry::Occupied(there) => there.into_mut(),
                    std::collections::btree_map::Entry::Vacant(free) => free.insert(wanting(tx, town)?),
                };
                rows.push(RightRow {
                    town,
                    scope,
                    device,
                    label: labels.get(&(town, device)).cloned().unwrap_or_default(),
                    since_ms: row.int()?,
                    wanted: wants.get(&scope).is_some_and(|who| who.iter().any(|other| *other != device)),
                });
            }
            Ok(rows)
        })
    }
}

/// Who holds which scope, and since when.
fn holders(tx: &Tx<'_>, town: TownCode) -> Result<BTreeMap<Scope, (DeviceId, i64)>, StoreError> {
    let mut holders = BTreeMap::new();
    for mut row in tx.select(&RIGHT_HOLDER, "WHERE town = $1 ORDER BY scope", &[town.as_str().into()])? {
        let _town = row.text()?;
        holders.insert(row.parsed()?, (DeviceId::from_bytes(row.bytes()?), row.int()?));
    }
    Ok(holders)
}

/// Who waits for which scope.
fn wanting(tx: &Tx<'_>, town: TownCode) -> Result<BTreeMap<Scope, Vec<DeviceId>>, StoreError> {
    let mut wants: BTreeMap<Scope, Vec<DeviceId>> = BTreeMap::new();
    for mut row in tx.select(&RIGHT_WANT, "WHERE town = $1 ORDER BY scope, since_ms", &[town.as_str().into()])? {
        let _town = row.text()?;
        let scope = row.parsed()?;
        wants.entry(scope).or_default().push(DeviceId::from_bytes(row.bytes()?));
    }
    Ok(wants)
}

/// What the asker hears of the scopes that it may write.
fn told(tx: &Tx<'_>, asker: &Device, held: &BTreeMap<Scope, (DeviceId, i64)>) -> Result<Vec<Right>, StoreError> {
    let wants = wanting(tx, asker.town)?;
    let labels: HashMap<DeviceId, String> =
        active(tx, asker.town)?.into_iter().map(|device| (device.id, device.label)).collect();
    let scopes: BTreeSet<Scope> = held.keys().chain(wants.keys()).copied().collect();
    let rights = scopes.into_iter().filter(|scope| allows(asker.town, &asker.scopes, *scope)).map(|scope| {
        let holder = held.get(&scope).map(|(device, _)| *device);
        Right {
            scope,
            holder,
            label: holder.and_then(|device| labels.get(&device).cloned()),
            wanted: wants.get(&scope).is_some_and(|who| who.iter().any(|other| Some(*other) != holder)),
        }
    });
    Ok(rights.collect())
}
