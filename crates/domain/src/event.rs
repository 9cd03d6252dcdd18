//! 活动 of the brand and of 诚信五进, and the matrix that shows where nothing happened.

use chrono::{Datelike, NaiveDate};

use crate::coded::coded_enum;

coded_enum! {
    /// 诚信五进: where honesty is carried to (行动计划 16).
    pub enum Setting {
        /// 社区.
        Community = "community", "社区";
        /// 乡镇.
        Township = "township", "乡镇";
        /// 企业.
        Enterprise = "enterprise", "企业";
        /// 校园.
        Campus = "campus", "校园";
        /// 家庭.
        Family = "family", "家庭";
    }
}

coded_enum! {
    /// Where an activity stands.
    pub enum EventState {
        /// To come.
        Planned = "planned", "计划中";
        /// Took place.
        Held = "held", "已举办";
        /// Did not take place.
        Cancelled = "cancelled", "已取消";
    }
}

/// Quarter of the year, 1 to 4.
#[must_use]
pub fn quarter(day: NaiveDate) -> u32 {
    day.month0() / 3 + 1
}

/// Whether nothing was held in a quarter that has begun.
#[must_use]
pub fn is_gap(year: i32, quarter_of_year: u32, held: u32, today: NaiveDate) -> bool {
    held == 0 && (year, quarter_of_year) <= (today.year(), quarter(today))
}

#[cfg(test)]
mod tests;
