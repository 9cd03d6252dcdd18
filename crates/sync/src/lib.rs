//! Synchronisation of one PC with the district.
//!
//! Invariants
//! - The engine is pure: state and event give the next state and effects. Time
//!   and chance come with the event.
//! - Nothing leaves the outbox before the district's receipt for it; a step
//!   that failed anywhere is repeated as it was. So a cut at any moment loses
//!   and doubles nothing.
//! - Only a well-formed answer of a district is a success: a portal's page with
//!   status 200 is not.
//! - Entry never waits for the network: all of it runs on a thread of its own.
//! - No name, number, token or code leaves through a log or an error.
//!
//! Deliberately absent: repair of a fork or of a restored district, bundles,
//! attachments, snapshots.

pub mod backoff;
pub mod engine;
pub mod failure;
pub mod status;
pub mod transport;

mod driver;
mod enrol;
mod error;
mod exchange;
mod link;
mod steps;

pub use driver::{Connect, OnStatus, SyncHandle, sync_once};
pub use enrol::{EnrolOrder, enrol, relocate};
pub use error::SyncError;
pub use link::{Link, devices, link};
pub use status::{Report, SyncState, SyncStatus};
