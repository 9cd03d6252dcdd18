//! Time in a simulation: one true time, and a clock in every machine that may show something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use zhenxin_store::Clock;

/// 2026-01-05 06:00 UTC: a working day.
pub const START_MS: i64 = 1_767_592_800_000;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// The true time.
#[derive(Clone)]
pub struct TrueTime(Arc<AtomicI64>);

impl TrueTime {
    /// It begins.
    pub fn begin() -> Self {
        Self(Arc::new(AtomicI64::new(START_MS)))
    }

    /// Goes on.
    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a machine's clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// It is right.
    None,
    /// Wrong by so much.
    By(i64),
    /// The battery is empty: it counts from 1970.
    Year1970,
    /// Somebody typed 2099.
    Year2099,
}

/// A machine's clock.
pub struct WrongClock {
    time: TrueTime,
    offset_ms: AtomicI64,
}

impl WrongClock {
    /// One that is right.
    pub fn new(time: TrueTime) -> Self {
        Self { time, offset_ms: AtomicI64::new(0) }
    }

    /// Sets it wrong, or right again.
    pub fn set(&self, skew: Skew) {
        let offset_ms = match skew {
            Skew::None => 0,
            Skew::By(ms) => ms,
            Skew::Year1970 => 60_000 - START_MS,
            // 2099-01-01 UTC
            Skew::Year2099 => 4_070_908_800_000 - START_MS,
        };
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}

impl Clock for WrongClock {
    fn now_ms(&self) -> i64 {
        self.time.now_ms() + self.offset_ms.load(Ordering::Relaxed)
    }
}
