//! Accounts: their names, how one is made, and how long somebody waits who does not know the password.

use super::password::{self, Cost};
use crate::caller::Caller;
use crate::store::console::account::{Account, AccountError, Role};
use crate::store::console::sign_in::Tries;
use crate::store::{Store, StoreError};

/// Wrong passwords in a row that cost nothing: fingers slip.
const FREE_FAILURES: u32 = 4;
/// The first wait.
const WAIT_FIRST_MS: i64 = 30_000;
/// The longest wait. It holds for one address alone: a stranger's guesses keep nobody else waiting. The terminal lets in
/// at once (`account reset`).
const WAIT_MAX_MS: i64 = 3_600_000;

/// Shortest and longest name of an account.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;

/// Why an account cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NewAccountError {
    /// A name of other characters.
    #[error("账号名应为 2 到 32 个小写字母、数字、点或连字符，以字母开头")]
    Name,
    /// The password.
    #[error(transparent)]
    Password(#[from] password::PasswordFault),
    /// The store refuses.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The operating system gave no random bytes.
    #[error("系统没有给出随机数 （{0}），请稍后重试")]
    Random(getrandom::Error),
}

/// Whether a text can be the name of an account: it is shown in the record of acts, so it is a duty's name and nothing
/// that needs escaping.
#[must_use]
pub fn is_name(name: &str) -> bool {
    NAME_CHARS.contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'))
}

/// Adds an account whose password is changed at the first sign-in.
///
/// # Errors
/// [`NewAccountError`].
pub fn add(
    store: &Store,
    name: &str,
    role: Role,
    password: &str,
    cost: Cost,
    now_ms: i64,
) -> Result<(), NewAccountError> {
    insert(store, name, role, password, true, cost, now_ms)
}

/// Adds an account that keeps its password: for the demonstration and for tests.
///
/// # Errors
/// [`NewAccountError`].
pub fn add_ready(store: &Store, name: &str, role: Role, password: &str, now_ms: i64) -> Result<(), NewAccountError> {
    insert(store, name, role, password, false, Cost::WEAK_FOR_TESTS, now_ms)
}

fn insert(
    store: &Store,
    name: &str,
    role: Role,
    password: &str,
    must_change: bool,
    cost: Cost,
    now_ms: i64,
) -> Result<(), NewAccountError> {
    if !is_name(name) {
        return Err(NewAccountError::Name);
    }
    password::check(password, name)?;
    let account = Account {
        name: name.to_owned(),
        role,
        password: password::stored(password, cost).map_err(NewAccountError::Random)?,
        must_change,
        locked_at_ms: None,
        made_at_ms: now_ms,
        changed_at_ms: now_ms,
        altered_at_ms: now_ms,
        signed_in_at_ms: None,
    };
    Ok(store.add_account(&account)?)
}

/// Gives an account a new password, to be changed at the next sign-in; unlocks it and signs it out everywhere.
///
/// # Errors
/// [`NewAccountError`].
pub fn reset(store: &Store, name: &str, password: &str, cost: Cost, now_ms: i64) -> Result<(), NewAccountError> {
    password::check(password, name)?;
    let stored = password::stored(password, cost).map_err(NewAccountError::Random)?;
    store.change_account(name, true, now_ms, |account| {
        account.password = stored;
        account.must_change = true;
        account.locked_at_ms = None;
        account.changed_at_ms = now_ms;
    })?;
    store.forget_tries(name).map_err(AccountError::from)?;
    Ok(())
}

/// Until when no password is looked at after so many wrong ones in a row: 30 s, 1, 2, 4 … minutes, an hour at most.
fn wait_after(failed: u32, now_ms: i64) -> i64 {
    match failed.checked_sub(FREE_FAILURES + 1) {
        None => 0,
        Some(over) => now_ms + WAIT_FIRST_MS.saturating_mul(1 << over.min(20)).min(WAIT_MAX_MS),
    }
}

/// Notes a wrong password from an address, under whatever name: unknown ones wait alike, so that waiting tells nobody
/// which names there are.
pub(crate) fn note_failure(store: &Store, name: &str, from: Caller, now_ms: i64) -> Result<Tries, StoreError> {
    store.note_wrong(name, &from.to_string(), now_ms, |failed| wait_after(failed, now_ms))
}

/// Notes a sign-in.
pub(crate) fn note_sign_in(store: &Store, name: &str, from: Caller, now_ms: i64) -> Result<(), StoreError> {
    store.note_right(name, &from.to_string(), now_ms)?;
    store.note_signed_in(name, now_ms)
}

/// Where only the store itself can fail: accounts are never taken out, and these changes take no administrator away.
fn store_fault(error: AccountError) -> StoreError {
    match error {
        AccountError::Store(error) => error,
        _ => StoreError::Damaged("account"),
    }
}

/// Sets the password that a person chose; they are signed out everywhere else.
pub(crate) fn set_own_password(store: &Store, name: &str, stored: &str, now_ms: i64) -> Result<Account, StoreError> {
    let changed = store.change_account(name, true, now_ms, |account| {
        account.password = stored.to_owned();
        account.must_change = false;
        account.changed_at_ms = now_ms;
    });
    changed.map_err(store_fault)
}
