//! One-time codes and the letting in of devices.

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::code::{CODE_RANDOM_BYTES, EnrolCode};

use super::db::{Row, Tx, Value};
use super::device::{self, Device, read_scopes, scopes_text};
use super::tables::{ENROL_CODE, SCOPE, TOWN};
use super::{Store, StoreError, town, tree};

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

pub(super) struct CodeRow {
    town: String,
    label: String,
    scopes: String,
    pub(super) made_at_ms: i64,
    expires_at_ms: i64,
    pub(super) used_at_ms: Option<i64>,
    /// Who may ask again with it.
    pub(super) used_by: Option<Vec<u8>>,
}

impl CodeRow {
    /// The hash and the rest.
    pub(super) fn read(mut row: Row) -> Result<(Hash32, Self), StoreError> {
        let town = row.text()?;
        let hash = Hash32(row.bytes()?);
        let code = Self {
            town,
            label: row.text()?,
            scopes: row.text()?,
            made_at_ms: row.int()?,
            expires_at_ms: row.int()?,
            used_at_ms: row.opt_int()?,
            used_by: row.opt_blob()?,
        };
        Ok((hash, code))
    }

    pub(super) fn values<'v>(&'v self, hash: &'v Hash32) -> [Value<'v>; 8] {
        [
            (&self.town).into(),
            hash.as_bytes().into(),
            (&self.label).into(),
            (&self.scopes).into(),
            self.made_at_ms.into(),
            self.expires_at_ms.into(),
            self.used_at_ms.into(),
            self.used_by.as_ref().into(),
        ]
    }
}

impl Store {
    /// Makes a code; only its hash stays here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn make_code(&self, new: &NewCode, now_ms: i64) -> Result<EnrolCode, StoreError> {
        let mut random = [0u8; CODE_RANDOM_BYTES];
        (self.random)(&mut random).map_err(StoreError::Random)?;
        let code = EnrolCode::from_random(random);
        let scopes = if new.villages.is_empty() { vec![Scope::Town(new.town)] } else { new.villages.clone() };
        let row = CodeRow {
            town: new.town.to_string(),
            label: new.label.clone(),
            scopes: scopes_text(&scopes),
            made_at_ms: now_ms,
            expires_at_ms: now_ms.saturating_add(new.valid_ms),
            used_at_ms: None,
            used_by: None,
        };
        self.write(|tx| {
            tx.insert_new(&TOWN, &[town::fresh_row(new.town, now_ms)])?;
            tx.insert(&ENROL_CODE, &[row.values(&code.hash()).to_vec()])
        })?;
        Ok(code)
    }

    /// Lets a device in under a new token. The same device with the same keys
    /// and the same code may ask again: its first answer may have been lost.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub fn let_in(&self, newcomer: &Newcomer, token: &[u8; 32], now_ms: i64) -> Result<Device, EnrolError> {
        self.write(|tx| {
            let mut code = code_row(tx, newcomer.code)?.ok_or(EnrolError::Refused(FaultCode::CodeUnknown))?;
            check_code(&code, newcomer, now_ms)?;
            let known = device::locked(tx, newcomer.town, newcomer.device)?;
            if known.as_ref().is_some_and(|known| !same_machine(known, newcomer)) {
                return Err(EnrolError::Refused(FaultCode::DeviceKeyDiffers));
            }
            // only a fresh code, made on purpose, lets a revoked device back in
            if code.used_by.is_some() && known.as_ref().is_some_and(|known| known.revoked_at_ms.is_some()) {
                return Err(EnrolError::Refused(FaultCode::DeviceRevoked));
            }
            let device = admitted(newcomer, &code, known, token, now_ms)?;
            device::put(tx, &device)?;
            for scope in device.scopes.iter().copied().chain([Scope::Town(newcomer.town)]) {
                tx.insert_new(&SCOPE, &[tree::empty_scope(newcomer.town, &scope)])?;
            }
            code.used_at_ms = code.used_at_ms.or(Some(now_ms));
            code.used_by = Some(newcomer.device.as_bytes().to_vec());
            tx.put(&ENROL_CODE, code.values(&newcomer.code))?;
            Ok(device)
        })
    }
}

/// The device as it is let in; what it was before stays where it is not renewed.
fn admitted(
    newcomer: &Newcomer,
    code: &CodeRow,
    known: Option<Device>,
    token: &[u8; 32],
    now_ms: i64,
) -> Result<Device, StoreError> {
    let fresh = Device {
        town: newcomer.town,
        id: newcomer.device,
        label: if newcomer.label.is_empty() { code.label.clone() } else { newcomer.label.clone() },
        scopes: read_scopes(&code.scopes)?,
        sign_key: newcomer.sign_key,
        seal_key: newcomer.seal_key,
        epoch: 1,
        token_hash: *Hash32::of(token).as_bytes(),
        enrolled_at_ms: now_ms,
        revoked_at_ms: None,
        contact_at_ms: None,
        forked_at_ms: None,
        program: None,
        pending_ops: None,
        oldest_pending_at_ms: None,
    };
    Ok(match known {
        None => fresh,
        Some(known) => Device {
            label: fresh.label,
            scopes: fresh.scopes,
            token_hash: fresh.token_hash,
            enrolled_at_ms: now_ms,
            revoked_at_ms: None,
            ..known
        },
    })
}

/// The code, held to the end of the transaction: two devices may bring the same.
fn code_row(tx: &Tx<'_>, hash: Hash32) -> Result<Option<CodeRow>, StoreError> {
    let tail = format!("WHERE hash = $1{}", tx.lock_words());
    let rows = tx.select(&ENROL_CODE, &tail, &[hash.as_bytes().into()])?;
    Ok(rows.into_iter().next().map(CodeRow::read).transpose()?.map(|(_, code)| code))
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
