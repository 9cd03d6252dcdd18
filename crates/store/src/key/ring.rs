//! The operating system's keyring: Credential Manager on Windows, the Secret Service on Linux,
//! Keychain on macOS.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::FileKey;

pub(crate) const SERVICE: &str = "zhenxin";

/// How long the keyring may think: a locked one that waits for a prompt nobody sees counts as
/// silent.
const PATIENCE: Duration = Duration::from_secs(10);

fn ask<T: Send + 'static>(question: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    let asked = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        // Nobody listens any more once patience is over.
        let _ = answer.send(question());
    });
    asked.ok()?;
    answered.recv_timeout(PATIENCE).ok().flatten()
}

/// Whether the keyring is not to be asked: `ZHENXIN_KEYRING=off`, for servers and tests.
fn is_off() -> bool {
    std::env::var_os("ZHENXIN_KEYRING").is_some_and(|value| value == "off")
}

/// Writes the key and reads it back; false where the keyring does not answer truly.
pub(crate) fn keep(account: &str, key: &FileKey) -> bool {
    if is_off() {
        return false;
    }
    let (account, wanted) = (account.to_owned(), key.clone());
    let kept = ask(move || {
        let entry = keyring::Entry::new(SERVICE, &account).ok()?;
        entry.set_secret(wanted.as_bytes()).ok()?;
        let found = zeroize::Zeroizing::new(entry.get_secret().ok()?);
        (found.as_slice() == wanted.as_bytes()).then_some(())
    });
    kept.is_some()
}

/// Reads the key.
pub(crate) fn recall(service: &str, account: &str) -> Option<FileKey> {
    if is_off() {
        return None;
    }
    let (service, account) = (service.to_owned(), account.to_owned());
    ask(move || {
        let entry = keyring::Entry::new(&service, &account).ok()?;
        FileKey::from_slice(&zeroize::Zeroizing::new(entry.get_secret().ok()?))
    })
}

/// Removes the key of a file whose creation failed.
pub(crate) fn forget(account: &str) {
    let account = account.to_owned();
    let forgotten = ask(move || keyring::Entry::new(SERVICE, &account).ok()?.delete_credential().ok());
    if forgotten.is_none() {
        tracing::warn!("the keyring kept an entry of a file that was not created");
    }
}
