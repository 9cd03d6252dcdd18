//! The lanes of wrapped keys, one for each scope: state with tombstones, relayed and never opened.
//!
//! A row lies at the place of its last change. The name of a lane at a place is a chain of hashes over every row that it
//! ever had up to there, also those that have moved on since, so that a lane that was set back and grew again has another
//! name at the same place.

use std::collections::{BTreeMap, HashMap, HashSet};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::keys::{KeyPage, KeyRow, KeysPullAnswer, KeysPushAnswer, LanePlace};
use zhenxin_protocol::wire::limits::{KEY_ROWS_MAX, KEYS_PULL_MAX_BYTES};
use zhenxin_protocol::wire::scope::allows;

use super::db::{Row, Tx, Value};
use super::device::Device;
use super::tables::{KEY_LANE, KEY_PLACE, PERSON_KEY, TOWN};
use super::{Store, StoreError, snapshot, town};

mod grant;

pub(super) use grant::{begin_after_restore, forget_device, next_generation, raise_generation};

/// Where a lane ends.
#[derive(Clone, Copy)]
struct Head {
    next: u64,
    chain: Hash32,
}

const EMPTY: Head = Head { next: 1, chain: Hash32::ZERO };

/// What is there for some subjects, and what a push makes of it.
struct Merge<'a> {
    town: TownCode,
    /// Scopes of whoever brings the rows.
    scopes: &'a [Scope],
    /// How often devices of the town were shut out.
    generation: u32,
    there: HashMap<[u8; 16], KeyRow>,
    /// Rows to put in, in the order in which they came; a row that another one took the place of is gone.
    fresh: Vec<KeyRow>,
    /// Subjects whose stored rows go first.
    replaced: HashSet<[u8; 16]>,
}

/// What a row did.
enum Change {
    Stored,
    Same,
    Differing,
    Denied,
    Early,
}

impl Store {
    /// Takes rows of wrapped keys.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken.
    pub fn keys_push(&self, device: &Device, rows: &[KeyRow]) -> Result<KeysPushAnswer, StoreError> {
        let answer = self.write(|tx| merge(tx, device.town, &device.scopes, rows))?;
        if rows.iter().any(|row| row.tombstone) {
            // also where it was there before: the clearing up may have been cut off
            self.note_erasure();
        }
        Ok(answer)
    }

    /// Gives rows after places in the lanes that the device reads; a lane without a place is given from its beginning.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keys_pull(
        &self,
        device: &Device,
        places: &[LanePlace],
        limit: Option<u32>,
    ) -> Result<KeysPullAnswer, StoreError> {
        let asked = limit.map_or(KEY_ROWS_MAX, |limit| usize::try_from(limit).unwrap_or(KEY_ROWS_MAX));
        let mut room = Room { rows: asked.clamp(1, KEY_ROWS_MAX), wrapped_bytes: KEYS_PULL_MAX_BYTES };
        self.read(|tx| {
            let heads = heads(tx, device.town)?;
            let named: BTreeMap<Scope, LanePlace> = places.iter().map(|place| (place.scope, *place)).collect();
            let readable = |scope: &&Scope| allows(device.town, &device.scopes, **scope);
            let scopes: HashSet<Scope> = heads.keys().chain(named.keys()).filter(readable).copied().collect();
            let mut scopes: Vec<Scope> = scopes.into_iter().collect();
            scopes.sort_unstable();
            let mut answer = KeysPullAnswer::default();
            for scope in scopes {
                let from = named.get(&scope).copied().unwrap_or_else(|| beginning(scope));
                let head = heads.get(&scope).copied().unwrap_or(EMPTY);
                if !followed(tx, device.town, &from, head)? {
                    let reached = beginning(scope);
                    answer.pages.push(KeyPage { reached, rows: Vec::new(), more: false, other_lane: Some(true) });
                } else if from.after + 1 < head.next {
                    answer.pages.push(page(tx, device.town, from, head, &mut room)?);
                }
            }
            Ok(answer)
        })
    }
}

fn beginning(scope: Scope) -> LanePlace {
    LanePlace { scope, after: 0, chain: Hash32::ZERO }
}

/// Merges rows that the district itself vouches for.
pub(super) fn put_rows(tx: &Tx<'_>, town: TownCode, rows: &[KeyRow]) -> Result<KeysPushAnswer, StoreError> {
    merge(tx, town, &[Scope::Town(town)], rows)
}

fn merge(tx: &Tx<'_>, town: TownCode, scopes: &[Scope], rows: &[KeyRow]) -> Result<KeysPushAnswer, StoreError> {
    // held to the end: the lanes of a town grow at one place at a time
    let held = tx.get_locked(&TOWN, &[town.as_str().into()])?.ok_or(StoreError::Damaged("town"))?;
    let (_town, generation, _made_at_ms) = town::read(held)?;
    let mut merge = Merge::read(tx, town, scopes, generation, rows)?;
    let mut answer = KeysPushAnswer::default();
    for (place, row) in (0..).zip(rows) {
        match merge.put(row) {
            Change::Stored => answer.stored += 1,
            Change::Same => {}
            Change::Differing => answer.differing.push(place),
            Change::Denied => answer.denied.push(place),
            Change::Early => answer.early.push(place),
        }
    }
    merge.store(tx)?;
    Ok(answer)
}

/// Whether a row as it is stored, with its sum, says that keys were destroyed.
pub(super) fn is_tombstone(cells: &[Value<'static>]) -> bool {
    key_row(Row::new(cells.to_vec(), PERSON_KEY.name)).is_ok_and(|(row, _key_seq)| row.tombstone)
}

/// The town and subject of a row that says so.
pub(super) fn tombstone(row: Row) -> Result<Option<(TownCode, KeyRow)>, StoreError> {
    let town = row.clone().parsed()?;
    let (row, _key_seq) = key_row(row)?;
    Ok(row.tombstone.then_some((town, row)))
}

/// Every subject whose keys were destroyed, by town; what is damaged is left out.
pub(super) fn tombstones(tx: &Tx<'_>) -> Result<Vec<(TownCode, KeyRow)>, StoreError> {
    let mut dead = Vec::new();
    tx.scan(&PERSON_KEY, |mut cells, sound| {
        cells.pop();
        if sound {
            dead.extend(tombstone(Row::new(cells, PERSON_KEY.name))?);
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(dead)
}

/// The ends of a town's lanes.
fn heads(tx: &Tx<'_>, town: TownCode) -> Result<BTreeMap<Scope, Head>, StoreError> {
    tx.select(&KEY_LANE, "WHERE town = $1 ORDER BY scope", &[town.as_str().into()])?
        .into_iter()
        .map(|mut row| {
            let (_town, scope) = (row.text()?, row.parsed()?);
            Ok((scope, Head { next: row.uint()?, chain: Hash32(row.bytes()?) }))
        })
        .collect()
}

/// The name of a lane at a place where it has been.
fn chain_at(tx: &Tx<'_>, town: TownCode, scope: Scope, at: u64) -> Result<Option<Hash32>, StoreError> {
    let key: [Value<'_>; 3] = [town.as_str().into(), scope.to_string().into(), at.into()];
    let Some(mut row) = tx.get(&KEY_PLACE, &key)? else { return Ok(None) };
    let (_town, _scope, _at) = (row.text()?, row.text()?, row.uint()?);
    Ok(Some(Hash32(row.bytes()?)))
}

/// Whether the lane is the one that the asker followed up to its place.
fn followed(tx: &Tx<'_>, town: TownCode, from: &LanePlace, head: Head) -> Result<bool, StoreError> {
    if from.after == 0 {
        return Ok(true);
    }
    if from.after >= head.next {
        return Ok(false);
    }
    if from.after + 1 == head.next {
        return Ok(from.chain == head.chain);
    }
    Ok(chain_at(tx, town, from.scope, from.after)? == Some(from.chain))
}

/// What an answer may still hold.
struct Room {
    rows: usize,
    wrapped_bytes: usize,
}

fn page(tx: &Tx<'_>, town: TownCode, from: LanePlace, head: Head, room: &mut Room) -> Result<KeyPage, StoreError> {
    let mut page = KeyPage { reached: from, rows: Vec::new(), more: false, other_lane: None };
    // one more than there is room for tells whether there is more
    let rows = tx.select(
        &PERSON_KEY,
        "WHERE town = $1 AND scope = $2 AND key_seq > $3 ORDER BY key_seq LIMIT $4",
        &[town.as_str().into(), from.scope.to_string().into(), from.after.into(), (room.rows as u64 + 1).into()],
    )?;
    for row in rows {
        if room.rows == 0 || room.wrapped_bytes == 0 {
            page.more = true;
            break;
        }
        let (row, key_seq) = key_row(row)?;
        room.rows -= 1;
        room.wrapped_bytes = room.wrapped_bytes.saturating_sub(row.wrapped.len());
        page.reached.after = key_seq;
        page.rows.push(row);
    }
    if !page.more {
        page.reached = LanePlace { after: head.next - 1, chain: head.chain, ..from };
    } else if !page.rows.is_empty() {
        let chain = chain_at(tx, town, from.scope, page.reached.after)?;
        page.reached.chain = chain.ok_or(StoreError::Damaged("key_place"))?;
    }
    Ok(page)
}

/// A row and its place in the lane.
fn key_row(mut row: Row) -> Result<(KeyRow, u64), StoreError> {
    let _town = row.text()?;
    let subject = row.bytes()?;
    let scope = row.parsed()?;
    let data_key = DataKeyId::from_bytes(row.bytes()?);
    let generation = row.narrow()?;
    let (wrapped, tombstone) = (row.blob()?, row.flag()?);
    Ok((KeyRow { subject, data_key, wrapped, tombstone, scope, generation }, row.uint()?))
}

impl<'a> Merge<'a> {
    fn read(
        tx: &Tx<'_>,
        town: TownCode,
        scopes: &'a [Scope],
        generation: u32,
        rows: &[KeyRow],
    ) -> Result<Self, StoreError> {
        let subjects: HashSet<&[u8; 16]> = rows.iter().map(|row| &row.subject).collect();
        let subjects: Vec<Value<'_>> = subjects.into_iter().map(Value::from).collect();
        let found = tx.query_in(
            "SELECT town, subject, scope, data_key, generation, wrapped, tombstone, key_seq FROM person_key \
             WHERE town = $1 AND subject",
            &[town.as_str().into()],
            &subjects,
        )?;
        let mut there = HashMap::new();
        for row in found {
            let (row, _key_seq) = key_row(row)?;
            there.insert(row.subject, row);
        }
        Ok(Self { town, scopes, generation, there, fresh: Vec::new(), replaced: HashSet::new() })
    }

    /// Merges one row. A subject stays in the scope of its first row. A tombstone ends all; else the later generation
    /// holds, and within one generation the first row. What lies there already is replaced by devices of the whole town
    /// only, and nothing is of a generation that the town has not reached: such a row could be replaced by no later one.
    fn put(&mut self, row: &KeyRow) -> Change {
        if !row.may_come_from(self.town, self.scopes) {
            return Change::Denied;
        }
        if row.generation > self.generation && !row.tombstone {
            return Change::Early;
        }
        let Some(held) = self.there.get(&row.subject) else {
            self.enter(row);
            return Change::Stored;
        };
        if held.scope != row.scope {
            return Change::Denied;
        }
        let whole_town = self.scopes.contains(&Scope::Town(self.town));
        match (held.tombstone, row.tombstone) {
            (true, true) => Change::Same,
            (true, false) => Change::Differing,
            (false, true) => {
                self.enter(row);
                Change::Stored
            }
            (false, false) if held == row => Change::Same,
            (false, false) if row.generation > held.generation && whole_town => {
                self.enter(row);
                Change::Stored
            }
            (false, false) => Change::Differing,
        }
    }

    fn enter(&mut self, row: &KeyRow) {
        let wrapped = if row.tombstone { Vec::new() } else { row.wrapped.clone() };
        let row = KeyRow { wrapped, ..row.clone() };
        if self.there.insert(row.subject, row.clone()).is_some() {
            // what came earlier in the same push never gets in, what is stored goes
            self.fresh.retain(|other| other.subject != row.subject);
            self.replaced.insert(row.subject);
        }
        self.fresh.push(row);
    }

    /// Stores what is new at the ends of the lanes.
    fn store(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let town = self.town.as_str();
        for subject in &self.replaced {
            // the wrap itself is removed, not only marked
            tx.delete(&PERSON_KEY, &[town.into(), subject.into()])?;
        }
        let mut heads = heads(tx, self.town)?;
        let mut grown: BTreeMap<Scope, Head> = BTreeMap::new();
        let (mut rows, mut places): (Vec<Vec<Value<'_>>>, Vec<Vec<Value<'_>>>) = (Vec::new(), Vec::new());
        for row in &self.fresh {
            let head = heads.entry(row.scope).or_insert(EMPTY);
            let (at, chain) = (head.next, row.chained(&head.chain));
            *head = Head { next: at + 1, chain };
            grown.insert(row.scope, *head);
            let scope = row.scope.to_string();
            places.push(vec![town.into(), scope.clone().into(), at.into(), chain.as_bytes().to_vec().into()]);
            rows.push(vec![
                town.into(),
                (&row.subject).into(),
                scope.into(),
                row.data_key.as_bytes().into(),
                row.generation.into(),
                (&row.wrapped).into(),
                row.tombstone.into(),
                at.into(),
            ]);
        }
        if self.fresh.iter().any(|row| row.tombstone) {
            // they hold the tables of everybody
            snapshot::drop_all(tx, self.town)?;
        }
        tx.insert(&PERSON_KEY, &rows)?;
        tx.insert(&KEY_PLACE, &places)?;
        for (scope, head) in grown {
            let chain: &[u8] = head.chain.as_bytes();
            tx.put(&KEY_LANE, [town.into(), scope.to_string().into(), head.next.into(), chain.into()])?;
        }
        Ok(())
    }
}
