//! The district platform: it lets devices in, orders their ops and relays
//! their wrapped keys.
//!
//! Invariants
//! - It can read no personal field: ops carry those sealed, keys are wrapped
//!   for devices, and the district holds no key that opens either. The one clear
//!   text is what a town released of its brand; the console shows it.
//! - An op is answered only after it is durably stored; the same push repeated
//!   gives the same answer. So a kill at any moment loses and doubles nothing.
//! - The order of a scope is dense and given out inside the transaction that
//!   holds the scope's row, so that no reader's cursor can skip an op.
//! - One bad op never blocks another.
//! - What it says of a history it signs, and proves from the ops themselves; a
//!   byte that flipped in its store is found and never passed on.
//! - Logs hold device ids, counts and codes; never a body, a token or a code.
//!
//! Deliberately absent: a second way to the data. SQLite and PostgreSQL hold the
//! same tables, a backup of either is restored into the other, and a bundle goes
//! through the same doors as a request.

pub mod bundle;
mod caller;
pub mod clock;
#[cfg(test)]
mod cluster;
pub mod config;
pub mod console;
#[cfg(test)]
mod fixture;
mod health;
mod held;
mod logs;
mod metrics;
pub mod random;
mod rate;
mod routes;
pub mod running;
pub mod server;
pub mod store;
pub mod terminal;
mod tls;

pub use config::Config;
pub use running::District;
pub use server::Site;
