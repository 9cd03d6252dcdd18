//! What is left to do once a person's key is gone: every row that was folded from a value sealed for them is folded
//! again without it, what this device keeps beside the log loses the person, and the pages of the file are written anew.
//!
//! SQLite's `secure_delete` overwrites what is deleted, but not the copies that a b-tree leaves in the gaps of its pages
//! when it moves cells to another page. So the tables that hold texts are emptied as a whole, which zeroes every page,
//! and filled again ([`Store::scrub`]); then the write-ahead log is cut off.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::seal::Subject;

use crate::error::StoreError;
use crate::fold::Folder;
use crate::log::Log;
use crate::open::Store;
use crate::open::identity::{meta, set_meta};
use crate::tables;

/// Setting of the file: a person was erased and the pages have not been written anew since. Its value is another one for
/// each erasure, so that one that comes while the pages are written is not taken for done.
const UNSCRUBBED: &str = "unscrubbed";

/// Tables without a person's text in the clear: ids, amounts, days, sealed bytes. All other tables are written anew; a
/// new one is safe by default.
const WITHOUT_TEXTS: &[&str] = &[
    "op",
    "op_entity",
    "cursor",
    "set_aside",
    "audit",
    "audit_head",
    "chain_head",
    "attachment",
    "attachment_lane",
    "attachment_piece",
    "held_page",
    "bundle_vector",
    "town_device",
    "spend_right",
    "published",
    "data_key",
    "transfer",
    "account",
    "points_by_day",
    "resident_twin",
    "award_twin",
    "rule",
    "rule_version",
    "service_type_version",
    "key_wait",
    "sealed_entity",
];

/// Entities whose own id is the subject.
const OWN: [EntityKind; 4] = [EntityKind::Resident, EntityKind::User, EntityKind::Event, EntityKind::Brand];

/// Shorter texts stand in everything.
const TEXT_CHARS_MIN: usize = 2;

impl Folder<'_> {
    /// Destroys a subject's key; what was sealed with it is folded again at the end of the transaction.
    pub(crate) fn destroy(&mut self, subject: &Subject) -> Result<(), StoreError> {
        if self.vault.destroy(subject)? {
            self.note_destroyed(subject)?;
        }
        Ok(())
    }

    /// Notes that a subject's key is gone, while the row that says who it was is still there.
    pub(crate) fn note_destroyed(&mut self, subject: &Subject) -> Result<(), StoreError> {
        let texts = texts_of(self.conn, subject)?;
        self.destroyed.entry(*subject).or_default().extend(texts);
        Ok(())
    }

    /// Notes that an entity was folded with a value of this subject.
    pub(crate) fn note_sealed(&self, subject: &Subject, entity: &Entity) -> Result<(), StoreError> {
        if entity.kind == EntityKind::Resident && entity.id == *subject {
            return Ok(());
        }
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO sealed_entity (subject, entity) VALUES (?1, ?2)")?
            .execute((subject, entity.to_bytes()))?;
        Ok(())
    }
}

impl Log<'_> {
    /// Takes the persons whose keys were destroyed in this transaction out of everything that this device keeps.
    pub(crate) fn drop_destroyed(&mut self) -> Result<(), StoreError> {
        let destroyed = std::mem::take(&mut self.fold.destroyed);
        if destroyed.is_empty() {
            return Ok(());
        }
        let (mut again, mut files) = (BTreeSet::new(), BTreeSet::new());
        for (subject, texts) in &destroyed {
            drop_local_texts(self.conn, texts)?;
            files.extend(files_of(self.conn, subject)?);
            again.extend(sealed_for(self.conn, subject)?);
        }
        self.refold(&again)?;
        for subject in destroyed.keys() {
            drop_lane(self.conn, subject)?;
        }
        for file in files {
            drop_unnamed(self.conn, &file)?;
        }
        set_meta(self.conn, UNSCRUBBED, &self.ports.random::<16>())
    }
}

/// Every entity that was folded with a value sealed for the subject.
fn sealed_for(conn: &Connection, subject: &Subject) -> Result<BTreeSet<Entity>, StoreError> {
    let mut entities: BTreeSet<Entity> = OWN.iter().map(|kind| Entity::new(*kind, *subject)).collect();
    let mut statement = conn.prepare_cached("SELECT entity FROM sealed_entity WHERE subject = ?1")?;
    let mut rows = statement.query([subject])?;
    while let Some(row) = rows.next()? {
        entities.extend(Entity::from_bytes(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?));
    }
    Ok(entities)
}

/// By what a person can be recognised.
fn texts_of(conn: &Connection, subject: &Subject) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT name, id_number, phone, address FROM resident WHERE id = ?1
               UNION ALL SELECT name, NULL, NULL, NULL FROM user WHERE id = ?1";
    let mut texts = vec![uuid::Uuid::from_bytes(*subject).hyphenated().to_string()];
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([subject])?;
    while let Some(row) = rows.next()? {
        for at in 0..4 {
            texts.extend(row.get::<_, Option<String>>(at)?);
        }
    }
    Ok(texts)
}

/// Drafts and remembered replies that hold a name, a number or the id of the person. A draft that only holds the same
/// two characters goes too: losing a draft costs a minute, keeping a name breaks the promise.
fn drop_local_texts(conn: &Connection, texts: &[String]) -> Result<(), StoreError> {
    for text in texts.iter().filter(|text| text.chars().count() >= TEXT_CHARS_MIN) {
        for sql in ["DELETE FROM draft WHERE instr(bytes, ?1) > 0", "DELETE FROM request WHERE instr(reply, ?1) > 0"] {
            conn.prepare_cached(sql)?.execute([text.as_bytes()])?;
        }
    }
    Ok(())
}

fn files_of(conn: &Connection, subject: &Subject) -> Result<Vec<[u8; 32]>, StoreError> {
    let sql = "SELECT hash FROM evidence WHERE activity = ?1 UNION SELECT hash FROM attachment_lane WHERE subject = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let hashes = statement.query_map([subject], |row| row.get(0))?;
    Ok(hashes.collect::<Result<_, _>>()?)
}

fn drop_lane(conn: &Connection, subject: &Subject) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM attachment_piece WHERE blob IN (SELECT blob FROM attachment_lane WHERE subject = ?1)",
        "DELETE FROM attachment_lane WHERE subject = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([subject])?;
    }
    Ok(())
}

/// The plain bytes of a file that nothing names any more.
fn drop_unnamed(conn: &Connection, hash: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "DELETE FROM attachment WHERE hash = ?1
                 AND NOT EXISTS (SELECT 1 FROM evidence WHERE hash = ?1)
                 AND NOT EXISTS (SELECT 1 FROM brand_file WHERE hash = ?1)
                 AND NOT EXISTS (SELECT 1 FROM brand WHERE mark_hash = ?1)
                 AND NOT EXISTS (SELECT 1 FROM event_photo WHERE hash = ?1)";
    conn.prepare_cached(sql)?.execute([hash])?;
    Ok(())
}

impl Store {
    /// Whether somebody was erased since the file's pages were last written anew.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn needs_scrub(&self) -> Result<bool, StoreError> {
        Ok(self.unscrubbed()?.is_some())
    }

    fn unscrubbed(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|r| Ok(meta(r.conn(), UNSCRUBBED)?.filter(|mark| !mark.is_empty())))
    }

    /// Writes the pages that held an erased person's texts anew, where somebody was erased since it was last done; true
    /// where nothing is left to do. It takes as long as an import of the town, and writers wait meanwhile. False where a
    /// reader still holds the former pages: the caller comes back.
    ///
    /// # Errors
    /// Faults of the database and the disk; it is still to be done then, as after a crash in the middle.
    pub fn scrub(&self) -> Result<bool, StoreError> {
        let Some(mark) = self.unscrubbed()? else { return Ok(true) };
        let mut conn = self.writer();
        // As a whole a table is emptied only where no reference is looked at; all rows come back as they were.
        conn.pragma_update(None, "foreign_keys", false)?;
        let written = write_anew(&mut conn);
        let restored = conn.pragma_update(None, "foreign_keys", true);
        conn.flush_prepared_statement_cache();
        written?;
        restored?;
        let busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy {
            return Ok(false);
        }
        drop(conn);
        self.note_change();
        self.replace_vault_copies()?;
        // said last: whatever ends before it is done again
        let conn = self.writer();
        let last = meta(&conn, UNSCRUBBED)? == Some(mark);
        if last {
            set_meta(&conn, UNSCRUBBED, b"")?;
        }
        Ok(last)
    }
}

fn write_anew(conn: &mut Connection) -> Result<(), StoreError> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let has_texts = |name: &str| !WITHOUT_TEXTS.contains(&name);
    let mut triggers = tables::triggers(&transaction)?;
    triggers.retain(|trigger| has_texts(&trigger.table));
    for trigger in &triggers {
        transaction.execute_batch(&format!("DROP TRIGGER \"{}\"", trigger.name))?;
    }
    for table in tables::all(&transaction)?.iter().filter(|table| has_texts(&table.name)) {
        rewrite(&transaction, &table.name)?;
    }
    for trigger in &triggers {
        transaction.execute_batch(&trigger.sql)?;
    }
    transaction.commit()?;
    Ok(())
}

/// A table's rows, taken out, its pages zeroed, put back.
fn rewrite(conn: &Connection, name: &str) -> Result<(), StoreError> {
    let columns: Vec<String> = conn
        .prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0")?
        .query_map([name], |row| Ok(format!("\"{}\"", row.get::<_, String>(0)?)))?
        .collect::<Result<_, _>>()?;
    let columns = columns.join(", ");
    conn.execute_batch(&format!(
        "CREATE TEMP TABLE scrubbed AS SELECT {columns} FROM main.\"{name}\";
         DELETE FROM main.\"{name}\";
         INSERT INTO main.\"{name}\" ({columns}) SELECT {columns} FROM temp.scrubbed;
         DROP TABLE temp.scrubbed;"
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests;
