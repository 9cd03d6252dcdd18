//! The device's first operation.

use zhenxin_domain::ids::OpId;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::device::TownOpened;

use super::{Draft, Tx};
use crate::error::StoreError;

impl Tx<'_> {
    pub(crate) fn open_town(&mut self) -> Result<OpId, StoreError> {
        let body = TownOpened { town: self.identity.town, label: self.identity.label.clone() };
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body: Body::TownOpened(body), occurred_on })
    }
}
