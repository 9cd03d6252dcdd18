//! Packages for the district.

use std::fmt;

use rusqlite::Row;
use zhenxin_domain::ids::{BrandId, HandoverId, UserId};
use zhenxin_protocol::body::brand::BrandSheet;
use zhenxin_protocol::hash::Hash32;

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, invalid};

/// Packages of one brand that are read, and that wait: a few in a year.
const HANDOVERS_MAX: u32 = 500;

/// Where a package stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandoverState {
    /// 待审查.
    Requested,
    /// 已放行.
    Released,
    /// 已退回.
    SentBack,
}

impl HandoverState {
    /// The stable code under which it is stored.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Released => "released",
            Self::SentBack => "sent_back",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Requested, Self::Released, Self::SentBack].into_iter().find(|state| state.as_code() == code)
    }
}

/// A package.
#[derive(Clone, PartialEq, Eq)]
pub struct HandoverRow {
    /// Which.
    pub id: HandoverId,
    /// Whose dossier.
    pub brand: BrandId,
    /// The brand's name.
    pub brand_name: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// Where it stands.
    pub state: HandoverState,
    /// When it was asked for, ms since 1970 UTC.
    pub requested_at: i64,
    /// By whom.
    pub requested_by: UserId,
    /// When it was reviewed, ms since 1970 UTC.
    pub reviewed_at: Option<i64>,
    /// By whom.
    pub reviewed_by: Option<UserId>,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// What was released.
    pub sheet: Option<BrandSheet>,
    /// SM3 of the canonical bytes of what was released.
    pub digest: Option<Hash32>,
    /// Another review of it came second and changed nothing.
    pub lost: bool,
}

impl fmt::Debug for HandoverRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandoverRow({}, {:?})", self.id, self.state)
    }
}

/// The columns that [`read`] reads.
const HANDOVER: &str = include_str!("handover/handover.sql");

fn read(row: &Row<'_>) -> rusqlite::Result<HandoverRow> {
    let mut c = Columns::of(row);
    let (id, brand, brand_name, purpose, state) = (c.take()?, c.take()?, c.get()?, c.get()?, c.take()?);
    let (requested_at, requested_by) = (c.get()?, c.take()?);
    let (reviewed_at, reviewed_by, reason) = (c.get()?, c.take()?, c.get()?);
    let bytes: Option<Vec<u8>> = c.get()?;
    let sheet = bytes.as_deref().map(minicbor::decode).transpose().map_err(|_| invalid(10))?;
    Ok(HandoverRow {
        id,
        brand,
        brand_name,
        purpose,
        state,
        requested_at,
        requested_by,
        reviewed_at,
        reviewed_by,
        reason,
        sheet,
        digest: bytes.as_deref().map(Hash32::of),
        lost: c.get()?,
    })
}

impl Reader<'_> {
    /// One package.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn handover(&self, id: HandoverId) -> Result<Option<HandoverRow>, StoreError> {
        self.one(&format!("{HANDOVER} WHERE h.id = ?1"), [id.as_bytes()], read)
    }

    /// The packages of a brand, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn handovers_of(&self, brand: BrandId) -> Result<Vec<HandoverRow>, StoreError> {
        let sql = format!("{HANDOVER} WHERE h.brand = ?1 ORDER BY h.requested_at DESC, h.id DESC LIMIT ?2");
        self.all(&sql, (brand.as_bytes(), HANDOVERS_MAX), read)
    }

    /// All packages, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn handovers(&self, limit: u32) -> Result<Vec<HandoverRow>, StoreError> {
        self.all(&format!("{HANDOVER} ORDER BY h.requested_at DESC, h.id DESC LIMIT ?1"), [limit], read)
    }

    /// Packages that wait for a review and were asked for by somebody else, the oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn handovers_waiting(&self, not_by: UserId) -> Result<Vec<HandoverRow>, StoreError> {
        let sql = format!(
            "{HANDOVER} WHERE h.state = 'requested' AND h.requested_by <> ?1 ORDER BY h.requested_at, h.id LIMIT ?2"
        );
        self.all(&sql, (not_by.as_bytes(), HANDOVERS_MAX), read)
    }
}
