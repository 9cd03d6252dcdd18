//! Sessions: who is signed in, found by the hash of the cookie.

use zhenxin_protocol::hash::Hash32;

use super::DISTRICT_WIDE;
use super::account::{self, Account};
use crate::store::db::{Row, Tx};
use crate::store::tables::console::{ACCOUNT, SESSION};
use crate::store::{Store, StoreError};

/// Sessions of one account at the same time; the oldest go when there are more.
pub const SESSIONS_MAX: usize = 5;

/// Somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie's token.
    pub token_hash: Hash32,
    /// Whose.
    pub account: String,
    /// When it began, milliseconds UTC.
    pub made_at_ms: i64,
    /// When it was last used, to the minute.
    pub seen_at_ms: i64,
}

fn read(row: &mut Row) -> Result<Session, StoreError> {
    let _town = row.text()?;
    Ok(Session {
        token_hash: Hash32(row.bytes()?),
        account: row.text()?,
        made_at_ms: row.int()?,
        seen_at_ms: row.int()?,
    })
}

fn put(tx: &Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.put(
        &SESSION,
        vec![
            DISTRICT_WIDE.into(),
            session.token_hash.as_bytes().into(),
            session.account.as_str().into(),
            session.made_at_ms.into(),
            session.seen_at_ms.into(),
        ],
    )
}

fn end(tx: &Tx<'_>, token_hash: Hash32) -> Result<(), StoreError> {
    tx.delete(&SESSION, &[DISTRICT_WIDE.into(), token_hash.as_bytes().into()])?;
    Ok(())
}

fn of_account(tx: &Tx<'_>, name: &str) -> Result<Vec<Session>, StoreError> {
    let tail = "WHERE town = $1 AND account = $2 ORDER BY made_at_ms, token_hash";
    let rows = tx.select(&SESSION, tail, &[DISTRICT_WIDE.into(), name.into()])?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

pub(super) fn end_all(tx: &Tx<'_>, name: &str) -> Result<(), StoreError> {
    of_account(tx, name)?.into_iter().try_for_each(|session| end(tx, session.token_hash))
}

impl Store {
    /// Begins a session; beyond [`SESSIONS_MAX`] the account's oldest end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_session(&self, session: &Session) -> Result<(), StoreError> {
        self.write(|tx| {
            // the account's row orders two beginnings
            tx.get_locked(&ACCOUNT, &[DISTRICT_WIDE.into(), session.account.as_str().into()])?;
            let known = of_account(tx, &session.account)?;
            let over = (known.len() + 1).saturating_sub(SESSIONS_MAX);
            known.into_iter().take(over).try_for_each(|old| end(tx, old.token_hash))?;
            put(tx, session)
        })
    }

    /// The session of a cookie with its account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn session(&self, token_hash: Hash32) -> Result<Option<(Session, Account)>, StoreError> {
        self.read(|tx| {
            let row = tx.get(&SESSION, &[DISTRICT_WIDE.into(), token_hash.as_bytes().into()])?;
            let Some(session) = row.map(|mut row| read(&mut row)).transpose()? else { return Ok(None) };
            Ok(account::by_name(tx, &session.account)?.map(|account| (session, account)))
        })
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn touch_session(&self, token_hash: Hash32, now_ms: i64) -> Result<(), StoreError> {
        self.write(|tx| {
            let row = tx.get_locked(&SESSION, &[DISTRICT_WIDE.into(), token_hash.as_bytes().into()])?;
            // ended in the meantime: nothing to note
            let Some(mut row) = row else { return Ok(()) };
            let session = read(&mut row)?;
            put(tx, &Session { seen_at_ms: now_ms, ..session })
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn end_session(&self, token_hash: Hash32) -> Result<(), StoreError> {
        self.write(|tx| end(tx, token_hash))
    }

    /// Ends all sessions that began or were used last before these moments. How many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn end_old_sessions(&self, made_before_ms: i64, seen_before_ms: i64) -> Result<u64, StoreError> {
        self.write(|tx| {
            tx.execute(
                "DELETE FROM session WHERE town = $1 AND (made_at_ms < $2 OR seen_at_ms < $3)",
                &[DISTRICT_WIDE.into(), made_before_ms.into(), seen_before_ms.into()],
            )
        })
    }
}
