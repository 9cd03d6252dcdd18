//! How much room a bundle takes, told before it is made.

use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::op::Op;

use super::give::Named;
use crate::error::StoreError;
use crate::log::cursor;
use crate::open::Store;
use crate::query::Reader;

/// Operations that stand for all in a guess of their size: enough that one large import does not decide alone, few enough to
/// be read while a page opens.
const OPS_SAMPLED: u32 = 1_000;

/// Files that would go along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BundleFiles {
    /// How many.
    pub count: u64,
    /// Their bytes before sealing, which adds a few to each.
    pub bytes: u64,
}

impl Store {
    /// The files of a bundle for these readers, who may read all that is here.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn bundle_files(&self, readers: &[DeviceId]) -> Result<BundleFiles, StoreError> {
        let after = self.held_by_all(readers)?;
        self.read(|r| {
            // one who has never been heard gets the whole log, and with it each file that it names
            let named = match after.values().any(|size| *size > 0) {
                true => Some(r.named_after(&after)?),
                false => None,
            };
            let mut files = BundleFiles::default();
            for (item, waits) in r.files_here()? {
                if waits || named.as_ref().is_none_or(|named| named.hashes.contains(item.hash.as_bytes())) {
                    files.count += 1;
                    files.bytes += item.plain_bytes;
                }
            }
            Ok(files)
        })
    }

    /// Bytes of an operation as it is kept, on the average of the newest ones. In a bundle the keys come on top and
    /// compression takes about as much off.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_bytes_about(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(length(bytes)) / count(*), 0)
                   FROM (SELECT bytes FROM op ORDER BY no DESC LIMIT ?1)";
        let mean: Option<i64> = self.read(|r| r.one(sql, [OPS_SAMPLED], |row| row.get(0)))?;
        Ok(mean.unwrap_or_default().unsigned_abs())
    }

    /// How many operations of each scope every one of these devices is known to have; a scope that is not named counts
    /// as 0, and nothing is known of a device whose vector never came.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn held_by_all(&self, devices: &[DeviceId]) -> Result<BTreeMap<Scope, u64>, StoreError> {
        let vectors = self.bundle_vectors()?;
        let mut all: Option<BTreeMap<Scope, u64>> = None;
        for device in devices {
            let Some(vector) = vectors.iter().find(|vector| vector.device == Some(*device)) else {
                return Ok(BTreeMap::new());
            };
            let mut has = BTreeMap::new();
            for head in &vector.heads {
                has.insert(head.scope, self.shared_with(head)?);
            }
            let all = all.get_or_insert_with(|| has.clone());
            all.retain(|scope, _| has.contains_key(scope));
            for (scope, size) in all {
                *size = (*size).min(has[scope]);
            }
        }
        Ok(all.unwrap_or_default())
    }
}

impl Reader<'_> {
    /// What operations name that wait, or that lie beyond a place in the order of their scope.
    fn named_after(&self, after: &BTreeMap<Scope, u64>) -> Result<Named, StoreError> {
        let mut named = Named::default();
        let mut note = |bytes: Vec<u8>| {
            if let Ok(op) = Op::from_bytes(&bytes) {
                named.note(&op.body);
            }
        };
        let waiting = "SELECT bytes FROM op WHERE status = 0";
        self.all(waiting, [], |row| row.get(0))?.into_iter().for_each(&mut note);
        let mut beyond = self.conn().prepare_cached("SELECT bytes FROM op WHERE scope = ?1 AND server_seq > ?2")?;
        for head in cursor::heads(self.conn())? {
            let size = after.get(&head.scope).copied().unwrap_or(0);
            let mut rows = beyond.query((head.scope.as_str(), size as i64))?;
            while let Some(row) = rows.next()? {
                note(row.get(0)?);
            }
        }
        Ok(named)
    }
}
