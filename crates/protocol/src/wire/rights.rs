//! `/v1/rights`: who may spend offline. A right is a lease of one scope, held
//! by one device at most, so that within it no account is spent twice.

use minicbor::{Decode, Encode};

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;

/// What a device wants to hold and gives back. The district gives a right that
/// is free; one that another device holds is free once that device releases it
/// or the district's administrator takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct RightsRequest {
    /// Scopes whose right the device wants or holds.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub want: Vec<Scope>,
    /// Scopes whose right it gives back.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub release: Vec<Scope>,
}

/// Every right in the scopes that the asker may write.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct RightsAnswer {
    /// Ascending by scope; a scope that nobody holds or wants may be left out.
    #[n(0)]
    pub rights: Vec<Right>,
}

/// The right of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Right {
    /// The scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// Who holds it.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub holder: Option<DeviceId>,
    /// The holder's label.
    #[n(2)]
    pub label: Option<String>,
    /// Whether a device other than the holder wants it.
    #[n(3)]
    pub wanted: bool,
}
