//! Time accounts and gifts.

use super::{
    super::{residents::ResidentLine, shape},
    OrderName,
};

shape! {
    /// A window of a resident's time account.
    pub struct TimeAccountPage {
        /// Resident id.
        pub resident: String,
        /// Entries to skip, from the newest.
        pub offset: u32,
        /// At most 500.
        pub limit: u32,
    }
}

shape! {
    /// An entry of a time account.
    pub struct TimeEntry {
        /// Day from which it counts.
        pub effective_on: String,
        /// What it is: 服务, 使用时间, 预留, 释放预留, 赠与, 受赠, 捐赠, 冲正.
        pub kind: String,
        /// In words: 陪同就医, 对象 张*三.
        pub text: String,
        /// Signed minutes.
        pub minutes: i64,
        /// Available after it.
        pub balance_after_min: i64,
        /// The order that explains it.
        pub order: Option<OrderName>,
        /// The gift that explains it.
        pub gift: Option<String>,
        /// How the minutes come about.
        pub calculation: Option<String>,
        /// Whether the gift can be reversed.
        pub reversible: bool,
        /// 待区平台确认: spent without the village's spending right and not yet ordered by the district.
        pub awaiting: bool,
    }
}

shape! {
    /// A time account.
    pub struct TimeAccount {
        /// Whose.
        pub line: ResidentLine,
        /// Available minutes; below zero after two PCs spent the same minutes.
        pub available_min: i64,
        /// Promised to running orders.
        pub held_min: i64,
        /// Credited for service in all, less reversals.
        pub earned_min: i64,
        /// Used in all, less reversals.
        pub used_min: i64,
        /// Given away in all.
        pub given_min: i64,
        /// May still be credited this year.
        pub cap_left_min: u32,
        /// Served orders that wait for confirmation or crediting.
        pub waiting_orders: u32,
        /// Entries in all.
        pub total: u32,
        /// The window, newest first.
        pub entries: Vec<TimeEntry>,
        /// What a remark should not keep, told to whoever has just typed it.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// A window of the accounts.
    pub struct TimeAccountsPage {
        /// Only this village.
        pub village: Option<String>,
        /// Rows to skip.
        pub offset: u32,
        /// At most 500.
        pub limit: u32,
    }
}

shape! {
    /// A time account as lists show it.
    pub struct TimeAccountLine {
        /// Resident id.
        pub resident: String,
        /// Name.
        pub name: String,
        /// Village.
        pub village_name: String,
        /// Available minutes.
        pub available_min: i64,
        /// Credited this year.
        pub earned_this_year_min: i64,
        /// Orders served this year.
        pub orders_this_year: u32,
    }
}

shape! {
    /// Accounts that have ever moved, and the sums of the ledger.
    pub struct TimeAccounts {
        /// All that fit the filter.
        pub total: u32,
        /// The window, most available first.
        pub rows: Vec<TimeAccountLine>,
        /// Sum of all residents' available minutes.
        pub residents_min: i64,
        /// Held for running orders.
        pub held_min: i64,
        /// The town's reserve; minus what it owes.
        pub reserve_min: i64,
        /// Sum over all accounts: always zero.
        pub sum_min: i64,
    }
}

shape! {
    /// Gives minutes away.
    pub struct GiveMinutes {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Who gives.
        pub giver: String,
        /// Which relative gets them; absent for a donation to the town's reserve.
        pub to: Option<String>,
        /// 配偶, 父母, 子女, 兄弟姐妹, 祖父母, 孙子女 or 其他亲属; needed for a relative.
        pub relation: Option<String>,
        /// Minutes, from 1 up to what is available.
        pub minutes: u32,
        /// Remark, up to 200 characters.
        pub note: String,
    }
}

shape! {
    /// Takes a gift or donation back.
    pub struct ReverseGift {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Gift id.
        pub gift: String,
        /// Why, 1–200 characters.
        pub reason: String,
    }
}
