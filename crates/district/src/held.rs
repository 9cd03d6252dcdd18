//! How many of something each of several holds at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts what each holds. Only those who hold something are remembered.
pub(crate) struct Held<K: Eq + Hash + Copy> {
    most: u32,
    by: Mutex<HashMap<K, u32>>,
}

/// One place that is held, until it is dropped.
pub(crate) struct Hold<'h, K: Eq + Hash + Copy> {
    of: &'h Held<K>,
    key: K,
}

impl<K: Eq + Hash + Copy> Held<K> {
    /// Each may hold so many.
    pub(crate) fn most(most: u32) -> Self {
        Self { most, by: Mutex::default() }
    }

    fn by(&self) -> MutexGuard<'_, HashMap<K, u32>> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more place, unless all are held.
    pub(crate) fn take(&self, key: K) -> Option<Hold<'_, K>> {
        let mut by = self.by();
        let count = by.entry(key).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Hold { of: self, key })
    }
}

impl<K: Eq + Hash + Copy> Drop for Hold<'_, K> {
    fn drop(&mut self) {
        let mut by = self.of.by();
        if let Some(count) = by.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                by.remove(&self.key);
            }
        }
    }
}
