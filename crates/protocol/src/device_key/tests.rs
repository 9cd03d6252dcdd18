use super::*;

#[test]
fn a_signature_belongs_to_its_key_and_its_hash() {
    let seed = [5; 32];
    let head = Hash32::of(b"head");
    let signature = sign_hash(&seed, Context::ChainHead, &head);
    let verify = |public, head, signature: &[u8]| verify_hash(&public, Context::ChainHead, &head, signature);
    assert_eq!(verify(public_key(&seed), head, &signature), Ok(()));
    assert_eq!(verify(public_key(&[6; 32]), head, &signature), Err(SignatureFault));
    assert_eq!(verify(public_key(&seed), Hash32::of(b"other"), &signature), Err(SignatureFault));
    assert_eq!(verify(public_key(&seed), head, &signature[..63]), Err(SignatureFault));
    let mut changed = signature;
    changed[10] ^= 1;
    assert_eq!(verify(public_key(&seed), head, &changed), Err(SignatureFault));
}

#[test]
fn a_signature_of_one_use_counts_for_no_other() {
    let (seed, hash) = ([5; 32], Hash32::of(b"something"));
    for signed in Context::ALL {
        let signature = sign_hash(&seed, signed, &hash);
        for asked in Context::ALL {
            let verdict = verify_hash(&public_key(&seed), asked, &hash, &signature);
            assert_eq!(verdict.is_ok(), asked == signed, "{signed:?} as {asked:?}");
        }
        assert_eq!(signed.tag().iter().position(|byte| *byte == 0), Some(signed.tag().len() - 1));
    }
}
