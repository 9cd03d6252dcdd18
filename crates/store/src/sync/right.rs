//! Rights to spend offline, as the district last said, and what this device wishes.

use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::wire::rights::Right;

use crate::error::StoreError;
use crate::open::Store;
use crate::query::Reader;
use crate::sql::Columns;

const NO_WISH: u8 = 0;
const WANTED: u8 = 1;
const TO_RELEASE: u8 = 2;

/// The right of one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightRow {
    /// The scope.
    pub scope: Scope,
    /// Whether this device holds it.
    pub held: bool,
    /// Who holds it.
    pub holder: Option<DeviceId>,
    /// What the holder is called.
    pub label: Option<String>,
    /// Whether a device other than the holder wants it.
    pub wanted_by_other: bool,
    /// Whether this device wants it and has it not yet.
    pub wanted: bool,
    /// Whether this device gives it back.
    pub releasing: bool,
}

fn read(row: &Row<'_>, own: DeviceId) -> rusqlite::Result<RightRow> {
    let mut c = Columns::of(row);
    let scope = c.parse()?;
    let holder: Option<DeviceId> = c.take()?;
    let (label, wanted_by_other, wish) = (c.get()?, c.get()?, c.get::<u8>()?);
    let held = holder == Some(own);
    Ok(RightRow {
        scope,
        held,
        holder,
        label,
        wanted_by_other,
        wanted: wish == WANTED && !held,
        releasing: wish == TO_RELEASE && held,
    })
}

impl Store {
    /// Whether the district's answer is what is kept, and no right is on its way back.
    fn rights_stand(&self, rights: &[Right]) -> Result<bool, StoreError> {
        type Row = (String, Option<Vec<u8>>, Option<String>, bool);
        let (mut kept, releasing) = self.read(|r| {
            let conn = r.conn();
            let sql = "SELECT scope, holder, label, wanted_by_other FROM spend_right
                       WHERE holder IS NOT NULL OR label IS NOT NULL OR wanted_by_other <> 0";
            let mut statement = conn.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            let kept = rows.collect::<Result<Vec<Row>, _>>()?;
            let releasing = conn.prepare_cached("SELECT 1 FROM spend_right WHERE wish = ?1")?.exists([TO_RELEASE])?;
            Ok::<_, StoreError>((kept, releasing))
        })?;
        let mut told: Vec<Row> = rights
            .iter()
            .filter(|right| right.holder.is_some() || right.label.is_some() || right.wanted)
            .map(|right| {
                let holder = right.holder.as_ref().map(|holder| holder.as_bytes().to_vec());
                (right.scope.to_string(), holder, right.label.clone(), right.wanted)
            })
            .collect();
        kept.sort();
        told.sort();
        Ok(!releasing && kept == told)
    }

    /// Takes the district's answer about all rights. A wish that it fulfils ends.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn set_rights(&self, rights: &[Right]) -> Result<(), StoreError> {
        let own = self.device();
        if self.rights_stand(rights)? {
            return Ok(());
        }
        self.write_arrived(|log| {
            let conn = log.conn;
            conn.prepare_cached("UPDATE spend_right SET holder = NULL, label = NULL, wanted_by_other = 0")?
                .execute([])?;
            for right in rights {
                conn.prepare_cached(
                    "INSERT INTO spend_right (scope, holder, label, wanted_by_other, wish) VALUES (?1, ?2, ?3, ?4, 0)
                     ON CONFLICT DO UPDATE SET holder = excluded.holder, label = excluded.label,
                       wanted_by_other = excluded.wanted_by_other",
                )?
                .execute((
                    right.scope.as_str(),
                    right.holder.as_ref().map(DeviceId::as_bytes),
                    &right.label,
                    right.wanted,
                ))?;
            }
            // Given back is given back; a right that is held stays wanted, so that each round renews it.
            conn.prepare_cached("UPDATE spend_right SET wish = ?1 WHERE wish = ?2 AND holder IS NOT ?3")?.execute((
                NO_WISH,
                TO_RELEASE,
                own.as_bytes(),
            ))?;
            Ok(())
        })
    }

    /// Notes that this device wants a right, or gives it back; the next round carries it out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn want_right(&self, scope: Scope, want: bool) -> Result<(), StoreError> {
        let wish = if want { WANTED } else { TO_RELEASE };
        self.write_arrived(|log| {
            log.conn
                .prepare_cached(
                    "INSERT INTO spend_right (scope, wanted_by_other, wish) VALUES (?1, 0, ?2)
                     ON CONFLICT DO UPDATE SET wish = excluded.wish",
                )?
                .execute((scope.as_str(), wish))?;
            Ok(())
        })
    }

    /// All rights that were heard of or are wanted, ascending by scope.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rights(&self) -> Result<Vec<RightRow>, StoreError> {
        let own = self.device();
        let sql = "SELECT scope, holder, label, wanted_by_other, wish FROM spend_right ORDER BY scope";
        self.read(|r| r.all(sql, [], |row| read(row, own)))
    }
}

impl Reader<'_> {
    /// Whether this device may spend in the scope without asking the district. One that is being given back does not
    /// count.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn holds_right(&self, scope: Scope) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM spend_right s JOIN meta m ON m.key = 'device' AND m.value = s.holder
                   WHERE s.scope = ?1 AND s.wish <> ?2";
        Ok(self.conn().prepare_cached(sql)?.exists((scope.as_str(), TO_RELEASE))?)
    }
}
