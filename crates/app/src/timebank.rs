//! Time bank: service types, needs, service orders from posting to crediting, accounts, gifts, passbooks.
//!
//! Invariants
//! - What an order may do stands in [`zhenxin_domain::service_order`]; here an illegal step becomes a refusal in words.
//! - Both sides of a service have consented, on its day and until now; a volunteer serves one order at a time.
//! - Minutes are promised only where they are there; crediting and taking back are decided by a second person.
//! - Silence never confirms: nothing here looks how long an order has waited.

mod accounts;
mod awaiting;
mod checks;
mod credit;
mod due;
mod entries;
mod gifts;
mod lines;
mod needs;
mod orders;
mod papers;
mod post;
mod service_types;
mod slips;
mod steps;

pub use accounts::{account, account_within, accounts, decided_by as gift_decided_by};
pub use credit::{credit_orders, credit_queue, reverse_order};
pub use due::{due, found_by_number, found_of};
pub use gifts::{give, reverse_gift};
pub use lines::clock;
pub use needs::{close_need, need, needs, post_need};
pub use orders::{calendar, decided_by as order_decided_by, order, orders, step_words};
pub use papers::{intact, preview_passbook, preview_slips, print_passbook, print_slips};
pub use post::post_order;
pub use service_types::{service_types, set_service_type};
pub use slips::{enter_slips, resolve_orders};
pub use steps::move_order;

/// A note as it is kept, or nothing where there is none.
pub fn note_of(written: &str) -> Result<Option<String>, crate::contract::Fault> {
    checks::note(written).map_err(|fault| crate::contract::Fault::field("note", crate::fault::sentence(&fault)))
}
