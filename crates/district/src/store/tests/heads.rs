//! Heads, proofs, roots, and the mending of damaged ops.

use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::verify_scope_heads;
use zhenxin_protocol::merkle::{Peaks, leaf, subtree_root, verify_consistency};
use zhenxin_protocol::wire::heads::{HeadsAnswer, OpPlace, ProvenHead, ScopeHead};
use zhenxin_protocol::wire::ops::OpOutcome;
use zhenxin_protocol::wire::repair::NodePlace;

use super::{Bench, accepted, stories};
use crate::fixture::{Author, OTHER_VILLAGE, TOWN, VILLAGE, scope};
use crate::store::pull::PullError;
use crate::store::repair::MendedOps;

stories! {
    a_head_that_is_a_prefix_is_proven_and_another_is_not
    roots_are_those_of_the_ops
    a_damaged_op_is_held_back_asked_for_and_mended
    a_damaged_hash_is_mended_from_the_bytes
}

fn head_of<'h>(answer: &'h HeadsAnswer, village: &str) -> &'h ProvenHead {
    answer.heads.iter().find(|head| head.scope == scope(village)).unwrap()
}

fn a_head_that_is_a_prefix_is_proven_and_another_is_not(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    // over the first stored level, and into the next block
    let ops = author.ops(VILLAGE, 700);
    let hashes: Vec<Hash32> = ops.iter().map(|op| Hash32::of(op)).collect();
    for batch in ops.chunks(97) {
        bench.push(&author, batch);
    }
    let whole = subtree_root(&hashes);
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 640, 699, 700] {
        let root = subtree_root(&hashes[..size]);
        let mine = ScopeHead { scope: scope(VILLAGE), size: size as u64, root };
        let answer = bench.store.heads(&device, &[mine]).unwrap();
        let heads: Vec<ScopeHead> = answer.heads.iter().map(ProvenHead::head).collect();
        verify_scope_heads(&bench.store.sign_key(), bench.store.lineage(), &heads, &answer.signature).unwrap();
        let head = head_of(&answer, VILLAGE);
        assert_eq!((head.size, head.root), (700, whole));
        let proof = head.proof.as_ref().unwrap();
        assert!(verify_consistency(size as u64, &root, 700, &whole, proof), "{size}");
        let other = ScopeHead { root: Hash32::ZERO, ..mine };
        assert_eq!(head_of(&bench.store.heads(&device, &[other]).unwrap(), VILLAGE).proof, None, "{size}");
    }
    let ahead = ScopeHead { scope: scope(VILLAGE), size: 701, root: whole };
    assert_eq!(head_of(&bench.store.heads(&device, &[ahead]).unwrap(), VILLAGE).proof, None);
    let town = bench.store.heads(&device, &[]).unwrap();
    assert_eq!((head_of(&town, TOWN).size, &head_of(&town, TOWN).proof), (0, &None));
    assert_eq!(town.epoch, 1);
    bench.sound();
}

fn roots_are_those_of_the_ops(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let ops = author.ops(VILLAGE, 520);
    let hashes: Vec<Hash32> = ops.iter().map(|op| Hash32::of(op)).collect();
    for batch in ops.chunks(200) {
        bench.push(&author, batch);
    }
    let roots = |places: &[(u8, u64)]| {
        let places: Vec<NodePlace> =
            places.iter().map(|(level, index)| NodePlace { level: *level, index: *index }).collect();
        let roots = bench.store.roots(&device, scope(VILLAGE), &places).unwrap().unwrap();
        roots.into_iter().map(|root| root.0).collect::<Vec<_>>()
    };
    let part = |from: usize, to: usize| Some(subtree_root(&hashes[from..to]));
    assert_eq!(
        roots(&[(0, 0), (0, 519), (3, 64), (7, 3), (8, 0), (8, 1), (9, 0)]),
        [
            Some(leaf(&hashes[0])),
            Some(leaf(&hashes[519])),
            part(512, 520),
            part(384, 512),
            part(0, 256),
            part(256, 512),
            part(0, 512)
        ]
    );
    assert_eq!(roots(&[(0, 520), (4, 32), (8, 2), (9, 1), (40, 0), (63, 1), (70, 0), (1, u64::MAX)]), [None; 8]);
}

fn a_damaged_op_is_held_back_asked_for_and_mended(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let mut ops = author.ops(VILLAGE, 5);
    ops.extend(author.ops(OTHER_VILLAGE, 2));
    bench.push(&author, &ops);
    let mut flipped = ops[2].clone();
    *flipped.last_mut().unwrap() ^= 1;
    let whole = bench.pulled(&device);
    bench.meddle("UPDATE op SET bytes = $1 WHERE seq = 3", &[(&flipped).into()]);
    // what comes before it is given, and so are the other scopes
    let answer = bench.store.pull(&device, &[], None).unwrap();
    bench.check_signature(&answer);
    let given: Vec<(usize, bool)> = answer.pages.iter().map(|page| (page.ops.len(), page.more)).collect();
    assert_eq!(given, [(2, true), (2, false)]);
    let head = answer.pages[0].head.unwrap();
    let mut peaks = Peaks::new();
    ops[..2].iter().for_each(|op| peaks.append(&Hash32::of(op)));
    assert_eq!((head.size, head.root), (2, peaks.root()));
    // where nothing else is left to give, it is said aloud
    let cursors = answer
        .pages
        .iter()
        .map(|page| zhenxin_protocol::wire::ops::Cursor { scope: page.scope, after: page.head.unwrap().size });
    let cursors: Vec<_> = cursors.collect();
    assert!(matches!(bench.store.pull(&device, &cursors, None), Err(PullError::Damaged)));
    let wanted = || bench.store.heads(&device, &[]).unwrap().wanted;
    assert_eq!(wanted(), [OpPlace { scope: scope(VILLAGE), server_seq: 3 }]);
    assert_eq!(bench.store.verify().unwrap().findings.len(), 1);
    // other bytes are not taken, whoever brings them
    assert_eq!(bench.store.mend(&device, &[&flipped, &ops[1]]).unwrap(), 0);
    assert_eq!(bench.store.mend(&device, &[&ops[1], &ops[2]]).unwrap(), 1);
    assert_eq!(bench.store.mend(&device, &[&ops[2]]).unwrap(), 0);
    assert_eq!(wanted(), []);
    assert_eq!(bench.pulled(&device), whole);
    bench.sound();
}

fn a_damaged_hash_is_mended_from_the_bytes(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let ops = author.ops(VILLAGE, 6);
    bench.push(&author, &ops);
    let whole = bench.pulled(&device);
    let turn = |seq: u64| {
        let mut hash = *Hash32::of(&ops[seq as usize - 1]).as_bytes();
        hash[7] ^= 1;
        let sql = "UPDATE op SET hash = $1 WHERE seq = $2";
        assert_eq!(bench.meddle(sql, &[hash.as_slice().into(), seq.into()]), 1);
        assert!(!bench.store.verify().unwrap().is_sound());
    };
    // whoever pulls it gets it
    turn(3);
    assert_eq!(bench.pulled(&device), whole);
    bench.sound();
    // whoever asks for a proof that needs it gets one that holds
    turn(5);
    let root = subtree_root(&ops[..5].iter().map(|op| Hash32::of(op)).collect::<Vec<_>>());
    let answer = bench.store.heads(&device, &[ScopeHead { scope: scope(VILLAGE), size: 5, root }]).unwrap();
    let head = head_of(&answer, VILLAGE);
    assert!(verify_consistency(5, &root, 6, &head.root, head.proof.as_ref().unwrap()));
    assert_eq!(answer.wanted, []);
    bench.sound();
    turn(2);
    bench.store.roots(&device, scope(VILLAGE), &[NodePlace { level: 0, index: 1 }]).unwrap();
    bench.sound();
    // an author who says it again, or goes on after it, is no fork
    turn(6);
    assert_eq!(bench.push(&author, &ops[5..]), [OpOutcome::Duplicate { server_seq: 6, issue: None }]);
    bench.sound();
    turn(6);
    let next = author.ops(VILLAGE, 1);
    assert_eq!(bench.push(&author, &next), accepted(7..=7));
    bench.sound();
    // and what nobody asks for is found by the administrator
    turn(4);
    let mut flipped = ops[0].clone();
    *flipped.last_mut().unwrap() ^= 1;
    bench.meddle("UPDATE op SET bytes = $1 WHERE seq = 1", &[(&flipped).into()]);
    assert_eq!(bench.store.mend_ops().unwrap(), MendedOps { mended: 1, asked_back: 1 });
    assert_eq!(bench.store.heads(&device, &[]).unwrap().wanted.len(), 1);
    assert_eq!(bench.store.mend(&device, &[&ops[0]]).unwrap(), 1);
    bench.sound();
}
