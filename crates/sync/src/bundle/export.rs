//! Writing a bundle.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::{ALG, BundleError, Header, Item, Recipient, Writer};
use zhenxin_protocol::device_key::{Context, ED25519_TAG};
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::keys::{Grant, GrantRequest};
use zhenxin_protocol::wire::limits::GRANTS_MAX;
use zhenxin_protocol::wire::ops::HeadSignature;
use zhenxin_protocol::wire::scope::allows;
use zhenxin_protocol::wrap::Fresh;
use zhenxin_store::{BundleWant, KnownDevice, Ports, Store, StoreError};

use super::{BundleFault, BundleOut, BundlePreview, BundleProgress, BundleTo};
use crate::error::SyncError;
use crate::link::{Link, link};

/// Added to the name of a file that is not whole yet.
const UNFINISHED: &str = ".part";

/// Writes a bundle; `on` hears how far it has got and takes the work back by
/// returning false.
///
/// # Errors
/// [`SyncError`]; then there is no file.
pub fn bundle_export(
    store: &Store,
    ports: &Ports,
    path: &Path,
    to: BundleTo,
    on: &mut dyn FnMut(BundleProgress) -> bool,
) -> Result<BundleOut, SyncError> {
    let link = link(store)?.ok_or(SyncError::NotEnrolled)?;
    let mut unfinished = OsString::from(path);
    unfinished.push(UNFINISHED);
    let unfinished = PathBuf::from(unfinished);
    let written = write(store, ports, &link, &unfinished, to, on).and_then(|written| {
        fs::rename(&unfinished, path).map_err(BundleFault::of_io)?;
        Ok(BundleOut { path: path.to_owned(), ..written })
    });
    if written.is_err()
        && let Err(error) = fs::remove_file(&unfinished)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(kind = ?error.kind(), "an unfinished bundle stays behind");
    }
    written
}

/// Who reads it and what it holds.
struct Plan {
    scopes: Vec<Scope>,
    readers: Vec<KnownDevice>,
    /// How far the readers are known to have got.
    after: BTreeMap<Scope, u64>,
    /// When the oldest word of a reader was written; absent where one has never been heard.
    since_ms: Option<i64>,
}

fn plan(store: &Store, link: &Link, to: BundleTo) -> Result<Plan, SyncError> {
    let town = store.town();
    let own = store.device();
    let known: Vec<KnownDevice> =
        store.known_devices()?.into_iter().filter(|device| device.listed && device.device != own).collect();
    let mut scopes: Vec<Scope> = store.heads()?.into_iter().map(|head| head.scope).collect();
    // a chain goes whole or not at all, so what waits in a scope of its own must not keep it back
    scopes.extend(store.waiting_scopes()?);
    scopes.push(Scope::Town(town));
    scopes.extend(link.granted());
    scopes.retain(|scope| allows(town, &link.granted(), *scope));
    scopes.sort_unstable();
    scopes.dedup();
    if let BundleTo::Device(device) = to {
        let target = known.iter().find(|known| known.device == device).ok_or(BundleFault::NoReader)?;
        scopes.retain(|scope| allows(town, &target.scopes, *scope));
    }
    let reads = |device: &KnownDevice| scopes.iter().all(|scope| allows(town, &device.scopes, *scope));
    let readers: Vec<KnownDevice> = known.into_iter().filter(reads).collect();
    let vectors = store.bundle_vectors()?;
    let addressed: Vec<DeviceId> = readers
        .iter()
        .map(|reader| reader.device)
        .filter(|reader| to == BundleTo::Everybody || to == BundleTo::Device(*reader))
        .collect();
    let after = store.held_by_all(&addressed)?;
    let told = |reader: &DeviceId| vectors.iter().find(|vector| vector.device == Some(*reader));
    let since_ms = addressed.iter().map(|reader| told(reader).map(|vector| vector.made_at_ms)).min().flatten();
    Ok(Plan { scopes, readers, after, since_ms })
}

/// What an export would hold now.
///
/// # Errors
/// [`SyncError`].
pub fn bundle_preview(store: &Store, to: BundleTo) -> Result<BundlePreview, SyncError> {
    let link = link(store)?.ok_or(SyncError::NotEnrolled)?;
    let plan = plan(store, &link, to)?;
    let beyond = |head: &ScopeHead| head.size.saturating_sub(plan.after.get(&head.scope).copied().unwrap_or(0));
    let heads = store.heads()?;
    let ordered_ops = heads.iter().filter(|head| plan.scopes.contains(&head.scope)).map(beyond).sum();
    Ok(BundlePreview {
        readers: plan.readers.into_iter().map(|reader| reader.device).collect(),
        since_ms: plan.since_ms,
        ordered_ops,
    })
}

fn fresh(ports: &Ports) -> Fresh {
    let mut fresh = Fresh { ephemeral: [0; 32], nonce: [0; 24] };
    ports.ids.fill(&mut fresh.ephemeral);
    ports.ids.fill(&mut fresh.nonce);
    fresh
}

fn header(store: &Store, ports: &Ports, link: &Link, plan: &Plan, key: &[u8; 32]) -> Header {
    let mut bundle = [0; 16];
    ports.ids.fill(&mut bundle);
    let keys = store.device_keys();
    // this PC as well: who looks into an own bundle again must not be told that it is a stranger's
    let devices = [(None, link.seal_key), (Some(keys.device), keys.seal_key)]
        .into_iter()
        .chain(plan.readers.iter().map(|reader| (Some(reader.device), reader.seal_key)));
    let recipients =
        devices.filter_map(|(device, seal_key)| Recipient::new(&bundle, key, device, &seal_key, &fresh(ports)));
    Header {
        bundle,
        town: store.town(),
        author: Some(keys.device),
        made_at_ms: ports.clock.now_ms(),
        recipients: recipients.collect(),
        alg: ALG.to_owned(),
    }
}

fn write(
    store: &Store,
    ports: &Ports,
    link: &Link,
    path: &Path,
    to: BundleTo,
    on: &mut dyn FnMut(BundleProgress) -> bool,
) -> Result<BundleOut, SyncError> {
    let plan = plan(store, link, to)?;
    let mut key = [0; 32];
    ports.ids.fill(&mut key);
    let header = header(store, ports, link, &plan, &key);
    let signature = HeadSignature {
        alg: ED25519_TAG.to_owned(),
        signature: store.sign_hash(Context::BundleHeader, &header.hash()).to_vec(),
    };
    let file = BufWriter::new(File::create(path).map_err(BundleFault::of_io)?);
    let mut writer = Writer::begin(file, &header, &signature, &key).map_err(BundleFault::of_format)?;
    let mut progress = BundleProgress::default();
    let mut full = false;
    let mut put = |item: Item| -> Result<(), SyncError> {
        match writer.put(&item) {
            Ok(()) => {}
            // items count by themselves: what still fits may follow
            Err(BundleError::TooLarge) => {
                full = true;
                return Ok(());
            }
            Err(error) => return Err(BundleFault::of_format(error).into()),
        }
        progress.items += 1;
        progress.ops += ops_of(&item);
        progress.bytes = writer.written_bytes();
        if on(progress) { Ok(()) } else { Err(StoreError::Cancelled.into()) }
    };
    for grants in grants(store, &plan.readers)?.chunks(GRANTS_MAX) {
        put(Item::Grants(GrantRequest { grants: grants.to_vec() }))?;
    }
    let want = BundleWant { scopes: &plan.scopes, after: &plan.after, attachments: true };
    let counts = store.bundle_out(&want, &mut put)?;
    let file = writer.finish().map_err(BundleFault::of_format)?;
    let file = file.into_inner().map_err(|error| BundleFault::of_io(error.into_error()))?;
    // a stick is pulled out as soon as the screen says that it may be
    file.sync_all().map_err(BundleFault::of_io)?;
    let bytes = file.metadata().map_err(BundleFault::of_io)?.len();
    Ok(BundleOut {
        bundle: Uuid::from_bytes(header.bundle),
        path: path.to_owned(),
        bytes,
        waiting_ops: counts.waiting_ops,
        ordered_ops: counts.ordered_ops,
        keys: counts.keys,
        attachments: counts.attachments,
        for_district: header.recipients.iter().any(|recipient| recipient.device.is_none()),
        recipients: plan.readers.into_iter().map(|reader| reader.label).collect(),
        full,
    })
}

pub(super) fn ops_of(item: &Item) -> u64 {
    match item {
        Item::Ops(push) => push.ops.len() as u64,
        Item::Page(page) => page.page.ops.len() as u64,
        _ => 0,
    }
}

/// The town's keys for the readers: one who has never met another PC on the
/// network could read nothing without them.
fn grants(store: &Store, readers: &[KnownDevice]) -> Result<Vec<Grant>, SyncError> {
    let mut grants = Vec::new();
    for data_key in store.data_keys()? {
        for reader in readers {
            match store.wrap_data_key(data_key, &reader.seal_key) {
                Ok(wrapped) => grants.push(Grant { data_key, for_device: reader.device, wrapped }),
                Err(StoreError::KeyMissing) => {
                    tracing::warn!(device = %reader.device, "the device's public key is unusable");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(grants)
}
