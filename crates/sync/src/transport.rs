//! How a frame reaches the district and an answer comes back.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use zhenxin_protocol::wire::{Answer, Endpoint};

use crate::failure::Failure;

pub mod address;
pub mod https;
mod pieces;
mod verdict;

/// An answer under way.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + 'a>>;

/// A way to the district. Refusals come back as answers; whatever is not an
/// answer of a district is a [`Failure`].
pub trait Transport: Send + Sync {
    /// Sends a packed request and reads the answer.
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_>;

    /// The same, and tells when the request has left: then the next one may
    /// follow it on the same line without overtaking it. A transport that does
    /// not know says so at once.
    fn exchange_telling(&self, endpoint: Endpoint, frame: Vec<u8>, handed_over: HandedOver) -> Exchange<'_> {
        handed_over.tell();
        self.exchange(endpoint, frame)
    }
}

/// Told once that a request has left this PC.
#[derive(Clone, Debug, Default)]
pub struct HandedOver(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    told: bool,
    waker: Option<Waker>,
}

impl HandedOver {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has left.
    pub fn tell(&self) {
        let mut state = self.lock();
        state.told = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Whether it has left; else the task is woken when it has.
    pub fn poll_told(&self, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        if !state.told {
            state.waker = Some(cx.waker().clone());
        }
        state.told
    }
}
