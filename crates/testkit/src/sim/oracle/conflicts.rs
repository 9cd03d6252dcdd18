//! O4, told from the district's order alone: who wrote a field without having seen what stood there.
//!
//! This is a second, naive telling of the rule, on values that the run remembers in the clear; it shares no code with
//! the fold.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::entity::EntityKind;
use zhenxin_protocol::op::Op;
use zhenxin_store::{OpStatus, Unsealed};

use crate::sim::district::Held;
use crate::sim::world::World;

type Place = (ResidentId, u8);

/// What stands in a field, and whether somebody has to decide.
#[derive(Default)]
struct Standing {
    /// The op that wrote last.
    op: Option<OpId>,
    /// All values since somebody last wrote with the present one before their eyes, in order.
    sides: Vec<String>,
    /// Two of them differ, and the later writer had not seen the earlier one.
    open: bool,
}

/// O4: where two wrote the same field unseen, a machine that holds both shows the conflict; nowhere else.
pub(super) fn both_values(world: &World, held: &[Held]) -> Result<()> {
    let mut order: BTreeMap<(Scope, u64), Op> = BTreeMap::new();
    for held in held {
        if let (Some(place), Ok(op)) = (held.ordered, Op::from_bytes(&held.bytes)) {
            order.insert(place, op);
        }
    }
    let Told { fields, untold, missed } = tell(world, &order);
    for pc in world.living().filter(|pc| !pc.revoked) {
        let store = pc.store()?;
        if store.read(|reader| reader.op_counts())?.pending > 0 || store.waits_for_keys()? {
            continue;
        }
        let races = store.read(|reader| reader.races())?;
        for (resident, op) in missed.iter().filter(|(resident, _)| !untold.contains(resident)) {
            let here = store.read(|reader| reader.op_of_content(*op))?;
            let shown = races.iter().any(|race| race.op == *op && race.what == "edit_missing");
            ensure!(
                shown || here.is_none_or(|row| row.status != OpStatus::Accepted),
                "machine {}: the change {op} that met no {resident} is not shown",
                pc.number
            );
        }
        let shown: BTreeSet<(ResidentId, String)> = races
            .into_iter()
            .filter(|race| race.what.starts_with("field:"))
            .filter_map(|race| {
                (race.entity.kind == EntityKind::Resident).then(|| (ResidentId::from_bytes(race.entity.id), race.what))
            })
            .collect();
        for ((resident, number), standing) in &fields {
            let Some(field) = Field::ALL.get(usize::from(*number)) else { continue };
            if untold.contains(resident) {
                continue;
            }
            let Some(row) = store.read(|reader| reader.resident(*resident))? else { continue };
            let shows = shown.contains(&(*resident, format!("field:{}", field.name())));
            let expected = standing.open;
            ensure!(
                shows == expected,
                "machine {}: {} of {resident}: conflict shown {shows}, expected {expected}",
                pc.number,
                field.name()
            );
            if expected {
                let sides = store.read(|reader| reader.field_sides(*resident, *field))?;
                let shown: BTreeSet<&str> = sides
                    .iter()
                    .filter_map(|side| match &side.value {
                        Some(Unsealed::Text(text)) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                ensure!(
                    standing.sides.iter().all(|value| shown.contains(value.as_str())) && shown.len() > 1,
                    "machine {}: of the dispute over {} of {resident} a side is not shown",
                    pc.number,
                    field.name()
                );
            }
            let value = match field {
                Field::Phone => row.phone,
                Field::Address => row.address,
                Field::Grid => row.grid,
                _ => continue,
            };
            ensure!(
                value.as_ref() == standing.sides.last(),
                "machine {}: {} of {resident} is not what the order gives",
                pc.number,
                field.name()
            );
        }
    }
    Ok(())
}

/// What the order says.
#[derive(Default)]
struct Told {
    /// The standing of every field that only known values were written into.
    fields: BTreeMap<Place, Standing>,
    /// Residents that something else touched (an import that may be undone), of whom nothing is told here.
    untold: BTreeSet<ResidentId>,
    /// Changes of a resident whom nobody had recorded by then.
    missed: BTreeSet<(ResidentId, OpId)>,
}

fn tell(world: &World, order: &BTreeMap<(Scope, u64), Op>) -> Told {
    let Told { mut fields, mut untold, mut missed } = Told::default();
    let (mut told, mut recorded) = (BTreeSet::new(), BTreeSet::new());
    for op in order.values() {
        // two copies of a disk may both have sent it again after a fork: it counts where it came first
        if !told.insert(op.content_id()) {
            continue;
        }
        let Ok(Some(Body::ResidentsRecorded(body))) = op.read_body() else { continue };
        let written = world.known.written.get(&op.content_id());
        for row in &body.rows {
            if body.import.is_some() {
                untold.insert(row.resident);
            }
            // only who records a resident anew names the village, or who moves one
            if row.village.is_some() {
                recorded.insert(row.resident);
            } else if !recorded.contains(&row.resident) {
                missed.insert((row.resident, op.content_id()));
                continue;
            }
            for number in row.fields.keys() {
                let Some(field) = Field::SEALED.get(usize::from(*number)) else { continue };
                let of = |written: &Vec<_>| {
                    let found = written.iter().find(|(resident, of, _): &&(ResidentId, Field, String)| {
                        *resident == row.resident && of == field
                    });
                    found.map(|(_, _, value)| value.clone())
                };
                let standing = fields.entry((row.resident, *number)).or_default();
                match written.and_then(of) {
                    Some(value) => write(standing, op.content_id(), row.base.get(number).copied(), value),
                    // the first entry of a resident: the values are not remembered, and nothing can clash yet
                    None if standing.op.is_none() => standing.op = Some(op.content_id()),
                    None => {
                        untold.insert(row.resident);
                    }
                }
            }
        }
    }
    // a first value that was never replaced is not compared
    fields.retain(|_, standing| !standing.sides.is_empty());
    Told { fields, untold, missed }
}

fn write(standing: &mut Standing, op: OpId, base: Option<OpId>, value: String) {
    if standing.op.is_none() || base == standing.op {
        standing.sides.clear();
        standing.open = false;
    } else if standing.sides.last() != Some(&value) {
        standing.open = true;
    }
    standing.op = Some(op);
    standing.sides.push(value);
}
