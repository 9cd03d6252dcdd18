//! 时间存折: the time bank account of one resident, A4, with the balance after each entry.

mod render;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// What a passbook says. Every text is printed as it is: masked, formatted and checked by the caller. Durations
/// are texts too (2 小时 30 分), so that screens and papers have one way to write them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimePassbook {
    /// 镇街, for the head and the signature.
    pub town_name: String,
    /// 村社.
    pub village_name: String,
    /// The holder's name, in full: the paper is handed to the holder.
    pub holder_name: String,
    /// ID number, masked: 3302**********1234.
    pub id_masked: String,
    /// What the passbook covers: 2026-01-01 至 2026-11-22.
    pub period: String,
    /// The day the figures stand for: 2026-11-22.
    pub as_of: String,
    /// 可用: what can be spent or given now.
    pub available: String,
    /// 预留: promised for orders that are not settled yet.
    pub reserved: String,
    /// 累计服务: all time credited for services given.
    pub served: String,
    /// 累计使用: all time spent on services received.
    pub used: String,
    /// Balance at the beginning of the period; empty when the period begins with the account.
    pub opening_balance: String,
    /// The entries, in the order in which they were posted.
    pub entries: Vec<PassbookEntry>,
    /// Sum of the column 存入.
    pub total_in: String,
    /// Sum of the column 支出.
    pub total_out: String,
    /// Balance after the last entry.
    pub closing_balance: String,
    /// 计时规则 in a few sentences: how minutes are counted and rounded.
    pub rounding_rule: String,
    /// How to object: one paragraph each, deadlines included.
    pub objection: Vec<String>,
    /// 核对码, printed on every page.
    pub verification_code: String,
    /// How to check the code, in one sentence: 在镇街或村社窗口报出核对码，可以核对本存折的笔数和余额是否完整。
    pub verification_hint: String,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
    /// Who prints it.
    pub printed_by: String,
}

/// One line of a passbook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassbookEntry {
    /// Day of the service or gift: 2026-11-22.
    pub day: String,
    /// 单号: K3QX-7M2P, or empty.
    pub order_number: String,
    /// 事由: the service (陪同就医), 赠与, 捐赠, 冲正.
    pub reason: String,
    /// A second, smaller line under the reason: 为他人服务, 接受服务, the reason of a reversal; or empty.
    pub detail: String,
    /// Time from sign-in to sign-out, or empty.
    pub worked: String,
    /// Coefficient (1.20), or empty.
    pub coefficient: String,
    /// 存入, or empty.
    pub amount_in: String,
    /// 支出, or empty.
    pub amount_out: String,
    /// 余额 after this entry.
    pub balance_after: String,
}
