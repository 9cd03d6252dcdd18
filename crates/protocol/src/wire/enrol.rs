//! `/v1/enrol`: a one-time code against a token. Repeating the same request
//! (the answer was lost) is answered with a new token, not with "used".

use minicbor::{Decode, Encode};

use zhenxin_domain::ids::DeviceId;

use crate::hash::Hash32;

/// Bytes of a fingerprint that people compare: 80 bits, five groups of four.
const FINGERPRINT_BYTES: usize = 10;

/// Asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// [`super::code::EnrolCode`] as text.
    #[n(0)]
    pub code: String,
    /// The device's own id.
    #[cbor(n(1), with = "crate::canon")]
    pub device: DeviceId,
    /// Its label ("综合办 1 号机"); an empty one takes the label of the code.
    #[n(2)]
    pub label: String,
    /// Ed25519 public key that signs heads.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub sign_key: [u8; 32],
    /// X25519 public key to which data keys are wrapped.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub seal_key: [u8; 32],
    /// The device's town, 9 digits.
    #[n(5)]
    pub town: String,
    /// The device's signature over [`EnrolRequest::proof_hash`], which proves that it holds its signing key;
    /// [`crate::device_key::Context::Enrolment`].
    #[cbor(n(6), with = "minicbor::bytes")]
    pub proof: Vec<u8>,
}

impl EnrolRequest {
    /// What `proof` signs: device, both keys, town and code (the text as sent),
    /// each of fixed length or preceded by its length.
    #[must_use]
    pub fn proof_hash(&self) -> Hash32 {
        let mut material = self.device.as_bytes().to_vec();
        material.extend_from_slice(&self.sign_key);
        material.extend_from_slice(&self.seal_key);
        for text in [&self.town, &self.code] {
            material.extend_from_slice(&(text.len() as u64).to_be_bytes());
            material.extend_from_slice(text.as_bytes());
        }
        Hash32::of(&material)
    }
}

/// Let in.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolAnswer {
    /// Secret of 32 random bytes; the district stores only its hash. On each
    /// request it goes as `Authorization: Bearer` + base64url without padding.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub token: [u8; 32],
    /// Scopes granted, see [`super::scope::allows`].
    #[n(1)]
    pub scopes: Vec<String>,
    /// Epoch in which the device writes.
    #[n(2)]
    pub epoch: u32,
    /// Name of the district platform for the screen.
    #[n(3)]
    pub district_name: String,
    /// The label under which the district lists the device.
    #[n(4)]
    pub label: String,
    /// Ed25519 public key of the district. The device pins it: another key is
    /// another district.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub sign_key: [u8; 32],
    /// X25519 public key of the district, a recipient of bundle files.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub seal_key: [u8; 32],
}

/// The token stays out of every log.
impl std::fmt::Debug for EnrolAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolAnswer").field("scopes", &self.scopes).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Short form of a device's sealing key that two people compare by telephone:
/// the first 80 bits of its SM3, in hexadecimal groups of four.
#[must_use]
pub fn fingerprint(seal_key: &[u8; 32]) -> String {
    let hash = Hash32::of(seal_key);
    hash.as_bytes()[..FINGERPRINT_BYTES]
        .chunks(2)
        .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}
