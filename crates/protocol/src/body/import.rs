//! `import.undone`: everything that one import recorded in one scope is taken back.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{ImportId, ResidentId, RuleId};

use super::{BodyFault, Limits, UNDONE_IDS_MAX, check_rows};

/// Body of `import.undone`. The fold then skips the import's operations for these entities.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ImportUndone {
    /// The import.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub import: ImportId,
    /// The residents that it created or changed.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub residents: Vec<ResidentId>,
    /// The points rules that it created or gave a new version.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub rules: Vec<RuleId>,
}

impl Limits for ImportUndone {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.residents.len() + self.rules.len(), UNDONE_IDS_MAX)
    }
}
