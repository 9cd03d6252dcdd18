//! 本人记录: what the town hands to a person about that person, A4: who looked at the record, or everything held.

mod render;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// What the paper says. Every text is printed as it is: formatted and checked by the caller. Nothing is masked but
/// what the caller masks, because the reader is the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonRecord {
    /// 镇街, for the head and the signature.
    pub town_name: String,
    /// 个人信息查询记录, 本人信息清单.
    pub title: String,
    /// The person's name; on the head of each further page as well.
    pub person_name: String,
    /// Rows of label and value, one or two pairs in each.
    pub facts: Vec<Vec<(String, String)>>,
    /// The tables.
    pub sections: Vec<RecordSection>,
    /// Headings and paragraphs at the end: rights, how to object.
    pub notes: Vec<(String, Vec<String>)>,
    /// 核对码, printed on every page; empty: none.
    pub verification_code: String,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
    /// Who prints it.
    pub printed_by: String,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordSection {
    /// Its heading.
    pub title: String,
    /// Titles of the columns and their shares of the width, in whole parts of any size.
    pub columns: Vec<(String, u16)>,
    /// The rows, as long as `columns`.
    pub rows: Vec<Vec<String>>,
    /// What stands there when there are no rows.
    pub empty: String,
}
