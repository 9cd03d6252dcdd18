//! Keys out and in.

use std::collections::BTreeSet;

use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::keys::{
    Grant, GrantAnswer, GrantRequest, GrantsAnswer, GrantsRequest, KeyRef, KeysPullAnswer, KeysPullRequest,
    KeysPushAnswer, KeysPushRequest, TownDevice,
};
use zhenxin_protocol::wire::limits::{GRANTS_MAX, KEY_ROWS_MAX};
use zhenxin_store::{KnownDevice, StoreError};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;
use crate::link::{Link, key_cursor, key_last, link, save_devices, save_key_cursor, save_key_place, save_link};

/// The store's form of a listed device.
fn known(device: &TownDevice) -> KnownDevice {
    KnownDevice {
        device: device.device,
        label: device.label.clone(),
        sign_key: device.sign_key,
        seal_key: device.seal_key,
        scopes: device.scopes.clone(),
        listed: true,
    }
}

impl Workbench {
    /// Takes the keys handed over to this PC and hands over what others lack.
    pub(super) async fn grants(&self) -> Result<Done, Failure> {
        self.store.offer_unseen_keys_again()?;
        let answer = self.learn_scopes().await?;
        save_devices(&self.store, &answer.devices)?;
        self.store.note_devices(&answer.devices.iter().map(known).collect::<Vec<_>>())?;
        let held: BTreeSet<_> = self.store.data_keys()?.into_iter().collect();
        for granted in answer.mine.iter().filter(|granted| !held.contains(&granted.data_key)) {
            match self.store.accept_data_key(granted.data_key, &granted.wrapped) {
                Ok(_) => {}
                // wrapped for another key: one bad wrap must not stop the round
                Err(StoreError::KeyMissing) => {
                    tracing::warn!(data_key = %granted.data_key, "a key was not wrapped for this device");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let grants = self.lacking(&answer.devices)?;
        for part in grants.chunks(GRANTS_MAX) {
            let request = GrantRequest { grants: part.to_vec() };
            let answer: GrantAnswer = self.ask(Endpoint::KeysGrant, &request).await?;
            tracing::info!(stored = answer.stored, "keys handed over");
        }
        Ok(Done::Grants)
    }

    /// Asks for the list of devices and keeps what it says of this one: a village
    /// may have been given to another device, or to this one.
    pub(super) async fn learn_scopes(&self) -> Result<GrantsAnswer, Failure> {
        let answer: GrantsAnswer = self.ask(Endpoint::KeysGrants, &GrantsRequest::default()).await?;
        let own = answer.devices.iter().find(|device| device.device == self.store.device());
        let scopes = own.ok_or(Failure::Garbled)?.scopes.clone();
        let named: Vec<String> = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        if let Some(known) = link(&self.store)?
            && known.scopes != named
        {
            save_link(&self.store, &Link { scopes: named, ..known })?;
        }
        self.notes().granted = Some(scopes);
        Ok(answer)
    }

    /// A wrap of each key held here for each device that lacks it.
    fn lacking(&self, devices: &[TownDevice]) -> Result<Vec<Grant>, Failure> {
        let own = self.store.device_keys().device;
        let mut grants = Vec::new();
        for data_key in self.store.data_keys()? {
            for device in devices {
                if device.device == own || device.granted.contains(&KeyRef(data_key)) {
                    continue;
                }
                match self.store.wrap_data_key(data_key, &device.seal_key) {
                    Ok(wrapped) => grants.push(Grant { data_key, for_device: device.device, wrapped }),
                    Err(StoreError::KeyMissing) => {
                        tracing::warn!(device = %device.device, "the device's public key is unusable");
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(grants)
    }

    pub(super) async fn push_keys(&self) -> Result<Done, Failure> {
        let rows = self.store.dirty_keys(KEY_ROWS_MAX as u32)?;
        let sent = rows.len();
        if sent > 0 {
            let subjects: Vec<_> = rows.iter().map(|row| row.subject).collect();
            let answer: KeysPushAnswer = self.ask(Endpoint::KeysPush, &KeysPushRequest { rows }).await?;
            if !answer.differing.is_empty() {
                tracing::warn!(rows = answer.differing.len(), "the district holds other wraps of these keys");
            }
            self.store.keys_pushed(&subjects)?;
        }
        Ok(Done::KeysPushed { rows: sent as u64, more: sent == KEY_ROWS_MAX })
    }

    pub(super) async fn pull_keys(&self) -> Result<Done, Failure> {
        let mut after = key_cursor(&self.store)?;
        let last = if after > 0 { key_last(&self.store)? } else { None };
        let request = KeysPullRequest { after, limit: None, last };
        let mut answer: KeysPullAnswer = self.ask(Endpoint::KeysPull, &request).await?;
        if answer.other_lane == Some(true) {
            tracing::warn!("the district's keys are not those that were followed; all are compared again");
            self.store.offer_keys_again()?;
            save_key_cursor(&self.store, 0)?;
            after = 0;
            answer = self.ask(Endpoint::KeysPull, &KeysPullRequest::default()).await?;
        }
        if answer.rows.len() > KEY_ROWS_MAX || answer.after < after || answer.other_lane == Some(true) {
            return Err(Failure::Garbled);
        }
        if let Some(row) = answer.rows.last() {
            // a cut between the two repeats the page, which changes nothing
            self.store.apply_keys(&answer.rows)?;
            save_key_place(&self.store, answer.after, &row.digest())?;
        }
        Ok(Done::KeysPulled {
            rows: answer.rows.len() as u64,
            more: answer.more,
            waiting: self.store.waits_for_keys()?,
        })
    }
}
