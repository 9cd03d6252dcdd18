//! A request's body in pieces, so that it is known when the last of it has gone
//! to the line: the next request may follow then without overtaking this one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::HandedOver;

/// A piece: what a window of HTTP/2 holds at the least (RFC 9113 §6.9.2).
const PIECE_BYTES: usize = 65_535;

/// The body.
pub(super) struct Pieces {
    left: Bytes,
    handed_over: HandedOver,
}

impl Pieces {
    pub(super) fn new(frame: Vec<u8>, handed_over: HandedOver) -> Self {
        Self { left: Bytes::from(frame), handed_over }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let most = self.left.len().min(PIECE_BYTES);
        let piece = self.left.split_to(most);
        if self.left.is_empty() {
            self.handed_over.tell();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
