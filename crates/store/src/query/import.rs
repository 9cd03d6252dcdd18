//! Imports: what they recorded, and what stands in the way of taking one back.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ImportId, ResidentId, RuleId, RuleVersionId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::op::Op;

use super::Reader;
use crate::error::StoreError;
use crate::fold::read_op;
use crate::sql::Columns;

/// An import, all its scopes together.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Which.
    pub id: ImportId,
    /// Name of the file.
    pub source: Option<String>,
    /// Rows of residents.
    pub residents: u32,
    /// Rows of rules.
    pub rules: u32,
    /// Of both: those that were new.
    pub created: u32,
    /// Of both: those that changed what was here.
    pub updated: u32,
    /// When, ms since 1970 UTC.
    pub recorded_at: i64,
    /// By whom.
    pub recorded_by: UserId,
    /// Whether it was taken back, wholly or (while another device's undoing is still arriving) in
    /// part.
    pub undone: bool,
    /// When it was taken back, ms since 1970 UTC.
    pub undone_at: Option<i64>,
}

impl fmt::Debug for ImportRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImportRow({})", self.id)
    }
}

/// What was built on an import and stands in the way of taking it back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportObstacles {
    /// Awards recorded after it for its residents, or by its rules.
    pub awards: u64,
    /// Consents recorded after it for its residents.
    pub consents: u64,
    /// Later changes of its residents or rules.
    pub later_edits: u64,
}

impl ImportObstacles {
    /// Whether nothing stands in the way.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.awards == 0 && self.consents == 0 && self.later_edits == 0
    }
}

/// What an import recorded in one scope; each id once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ImportPart {
    pub(crate) residents: Vec<ResidentId>,
    pub(crate) rules: Vec<RuleId>,
}

/// The same with what only the search for obstacles needs.
#[derive(Default)]
struct Recorded {
    residents: BTreeSet<ResidentId>,
    rules: BTreeSet<RuleId>,
    versions: BTreeSet<RuleVersionId>,
    /// Its operations by their numbers here.
    ops: BTreeSet<i64>,
}

const IMPORT: &str = "SELECT import, max(source), sum(residents), sum(rules), sum(created), sum(updated),
                             min(recorded_at), recorded_by, max(undone_at) IS NOT NULL, max(undone_at)
                      FROM import_part";

fn read(row: &Row<'_>) -> rusqlite::Result<ImportRow> {
    let mut c = Columns::of(row);
    Ok(ImportRow {
        id: c.take()?,
        source: c.get()?,
        residents: c.get()?,
        rules: c.get()?,
        created: c.get()?,
        updated: c.get()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        undone: c.get()?,
        undone_at: c.get()?,
    })
}

impl Reader<'_> {
    /// All imports, newest first; a town has some dozen in a year.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn imports(&self) -> Result<Vec<ImportRow>, StoreError> {
        self.all(&format!("{IMPORT} GROUP BY import ORDER BY min(recorded_at) DESC, import DESC"), [], read)
    }

    /// One import.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn import(&self, id: ImportId) -> Result<Option<ImportRow>, StoreError> {
        self.one(&format!("{IMPORT} WHERE import = ?1 GROUP BY import"), [id.as_bytes()], read)
    }

    /// The residents that an import recorded or changed, scope by scope in the order of their ids.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn import_residents(&self, id: ImportId) -> Result<Vec<ResidentId>, StoreError> {
        Ok(self.recorded_by_import(id)?.into_iter().flat_map(|(_, recorded)| recorded.residents).collect())
    }

    /// What an import recorded, scope by scope.
    pub(crate) fn import_parts(&self, id: ImportId) -> Result<Vec<(Scope, ImportPart)>, StoreError> {
        let parts = self.recorded_by_import(id)?.into_iter().map(|(scope, recorded)| {
            let Recorded { residents, rules, .. } = recorded;
            (scope, ImportPart { residents: residents.into_iter().collect(), rules: rules.into_iter().collect() })
        });
        Ok(parts.collect())
    }

    fn recorded_by_import(&self, id: ImportId) -> Result<Vec<(Scope, Recorded)>, StoreError> {
        let sql = "SELECT scope FROM import_part WHERE import = ?1 ORDER BY scope";
        let scopes: Vec<Scope> = self.all(sql, [id.as_bytes()], |row| Columns::of(row).parse())?;
        scopes.into_iter().map(|scope| Ok((scope, self.recorded_in(id, scope)?))).collect()
    }

    fn recorded_in(&self, id: ImportId, scope: Scope) -> Result<Recorded, StoreError> {
        let mut recorded = Recorded::default();
        let entity = Entity::part(EntityKind::ImportPart, id.as_bytes(), scope).to_bytes();
        let mut statement = self.conn().prepare_cached(include_str!("import/ops.sql"))?;
        let mut rows = statement.query([entity])?;
        while let Some(row) = rows.next()? {
            let op = Op::from_bytes(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
            match op.read_body() {
                Ok(Some(Body::ResidentsRecorded(body))) => {
                    recorded.residents.extend(body.rows.iter().map(|row| row.resident));
                }
                Ok(Some(Body::RulesRecorded(body))) => {
                    recorded.rules.extend(body.rows.iter().map(|row| row.rule));
                    recorded.versions.extend(body.rows.iter().map(|row| row.version_id));
                }
                _ => continue,
            }
            recorded.ops.insert(row.get(0)?);
        }
        Ok(recorded)
    }

    /// What was built on an import. What was there before it does not stand in the way, for taking
    /// the import back leaves it as it was.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn import_obstacles(&self, id: ImportId) -> Result<ImportObstacles, StoreError> {
        let mut found = ImportObstacles::default();
        for (_, recorded) in self.recorded_by_import(id)? {
            let Some(first) = recorded.ops.first().copied() else { continue };
            let mut later = Later { own: &recorded.ops, known: HashMap::new() };
            for resident in &recorded.residents {
                let after = (resident.as_bytes(), first);
                found.awards += self.count(include_str!("import/awards_after.sql"), after)?;
                found.consents += self.count(include_str!("import/consents_after.sql"), after)?;
                let entity = Entity::new(EntityKind::Resident, *resident.as_bytes());
                found.later_edits += self.edits_after(entity, first, &mut later)?;
            }
            for version in &recorded.versions {
                found.awards += self.count(include_str!("import/awards_by_rule.sql"), [version.as_bytes()])?;
            }
            for rule in &recorded.rules {
                let entity = Entity::new(EntityKind::Rule, *rule.as_bytes());
                found.later_edits += self.edits_after(entity, first, &mut later)?;
            }
        }
        Ok(found)
    }

    /// Operations on an entity that came after the import's first and count.
    fn edits_after(&self, entity: Entity, first: i64, later: &mut Later<'_>) -> Result<u64, StoreError> {
        let sql = include_str!("import/edits_after.sql");
        let numbers: Vec<i64> = self.all(sql, (entity.to_bytes(), first), |row| row.get(0))?;
        let mut edits = 0;
        for no in numbers {
            edits += u64::from(self.counts_as_edit(no, later)?);
        }
        Ok(edits)
    }

    /// Not the import's own operations, nor those of an import that was taken back meanwhile.
    fn counts_as_edit(&self, no: i64, later: &mut Later<'_>) -> Result<bool, StoreError> {
        if later.own.contains(&no) {
            return Ok(false);
        }
        if let Some(counts) = later.known.get(&no) {
            return Ok(*counts);
        }
        let import = match read_op(self.conn(), no)? {
            Some((_, Body::ResidentsRecorded(body))) => body.import,
            Some((_, Body::RulesRecorded(body))) => body.import,
            _ => None,
        };
        let undone = match import {
            Some(import) => self.import(import)?.is_some_and(|import| import.undone),
            None => false,
        };
        later.known.insert(no, !undone);
        Ok(!undone)
    }
}

/// What is known of the operations that came after an import: one operation touches up to 200
/// residents and is read once.
struct Later<'p> {
    own: &'p BTreeSet<i64>,
    known: HashMap<i64, bool>,
}
