//! The whole content of an operation, for the person who decides about it.

use zhenxin_domain::ids::OpId;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::seal::{Place, Sealed, Subject, open};

use crate::error::StoreError;
use crate::query::Reader;
use crate::query::oplog::{self, OpRow, OpStatus};
use crate::vault::{Held, Vault};

/// An operation with its body.
#[derive(Debug, Clone)]
pub struct OpContent {
    /// Where it stands.
    pub row: OpRow,
    /// What it says; `None` for a kind of a newer program and for a broken one.
    pub body: Option<Body>,
}

/// What a sealed value reads as.
#[derive(Clone, PartialEq, Eq)]
pub enum Unsealed {
    /// The text.
    Text(String),
    /// Its key has not arrived.
    Waiting,
    /// The person was erased.
    Erased,
    /// It does not open with its key.
    Unreadable,
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Waiting => "Waiting",
            Self::Erased => "Erased",
            Self::Unreadable => "Unreadable",
        })
    }
}

impl Reader<'_> {
    /// The operation of a content id with its body.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_content(&self, content: OpId) -> Result<Option<OpContent>, StoreError> {
        let Some(row) = self.op_of_content(content)? else { return Ok(None) };
        let bytes = self.op_bytes(row.id)?.unwrap_or_default();
        let body = Op::from_bytes(&bytes).ok().and_then(|op| op.read_body().ok().flatten());
        Ok(Some(OpContent { row, body }))
    }

    /// What an operation says that was set aside; `None` where it is none that this program can read.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn set_aside_content(&self, hash: &Hash32) -> Result<Option<OpContent>, StoreError> {
        let sql = "SELECT bytes, 0, 0, server_seq, NULL, NULL, NULL, at FROM set_aside WHERE hash = ?1";
        let Some((bytes, row)) = self
            .one(sql, [hash.as_bytes()], |row| Ok((row.get::<_, Vec<u8>>(0)?, oplog::read(row)?)))?
            .and_then(|(bytes, row)| row.map(|row| (bytes, row)))
        else {
            return Ok(None);
        };
        let body = Op::from_bytes(&bytes).ok().and_then(|op| op.read_body().ok().flatten());
        Ok(Some(OpContent { row: OpRow { status: OpStatus::Rejected, ..row }, body }))
    }

    /// Opens a sealed value of an operation.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn unseal(
        &self,
        content: OpId,
        subject: &Subject,
        field: &str,
        sealed: &Sealed,
    ) -> Result<Unsealed, StoreError> {
        Ok(match Vault::new(self.conn()).held(subject)? {
            Held::Waiting => Unsealed::Waiting,
            Held::Erased => Unsealed::Erased,
            Held::Key(key) => match open(&key, Place { op: content, subject: *subject, field }, sealed) {
                Ok(plain) => Unsealed::Text(plain.to_string()),
                Err(_) => Unsealed::Unreadable,
            },
        })
    }
}
