//! `key.json`: the wrapped forms of the file's key.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;
use zhenxin_domain::ids::UserId;
use zhenxin_protocol::hash::Hash32;

use super::kdf::Kdf;
use super::refused::Refused;
use super::{FileKey, hex, unhex};
use crate::error::StoreError;
use crate::ports::Ports;

pub(crate) const NAME: &str = "key.json";
/// Raised by a change that older programs cannot read.
const FORMAT: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeyFile {
    format: u32,
    /// Random, public: makes user tags and labels those of this file.
    salt: String,
    /// Tells the right key from another without opening the database. The key is 256 random bits,
    /// so its hash gives nothing away.
    check: String,
    pub(crate) keyring: Option<RingSlot>,
    #[serde(default)]
    pub(crate) passwords: Vec<PasswordSlot>,
    pub(crate) recovery: Option<RecoverySlot>,
    /// Of a new recovery key until somebody has confirmed that it is on paper; the former one opens until then.
    #[serde(default)]
    pub(crate) recovery_offered: Option<RecoverySlot>,
    #[serde(default)]
    pub(crate) attempts: Vec<Attempts>,
    /// By user, who is named by the id: the half minute whose one-time code was taken last.
    #[serde(default)]
    codes: BTreeMap<String, i64>,
    /// Waits to be written into the audit.
    #[serde(default)]
    pub(crate) refused: Refused,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RingSlot {
    pub(crate) service: String,
    pub(crate) account: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PasswordSlot {
    pub(crate) user_tag: String,
    pub(crate) kdf: Kdf,
    pub(crate) wrapped: Wrapped,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecoverySlot {
    pub(crate) kdf: Kdf,
    pub(crate) wrapped: Wrapped,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attempts {
    pub(crate) user_tag: String,
    /// Somebody has this name.
    #[serde(default)]
    pub(crate) known: bool,
    pub(crate) wrong: u32,
    pub(crate) locked_until_ms: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wrapped {
    alg: String,
    nonce: String,
    bytes: String,
}

const XC20P: &str = zhenxin_protocol::seal::XC20P_TAG;

impl Wrapped {
    pub(crate) fn wrap(key: &FileKey, kek: &[u8], label: &str, ports: &Ports) -> Result<Self, StoreError> {
        let nonce = ports.random::<24>();
        let cipher = XChaCha20Poly1305::new_from_slice(kek).map_err(|_| StoreError::KeyFile)?;
        let payload = Payload { msg: key.as_bytes(), aad: label.as_bytes() };
        let bytes = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| StoreError::KeyFile)?;
        Ok(Self { alg: XC20P.to_owned(), nonce: hex(&nonce), bytes: hex(&bytes) })
    }

    /// `None` where the key that wraps it is another.
    pub(crate) fn unwrap(&self, kek: &[u8], label: &str) -> Option<FileKey> {
        let nonce = <[u8; 24]>::try_from(unhex(&self.nonce)?).ok()?;
        let bytes = unhex(&self.bytes)?;
        let cipher = XChaCha20Poly1305::new_from_slice(kek).ok()?;
        let payload = Payload { msg: &bytes, aad: label.as_bytes() };
        let plain = Zeroizing::new(cipher.decrypt(&XNonce::from(nonce), payload).ok()?);
        (self.alg == XC20P).then(|| FileKey::from_slice(&plain)).flatten()
    }
}

impl KeyFile {
    pub(crate) fn new(salt: [u8; 16], key: &FileKey) -> Self {
        let salt = hex(&salt);
        Self {
            format: FORMAT,
            check: check_of(&salt, key),
            salt,
            keyring: None,
            passwords: Vec::new(),
            recovery: None,
            recovery_offered: None,
            attempts: Vec::new(),
            codes: BTreeMap::new(),
            refused: Refused::default(),
        }
    }

    /// Stands for a sign-in name, so that the file names nobody.
    pub(crate) fn user_tag(&self, sign_in_name: &str) -> String {
        let name = sign_in_name.trim().to_lowercase();
        Hash32::of_parts(&[self.salt.as_bytes(), name.as_bytes()]).to_string()
    }

    /// The tag under which a sign-in is counted. Without a name it is that of the only user here.
    pub(crate) fn tag_of(&self, sign_in_name: &str) -> String {
        match (sign_in_name.trim(), self.passwords.as_slice()) {
            ("", [only]) => only.user_tag.clone(),
            _ => self.user_tag(sign_in_name),
        }
    }

    /// Ties a wrapped key to its slot and its file.
    pub(crate) fn label(&self, slot: &str, user_tag: &str) -> String {
        format!("zhenxin key slot {FORMAT}/{}/{slot}/{user_tag}", self.salt)
    }

    /// Whether a key is this file's.
    pub(crate) fn is_key(&self, key: &FileKey) -> bool {
        self.check == check_of(&self.salt, key)
    }

    /// Takes the one-time code of a half minute; false where it or a later one was taken before. Here and not in memory,
    /// so that it holds after the program was started anew and after a restore.
    pub(crate) fn take_code(&mut self, user: UserId, step: i64) -> bool {
        let user = user.to_string();
        let is_fresh = self.codes.get(&user).is_none_or(|last| *last < step);
        if is_fresh {
            self.codes.insert(user, step);
        }
        is_fresh
    }

    pub(crate) fn put_password(&mut self, slot: PasswordSlot) {
        self.passwords.retain(|present| present.user_tag != slot.user_tag);
        self.passwords.push(slot);
    }

    pub(crate) fn load(dir: &Path) -> Result<Option<Self>, StoreError> {
        let text = match fs::read_to_string(dir.join(NAME)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Err(StoreError::KeyFile),
            Err(error) => return Err(error.into()),
        };
        let file: Self = serde_json::from_str(&text).map_err(|_| StoreError::KeyFile)?;
        if file.format > FORMAT {
            return Err(StoreError::NewerFile { found: file.format, known: FORMAT });
        }
        Ok(Some(file))
    }

    pub(crate) fn to_text(&self) -> Result<String, StoreError> {
        serde_json::to_string_pretty(self).map_err(|_| StoreError::KeyFile)
    }

    /// What of it goes with a backup to another disk: the recovery key's slot. 160 random bits cannot be guessed at; a
    /// password can, by whoever finds the stick.
    pub(crate) fn for_a_stick(&self) -> Self {
        let (passwords, attempts, codes) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { keyring: None, passwords, attempts, codes, refused: Refused::default(), ..self.clone() }
    }

    /// Replaces the file as a whole: after a crash either the old or the new one is there.
    pub(crate) fn save(&self, dir: &Path) -> Result<(), StoreError> {
        let text = self.to_text()?;
        let fresh = dir.join("key.json.new");
        let mut file = fs::File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&fresh, dir.join(NAME))?;
        sync_dir(dir)
    }
}

fn check_of(salt: &str, key: &FileKey) -> String {
    Hash32::of_parts(&[b"zhenxin key check\0", salt.as_bytes(), key.as_bytes()]).to_string()
}

/// Makes a rename durable. Windows does it by itself and cannot open a folder as a file.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}
