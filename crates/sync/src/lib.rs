//! Synchronisation of one PC with the district, over the network or by a file
//! that somebody carries.
//!
//! Invariants
//! - The engines are pure: state and event give the next state and effects.
//!   Time and chance come with the event.
//! - Nothing leaves the outbox before the district's receipt for it; whatever
//!   failed anywhere, the next round starts over. So a cut at any moment loses
//!   and doubles nothing.
//! - The district is believed by its pinned key only: heads, pages and
//!   published documents are signed, a history that does not continue this
//!   PC's is compared, and nothing is taken back that lies here alone.
//! - A round is well only when both sides end at the same sizes and roots.
//! - Only a well-formed answer of a district is a success: a portal's page with
//!   status 200 is not.
//! - Entry never waits for the network, ops never for attachments.
//! - No name, number, token or code leaves through a log or an error.
//!
//! Deliberately absent: what operations mean (`store`), who may do what (`app`).

pub mod backoff;
pub mod engine;
pub mod failure;
pub mod lane;
pub mod sim;
pub mod status;
pub mod transport;

mod bundle;
mod driver;
mod enrol;
mod error;
mod exchange;
mod link;
mod peer;
mod published;
mod rights;
mod settings;
mod snapshot;
mod steps;

pub use bundle::{
    BundleFault, BundleIn, BundleOut, BundlePreview, BundleProgress, BundleTo, bundle_export, bundle_import,
    bundle_preview,
};
pub use driver::{OnStatus, SyncHandle, lane_once, make_snapshot, sync_once};
pub use enrol::{EnrolOrder, enrol, relocate};
pub use error::SyncError;
pub use lane::bench::lane_status;
pub use link::{Link, devices, equality, link};
pub use peer::Connect;
pub use published::{PublishedDoc, published};
pub use rights::{Right, rights, want_rights};
pub use settings::{Network, NetworkFault, Proxy, Settings, present_network, save_settings, settings};
pub use snapshot::drop_files as drop_snapshot_files;
pub use status::{Equality, LaneStatus, Progress, Report, SyncState, SyncStatus};
