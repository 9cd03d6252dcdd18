//! The fold: from operations to rows. One file per noun.
//!
//! **Invariant.** What is written about an entity depends on its own operations in canonical order
//! and on the keys, and on nothing else: not on the clock, not on other entities, not on the order
//! of arrival. So an entity can be forgotten and folded again at any time (see [`refold`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, ImportId, OpId, UserId};
use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::op::Op;
use zhenxin_protocol::seal::{Place, Sealed, Subject, open};

use crate::error::StoreError;
use crate::search::buffer::TermBuffer;
use crate::vault::{Held, Vault};

mod alias;
mod audit_anchor;
pub(crate) mod award;
mod brand;
pub(crate) mod brand_seat;
mod consent;
mod deficit;
mod device;
mod event;
mod file;
mod handover;
mod import;
pub(crate) mod issue;
pub(crate) mod ledger;
mod need;
pub(crate) mod person_data;
mod person_query;
mod refold;
pub(crate) mod registers;
pub(crate) mod resident;
mod rule;
mod security_policy;
pub(crate) mod service_order;
mod service_type;
mod statement;
mod time_gift;
mod user;

pub(crate) use ledger::{OwnerKey, owner_key, owner_of, transfer_id};
pub(crate) use refold::{read_op, turns_of};
pub(crate) use resident::household_id;

/// Plain texts by the nonce of their sealed form: what this process has just sealed itself need
/// not be opened again.
pub(crate) type Known<'k> = HashMap<[u8; 24], &'k str, BuildHasherDefault<NonceHasher>>;

/// Nonces are random, so their first bytes are a hash already.
#[derive(Default)]
pub(crate) struct NonceHasher(u64);

impl Hasher for NonceHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    // The length that arrays hash first would be the same for all.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Which of an operation's entities are folded now.
pub(crate) enum Only<'a> {
    /// All.
    All,
    /// All but those that will be folded again from scratch.
    AllBut(&'a BTreeSet<Entity>),
    /// Those, skipping what belongs to an import that was undone.
    Refold { of: &'a BTreeSet<Entity>, undone: &'a HashSet<(ImportId, Entity, Scope)> },
}

/// The operation that is being folded.
pub(crate) struct At<'a> {
    /// Its content id: what tables, registers and sealed values name.
    pub(crate) op: OpId,
    pub(crate) device: DeviceId,
    pub(crate) scope: Scope,
    pub(crate) recorded_at: i64,
    /// The clock of its PC: what was written where and before what.
    pub(crate) hlc: u64,
    pub(crate) occurred_on: i32,
    pub(crate) actor: UserId,
    pub(crate) known: &'a Known<'a>,
    pub(crate) only: Only<'a>,
}

impl<'a> At<'a> {
    pub(crate) fn of(op: &Op, known: &'a Known<'a>, only: Only<'a>) -> Self {
        Self {
            op: op.content_id(),
            device: op.device,
            scope: op.scope,
            recorded_at: op.recorded_at,
            hlc: op.hlc,
            occurred_on: op.occurred_on,
            actor: op.actor,
            known,
            only,
        }
    }

    fn wants(&self, entity: &Entity) -> bool {
        match &self.only {
            Only::All => true,
            Only::AllBut(later) => !later.contains(entity),
            Only::Refold { of, .. } => of.contains(entity),
        }
    }

    fn wants_of_import(&self, entity: &Entity, import: Option<ImportId>) -> bool {
        let undone = match (&self.only, import) {
            (Only::Refold { undone, .. }, Some(import)) => undone.contains(&(import, *entity, self.scope)),
            _ => false,
        };
        self.wants(entity) && !undone
    }
}

/// The fold inside one transaction.
pub(crate) struct Folder<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) vault: Vault<'c>,
    pub(crate) terms: TermBuffer<'c>,
    /// Subjects whose keys were destroyed in this transaction, with the texts by which they could be recognised, until
    /// [`crate::log::Log::drop_destroyed`] has dealt with them.
    pub(crate) destroyed: BTreeMap<Subject, Vec<String>>,
    households: HashSet<[u8; 16]>,
    accounts: HashMap<(Ledger, OwnerKey), i64>,
}

impl<'c> Folder<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self {
            conn,
            vault: Vault::new(conn),
            terms: TermBuffer::new(conn),
            destroyed: BTreeMap::new(),
            households: HashSet::new(),
            accounts: HashMap::new(),
        }
    }

    /// Folds one operation into the tables.
    pub(crate) fn apply(&mut self, at: &At<'_>, body: &Body) -> Result<(), StoreError> {
        match body {
            Body::ResidentsRecorded(body) => {
                self.import_residents_recorded(at, body)?;
                body.rows.iter().try_for_each(|row| self.resident_patched(at, body.import, row))
            }
            Body::ImportUndone(body) => self.import_undone(at, body),
            Body::ConsentGiven(body) => self.consent_given(at, body),
            Body::ConsentWithdrawn(body) => self.consent_withdrawn(at, body),
            Body::RulesRecorded(body) => {
                self.import_rules_recorded(at, body)?;
                body.rows.iter().try_for_each(|row| self.rule_recorded(at, body.import, row))
            }
            Body::RuleRetired(body) => self.rule_retired(at, body),
            Body::AwardRecorded(body) => self.award_recorded(at, body),
            Body::AwardReviewed(body) => body.rows.iter().try_for_each(|row| self.award_reviewed(at, row)),
            Body::AwardReversed(body) => self.award_reversed(at, body),
            Body::ServiceTypeRecorded(body) => self.service_type_recorded(at, body),
            Body::NeedPosted(body) => self.need_posted(at, body),
            Body::NeedClosed(body) => self.need_closed(at, body),
            Body::OrdersPosted(body) => body.rows.iter().try_for_each(|row| self.order_posted(at, row)),
            Body::OrdersMoved(body) => body.rows.iter().try_for_each(|row| {
                self.order_moved(at, row)?;
                let cancelled = Entity::new(EntityKind::ServiceOrder, *row.order.as_bytes());
                if row.cancels() { self.spend_taken_back(at, row.beneficiary, cancelled) } else { Ok(()) }
            }),
            Body::OrdersCredited(body) => body.rows.iter().try_for_each(|row| self.order_credited(at, row)),
            Body::OrderReversed(body) => {
                self.order_reversed(at, body)?;
                let order = Entity::new(EntityKind::ServiceOrder, *body.order.as_bytes());
                self.spend_taken_back(at, body.beneficiary, order)
            }
            Body::GiftGiven(body) => self.gift_given(at, body),
            Body::GiftReversed(body) => {
                self.gift_reversed(at, body)?;
                self.spend_taken_back(at, body.giver, Entity::new(EntityKind::TimeGift, *body.gift.as_bytes()))
            }
            Body::BrandRecorded(body) => self.brand_recorded(at, body),
            Body::BrandMoved(body) => self.brand_moved(at, body),
            Body::BrandAssessed(body) => self.brand_assessed(at, body),
            Body::EventRecorded(body) => self.event_recorded(at, body),
            Body::EventSigned(body) => self.event_signed(at, body),
            Body::EventPhotos(body) => self.event_photos(at, body),
            Body::HandoverRequested(body) => self.handover_requested(at, body),
            Body::HandoverReviewed(body) => self.handover_reviewed(at, body),
            Body::UserAdded(body) => self.user_added(at, body),
            Body::UserChanged(body) => self.user_changed(at, body),
            Body::UserCredential(body) => self.user_credential(at, body),
            Body::SecurityPolicy(body) => self.security_policy(at, body),
            Body::StatementIssued(body) => self.statement_issued(at, body),
            Body::TownOpened(body) => self.town_opened(at, body),
            Body::IssueSettled(body) => self.issue_settled(at, body),
            Body::ResidentsMerged(body) => self.residents_merged(at, body),
            Body::DeficitWaived(body) => self.deficit_waived(at, body),
            Body::QueryMade(body) => self.query_made(at, body),
            Body::AuditAnchored(body) => self.audit_anchored(at, body),
            Body::DataRestricted(body) => self.data_restricted(at, body),
            Body::ErasureAsked(body) => self.erasure_asked(at, body),
            Body::ErasureRefused(body) => self.erasure_refused(at, body),
            Body::ErasureWithdrawn(body) => self.erasure_withdrawn(at, body),
            Body::ResidentErased(body) => self.resident_erased(at, body),
        }
    }

    /// Opens a sealed field. Without its key it reads as empty, and the entity waits for the key.
    fn open<'a>(
        &mut self,
        at: &At<'a>,
        entity: &Entity,
        subject: &Subject,
        field: &str,
        sealed: &Sealed,
    ) -> Result<Option<Cow<'a, str>>, StoreError> {
        self.note_sealed(subject, entity)?;
        if let Some(plain) = at.known.get(&sealed.nonce) {
            return Ok(Some(Cow::Borrowed(plain)));
        }
        let key = match self.vault.held(subject)? {
            Held::Key(key) => key,
            Held::Erased => return Ok(None),
            Held::Waiting => {
                self.wait_for_key(subject, entity)?;
                return Ok(None);
            }
        };
        match open(&key, Place { op: at.op, subject: *subject, field }, sealed) {
            Ok(plain) => Ok(Some(Cow::Owned(plain.to_string()))),
            Err(_) => {
                self.race(at, entity, &format!("unreadable:{field}"))?;
                Ok(None)
            }
        }
    }

    fn open_opt<'a>(
        &mut self,
        at: &At<'a>,
        entity: &Entity,
        subject: &Subject,
        field: &str,
        sealed: Option<&Sealed>,
    ) -> Result<Option<Cow<'a, str>>, StoreError> {
        sealed.map_or(Ok(None), |sealed| self.open(at, entity, subject, field, sealed))
    }

    /// The entity is folded again once the subject's key arrives.
    fn wait_for_key(&self, subject: &Subject, entity: &Entity) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO key_wait (subject, entity) VALUES (?1, ?2)")?
            .execute((subject, entity.to_bytes()))?;
        Ok(())
    }

    /// Writes down what lost, for a person to look at.
    fn race(&self, at: &At<'_>, entity: &Entity, what: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO race (entity, op, what, scope, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((entity.to_bytes(), at.op.as_bytes(), what, at.scope.as_str(), at.recorded_at))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
