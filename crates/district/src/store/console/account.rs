//! Accounts of the console.

use super::DISTRICT_WIDE;
use crate::store::db::{Row, Tx, Value};
use crate::store::tables::console::ACCOUNT;
use crate::store::{Store, StoreError};

/// Most accounts: an office has a dozen people; more is a loop.
pub const ACCOUNTS_MAX: usize = 200;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// 管理员: everything.
    Admin,
    /// 查看: reads.
    Viewer,
}

impl Role {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Viewer];

    /// The stored code.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_code() == code)
    }

    /// The Chinese word.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "管理员",
            Self::Viewer => "查看",
        }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name to sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// argon2id with its cost, salt and output, see `console::password`.
    pub password: String,
    /// Until the person chose a password of their own.
    pub must_change: bool,
    /// When it was locked, milliseconds UTC.
    pub locked_at_ms: Option<i64>,
    /// When it was made.
    pub made_at_ms: i64,
    /// When its password was set.
    pub changed_at_ms: i64,
    /// When somebody last changed anything of it: of two copies of a row the one with the later moment holds.
    pub altered_at_ms: i64,
    /// When it signed in last.
    pub signed_in_at_ms: Option<i64>,
}

pub(in crate::store) fn read(row: &mut Row) -> Result<Account, StoreError> {
    let _town = row.text()?;
    Ok(Account {
        name: row.text()?,
        role: Role::from_code(&row.text()?).ok_or(StoreError::Damaged("account"))?,
        password: row.text()?,
        must_change: row.flag()?,
        locked_at_ms: row.opt_int()?,
        made_at_ms: row.int()?,
        changed_at_ms: row.int()?,
        altered_at_ms: row.int()?,
        signed_in_at_ms: row.opt_int()?,
    })
}

pub(in crate::store) fn values(account: &Account) -> Vec<Value<'_>> {
    vec![
        DISTRICT_WIDE.into(),
        account.name.as_str().into(),
        account.role.as_code().into(),
        account.password.as_str().into(),
        account.must_change.into(),
        account.locked_at_ms.into(),
        account.made_at_ms.into(),
        account.changed_at_ms.into(),
        account.altered_at_ms.into(),
        account.signed_in_at_ms.into(),
    ]
}

pub(super) fn by_name(tx: &Tx<'_>, name: &str) -> Result<Option<Account>, StoreError> {
    tx.get(&ACCOUNT, &[DISTRICT_WIDE.into(), name.into()])?.map(|mut row| read(&mut row)).transpose()
}

fn all(tx: &Tx<'_>) -> Result<Vec<Account>, StoreError> {
    let rows = tx.select(&ACCOUNT, "WHERE town = $1 ORDER BY made_at_ms, name", &[DISTRICT_WIDE.into()])?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// Why a change of accounts is not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("已有同名账号，请换一个账号名")]
    Taken,
    /// There is no such account.
    #[error("没有这个账号，请刷新后从列表里选")]
    Unknown,
    /// Nobody could administer any more.
    #[error("这是最后一个可用的管理员账号，请先把另一个账号设为管理员")]
    LastAdmin,
    /// [`ACCOUNTS_MAX`].
    #[error("账号已满 200 个，请先清理不用的账号")]
    Full,
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// All accounts, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(all)
    }

    /// The account of this name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        self.read(|tx| by_name(tx, name))
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn add_account(&self, account: &Account) -> Result<(), AccountError> {
        self.write(|tx| {
            if all(tx)?.len() >= ACCOUNTS_MAX {
                return Err(AccountError::Full);
            }
            let added = tx.insert_new(&ACCOUNT, vec![values(account)])?;
            if added == 1 { Ok(()) } else { Err(AccountError::Taken) }
        })
    }

    /// Notes that somebody signed in: no change of the account itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_signed_in(&self, name: &str, now_ms: i64) -> Result<(), StoreError> {
        self.write(|tx| {
            let row = tx.get_locked(&ACCOUNT, &[DISTRICT_WIDE.into(), name.into()])?;
            let Some(mut row) = row else { return Ok(()) };
            let account = read(&mut row)?;
            tx.put(&ACCOUNT, values(&Account { signed_in_at_ms: Some(now_ms), ..account }))
        })
    }

    /// Changes an account under its lock; nothing changes that would leave no administrator. With `end_sessions` it is
    /// signed out everywhere.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn change_account(
        &self,
        name: &str,
        end_sessions: bool,
        now_ms: i64,
        change: impl FnOnce(&mut Account),
    ) -> Result<Account, AccountError> {
        self.write(|tx| {
            let mut row =
                tx.get_locked(&ACCOUNT, &[DISTRICT_WIDE.into(), name.into()])?.ok_or(AccountError::Unknown)?;
            let before = read(&mut row)?;
            let mut after = before.clone();
            change(&mut after);
            after.altered_at_ms = now_ms;
            let rules = |account: &Account| account.role == Role::Admin && account.locked_at_ms.is_none();
            if rules(&before) && !rules(&after) && !all(tx)?.iter().any(|other| other.name != name && rules(other)) {
                return Err(AccountError::LastAdmin);
            }
            tx.put(&ACCOUNT, values(&after))?;
            if end_sessions {
                super::session::end_all(tx, name)?;
            }
            Ok(after)
        })
    }
}
