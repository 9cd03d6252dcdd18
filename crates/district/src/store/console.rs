//! What the console keeps and asks for: accounts, sessions, its record of acts, and the counted figures.

pub mod account;
pub mod act;
pub mod overview;
pub mod session;
pub mod sign_in;
pub mod tally;

/// The town of rows that belong to the whole district.
const DISTRICT_WIDE: &str = "";
