//! A clock that stands still until it is moved.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use zhenxin_app::Clock;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A clock that is set by hand. Clones show the same time.
#[derive(Clone)]
pub struct SetClock {
    now_ms: Arc<AtomicI64>,
}

impl SetClock {
    /// A clock that shows this instant, ms since 1970 UTC.
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: Arc::new(AtomicI64::new(now_ms)) }
    }

    /// Moves on by whole days.
    pub fn pass_days(&self, days: i64) {
        self.now_ms.fetch_add(days * DAY_MS, Ordering::Relaxed);
    }

    /// Moves on by seconds.
    pub fn pass_seconds(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}
