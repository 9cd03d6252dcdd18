//! 同意书: A4, what is agreed to word by word, with lines for the signature of the person or the guardian.

mod render;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// One form. Every text is printed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsentForm {
    /// 镇街.
    pub town_name: String,
    /// What the form is called.
    pub title: String,
    /// Version of the text, as it is registered: 2026-1.
    pub version: String,
    /// The text: headings with their paragraphs.
    pub sections: Vec<ConsentSection>,
    /// Who is asked; `None` gives lines to write on.
    pub person: Option<ConsentPerson>,
    /// Whether a guardian signs; where nobody is named both signatures are offered.
    pub by_guardian: bool,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
    /// Who prints it.
    pub printed_by: String,
}

/// A heading with its paragraphs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsentSection {
    /// The heading.
    pub heading: String,
    /// The paragraphs.
    pub paragraphs: Vec<String>,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsentPerson {
    /// 姓名.
    pub name: String,
    /// Masked ID number.
    pub id_masked: String,
    /// 村社.
    pub village_name: String,
    /// 户号.
    pub household_number: String,
}
