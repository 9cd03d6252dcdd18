//! Stretching of passwords: argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{hex, unhex};
use crate::error::StoreError;
use crate::ports::Ports;

/// What one guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// RFC 9106 §4, second recommended choice (64 MiB, 3 passes), with one lane because the
    /// program stretches on one thread.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// For tests that make many files; guards nothing.
    pub const WEAK_FOR_TESTS: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };
}

/// Most memory that a key file may ask for: four times ours leaves room to raise it, and a forged
/// file cannot make us reserve all memory.
const MEMORY_MAX_KIB: u32 = 256 * 1024;
/// Most passes that a key file may ask for, likewise.
const PASSES_MAX: u32 = 16;

/// Parameters and salt of one stretching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kdf {
    alg: String,
    #[serde(flatten)]
    cost: KdfCost,
    salt: String,
}

const ARGON2ID: &str = "argon2id";

impl Kdf {
    pub(crate) fn new(cost: KdfCost, ports: &Ports) -> Self {
        Self { alg: ARGON2ID.to_owned(), cost, salt: hex(&ports.random::<16>()) }
    }

    /// 64 bytes from a secret.
    pub(crate) fn stretch(&self, secret: &[u8]) -> Result<Zeroizing<[u8; 64]>, StoreError> {
        let KdfCost { memory_kib, passes, lanes } = self.cost;
        if self.alg != ARGON2ID || memory_kib > MEMORY_MAX_KIB || passes > PASSES_MAX {
            return Err(StoreError::KeyFile);
        }
        let salt = unhex(&self.salt).ok_or(StoreError::KeyFile)?;
        let params = Params::new(memory_kib, passes, lanes, Some(64)).map_err(|_| StoreError::KeyFile)?;
        let mut output = Zeroizing::new([0; 64]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(secret, &salt, output.as_mut())
            .map_err(|_| StoreError::KeyFile)?;
        Ok(output)
    }

    pub(crate) fn to_text(&self) -> String {
        let KdfCost { memory_kib, passes, lanes } = self.cost;
        format!("{}${memory_kib}${passes}${lanes}${}", self.alg, self.salt)
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let alg = parts.next()?.to_owned();
        let cost = KdfCost {
            memory_kib: parts.next()?.parse().ok()?,
            passes: parts.next()?.parse().ok()?,
            lanes: parts.next()?.parse().ok()?,
        };
        Some(Self { alg, cost, salt: parts.next()?.to_owned() })
    }
}
