//! What a simulation drives: the same engines and steps as in the program,
//! polled by hand over a transport of its own. Nothing here waits for a clock,
//! and the same calls with the same chance give the same run.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use zhenxin_store::Store;

use crate::enrol::{EnrolOrder, Place, join};
use crate::error::SyncError;
use crate::link::{Link, save_link};
use crate::transport::Transport;
use crate::transport::address::normalise;

pub use crate::driver::{lane_once_over, sync_once_over};
pub use crate::lane::LaneBench;
pub use crate::peer::{Connect, Peer};
pub use crate::steps::{Tuning, Workbench};

/// Joins a district over any transport; the address is only kept.
///
/// # Errors
/// [`SyncError`]; then this PC is as it was.
pub async fn enrol_over(store: &Store, transport: &dyn Transport, order: &EnrolOrder) -> Result<Link, SyncError> {
    let place = Place { url: normalise(&order.url)?, ca_pem: order.ca_pem.as_deref() };
    let code = order.code.parse()?;
    let link = join(store, transport, &code, order, place).await?;
    save_link(store, &link)?;
    Ok(link)
}

/// What a future gives when it is polled once, waking nobody.
pub fn poll_now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
