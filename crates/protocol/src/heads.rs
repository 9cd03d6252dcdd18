//! What the district signs with its own key: the heads of scopes and the documents that it
//! publishes. A device that keeps a signed head can prove later that the district went back on it.

use zhenxin_domain::division::Scope;

use crate::device_key::{Context, ED25519_TAG, SignatureFault, sign, verify};
use crate::hash::Hash32;
use crate::wire::Lineage;
use crate::wire::heads::ScopeHead;
use crate::wire::ops::{HeadSignature, Page};
use crate::wire::published::Published;

fn heads_content(lineage: Lineage, heads: &[ScopeHead]) -> Vec<u8> {
    let mut content = lineage.0.to_vec();
    for head in heads {
        let scope = head.scope.as_str().as_bytes();
        // a code has 9 or 12 digits
        content.push(scope.len() as u8);
        content.extend_from_slice(scope);
        content.extend_from_slice(&head.size.to_be_bytes());
        content.extend_from_slice(head.root.as_bytes());
    }
    content
}

/// Signs the heads of scopes in their order.
#[must_use]
pub fn sign_scope_heads(seed: &[u8; 32], lineage: Lineage, heads: &[ScopeHead]) -> HeadSignature {
    let signature = sign(seed, Context::ScopeHeads, &heads_content(lineage, heads)).to_vec();
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
    verify(public, Context::ScopeHeads, &heads_content(lineage, heads), &signature.signature)
}

/// The heads of an answer's pages that have one, in the order of the pages: what
/// [`crate::wire::ops::PullAnswer::signature`] signs.
#[must_use]
pub fn page_heads(pages: &[Page]) -> Vec<ScopeHead> {
    let head = |page: &Page| Some(ScopeHead { scope: page.scope, size: page.head?.size, root: page.head?.root });
    pages.iter().filter_map(head).collect()
}

fn published_content(kind: &str, version: u64, bytes: &[u8]) -> Vec<u8> {
    let digest = Hash32::of(bytes);
    [kind.as_bytes(), &[0], &version.to_be_bytes(), digest.as_bytes()].concat()
}

/// Signs a document that the district publishes.
#[must_use]
pub fn sign_published(seed: &[u8; 32], kind: &str, version: u64, bytes: &[u8]) -> [u8; 64] {
    sign(seed, Context::Published, &published_content(kind, version, bytes))
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
    let content = published_content(&document.kind, document.version, &document.bytes);
    verify(public, Context::Published, &content, &document.signature)
}

/// The head of an empty scope, where nothing has been written yet.
#[must_use]
pub fn empty_head(scope: Scope) -> ScopeHead {
    ScopeHead { scope, size: 0, root: crate::merkle::empty_root() }
}

#[cfg(test)]
mod tests;
