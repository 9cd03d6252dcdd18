//! Lockout after wrong passwords, kept in the key file so that it holds before the database opens.

use std::path::Path;

use super::file::{Attempts, KeyFile};
use crate::error::StoreError;

/// Wrong attempts before the lockout: room for a forgotten capital, none for guessing.
pub(crate) const WRONG_MAX: u32 = 5;
/// The first lockout: a person who mistyped waits no longer than it takes to find the note with the password.
const LOCK_FIRST_MIN: u32 = 1;
/// The longest lockout: each wrong attempt doubles it, up to 24 guesses a day.
const LOCK_LONGEST_MIN: u32 = 60;
/// Most names of nobody that are counted; the oldest goes first. Users' names are as many as the town has accounts, and
/// none of them makes room: what was guessed at a user is not forgotten for names that somebody made up.
const UNKNOWN_NAMES_MAX: usize = 200;

/// Whose name an attempt was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A user's: its password can be guessed at here.
    Users,
    /// Nobody's, as far as can be known here.
    Nobodys,
}

fn find<'f>(file: &'f KeyFile, user_tag: &str) -> Option<&'f Attempts> {
    file.attempts.iter().find(|attempts| attempts.user_tag == user_tag)
}

/// Refuses while the lockout lasts.
pub(crate) fn check(file: &KeyFile, user_tag: &str, now_ms: i64) -> Result<(), StoreError> {
    match find(file, user_tag) {
        Some(attempts) if is_locked(attempts, now_ms) => Err(refusal(file, user_tag, now_ms)),
        _ => Ok(()),
    }
}

/// How long the lockout lasts after so many wrong attempts, ms; 0 while there is none.
fn lock_ms(wrong: u32) -> i64 {
    let Some(beyond) = wrong.checked_sub(WRONG_MAX) else { return 0 };
    let doubled = LOCK_FIRST_MIN.checked_shl(beyond).filter(|minutes| *minutes > 0).unwrap_or(LOCK_LONGEST_MIN);
    i64::from(doubled.min(LOCK_LONGEST_MIN)) * 60_000
}

fn is_locked(attempts: &Attempts, now_ms: i64) -> bool {
    // A clock set back must not lock for longer than the lockout itself.
    attempts.locked_until_ms > now_ms && attempts.locked_until_ms - now_ms <= lock_ms(attempts.wrong)
}

/// The tags that are locked out now.
pub(crate) fn locked(file: &KeyFile, now_ms: i64) -> impl Iterator<Item = &str> {
    file.attempts.iter().filter(move |attempts| is_locked(attempts, now_ms)).map(|attempts| attempts.user_tag.as_str())
}

/// Writes down the outcome of an attempt.
pub(crate) fn note(
    dir: &Path,
    file: &mut KeyFile,
    user_tag: &str,
    whose: Whose,
    right: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let before = find(file, user_tag).cloned();
    if right && before.is_none() {
        return Ok(());
    }
    file.attempts.retain(|attempts| attempts.user_tag != user_tag);
    if !right {
        let wrong = before.as_ref().map_or(0, |attempts| attempts.wrong).saturating_add(1);
        let known = whose == Whose::Users || before.is_some_and(|attempts| attempts.known);
        let locked_until_ms = now_ms + lock_ms(wrong);
        if !known && file.attempts.iter().filter(|attempts| !attempts.known).count() >= UNKNOWN_NAMES_MAX {
            let oldest = file.attempts.iter().position(|attempts| !attempts.known);
            oldest.map(|at| file.attempts.remove(at));
        }
        file.attempts.push(Attempts { user_tag: user_tag.to_owned(), known, wrong, locked_until_ms });
    }
    file.save(dir)
}

/// What to tell after a wrong attempt.
pub(crate) fn refusal(file: &KeyFile, user_tag: &str, now_ms: i64) -> StoreError {
    match find(file, user_tag) {
        Some(attempts) if is_locked(attempts, now_ms) => {
            let left_ms = attempts.locked_until_ms - now_ms;
            StoreError::Locked { minutes: u32::try_from((left_ms + 59_999) / 60_000).unwrap_or(1) }
        }
        Some(attempts) => StoreError::WrongPassword { left: WRONG_MAX.saturating_sub(attempts.wrong) },
        None => StoreError::WrongPassword { left: WRONG_MAX },
    }
}
