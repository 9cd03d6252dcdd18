//! What a device without rules does beside writing ops: it hands over junk, forges keys, announces files that never come
//! and asks for what is not its business.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use minicbor::{Decode, Encode};
use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::blobs::{BlobsGetAnswer, BlobsGetRequest, BlobsPutAnswer, BlobsPutRequest};
use zhenxin_protocol::wire::keys::{
    Grant, GrantAnswer, GrantRequest, GrantsAnswer, GrantsRequest, KeyRow, KeysPullAnswer, KeysPullRequest,
    KeysPushAnswer, KeysPushRequest, LanePlace,
};
use zhenxin_protocol::wire::ops::{Cursor, PullAnswer, PullRequest};
use zhenxin_protocol::wire::scope::allows;
use zhenxin_protocol::wire::{Answer, Ask, Endpoint};
use zhenxin_protocol::wrap::WRAPPED_FOR_BYTES;

use crate::sim::template::{TOWN, VILLAGES};
use crate::sim::world::World;

/// Handed over to each other device: more than a town has data keys, and far from what a request may hold.
const JUNK_GRANTS: usize = 20;

/// Announced in one go: twice as many as the district keeps unfinished of one device.
const EMPTY_BLOBS: usize = 16;

/// What an announced file is said to take: two of them pass the quota of a small town.
const EMPTY_BLOB_BYTES: u64 = 20 << 20;

impl World {
    /// Asks past the program; none where the district refuses.
    fn ask_past<Q, A>(&self, endpoint: Endpoint, token: [u8; 32], request: &Q) -> Result<Option<A>>
    where
        Q: Encode<()>,
        A: for<'b> Decode<'b, ()>,
    {
        let answer = Answer::unpack(&self.district.serve(endpoint, Some(token), &Ask::pack(request)))?;
        let refused = answer.fault.map(|fault| fault.code);
        ensure!(refused.as_deref() != Some("internal"), "the district has a fault of its own at {}", endpoint.path());
        Ok(answer.body.and_then(|body| from_cbor(&body).ok()))
    }

    fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for part in bytes.chunks_mut(8) {
            let fresh = self.chance.draw().to_le_bytes();
            part.copy_from_slice(&fresh[..part.len()]);
        }
        bytes
    }

    /// The scopes that a machine may read, and the others.
    fn scopes_apart(&self, pc: usize) -> Result<(Vec<Scope>, Vec<Scope>)> {
        let (town, granted): (TownCode, _) = (TOWN.parse()?, [self.own_scope(pc)?]);
        let mut all =
            VILLAGES.iter().chain([&TOWN, &"110101001"]).map(|code| code.parse()).collect::<Result<Vec<_>, _>>()?;
        all.dedup();
        Ok(all.into_iter().partition(|scope| allows(town, &granted, *scope)))
    }

    /// Wraps that open with nothing: those of the right length are passed on, and must keep nobody from its keys.
    pub(super) fn junk_grants(&mut self, pc: usize, token: [u8; 32]) -> Result<()> {
        let asked = self.ask_past::<_, GrantsAnswer>(
            Endpoint::KeysGrants,
            token,
            &GrantsRequest { held: Vec::new(), after: None },
        )?;
        let Some(town) = asked else { return Ok(()) };
        let own = self.pcs[pc].device()?;
        // the keys of others: their own wraps must come through; not its own, which nobody else could hand over
        let others: Vec<DataKeyId> = town.mine.iter().map(|granted| granted.data_key).collect();
        let mut grants = Vec::new();
        let mut fitting = 0;
        for device in town.devices.iter().filter(|device| device.device != own) {
            for at in 0..JUNK_GRANTS {
                let data_key = match others.get(at) {
                    Some(known) => *known,
                    None => DataKeyId::from_bytes(self.random()),
                };
                let length =
                    if self.chance.hit(500) { WRAPPED_FOR_BYTES } else { 1 + self.chance.below(2_000) as usize };
                fitting += u32::from(length == WRAPPED_FOR_BYTES);
                let wrapped = std::iter::repeat_with(|| self.chance.draw() as u8).take(length).collect();
                grants.push(Grant { data_key, for_device: device.device, wrapped });
            }
        }
        let answer = self.ask_past::<_, GrantAnswer>(Endpoint::KeysGrant, token, &GrantRequest { grants })?;
        let stored = answer.map_or(0, |answer| answer.stored);
        ensure!(stored <= fitting, "of {fitting} wraps that have the length of one, {stored} were taken");
        self.junk_givers.insert(pc);
        self.trace.note(format!("hostile junk from {pc}: {stored} taken"));
        Ok(())
    }

    /// Rows that the district must not take.
    pub(super) fn forged_keys(&mut self, pc: usize, token: [u8; 32]) -> Result<()> {
        let asked = GrantsRequest { held: Vec::new(), after: None };
        let Some(town) = self.ask_past::<_, GrantsAnswer>(Endpoint::KeysGrants, token, &asked)? else { return Ok(()) };
        let nothing = KeysPullRequest { places: Vec::new(), limit: None };
        let lanes = self.ask_past::<_, KeysPullAnswer>(Endpoint::KeysPull, token, &nothing)?.unwrap_or_default();
        let there: Vec<KeyRow> = lanes.pages.into_iter().flat_map(|page| page.rows).collect();
        let (mine, others) = self.scopes_apart(pc)?;
        let mut rows = Vec::new();
        let junk = |world: &mut Self, scope: Scope, generation: u32, tombstone: bool| KeyRow {
            subject: world.random(),
            data_key: DataKeyId::from_bytes(world.random()),
            wrapped: if tombstone { Vec::new() } else { world.random::<72>().to_vec() },
            tombstone,
            scope,
            generation,
        };
        for generation in [town.generation.saturating_add(1), u32::MAX] {
            rows.push(junk(self, mine[0], generation, false));
        }
        for scope in &others {
            rows.push(junk(self, *scope, 0, false));
            rows.push(junk(self, *scope, 0, true));
        }
        // somebody's row, with another wrap: as old as it is, and of a generation that is still to come
        if let Some(held) = self.chance.pick(&there).filter(|row| !row.tombstone).cloned() {
            for generation in [held.generation, u32::MAX] {
                rows.push(KeyRow { wrapped: self.random::<72>().to_vec(), generation, ..held.clone() });
            }
        }
        let count = rows.len();
        let answer = self.ask_past::<_, KeysPushAnswer>(Endpoint::KeysPush, token, &KeysPushRequest { rows })?;
        let stored = answer.map_or(0, |answer| answer.stored);
        ensure!(stored == 0, "of {count} forged keys {stored} were taken");
        self.trace.note(format!("hostile keys from {pc}"));
        Ok(())
    }

    /// Files that never come, and some for others' scopes.
    pub(super) fn empty_blobs(&mut self, pc: usize, token: [u8; 32]) -> Result<()> {
        let (mine, others) = self.scopes_apart(pc)?;
        let announce = |world: &mut Self, scope: Scope| -> Result<bool> {
            let request = BlobsPutRequest {
                blob: Hash32(world.random()),
                scope,
                total_bytes: EMPTY_BLOB_BYTES,
                sealed_hash: Hash32(world.random()),
                offset: 0,
                bytes: Vec::new(),
            };
            Ok(world.ask_past::<_, BlobsPutAnswer>(Endpoint::BlobsPut, token, &request)?.is_some())
        };
        for scope in &others {
            ensure!(!announce(self, *scope)?, "a file was taken for {scope}, which is not the sender's");
        }
        let mut taken = 0;
        for _ in 0..EMPTY_BLOBS {
            taken += u32::from(announce(self, mine[0])?);
        }
        self.trace.note(format!("hostile files from {pc}: {taken} announced"));
        Ok(())
    }

    /// Nothing of others' scopes may be told.
    pub(super) fn nosy_questions(&mut self, pc: usize, token: [u8; 32]) -> Result<()> {
        let (_, others) = self.scopes_apart(pc)?;
        let foreign: BTreeSet<Scope> = others.iter().copied().collect();
        let places = others.iter().map(|scope| LanePlace { scope: *scope, after: 0, chain: Hash32::ZERO }).collect();
        let keys =
            self.ask_past::<_, KeysPullAnswer>(Endpoint::KeysPull, token, &KeysPullRequest { places, limit: None })?;
        let told = keys.unwrap_or_default().pages.into_iter().flat_map(|page| page.rows).map(|row| row.scope);
        let told: Vec<Scope> = told.filter(|scope| foreign.contains(scope)).collect();
        ensure!(told.is_empty(), "keys of {told:?} were told to a stranger");
        let cursors = others.iter().map(|scope| Cursor { scope: *scope, after: 0 }).collect();
        let ops = self.ask_past::<_, PullAnswer>(Endpoint::Pull, token, &PullRequest { cursors, limit: None })?;
        let told: Vec<Scope> = ops.unwrap_or_default().pages.into_iter().map(|page| page.scope).collect();
        let told: Vec<Scope> = told.into_iter().filter(|scope| foreign.contains(scope)).collect();
        ensure!(told.is_empty(), "ops of {told:?} were told to a stranger");
        let mut files = 0;
        for (blob, scope) in self.district.blobs()? {
            if foreign.contains(&scope) {
                let request = BlobsGetRequest { blob, offset: 0, limit: 64 };
                let told = self.ask_past::<_, BlobsGetAnswer>(Endpoint::BlobsGet, token, &request)?;
                ensure!(told.is_none(), "a file of {scope} was told to a stranger");
                files += 1;
            }
        }
        self.trace.note(format!("hostile questions from {pc}, also for {files} files"));
        Ok(())
    }
}
