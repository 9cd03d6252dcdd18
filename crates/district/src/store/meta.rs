//! The store's own name and keys.

use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wrap::public_of;

use super::db::Tx;
use super::tables::META;
use super::{DISTRICT_WIDE, StoreError};
use crate::random::Random;

const LINEAGE: &str = "lineage";
const SIGN_SEED: &str = "sign_seed";
const SEAL_SECRET: &str = "seal_secret";

/// The district's own keys. They stay as long as the district is the same one,
/// through every restoring of a backup.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Ed25519 seed that signs heads and what is published.
    pub(crate) sign_seed: [u8; 32],
    /// X25519 secret to which bundles are sealed.
    pub(crate) seal_secret: [u8; 32],
}

impl Keys {
    pub(crate) fn sign_key(&self) -> [u8; 32] {
        public_key(&self.sign_seed)
    }

    pub(crate) fn seal_key(&self) -> [u8; 32] {
        public_of(&self.seal_secret)
    }
}

fn stored<const N: usize>(tx: &Tx<'_>, name: &str) -> Result<Option<[u8; N]>, StoreError> {
    let Some(mut row) = tx.get(&META, &[DISTRICT_WIDE.into(), name.into()])? else { return Ok(None) };
    let (_town, _name) = (row.text()?, row.text()?);
    row.bytes().map(Some)
}

fn keep<const N: usize>(tx: &Tx<'_>, name: &str, value: &[u8; N]) -> Result<(), StoreError> {
    tx.put(&META, &[DISTRICT_WIDE.into(), name.into(), value.into()])
}

fn stored_or_fresh<const N: usize>(tx: &Tx<'_>, name: &str, random: &Random) -> Result<[u8; N], StoreError> {
    if let Some(value) = stored(tx, name)? {
        return Ok(value);
    }
    let mut fresh = [0; N];
    random(&mut fresh).map_err(StoreError::Random)?;
    keep(tx, name, &fresh)?;
    Ok(fresh)
}

/// The lineage and the keys, made at the first start.
pub(super) fn prepare(tx: &Tx<'_>, random: &Random) -> Result<(Lineage, Keys), StoreError> {
    let lineage = Lineage(stored_or_fresh(tx, LINEAGE, random)?);
    let sign_seed = stored_or_fresh(tx, SIGN_SEED, random)?;
    let seal_secret = stored_or_fresh(tx, SEAL_SECRET, random)?;
    Ok((lineage, Keys { sign_seed, seal_secret }))
}

/// The lineage as it stands: another program may have restored a backup.
pub(super) fn lineage(tx: &Tx<'_>) -> Result<Lineage, StoreError> {
    stored(tx, LINEAGE)?.map(Lineage).ok_or(StoreError::Damaged("meta"))
}

/// Gives the history a new name.
pub(super) fn renew_lineage(tx: &Tx<'_>, random: &Random) -> Result<Lineage, StoreError> {
    let mut fresh = [0; 16];
    random(&mut fresh).map_err(StoreError::Random)?;
    keep(tx, LINEAGE, &fresh)?;
    Ok(Lineage(fresh))
}

/// The keys as they stand.
pub(super) fn keys(tx: &Tx<'_>) -> Result<Keys, StoreError> {
    let damaged = || StoreError::Damaged("meta");
    Ok(Keys {
        sign_seed: stored(tx, SIGN_SEED)?.ok_or_else(damaged)?,
        seal_secret: stored(tx, SEAL_SECRET)?.ok_or_else(damaged)?,
    })
}
