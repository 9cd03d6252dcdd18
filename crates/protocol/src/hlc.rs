//! A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): milliseconds in the
//! upper 48 bits, a counter in the lower 16. It breaks ties between operations that no district
//! has ordered yet, and nothing else: a wrong clock never decides who was right.
//!
//! Pure: the reading of the wall clock is an argument.

/// How far another device's clock may run ahead of ours before we stop believing it: an hour
/// covers a forgotten time zone or daylight setting, not a clock at 2099.
pub const MAX_AHEAD_MS: u64 = 60 * 60 * 1000;

/// One reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hlc(pub u64);

impl Hlc {
    /// A reading of the wall clock alone; a clock before 1970 reads as 1970.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        // 47 bits keep the value within i64, which is what a database column holds.
        Self((now_ms.max(0) as u64 & ((1 << 47) - 1)) << 16)
    }

    /// Milliseconds since 1970 UTC.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0 >> 16
    }

    /// The reading for a new operation: later than every earlier one, and not before the clock.
    #[must_use]
    pub fn tick(self, now_ms: i64) -> Self {
        Self::at(now_ms).max(Self(self.0 + 1))
    }

    /// What we know after seeing another device's reading. One that runs too far ahead advances
    /// no one's clock.
    #[must_use]
    pub fn observe(self, seen: Self, now_ms: i64) -> Self {
        if seen.ms() > Self::at(now_ms).ms() + MAX_AHEAD_MS {
            return self;
        }
        self.max(seen)
    }
}

#[cfg(test)]
mod tests;
