//! Residents: recorded one by one or a hundred thousand at a time.
//!
//! Sealing, encoding and hashing take about as long as the database, so a long batch does them on a
//! second thread, a few operations ahead.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use zhenxin_domain::division::{Scope, VillageCode};
use zhenxin_domain::ids::{ImportId, OpId, ResidentId};
use zhenxin_protocol::body::ROWS_MAX;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::seal::SubjectKey;

use super::Tx;
use super::import::ImportSource;
use crate::error::StoreError;
use crate::fold::Known;
use crate::vault::data_key;

mod make;

use make::{MadeChunk, Maker, Target};

/// Operations made ready ahead of the database: enough to keep both threads busy, few enough to
/// stay under a megabyte.
const AHEAD: usize = 6;

/// What is known or new about one resident.
#[derive(Clone)]
pub struct ResidentDraft<'t> {
    resident: Option<ResidentId>,
    village: Option<VillageCode>,
    texts: Vec<(Field, Option<Cow<'t, str>>)>,
    base: BTreeMap<u8, OpId>,
}

impl fmt::Debug for ResidentDraft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentDraft({} fields)", self.texts.len())
    }
}

impl<'t> ResidentDraft<'t> {
    /// A resident who is not recorded yet. The village becomes the home scope for good.
    #[must_use]
    pub fn new(village: VillageCode) -> Self {
        Self { resident: None, village: Some(village), texts: Vec::with_capacity(7), base: BTreeMap::new() }
    }

    /// A change of a resident who is recorded.
    #[must_use]
    pub fn edit(resident: ResidentId) -> Self {
        Self { resident: Some(resident), village: None, texts: Vec::new(), base: BTreeMap::new() }
    }

    /// The village where the resident now lives.
    #[must_use]
    pub fn move_to(mut self, village: VillageCode) -> Self {
        self.village = Some(village);
        self
    }

    /// The household's number.
    #[must_use]
    pub fn household_no(self, number: impl Into<Cow<'t, str>>) -> Self {
        self.set(Field::HouseholdNo, number)
    }

    /// A field's new value.
    #[must_use]
    pub fn set(mut self, field: Field, value: impl Into<Cow<'t, str>>) -> Self {
        self.texts.retain(|(present, _)| *present != field);
        self.texts.push((field, Some(value.into())));
        self
    }

    /// Empties a sealed field.
    #[must_use]
    pub fn clear(mut self, field: Field) -> Self {
        self.texts.retain(|(present, _)| *present != field);
        self.texts.push((field, None));
        self
    }

    /// The operation that the author saw as the field's last; without it, the present one.
    #[must_use]
    pub fn base(mut self, field: Field, op: OpId) -> Self {
        self.base.insert(field as u8, op);
        self
    }
}

/// Many residents at once.
#[derive(Default)]
pub struct ResidentBatch<'b, 't> {
    /// The residents.
    pub rows: &'b [ResidentDraft<'t>],
    /// The import that they belong to.
    pub import: Option<ImportSource>,
    /// Told how many of how many rows are done.
    pub progress: Option<&'b mut dyn FnMut(usize, usize)>,
    /// Set to true from elsewhere, it ends the work with [`StoreError::Cancelled`].
    pub cancel: Option<&'b AtomicBool>,
}

impl fmt::Debug for ResidentBatch<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentBatch({} rows)", self.rows.len())
    }
}

/// What recording gave.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The residents, in the order of the drafts.
    pub residents: Vec<ResidentId>,
    /// The operations.
    pub ops: Vec<OpId>,
}

impl Tx<'_> {
    /// Records residents and changes of residents: one operation for every 200 of one home scope.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown resident, [`StoreError::KeyMissing`],
    /// [`StoreError::Cancelled`], faults of the database. After an error nothing of the transaction
    /// can be committed.
    pub fn record_residents(&mut self, batch: ResidentBatch<'_, '_>) -> Result<Recorded, StoreError> {
        let ResidentBatch { rows, import, mut progress, cancel } = batch;
        let targets = self.targets(rows)?;
        let residents = targets.iter().map(|target| target.resident).collect();
        let chunks = chunks(&targets);
        let source_key = match &import {
            // an import may hold residents of several villages
            Some(import) => Some(self.key_or_new(ImportId::as_bytes(&import.id), self.town_scope())?),
            None => None,
        };
        let maker = self.maker(rows, &targets, import.as_ref(), source_key)?;
        let mut ops = Vec::with_capacity(chunks.len());
        let mut done = 0;
        let mut enter = |tx: &mut Self, made: MadeChunk<'_>| -> Result<(), StoreError> {
            if cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
                return Err(StoreError::Cancelled);
            }
            ops.push(made.made.op.id);
            done += made.rows;
            tx.enter_chunk(&made)?;
            tx.half_done = true;
            if let Some(progress) = &mut progress {
                progress(done, rows.len());
            }
            Ok(())
        };
        let chain = if chunks.len() < 2 {
            let mut maker = maker;
            for chunk in &chunks {
                let made = maker.make(chunk)?;
                enter(self, made)?;
            }
            maker.into_chain()
        } else {
            self.enter_ahead(maker, &chunks, &mut enter)?
        };
        self.chain = chain;
        self.half_done = false;
        self.log.fold.terms.flush()?;
        Ok(Recorded { residents, ops })
    }

    /// Makes on a second thread, enters on this one.
    fn enter_ahead<'m>(
        &mut self,
        mut maker: Maker<'m, '_>,
        chunks: &[(Scope, Vec<usize>)],
        enter: &mut dyn FnMut(&mut Self, MadeChunk<'m>) -> Result<(), StoreError>,
    ) -> Result<super::head::Chain, StoreError> {
        thread::scope(|threads| {
            let (ready, made) = mpsc::sync_channel(AHEAD);
            let making = threads.spawn(move || {
                for chunk in chunks {
                    // The other side hangs up when it has failed; there is nothing more to do then.
                    if ready.send(maker.make(chunk)).is_err() {
                        break;
                    }
                }
                maker.into_chain()
            });
            for chunk in made {
                enter(self, chunk?)?;
            }
            Ok(making.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    fn enter_chunk(&mut self, chunk: &MadeChunk<'_>) -> Result<(), StoreError> {
        self.log.fold.vault.keep(&chunk.keys)?;
        let known: &Known<'_> = &chunk.known;
        self.enter(&chunk.made, &chunk.body, known)
    }

    /// Finds out who is meant: new ids for new residents, and for the others their home scope, key
    /// and the operations that their fields come from.
    fn targets(&mut self, rows: &[ResidentDraft<'_>]) -> Result<Vec<Target>, StoreError> {
        let mut targets = Vec::with_capacity(rows.len());
        for row in rows {
            targets.push(match (row.resident, row.village) {
                (Some(resident), _) => {
                    let (scope, registers) =
                        self.registers_of(resident)?.ok_or(StoreError::Missing { what: "居民" })?;
                    let key: SubjectKey = self.key_of(resident.as_bytes())?;
                    Target { resident, scope, known: Some((registers, key)) }
                }
                (None, Some(village)) => {
                    let resident = ResidentId::from_uuid(self.new_uuid());
                    Target { resident, scope: Scope::Village(village), known: None }
                }
                (None, None) => return Err(StoreError::Missing { what: "居民所在村社" }),
            });
        }
        Ok(targets)
    }

    fn maker<'m, 't>(
        &mut self,
        rows: &'m [ResidentDraft<'t>],
        targets: &'m [Target],
        import: Option<&ImportSource>,
        source_key: Option<SubjectKey>,
    ) -> Result<Maker<'m, 't>, StoreError>
    where
        Self: 'm,
    {
        Ok(Maker {
            rows,
            targets,
            import: import.cloned().zip(source_key),
            own: data_key::own(self.log.conn)?,
            ports: self.log.ports.clone(),
            now_ms: self.now_ms(),
            occurred_on: self.today_days(),
            chain: self.chain.clone(),
        })
    }
}

/// Rows by home scope, at most [`ROWS_MAX`] to an operation, in the order in which scopes first
/// appear.
fn chunks(targets: &[Target]) -> Vec<(Scope, Vec<usize>)> {
    let mut places: HashMap<Scope, usize> = HashMap::new();
    let mut by_scope: Vec<(Scope, Vec<usize>)> = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let place = *places.entry(target.scope).or_insert_with(|| {
            by_scope.push((target.scope, Vec::new()));
            by_scope.len() - 1
        });
        by_scope[place].1.push(at);
    }
    by_scope
        .into_iter()
        .flat_map(|(scope, rows)| rows.chunks(ROWS_MAX).map(|rows| (scope, rows.to_vec())).collect::<Vec<_>>())
        .collect()
}
