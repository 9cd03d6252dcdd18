//! What the district has published and this PC holds.

use zhenxin_protocol::wire::published::KINDS;
use zhenxin_store::{Store, StoreError};

/// A document that the district signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedDoc {
    /// One of [`KINDS`].
    pub kind: String,
    /// Its version; a newer one replaces it.
    pub version: u64,
    /// JSON.
    pub bytes: Vec<u8>,
    /// When it was published, milliseconds UTC.
    pub published_at_ms: i64,
}

/// The newest document of each kind, in the order of [`KINDS`].
///
/// # Errors
/// Faults of the store.
pub fn published(store: &Store) -> Result<Vec<PublishedDoc>, StoreError> {
    store.read(|reader| {
        let mut documents = Vec::new();
        for kind in KINDS {
            if let Some(document) = reader.published(kind)? {
                documents.push(PublishedDoc {
                    kind: document.kind,
                    version: document.version,
                    bytes: document.bytes,
                    published_at_ms: document.published_at_ms,
                });
            }
        }
        Ok(documents)
    })
}
