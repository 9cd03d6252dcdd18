//! The key of the town's file and the slots that hold it.
//!
//! The file is encrypted with 32 random bytes. They lie in the operating system's keyring where one
//! answers; otherwise each user's password wraps them. A recovery key, shown once and kept on paper,
//! wraps them always. `key.json` beside the database holds the wrapped forms and no plain secret.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;
use zhenxin_protocol::hash::Hash32;

use crate::error::StoreError;
use crate::ports::Ports;

pub(crate) mod file;
pub(crate) mod kdf;
pub(crate) mod lockout;
pub(crate) mod recovery;
pub(crate) mod refused;
pub(crate) mod ring;

pub use kdf::KdfCost;
pub use recovery::RecoveryKey;

use file::{KeyFile, PasswordSlot, RecoverySlot, RingSlot};
use lockout::Whose;
use refused::Door;

/// The key of the database file.
#[derive(Clone)]
pub(crate) struct FileKey(Zeroizing<[u8; 32]>);

impl FileKey {
    pub(crate) fn random(ports: &Ports) -> Self {
        Self(Zeroizing::new(ports.random()))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As SQLCipher's `PRAGMA key` takes a raw key.
    pub(crate) fn to_pragma(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("x'{}'", hex(self.as_bytes())))
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(..)")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing into a string cannot fail");
    }
    text
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// How the file is opened from day to day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyWay {
    /// The operating system's keyring holds the key.
    Keyring,
    /// A user's password unwraps the key.
    Password,
}

impl KeyWay {
    /// `keyring` or `password`.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Password => "password",
        }
    }
}

/// Whether a new file may use the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringPolicy {
    /// Use it where it answers and `ZHENXIN_KEYRING` is not `off`.
    Auto,
    /// Do not ask it.
    Off,
}

/// A password as it was stretched: one half unwraps the file's key, the other proves the sign-in.
pub(crate) struct Stretched {
    kdf: kdf::Kdf,
    output: Zeroizing<[u8; 64]>,
}

impl Stretched {
    pub(crate) fn new(password: &str, cost: KdfCost, ports: &Ports) -> Result<Self, StoreError> {
        let kdf = kdf::Kdf::new(cost, ports);
        let output = kdf.stretch(password.as_bytes())?;
        Ok(Self { kdf, output })
    }

    pub(crate) const fn kdf(&self) -> &kdf::Kdf {
        &self.kdf
    }

    fn kek(&self) -> [u8; 32] {
        let mut kek = [0; 32];
        kek.copy_from_slice(&self.output[..32]);
        kek
    }

    /// What the credential table keeps.
    pub(crate) fn to_secret(&self) -> String {
        let verifier = Hash32::of_parts(&[b"zhenxin sign-in\0", &self.output[32..]]);
        format!("{}${verifier}", self.kdf.to_text())
    }
}

/// The stretched password where it fits what the credential table keeps.
pub(crate) fn fitting(password: &str, secret: &str) -> Result<Option<Stretched>, StoreError> {
    let (kdf, verifier) = secret.rsplit_once('$').ok_or(StoreError::KeyFile)?;
    let kdf = kdf::Kdf::from_text(kdf).ok_or(StoreError::KeyFile)?;
    let output = kdf.stretch(password.as_bytes())?;
    let found = Hash32::of_parts(&[b"zhenxin sign-in\0", &output[32..]]).to_string();
    // Both are hashes of secrets, so the time of comparing them tells nothing.
    Ok((found == verifier).then_some(Stretched { kdf, output }))
}

/// Makes the slots of a new file. The keyring is used only after a value written to it was read
/// back.
pub(crate) fn new_key_file(
    key: &FileKey,
    policy: KeyringPolicy,
    cost: KdfCost,
    ports: &Ports,
) -> Result<(KeyFile, RecoveryKey), StoreError> {
    let mut file = KeyFile::new(ports.random(), key);
    if policy == KeyringPolicy::Auto {
        let account = hex(&ports.random::<16>());
        if ring::keep(&account, key) {
            file.keyring = Some(RingSlot { service: ring::SERVICE.to_owned(), account });
        }
    }
    let (recovery, slot) = recovery_slot(&file, key, cost, ports)?;
    file.recovery = Some(slot);
    Ok((file, recovery))
}

/// A new recovery key and the slot that it opens.
pub(crate) fn recovery_slot(
    file: &KeyFile,
    key: &FileKey,
    cost: KdfCost,
    ports: &Ports,
) -> Result<(RecoveryKey, RecoverySlot), StoreError> {
    let recovery = RecoveryKey::random(ports);
    let kdf = kdf::Kdf::new(cost, ports);
    let output = kdf.stretch(recovery.as_bytes())?;
    let wrapped = file::Wrapped::wrap(key, &output[..32], &file.label("recovery", ""), ports)?;
    Ok((recovery, RecoverySlot { kdf, wrapped }))
}

/// The slot that lets a user's password open the file.
pub(crate) fn password_slot(
    file: &KeyFile,
    sign_in_name: &str,
    stretched: &Stretched,
    key: &FileKey,
    ports: &Ports,
) -> Result<PasswordSlot, StoreError> {
    let user_tag = file.user_tag(sign_in_name);
    let label = file.label("password", &user_tag);
    let wrapped = file::Wrapped::wrap(key, &stretched.kek(), &label, ports)?;
    Ok(PasswordSlot { user_tag, kdf: stretched.kdf.clone(), wrapped })
}

/// Opens with a password, counting wrong attempts in the key file.
pub(crate) fn open_with_password(
    dir: &Path,
    file: &mut KeyFile,
    sign_in_name: &str,
    password: &str,
    now_ms: i64,
) -> Result<FileKey, StoreError> {
    let user_tag = file.tag_of(sign_in_name);
    lockout::check(file, &user_tag, now_ms)?;
    let label = file.label("password", &user_tag);
    let (whose, key) = match file.passwords.iter().find(|slot| slot.user_tag == user_tag) {
        Some(slot) => {
            let output = slot.kdf.stretch(password.as_bytes())?;
            (Whose::Users, slot.wrapped.unwrap(&output[..32], &label))
        }
        None => {
            // a name that nobody has takes as long, so that the time does not tell which names there are
            let of_another = file.passwords.first().map(|slot| &slot.kdf);
            let kdf = of_another.or(file.recovery.as_ref().map(|slot| &slot.kdf));
            kdf.map(|kdf| kdf.stretch(password.as_bytes())).transpose()?;
            (Whose::Nobodys, None)
        }
    };
    // A right password is not yet a sign-in: what was wrong before is forgotten when that is whole.
    if key.is_none() {
        lockout::note(dir, file, &user_tag, whose, false, now_ms)?;
        refused::note(dir, file, Door::Password, now_ms)?;
    }
    key.ok_or_else(|| lockout::refusal(file, &user_tag, now_ms))
}

/// Opens with the recovery key.
pub(crate) fn open_with_recovery(file: &KeyFile, text: &str) -> Result<FileKey, StoreError> {
    let recovery = RecoveryKey::parse(text)?;
    if file.recovery.is_none() {
        return Err(StoreError::KeyFile);
    }
    for slot in file.recovery.iter().chain(&file.recovery_offered) {
        let output = slot.kdf.stretch(recovery.as_bytes())?;
        if let Some(key) = slot.wrapped.unwrap(&output[..32], &file.label("recovery", "")) {
            return Ok(key);
        }
    }
    Err(StoreError::WrongRecovery)
}

#[cfg(test)]
mod tests;
