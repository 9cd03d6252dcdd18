//! The list. `open` needs no sign-in, `any` needs a signed-in user, else one of the duties named.

use serde::Serialize;
use serde_json::Value;

use super::{
    Fault, FaultCode, brands::*, events::*, handover::*, imports::*, points::*, residents::*, session::*, settling::*,
    sync::*, timebank::*,
};
use crate::{
    App, access, brands, events, handover, import, papers, points, proof, residents, settling, syncing, timebank,
    workbench,
};

/// Whether a command reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Reads.
    Ask,
    /// Writes.
    Act,
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

/// A command as the list describes it.
pub struct Command {
    /// Name.
    pub name: &'static str,
    /// Reads or writes.
    pub kind: Kind,
    /// Who may.
    pub access: Access,
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
    ([$($duty:ident),+]) => { Access::Duties(&[$(Duty::$duty),+]) };
}

macro_rules! call {
    (open, $handler:path, $app:ident, $request:ident) => {
        $handler($app, $request)
    };
    ($access:tt, $handler:path, $app:ident, $request:ident) => {
        $handler(&$app.caller(access!($access))?, $request)
    };
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $kind:tt $name:ident($request:ty) -> $reply:ty, $access:tt => $handler:path;)+) => {
        /// Every command of the program.
        pub fn list() -> Vec<Command> {
            vec![$(Command {
                name: stringify!($name),
                kind: kind!($kind),
                access: access!($access),
                purpose: [$($doc),+].map(str::trim).join(" "),
                request: |schemas| schemas.subschema_for::<$request>(),
                reply: |schemas| schemas.subschema_for::<$reply>(),
                declare: |declarations| { declarations.add::<$request>(); declarations.add::<$reply>(); },
                type_names: |config| (<$request as ts_rs::TS>::name(config), <$reply as ts_rs::TS>::name(config)),
            }),+]
        }

        pub(crate) fn dispatch(app: &App, kind: Kind, name: &str, request: Value) -> Result<Value, Fault> {
            match (kind, name) {
                $((kind!($kind), stringify!($name)) => {
                    let request: $request = parse(request)?;
                    let reply: $reply = call!($access, $handler, app, request)?;
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
    ask app_state(Nothing) -> AppState, open => access::app_state;
    /// The bundled towns and villages.
    ask divisions(Nothing) -> Divisions, open => access::divisions;
    /// Makes the town's encrypted file and its first administrator, and signs that person in.
    act create_town(CreateTown) -> TownCreated, open => access::create_town;
    /// Signs in; opens the encrypted file where it is still locked.
    act sign_in(SignIn) -> AppState, open => access::sign_in;
    /// Signs out.
    act sign_out(Nothing) -> AppState, open => access::sign_out;
    /// Opens the file with the recovery key and sets a user's password anew.
    act recover(Recover) -> AppState, open => access::recover;
    /// Confirms that the recovery key has been written down.
    act confirm_recovery_key(ConfirmRecoveryKey) -> AppState, [Administrator] => access::confirm_recovery_key;
    /// Changes one's own password.
    act change_password(ChangePassword) -> Nothing, any => access::change_password;
    /// All users of the town.
    ask users(Nothing) -> Users, [Administrator] => access::users;
    /// Adds a user who signs in on this PC.
    act add_user(AddUser) -> Users, [Administrator] => access::add_user;
    /// Changes a user's duties or closes the account.
    act change_user(ChangeUser) -> Users, [Administrator] => access::change_user;

    /// What waits, what happened, is everything safe.
    ask workbench(Nothing) -> Workbench, any => workbench::workbench;

    /// The one search box.
    ask search(Search) -> SearchHits, any => residents::search;
    /// A window of the list of residents.
    ask residents(ResidentsPage) -> Residents, any => residents::page;
    /// One resident with accounts, entries and consents.
    ask resident(ResidentRef) -> ResidentDetail, any => residents::detail;
    /// Corrects a resident's name, after a look at the identity card.
    act rename_resident(RenameResident) -> ResidentDetail, [Clerk] => residents::rename;
    /// Records consents.
    act give_consent(GiveConsent) -> ConsentsGiven, [Clerk, Recorder] => residents::give_consent;
    /// Withdraws a resident's consent from today.
    act withdraw_consent(WithdrawConsent) -> ResidentDetail, [Clerk, Recorder] => residents::withdraw_consent;

    /// Starts a check or an import of a workbook.
    act start_import(StartImport) -> ImportJob, [Clerk, Administrator] => import::start;
    /// State of an import job.
    ask import_job(JobRef) -> ImportJob, [Clerk, Administrator] => import::job;
    /// Cancels a running import job; nothing stays written.
    act cancel_import(JobRef) -> ImportJob, [Clerk, Administrator] => import::cancel;
    /// The faulty rows of a job as a workbook with reasons.
    ask import_errors(JobRef) -> FileContent, [Clerk, Administrator] => import::errors;
    /// Past imports.
    ask imports(Nothing) -> Imports, [Clerk, Administrator] => import::history;
    /// Takes a whole import back.
    act undo_import(UndoImport) -> ImportUndone, [Clerk, Administrator] => import::undo;

    /// The catalogue of rules.
    ask rules(Nothing) -> Rules, any => points::rules;
    /// Who is meant by pasted lines, and who can get points.
    ask resolve_residents(ResolveResidents) -> ResolvedResidents, [Recorder, Clerk] => points::resolve;
    /// Records one activity for many residents.
    act record_points(RecordPoints) -> PointsRecorded, [Recorder] => points::record;
    /// What this user recorded, with what came back.
    ask my_records(MyRecords) -> RecordedActivities, [Recorder] => points::my_records;
    /// What waits for review.
    ask review_queue(Nothing) -> ReviewQueue, [Reviewer] => points::review_queue;
    /// Approves awards or sends them back.
    act review_awards(ReviewAwards) -> AwardsReviewed, [Reviewer] => points::review;
    /// Reverses an approved award.
    act reverse_award(ReverseAward) -> ResidentDetail, [Reviewer] => points::reverse;
    /// A piece of evidence.
    ask evidence(EvidenceRef) -> Evidence, any => points::evidence;

    /// The service types with their coefficients.
    ask service_types(Nothing) -> ServiceTypes, any => timebank::service_types;
    /// Adds a service type or a new version of one.
    act set_service_type(SetServiceType) -> ServiceTypes, [Clerk] => timebank::set_service_type;
    /// A window of the needs board.
    ask needs(NeedsPage) -> Needs, any => timebank::needs;
    /// One need.
    ask need(NeedRef) -> NeedLine, any => timebank::need;
    /// Records a need.
    act post_need(PostNeed) -> NeedLine, [Recorder, Clerk] => timebank::post_need;
    /// Closes a need.
    act close_need(CloseNeed) -> NeedLine, [Recorder, Clerk] => timebank::close_need;
    /// A window of the service orders.
    ask orders(OrdersPage) -> Orders, any => timebank::orders;
    /// One service order with its way and its movements.
    ask order(OrderRef) -> OrderDetail, any => timebank::order;
    /// A month of service orders by day.
    ask order_calendar(OrderCalendarPage) -> OrderCalendar, any => timebank::calendar;
    /// Makes a service order.
    act post_order(PostOrder) -> OrderDetail, [Recorder, Clerk] => timebank::post_order;
    /// Moves a service order on: taken, signed in and out, confirmed, disputed, cancelled.
    act move_order(MoveOrder) -> OrderDetail, [Recorder, Clerk] => timebank::move_order;
    /// The orders of numbers that stand on slips.
    ask resolve_orders(ResolveOrders) -> ResolvedOrders, [Recorder, Clerk] => timebank::resolve_orders;
    /// Enters returned slips.
    act enter_slips(EnterSlips) -> SlipsEntered, [Recorder, Clerk] => timebank::enter_slips;
    /// Confirmed orders that wait for crediting.
    ask credit_queue(Nothing) -> CreditQueue, [Reviewer] => timebank::credit_queue;
    /// Credits confirmed orders.
    act credit_orders(CreditOrders) -> OrdersCredited, [Reviewer] => timebank::credit_orders;
    /// Takes a credited order back, with a reason.
    act reverse_order(ReverseOrder) -> OrderDetail, [Reviewer] => timebank::reverse_order;
    /// A window of the time accounts, with the sums of the ledger.
    ask time_accounts(TimeAccountsPage) -> TimeAccounts, any => timebank::accounts;
    /// A resident's time account with its entries.
    ask time_account(TimeAccountPage) -> TimeAccount, any => timebank::account;
    /// Gives minutes to a relative or donates them to the reserve.
    act give_minutes(GiveMinutes) -> TimeAccount, [Clerk] => timebank::give;
    /// Takes a gift or donation back, with a reason.
    act reverse_gift(ReverseGift) -> TimeAccount, [Reviewer] => timebank::reverse_gift;
    /// Slips of service orders as PDF, A5, two copies each.
    ask service_slips(SlipsRequest) -> Paper, [Recorder, Clerk] => timebank::slips;
    /// A resident's time passbook as PDF, to look at; nothing is logged.
    ask preview_passbook(StatementRequest) -> Paper, [Clerk, Reviewer, Recorder] => timebank::preview_passbook;
    /// The same to hand out: the issue is logged.
    act print_passbook(StatementRequest) -> Paper, [Clerk] => timebank::print_passbook;

    /// The town's brands.
    ask brands(Nothing) -> Brands, any => brands::brands;
    /// One brand's dossier.
    ask brand(BrandRef) -> BrandDetail, any => brands::brand;
    /// Proposes a brand or changes its dossier.
    act save_brand(SaveBrand) -> BrandDetail, [Clerk] => brands::save;
    /// Adds or changes a milestone.
    act save_milestone(SaveMilestone) -> BrandDetail, [Clerk] => brands::save_milestone;
    /// Adds or changes an indicator.
    act save_indicator(SaveIndicator) -> BrandDetail, [Clerk] => brands::save_indicator;
    /// Records a reading of an indicator.
    act record_reading(RecordReading) -> BrandDetail, [Clerk, Recorder] => brands::record_reading;
    /// Adds or changes a partner.
    act save_partner(SavePartner) -> BrandDetail, [Clerk] => brands::save_partner;
    /// Takes a part out of the dossier.
    act remove_brand_part(RemoveBrandPart) -> BrandDetail, [Clerk] => brands::remove_part;
    /// Adds evidence to the dossier.
    act add_brand_files(AddBrandFiles) -> BrandDetail, [Clerk] => brands::add_files;
    /// Moves a brand on: approved or sent back by a second person, activated, retired.
    act move_brand(MoveBrand) -> BrandDetail, [Reviewer] => brands::move_on;
    /// Proposes a brand again that was sent back.
    act resubmit_brand(ResubmitBrand) -> BrandDetail, [Clerk] => brands::resubmit;
    /// Assesses the active brand's year.
    act assess_brand(AssessBrand) -> BrandDetail, [Reviewer] => brands::assess;
    /// The brand card as PDF, A4.
    ask brand_card(BrandRef) -> Paper, any => brands::card;
    /// The brand dossier as PDF, with contents and pictures.
    ask brand_dossier(BrandRef) -> Paper, [Clerk, Reviewer] => brands::dossier;

    /// A window of the activities.
    ask events(EventsPage) -> Events, any => events::events;
    /// One activity with its sign-in list and photographs.
    ask event(EventRef) -> EventDetail, any => events::event;
    /// Plans an activity or changes one.
    act save_event(SaveEvent) -> EventDetail, [Clerk, Recorder] => events::save;
    /// Changes an activity's sign-in list.
    act sign_attendance(SignAttendance) -> EventDetail, [Clerk, Recorder] => events::sign;
    /// The lines of a sign-in list that came as a workbook.
    ask read_sign_in_file(ReadSignInFile) -> SignInLines, [Clerk, Recorder] => events::read_sign_in_file;
    /// Adds photographs to an activity.
    act add_event_photos(AddEventPhotos) -> EventDetail, [Clerk, Recorder] => events::add_photos;
    /// Takes a photograph out of an activity.
    act remove_event_photo(RemoveEventPhoto) -> EventDetail, [Clerk, Recorder] => events::remove_photo;
    /// 诚信五进 × quarter, with its gaps.
    ask event_matrix(EventMatrixPage) -> EventMatrix, any => events::matrix;

    /// Packages for the district.
    ask handovers(Nothing) -> Handovers, [Clerk, Reviewer] => handover::handovers;
    /// Asks for a brand's dossier to be handed to the district.
    act request_handover(RequestHandover) -> HandoverLine, [Clerk] => handover::request;
    /// Exactly what would be handed over, with the findings of the scan.
    ask handover_preview(HandoverRef) -> HandoverPreview, [Clerk, Reviewer] => handover::preview;
    /// Releases a package after the confidentiality review, or sends it back.
    act review_handover(ReviewHandover) -> HandoverLine, [Reviewer] => handover::review;
    /// A released package as a file: dossier, data and manifest in one archive.
    ask handover_package(HandoverRef) -> FileContent, [Clerk, Reviewer] => handover::package;

    /// A resident's points statement as PDF, to look at; nothing is logged.
    ask preview_statement(StatementRequest) -> Paper, [Clerk, Reviewer, Recorder] => papers::preview;
    /// The same to hand out: the issue is logged.
    act print_statement(StatementRequest) -> Paper, [Clerk] => papers::print;

    /// Whether a statement was printed under a code, and what it says.
    ask check_statement(StatementCode) -> StatementCheck, any => papers::check;

    /// What waits for a person to settle, or what was settled.
    ask issues(IssuesPage) -> Issues, any => settling::issues;
    /// One issue with all that is needed to decide.
    ask issue(IssueRef) -> IssueDetail, any => settling::issue;
    /// Open issues by kind.
    ask issue_counts(Nothing) -> IssueCounts, any => settling::issue_counts;
    /// Decides an issue.
    act decide_issue(DecideIssue) -> IssueDecided, any => settling::decide;

    /// The sync centre.
    ask sync_status(Nothing) -> SyncStatus, any => syncing::status;
    /// Joins the district with a one-time code.
    act enrol(Enrol) -> SyncStatus, [Administrator] => syncing::enrol;
    /// Synchronises now and waits for the round's end.
    act sync_now(Nothing) -> SyncReport, any => syncing::now;
    /// The sync centre: equality, what waits, what came back, files, rights, how it connects.
    ask sync_centre(Nothing) -> SyncCentre, any => syncing::centre::sync_centre;
    /// Stops the exchange until somebody resumes it; entry goes on.
    act pause_sync(Nothing) -> SyncCentre, any => syncing::link_settings::pause;
    /// Lets the exchange go on.
    act resume_sync(Nothing) -> SyncCentre, any => syncing::link_settings::resume;
    /// Changes on which networks and through which proxy it connects.
    act save_sync_settings(SaveSyncSettings) -> SyncCentre, [Administrator] => syncing::link_settings::save;
    /// Asks for the right to spend offline in villages.
    act ask_rights(RightsChange) -> SyncCentre, [Administrator, Clerk] => syncing::rights::ask;
    /// Gives the right back.
    act give_rights(RightsChange) -> SyncCentre, [Administrator, Clerk] => syncing::rights::give;
    /// What a bundle for the USB stick would hold now.
    ask bundle_plan(Nothing) -> BundlePlan, any => syncing::bundles::plan;
    /// Makes a bundle.
    act export_bundle(ExportBundle) -> BundleJob, any => syncing::bundles::export;
    /// A piece of a bundle that was made.
    ask bundle_piece(BundlePieceRef) -> BundlePiece, any => syncing::bundles::piece;
    /// Takes a piece of a bundle that is to be imported.
    act upload_bundle(UploadBundle) -> BundleUpload, any => syncing::bundles::upload;
    /// Takes a bundle in.
    act import_bundle(ImportBundle) -> BundleJob, any => syncing::bundles::import;
    /// Where a bundle job is.
    ask bundle_job(BundleJobRef) -> BundleJob, any => syncing::bundles::job;
    /// Stops a bundle job.
    act cancel_bundle_job(BundleJobRef) -> BundleJob, any => syncing::bundles::cancel;
    /// Proves that the file is what its log says.
    ask verify(Nothing) -> Verification, [Administrator, Clerk] => proof::verify;
}
