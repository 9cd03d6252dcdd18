//! The sync centre: are both sides equal, what waits, what came back, how it connects.

use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_store::{OpRow, Reader, SetAsideRow, UserRow};
use zhenxin_sync::{self as engine, LaneStatus, Progress};

use super::{LINES_SHOWN, bundles, link_settings, rights, status};
use crate::{
    Caller, OpenTown,
    contract::{Fault, session::Nothing, sync::*},
    settling, shown, workbench,
};

/// Digits of a root that are shown: 64 bits are more than chance can match, and few enough to be read out.
const ROOT_DIGITS: usize = 16;

/// What a document published by the district is called, in the order in which they are listed.
const PUBLISHED: [(&str, &str); 5] = [
    ("divisions", "区划表"),
    ("holidays", "工作日表"),
    ("legal_bases", "法律依据目录"),
    ("rule_templates", "细则范本"),
    ("kpi_definitions", "指标口径"),
];

pub fn sync_centre(caller: &Caller, _: Nothing) -> Result<SyncCentre, Fault> {
    let running = caller.town.link.status()?;
    let heads = caller.store().heads()?;
    let signed = caller.store().signed_heads()?.map(|signed| signed.heads).unwrap_or_default();
    let issues = settling::issue_counts(caller, Nothing {})?.open;
    let pcs = pcs(caller)?;
    let held_lines = rights::lines(caller)?;
    let published = published(caller)?;
    let history = bundles::history(caller)?;
    let settings = link_settings::shown(caller)?;
    let status = status(caller, Nothing {})?;
    caller.store().read(|reader| {
        let users = reader.users()?;
        let pending = reader.pending_ops(LINES_SHOWN)?;
        Ok(SyncCentre {
            phase: running.progress.as_ref().map(|progress| progress.phase.to_owned()),
            progress: running.progress.as_ref().map(progress),
            equality: equality(&caller.town, &running, &heads, &signed, u64::from(status.pending)),
            waiting: waiting(reader)?,
            waiting_since: pending.first().map(|op| shown::time(op.recorded_at)),
            pending: pending.iter().map(|op| super::op_line(op, &users)).collect(),
            files: files(&running.lane),
            refused: refused(caller, reader, &users)?,
            set_aside: set_aside(&caller.town, reader)?,
            status,
            issues,
            pcs,
            rights: held_lines,
            published,
            bundles: history,
            settings,
        })
    })
}

fn progress(progress: &Progress) -> SyncProgress {
    SyncProgress {
        done_ops: progress.done_ops,
        total_ops: progress.total_ops,
        bytes: progress.bytes,
        ops_per_s: progress.ops_per_s.unwrap_or(0),
        remaining_s: progress.remaining_s,
    }
}

/// Whether both sides hold the same, in one sentence. Equal means proven, and nothing written since.
fn equality(
    town: &OpenTown,
    status: &engine::SyncStatus,
    heads: &[ScopeHead],
    signed: &[ScopeHead],
    pending: u64,
) -> Equality {
    let there: BTreeMap<Scope, &ScopeHead> = signed.iter().map(|head| (head.scope, head)).collect();
    let scopes: Vec<ScopeEquality> = heads
        .iter()
        .map(|head| {
            let district = there.get(&head.scope);
            ScopeEquality {
                scope: head.scope.to_string(),
                name: scope_name(town, head.scope),
                ops: head.size,
                district_ops: district.map(|district| district.size),
                root: head.root.to_string().chars().take(ROOT_DIGITS).collect(),
                equal: district.is_some_and(|district| district.size == head.size && district.root == head.root),
            }
        })
        .collect();
    let proven = status.equality.as_ref();
    let same = proven.is_some() && scopes.iter().all(|scope| scope.equal);
    let equal = same && pending == 0 && !matches!(status.state, engine::SyncState::NotEnrolled);
    let words = match proven {
        _ if matches!(status.state, engine::SyncState::NotEnrolled) => {
            "还没有接入区平台，记录都在本机，接入后自动核对".to_owned()
        }
        None => "还没有同步过，同步一次后自动核对".to_owned(),
        Some(_) if pending > 0 => format!("还有 {} 条待发送，发完再核对", shown::count(pending)),
        Some(proof) if equal && is_exchanging(&status.state) => {
            format!("与区平台一致，{}，共 {} 条", shown::time(proof.at_ms), shown::count(proof.ops))
        }
        // what the other PCs have written since nobody here can know
        Some(proof) if equal => {
            format!("截至 {} 与区平台一致，共 {} 条", shown::time(proof.at_ms), shown::count(proof.ops))
        }
        Some(proof) => {
            format!("上次核对一致是 {}，之后又有新记录，下次同步后再核对", shown::time(proof.at_ms))
        }
    };
    Equality { equal, proven_at: proven.map(|proof| shown::time(proof.at_ms)), words, scopes }
}

/// Whether the district is asked again by itself: only then the last proof speaks of now.
const fn is_exchanging(state: &engine::SyncState) -> bool {
    use engine::SyncState as State;
    matches!(state, State::Idle | State::Running | State::WaitingForKeys)
}

pub(super) fn scope_name(town: &OpenTown, scope: Scope) -> String {
    match scope {
        Scope::Town(_) => town.division.name.clone(),
        Scope::Village(village) => shown::village(town, village),
    }
}

fn waiting(reader: &Reader) -> Result<Vec<WaitingKind>, Fault> {
    let kinds = reader.pending_kinds()?;
    Ok(kinds
        .into_iter()
        .map(|(kind, ops)| WaitingKind {
            what: workbench::kind_words(&kind).to_owned(),
            ops: u32::try_from(ops).unwrap_or(u32::MAX),
        })
        .collect())
}

fn files(lane: &LaneStatus) -> FileLane {
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    FileLane {
        to_send: narrow(lane.to_send),
        to_send_bytes: lane.to_send_bytes,
        to_fetch: narrow(lane.to_fetch),
        to_fetch_bytes: lane.to_fetch_bytes,
        held_up: lane.failure.clone(),
    }
}

fn refused(caller: &Caller, reader: &Reader, users: &[UserRow]) -> Result<Vec<RefusedOp>, Fault> {
    let refused = |row: OpRow| {
        let issue = settling::refused_issue(&row);
        let seen = settling::verdict_on(caller, reader, &issue)?;
        Ok(RefusedOp {
            op: row.id.to_string(),
            issue,
            at: shown::time(row.recorded_at),
            actor: shown::actor(users, row.actor),
            what: workbench::what(&row),
            reason: row.reason_text.clone().unwrap_or_default(),
            seen,
        })
    };
    reader.rejected_ops(LINES_SHOWN)?.into_iter().map(refused).collect()
}

fn set_aside(town: &OpenTown, reader: &Reader) -> Result<Vec<SetAsideOp>, Fault> {
    let line = |row: SetAsideRow| SetAsideOp {
        scope_name: scope_name(town, row.scope),
        server_seq: row.server_seq.unwrap_or_default(),
        at: shown::time(row.at_ms),
        from: None,
        why: set_aside_words(&row.why).to_owned(),
        issue: settling::set_aside_issue(&row),
    };
    Ok(reader.set_asides(LINES_SHOWN)?.into_iter().map(line).collect())
}

/// Why an operation of another PC was put aside.
fn set_aside_words(why: &str) -> &'static str {
    match why {
        "shape" => "内容损坏，读不出来",
        "algorithm" => "由更新版本的程序生成，升级本程序后会自动读入",
        "too_large" => "超过了一条记录的大小上限",
        "scope" => "写在了别的村社名下",
        "id_reused" => "编号与另一条内容不同的记录相同",
        "chain" => "与这台电脑以前的记录接不上",
        "id_taken" => "本机写的，编号已被区平台上另一条记录占用，没有生效",
        _ => "没有通过核对",
    }
}

fn pcs(caller: &Caller) -> Result<Vec<TownPc>, Fault> {
    let this_device = caller.store().device();
    let held = caller.store().data_keys()?;
    let listed: BTreeMap<_, _> = caller.store().known_devices()?.into_iter().map(|pc| (pc.device, pc.listed)).collect();
    let last_receipt = caller.store().read(|reader| reader.last_receipt_at())?;
    let newest = caller.store().read(|reader| reader.newest_by_device())?;
    let mut pcs: Vec<TownPc> = engine::devices(caller.store())?
        .into_iter()
        .map(|pc| {
            let this_device = pc.device == this_device;
            let heard = if this_device { last_receipt } else { newest.get(&pc.device).copied() };
            TownPc {
                this_device,
                last_heard: heard.map(shown::time),
                has_keys: this_device || held.iter().all(|key| pc.granted.iter().any(|has| has.0 == *key)),
                revoked: listed.get(&pc.device).is_some_and(|listed| !listed),
                device: pc.device.to_string(),
                label: pc.label,
                fingerprint: pc.fingerprint,
                enrolled_at: shown::time(pc.enrolled_at_ms),
            }
        })
        .collect();
    pcs.sort_by_key(|pc| !pc.this_device);
    Ok(pcs)
}

fn published(caller: &Caller) -> Result<Vec<PublishedLine>, Fault> {
    let here = engine::published(caller.store())?;
    Ok(PUBLISHED
        .into_iter()
        .map(|(kind, title)| {
            let document = here.iter().find(|document| document.kind == kind);
            PublishedLine {
                title: title.to_owned(),
                version: document.map(|document| document.version),
                published_at: document.map(|document| shown::time(document.published_at_ms)),
            }
        })
        .collect())
}
