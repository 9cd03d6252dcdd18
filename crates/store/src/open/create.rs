//! Making a town's file.

use std::fs;
use std::path::Path;

use rusqlite::TransactionBehavior;
use zeroize::Zeroizing;
use zhenxin_domain::ids::{DeviceId, UserId};

use super::identity::{Identity, set_epoch};
use super::{CreateOptions, Created, DB_NAME, DB_NEW_NAME, DirState, Store, migrate, remove_database};
use crate::error::StoreError;
use crate::key::file::{KeyFile, sync_dir};
use crate::key::{FileKey, KeyWay, Stretched, new_key_file, password_slot, ring};
use crate::pool::{Use, connect};
use crate::ports::Ports;
use crate::vault;
use crate::write::Tx;
use crate::write::user::{Credential, NewUser};

/// Until the district gives another one.
const FIRST_EPOCH: u32 = 1;

pub(super) fn create(dir: &Path, options: CreateOptions, ports: &Ports) -> Result<Created, StoreError> {
    fs::create_dir_all(dir)?;
    if Store::dir_state(dir)? != DirState::Empty || dir.join(DB_NAME).exists() {
        return Err(StoreError::TownExists);
    }
    let key = FileKey::random(ports);
    let (mut file, recovery_key) = new_key_file(&key, options.keyring, options.kdf, ports)?;
    let made = fill(dir, &mut file, &key, &options, ports);
    if let (Err(_), Some(slot)) = (&made, &file.keyring) {
        ring::forget(&slot.account);
    }
    let admin = made?;
    let way = if file.keyring.is_some() { KeyWay::Keyring } else { KeyWay::Password };
    let store = Store::open_file(dir, key, way, ports)?;
    Ok(Created { store, recovery_key, way, admin })
}

/// Builds the database under another name, writes the keys, and only then gives it its name.
fn fill(
    dir: &Path,
    file: &mut KeyFile,
    key: &FileKey,
    options: &CreateOptions,
    ports: &Ports,
) -> Result<UserId, StoreError> {
    let path = dir.join(DB_NEW_NAME);
    remove_database(&path)?;
    let stretched = Stretched::new(&options.password, options.kdf, ports)?;
    let credential = Credential::new(file, &options.sign_in_name, &stretched, key, ports)?;
    let mut conn = connect(&path, key, Use::Write, true)?;
    migrate::migrate(&mut conn, migrate::MIGRATIONS, None)?;
    let identity = new_identity(options, ports);
    let admin = UserId::from_uuid(ports.uuid());
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    identity.save(&transaction)?;
    set_epoch(&transaction, FIRST_EPOCH)?;
    vault::data_key::make(&transaction, ports, 0)?;
    crate::log::unread::note_kinds(&transaction)?;
    let mut tx = Tx::begin(&transaction, ports, &identity, admin)?;
    tx.open_town()?;
    let founder = NewUser { sign_in_name: options.sign_in_name.clone(), ..options.admin.clone() };
    tx.add_user_as(admin, &founder)?;
    tx.set_credential(admin, &credential, false)?;
    tx.finish()?;
    transaction.commit()?;
    conn.close().map_err(|(_, error)| StoreError::from(error))?;
    if file.keyring.is_none() {
        let slot = password_slot(file, &options.sign_in_name, &stretched, key, ports)?;
        file.put_password(slot);
    }
    file.save(dir)?;
    fs::rename(&path, dir.join(DB_NAME))?;
    sync_dir(dir)?;
    Ok(admin)
}

fn new_identity(options: &CreateOptions, ports: &Ports) -> Identity {
    Identity {
        town: options.town,
        device: DeviceId::from_uuid(ports.uuid()),
        label: options.device_label.clone(),
        kdf: options.kdf,
        sign_seed: Zeroizing::new(ports.random()),
        seal_secret: Zeroizing::new(ports.random()),
    }
}
