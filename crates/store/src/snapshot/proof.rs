//! Tables that came with a snapshot are its maker's fold. They are used at once, so that a new device can begin to work,
//! and proven afterwards: the log, whose operations the heads prove, is folded again beside them.

use rusqlite::Connection;

use crate::error::StoreError;
use crate::log::Log;
use crate::open::Store;
use crate::open::identity::{meta, set_meta};
use crate::verify::{Progress, against_log};

/// How it stands with tables that came with a snapshot: a number, and since when.
const PROOF: &str = "snapshot.tables";

/// The file in which the log is folded again. One name for all runs, so that one that was cut off leaves nothing for long.
const SCRATCH: &str = "proof.tmp";

const UNPROVEN: u8 = 0;
const SOUND: u8 = 1;
const REBUILT: u8 = 2;

/// How it stands with the tables that a snapshot brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TablesState {
    /// They are as their maker folded them.
    Unproven,
    /// They are what the log gives.
    Sound,
    /// They were not what the log gives, and were folded anew from it.
    Rebuilt,
}

/// The state of the tables, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TablesProof {
    /// The state.
    pub state: TablesState,
    /// Since when, ms since 1970 UTC.
    pub at_ms: i64,
}

fn load(conn: &Connection) -> Result<Option<TablesProof>, StoreError> {
    let Some(stored) = meta(conn, PROOF)? else { return Ok(None) };
    let (state, at_ms) = stored.split_first().map_or((UNPROVEN, &[][..]), |(state, at)| (*state, at));
    let state = match state {
        SOUND => TablesState::Sound,
        REBUILT => TablesState::Rebuilt,
        _ => TablesState::Unproven,
    };
    Ok(Some(TablesProof { state, at_ms: at_ms.try_into().map_or(0, i64::from_be_bytes) }))
}

fn save(log: &Log<'_>, state: u8) -> Result<(), StoreError> {
    let now_ms = log.ports.clock.now_ms();
    set_meta(log.conn, PROOF, &[&[state][..], &now_ms.to_be_bytes()].concat())
}

/// Notes that another device's tables stand here from now on.
pub(super) fn note_taken(log: &Log<'_>) -> Result<(), StoreError> {
    save(log, UNPROVEN)
}

/// Whether the tables are another device's and not proven.
pub(super) fn unproven(conn: &Connection) -> Result<bool, StoreError> {
    Ok(load(conn)?.is_some_and(|proof| proof.state == TablesState::Unproven))
}

/// Notes that the tables were folded from the log here.
pub(crate) fn note_rebuilt(log: &Log<'_>) -> Result<(), StoreError> {
    if unproven(log.conn)? { save(log, REBUILT) } else { Ok(()) }
}

impl Store {
    /// How it stands with the tables that a snapshot brought; none where none was taken.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn tables_proof(&self) -> Result<Option<TablesProof>, StoreError> {
        self.read(|r| load(r.conn()))
    }

    /// Proves the tables that a snapshot brought: they are compared with a replay of the log, and folded anew where they
    /// differ. Work goes on meanwhile. `on` hears how many of how many operations are done and stops the work by
    /// returning false. Nothing to do where nothing is unproven.
    ///
    /// # Errors
    /// [`StoreError::Cancelled`], faults of the database; the tables stay unproven then.
    pub fn prove_tables(&self, on: Progress<'_>) -> Result<(), StoreError> {
        if !self.read(|r| unproven(r.conn()))? {
            return Ok(());
        }
        let mut faults = Vec::new();
        let (_, differ) = self.read(|r| against_log(self, r.conn(), SCRATCH, &mut Some(&mut *on), &mut faults))?;
        if !differ {
            return self.write_arrived(|log| save(log, SOUND));
        }
        tracing::warn!(tables = faults.len(), "tables of a snapshot are not what its log gives; they are folded anew");
        self.rebuild(Some(on))
    }
}
