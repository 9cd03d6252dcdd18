#![allow(clippy::unwrap_used)]
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// Sizes that are checked exhaustively: past 128, so that every shape of seven levels occurs.
const SIZES: u64 = 131;

fn hashes(count: u64) -> Vec<Hash32> {
    (0..count).map(|number| Hash32::of(&number.to_be_bytes())).collect()
}

/// RFC 6962 §2.1 word for word, from the operations' hashes.
fn root_by_definition(hashes: &[Hash32]) -> Hash32 {
    match hashes {
        [] => Hash32::of(&[]),
        [one] => Hash32::of_parts(&[&[0], one.as_bytes()]),
        many => {
            let mut split = 1;
            while split * 2 < many.len() {
                split *= 2;
            }
            let (left, right) = (root_by_definition(&many[..split]), root_by_definition(&many[split..]));
            Hash32::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
        }
    }
}

/// RFC 6962 §2.1.2 word for word.
fn proof_by_definition(old: usize, hashes: &[Hash32], whole: bool) -> Vec<Hash32> {
    if old == hashes.len() {
        return if whole { Vec::new() } else { vec![root_by_definition(hashes)] };
    }
    let mut split = 1;
    while split * 2 < hashes.len() {
        split *= 2;
    }
    let (left, right) = hashes.split_at(split);
    let (mut proof, last) = if old <= split {
        (proof_by_definition(old, left, whole), root_by_definition(right))
    } else {
        (proof_by_definition(old - split, right, false), root_by_definition(left))
    };
    proof.push(last);
    proof
}

struct Held(Vec<Hash32>);

impl Nodes for Held {
    type Error = Infallible;

    fn node(&mut self, level: u8, index: u64) -> Result<Option<Hash32>, Infallible> {
        let begin = usize::try_from(index << level).unwrap();
        let end = begin + (1 << level);
        Ok(self.0.get(begin..end).map(root_by_definition))
    }
}

#[test]
fn roots_are_those_of_the_definition_at_every_size() {
    let all = hashes(SIZES);
    let mut peaks = Peaks::new();
    for size in 0..SIZES {
        let part = &all[..size as usize];
        let root = root_by_definition(part);
        assert_eq!(peaks.size(), size);
        assert_eq!(peaks.root(), root);
        assert_eq!(subtree_root(part), root);
        let mut held = Held(part.to_vec());
        assert_eq!(root_at(&mut held, size).unwrap(), root);
        assert_eq!(Peaks::at(&mut held, size).unwrap(), peaks);
        assert_eq!(Peaks::from_bytes(&peaks.to_bytes()).unwrap(), peaks);
        peaks.append(&all[size as usize]);
    }
}

#[test]
fn proofs_are_those_of_the_definition_and_hold_for_every_pair_of_sizes() {
    let all = hashes(SIZES);
    let roots: Vec<Hash32> = (0..=SIZES as usize).map(|size| root_by_definition(&all[..size])).collect();
    let mut held = Held(all.clone());
    for new in 0..=SIZES as usize {
        for old in 0..=new {
            let proof = consistency_proof(&mut held, old as u64, new as u64).unwrap();
            if old > 0 {
                assert_eq!(proof, proof_by_definition(old, &all[..new], true), "{old} to {new}");
            }
            assert!(verify_consistency(old as u64, &roots[old], new as u64, &roots[new], &proof), "{old} to {new}");
        }
    }
}

#[test]
fn a_proof_holds_for_nothing_else() {
    let all = hashes(SIZES);
    let mut held = Held(all.clone());
    let strange = Hash32([7; 32]);
    for new in 1..40u64 {
        for old in 1..new {
            let (from, to) = (root_at(&mut held, old).unwrap(), root_at(&mut held, new).unwrap());
            let proof = consistency_proof(&mut held, old, new).unwrap();
            assert!(!verify_consistency(old, &strange, new, &to, &proof));
            assert!(!verify_consistency(old, &from, new, &strange, &proof));
            assert!(!verify_consistency(new, &to, old, &from, &proof));
            assert!(!verify_consistency(old, &from, new, &to, &proof[1..]));
            assert!(!verify_consistency(old, &from, new, &to, &[proof.as_slice(), &[strange]].concat()));
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place] = strange;
                assert!(!verify_consistency(old, &from, new, &to, &changed), "{old} to {new}, {place}");
            }
        }
    }
    // a shorter history under the name of a longer one
    let (from, to) = (root_at(&mut held, 3).unwrap(), root_at(&mut held, 4).unwrap());
    let proof = consistency_proof(&mut held, 3, 4).unwrap();
    assert!(verify_consistency(3, &from, 4, &to, &proof));
    assert!(!verify_consistency(3, &from, 7, &to, &proof));
    assert!(!verify_consistency(0, &strange, 5, &strange, &[]));
    assert!(!verify_consistency(0, &empty_root(), 0, &strange, &[]));
}

#[test]
fn what_is_missing_or_out_of_order_is_named() {
    let mut held = Held(hashes(10));
    assert_eq!(root_at(&mut held, 11), Err(ProofFault::Missing));
    assert_eq!(consistency_proof(&mut held, 5, 12), Err(ProofFault::Missing));
    assert_eq!(consistency_proof(&mut held, 6, 5), Err(ProofFault::Size));
    assert_eq!(root_at(&mut held, SIZE_MAX + 1), Err(ProofFault::Size));
}

#[test]
fn a_stored_frontier_fits_its_size() {
    let mut peaks = Peaks::new();
    hashes(11).iter().for_each(|hash| peaks.append(hash));
    let bytes = peaks.to_bytes();
    assert_eq!(bytes.len(), 8 + 3 * 32);
    assert_eq!(Peaks::from_bytes(&bytes[..bytes.len() - 1]), None);
    assert_eq!(Peaks::from_bytes(&bytes[..bytes.len() - 32]), None);
    assert_eq!(Peaks::from_bytes(&[bytes.as_slice(), &[0; 32]].concat()), None);
    assert_eq!(Peaks::from_bytes(&bytes[..7]), None);
    assert_eq!(Peaks::from_bytes(&u64::MAX.to_be_bytes()), None);
}

proptest! {
    #[test]
    fn two_histories_that_part_have_no_proof(size in 2u64..100, at in 0u64..100, more in 0u64..30) {
        let at = at % size;
        let mine = hashes(size);
        let mut theirs = hashes(size + more);
        theirs[at as usize] = Hash32([9; 32]);
        let mut held = Held(theirs);
        let (from, to) = (root_by_definition(&mine), root_at(&mut held, size + more).unwrap());
        let proof = consistency_proof(&mut held, size, size + more).unwrap();
        prop_assert!(!verify_consistency(size, &from, size + more, &to, &proof));
    }

    #[test]
    fn no_proof_makes_checking_panic(
        old: u64, new: u64, from: [u8; 32], to: [u8; 32], proof in proptest::collection::vec(any::<[u8; 32]>(), 0..50),
    ) {
        let proof: Vec<Hash32> = proof.into_iter().map(Hash32).collect();
        let _ = verify_consistency(old, &Hash32(from), new, &Hash32(to), &proof);
    }

    #[test]
    fn no_bytes_make_reading_a_frontier_panic(bytes: Vec<u8>) {
        let _ = Peaks::from_bytes(&bytes);
    }
}
