//! How values of the domain are laid down in CBOR, for `#[cbor(with = "crate::canon", has_nil)]`.
//!
//! One value has one encoding: ids are byte strings of 16 bytes, codes are text, absent optional
//! values and empty maps are left out of the map that holds them. The domain's own types carry no
//! serialisation, so this module is where they meet the wire.

use std::collections::BTreeMap;

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use zhenxin_domain::division::{Scope, TownCode, VillageCode};
use zhenxin_domain::ids::{
    ActivityId, AttendanceId, AwardId, BrandId, BrandPartId, ConsentId, DataKeyId, DeviceId, EventId, EvidenceId,
    HandoverId, HouseholdId, ImportId, NeedId, OpId, RequestId, ResidentId, RuleId, RuleVersionId, ServiceOrderId,
    ServiceTypeId, TimeGiftId, TransferId, UserId,
};

/// A value with exactly one CBOR encoding.
pub trait Canon: Sized {
    /// Writes the value.
    ///
    /// # Errors
    /// Only those of the writer.
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>>;

    /// Reads the value.
    ///
    /// # Errors
    /// Where the bytes are not of this shape.
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    /// The value that stands for "absent from the map", where there is one.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// Whether the value is left out of the map.
    fn is_absent(&self) -> bool {
        false
    }
}

/// For `#[cbor(with)]`.
///
/// # Errors
/// Only those of the writer.
pub fn encode<C, T: Canon, W: Write>(value: &T, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
    value.put(e)
}

/// For `#[cbor(with)]`.
///
/// # Errors
/// Where the bytes are not of this shape.
pub fn decode<'b, C, T: Canon>(d: &mut Decoder<'b>, _: &mut C) -> Result<T, DecodeError> {
    T::take(d)
}

/// For `#[cbor(has_nil)]`.
#[must_use]
pub fn nil<T: Canon>() -> Option<T> {
    T::absent()
}

/// For `#[cbor(has_nil)]`.
pub fn is_nil<T: Canon>(value: &T) -> bool {
    value.is_absent()
}

/// Reads a byte string of exactly `N` bytes.
///
/// # Errors
/// Where it is shorter or longer.
pub fn take_bytes<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], DecodeError> {
    <[u8; N]>::try_from(d.bytes()?).map_err(|_| DecodeError::message("byte string of another length"))
}

macro_rules! canon_ids {
    ($($id:ident)+) => { $(
        impl Canon for $id {
            fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
                e.bytes(self.as_bytes())?.ok()
            }
            fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Ok(Self::from_bytes(take_bytes(d)?))
            }
        }
    )+ };
}

canon_ids! {
    ActivityId AwardId ConsentId DataKeyId DeviceId EvidenceId HouseholdId ImportId OpId RequestId
    ResidentId RuleId RuleVersionId TransferId UserId ServiceTypeId NeedId ServiceOrderId TimeGiftId BrandId BrandPartId
    EventId AttendanceId HandoverId
}

macro_rules! canon_codes {
    ($($code:ident)+) => { $(
        impl Canon for $code {
            fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
                e.str(self.as_str())?.ok()
            }
            fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                d.str()?.parse().map_err(|_| DecodeError::message("not a division code"))
            }
        }
    )+ };
}

canon_codes! { TownCode VillageCode Scope }

impl Canon for u8 {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.u8(*self)?.ok()
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.u8()
    }
}

impl Canon for u32 {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.u32(*self)?.ok()
    }

    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.u32()
    }
}

impl<T: Canon> Canon for Option<T> {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        match self {
            Some(value) => value.put(e),
            None => e.null()?.ok(),
        }
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(None);
        }
        T::take(d).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Canon> Canon for Vec<T> {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.array(self.len() as u64)?;
        self.iter().try_for_each(|value| value.put(e))
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let len = d.array()?.ok_or_else(|| DecodeError::message("array of indefinite length"))?;
        // Grown as it is read: a forged length must not reserve memory.
        let mut values = Self::new();
        for _ in 0..len {
            values.push(T::take(d)?);
        }
        Ok(values)
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<V: Canon> Canon for BTreeMap<u8, V> {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.map(self.len() as u64)?;
        self.iter().try_for_each(|(key, value)| {
            e.u8(*key)?;
            value.put(e)
        })
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let len = d.map()?.ok_or_else(|| DecodeError::message("map of indefinite length"))?;
        let mut values = Self::new();
        for _ in 0..len {
            let key = d.u8()?;
            if values.insert(key, V::take(d)?).is_some() {
                return Err(DecodeError::message("a key stands twice"));
            }
        }
        Ok(values)
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
