//! The town's encrypted file: one SQLCipher database, its operation log, and everything that is
//! folded from the log.
//!
//! Invariants
//! - **One write door.** Business tables change only inside [`Store::write`] (new operations) and where something arrives:
//!   [`Store::apply_page`], [`Store::take_receipts`], [`Store::apply_key_page`], [`Store::bundle_in`], [`Store::snapshot_in`];
//!   all go through the same fold. What mends a fault ([`Store::begin_epoch`], [`Store::rewind`], [`Store::put_back`],
//!   [`Store::rebuild`] and their like) is one transaction each: whole or not at all.
//! - **The order is proven.** What the district has ordered is entered only where it gives the root that the district
//!   signed; each scope keeps the right edge of that tree.
//! - **State is a fold.** What the tables hold about an entity is the fold of its operations in
//!   canonical order: accepted ones by server sequence, then pending ones by clock; rejected and
//!   unreadable ones do not count. So replicas with the same operations and keys hold the same
//!   rows, whatever the order of arrival, and a replay of the log gives byte-equal dumps
//!   ([`Store::verify`]).
//! - **The fold is total.** A missing reference or a lost race never stops it; what lost becomes a
//!   row of `race` for a person to look at.
//! - Stored operations are never re-encoded and never deleted, but for a damaged one that is put back.
//! - Time and randomness come from [`Ports`]; nothing here asks the system.
//! - No name, number or address leaves through `Debug`, an error or a trace.
//!
//! Deliberately absent: authorisation and business rules (`app` with `domain`), the network
//! (`sync`), and any caching of rows between calls.
#![deny(missing_docs)]

mod attachment;
mod audit;
mod backup;
mod bundle;
mod dump;
mod erase;
mod error;
mod fold;
mod key;
mod log;
mod open;
mod pool;
mod ports;
#[cfg(test)]
mod proving;
mod query;
mod rebuild;
mod restore;
mod search;
mod sight;
mod snapshot;
mod sql;
mod sync;
mod tables;
mod vault;
mod verify;
mod write;

pub use attachment::{LaneCounts, LaneItem, PieceTaken};
pub use audit::check::{AuditCheck, AuditFault};
pub use audit::{AuditNote, DONE as AUDIT_DONE};
pub use backup::{Backup, BackupLine, BackupMade, BackupNotes, BackupPlace, Manifest, SecondOutcome};
pub use bundle::{BundleCounts, BundleFiles, BundleFrom, BundleTaken, BundleVector, BundleWant};
pub use dump::{HeldKey, TableDigest};
pub use error::StoreError;
pub use fold::registers::Registers;
pub use fold::service_order::step_of;
pub use key::{KdfCost, KeyWay, KeyringPolicy, RecoveryKey};
pub use log::chain::Reopened;
pub use log::outbox::{HandedOut, Outbox, OutboxSize};
pub use log::receipt::Receipt;
pub use log::remote::{Applied, Page};
pub use log::repair::ScopeCheck;
pub use open::sign_in::SecondFactor;
pub use open::{CreateOptions, Created, DirState, Opened, Store, Unlock};
pub use ports::{Clock, IdSource, Ports, china_date};
pub use query::Reader;
pub use query::account::{Balance, EntryPage, EntryRow};
pub use query::activity::{ActivityRow, EvidenceRow, QueueActivity};
pub use query::alias::MergedRow;
pub use query::audit::{AnchorRow, AuditEntry, AuditFilter, AuditPage, SHORT_NUMBER_CHARS};
pub use query::award::{AwardRow, AwardTo};
pub use query::brand::{
    BrandDossier, BrandRow, DueMilestone, FileRow, IndicatorRow, MilestoneRow, PartnerRow, ReadingRow,
};
pub use query::brand_way::{AssessmentRow, BrandLost, BrandStepRow, LostAct};
pub use query::consent::ConsentRow;
pub use query::counts::StoreCounts;
pub use query::event::{AttendanceRow, EventFilter, EventMatrix, EventPage, EventRow, MatrixCount, NamesFound};
pub use query::handover::{HandoverRow, HandoverState};
pub use query::import::{ImportObstacles, ImportRow};
pub use query::issue::content::{OpContent, Unsealed};
pub use query::issue::field::FieldSide;
pub use query::issue::spends::SpendRow;
pub use query::issue::{DecidedRow, ISSUES_MAX, IssueKey, IssueKeyFault, IssueKind, IssueRow, IssuesAt, MERGED};
pub use query::ledger::TransferRow;
pub use query::local::DraftRow;
pub use query::need::{NeedFilter, NeedPage, NeedRow, NeedState};
pub use query::oplog::{OpCounts, OpRow, OpStatus};
pub use query::order_log::{OrderStep, OrderStepRow};
pub use query::person_data::{
    AskedRow, ErasureReach, MentionRow, OwnTexts, PERSON_DATA_MAX, PersonDataRow, PersonStepRow,
};
pub use query::person_query::{PersonQueryPage, PersonQueryRow};
pub use query::race::RaceRow;
pub use query::resident::{HouseholdRow, ResidentFilter, ResidentPage, ResidentRow};
pub use query::rule::RuleVersionRow;
pub use query::security::Lockouts;
pub use query::security_policy::SecurityPolicyRow;
pub use query::service_order::{OrderDayRow, OrderFilter, OrderPage, OrderRow};
pub use query::service_type::ServiceTypeRow;
pub use query::set_aside::SetAsideRow;
pub use query::statement::StatementRow;
pub use query::time_account::{MovementRow, TimeAccountPage, TimeAccountRow, TimeCounts, TimeSums, TimeTotals};
pub use query::time_gift::GiftRow;
pub use query::user::{CredentialRow, DeviceRow, UserRow};
pub use restore::{Rehearsal, RestoreCheck, Restored, ShutTown};
pub use search::{SearchOptions, SearchResult};
pub use snapshot::SnapshotMade;
pub use snapshot::proof::{TablesProof, TablesState};
pub use sync::DevicePublic;
pub use sync::device::KnownDevice;
pub use sync::right::RightRow;
pub use sync::signed::SignedHeads;
pub use vault::lane::KeysApplied;
pub use verify::VerifyReport;
pub use verify::note::CheckNote;
pub use write::Tx;
pub use write::attachment::EvidenceDraft;
pub use write::award::{AwardBatch, AwardDraft, AwardsRecorded, Review, ReviewDraft};
pub use write::brand::{
    BrandDraft, BrandSaved, BrandTextsDraft, FileDraft, IndicatorDraft, MilestoneDraft, PartnerDraft, ReadingDraft,
};
pub use write::consent::ConsentDraft;
pub use write::event::{EventDraft, SignInDraft, SignedIn};
pub use write::handover::HandoverReview;
pub use write::import::ImportSource;
pub use write::need::NeedDraft;
pub use write::person_query::PersonQueryDraft;
pub use write::resident::{Recorded, ResidentBatch, ResidentDraft};
pub use write::rule::RuleVersionDraft;
pub use write::service_order::{OrderDraft, OrderMove};
pub use write::service_type::ServiceTypeDraft;
pub use write::time_gift::GiftDraft;
pub use write::user::{Credential, NewUser, UserChange};
pub use zhenxin_domain::keeping::KeptFor;
pub use zhenxin_protocol::bundle::item::ChainPlace;
