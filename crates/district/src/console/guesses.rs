//! Guesses at accounts that do not exist wait as long as those at accounts that do, so that waiting tells nobody which
//! names there are. In memory and bounded: an unknown name is worth no durable row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::account::wait_after;

/// Names remembered; beyond them the whole memory is begun anew, which costs a guesser nothing that they could use.
const NAMES_MAX: usize = 1_000;

/// Wrong guesses by name, with the moment until which the name waits.
#[derive(Default)]
pub(super) struct Guesses(Mutex<HashMap<String, (u32, i64)>>);

impl Guesses {
    /// Until when this unknown name waits.
    pub(super) fn wait_until(&self, name: &str) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).map_or(0, |(_, until_ms)| *until_ms)
    }

    /// Notes a guess.
    pub(super) fn note(&self, name: &str, now_ms: i64) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES_MAX && !names.contains_key(name) {
            names.clear();
        }
        let guess = names.entry(name.to_owned()).or_default();
        guess.0 = guess.0.saturating_add(1);
        guess.1 = wait_after(guess.0, now_ms);
    }
}
