//! 时间银行服务单: A5, two sheets for each order (存根联, 服务对象联), many orders in one PDF.

mod render;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// Orders that are printed together; the copies of an order lie one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SlipBatch {
    /// The orders, in the order in which they are printed.
    pub slips: Vec<ServiceSlip>,
    /// 计时规则 in one or two sentences: how minutes are counted and rounded.
    pub rounding_rule: String,
    /// How to object, in one or two sentences, deadline included.
    pub objection: String,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
    /// Who prints it.
    pub printed_by: String,
}

/// One service order. Every text is printed as it is: masked, formatted and checked by the caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceSlip {
    /// 镇街.
    pub town_name: String,
    /// 村社 of the beneficiary.
    pub village_name: String,
    /// 单号: K3QX-7M2P, set large so that it can be typed from the paper.
    pub order_number: String,
    /// 服务项目: 陪同就医.
    pub service: String,
    /// Coefficient in words: 1.20.
    pub coefficient: String,
    /// 服务对象.
    pub beneficiary_name: String,
    /// 志愿者; empty gives a line to write on.
    pub volunteer_name: String,
    /// Day of the service: 2026-11-22（星期日）.
    pub day: String,
    /// 约定时间: 09:00 起，约 2 小时.
    pub planned: String,
    /// 地点; empty gives a line to write on.
    pub place: String,
    /// Who pays: 本人时间账户, 镇准备金.
    pub payer: String,
    /// 备注; empty gives a line to write on.
    pub note: String,
}
