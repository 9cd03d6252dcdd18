//! The records of a backup file.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use crate::store::db::Value;

/// Whose backup it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Header {
    /// Format of the database.
    #[n(0)]
    pub(super) format: i64,
    /// Name of the history.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) lineage: [u8; 16],
    /// The district's public key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) sign_key: [u8; 32],
    /// When it was made, milliseconds UTC.
    #[n(3)]
    pub(super) made_at_ms: i64,
}

/// One record.
#[derive(Debug, Encode, Decode)]
pub(super) enum Record {
    /// The first one.
    #[n(0)]
    Header(#[n(0)] Header),
    /// Rows of a table.
    #[n(1)]
    Rows(#[n(0)] String, #[n(1)] Vec<Cells>),
    /// The last one: how many rows there were.
    #[n(2)]
    End(#[n(0)] u64),
}

/// A row with its sum.
#[derive(Debug)]
pub(super) struct Cells(pub(super) Vec<Value<'static>>);

impl<C> Encode<C> for Cells {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(self.0.len() as u64)?;
        for value in &self.0 {
            match value {
                Value::Null => e.null()?,
                Value::Int(number) => e.i64(*number)?,
                Value::Text(text) => e.str(text)?,
                Value::Blob(bytes) => e.bytes(bytes)?,
            };
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Cells {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let length = d.array()?.ok_or_else(|| DecodeError::message("a row of unknown length"))?;
        // grown as it is read: a forged length must not reserve memory
        let mut cells = Vec::new();
        for _ in 0..length {
            cells.push(match d.datatype()? {
                Type::Null => {
                    d.null()?;
                    Value::Null
                }
                Type::String => d.str()?.to_owned().into(),
                Type::Bytes => d.bytes()?.to_owned().into(),
                _ => Value::Int(d.i64()?),
            });
        }
        Ok(Self(cells))
    }
}
