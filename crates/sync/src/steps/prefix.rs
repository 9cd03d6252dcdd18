//! Where two logs of a scope part: comparing subtrees from the top down.

use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::limits::ROOTS_MAX;
use zhenxin_protocol::wire::repair::{NodePlace, RootsAnswer, RootsRequest};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;

/// Levels that one question descends: 256 nodes under one that differs.
const LEVELS_A_QUESTION: u8 = 8;

/// Differing ops that one repair fetches. More means that the file is lost as
/// a whole, and a fresh one is sooner there than a mended one.
pub(super) const REPAIR_OPS_MAX: usize = 20_000;

/// The complete subtrees that the first `size` leaves consist of, from the left.
pub(super) fn peaks_of(size: u64) -> Vec<NodePlace> {
    let mut places = Vec::new();
    let mut begun = 0;
    for level in (0..64u8).rev() {
        if size >> level & 1 == 1 {
            places.push(NodePlace { level, index: begun >> level });
            begun += 1 << level;
        }
    }
    places
}

/// The nodes some levels below one.
fn below(place: NodePlace) -> Vec<NodePlace> {
    let down = place.level.min(LEVELS_A_QUESTION);
    let level = place.level - down;
    (0..1u64 << down).map(|offset| NodePlace { level, index: (place.index << down) + offset }).collect()
}

/// The search for the first leaf in which two trees differ.
#[derive(Debug)]
struct Descent {
    places: Vec<NodePlace>,
    /// Leaves that are the same as far as is known.
    common: u64,
}

impl Descent {
    fn new(size: u64) -> Self {
        Self { places: peaks_of(size), common: size }
    }

    /// The nodes to be compared next; none when the search is over.
    fn question(&self) -> Option<&[NodePlace]> {
        if self.places.is_empty() { None } else { Some(&self.places) }
    }

    /// The first of them that differs: everything before it is the same.
    fn answer(&mut self, first: Option<NodePlace>) {
        self.places = Vec::new();
        if let Some(first) = first {
            self.common = first.index << first.level;
            if first.level > 0 {
                self.places = below(first);
            }
        }
    }
}

impl Workbench {
    /// The longest common beginning of both logs.
    pub(super) async fn common(&self, scope: Scope) -> Result<Done, Failure> {
        let mut descent = Descent::new(self.shared_size(scope)?);
        while let Some(places) = descent.question() {
            let first = self.differing(scope, places, 1).await?.first().copied();
            descent.answer(first);
        }
        Ok(Done::Common { to: descent.common })
    }

    /// Every op of the common size in which the two logs differ, by server_seq.
    pub(super) async fn differing_ops(&self, scope: Scope) -> Result<Vec<u64>, Failure> {
        let mut open = self.differing(scope, &peaks_of(self.shared_size(scope)?), usize::MAX).await?;
        let mut ops = Vec::new();
        while let Some(place) = open.pop() {
            if place.level == 0 {
                ops.push(place.index + 1);
            } else {
                open.extend(self.differing(scope, &below(place), usize::MAX).await?);
            }
            if ops.len() + open.len() > REPAIR_OPS_MAX {
                return Err(too_much());
            }
        }
        ops.sort_unstable();
        Ok(ops)
    }

    /// Ops that both sides have of a scope.
    pub(super) fn shared_size(&self, scope: Scope) -> Result<u64, Failure> {
        Ok(self.own_size(scope)?.min(self.district_size(scope)))
    }

    pub(super) fn own_size(&self, scope: Scope) -> Result<u64, Failure> {
        let own = self.store.heads()?;
        Ok(own.iter().find(|head| head.scope == scope).map_or(0, |head| head.size))
    }

    pub(super) fn district_size(&self, scope: Scope) -> u64 {
        self.notes().heads.iter().find(|head| head.scope == scope).map_or(0, |head| head.size)
    }

    /// The places at which both sides differ, at most so many, in order.
    async fn differing(&self, scope: Scope, places: &[NodePlace], most: usize) -> Result<Vec<NodePlace>, Failure> {
        let mut differing = Vec::new();
        for part in places.chunks(ROOTS_MAX) {
            let theirs = self.roots(scope, part).await?;
            let asked: Vec<(u8, u64)> = part.iter().map(|place| (place.level, place.index)).collect();
            let ours = self.store.tree_nodes(scope, &asked)?;
            for ((place, theirs), ours) in part.iter().zip(theirs).zip(ours) {
                if ours != Some(theirs) {
                    differing.push(*place);
                    if differing.len() >= most {
                        return Ok(differing);
                    }
                }
            }
        }
        Ok(differing)
    }

    /// The district's nodes, all of them complete.
    pub(super) async fn roots(&self, scope: Scope, places: &[NodePlace]) -> Result<Vec<Hash32>, Failure> {
        let request = RootsRequest { scope, nodes: places.to_vec() };
        let answer: RootsAnswer = self.ask(Endpoint::Roots, &request).await?;
        let roots: Option<Vec<Hash32>> = answer.roots.into_iter().map(|root| root.0).collect();
        roots.filter(|roots| roots.len() == places.len()).ok_or(Failure::Garbled)
    }
}

pub(super) fn too_much() -> Failure {
    Failure::Local {
        text: "本机数据损坏较多，无法逐条修复；请从备份恢复，或在新数据文件上重新接入".to_owned()
    }
}

#[cfg(test)]
mod tests;
