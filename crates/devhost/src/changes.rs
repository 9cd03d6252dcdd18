//! `GET /api/changes`: server-sent events, one a change.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use tokio::sync::broadcast::error::RecvError;

use crate::server::Served;

/// Said instead of the topics that a slow page has missed.
const EVERYTHING: &str = "everything";

/// Streams the topics from now on.
pub async fn stream(State(served): State<Served>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let topics = unfold(served.changes.subscribe(), |mut changes| async move {
        let topic = match changes.recv().await {
            Ok(topic) => topic,
            Err(RecvError::Lagged(_)) => EVERYTHING.to_owned(),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(Event::default().data(topic)), changes))
    });
    Sse::new(topics).keep_alive(KeepAlive::default())
}
