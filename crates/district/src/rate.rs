//! How often somebody may ask, per fixed window of a minute.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

const WINDOW_MS: i64 = 60_000;

/// Most callers remembered in a window; beyond them new ones are turned away
/// until the next window, so that memory stays bounded (a few hundred KB).
const CALLERS_MAX: usize = 10_000;

/// Counts per caller.
pub(crate) struct Rate<K> {
    per_window: u32,
    window: Mutex<(i64, HashMap<K, u32>)>,
}

impl<K: Eq + Hash> Rate<K> {
    /// Allows so many per minute and caller.
    pub(crate) fn per_minute(per_window: u32) -> Self {
        Self { per_window, window: Mutex::new((i64::MIN, HashMap::new())) }
    }

    /// Counts one; `Err` gives the seconds until the next window.
    pub(crate) fn count(&self, caller: K, now_ms: i64) -> Result<(), u32> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let this = now_ms.div_euclid(WINDOW_MS);
        if window.0 != this {
            *window = (this, HashMap::new());
        }
        let left_s = u32::try_from((WINDOW_MS - now_ms.rem_euclid(WINDOW_MS)) / 1_000 + 1).unwrap_or(60);
        let full = window.1.len() >= CALLERS_MAX && !window.1.contains_key(&caller);
        if full {
            return Err(left_s);
        }
        let count = window.1.entry(caller).or_insert(0);
        if *count >= self.per_window {
            return Err(left_s);
        }
        *count += 1;
        Ok(())
    }

    /// Whether the caller's window is used up.
    pub(crate) fn spent(&self, caller: &K, now_ms: i64) -> Option<u32> {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = window.0 == now_ms.div_euclid(WINDOW_MS)
            && window.1.get(caller).is_some_and(|count| *count >= self.per_window);
        spent.then(|| u32::try_from((WINDOW_MS - now_ms.rem_euclid(WINDOW_MS)) / 1_000 + 1).unwrap_or(60))
    }
}

#[cfg(test)]
mod tests;
