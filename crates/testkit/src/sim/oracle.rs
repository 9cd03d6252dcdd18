//! What must hold after healing, whatever happened before. One function each, O1 to O6.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::scope::allows;
use zhenxin_protocol::wire::{Answer, Endpoint};
use zhenxin_store::{HeldKey, OpStatus};
use zhenxin_sync::SyncState;

use super::district::Held;
use super::pc::Pc;
use super::template::{TOWN, VILLAGES};
use super::world::{Face, World};

mod conflicts;

/// More files than a run has.
const FILES_MAX: u32 = 100_000;

/// One in so many runs checks every machine by a whole replay; the others check one machine.
const THOROUGH: u64 = 8;

/// All of them.
///
/// # Errors
/// The first one that does not hold, in words.
pub fn check(world: &mut World) -> Result<()> {
    let held = world.district.held()?;
    one_fate(world, &held).context("O1")?;
    resting(world).context("O1, O2")?;
    equal_heads(world).context("O2: heads")?;
    equal_tables(world).context("O2: tables")?;
    equal_scopes(world).context("O2: scopes")?;
    replays(world).context("O2: replay")?;
    balanced(world).context("O3")?;
    conflicts::both_values(world, &held).context("O4")?;
    within_scope(world).context("O6")?;
    // last, because it goes on
    twice(world).context("O5")
}

/// Machines of whom equality is demanded: the district lets them in.
fn admitted(world: &World) -> impl Iterator<Item = &Pc> {
    world.living().filter(|pc| !pc.revoked)
}

/// O1: every op committed anywhere is accepted, or rejected where a person sees it, or pending. Pending is left only
/// to machines that were shut out and to ops whose chain has a hole that no disk can fill.
fn one_fate(world: &World, held: &[Held]) -> Result<()> {
    let accepted: BTreeSet<OpId> =
        held.iter().filter(|held| held.ordered.is_some()).filter_map(Held::content).collect();
    let mut standings: BTreeMap<OpId, Vec<(usize, OpStatus)>> = BTreeMap::new();
    let mut own: BTreeMap<OpId, BTreeSet<usize>> = BTreeMap::new();
    for pc in world.living() {
        let device = pc.device()?;
        for row in pc.log()? {
            standings.entry(row.content).or_default().push((pc.number, row.status));
            if row.device == device {
                own.entry(row.content).or_default().insert(pc.number);
            }
        }
    }
    let left_behind = left_behind(world, held)?;
    for (content, commit) in &world.committed {
        if accepted.contains(content) {
            continue;
        }
        let here = standings.get(content).map(Vec::as_slice).unwrap_or_default();
        let rejected = here.iter().any(|(_, status)| *status == OpStatus::Rejected);
        let waits: Vec<usize> =
            here.iter().filter(|(_, status)| *status == OpStatus::Pending).map(|(pc, _)| *pc).collect();
        let stuck: Vec<usize> = waits
            .iter()
            .copied()
            .filter(|pc| !world.pcs[*pc].revoked && own.get(content).is_some_and(|own| own.contains(pc)))
            .collect();
        ensure!(stuck.is_empty(), "{content} ({commit:?}) is stuck on {stuck:?}: {here:?}");
        let left = left_behind.get(content).filter(|pc| !world.pcs[**pc].revoked);
        ensure!(left.is_none(), "{content} ({commit:?}) of a broken machine is stuck on {left:?}: {here:?}");
        // lost with the district's disk, and whoever still has it was shut out before it could send it again
        let shut_in = !here.is_empty() && here.iter().all(|(pc, _)| world.pcs[*pc].revoked);
        // made past the program: nobody keeps it but the district, whose disk went back before anybody had fetched it
        let unkept = commit.kind.starts_with("hostile") && here.is_empty();
        let fate = rejected || !waits.is_empty() || shut_in || unkept || world.gone.contains(content);
        ensure!(fate, "{content} ({commit:?}) is lost: {here:?}");
    }
    Ok(())
}

/// What others hold of machines that never come back, and could bring to the district: all before it in its chain is there
/// or beside it. By content, with who holds it.
fn left_behind(world: &World, held: &[Held]) -> Result<BTreeMap<OpId, usize>> {
    let mut left = BTreeMap::new();
    let here: BTreeSet<DeviceId> = world.living().map(Pc::device).collect::<Result<_>>()?;
    let mut of_broken = BTreeSet::new();
    for pc in world.pcs.iter().filter(|pc| pc.dead && !pc.revoked) {
        // a district that was restored from before it came does not know it, and takes nothing that it signed
        if let Some((device, false)) = world.district.bearer(pc.token())?.filter(|(device, _)| !here.contains(device)) {
            of_broken.insert(device);
        }
    }
    for pc in admitted(world) {
        let mut chains: BTreeMap<(DeviceId, u32), BTreeMap<u64, OpId>> = BTreeMap::new();
        for row in pc.log()? {
            if row.status != OpStatus::Pending || !of_broken.contains(&row.device) {
                continue;
            }
            let bytes = pc.store()?.read(|reader| reader.op_bytes(row.id))?.unwrap_or_default();
            if let Ok(op) = Op::from_bytes(&bytes) {
                chains.entry((op.device, op.epoch)).or_default().insert(op.seq, row.content);
            }
        }
        for ((device, epoch), waiting) in chains {
            let of_chain = held.iter().filter(|held| (held.place.0, held.place.1) == (device, epoch));
            let reached = of_chain.map(|held| held.place.2).max().unwrap_or(0);
            let whole = waiting.range(reached + 1..).zip(reached + 1..).take_while(|((seq, _), next)| *seq == next);
            left.extend(whole.map(|((_, content), _)| (*content, pc.number)));
        }
    }
    Ok(left)
}

/// Nobody waits for anything that healing should have brought.
fn resting(world: &World) -> Result<()> {
    let anybody_out = world.pcs.iter().any(|pc| pc.revoked || pc.dead) || !world.gone.is_empty();
    for pc in world.living() {
        let state = pc.status().context("a machine is off")?.state;
        let fits = match (&state, pc.revoked) {
            (SyncState::Revoked, revoked) => revoked,
            (SyncState::Idle, revoked) => !revoked,
            // a copy of its disk was let in under its name
            (SyncState::Refused { code, .. }, true) => code == "device_unknown",
            // whoever held the key was shut out before it could hand it over
            (SyncState::WaitingForKeys, false) => anybody_out,
            _ => false,
        };
        ensure!(fits, "machine {} ends as {state:?}, shut out: {}", pc.number, pc.revoked);
    }
    keys_everywhere(world)?;
    files_moved(world)
}

/// What opens on one machine that is let in opens on each that may read its scope, and the district holds it. Keys that
/// nobody has any more went with a disk, or lie only where the district lets nobody in, or only where junk was handed over
/// in their holder's name before it could hand them over itself.
fn keys_everywhere(world: &World) -> Result<()> {
    let town = TOWN.parse()?;
    let mut held = Vec::new();
    for pc in admitted(world) {
        let keys: BTreeMap<[u8; 16], HeldKey> =
            pc.store()?.held_keys()?.into_iter().map(|key| (key.subject, key)).collect();
        held.push((pc, scopes_of(pc)?, keys));
    }
    let mut opens: BTreeMap<[u8; 16], (Scope, BTreeSet<usize>)> = BTreeMap::new();
    for (pc, granted, keys) in &held {
        for key in keys.values().filter(|key| key.opens || key.tombstone) {
            let subject = OpId::from_bytes(key.subject);
            ensure!(!key.unsent, "machine {}: the district lacks a key for {subject} of {}", pc.number, key.scope);
            // what was made for a place that is not its own stays with its author
            if key.opens && allows(town, granted, key.scope) {
                opens.entry(key.subject).or_insert((key.scope, BTreeSet::new())).1.insert(pc.number);
            }
        }
    }
    for (pc, granted, keys) in &held {
        for (subject, (scope, at)) in opens.iter().filter(|(_, (scope, _))| allows(town, granted, *scope)) {
            let reads = keys.get(subject).is_some_and(|key| key.opens || key.tombstone);
            let kept_back = at.is_subset(&world.junk_givers);
            let subject = OpId::from_bytes(*subject);
            ensure!(
                reads || kept_back,
                "machine {}: the key for {subject} of {scope} opens on {at:?} and not here",
                pc.number
            );
        }
    }
    Ok(())
}

/// All files have gone out, and all have come but those that lay on a lost disk only: no machine that is let in has one of
/// these, nor has the district.
fn files_moved(world: &World) -> Result<()> {
    let mut somewhere: BTreeSet<Hash32> = world.district.blobs()?.into_iter().map(|(blob, _)| blob).collect();
    for pc in admitted(world) {
        somewhere.extend(pc.store()?.attachments_held(None, FILES_MAX)?.into_iter().map(|item| item.blob));
    }
    for pc in admitted(world) {
        let store = pc.store()?;
        let counts = store.attachments_due()?;
        let missing = store.attachments_to_fetch(FILES_MAX)?;
        let lost = missing.iter().all(|item| world.disks_lost && !somewhere.contains(&item.blob));
        // without its key nobody knows by which name to ask for one
        let nameless = counts.to_fetch - missing.len() as u64;
        let fits = counts.to_send == 0 && lost && (nameless == 0 || store.waits_for_keys()?);
        ensure!(fits, "machine {}: files are left: {counts:?}, {nameless} of them without a key", pc.number);
    }
    Ok(())
}

/// The scopes that a machine may read.
fn scopes_of(pc: &Pc) -> Result<Vec<Scope>> {
    let code = match pc.village {
        Some(at) => VILLAGES[usize::from(at) % VILLAGES.len()],
        None => TOWN,
    };
    Ok(vec![code.parse()?])
}

/// O2: each machine's heads are the district's, and both are what the ops' bytes give.
fn equal_heads(world: &World) -> Result<()> {
    let district = world.district.heads()?;
    let town = TOWN.parse()?;
    for pc in admitted(world) {
        let granted = scopes_of(pc)?;
        let mut here: BTreeMap<Scope, _> =
            pc.store()?.heads()?.into_iter().map(|head| (head.scope, (head.size, head.root))).collect();
        here.retain(|_, (size, _)| *size > 0);
        let mut there = district.clone();
        there.retain(|scope, _| allows(town, &granted, *scope));
        ensure!(here == there, "machine {}: here {here:?}, at the district {there:?}", pc.number);
    }
    Ok(())
}

/// O2: machines with the same scopes show the same tables; with other scopes, the same rows of what they share.
fn equal_tables(world: &World) -> Result<()> {
    let mut first: BTreeMap<Option<u8>, (usize, Vec<u8>)> = BTreeMap::new();
    for pc in admitted(world) {
        let counts = pc.store()?.read(|reader| reader.op_counts())?;
        let waits_for_keys = pc.store()?.waits_for_keys()?;
        // what waits counts on the machine where it waits
        if counts.pending > 0 || waits_for_keys {
            continue;
        }
        let dump = pc.store()?.dump()?;
        match first.get(&pc.village) {
            None => {
                first.insert(pc.village, (pc.number, dump));
            }
            Some((other, theirs)) => {
                ensure!(
                    *theirs == dump,
                    "machines {other} and {} show different tables{}",
                    pc.number,
                    differing(world, *other, pc.number)
                );
            }
        }
    }
    Ok(())
}

/// O2: of a scope that both see, machines of different sight show the same rows.
fn equal_scopes(world: &World) -> Result<()> {
    let town = TOWN.parse()?;
    let (mut sights, mut first) = (BTreeSet::new(), BTreeMap::new());
    for pc in admitted(world) {
        let store = pc.store()?;
        // those of one sight were compared already
        if store.read(|reader| reader.op_counts())?.pending > 0 || store.waits_for_keys()? || !sights.insert(pc.village)
        {
            continue;
        }
        let granted = scopes_of(pc)?;
        for code in VILLAGES.iter().chain([&TOWN]) {
            let scope = code.parse()?;
            if !allows(town, &granted, scope) {
                continue;
            }
            let shown = store.scope_digests(scope)?;
            let (other, theirs) = first.entry(scope).or_insert_with(|| (pc.number, shown.clone()));
            let differing: Vec<String> = (theirs.iter().zip(&shown))
                .filter(|(theirs, here)| theirs != here)
                .map(|(theirs, here)| format!("{} ({} rows, {} rows)", here.table, theirs.rows, here.rows))
                .collect();
            let words = differing.join(", ");
            ensure!(differing.is_empty(), "machines {other} and {} show {scope} differently: {words}", pc.number);
        }
    }
    Ok(())
}

/// Which tables differ.
fn differing(world: &World, one: usize, other: usize) -> String {
    let digests = |pc: usize| -> Option<Vec<zhenxin_store::TableDigest>> {
        Some(world.pcs[pc].store().ok()?.verify(None).ok()?.tables)
    };
    let (Some(one), Some(other)) = (digests(one), digests(other)) else { return String::new() };
    let names: Vec<String> = one
        .iter()
        .zip(&other)
        .filter(|(one, other)| one != other)
        .map(|(one, other)| format!("{} ({} rows, {} rows)", one.table, one.rows, other.rows))
        .collect();
    format!(": {}", names.join(", "))
}

/// O2: the tables are what a clean replay of the log gives.
fn replays(world: &mut World) -> Result<()> {
    let all = world.chance.below(THOROUGH) == 0;
    let one = world.chance.below(world.living().count() as u64) as u8;
    let one = world.index(one);
    for pc in world.living().filter(|pc| all || pc.number == one) {
        let report = pc.store()?.verify(None)?;
        ensure!(report.sound(), "machine {}: {:?}", pc.number, report.faults);
        ensure!(report.ledger_sum == 0, "machine {}: the ledgers sum to {}", pc.number, report.ledger_sum);
    }
    Ok(())
}

/// O3: debits are credits, and every resident's balance is the sum of what the passbook lists.
fn balanced(world: &World) -> Result<()> {
    for pc in world.living() {
        let store = pc.store()?;
        for ledger in Ledger::ALL {
            let sum = store.read(|reader| reader.ledger_sum(*ledger))?;
            ensure!(sum == 0, "machine {}: {ledger:?} sums to {sum}", pc.number);
        }
    }
    Ok(())
}

/// O6: no machine holds what is outside its scopes, but for what it wrote itself and was refused.
fn within_scope(world: &World) -> Result<()> {
    let town = TOWN.parse()?;
    for pc in world.living() {
        let (granted, device) = (scopes_of(pc)?, pc.device()?);
        for row in pc.log()? {
            let own: DeviceId = row.device;
            let fits = own == device || allows(town, &granted, row.scope);
            ensure!(fits, "machine {} holds {} of {} ({:?})", pc.number, row.content, row.scope, row.status);
            let written = !allows(town, &granted, row.scope) && row.status == OpStatus::Accepted;
            ensure!(!written, "machine {} wrote {} into {}", pc.number, row.content, row.scope);
        }
        for (what, scope, count) in pc.store()?.given_scopes()? {
            ensure!(allows(town, &granted, scope), "machine {} was given {count} {what} of {scope}", pc.number);
        }
    }
    Ok(())
}

/// O5: every message and every stick once more changes nothing.
fn twice(world: &mut World) -> Result<()> {
    // an op that was replaced by its own repetition in a later epoch may still be taken, and counts nowhere
    let contents = |world: &World| -> Result<BTreeSet<OpId>> {
        let held = world.district.held()?;
        Ok(held.iter().filter(|held| held.ordered.is_some()).filter_map(Held::content).collect())
    };
    let before = contents(world)?;
    let delivered = std::mem::take(&mut world.delivered);
    // what went with a disk may come back by an old message, and that is a gain
    let exact = world.gone.is_empty() && !world.pcs.iter().any(|pc| pc.revoked);
    for (endpoint, token, frame) in &delivered {
        if !matches!(endpoint, Endpoint::Push | Endpoint::KeysPush | Endpoint::KeysGrant | Endpoint::Mend) {
            continue;
        }
        let bytes = world.district.serve(*endpoint, *token, frame);
        if let Ok(Answer { fault: Some(fault), .. }) = Answer::unpack(&bytes) {
            ensure!(fault.code != "internal", "{} once more: the district has a fault of its own", endpoint.path());
        }
    }
    if exact {
        let after = contents(world)?;
        let more: Vec<&OpId> = after.difference(&before).collect();
        ensure!(after == before, "old messages once more changed the district: {more:?}");
    }
    let exact = exact && !lost_a_key(world)?;
    let before = world.faces()?;
    let living: Vec<usize> = world.living().map(|pc| pc.number).collect();
    for pc in living {
        for stick in 0..world.sticks.len() {
            world.bundle_in(pc, stick as u8, 1_000)?;
        }
    }
    world.calm()?;
    if exact {
        let after = world.faces()?;
        ensure!(tables(&after) == tables(&before), "old sticks once more changed a machine");
        world.heal_from(after)?;
        ensure!(tables(&world.faces()?) == tables(&before), "a round after old sticks changed a machine");
    }
    if world.pcs.is_empty() {
        bail!("a run without machines");
    }
    Ok(())
}

/// Whether a key went with a broken disk before anybody else held it. An old stick may still have it, and then shows what
/// nobody could read any more.
fn lost_a_key(world: &World) -> Result<bool> {
    let mut missed = false;
    for pc in world.living() {
        let store = pc.store()?;
        missed |= !store.awaited_keys()?.is_empty();
        missed |= store.held_keys()?.iter().any(|key| !key.tombstone && !key.opens);
    }
    Ok(missed && world.pcs.iter().any(|pc| pc.dead))
}

/// What the machines show.
fn tables(faces: &[Face]) -> Vec<Hash32> {
    faces.iter().map(|(.., digest)| *digest).collect()
}
