use super::*;

#[test]
fn a_signature_fits_its_key_and_its_head_only() {
    let seed = [5; 32];
    let head = Hash32::of(b"head");
    let signature = sign_head(&seed, &head);
    assert_eq!(verify_head(&public_key(&seed), &head, &signature), Ok(()));
    assert_eq!(verify_head(&public_key(&[6; 32]), &head, &signature), Err(SignatureFault));
    assert_eq!(verify_head(&public_key(&seed), &Hash32::of(b"other"), &signature), Err(SignatureFault));
    assert_eq!(verify_head(&public_key(&seed), &head, &signature[..63]), Err(SignatureFault));
    let mut changed = signature;
    changed[10] ^= 1;
    assert_eq!(verify_head(&public_key(&seed), &head, &changed), Err(SignatureFault));
}
