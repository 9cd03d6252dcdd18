//! What a device may read and write.

use zhenxin_domain::division::{Scope, TownCode};

/// Whether a device of `town` with these granted scopes may read and write
/// `scope`. The town's own scope (rules, users, the opening of a device) is
/// common to all its devices; a grant of the town includes every village.
#[must_use]
pub fn allows(town: TownCode, granted: &[Scope], scope: Scope) -> bool {
    scope == Scope::Town(town) || (scope.town() == town && granted.iter().any(|grant| grant.covers(scope)))
}
