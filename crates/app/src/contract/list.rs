//! The list. One line says all that the gate needs to know about a command:
//!
//! ```text
//! act undo_import(UndoImport) -> ImportUndone, [Clerk, Administrator] villages guarded => import::undo;
//! │   │                                        │                      │        │
//! │   name, request and reply                  who may                reach    marks
//! ```
//!
//! - **who may**: `open` nobody needs to be signed in; `any` any signed-in user; `business` any of the five business
//!   duties; else one of the duties named.
//! - **reach**: `none` no records; `town` the town's own things, the same for everybody who may; `villages` cut to the
//!   user's villages by the handler (`Caller::sight`).
//! - **marks**: `guarded` needs the password again when the last proof is older than five minutes; `logged` an ask that
//!   leaves a line in the audit (acts always do); `early` is answered even while a password has to be changed first.
//!
//! The permission matrix is made from these lines and from nothing else.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::{
    Fault, FaultCode, accounts::*, audit::*, backups::*, brands::*, events::*, handover::*, imports::*, points::*,
    privacy::*, queries::*, residents::*, security::*, session::*, settling::*, shape, sync::*, timebank::*,
};
use crate::{
    App, access, accounts,
    audit::{self, Call},
    backups, brands, events,
    gate::{self, Need, named},
    handover, import, matrix, papers, passwords, points, privacy, proof, queries, residents, second_factor, security,
    settling, syncing, timebank, workbench,
};

shape! {
    /// Whether a command reads or writes.
    #[derive(Copy, PartialEq, Eq)]
    pub enum Kind {
        /// Reads.
        Ask,
        /// Writes.
        Act,
    }
}

/// What a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Nobody needs to be signed in.
    Open,
    /// Any signed-in user.
    Any,
    /// One of the duties.
    Duties(&'static [Duty]),
}

shape! {
    /// Whose records a command shows or changes.
    #[derive(Copy, PartialEq, Eq)]
    pub enum Reach {
        /// No records.
        None,
        /// The town's own things, the same for everybody who may.
        Town,
        /// Records of the user's villages.
        Villages,
    }
}

/// The duties of those who do the town's daily work.
pub const BUSINESS: &[Duty] = &[Duty::Recorder, Duty::Reviewer, Duty::Clerk, Duty::QueryClerk, Duty::Viewer];

/// A command as the list describes it.
pub struct Command {
    /// Name.
    pub name: &'static str,
    /// Reads or writes.
    pub kind: Kind,
    /// Who may.
    pub access: Access,
    /// Whose records.
    pub reach: Reach,
    /// Whether the password must have been given within the last minutes.
    pub guarded: bool,
    /// Whether an ask leaves a line in the audit.
    pub logged: bool,
    /// What it does.
    pub purpose: String,
    pub(super) request: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    pub(super) reply: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    pub(super) declare: fn(&mut super::generate::Declarations),
    pub(super) type_names: fn(&ts_rs::Config) -> (String, String),
}

macro_rules! kind {
    (ask) => {
        Kind::Ask
    };
    (act) => {
        Kind::Act
    };
}

macro_rules! access {
    (open) => { Access::Open };
    (any) => { Access::Any };
    (business) => { Access::Duties(BUSINESS) };
    ([$($duty:ident),+]) => { Access::Duties(&[$(Duty::$duty),+]) };
}

macro_rules! reach {
    (none) => {
        Reach::None
    };
    (town) => {
        Reach::Town
    };
    (villages) => {
        Reach::Villages
    };
}

macro_rules! marks {
    ($($mark:ident)*) => {{
        #[allow(unused_mut)]
        let mut marks = Marks::default();
        $(marks.$mark = true;)*
        marks
    }};
}

macro_rules! call {
    (open, $handler:path, $app:ident, $need:expr, $named:expr, $request:ident, $call:ident) => {
        $handler($app, $request)
    };
    ($access:tt, $handler:path, $app:ident, $need:expr, $named:expr, $request:ident, $call:ident) => {
        $handler(&$app.admit($need, &$named)?.on($call), $request)
    };
}

/// The marks of a line.
#[derive(Clone, Copy, Default)]
struct Marks {
    guarded: bool,
    logged: bool,
    early: bool,
}

macro_rules! need {
    ($access:tt, $reach:ident, $($mark:ident)*) => {{
        let marks = marks!($($mark)*);
        Need { access: access!($access), reach: reach!($reach), guarded: marks.guarded, early: marks.early }
    }};
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $kind:tt $name:ident($request:ty) -> $reply:ty, $access:tt $reach:ident $($mark:ident)* => $handler:path;)+) => {
        /// Every command of the program.
        pub fn list() -> Vec<Command> {
            vec![$(Command {
                name: stringify!($name),
                kind: kind!($kind),
                access: access!($access),
                reach: reach!($reach),
                guarded: marks!($($mark)*).guarded,
                logged: marks!($($mark)*).logged,
                purpose: [$($doc),+].map(str::trim).join(" "),
                request: |schemas| schemas.subschema_for::<$request>(),
                reply: |schemas| schemas.subschema_for::<$reply>(),
                declare: |declarations| { declarations.add::<$request>(); declarations.add::<$reply>(); },
                type_names: |config| (<$request as ts_rs::TS>::name(config), <$reply as ts_rs::TS>::name(config)),
            }),+]
        }

        /// A command's own name, and whether an ask of it is logged; `None` for what is not in the list.
        pub(crate) fn known(kind: Kind, name: &str) -> Option<(&'static str, bool)> {
            match (kind, name) {
                $((kind!($kind), stringify!($name)) => Some((stringify!($name), marks!($($mark)*).logged)),)+
                _ => None,
            }
        }

        pub(crate) fn dispatch(
            app: &App,
            kind: Kind,
            name: &str,
            request: Value,
            call: &Arc<Call>,
        ) -> Result<Value, Fault> {
            match (kind, name) {
                $((kind!($kind), stringify!($name)) => {
                    let _ids = named(reach!($reach), &request);
                    let request: $request = parse(request)?;
                    let reply: $reply = call!($access, $handler, app, need!($access, $reach, $($mark)*), _ids, request, call)?;
                    write(&reply)
                })+
                _ => Err(Fault::new(FaultCode::BadRequest, format!("没有名为“{name}”的命令。"))),
            }
        }
    };
}

fn parse<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, Fault> {
    let request = if request.is_null() { Value::Object(serde_json::Map::new()) } else { request };
    // serde would take a list for a struct, field by field
    if !request.is_object() {
        return Err(Fault::new(FaultCode::BadRequest, "请求的格式不对，应为一个 JSON 对象，请对照命令清单。"));
    }
    // serde's own text can quote what it stumbled on, and that can be personal data: only a field's name is kept
    serde_json::from_value(request).map_err(|error| {
        let text = error.to_string();
        let named = text.split('`').nth(1).filter(|name| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_')));
        let place = named.map(|name| format!("（字段 {name}）")).unwrap_or_default();
        Fault::new(FaultCode::BadRequest, format!("请求的格式不对{place}，请对照命令清单。"))
    })
}

fn write<T: Serialize>(reply: &T) -> Result<Value, Fault> {
    serde_json::to_value(reply).map_err(|_| Fault::new(FaultCode::System, "结果无法写成 JSON。"))
}

commands! {
    /// Where the program stands: first run, signed out or ready.
    ask app_state(Nothing) -> AppState, open none => access::app_state;
    /// The bundled towns and villages.
    ask divisions(Nothing) -> Divisions, open none => access::divisions;
    /// Makes the town's encrypted file and its first administrator, and signs that person in.
    act create_town(CreateTown) -> TownCreated, open none => access::create_town;
    /// Signs in; opens the encrypted file where it is still locked.
    act sign_in(SignIn) -> AppState, open none => access::sign_in;
    /// Signs out.
    act sign_out(Nothing) -> AppState, open none => access::sign_out;
    /// Opens the file with the recovery key and sets a user's password anew.
    act recover(Recover) -> AppState, open none => access::recover;
    /// Confirms that the recovery key has been written down.
    act confirm_recovery_key(ConfirmRecoveryKey) -> AppState, [SecurityAdministrator] none => access::confirm_recovery_key;
    /// Changes one's own password.
    act change_password(ChangePassword) -> AppState, any none early => passwords::change;
    /// Lets the curtain down: every command is refused until the password is given, and the window keeps its forms.
    act lock(Nothing) -> AppState, any none early => gate::lock;
    /// Lifts the curtain.
    act unlock(Unlock) -> AppState, open none => gate::unlock;
    /// Gives the password again before a dangerous act; it serves for five minutes.
    act reauthenticate(Reauthenticate) -> Nothing, any none => gate::reauthenticate;
    /// How one signs in oneself.
    ask own_sign_in(Nothing) -> OwnSignIn, any none => second_factor::own;
    /// A new secret for an authenticator.
    act begin_second_factor(Nothing) -> SecondFactorBegun, any none guarded => second_factor::begin;
    /// Confirms it with its first code; from now on a code is asked for at each sign-in.
    act confirm_second_factor(ConfirmSecondFactor) -> OwnSignIn, any none => second_factor::confirm;
    /// Gives one's own second factor up.
    act remove_second_factor(Nothing) -> OwnSignIn, any none guarded => second_factor::remove;
    /// All users of the town.
    ask users(Nothing) -> Users, [Administrator, SecurityAdministrator] town => accounts::users;
    /// Adds a user; the account holds on every PC of the town.
    act add_user(AddUser) -> Users, [Administrator] town => accounts::add_user;
    /// Closes an account or opens it again, and says who its person is.
    act change_user(ChangeUser) -> Users, [Administrator] town guarded => accounts::change_user;
    /// Gives an account its duties and its villages.
    act set_duties(SetDuties) -> Users, [SecurityAdministrator] town guarded => accounts::set_duties;
    /// Sets somebody's password anew; the person changes it at the next sign-in.
    act reset_password(ResetPassword) -> Users, [Administrator] town guarded => accounts::reset_password;
    /// Gives up the second factor of somebody whose telephone is lost.
    act reset_second_factor(UserRef) -> Users, [SecurityAdministrator] town guarded => accounts::reset_second_factor;
    /// What the town asks of passwords and idle screens.
    ask security_policy(Nothing) -> SecurityPolicy, any town => passwords::security_policy;
    /// Changes what the town asks of passwords and idle screens.
    act set_security_policy(SecurityPolicy) -> SecurityPolicy, [SecurityAdministrator] town guarded => passwords::set_security_policy;
    /// Who may do what: duty × command × reach.
    ask permission_matrix(Nothing) -> PermissionMatrix, any town => matrix::matrix;
    /// The same as a workbook.
    ask export_permission_matrix(Nothing) -> FileContent, any town logged => matrix::export;

    /// What waits, what happened, is everything safe.
    ask workbench(Nothing) -> Workbench, any villages => workbench::workbench;

    /// The one search box.
    ask search(Search) -> SearchHits, business villages => residents::search;
    /// A window of the list of residents.
    ask residents(ResidentsPage) -> Residents, business villages => residents::page;
    /// One resident with accounts, entries and consents.
    ask resident(ResidentRef) -> ResidentDetail, business villages => residents::detail;
    /// Corrects a resident's telephone and address; what is blank stays.
    act change_contact(ChangeContact) -> ResidentDetail, [Clerk, Recorder] villages => residents::change_contact;
    /// Corrects a resident's name, after a look at the identity card.
    act rename_resident(RenameResident) -> ResidentDetail, [Clerk] villages => residents::rename;
    /// Records consents.
    act give_consent(GiveConsent) -> ConsentsGiven, [Clerk, Recorder] villages => residents::give_consent;
    /// Withdraws a resident's consent from today.
    act withdraw_consent(WithdrawConsent) -> ResidentDetail, [Clerk, Recorder] villages => residents::withdraw_consent;

    /// The versions of the consent text.
    ask consent_texts(Nothing) -> ConsentTexts, business none => privacy::consent_texts;
    /// A consent form as PDF, blank or for somebody.
    ask consent_form(ConsentFormRequest) -> Paper, [Clerk, Recorder] villages logged => privacy::consent_form;
    /// The privacy desk: requests that wait, withdrawn and restricted people, what was done.
    ask privacy_desk(Nothing) -> PrivacyDesk, [Clerk, Reviewer] villages => privacy::desk;
    /// What erasing a person would destroy, and where the name still stands.
    ask erasure_plan(ErasurePlanOf) -> ErasurePlan, [Clerk, Reviewer] villages logged => privacy::plan;
    /// Restricts a person's data.
    act restrict_resident(RestrictResident) -> ResidentDetail, [Clerk] villages => privacy::restrict;
    /// Lifts a restriction.
    act lift_restriction(LiftRestriction) -> ResidentDetail, [Clerk] villages => privacy::lift;
    /// Asks for a person's data to be erased.
    act ask_erasure(AskErasure) -> Nothing, [Clerk] villages guarded => privacy::ask;
    /// Refuses a request for erasure.
    act refuse_erasure(RefuseErasure) -> Nothing, [Reviewer] villages => privacy::refuse;
    /// Takes one's own request for erasure back.
    act withdraw_erasure(WithdrawErasure) -> Nothing, [Clerk] villages => privacy::withdraw;
    /// Confirms a request for erasure: the person's key is destroyed everywhere.
    act erase_resident(EraseResident) -> ResidentErased, [Reviewer] villages guarded => privacy::erase;
    /// Erases what came after an erasure from a PC that had not heard of it.
    act finish_erasure(FinishErasure) -> ResidentErased, [Reviewer] villages guarded => privacy::finish;
    /// How long what is kept, and what is due.
    ask retention(Nothing) -> Retention, [Clerk, Reviewer] villages => privacy::retention_rules;
    /// Does what is due.
    act apply_retention(ApplyRetention) -> RetentionApplied, [Clerk] villages guarded => privacy::apply_retention;
    /// How long the audit of this PC is kept, and what of it is due.
    ask audit_retention(Nothing) -> AuditRetention, [Auditor, SecurityAdministrator] none => privacy::audit_retention;
    /// Takes away what the audit of this PC need not keep any longer; how much went is noted in it.
    act cut_audit(ApplyRetention) -> RetentionApplied, [SecurityAdministrator] none guarded => privacy::cut_audit;

    /// Starts a check or an import of a workbook.
    act start_import(StartImport) -> ImportJob, [Clerk] villages => import::start;
    /// State of an import job.
    ask import_job(JobRef) -> ImportJob, [Clerk] villages => import::job;
    /// Cancels a running import job; nothing stays written.
    act cancel_import(JobRef) -> ImportJob, [Clerk] villages => import::cancel;
    /// The faulty rows of a job as a workbook with reasons.
    ask import_errors(JobRef) -> FileContent, [Clerk] villages logged => import::errors;
    /// Past imports.
    ask imports(Nothing) -> Imports, [Clerk, Administrator] villages => import::history;
    /// Takes a whole import back.
    act undo_import(UndoImport) -> ImportUndone, [Clerk, Administrator] villages guarded => import::undo;

    /// The catalogue of rules.
    ask rules(Nothing) -> Rules, business town => points::rules;
    /// Who is meant by pasted lines, and who can get points.
    ask resolve_residents(ResolveResidents) -> ResolvedResidents, [Recorder, Clerk] villages => points::resolve;
    /// Records one activity for many residents.
    act record_points(RecordPoints) -> PointsRecorded, [Recorder] villages => points::record;
    /// What this user recorded, with what came back.
    ask my_records(MyRecords) -> RecordedActivities, [Recorder] villages => points::my_records;
    /// What waits for review.
    ask review_queue(Nothing) -> ReviewQueue, [Reviewer] villages => points::review_queue;
    /// Approves awards or sends them back.
    act review_awards(ReviewAwards) -> AwardsReviewed, [Reviewer] villages => points::review;
    /// Reverses an approved award.
    act reverse_award(ReverseAward) -> ResidentDetail, [Reviewer] villages => points::reverse;
    /// A piece of evidence.
    ask evidence(EvidenceRef) -> Evidence, business villages => points::evidence;

    /// The service types with their coefficients.
    ask service_types(Nothing) -> ServiceTypes, business town => timebank::service_types;
    /// Adds a service type or a new version of one.
    act set_service_type(SetServiceType) -> ServiceTypes, [Clerk] town => timebank::set_service_type;
    /// A window of the needs board.
    ask needs(NeedsPage) -> Needs, business villages => timebank::needs;
    /// One need.
    ask need(NeedRef) -> NeedLine, business villages => timebank::need;
    /// Records a need.
    act post_need(PostNeed) -> NeedLine, [Recorder, Clerk] villages => timebank::post_need;
    /// Closes a need.
    act close_need(CloseNeed) -> NeedLine, [Recorder, Clerk] villages => timebank::close_need;
    /// A window of the service orders.
    ask orders(OrdersPage) -> Orders, business villages => timebank::orders;
    /// One service order with its way and its movements.
    ask order(OrderRef) -> OrderDetail, business villages => timebank::order;
    /// A month of service orders by day.
    ask order_calendar(OrderCalendarPage) -> OrderCalendar, business villages => timebank::calendar;
    /// Makes a service order.
    act post_order(PostOrder) -> OrderDetail, [Recorder, Clerk] villages => timebank::post_order;
    /// Moves a service order on: taken, signed in and out, confirmed, disputed, cancelled.
    act move_order(MoveOrder) -> OrderDetail, [Recorder, Clerk] villages => timebank::move_order;
    /// The orders of numbers that stand on slips.
    ask resolve_orders(ResolveOrders) -> ResolvedOrders, [Recorder, Clerk] villages => timebank::resolve_orders;
    /// Enters returned slips.
    act enter_slips(EnterSlips) -> SlipsEntered, [Recorder, Clerk] villages => timebank::enter_slips;
    /// Confirmed orders that wait for crediting.
    ask credit_queue(Nothing) -> CreditQueue, [Reviewer] villages => timebank::credit_queue;
    /// Credits confirmed orders.
    act credit_orders(CreditOrders) -> OrdersCredited, [Reviewer] villages => timebank::credit_orders;
    /// Takes a credited order back, with a reason.
    act reverse_order(ReverseOrder) -> OrderDetail, [Reviewer] villages => timebank::reverse_order;
    /// A window of the time accounts, with the sums of the ledger.
    ask time_accounts(TimeAccountsPage) -> TimeAccounts, business villages => timebank::accounts;
    /// A resident's time account with its entries.
    ask time_account(TimeAccountPage) -> TimeAccount, business villages => timebank::account;
    /// Gives minutes to a relative or donates them to the reserve.
    act give_minutes(GiveMinutes) -> TimeAccount, [Clerk] villages => timebank::give;
    /// Takes a gift or donation back, with a reason.
    act reverse_gift(ReverseGift) -> TimeAccount, [Reviewer] villages => timebank::reverse_gift;
    /// Slips of service orders as PDF, A5, two copies each, to look at; where a beneficiary's home is the place, it is masked.
    ask preview_slips(SlipsRequest) -> Paper, [Recorder, Clerk] villages logged => timebank::preview_slips;
    /// The same to hand out: a home stands there whole, and the look at it is noted in the log before.
    act print_slips(SlipsRequest) -> Paper, [Recorder, Clerk] villages => timebank::print_slips;
    /// A resident's time passbook as PDF, to look at; no issue is noted.
    ask preview_passbook(StatementRequest) -> Paper, [Clerk, Reviewer, Recorder] villages logged => timebank::preview_passbook;
    /// The same to hand out: the issue is noted.
    act print_passbook(StatementRequest) -> Paper, [Clerk] villages => timebank::print_passbook;

    /// The town's brands.
    ask brands(Nothing) -> Brands, business town => brands::brands;
    /// One brand's dossier.
    ask brand(BrandRef) -> BrandDetail, business town => brands::brand;
    /// Proposes a brand or changes its dossier.
    act save_brand(SaveBrand) -> BrandDetail, [Clerk] town => brands::save;
    /// Adds or changes a milestone.
    act save_milestone(SaveMilestone) -> BrandDetail, [Clerk] town => brands::save_milestone;
    /// Adds or changes an indicator.
    act save_indicator(SaveIndicator) -> BrandDetail, [Clerk] town => brands::save_indicator;
    /// Records a reading of an indicator.
    act record_reading(RecordReading) -> BrandDetail, [Clerk, Recorder] town => brands::record_reading;
    /// Adds or changes a partner.
    act save_partner(SavePartner) -> BrandDetail, [Clerk] town => brands::save_partner;
    /// Takes a part out of the dossier.
    act remove_brand_part(RemoveBrandPart) -> BrandDetail, [Clerk] town => brands::remove_part;
    /// Adds evidence to the dossier.
    act add_brand_files(AddBrandFiles) -> BrandDetail, [Clerk] town => brands::add_files;
    /// Moves a brand on: approved or sent back by a second person, activated, retired.
    act move_brand(MoveBrand) -> BrandDetail, [Reviewer] town => brands::move_on;
    /// Proposes a brand again that was sent back.
    act resubmit_brand(ResubmitBrand) -> BrandDetail, [Clerk] town => brands::resubmit;
    /// Assesses the active brand's year.
    act assess_brand(AssessBrand) -> BrandDetail, [Reviewer] town => brands::assess;
    /// The brand card as PDF, A4.
    ask brand_card(BrandRef) -> Paper, business town logged => brands::card;
    /// The brand dossier as PDF, with contents and pictures.
    ask brand_dossier(BrandRef) -> Paper, [Clerk, Reviewer] town logged => brands::dossier;

    /// A window of the activities.
    ask events(EventsPage) -> Events, business villages => events::events;
    /// One activity with its sign-in list and photographs.
    ask event(EventRef) -> EventDetail, business villages => events::event;
    /// Plans an activity or changes one.
    act save_event(SaveEvent) -> EventDetail, [Clerk, Recorder] villages => events::save;
    /// Changes an activity's sign-in list.
    act sign_attendance(SignAttendance) -> EventDetail, [Clerk, Recorder] villages => events::sign;
    /// The lines of a sign-in list that came as a workbook.
    ask read_sign_in_file(ReadSignInFile) -> SignInLines, [Clerk, Recorder] villages => events::read_sign_in_file;
    /// Adds photographs to an activity.
    act add_event_photos(AddEventPhotos) -> EventDetail, [Clerk, Recorder] villages => events::add_photos;
    /// Takes a photograph out of an activity.
    act remove_event_photo(RemoveEventPhoto) -> EventDetail, [Clerk, Recorder] villages => events::remove_photo;
    /// 诚信五进 × quarter, with its gaps.
    ask event_matrix(EventMatrixPage) -> EventMatrix, business villages => events::matrix;

    /// Packages for the district.
    ask handovers(Nothing) -> Handovers, [Clerk, Reviewer] town => handover::handovers;
    /// Asks for a brand's dossier to be handed to the district.
    act request_handover(RequestHandover) -> HandoverLine, [Clerk] town => handover::request;
    /// Exactly what would be handed over, with the findings of the scan.
    ask handover_preview(HandoverRef) -> HandoverPreview, [Clerk, Reviewer] town => handover::preview;
    /// Releases a package after the confidentiality review, or sends it back.
    act review_handover(ReviewHandover) -> HandoverLine, [Reviewer] town => handover::review;
    /// A released package as a file: dossier, data and manifest in one archive.
    ask handover_package(HandoverRef) -> FileContent, [Clerk, Reviewer] town logged => handover::package;

    /// A resident's points statement as PDF, to look at; no issue is noted.
    ask preview_statement(StatementRequest) -> Paper, [Clerk, Reviewer, Recorder] villages logged => papers::preview;
    /// The same to hand out: the issue is noted.
    act print_statement(StatementRequest) -> Paper, [Clerk] villages => papers::print;

    /// Whether a statement was printed under a code, and what it says.
    ask check_statement(StatementCode) -> StatementCheck, business villages => papers::check;

    /// What waits for a person to settle, or what was settled.
    ask issues(IssuesPage) -> Issues, business villages => settling::issues;
    /// One issue with all that is needed to decide.
    ask issue(IssueRef) -> IssueDetail, business villages => settling::issue;
    /// Open issues by kind.
    ask issue_counts(Nothing) -> IssueCounts, business villages => settling::issue_counts;
    /// Decides an issue.
    act decide_issue(DecideIssue) -> IssueDecided, business villages => settling::decide;

    /// The sync centre.
    ask sync_status(Nothing) -> SyncStatus, any none => syncing::status;
    /// Joins the district with a one-time code.
    act enrol(Enrol) -> SyncStatus, [Administrator] none guarded => syncing::enrol;
    /// Synchronises now and waits for the round's end.
    act sync_now(Nothing) -> SyncReport, any none => syncing::now;
    /// The sync centre: equality, what waits, what came back, files, rights, how it connects.
    ask sync_centre(Nothing) -> SyncCentre, any villages => syncing::centre::sync_centre;
    /// Stops the exchange until somebody resumes it; entry goes on.
    act pause_sync(Nothing) -> SyncCentre, any none => syncing::link_settings::pause;
    /// Lets the exchange go on.
    act resume_sync(Nothing) -> SyncCentre, any none => syncing::link_settings::resume;
    /// Changes on which networks and through which proxy it connects.
    act save_sync_settings(SaveSyncSettings) -> SyncCentre, [Administrator] none => syncing::link_settings::save;
    /// Asks for the right to spend offline in villages.
    act ask_rights(RightsChange) -> SyncCentre, [Administrator, Clerk] none => syncing::rights::ask;
    /// Gives the right back.
    act give_rights(RightsChange) -> SyncCentre, [Administrator, Clerk] none => syncing::rights::give;
    /// What a bundle for the USB stick would hold now.
    ask bundle_plan(Nothing) -> BundlePlan, any none => syncing::bundles::plan;
    /// Makes a bundle.
    act export_bundle(ExportBundle) -> BundleJob, any none => syncing::bundles::export;
    /// A piece of a bundle that was made.
    ask bundle_piece(BundlePieceRef) -> BundlePiece, any none => syncing::bundles::piece;
    /// Takes a piece of a bundle that is to be imported.
    act upload_bundle(UploadBundle) -> BundleUpload, any none => syncing::bundles::upload;
    /// Takes a bundle in.
    act import_bundle(ImportBundle) -> BundleJob, any none => syncing::bundles::import;
    /// Where a bundle job is.
    ask bundle_job(BundleJobRef) -> BundleJob, any none => syncing::bundles::job;
    /// Stops a bundle job.
    act cancel_bundle_job(BundleJobRef) -> BundleJob, any none => syncing::bundles::cancel;
    /// Backups: what is to be known, where they lie, the list.
    ask backups(Nothing) -> Backups, [Administrator] none => backups::backups;
    /// Makes a backup now.
    act back_up(Nothing) -> Backups, [Administrator] none => backups::back_up;
    /// Sets the disk or stick to which backups are copied.
    act set_second_place(SetSecondPlace) -> Backups, [Administrator] none guarded => backups::set_second_place;
    /// Proves that a backup gives the town back, without touching the town's file.
    act rehearse_backup(BackupRef) -> Rehearsal, [Administrator] none => backups::rehearse;
    /// What restoring a backup would do.
    ask restore_check(BackupRef) -> RestorePlan, [Administrator] none => backups::restore_check;
    /// Restores a backup over the present file, which is moved aside.
    act restore_backup(BackupRef) -> Restored, [Administrator] none guarded => backups::restore;
    /// Backups that can be seen where no town can be opened.
    ask look_for_backups(LookForBackups) -> SeenBackups, open none => backups::damaged::look_for_backups;
    /// Restores where no town can be opened: the file is damaged or missing, or this is a new PC.
    act restore_damaged(RestoreDamaged) -> Restored, open none => backups::damaged::restore_damaged;
    /// Makes a new recovery key; the former one opens nothing any more.
    act new_recovery_key(Nothing) -> RecoveryKeyMade, [SecurityAdministrator] none guarded => backups::new_recovery_key;
    /// Proves that the file is what its log says.
    ask verify(Nothing) -> Verification, [Administrator, Clerk, Auditor] none => proof::verify;

    /// What should be seen to, how urgently, and where; what is well.
    ask security_overview(Nothing) -> SecurityOverview, [SecurityAdministrator, Administrator, Auditor] town => security::overview;

    /// A window of the audit of this PC.
    ask audit_page(AuditSearch) -> AuditRows, [Auditor] none => audit::page;
    /// Recomputes the audit's chain and names what is wrong.
    ask audit_verify(Nothing) -> AuditVerification, [Auditor] none logged => audit::verify;
    /// The audit as a workbook.
    ask audit_export(AuditExport) -> FileContent, [Auditor] none logged => audit::export;

    /// The purposes for which masked fields may be looked at.
    ask query_purposes(Nothing) -> QueryPurposes, [QueryClerk, Clerk] none => queries::purposes;
    /// Shows masked fields of a resident; noted in the log before they are shown.
    act reveal(Reveal) -> Revealed, [QueryClerk, Clerk] villages => queries::reveal;
    /// Who looked at whom: the queries of the town.
    ask query_log(QueryPage) -> QueryRows, [Clerk, Auditor] villages => queries::log;
    /// Who looked at one resident's masked fields.
    ask resident_queries(ResidentRef) -> ResidentQueries, [QueryClerk, Clerk] villages => queries::of_resident;
    /// Who looked, when and why, as PDF for the resident.
    act print_query_record(ResidentRef) -> Paper, [QueryClerk, Clerk] villages => queries::print_record;
    /// Everything that is held about a resident, as PDF, JSON or workbook for that resident.
    act hold_report(HoldReport) -> FileContent, [QueryClerk, Clerk] villages guarded => queries::hold_report;
}
