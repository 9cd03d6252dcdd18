//! The double-entry ledger. Vocabulary of TigerBeetle: an immutable transfer moves an amount from
//! a debit account to a credit account of the same ledger. A correction is a reversal of the whole
//! transfer, at most once. The balances of all accounts always sum to zero.
//!
//! An account's balance is its credits less its debits: awards credit the resident or household
//! and debit the town's issuance account, whose balance is therefore never above zero. Minutes have
//! no issuance: they move between people, the town's reserve and what the town holds for running
//! orders. The reserve may be below zero: it is then what the town owes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::coded::coded_enum;
use crate::division::TownCode;
use crate::ids::{HouseholdId, ResidentId, TransferId};

coded_enum! {
    /// What is counted. Amounts of different ledgers never meet.
    pub enum Ledger {
        /// Whole points (分).
        Points = "points", "积分";
        /// Whole minutes of the time bank (分钟).
        Minutes = "minutes", "时间";
    }
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The town as the source of everything issued.
    Issuance(TownCode),
    /// A person.
    Resident(ResidentId),
    /// A household.
    Household(HouseholdId),
    /// 准备金: minutes that were given to the town, less those that it has promised for services
    /// that nobody else pays.
    Reserve(TownCode),
    /// 预留: minutes set aside for running service orders.
    Holding(TownCode),
}

/// The text is no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("账户编号的格式不对，请回到居民页面重新打开账户")]
pub struct AccountFault;

/// One account; its text form is the ledger, the owner's kind and the owner, such as
/// `points/issuance/<town>`, `points/household/<uuid>`, `minutes/resident/<uuid>`,
/// `minutes/reserve/<town>` or `minutes/holding/<town>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// What it counts.
    pub ledger: Ledger,
    /// Whose it is.
    pub owner: Owner,
}

impl Account {
    /// The points account of an owner.
    #[must_use]
    pub const fn points(owner: Owner) -> Self {
        Self { ledger: Ledger::Points, owner }
    }

    /// The time bank account of an owner.
    #[must_use]
    pub const fn minutes(owner: Owner) -> Self {
        Self { ledger: Ledger::Minutes, owner }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ledger = self.ledger.as_code();
        match self.owner {
            Owner::Issuance(town) => write!(f, "{ledger}/issuance/{town}"),
            Owner::Resident(id) => write!(f, "{ledger}/resident/{id}"),
            Owner::Household(id) => write!(f, "{ledger}/household/{id}"),
            Owner::Reserve(town) => write!(f, "{ledger}/reserve/{town}"),
            Owner::Holding(town) => write!(f, "{ledger}/holding/{town}"),
        }
    }
}

impl FromStr for Account {
    type Err = AccountFault;

    fn from_str(text: &str) -> Result<Self, AccountFault> {
        let mut parts = text.splitn(3, '/');
        let (Some(ledger), Some(kind), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(AccountFault);
        };
        let ledger = Ledger::from_code(ledger).ok_or(AccountFault)?;
        let owner = match kind {
            "issuance" => id.parse().ok().map(Owner::Issuance),
            "resident" => id.parse().ok().map(Owner::Resident),
            "household" => id.parse().ok().map(Owner::Household),
            "reserve" => id.parse().ok().map(Owner::Reserve),
            "holding" => id.parse().ok().map(Owner::Holding),
            _ => None,
        };
        let account = Self { ledger, owner: owner.ok_or(AccountFault)? };
        // capitals in the id would give one account two texts
        if account.to_string() == text { Ok(account) } else { Err(AccountFault) }
    }
}

/// The number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountFault {
    /// Zero or less; a deduction does not exist.
    #[error("数额须是大于 0 的整数；记错的请作冲正，不能记负数")]
    NotPositive,
    /// More than [`AMOUNT_MAX`].
    #[error("数额一次最多 1000000，请核对是否多写了位数")]
    TooLarge,
}

/// No single award or service comes near it (a year has 525,600 minutes); more is a slip of the
/// keyboard. It also keeps any sum of fewer than 9·10¹² transfers inside an `i64`.
pub const AMOUNT_MAX: u32 = 1_000_000;

/// Whole points or whole minutes, 1 to [`AMOUNT_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u32);

impl Amount {
    /// Checks a number.
    ///
    /// # Errors
    /// See [`AmountFault`].
    pub const fn new(units: i64) -> Result<Self, AmountFault> {
        if units <= 0 {
            Err(AmountFault::NotPositive)
        } else if units > AMOUNT_MAX as i64 {
            Err(AmountFault::TooLarge)
        } else {
            Ok(Self(units as u32))
        }
    }

    /// The number of points or minutes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        Self::from(amount.0)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One immutable movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The transfer's id.
    pub id: TransferId,
    /// The account it is taken from.
    pub debit: Account,
    /// The account it goes to.
    pub credit: Account,
    /// How much.
    pub amount: Amount,
    /// The first day on which it can be spent.
    pub effective_on: NaiveDate,
    /// The transfer that this one takes back, if it is a reversal.
    pub reverses: Option<TransferId>,
}

/// Why a transfer cannot be posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostFault {
    /// Debit and credit are the same account.
    #[error("转出和转入是同一个账户，请改选另一个账户")]
    SameAccount,
    /// Points against minutes.
    #[error("积分和时间是两本账，不能互相转，请改选同一本账的账户")]
    DifferentLedgers,
    /// The id was posted before.
    #[error("这一笔已经记过账，没有重复记入")]
    DuplicateId,
    /// It reverses a transfer that is not in the book.
    #[error("找不到要冲正的那一笔，请刷新后从明细中重新选择")]
    ReversalOfUnknown,
    /// It reverses a reversal.
    #[error("冲正本身不能再冲正；冲错了请重新申报")]
    ReversalOfReversal,
    /// The transfer was reversed before.
    #[error("这一笔已经冲正过，不能再冲正")]
    AlreadyReversed,
    /// A reversal takes back the whole transfer between the same two accounts.
    #[error("冲正须与原来那一笔的账户和数额完全一致，请从明细中重新选择要冲正的那一笔")]
    ReversalDiffers,
    /// A reversal that takes effect before what it reverses.
    #[error("冲正的生效日期不能早于原来那一笔，请改用当天日期")]
    ReversalTooEarly,
}

impl Transfer {
    /// The transfer that takes this one back, effective on `on`, or with this one where this one
    /// is not yet effective.
    #[must_use]
    pub fn reversal(&self, id: TransferId, on: NaiveDate) -> Self {
        Self {
            id,
            debit: self.credit,
            credit: self.debit,
            amount: self.amount,
            effective_on: on.max(self.effective_on),
            reverses: Some(self.id),
        }
    }

    /// The rules that need no knowledge of other transfers.
    ///
    /// # Errors
    /// [`PostFault::SameAccount`], [`PostFault::DifferentLedgers`].
    pub fn check(&self) -> Result<(), PostFault> {
        if self.debit.ledger != self.credit.ledger {
            Err(PostFault::DifferentLedgers)
        } else if self.debit == self.credit {
            Err(PostFault::SameAccount)
        } else {
            Ok(())
        }
    }

    /// The rules of a reversal against the transfer that it takes back. For a store that has no
    /// [`Book`] in memory; `already_reversed` says whether another reversal was posted.
    ///
    /// # Errors
    /// The reversal faults of [`PostFault`].
    pub fn check_reversal_of(&self, original: &Self, already_reversed: bool) -> Result<(), PostFault> {
        if original.reverses.is_some() {
            return Err(PostFault::ReversalOfReversal);
        }
        if already_reversed {
            return Err(PostFault::AlreadyReversed);
        }
        let mirrored = self.reverses == Some(original.id)
            && self.debit == original.credit
            && self.credit == original.debit
            && self.amount == original.amount;
        if !mirrored {
            return Err(PostFault::ReversalDiffers);
        }
        if self.effective_on < original.effective_on {
            return Err(PostFault::ReversalTooEarly);
        }
        Ok(())
    }
}

/// All transfers and what they sum to. Nothing is ever taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    transfers: BTreeMap<TransferId, Transfer>,
    reversed_by: BTreeMap<TransferId, TransferId>,
    balances: BTreeMap<Account, i64>,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Posts a transfer, or leaves the book as it is.
    ///
    /// # Errors
    /// See [`PostFault`].
    pub fn post(&mut self, transfer: Transfer) -> Result<(), PostFault> {
        transfer.check()?;
        if self.transfers.contains_key(&transfer.id) {
            return Err(PostFault::DuplicateId);
        }
        if let Some(original) = transfer.reverses {
            let already = self.reversed_by.contains_key(&original);
            let original = self.transfers.get(&original).ok_or(PostFault::ReversalOfUnknown)?;
            transfer.check_reversal_of(original, already)?;
            self.reversed_by.insert(original.id, transfer.id);
        }
        let amount = i64::from(transfer.amount);
        *self.balances.entry(transfer.debit).or_default() -= amount;
        *self.balances.entry(transfer.credit).or_default() += amount;
        self.transfers.insert(transfer.id, transfer);
        Ok(())
    }

    /// A posted transfer.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        self.transfers.get(&id)
    }

    /// The reversal of a transfer, if there is one.
    #[must_use]
    pub fn reversal_of(&self, id: TransferId) -> Option<&Transfer> {
        self.reversed_by.get(&id).and_then(|by| self.transfers.get(by))
    }

    /// Credits less debits of everything posted, effective or not.
    #[must_use]
    pub fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// Credits less debits of what is effective on that day.
    #[must_use]
    pub fn balance_on(&self, account: Account, day: NaiveDate) -> i64 {
        self.transfers
            .values()
            .filter(|t| t.effective_on <= day)
            .map(|t| match account {
                a if a == t.credit => i64::from(t.amount),
                a if a == t.debit => -i64::from(t.amount),
                _ => 0,
            })
            .sum()
    }

    /// Every account with its balance, in order.
    pub fn balances(&self) -> impl Iterator<Item = (Account, i64)> + '_ {
        self.balances.iter().map(|(account, balance)| (*account, *balance))
    }

    /// The sum over all accounts of one ledger: always zero.
    #[must_use]
    pub fn sum(&self, ledger: Ledger) -> i64 {
        self.balances().filter(|(account, _)| account.ledger == ledger).map(|(_, balance)| balance).sum()
    }
}

#[cfg(test)]
mod tests;
