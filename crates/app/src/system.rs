//! The only place that asks the system for time and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use zhenxin_store::{Clock, IdSource};

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let now = SystemTime::now();
        // a clock before 1970 is a flat battery, not a reason to stop work: the file notes what the clock says
        now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's random source.
pub struct SystemIds;

impl IdSource for SystemIds {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a machine without a random source cannot keep secrets; better to stop");
    }
}
