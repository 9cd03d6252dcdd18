//! One-time codes and the letting in of devices.

use rusqlite::{OptionalExtension, Transaction};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::code::{CODE_RANDOM_BYTES, EnrolCode};

use super::device::{self, Device, read_scopes, scopes_text};
use super::{Store, StoreError};

/// What a code is made for.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// The town that it opens.
    pub town: TownCode,
    /// Label of the device, when it gives none itself.
    pub label: String,
    /// Villages; empty for the whole town.
    pub villages: Vec<Scope>,
    /// How long it is valid, in milliseconds.
    pub valid_ms: i64,
}

/// A device that asks to be let in, its proof already checked.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Hash of the code.
    pub code: Hash32,
    /// Its id.
    pub device: DeviceId,
    /// Its town.
    pub town: TownCode,
    /// Its label; empty takes the one of the code.
    pub label: String,
    /// Ed25519 public key.
    pub sign_key: [u8; 32],
    /// X25519 public key.
    pub seal_key: [u8; 32],
}

/// Why a newcomer stays out.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Told to the device.
    #[error("{}", .0.name())]
    Refused(FaultCode),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for EnrolError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

struct CodeRow {
    town: String,
    label: String,
    scopes: String,
    expires_at_ms: i64,
    used_by: Option<Vec<u8>>,
}

impl Store {
    /// Makes a code; only its hash stays here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn make_code(&self, new: &NewCode, now_ms: i64) -> Result<EnrolCode, StoreError> {
        let mut random = [0u8; CODE_RANDOM_BYTES];
        getrandom::fill(&mut random).map_err(StoreError::Random)?;
        let code = EnrolCode::from_random(random);
        let scopes = if new.villages.is_empty() { vec![Scope::Town(new.town)] } else { new.villages.clone() };
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO town (code, made_at_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                (new.town.as_str(), now_ms),
            )?;
            transaction.execute(
                include_str!("enrol/insert_code.sql"),
                (
                    code.hash().as_bytes(),
                    new.town.as_str(),
                    &new.label,
                    scopes_text(&scopes),
                    now_ms,
                    now_ms.saturating_add(new.valid_ms),
                ),
            )?;
            Ok::<_, StoreError>(())
        })?;
        Ok(code)
    }

    /// Lets a device in under a new token. The same device with the same keys
    /// and the same code may ask again: its first answer may have been lost.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub fn let_in(&self, newcomer: &Newcomer, token: &[u8; 32], now_ms: i64) -> Result<Device, EnrolError> {
        self.write(|transaction| {
            let row = code_row(transaction, newcomer.code)?.ok_or(EnrolError::Refused(FaultCode::CodeUnknown))?;
            check_code(&row, newcomer, now_ms)?;
            let known = device::by_id(transaction, newcomer.device)?;
            if known.as_ref().is_some_and(|known| !same_machine(known, newcomer)) {
                return Err(EnrolError::Refused(FaultCode::DeviceKeyDiffers));
            }
            // only a fresh code, made on purpose, lets a revoked device back in
            if row.used_by.is_some() && known.as_ref().is_some_and(|known| known.revoked_at_ms.is_some()) {
                return Err(EnrolError::Refused(FaultCode::DeviceRevoked));
            }
            let label = if newcomer.label.is_empty() { &row.label } else { &newcomer.label };
            transaction.execute(
                include_str!("enrol/upsert_device.sql"),
                (
                    newcomer.device.as_bytes(),
                    newcomer.town.as_str(),
                    label,
                    &row.scopes,
                    &newcomer.sign_key[..],
                    &newcomer.seal_key[..],
                    known.map_or(1, |known| known.epoch),
                    Hash32::of(token).as_bytes(),
                    now_ms,
                ),
            )?;
            for scope in read_scopes(&row.scopes)?.into_iter().chain([Scope::Town(newcomer.town)]) {
                transaction.execute(
                    "INSERT INTO scope (code, town) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    (scope.as_str(), newcomer.town.as_str()),
                )?;
            }
            transaction.execute(
                "UPDATE enrol_code SET used_at_ms = coalesce(used_at_ms, ?2), used_by = ?3 WHERE hash = ?1",
                (newcomer.code.as_bytes(), now_ms, newcomer.device.as_bytes()),
            )?;
            let device = device::by_id(transaction, newcomer.device)?;
            device.ok_or(EnrolError::Store(StoreError::Damaged("device")))
        })
    }
}

fn code_row(transaction: &Transaction<'_>, hash: Hash32) -> Result<Option<CodeRow>, rusqlite::Error> {
    transaction
        .query_row(include_str!("enrol/select_code.sql"), [hash.as_bytes()], |row| {
            Ok(CodeRow {
                town: row.get(0)?,
                label: row.get(1)?,
                scopes: row.get(2)?,
                expires_at_ms: row.get(3)?,
                used_by: row.get(4)?,
            })
        })
        .optional()
}

fn check_code(row: &CodeRow, newcomer: &Newcomer, now_ms: i64) -> Result<(), EnrolError> {
    let refusal = if row.used_by.as_deref().is_some_and(|by| by != newcomer.device.as_bytes()) {
        Some(FaultCode::CodeUsed)
    } else if now_ms >= row.expires_at_ms {
        Some(FaultCode::CodeExpired)
    } else if row.town != newcomer.town.as_str() {
        Some(FaultCode::CodeTown)
    } else {
        None
    };
    refusal.map_or(Ok(()), |code| Err(EnrolError::Refused(code)))
}

fn same_machine(known: &Device, newcomer: &Newcomer) -> bool {
    known.sign_key == newcomer.sign_key && known.seal_key == newcomer.seal_key && known.town == newcomer.town
}
