//! How a frame reaches the district and an answer comes back.

use std::future::Future;
use std::pin::Pin;

use zhenxin_protocol::wire::{Answer, Endpoint};

use crate::failure::Failure;

pub mod address;
pub mod https;
mod verdict;

/// An answer under way.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + 'a>>;

/// A way to the district. Refusals come back as answers; whatever is not an
/// answer of a district is a [`Failure`].
pub trait Transport: Send + Sync {
    /// Sends a packed request and reads the answer.
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_>;
}
