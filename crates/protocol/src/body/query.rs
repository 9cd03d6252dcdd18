//! `query.made`: somebody looked at what is masked by default, and why.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::ResidentId;

use super::{BodyFault, CODE_MAX_CHARS, Limits, check_chars, check_rows};
use crate::seal::Sealed;

/// Body of `query.made`, in the resident's home scope (浙江省公共信用信息管理条例 19, 20: purpose, authorisation, kept).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct QueryMade {
    /// Whose.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// What was shown, each once.
    #[n(1)]
    pub fields: Vec<QueryField>,
    /// The purpose, a code of the list of purposes.
    #[n(2)]
    pub purpose: String,
    /// Why, sealed with the resident's key (field `reason`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
    /// On whose authority, sealed with the resident's key (field `authorisation`).
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub authorisation: Option<Sealed>,
}

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum QueryField {
    /// 公民身份号码.
    #[n(0)]
    IdNumber,
    /// 联系电话.
    #[n(1)]
    Phone,
    /// 住址.
    #[n(2)]
    Address,
    /// Everything that is held, handed out on paper or as a file.
    #[n(3)]
    Everything,
}

/// Most fields in one query: each of [`QueryField`] once.
const FIELDS_MAX: usize = 4;

impl Limits for QueryMade {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.fields.len(), FIELDS_MAX)?;
        check_chars(&self.purpose, CODE_MAX_CHARS)
    }
}
