//! The rights to spend offline: what this PC wishes goes out, who holds what
//! comes back.

use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::rights::{RightsAnswer, RightsRequest};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;

impl Workbench {
    pub(super) async fn rights(&self) -> Result<Done, Failure> {
        let known = self.store.rights()?;
        let request = RightsRequest {
            want: known.iter().filter(|right| right.wanted && !right.held).map(|right| right.scope).collect(),
            release: known.iter().filter(|right| right.releasing).map(|right| right.scope).collect(),
        };
        let answer: RightsAnswer = self.ask(Endpoint::Rights, &request).await?;
        self.store.set_rights(&answer.rights)?;
        Ok(Done::Rights)
    }
}
