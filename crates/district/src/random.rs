//! Randomness is passed in, so that a simulated district repeats exactly.

use std::sync::Arc;

/// Fills a buffer with random bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) -> Result<(), getrandom::Error> + Send + Sync>;

/// The machine's randomness.
#[must_use]
pub fn system() -> Random {
    Arc::new(getrandom::fill)
}
