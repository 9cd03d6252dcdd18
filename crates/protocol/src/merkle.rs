//! The tree over a scope's history: RFC 6962 §2.1 with SM3. Leaves are the scope's operations by
//! server_seq; the root at size n commits to the first n of them in their order.
//!
//! A *complete subtree* (level, index) covers the 2^level leaves from index·2^level on; its root never
//! changes once its leaves are there. Everything here is computed from such roots, so that a store
//! keeps few of them and derives the rest.

use crate::hash::Hash32;

/// Highest level of a complete subtree that is ever asked for: 2^40 operations of one scope are out
/// of reach, and shifts stay defined.
pub const LEVEL_MAX: u8 = 40;

/// Most operations of one scope, for the same reason.
pub const SIZE_MAX: u64 = 1 << LEVEL_MAX;

/// The root of an empty history.
#[must_use]
pub fn empty_root() -> Hash32 {
    Hash32::of(&[])
}

/// The leaf of an operation.
#[must_use]
pub fn leaf(op_hash: &Hash32) -> Hash32 {
    Hash32::of_parts(&[&[0], op_hash.as_bytes()])
}

/// The root over two subtrees.
#[must_use]
pub fn node(left: &Hash32, right: &Hash32) -> Hash32 {
    Hash32::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root over operations given by their hashes; over none, [`empty_root`].
#[must_use]
pub fn subtree_root(op_hashes: &[Hash32]) -> Hash32 {
    let mut peaks = Peaks::new();
    op_hashes.iter().for_each(|hash| peaks.append(hash));
    peaks.root()
}

/// The right edge of a tree: the roots of the complete subtrees that make up its size, the largest
/// first. Enough to append to the tree and to know its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    roots: Vec<Hash32>,
}

impl Peaks {
    /// An empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, roots: Vec::new() }
    }

    /// Appends an operation by its hash.
    pub fn append(&mut self, op_hash: &Hash32) {
        let mut root = leaf(op_hash);
        // one complete subtree ends for each trailing one of the size
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                root = node(&left, &root);
            }
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        let folded = self.roots.iter().rev().copied().reduce(|right, left| node(&left, &right));
        folded.unwrap_or_else(empty_root)
    }

    /// Leaves of the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The frontier at `size` of a tree whose complete subtrees are known.
    ///
    /// # Errors
    /// [`ProofFault`].
    pub fn at<N: Nodes>(nodes: &mut N, size: u64) -> Result<Self, ProofFault<N::Error>> {
        if size > SIZE_MAX {
            return Err(ProofFault::Size);
        }
        let roots = peaks_of(0, size).map(|(level, index)| fetch(nodes, level, index)).collect::<Result<_, _>>()?;
        Ok(Self { size, roots })
    }

    /// Size (8 bytes, big-endian) and the roots, largest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        self.roots.iter().for_each(|root| bytes.extend_from_slice(root.as_bytes()));
        bytes
    }

    /// Reads the stored form; `None` where the roots are not those that the size asks for.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, roots) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let roots: Vec<Hash32> = roots.chunks(32).map(Hash32::from_slice).collect::<Option<_>>()?;
        (size <= SIZE_MAX && roots.len() == size.count_ones() as usize).then_some(Self { size, roots })
    }
}

/// Where the roots of complete subtrees come from.
pub trait Nodes {
    /// What can go wrong there.
    type Error;

    /// The root of a complete subtree; level 0 gives [`leaf`] of an operation's hash. `None` where
    /// the subtree is not complete.
    ///
    /// # Errors
    /// Those of the store behind.
    fn node(&mut self, level: u8, index: u64) -> Result<Option<Hash32>, Self::Error>;
}

/// Why a root or proof cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault<E> {
    /// The sizes are not ascending or beyond what a scope can have.
    #[error("数据核对的范围不对，请重新同步")]
    Size,
    /// A subtree that must be complete is not there.
    #[error("数据核对缺少一段记录，请运行数据校验")]
    Missing,
    /// The store's own.
    #[error("{0}")]
    Store(E),
}

fn fetch<N: Nodes>(nodes: &mut N, level: u8, index: u64) -> Result<Hash32, ProofFault<N::Error>> {
    nodes.node(level, index).map_err(ProofFault::Store)?.ok_or(ProofFault::Missing)
}

/// The complete subtrees that make up `begin..end`, from left to right. `begin` must be a multiple
/// of a power of two that is not below the length, as the left end of every subtree is.
fn peaks_of(begin: u64, end: u64) -> impl Iterator<Item = (u8, u64)> {
    let mut at = begin;
    std::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        // at most 40, see SIZE_MAX
        let level = left.ilog2() as u8;
        let index = at >> level;
        at += 1 << level;
        Some((level, index))
    })
}

/// The root over `begin..end`, which is a subtree of RFC 6962 (complete or at the right edge).
fn root_between<N: Nodes>(nodes: &mut N, begin: u64, end: u64) -> Result<Hash32, ProofFault<N::Error>> {
    let roots: Vec<Hash32> =
        peaks_of(begin, end).map(|(level, index)| fetch(nodes, level, index)).collect::<Result<_, _>>()?;
    let folded = roots.into_iter().rev().reduce(|right, left| node(&left, &right));
    Ok(folded.unwrap_or_else(empty_root))
}

/// The root at `size`.
///
/// # Errors
/// [`ProofFault`].
pub fn root_at<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash32, ProofFault<N::Error>> {
    Ok(Peaks::at(nodes, size)?.root())
}

/// Proves that the tree at `old` is the beginning of the tree at `new` (RFC 6962 §2.1.2); empty where
/// `old` is 0 or both are the same.
///
/// # Errors
/// [`ProofFault`].
pub fn consistency_proof<N: Nodes>(nodes: &mut N, old: u64, new: u64) -> Result<Vec<Hash32>, ProofFault<N::Error>> {
    if old > new || new > SIZE_MAX {
        return Err(ProofFault::Size);
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut proof = Vec::new();
    let (mut begin, mut end, mut whole) = (0, new, true);
    let mut siblings = Vec::new();
    // down to the subtree that ends exactly at `old`
    while old < end {
        let middle = begin + split(end - begin);
        if old <= middle {
            siblings.push((middle, end));
            end = middle;
        } else {
            siblings.push((begin, middle));
            begin = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(root_between(nodes, begin, end)?);
    }
    for (begin, end) in siblings.into_iter().rev() {
        proof.push(root_between(nodes, begin, end)?);
    }
    Ok(proof)
}

/// The largest power of two below `len`, which is at least 2.
const fn split(len: u64) -> u64 {
    1 << (len - 1).ilog2()
}

/// Checks a consistency proof (RFC 9162 §2.1.4.2).
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash32, new: u64, new_root: &Hash32, proof: &[Hash32]) -> bool {
    if old > new || new > SIZE_MAX {
        return false;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root() && (new > 0 || *new_root == empty_root());
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let (mut below, mut last) = (old - 1, new - 1);
    let skipped = below.trailing_ones();
    below >>= skipped;
    last >>= skipped;
    let mut rest = proof.iter();
    // where `old` is a complete subtree, the proof begins with its root, which both sides know
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else {
        return false;
    };
    let (mut to_old, mut to_new) = (*first, *first);
    for step in rest {
        if last == 0 {
            return false;
        }
        if below & 1 == 1 || below == last {
            to_old = node(step, &to_old);
            to_new = node(step, &to_new);
            while below & 1 == 0 && below != 0 {
                below >>= 1;
                last >>= 1;
            }
        } else {
            to_new = node(&to_new, step);
        }
        below >>= 1;
        last >>= 1;
    }
    last == 0 && to_old == *old_root && to_new == *new_root
}

#[cfg(test)]
mod tests;
