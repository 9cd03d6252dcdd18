//! The list. `open` needs no sign-in, `any` needs a signed-in user, else one of the duties named.

use serde::Serialize;
use serde_json::Value;

use super::{Fault, FaultCode, imports::*, points::*, residents::*, session::*, sync::*};
use crate::{App, access, import, papers, points, proof, residents, syncing, workbench};

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

    /// A resident's points statement as PDF, to look at; nothing is logged.
    ask preview_statement(StatementRequest) -> Paper, [Clerk, Reviewer, Recorder] => papers::preview;
    /// The same to hand out: the issue is logged.
    act print_statement(StatementRequest) -> Paper, [Clerk] => papers::print;

    /// Whether a statement was printed under a code, and what it says.
    ask check_statement(StatementCode) -> StatementCheck, any => papers::check;

    /// The sync centre.
    ask sync_status(Nothing) -> SyncStatus, any => syncing::status;
    /// Joins the district with a one-time code.
    act enrol(Enrol) -> SyncStatus, [Administrator] => syncing::enrol;
    /// Synchronises now and waits for the round's end.
    act sync_now(Nothing) -> SyncReport, any => syncing::now;
    /// Proves that the file is what its log says.
    ask verify(Nothing) -> Verification, [Administrator, Clerk] => proof::verify;
}
