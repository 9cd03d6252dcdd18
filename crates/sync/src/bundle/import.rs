//! Taking a bundle.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use uuid::Uuid;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::bundle::{BundleError, Closed, Ending, Header, Item};
use zhenxin_protocol::wire::scope::allows;
use zhenxin_store::{BundleFrom, Ports, Store, StoreError};

use super::export::ops_of;
use super::{BundleFault, BundleIn, BundleProgress};
use crate::error::SyncError;
use crate::link::{Link, link};

/// Takes a bundle; `on` hears how far it has got and stops the work by
/// returning false. What was taken until then stays: every item counts by
/// itself.
///
/// # Errors
/// [`SyncError`]. Another town's, a stranger's or a shut-out PC's bundle is
/// refused before anything is taken.
pub fn bundle_import(
    store: &Store,
    ports: &Ports,
    path: &Path,
    on: &mut dyn FnMut(BundleProgress) -> bool,
) -> Result<BundleIn, SyncError> {
    let link = link(store)?.ok_or(SyncError::NotEnrolled)?;
    let file = File::open(path).map_err(BundleFault::File)?;
    let total_bytes = file.metadata().map_err(BundleFault::File)?.len();
    let closed = Closed::read(BufReader::new(file), store.town()).map_err(BundleFault::of_format)?;
    let from = author(store, &link, &closed)?;
    let header = closed.header().clone();
    let mut reader = store.open_bundle(closed).map_err(BundleFault::of_format)?;
    let granted = link.granted();
    let may_read = |scope: Scope| allows(store.town(), &granted, scope);
    let source = BundleFrom {
        device: header.author,
        made_at_ms: header.made_at_ms.min(ports.clock.now_ms()),
        district_key: &link.sign_key,
        may_read: &may_read,
    };
    let mut taken = nothing(&header, from);
    let mut progress = BundleProgress { total_bytes: Some(total_bytes), ..BundleProgress::default() };
    let damaged = loop {
        let item = match reader.next_item() {
            Ok(Some(item)) => item,
            Ok(None) => break false,
            // the beginning counts
            Err(BundleError::Damaged { place }) => {
                tracing::warn!(place, "a bundle is damaged");
                break true;
            }
            Err(error) => return Err(BundleFault::of_format(error).into()),
        };
        progress.items += 1;
        progress.ops += ops_of(&item);
        progress.bytes = reader.read_bytes();
        take(store, &item, &source, &mut taken)?;
        if !on(progress) {
            return Err(StoreError::Cancelled.into());
        }
    };
    taken.complete = !damaged && matches!(reader.ending(), Some(Ending::Whole { .. }));
    Ok(taken)
}

/// Who made it, once that is proved.
fn author<R: std::io::Read>(store: &Store, link: &Link, closed: &Closed<R>) -> Result<String, SyncError> {
    let Some(author) = closed.header().author else {
        closed.verify(&link.sign_key).map_err(BundleFault::of_format)?;
        return Ok(link.district_name.clone());
    };
    let known = store.known_device(author)?.ok_or(BundleFault::AuthorUnknown)?;
    closed.verify(&known.sign_key).map_err(BundleFault::of_format)?;
    if !known.listed {
        return Err(BundleFault::AuthorRevoked.into());
    }
    Ok(known.label)
}

fn nothing(header: &Header, from: String) -> BundleIn {
    BundleIn {
        bundle: Uuid::from_bytes(header.bundle),
        from,
        made_at_ms: header.made_at_ms,
        complete: false,
        new_ops: 0,
        known_ops: 0,
        carried_ops: 0,
        acknowledged: 0,
        refused: 0,
        keys: 0,
        attachments: 0,
        set_aside: 0,
        held: 0,
        ignored_ops: 0,
    }
}

fn take(store: &Store, item: &Item, source: &BundleFrom<'_>, taken: &mut BundleIn) -> Result<(), SyncError> {
    let brought = match store.bundle_in(item, source) {
        Ok(brought) => brought,
        // two histories: only the district can say how they go together, in the next round
        Err(error @ (StoreError::HistoryDiffers | StoreError::Forked)) => {
            tracing::warn!(code = error.code(), "an item of a bundle is left to the next round");
            taken.ignored_ops += ops_of(item);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    taken.new_ops += brought.new_ops;
    taken.known_ops += brought.known_ops;
    taken.carried_ops += brought.carried_ops;
    taken.acknowledged += brought.acknowledged;
    taken.refused += brought.refused;
    taken.keys += brought.keys;
    taken.attachments += brought.attachments;
    taken.set_aside += brought.set_aside;
    taken.held += brought.held;
    taken.ignored_ops += brought.ignored;
    Ok(())
}
