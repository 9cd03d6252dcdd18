//! 待区平台确认: minutes spent on a PC that did not hold the village's spending right, until the district has ordered the
//! act. Another PC may have spent the same minutes meanwhile.

use zhenxin_domain::service_order::Payer;
use zhenxin_store::{GiftRow, OpStatus, OrderRow, Reader};

use crate::{Caller, contract::Fault};

/// Whether this PC has a district at all; without one nothing waits for it.
#[derive(Clone, Copy)]
pub struct Awaiting {
    enrolled: bool,
}

impl Awaiting {
    pub fn of(caller: &Caller) -> Result<Self, Fault> {
        Ok(Self { enrolled: zhenxin_sync::link(caller.store())?.is_some() })
    }

    pub fn order(self, reader: &Reader, row: &OrderRow) -> Result<bool, Fault> {
        if row.payer != Payer::Own || row.refused {
            return Ok(false);
        }
        self.spend(reader, row.scope, row.op)
    }

    pub fn gift(self, reader: &Reader, row: &GiftRow) -> Result<bool, Fault> {
        Ok(!row.refused && self.spend(reader, row.scope, row.op)?)
    }

    fn spend(
        self,
        reader: &Reader,
        scope: zhenxin_domain::division::Scope,
        op: zhenxin_domain::ids::OpId,
    ) -> Result<bool, Fault> {
        if !self.enrolled || reader.holds_right(scope)? {
            return Ok(false);
        }
        Ok(reader.op_of_content(op)?.is_some_and(|row| row.status == OpStatus::Pending))
    }
}
