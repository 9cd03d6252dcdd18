#![allow(clippy::unwrap_used)]
use super::*;
use crate::device_key::public_key;
use crate::wire::ops::{OrderedOp, PageHead};

const SEED: [u8; 32] = [5; 32];
const LINEAGE: Lineage = Lineage([9; 16]);

fn head(scope: &str, size: u64) -> ScopeHead {
    ScopeHead { scope: scope.parse().unwrap(), size, root: Hash32::of(&size.to_be_bytes()) }
}

#[test]
fn a_signature_covers_lineage_scopes_sizes_roots_and_their_order() {
    let heads = [head("330211101", 7), head("330211101200", 8)];
    let public = public_key(&SEED);
    let signature = sign_scope_heads(&SEED, LINEAGE, &heads);
    assert_eq!(verify_scope_heads(&public, LINEAGE, &heads, &signature), Ok(()));
    let swapped = [heads[1], heads[0]];
    let others: [&[ScopeHead]; 5] = [
        &swapped,
        &heads[..1],
        &[heads[0], head("330211101201", 8)],
        &[heads[0], ScopeHead { size: 9, ..heads[1] }],
        &[heads[0], ScopeHead { root: Hash32::ZERO, ..heads[1] }],
    ];
    for other in others {
        assert_eq!(verify_scope_heads(&public, LINEAGE, other, &signature), Err(SignatureFault));
    }
    assert!(verify_scope_heads(&public, Lineage([8; 16]), &heads, &signature).is_err());
    assert!(verify_scope_heads(&public_key(&[6; 32]), LINEAGE, &heads, &signature).is_err());
    let other_alg = HeadSignature { alg: "sm2".to_owned(), ..signature };
    assert!(verify_scope_heads(&public, LINEAGE, &heads, &other_alg).is_err());
}

#[test]
fn a_page_without_ops_is_not_signed() {
    let page = |scope: &str, size: Option<u64>| Page {
        scope: scope.parse().unwrap(),
        ops: size.map(|server_seq| OrderedOp { server_seq, bytes: vec![1], issue: None }).into_iter().collect(),
        more: true,
        head: size.map(|size| PageHead { size, root: Hash32::of(&size.to_be_bytes()) }),
    };
    let pages = [page("330211101", Some(3)), page("330211101200", None), page("330211101201", Some(4))];
    assert_eq!(page_heads(&pages), [head("330211101", 3), head("330211101201", 4)]);
}

#[test]
fn a_document_is_published_under_one_kind_and_version() {
    let bytes = br#"{"days":[]}"#;
    let document = Published {
        kind: "holidays".to_owned(),
        version: 3,
        bytes: bytes.to_vec(),
        published_at_ms: 1,
        alg: ED25519_TAG.to_owned(),
        signature: sign_published(&SEED, "holidays", 3, bytes).to_vec(),
    };
    let public = public_key(&SEED);
    assert_eq!(verify_published(&public, &document), Ok(()));
    for other in [
        Published { kind: "holiday".to_owned(), ..document.clone() },
        Published { version: 4, ..document.clone() },
        Published { bytes: b"{}".to_vec(), ..document.clone() },
        Published { alg: "sm2".to_owned(), ..document.clone() },
        Published { kind: "holidays\0".to_owned(), ..document.clone() },
    ] {
        assert_eq!(verify_published(&public, &other), Err(SignatureFault));
    }
    assert!(verify_published(&public_key(&[6; 32]), &document).is_err());
}
