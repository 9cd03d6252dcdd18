//! What was refused while the file was closed: there was nothing to note it in, so it waits in the key file until the
//! file opens. Times and counts; whose name was typed is not kept.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::KeyFile;
use crate::error::StoreError;

/// Times that are kept one by one, the newest: two days of guessing at one name at the lockout's pace. Earlier ones are
/// counted.
const TIMES_MAX: usize = 48;

/// Which door was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// A password.
    Password,
    /// The recovery key.
    Recovery,
}

/// Refusals at one door.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusals {
    /// All of them.
    pub(crate) count: u64,
    /// When the last ones were, ms since 1970 UTC.
    pub(crate) times_ms: Vec<i64>,
}

impl Refusals {
    fn note(&mut self, at_ms: i64) {
        self.count = self.count.saturating_add(1);
        if self.times_ms.len() >= TIMES_MAX {
            self.times_ms.remove(0);
        }
        self.times_ms.push(at_ms);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Refusals at both doors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    #[serde(default)]
    pub(crate) password: Refusals,
    #[serde(default)]
    pub(crate) recovery: Refusals,
}

/// Remembers a refusal until the file opens.
pub(crate) fn note(dir: &Path, file: &mut KeyFile, door: Door, now_ms: i64) -> Result<(), StoreError> {
    match door {
        Door::Password => file.refused.password.note(now_ms),
        Door::Recovery => file.refused.recovery.note(now_ms),
    }
    file.save(dir)
}
