//! People's own say over their data: what they agree to, restriction, erasure, and how long what is kept
//! (个人信息保护法 13–17, 44–47).

use chrono::NaiveDate;
use zhenxin_domain::{
    ids::ResidentId,
    privacy::{self, DataState, PartFault},
};
use zhenxin_store::{ConsentRow, Reader};

use crate::{
    contract::{Fault, privacy::PersonStage},
    residents,
};

mod desk;
mod erasure;
mod reach;
pub(crate) mod reasons;
mod restrict;
mod retention;
mod texts;

pub use desk::{desk, due};
pub use erasure::{ask, erase, finish, plan, refuse, scrub, scrub_aside, withdraw};
pub use restrict::{lift, restrict};
pub(crate) use retention::AUDIT_CUT;
pub use retention::{apply as apply_retention, audit_retention, cut_audit, rules as retention_rules};
pub use texts::{agreed, form as consent_form, texts as consent_texts};

/// Whether something that happened on `day` may be recorded about the person, earned or spent.
pub fn may_take_part(
    reader: &Reader,
    resident: ResidentId,
    consents: &[ConsentRow],
    day: NaiveDate,
) -> Result<Result<(), PartFault>, Fault> {
    let state = reader.data_state(resident)?;
    Ok(privacy::may_take_part(&residents::as_consents(consents), state, day))
}

/// The person's way as one word.
pub fn stage(consents: &[ConsentRow], state: DataState, today: NaiveDate) -> PersonStage {
    use zhenxin_domain::privacy::PersonStage as Stage;
    match privacy::stage(&residents::as_consents(consents), state, today) {
        Stage::Without => PersonStage::Without,
        Stage::Active => PersonStage::Active,
        Stage::Withdrawn => PersonStage::Withdrawn,
        Stage::Restricted => PersonStage::Restricted,
        Stage::Erased => PersonStage::Erased,
    }
}
