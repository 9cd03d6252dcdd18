//! The steps of a round against the store and the transport.

use std::sync::Arc;

use zhenxin_protocol::wire::hello::{HelloAnswer, HelloRequest};
use zhenxin_protocol::wire::{Endpoint, Lineage};
use zhenxin_store::{Store, StoreError};

use crate::engine::{Done, Event, Step};
use crate::exchange::ask;
use crate::failure::Failure;
use crate::transport::Transport;

mod keys;
mod pull;
mod push;

/// What a step works with.
#[derive(Clone)]
pub(crate) struct Workbench {
    pub(crate) store: Store,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) lineage: Lineage,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::warn!(code = error.code(), "the store refuses a step");
        Self::Local { text: error.to_string() }
    }
}

impl Workbench {
    /// Carries out a step.
    pub(crate) async fn run(self, step: Step) -> Event {
        let done = match step {
            Step::Hello => self.hello().await,
            Step::Grants => self.grants().await,
            Step::PushKeys => self.push_keys().await,
            Step::PushOps => self.push_ops().await,
            Step::PullKeys | Step::PullKeysAgain => self.pull_keys().await,
            Step::PullOps => self.pull_ops().await,
        };
        match done {
            Ok(done) => Event::Done(done),
            Err(failure) => {
                tracing::info!(?step, state = ?failure.state(0), "a step failed");
                Event::Failed(failure)
            }
        }
    }

    async fn hello(&self) -> Result<Done, Failure> {
        let to_send = self.store.read(|reader| reader.op_counts())?.pending;
        let (lineage, _) = ask::<_, HelloAnswer>(&*self.transport, Endpoint::Hello, &HelloRequest::default()).await?;
        Ok(Done::Hello { lineage, to_send })
    }

    /// An exchange within a round: the district must still be the same.
    async fn ask<Q, A>(&self, endpoint: Endpoint, request: &Q) -> Result<A, Failure>
    where
        Q: minicbor::Encode<()> + Sync,
        A: for<'b> minicbor::Decode<'b, ()>,
    {
        let (lineage, answer) = ask(&*self.transport, endpoint, request).await?;
        if lineage == self.lineage { Ok(answer) } else { Err(Failure::Garbled) }
    }
}
