//! What goes out: this device's pending operations, in the order of its chain.

use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::device_key::sign_head;
use zhenxin_protocol::hash::Hash32;

use crate::error::StoreError;
use crate::open::Store;

/// A batch to push.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// This device.
    pub device: DeviceId,
    /// The epoch of all operations in the batch.
    pub epoch: u32,
    /// Ids and stored bytes, dense in the order of the chain.
    pub ops: Vec<(OpId, Vec<u8>)>,
    /// Ed25519 over the hash of the last operation; zeros where there is none.
    pub signature: [u8; 64],
    /// Whether more is waiting.
    pub more: bool,
}

impl Store {
    /// The next operations to push: the oldest epoch first, at most `max_ops` and about `max_bytes`
    /// (at least one operation where there is any).
    ///
    /// # Errors
    /// Faults of the database.
    pub fn outbox(&self, max_ops: usize, max_bytes: usize) -> Result<Outbox, StoreError> {
        let identity = &self.inner.identity;
        self.read(|r| {
            let mut statement = r.conn().prepare_cached(
                "SELECT id, epoch, hash, bytes FROM op WHERE status = 0 AND device = ?1 ORDER BY epoch, seq",
            )?;
            let mut rows = statement.query([identity.device.as_bytes()])?;
            let mut outbox = Outbox {
                device: identity.device,
                epoch: identity.epoch,
                ops: Vec::new(),
                signature: [0; 64],
                more: false,
            };
            let (mut bytes_total, mut head) = (0, None);
            while let Some(row) = rows.next()? {
                let epoch = row.get(1)?;
                let bytes: Vec<u8> = row.get(3)?;
                bytes_total += bytes.len();
                let full = outbox.ops.len() >= max_ops || bytes_total > max_bytes || epoch != outbox.epoch;
                if full && !outbox.ops.is_empty() {
                    outbox.more = true;
                    break;
                }
                outbox.epoch = epoch;
                head = Some(Hash32(row.get(2)?));
                outbox.ops.push((OpId::from_bytes(row.get(0)?), bytes));
            }
            if let Some(head) = head {
                outbox.signature = sign_head(&identity.sign_seed, &head);
            }
            Ok(outbox)
        })
    }
}
