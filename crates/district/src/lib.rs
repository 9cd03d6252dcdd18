//! The district platform: it lets devices in, orders their ops and relays
//! their wrapped keys.
//!
//! Invariants
//! - It can read no personal field: ops carry those sealed, keys are wrapped
//!   for devices, and the district holds no key that opens either. The one clear
//!   text is what a town released of its brand; `/brands` shows it.
//! - An op is answered only after it is durably stored; the same push repeated
//!   gives the same answer. So a kill at any moment loses and doubles nothing.
//! - The order of a scope is dense and given out inside the transaction that
//!   holds the scope's row, so that no reader's cursor can skip an op.
//! - One bad op never blocks another.
//! - Logs hold device ids, counts and codes; never a body, a token or a code.
//!
//! Deliberately absent: a web console, PostgreSQL (all SQL lies in `store`, so
//! that it can come), Merkle heads, snapshots, attachments and bundles.

mod brands_page;
pub mod clock;
pub mod config;
#[cfg(test)]
mod fixture;
mod rate;
mod routes;
pub mod running;
mod server;
pub mod store;
pub mod terminal;
mod tls;

pub use config::Config;
pub use running::District;
