//! Service types.

use chrono::NaiveDate;
use zhenxin_domain::ids::ServiceTypeId;
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::timebank::ServiceTypeRecorded;

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::sql::days;

/// A version of a service type to be recorded.
#[derive(Debug, Clone)]
pub struct ServiceTypeDraft {
    /// The type whose next version it is; `None` for a new type.
    pub service_type: Option<ServiceTypeId>,
    /// Such as `F01`.
    pub code: String,
    /// Such as 陪同就医.
    pub name: String,
    /// What a minute counts.
    pub coefficient: Coefficient,
    /// First day in force.
    pub in_force_from: NaiveDate,
}

impl Tx<'_> {
    /// Records a version of a service type; gives the type and the version's number.
    ///
    /// # Errors
    /// [`StoreError::Missing`], a text over its limit, faults of the database.
    pub fn record_service_type(&mut self, draft: &ServiceTypeDraft) -> Result<(ServiceTypeId, u32), StoreError> {
        let (service_type, version) = match draft.service_type {
            None => (ServiceTypeId::from_uuid(self.new_uuid()), 1),
            Some(known) => match self.service_type_versions(known)?.last() {
                Some(last) => (known, last.version + 1),
                None => return Err(StoreError::Missing { what: "服务项目" }),
            },
        };
        let body = Body::ServiceTypeRecorded(ServiceTypeRecorded {
            service_type,
            version,
            code: draft.code.clone(),
            name: draft.name.clone(),
            coefficient_percent: u32::from(draft.coefficient.percent()),
            in_force_from: days(draft.in_force_from),
        });
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body, occurred_on })?;
        Ok((service_type, version))
    }
}
