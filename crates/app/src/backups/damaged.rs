//! Where no file can be opened: it is damaged or missing, or this is a new PC with a stick in it.

use std::path::Path;

use zhenxin_store::{
    Backup, DirState, KeyringPolicy, Opened, Restored as StoreRestored, ShutTown, Store, StoreError, Unlock,
};

use crate::{
    App, access,
    contract::{
        Fault, FaultCode,
        backups::*,
        session::{KeyStorage, Nothing},
    },
    shown, system,
};

/// Backups shown before anything is unlocked.
const SEEN_MAX: usize = 30;

fn seen(backups: Vec<Backup>) -> Vec<SeenBackup> {
    let seen = backups.into_iter().take(SEEN_MAX);
    seen.map(|backup| SeenBackup { made_at: shown::time(backup.made_at_ms), backup: backup.file, bytes: backup.bytes })
        .collect()
}

/// What is known of a damaged or missing file.
pub fn damage(dir: &Path) -> Result<Damage, Fault> {
    Ok(Damage { moved_to: Store::damaged_file(dir)?, backups: seen(Store::backups(dir)?) })
}

/// How the key of a file that is not there is kept.
pub fn key_storage(dir: &Path) -> Result<KeyStorage, Fault> {
    Ok(if Store::key_in_keyring(dir)? { KeyStorage::Keyring } else { KeyStorage::Password })
}

/// Only where there is no town to sign in to: whoever asks has proven nothing yet.
fn must_be_shut(app: &App) -> Result<DirState, Fault> {
    let state = Store::dir_state(app.data_dir())?;
    if app.town().is_ok() || !matches!(state, DirState::Empty | DirState::Damaged) {
        return Err(Fault::new(FaultCode::Conflict, "本机的数据文件能打开，请登录后在“系统 › 备份”里恢复。"));
    }
    Ok(state)
}

/// Backups in a folder, or the folders that hold some.
pub fn look_for_backups(app: &App, request: LookForBackups) -> Result<SeenBackups, Fault> {
    must_be_shut(app)?;
    let folder = request.folder.as_deref().map(str::trim).filter(|folder| !folder.is_empty());
    let backups = match folder {
        None => Store::backups(app.data_dir())?,
        Some(folder) => {
            let found = Store::backups_on(Path::new(folder));
            found.map_err(|error| Fault::field("folder", words(&error)))?
        }
    };
    let holding = |disk: &String| Store::backups_on(Path::new(disk)).is_ok();
    let candidates = if folder.is_none() { system::disks().into_iter().filter(holding).collect() } else { Vec::new() };
    Ok(SeenBackups { backups: seen(backups), candidates })
}

fn words(error: &StoreError) -> String {
    match error {
        StoreError::Missing { .. } => "这个文件夹里没有镇信的备份，请选U盘上名为 zhenxin-backup 的文件夹。".to_owned(),
        other => crate::fault::sentence(&other.to_string()),
    }
}

/// Restores the newest backup that can be read, or the one named.
pub fn restore_damaged(app: &App, request: RestoreDamaged) -> Result<Restored, Fault> {
    let state = must_be_shut(app)?;
    let folder = request.folder.as_deref().map(str::trim).filter(|folder| !folder.is_empty()).map(Path::new);
    let shut = match state {
        DirState::Empty => adopt(app, folder, &request)?,
        _ => unlock(app, &request)?,
    };
    let outcome = newest_readable(&shut, folder, request.backup.as_deref());
    let (done, passed_over) = match outcome {
        Ok(done) => done,
        Err(error) => {
            if state == DirState::Empty {
                Store::abandon(&shut)?;
            }
            return Err(error.into());
        }
    };
    let Opened { store, way, .. } = shut.open()?;
    access::enter(app, Opened { store, way, user: None })?;
    app.set_user(None);
    restored(app, done, passed_over)
}

fn adopt(app: &App, folder: Option<&Path>, request: &RestoreDamaged) -> Result<ShutTown, Fault> {
    let folder = folder.ok_or_else(|| Fault::field("folder", "请选备份所在的U盘或文件夹。"))?;
    let key = request.recovery_key.clone().filter(|key| !key.trim().is_empty());
    let key = key.ok_or_else(|| Fault::field("recovery_key", "换电脑恢复要用恢复密钥，请照纸上输入。"))?;
    let keyring = if app.inner.config.weak_passwords_for_tests { KeyringPolicy::Off } else { KeyringPolicy::Auto };
    Store::adopt(app.data_dir(), folder, key, keyring, &app.ports()).map_err(|error| match error {
        StoreError::PlaceMissing | StoreError::Missing { .. } => Fault::field("folder", words(&error)),
        StoreError::WrongRecovery | StoreError::RecoveryTyped { .. } => Fault::field("recovery_key", words(&error)),
        other => other.into(),
    })
}

fn unlock(app: &App, request: &RestoreDamaged) -> Result<ShutTown, Fault> {
    let unlocked = match (&request.recovery_key, &request.password) {
        (Some(key), _) if !key.trim().is_empty() => {
            Store::unlock(app.data_dir(), Unlock::Recovery(key.clone()), &app.ports())
        }
        (_, Some(password)) if !password.is_empty() => {
            let sign_in_name = request.sign_in_name.as_deref().unwrap_or_default().trim().to_owned();
            Store::unlock_for_restore(app.data_dir(), sign_in_name, password.clone(), &app.ports())
        }
        // also where the keyring holds the key: it answers whoever sits here
        _ => return Err(Fault::field("password", "请输入登录名和密码，或恢复密钥。")),
    };
    unlocked.map_err(|error| match error {
        StoreError::KeyringSilent => Fault::field("recovery_key", "系统凭据库没有应答，请输入恢复密钥。"),
        other => other.into(),
    })
}

/// Tries from the newest on where none is named; how many were passed over.
fn newest_readable(
    shut: &ShutTown,
    folder: Option<&Path>,
    named: Option<&str>,
) -> Result<(StoreRestored, u32), StoreError> {
    if let Some(file) = named {
        return Ok((shut.restore(folder, file, None)?, 0));
    }
    let mut passed_over = 0;
    let mut last = StoreError::Missing { what: "备份" };
    for backup in shut.backups(folder)? {
        match shut.restore(folder, &backup.file, None) {
            Ok(done) => return Ok((done, passed_over)),
            Err(error @ (StoreError::BackupUnreadable | StoreError::NewerFile { .. })) => {
                tracing::warn!(code = error.code(), "a backup is passed over");
                (passed_over, last) = (passed_over + 1, error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// The answer to a restore.
pub fn restored(app: &App, done: StoreRestored, passed_over: u32) -> Result<Restored, Fault> {
    Ok(Restored {
        state: access::app_state(app, Nothing {})?,
        made_at: shown::time(done.made_at_ms),
        ops: done.ops,
        carried: done.carried,
        files_missing: done.files_missing,
        moved_to: done.moved_to,
        passed_over,
    })
}
