//! Packages for the district.

use std::fmt;

use zhenxin_domain::ids::{BrandId, HandoverId, OpId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::{BrandSheet, HandoverRequested, HandoverReviewed};

use super::brand::Sealing;
use super::{Draft, Tx};
use crate::error::StoreError;
use crate::query::handover::HandoverState;

/// What the confidentiality review decides.
#[derive(Clone)]
pub enum HandoverReview {
    /// 放行: from then on the district reads this in the clear.
    Release(Box<BrandSheet>),
    /// 退回.
    SendBack {
        /// Why.
        reason: String,
    },
}

impl fmt::Debug for HandoverReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Release(_) => "Release(..)",
            Self::SendBack { .. } => "SendBack(..)",
        })
    }
}

impl Tx<'_> {
    /// Asks for a brand's package to be handed to the district.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown brand, [`StoreError::KeyMissing`], faults of the database.
    pub fn request_handover(&mut self, brand: BrandId, purpose: &str) -> Result<HandoverId, StoreError> {
        let brand = self.brand_now(brand)?.id;
        let with = Sealing { key: self.key_of(brand.as_bytes())?, op: self.new_op_id(), subject: *brand.as_bytes() };
        let handover = HandoverId::from_uuid(self.new_uuid());
        let purpose = self.seal_opt(&with, "purpose", Some(purpose))?;
        let body = Body::HandoverRequested(HandoverRequested { handover, brand, purpose });
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: with.op, scope, body, occurred_on })?;
        Ok(handover)
    }

    /// Releases a package, or sends it back.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a package that was reviewed before,
    /// [`StoreError::KeyMissing`], a text of the sheet over its limit, faults of the database.
    pub fn review_handover(&mut self, handover: HandoverId, review: HandoverReview) -> Result<OpId, StoreError> {
        let row = self.handover(handover)?.ok_or(StoreError::Missing { what: "交区数据包" })?;
        if row.state != HandoverState::Requested {
            return Err(StoreError::Refused("这份数据包已经审查过，请刷新列表"));
        }
        let brand = row.brand;
        let op = self.new_op_id();
        let (sheet, reason) = match review {
            HandoverReview::Release(sheet) => (Some(*sheet), None),
            HandoverReview::SendBack { reason } => {
                let with = Sealing { key: self.key_of(brand.as_bytes())?, op, subject: *brand.as_bytes() };
                (None, self.seal_opt(&with, "reason", Some(&reason))?)
            }
        };
        let body = Body::HandoverReviewed(HandoverReviewed { handover, brand, sheet, reason });
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: op, scope, body, occurred_on })
    }
}
