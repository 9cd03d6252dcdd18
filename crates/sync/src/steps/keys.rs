//! Keys out and in.

use std::collections::BTreeSet;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::keys::{
    Grant, GrantAnswer, GrantRequest, GrantedKey, GrantsAnswer, GrantsRequest, KeyPage, KeyRef, KeysPullAnswer,
    KeysPullRequest, KeysPushAnswer, KeysPushRequest, LanePlace, TownDevice,
};
use zhenxin_protocol::wire::limits::{GRANTS_MAX, KEY_ROWS_MAX};
use zhenxin_store::{KnownDevice, StoreError};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;
use crate::link::{Link, link, save_devices, save_link};

/// Subject keys that are wrapped anew in one round after the generation changed: a second of work; the next rounds go on.
const REWRAP_KEYS: u32 = 20_000;

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
        let told = self.held()?;
        let answer = self.learn_scopes().await?;
        // before the list is kept: after a crash in between the key is made once more than needed
        self.renew_data_key(&answer)?;
        save_devices(&self.store, &answer.devices)?;
        self.store.note_devices(&answer.devices.iter().map(known).collect::<Vec<_>>())?;
        self.take_granted(&answer.mine)?;
        let mut more = answer.more;
        while let Some(after) = more {
            let request = GrantsRequest { held: self.held()?, after: Some(after) };
            let answer: GrantsAnswer = self.ask(Endpoint::KeysGrants, &request).await?;
            self.take_granted(&answer.mine)?;
            more = answer.more;
            if more.is_some_and(|place| place <= after) {
                return Err(Failure::Garbled);
            }
        }
        let grants = self.lacking(&answer.devices, &told)?;
        for part in grants.chunks(GRANTS_MAX) {
            let request = GrantRequest { grants: part.to_vec() };
            let answer: GrantAnswer = self.ask(Endpoint::KeysGrant, &request).await?;
            tracing::info!(stored = answer.stored, "keys handed over");
        }
        if self.whole_town() {
            let rewrapped = self.store.rewrap_keys(REWRAP_KEYS)?;
            if rewrapped > 0 {
                tracing::info!(rewrapped, "keys of former generations were wrapped anew");
            }
        }
        Ok(Done::Grants)
    }

    fn held(&self) -> Result<Vec<KeyRef>, Failure> {
        Ok(self.store.data_keys()?.into_iter().map(KeyRef).collect())
    }

    fn take_granted(&self, mine: &[GrantedKey]) -> Result<(), Failure> {
        let mut held: BTreeSet<_> = self.store.data_keys()?.into_iter().collect();
        let mut unusable: u64 = 0;
        for granted in mine {
            if held.contains(&granted.data_key) {
                continue;
            }
            match self.store.accept_data_key(granted.data_key, &granted.wrapped) {
                Ok(_) => {
                    held.insert(granted.data_key);
                }
                // one bad wrap must not stop the round; another device's may be sound
                Err(StoreError::KeyMissing) => unusable += 1,
                Err(error) => return Err(error.into()),
            }
        }
        if unusable > 0 {
            tracing::warn!(unusable, "keys were handed over that this device cannot use");
        }
        Ok(())
    }

    /// A device that was shut out knows the data keys of the town. What is sealed from now on is wrapped under one that
    /// it was never handed. The district counts, and takes nothing that is ahead of it: so its number is followed wherever
    /// it goes. A device that is gone from the list without being counted is noticed here as well.
    fn renew_data_key(&self, answer: &GrantsAnswer) -> Result<(), Failure> {
        let listed: BTreeSet<_> = answer.devices.iter().map(|device| device.device).collect();
        let gone = self.store.known_devices()?.iter().any(|known| known.listed && !listed.contains(&known.device));
        if let Some(data_key) = self.store.rotate_data_key(answer.generation, gone)? {
            tracing::info!(%data_key, generation = answer.generation, "this device has a new data key");
        }
        Ok(())
    }

    fn whole_town(&self) -> bool {
        let granted = self.notes().granted.clone();
        granted.unwrap_or_else(|| self.link.granted()).contains(&Scope::Town(self.town()))
    }

    /// Asks for the list of devices and keeps what it says of this one: a village
    /// may have been given to another device, or to this one.
    pub(super) async fn learn_scopes(&self) -> Result<GrantsAnswer, Failure> {
        let request = GrantsRequest { held: self.held()?, after: None };
        let answer: GrantsAnswer = self.ask(Endpoint::KeysGrants, &request).await?;
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

    /// A wrap of each key held here for each device that lacks it. So does a copy of this disk, which speaks under the same
    /// name: of what this one has told that it holds, the district lists for it what either of them once lacked.
    fn lacking(&self, devices: &[TownDevice], told: &[KeyRef]) -> Result<Vec<Grant>, Failure> {
        let own = self.store.device_keys().device;
        let mut grants = Vec::new();
        for data_key in self.store.data_keys()? {
            for device in devices {
                let untold = device.device == own && !told.contains(&KeyRef(data_key));
                if untold || device.granted.contains(&KeyRef(data_key)) {
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

    /// Keys that open here and that the district lacks, in pages; those ahead of it are wrapped anew first.
    pub(super) async fn push_keys(&self) -> Result<Done, Failure> {
        let ahead = self.store.rewrap_early_keys(REWRAP_KEYS)?;
        if ahead > 0 {
            tracing::warn!(ahead, "keys of a generation that the district does not know were wrapped anew");
        }
        let rows = self.store.dirty_keys(KEY_ROWS_MAX as u32)?;
        let sent = rows.len();
        // some may have come in the meantime, and what is ahead is wrapped anew piece by piece
        let mut more = false;
        if sent > 0 {
            let request = KeysPushRequest { rows };
            let answer: KeysPushAnswer = self.ask(Endpoint::KeysPush, &request).await?;
            let (differing, denied, early) = (answer.differing.len(), answer.denied.len(), answer.early.len());
            if differing + denied + early > 0 {
                tracing::warn!(differing, denied, early, "the district does not take some keys");
            }
            let refused: BTreeSet<u32> = answer.differing.into_iter().chain(answer.denied).collect();
            let waiting: BTreeSet<u32> = answer.early.into_iter().collect();
            let (mut taken, mut declined) = (Vec::new(), Vec::new());
            for (place, row) in (0..).zip(request.rows).filter(|(place, _)| !waiting.contains(place)) {
                if refused.contains(&place) { declined.push(row) } else { taken.push(row) }
            }
            self.store.keys_pushed(&taken, &declined)?;
            // set back since it told its generation: no op goes before its keys, and the next round follows the number
            if early > 0 {
                return Err(Failure::Garbled);
            }
            more = self.store.outgoing_keys()? > 0;
        }
        Ok(Done::KeysPushed { rows: sent as u64, more })
    }

    pub(super) async fn pull_keys(&self) -> Result<Done, Failure> {
        let places = self.store.key_places()?;
        let request = KeysPullRequest { places: places.clone(), limit: None };
        let answer: KeysPullAnswer = self.ask(Endpoint::KeysPull, &request).await?;
        let (mut rows, mut more) = (0, false);
        for page in &answer.pages {
            self.check_page(page, &places)?;
            if page.other_lane == Some(true) {
                let scope = page.reached.scope;
                tracing::warn!(scope = scope.as_str(), "the district's keys are not those that were followed");
            }
            rows += page.rows.len() as u64;
            more |= page.more || page.other_lane == Some(true);
            self.store.apply_key_page(page)?;
        }
        Ok(Done::KeysPulled { rows, more, waiting: self.store.waits_for_keys()? })
    }

    /// A page goes on where this PC is, in a scope that it reads, with rows of that scope.
    fn check_page(&self, page: &KeyPage, places: &[LanePlace]) -> Result<(), Failure> {
        let scope = page.reached.scope;
        let after = places.iter().find(|place| place.scope == scope).map_or(0, |place| place.after);
        let other = page.other_lane == Some(true);
        let forward = if other { after > 0 } else { page.reached.after >= after };
        let sound = forward
            && self.may_read(scope)
            && page.rows.len() <= KEY_ROWS_MAX
            && page.rows.iter().all(|row| row.scope == scope);
        if sound { Ok(()) } else { Err(Failure::Garbled) }
    }
}

#[cfg(test)]
mod tests;
