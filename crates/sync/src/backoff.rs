//! How long to wait after a failure: doubling, bounded, and spread by chance,
//! so that fifty PCs that lost the line together do not come back together.

/// Wait after the first failure.
pub const FIRST_MS: u64 = 2_000;

/// Longest wait: a clerk who plugs the cable in sees it work within a quarter
/// of an hour without touching anything.
pub const LONGEST_MS: u64 = 15 * 60 * 1_000;

/// Longest wait that a district may ask for; a wrong value must not silence a
/// PC for days.
pub const RETRY_AFTER_MAX_MS: u64 = 60 * 60 * 1_000;

/// The wait after so many failures in a row: between half and the whole of
/// 2 s, 4 s, 8 s … 15 min, but not before the district allows it. `chance`
/// is any random number.
#[must_use]
pub fn wait_ms(failures: u32, retry_after_s: u32, chance: u32) -> u64 {
    let doublings = failures.saturating_sub(1).min(20);
    let whole = (FIRST_MS << doublings).min(LONGEST_MS);
    let asked = (u64::from(retry_after_s) * 1_000).min(RETRY_AFTER_MAX_MS);
    // at least what was asked for, and then up to half of the wait on top
    let floor = (whole / 2).max(asked);
    floor + (whole / 2) * u64::from(chance) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
