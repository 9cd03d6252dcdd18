//! What is noted of every call: who, what, about whom, with which outcome. And what the auditor does with it.
//!
//! An act is noted in the transaction that writes it ([`Caller::write`]). [`note`] notes the rest: acts without a
//! transaction of their own, asks that the list marks as `logged`, and refusals. A row holds codes, ids and counts; of a
//! request only what [`Call::new`] knows to be such is taken.

mod export;
mod page;

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use uuid::Uuid;
use zhenxin_domain::{division::VillageCode, ids::UserId};
use zhenxin_store::{AuditNote, Reader, Tx};

pub use export::export;
pub use page::{page, verify};

use crate::{
    App, Caller,
    contract::{Fault, FaultCode, Kind, list},
    shown,
};

/// The head of the audit is said in the log at most this often: with the acts of an hour one more operation goes out.
const ANCHOR_EVERY_MS: i64 = 60 * 60 * 1_000;
/// Acts that change nothing by themselves and come in hundreds: the pieces of a file that another act then takes.
const PIECES: [&str; 1] = ["upload_bundle"];
/// What stands for a name that no command has: what was sent may be anything.
const UNKNOWN: &str = "unknown";
/// What the program does without a command, such as the writing of an import that was started before.
pub(crate) const BY_ITSELF: &str = "program";
/// Fields of requests whose values are codes of the program.
const CODES: [&str; 11] = [
    "purpose",
    "format",
    "decision",
    "step",
    "kind",
    "channel",
    "fields",
    "duties",
    "former_duties",
    "ledger",
    "payer",
];
/// Fields of requests that are yes or no and say what was done.
const SWITCHES: [&str; 5] = ["active", "again", "dry_run", "restricted", "merge"];

/// One call, as it will be noted.
pub(crate) struct Call {
    action: &'static str,
    kind: Kind,
    logged: bool,
    subject: Option<(String, String)>,
    detail: String,
    /// The sign-in name that somebody claimed.
    claimed: Option<String>,
    /// A page that shows it already asks again.
    reload: bool,
    noted: AtomicBool,
}

/// Codes of the program: small letters and lines, so that nobody's name or number is among them.
fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What of a field of a request may be noted.
fn detail_of(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Array(items) if CODES.contains(&name) && items.iter().all(|item| item.as_str().is_some_and(is_code)) => {
            let codes: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(format!("{name}={}", codes.join("+")))
        }
        Value::Array(items) => Some(format!("{name}×{}", items.len())),
        Value::String(code) if CODES.contains(&name) && is_code(code) => Some(format!("{name}={code}")),
        Value::String(code) if name == "village" && code.parse::<VillageCode>().is_ok() => {
            Some(format!("{name}={code}"))
        }
        Value::Bool(on) if SWITCHES.contains(&name) => Some(format!("{name}={on}")),
        _ => None,
    }
}

impl Call {
    pub(crate) fn new(kind: Kind, name: &str, request: &Value) -> Self {
        let (action, logged) = list::known(kind, name).unwrap_or((UNKNOWN, false));
        let mut call = Self { logged, ..Self::of_the_program(kind, action) };
        let Some(fields) = request.as_object().filter(|_| action != UNKNOWN) else { return call };
        let mut details = Vec::new();
        for (name, value) in fields {
            // serde refuses unknown fields, but a refused request is noted as well
            if !is_code(name) {
                continue;
            }
            match value.as_str().filter(|_| name != "request_id").and_then(|text| text.parse::<Uuid>().ok()) {
                Some(id) if call.subject.is_none() || name == "resident" => {
                    if let Some((kind, id)) = call.subject.replace((name.clone(), id.to_string())) {
                        details.push(format!("{kind}={id}"));
                    }
                }
                Some(id) => details.push(format!("{name}={id}")),
                None => details.extend(detail_of(name, value)),
            }
        }
        call.detail = details.join(" ");
        call.reload = kind == Kind::Ask && fields.get("reload") == Some(&Value::Bool(true));
        if action == "sign_in" {
            call.claimed = fields.get("sign_in_name").and_then(Value::as_str).map(str::to_owned);
        }
        call
    }

    /// What the program does by itself, on behalf of who is signed in.
    pub(crate) fn of_the_program(kind: Kind, action: &'static str) -> Self {
        Self {
            action,
            kind,
            logged: false,
            subject: None,
            detail: String::new(),
            claimed: None,
            reload: false,
            noted: AtomicBool::new(false),
        }
    }

    fn note(&self, outcome: Option<FaultCode>) -> AuditNote {
        let mut note = AuditNote::done(self.action).detail(self.detail.clone());
        note.subject.clone_from(&self.subject);
        if let Some(code) = outcome {
            note.outcome = code_text(code);
        }
        note
    }

    /// Notes that it is done, in the transaction that does it; and says in the log how far the audit has come.
    pub(crate) fn note_done(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.audit(&self.note(None))?;
        tx.anchor_audit(ANCHOR_EVERY_MS)?;
        Ok(())
    }

    /// The transaction that noted it is durable.
    pub(crate) fn is_noted(&self) {
        self.noted.store(true, Ordering::Relaxed);
    }

    /// Whether it shows again what the same user saw today: the first look stands in the audit.
    fn is_seen_again(&self, app: &App, reader: &Reader, user: Option<UserId>) -> Result<bool, Fault> {
        let (true, Some(user), Some((_, id))) = (self.reload, user, &self.subject) else { return Ok(false) };
        let today = shown::date_of(app.clock().now_ms());
        let Some(from_ms) = today.map(shown::midnight_ms) else { return Ok(false) };
        Ok(reader.audit_holds(user, self.action, id, from_ms)?)
    }

    /// Whether a call that ended so is to be noted now.
    fn is_due(&self, refused: Option<FaultCode>) -> bool {
        match refused {
            // nobody is there, or only the password is asked again: nothing was tried yet
            Some(FaultCode::SignedOut | FaultCode::Reauthenticate) => false,
            Some(FaultCode::Locked) => self.action == "sign_in" || self.action == "unlock",
            Some(code) => {
                self.kind == Kind::Act || self.logged || code == FaultCode::Forbidden || self.action == UNKNOWN
            }
            None if self.kind == Kind::Act => !self.noted.load(Ordering::Relaxed) && !PIECES.contains(&self.action),
            None => self.logged,
        }
    }
}

/// The code as it crosses the boundary.
pub(crate) fn code_text(code: FaultCode) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Notes how a call ended. Where what was done cannot be noted, the reply is withheld; a refusal stays the refusal.
pub(crate) fn note(
    app: &App,
    call: &Call,
    before: Option<UserId>,
    ended: Result<Value, Fault>,
) -> Result<Value, Fault> {
    let refused = ended.as_ref().err().map(|fault| fault.code);
    // without an open file there is nothing to note it in; wrong passwords are counted in the key file
    let Ok(town) = app.town() else { return ended };
    if !call.is_due(refused) {
        return ended;
    }
    let user = app.user().or(before);
    if refused.is_none() && town.store.read(|reader| call.is_seen_again(app, reader, user))? {
        return ended;
    }
    let mut note = call.note(refused);
    if let Some(claimed) = call.claimed.as_ref().filter(|_| refused.is_some()) {
        let users = town.store.read(|reader| reader.users_by_sign_in(claimed))?;
        note.subject = users.first().map(|row| ("user".to_owned(), row.id.to_string()));
    }
    match (town.store.note_audit(user, &note), ended) {
        (Ok(()), ended) => ended,
        (Err(error), Ok(_)) => Err(error.into()),
        (Err(error), Err(fault)) => {
            tracing::error!(code = error.code(), "a refusal could not be noted");
            Err(fault)
        }
    }
}

impl Caller {
    /// The one way from a use case to the write door: the act is noted in the same transaction.
    pub(crate) fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let reply = self.store().write(self.user, |tx| {
            let reply = f(tx)?;
            self.call.note_done(tx)?;
            Ok::<_, Fault>(reply)
        })?;
        self.call.is_noted();
        Ok(reply)
    }
}

#[cfg(test)]
mod tests;
