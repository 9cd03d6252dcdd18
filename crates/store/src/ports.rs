//! What the store takes from outside: the time and randomness.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta};
use uuid::Uuid;

/// China Standard Time is the only civil time of the People's Republic: UTC+8, no summer time.
const CHINA_OFFSET_HOURS: i64 = 8;

/// The time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;

    /// The civil date in China.
    fn today(&self) -> NaiveDate {
        china_date(self.now_ms())
    }
}

/// The civil date in China at an instant (ms since 1970 UTC).
#[must_use]
pub fn china_date(at_ms: i64) -> NaiveDate {
    DateTime::from_timestamp_millis(at_ms)
        .and_then(|utc| utc.checked_add_signed(TimeDelta::hours(CHINA_OFFSET_HOURS)))
        .map_or(NaiveDate::default(), |local| local.date_naive())
}

/// Randomness. Keys and nonces are made of it, so outside of tests it must be the operating
/// system's.
pub trait IdSource: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A UUIDv7 (RFC 9562 §5.7) at an instant.
    fn uuid(&self, now_ms: i64) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        uuid_v7(now_ms, random)
    }
}

/// A UUIDv7 of a time and ten random bytes.
pub(crate) fn uuid_v7(now_ms: i64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now_ms.max(0) as u64, &random).into_uuid()
}

/// Both, as the store keeps them.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn IdSource>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports(..)")
    }
}

impl Ports {
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ids.fill(&mut bytes);
        bytes
    }

    pub(crate) fn uuid(&self) -> Uuid {
        self.ids.uuid(self.clock.now_ms())
    }
}
