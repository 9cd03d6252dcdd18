//! Plain data ↔ the bytes of office files: PDF papers out, workbooks in and out.
//!
//! Purpose: [`sheet`] reads what a clerk was sent (.xlsx, .xls, .csv), [`workbook`] writes tables and the rows that
//! could not be taken back to the clerk, [`statement`], [`passbook`], [`slip`], [`person_record`], [`brand_card`] and
//! [`brand_dossier`] set the papers that are handed over the counter, signed, hung up and filed, on [`layout`] and
//! [`fonts`]; [`picture`] takes photos in without what they say about people.
//!
//! Invariants:
//! - The same input gives the same bytes: dates come from the input, no clock and no randomness is asked here.
//! - A character the bundled fonts do not contain is an error that names the character, never a blank on paper.
//! - The kind of a file that is read is decided by its content, and every limit is checked before memory is spent.
//! - Text is written to workbooks as text, never as a formula.
//!
//! Deliberately absent: databases, the rules of the domain, masking and desensitising (the caller passes text
//! that is ready to be printed), printing itself, and previews other than the PDF.
#![deny(missing_docs)]

pub mod brand_card;
pub mod brand_dossier;
pub mod consent_form;
pub mod fonts;
pub mod layout;
pub mod passbook;
pub mod person_record;
pub mod picture;
pub mod sheet;
pub mod slip;
pub mod statement;
pub mod workbook;

mod error;
mod pdf;
#[cfg(test)]
mod poppler;

pub use error::DocumentError;
pub use pdf::{PrintTime, Printed};
