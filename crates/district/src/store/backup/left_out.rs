//! What no backup holds: the keys of persons. A backup lies in a safe for years, and a person whose keys were destroyed
//! since must not come back out of it. So the wrapped keys, the lanes that they lie in and the towns' snapshots stay out;
//! of keys that were destroyed the word that they were goes in. After a restoring the towns offer all keys again that they
//! hold, as they do whenever a lane is not the one that they followed.

use std::collections::HashSet;

use crate::store::StoreError;
use crate::store::db::{Row, Tx, Value};
use crate::store::keys;
use crate::store::snapshot::SnapshotRow;
use crate::store::tables::{BLOB, BLOB_PIECE, KEY_LANE, KEY_PLACE, PERSON_KEY, SNAPSHOT, Table};

/// Tables of which no row goes into a backup.
const NEVER: [&Table; 3] = [&KEY_LANE, &KEY_PLACE, &SNAPSHOT];

/// What to leave out of one backup.
pub(super) struct LeftOut {
    /// Towns and ids of the snapshots' chunks.
    chunks: HashSet<(String, [u8; 32])>,
}

impl LeftOut {
    pub(super) fn of(tx: &Tx<'_>) -> Result<Self, StoreError> {
        let mut chunks = HashSet::new();
        tx.scan(&SNAPSHOT, |mut cells, _sound| {
            cells.pop();
            // of one that cannot be read the chunks stay: sealed, and with nothing that names their key
            let read = SnapshotRow::read(Row::new(cells, SNAPSHOT.name));
            if let Ok((town, ids)) = read.and_then(|row| Ok((row.town.clone(), row.chunks()?))) {
                chunks.extend(ids.into_iter().map(|id| (town.clone(), *id.as_bytes())));
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(Self { chunks })
    }

    /// Whether a row stays out.
    pub(super) fn has(&self, table: &Table, cells: &[Value<'static>]) -> bool {
        match table.name {
            name if NEVER.iter().any(|never| never.name == name) => true,
            name if name == PERSON_KEY.name => !keys::is_tombstone(cells),
            name if name == BLOB.name || name == BLOB_PIECE.name => match (&cells[0], &cells[1]) {
                (Value::Text(town), Value::Blob(id)) => {
                    id.as_ref().try_into().is_ok_and(|id| self.chunks.contains(&(town.to_string(), id)))
                }
                _ => false,
            },
            _ => false,
        }
    }
}
