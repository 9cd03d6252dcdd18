//! Time bank: service types, needs, service orders from posting to crediting, accounts, gifts, passbooks.
//!
//! Invariants
//! - What an order may do stands in [`zhenxin_domain::service_order`]; here an illegal step becomes a refusal in words.
//! - Both sides of a service have consented, on its day and until now; a volunteer serves one order at a time.
//! - Minutes are promised only where they are there; crediting and taking back are decided by a second person.
//! - Silence never confirms: nothing here looks how long an order has waited.

mod accounts;
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

pub use accounts::{account, accounts};
pub use credit::{credit_orders, credit_queue, reverse_order};
pub use due::{beyond_cap, concerned, due, found_by_number, found_of, to_decide};
pub use gifts::{give, reverse_gift};
pub use needs::{close_need, need, needs, post_need};
pub use orders::{calendar, order, orders};
pub use papers::{intact, preview_passbook, print_passbook, slips};
pub use post::post_order;
pub use service_types::{service_types, set_service_type};
pub use slips::{enter_slips, resolve_orders};
pub use steps::move_order;
