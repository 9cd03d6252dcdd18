//! Files with captions: of a brand's dossier, of an activity.

use zhenxin_protocol::body::brand::FileRow;
use zhenxin_protocol::entity::Entity;

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    /// Notes a file of `owner` by `insert`, whose parameters are owner, id, hash, media type, length and caption.
    pub(super) fn file_added(
        &mut self,
        at: &At<'_>,
        owner: &Entity,
        insert: &str,
        row: &FileRow,
    ) -> Result<(), StoreError> {
        let caption = self.open_opt(at, owner, &owner.id, "caption", row.caption.as_ref())?;
        let added = self.conn.prepare_cached(insert)?.execute(rusqlite::params![
            owner.id,
            row.file.evidence.as_bytes(),
            row.file.hash.as_bytes(),
            row.file.mime,
            row.file.bytes_len as i64,
            caption.as_deref()
        ])?;
        if added == 0 {
            self.race(at, owner, "file_twice")?;
        }
        Ok(())
    }
}
