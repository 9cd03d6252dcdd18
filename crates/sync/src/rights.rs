//! The rights to spend offline, as a person sees them.

use zhenxin_domain::division::Scope;
use zhenxin_store::{Store, StoreError};

/// The right to spend in one scope: one device holds it at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// Where.
    pub scope: Scope,
    /// This PC holds it.
    pub held: bool,
    /// Label of another PC that holds it.
    pub holder: Option<String>,
    /// This PC has asked for it.
    pub wanted: bool,
    /// This PC gives it back in the next round.
    pub releasing: bool,
    /// Another PC has asked for it.
    pub wanted_by_other: bool,
}

/// The rights as the district last told them, with this PC's own wishes.
///
/// # Errors
/// Faults of the store.
pub fn rights(store: &Store) -> Result<Vec<Right>, StoreError> {
    let rows = store.rights()?;
    let right = |row: zhenxin_store::RightRow| Right {
        scope: row.scope,
        held: row.held,
        holder: if row.held { None } else { row.label },
        wanted: row.wanted,
        releasing: row.releasing,
        wanted_by_other: row.wanted_by_other,
    };
    Ok(rows.into_iter().map(right).collect())
}

/// Notes wishes; the next round carries them out.
///
/// # Errors
/// Faults of the store.
pub fn want_rights(store: &Store, want: &[Scope], release: &[Scope]) -> Result<(), StoreError> {
    for scope in want {
        store.want_right(*scope, true)?;
    }
    for scope in release {
        store.want_right(*scope, false)?;
    }
    Ok(())
}
