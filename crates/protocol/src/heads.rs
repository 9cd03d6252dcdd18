//! What the district signs with its own key: the heads of scopes and the documents that it
//! publishes. A device that keeps a signed head can prove later that the district went back on it.

use zhenxin_domain::division::Scope;

use crate::device_key::{ED25519_TAG, SignatureFault, sign, verify};
use crate::hash::Hash32;
use crate::wire::Lineage;
use crate::wire::heads::ScopeHead;
use crate::wire::ops::{HeadSignature, Page};
use crate::wire::published::Published;

/// Contexts that keep one signature from being taken for another.
const HEADS_CONTEXT: &[u8] = b"zhenxin scope heads 1\0";
const PUBLISHED_CONTEXT: &[u8] = b"zhenxin published 1\0";

fn heads_message(lineage: Lineage, heads: &[ScopeHead]) -> Vec<u8> {
    let mut message = [HEADS_CONTEXT, &lineage.0].concat();
    for head in heads {
        let scope = head.scope.as_str().as_bytes();
        // a code has 9 or 12 digits
        message.push(scope.len() as u8);
        message.extend_from_slice(scope);
        message.extend_from_slice(&head.size.to_be_bytes());
        message.extend_from_slice(head.root.as_bytes());
    }
    message
}

/// Signs the heads of scopes in their order.
#[must_use]
pub fn sign_scope_heads(seed: &[u8; 32], lineage: Lineage, heads: &[ScopeHead]) -> HeadSignature {
    let signature = sign(seed, &heads_message(lineage, heads)).to_vec();
    HeadSignature { alg: ED25519_TAG.to_owned(), signature }
}

/// Checks the district's signature over heads in their order.
///
/// # Errors
/// [`SignatureFault`], also for an algorithm that is not known.
pub fn verify_scope_heads(
    public: &[u8; 32],
    lineage: Lineage,
    heads: &[ScopeHead],
    signature: &HeadSignature,
) -> Result<(), SignatureFault> {
    if signature.alg != ED25519_TAG {
        return Err(SignatureFault);
    }
    verify(public, &heads_message(lineage, heads), &signature.signature)
}

/// The heads of an answer's pages that have one, in the order of the pages: what
/// [`crate::wire::ops::PullAnswer::signature`] signs.
#[must_use]
pub fn page_heads(pages: &[Page]) -> Vec<ScopeHead> {
    let head = |page: &Page| Some(ScopeHead { scope: page.scope, size: page.head?.size, root: page.head?.root });
    pages.iter().filter_map(head).collect()
}

fn published_message(kind: &str, version: u64, bytes: &[u8]) -> Vec<u8> {
    let digest = Hash32::of(bytes);
    [PUBLISHED_CONTEXT, kind.as_bytes(), &[0], &version.to_be_bytes(), digest.as_bytes()].concat()
}

/// Signs a document that the district publishes.
#[must_use]
pub fn sign_published(seed: &[u8; 32], kind: &str, version: u64, bytes: &[u8]) -> [u8; 64] {
    sign(seed, &published_message(kind, version, bytes))
}

/// Checks the district's signature over a document.
///
/// # Errors
/// [`SignatureFault`], also for an algorithm that is not known.
pub fn verify_published(public: &[u8; 32], document: &Published) -> Result<(), SignatureFault> {
    // the zero byte ends the kind in what is signed
    if document.alg != ED25519_TAG || document.kind.contains('\0') {
        return Err(SignatureFault);
    }
    let message = published_message(&document.kind, document.version, &document.bytes);
    verify(public, &message, &document.signature)
}

/// The head of an empty scope, where nothing has been written yet.
#[must_use]
pub fn empty_head(scope: Scope) -> ScopeHead {
    ScopeHead { scope, size: 0, root: crate::merkle::empty_root() }
}

#[cfg(test)]
mod tests;
