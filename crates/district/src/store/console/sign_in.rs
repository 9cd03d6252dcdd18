//! How signing in went, by what was typed as the name and by address: an attacker elsewhere keeps nobody out, and a
//! restart forgets no wait.

use std::collections::BTreeSet;

use super::DISTRICT_WIDE;
use crate::store::db::{Row, Tx, Value};
use crate::store::tables::console::SIGN_IN;
use crate::store::{Store, StoreError};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Wrong passwords are forgotten after a quiet day: the longest wait is an hour. The console bounds how many a day
/// brings, and so the table.
const WRONG_KEPT_MS: i64 = DAY_MS;

/// So long an address from which the password was right is one of the account's own.
pub const RIGHT_KEPT_MS: i64 = 30 * DAY_MS;

/// How signing in under a name from an address went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// Wrong passwords in a row.
    pub failed: u32,
    /// Until when no further password is looked at, milliseconds UTC.
    pub wait_until_ms: i64,
    /// The last try.
    pub tried_at_ms: i64,
    /// When the password was last right.
    pub right_at_ms: Option<i64>,
}

impl Tries {
    /// Whether the name was signed in from this address lately.
    #[must_use]
    pub fn is_own(&self, now_ms: i64) -> bool {
        self.right_at_ms.is_some_and(|at| now_ms - at < RIGHT_KEPT_MS)
    }
}

fn read(row: &mut Row) -> Result<Tries, StoreError> {
    let (_town, _name, _address) = (row.text()?, row.text()?, row.text()?);
    Ok(Tries { failed: row.narrow()?, wait_until_ms: row.int()?, tried_at_ms: row.int()?, right_at_ms: row.opt_int()? })
}

fn values<'v>(name: &'v str, address: &'v str, tries: &Tries) -> Vec<Value<'v>> {
    vec![
        DISTRICT_WIDE.into(),
        name.into(),
        address.into(),
        tries.failed.into(),
        tries.wait_until_ms.into(),
        tries.tried_at_ms.into(),
        tries.right_at_ms.into(),
    ]
}

/// The row, held to the end of the transaction; made where it is new.
fn locked(tx: &Tx<'_>, name: &str, address: &str) -> Result<Tries, StoreError> {
    tx.insert_new(&SIGN_IN, &[values(name, address, &Tries::default())])?;
    let row = tx.get_locked(&SIGN_IN, &[DISTRICT_WIDE.into(), name.into(), address.into()])?;
    read(&mut row.ok_or(StoreError::Damaged("sign_in"))?)
}

impl Store {
    /// How it went so far.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sign_in_tries(&self, name: &str, address: &str) -> Result<Tries, StoreError> {
        self.read(|tx| {
            let row = tx.get(&SIGN_IN, &[DISTRICT_WIDE.into(), name.into(), address.into()])?;
            row.map_or_else(|| Ok(Tries::default()), |mut row| read(&mut row))
        })
    }

    /// Notes a wrong password; `wait` gives the moment until which so many of them wait. Also forgets what is old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_wrong(
        &self,
        name: &str,
        address: &str,
        now_ms: i64,
        wait: impl FnOnce(u32) -> i64,
    ) -> Result<Tries, StoreError> {
        self.write(|tx| {
            tx.execute(
                "DELETE FROM sign_in WHERE town = $1 AND (tried_at_ms < $2 OR (right_at_ms IS NULL AND tried_at_ms < $3))",
                &[DISTRICT_WIDE.into(), (now_ms - RIGHT_KEPT_MS).into(), (now_ms - WRONG_KEPT_MS).into()],
            )?;
            let mut tries = locked(tx, name, address)?;
            if now_ms - tries.tried_at_ms > WRONG_KEPT_MS {
                tries.failed = 0;
            }
            tries.failed = tries.failed.saturating_add(1);
            tries.tried_at_ms = now_ms;
            tries.wait_until_ms = wait(tries.failed);
            tx.put(&SIGN_IN, values(name, address, &tries))?;
            Ok(tries)
        })
    }

    /// Notes a right one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_right(&self, name: &str, address: &str, now_ms: i64) -> Result<(), StoreError> {
        self.write(|tx| {
            locked(tx, name, address)?;
            let tries = Tries { failed: 0, wait_until_ms: 0, tried_at_ms: now_ms, right_at_ms: Some(now_ms) };
            tx.put(&SIGN_IN, values(name, address, &tries))
        })
    }

    /// Ends all waits of a name: its password was set anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_tries(&self, name: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute(
                "DELETE FROM sign_in WHERE town = $1 AND name = $2 AND failed > 0",
                &[DISTRICT_WIDE.into(), name.into()],
            )?;
            Ok(())
        })
    }

    /// Names that wait somewhere.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn names_waiting(&self, now_ms: i64) -> Result<BTreeSet<String>, StoreError> {
        self.read(|tx| {
            let sql = "SELECT DISTINCT name FROM sign_in WHERE town = $1 AND wait_until_ms > $2";
            tx.query(sql, &[DISTRICT_WIDE.into(), now_ms.into()])?.into_iter().map(|mut row| row.text()).collect()
        })
    }
}
