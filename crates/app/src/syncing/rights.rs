//! The right to spend offline in a village: asked for and given back; the next round carries it.

use zhenxin_domain::division::Scope;
use zhenxin_sync as engine;

use super::centre;
use crate::{
    Caller,
    contract::{
        Fault,
        session::Nothing,
        sync::{RightHolder, RightLine, RightsChange, SyncCentre},
    },
};

/// Scopes named at once: more than a town has.
const SCOPES_MAX: usize = 200;

/// Every scope of the town that this PC may read, the town's own first.
pub(super) fn lines(caller: &Caller) -> Result<Vec<RightLine>, Fault> {
    let Some(link) = engine::link(caller.store())? else { return Ok(Vec::new()) };
    let known = engine::rights(caller.store())?;
    let town = caller.town.division.code;
    let readable = |scope: &Scope| {
        let granted: Vec<Scope> = link.scopes.iter().filter_map(|code| code.parse().ok()).collect();
        zhenxin_protocol::wire::scope::allows(town, &granted, *scope)
    };
    let villages = caller.town.division.villages.iter().map(|village| Scope::Village(village.code));
    let scopes = std::iter::once(Scope::Town(town)).chain(villages).filter(readable);
    Ok(scopes
        .map(|scope| {
            let right = known.iter().find(|right| right.scope == scope);
            let holder = match right {
                Some(right) if right.held => RightHolder::Here,
                Some(right) if right.holder.is_some() => RightHolder::Elsewhere,
                _ => RightHolder::Nobody,
            };
            RightLine {
                scope: scope.to_string(),
                name: centre::scope_name(&caller.town, scope),
                holder,
                holder_label: right.and_then(|right| right.holder.clone()),
                asked_here: right.is_some_and(|right| right.wanted && !right.held),
                wanted_elsewhere: right.is_some_and(|right| right.wanted_by_other),
            }
        })
        .collect())
}

fn scopes(request: &RightsChange) -> Result<Vec<Scope>, Fault> {
    if request.scopes.is_empty() || request.scopes.len() > SCOPES_MAX {
        return Err(Fault::field("scopes", format!("请选择 1 到 {SCOPES_MAX} 个村社。")));
    }
    let parsed = request.scopes.iter().map(|code| code.parse());
    parsed.collect::<Result<_, _>>().map_err(|_| Fault::field("scopes", "村社代码不对，请从列表里选择。"))
}

pub fn ask(caller: &Caller, request: RightsChange) -> Result<SyncCentre, Fault> {
    engine::want_rights(caller.store(), &scopes(&request)?, &[])?;
    told(caller)
}

pub fn give(caller: &Caller, request: RightsChange) -> Result<SyncCentre, Fault> {
    engine::want_rights(caller.store(), &[], &scopes(&request)?)?;
    told(caller)
}

fn told(caller: &Caller) -> Result<SyncCentre, Fault> {
    caller.town.link.wake();
    centre::sync_centre(caller, Nothing {})
}
