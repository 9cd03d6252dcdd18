//! Photos, scans and other files that an operation refers to.

use std::fmt;

use zhenxin_domain::ids::EvidenceId;
use zhenxin_protocol::body::award::EvidenceRow;
use zhenxin_protocol::hash::Hash32;

use super::Tx;
use crate::error::StoreError;

/// A photo or scan.
#[derive(Clone)]
pub struct EvidenceDraft {
    /// Media type.
    pub mime: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for EvidenceDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EvidenceDraft({}, {} bytes)", self.mime, self.bytes.len())
    }
}

impl Tx<'_> {
    /// Keeps the bytes under their hash and gives what an operation says of them. They stay on this
    /// device until the lane of attachments takes them.
    pub(crate) fn keep_attachment(&mut self, draft: &EvidenceDraft) -> Result<EvidenceRow, StoreError> {
        let hash = Hash32::of(&draft.bytes);
        self.log
            .conn
            .prepare_cached("INSERT OR IGNORE INTO attachment (hash, bytes) VALUES (?1, ?2)")?
            .execute((hash.as_bytes(), &draft.bytes))?;
        Ok(EvidenceRow {
            evidence: EvidenceId::from_uuid(self.new_uuid()),
            hash,
            mime: draft.mime.clone(),
            bytes_len: draft.bytes.len() as u64,
        })
    }
}
