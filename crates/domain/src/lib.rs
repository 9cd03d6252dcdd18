//! The rules of the domain, and nothing else: identifiers, residents and their consent, the
//! double-entry ledger, points rules with the lawfulness gate, awards and working days.
//!
//! Invariants
//! - Pure: the same arguments always give the same answer. The date of "today" is an argument.
//! - A value that exists is valid: [`id_number::IdNumber`], [`resident::PersonName`],
//!   [`ledger::Amount`] and the like can only be made through their checks.
//! - Every error's text is Chinese for a clerk, says what to do next, and never holds a name, an
//!   ID number or a telephone number. `Debug` of personal values is masked.
//! - Points are whole and only ever positive; a correction is a reversal, never an edit.
//!
//! Deliberately absent: I/O, the clock, randomness, a database, hashing, and serialisation (wire
//! and screen shapes live in `protocol` and in the command contract).
#![deny(missing_docs)]

mod coded;

pub mod code_text;

pub mod award;
pub mod brand;
pub mod cap;
pub mod consent;
pub mod decimal;
pub mod division;
pub mod event;
pub mod id_number;
pub mod ids;
pub mod keeping;
pub mod lawful;
pub mod ledger;
pub mod password;
pub mod personal;
pub mod phone;
pub mod privacy;
pub mod resident;
pub mod rule;
pub mod service_order;
pub mod service_time;
pub mod text;
pub mod workday;
