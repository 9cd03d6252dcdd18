//! What comes in through the list of commands: files with all the checks behind the tables, and messages of the screens.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value, json};
use zhenxin_app::contract::json_schema;
use zhenxin_app::{App, AppConfig, Fault, FaultCode, Kind};

use super::tables::{in_words, texts};
use super::{Target, Verdict, mutation};
use crate::clock::SetClock;
use crate::fixtures;
use crate::pc::{PASSWORD, Pc};

/// 2026-09-01, ten in the morning in China; ms since 1970 UTC.
const NOW_MS: i64 = 1_788_228_000_000;
const OFFICE: &str = "wang";
/// Commands that end the session, wait for a district that is not there, or need minutes.
const LEFT_OUT: [&str; 9] = [
    "sign_out",
    "lock",
    "create_town",
    "enrol",
    "sync_now",
    "relocate_district",
    "restore",
    "restore_damaged",
    "rehearse",
];

fn town(folder: &Path) -> Result<Pc> {
    Pc::found_by(folder.join("town"), SetClock::at(NOW_MS), (OFFICE, "王主任"), "综合办 1 号机")
}

/// An answer that the program may give: whatever is wrong with the request, it is not the program's own fault.
fn judged(ended: Result<Value, Fault>) -> Result<Verdict, String> {
    match ended {
        Ok(_) => Ok(Verdict::Taken),
        Err(fault) if matches!(fault.code, FaultCode::System | FaultCode::Store) => {
            Err(format!("{:?}: {}", fault.code, fault.message))
        }
        Err(fault) => in_words(&fault.message).map(|()| Verdict::Refused),
    }
}

fn import(pc: &Pc, kind: &str, name: &str, bytes: &[u8]) -> Result<Verdict, String> {
    let request = json!({
        "kind": kind, "file_name": name, "content": BASE64.encode(bytes), "dry_run": true, "accept_partial": true,
        "village": "330211101200",
    });
    let mut job = match pc.act("start_import", request) {
        Ok(job) => job,
        refused => return judged(refused),
    };
    loop {
        match job["phase"].as_str() {
            Some("done") => return Ok(Verdict::any(job["report"]["good"].as_u64().unwrap_or(0) > 0)),
            Some("cancelled" | "refused") => {
                let fault: Fault = serde_json::from_value(job["fault"].clone()).map_err(|error| error.to_string())?;
                return judged(Err(fault));
            }
            _ => thread::sleep(Duration::from_micros(500)),
        }
        job = pc.ask("import_job", json!({ "job": job["job"] })).map_err(|fault| fault.message)?;
    }
}

pub fn roster(folder: &Path) -> Result<Target> {
    let pc = town(folder)?;
    let samples = texts(&fixtures::roster())?;
    let run = move |bytes: &[u8]| import(&pc, "residents", "名册.csv", bytes);
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

pub fn catalogue(folder: &Path) -> Result<Target> {
    let pc = town(folder)?;
    let samples = texts(&fixtures::rules())?;
    let run = move |bytes: &[u8]| import(&pc, "rules", "细则.csv", bytes);
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

pub fn sign_in(folder: &Path) -> Result<Target> {
    let pc = town(folder)?;
    let samples = vec![
        "序号,村社,姓名,身份证号\n1,九龙湖村,张三,330211199001011234\n2,长石村,李四,\n".as_bytes().to_vec(),
        "1 张三\n2 李四\n合计 2 人\n".as_bytes().to_vec(),
    ];
    let samples = samples.into_iter().chain(texts(&fixtures::roster())?).collect();
    let run = move |bytes: &[u8]| {
        judged(pc.ask("read_sign_in_file", json!({ "file_name": "签到.csv", "content": BASE64.encode(bytes) })))
    };
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

/// A request of each command, from the list's own schema.
fn messages() -> Vec<Vec<u8>> {
    let schema = json_schema();
    let commands = schema["commands"].as_array().cloned().unwrap_or_default();
    let wanted = commands.iter().filter(|command| !LEFT_OUT.iter().any(|left_out| command["name"] == *left_out));
    let message = |command: &Value| {
        let request = filled(&schema, &command["request"]);
        json!({ "kind": command["kind"], "name": command["name"], "request": request }).to_string().into_bytes()
    };
    wanted.map(message).collect()
}

fn filled(schema: &Value, part: &Value) -> Value {
    let part = match part["$ref"].as_str() {
        Some(reference) => &schema["$defs"][reference.rsplit('/').next().unwrap_or_default()],
        None => part,
    };
    if let Some(constant) = part.get("const") {
        return constant.clone();
    }
    if let Some(first) = part["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if let Some(choices) = part["oneOf"].as_array().or(part["anyOf"].as_array()) {
        return filled(schema, &choices[0]);
    }
    match part["type"].as_str().or_else(|| part["type"][0].as_str()) {
        Some("string") => json!("2026-09-01"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([filled(schema, &part["items"])]),
        Some("null") => Value::Null,
        _ => {
            let fields = part["properties"].as_object().cloned().unwrap_or_default();
            let fields = fields.iter().map(|(name, of)| (name.clone(), filled(schema, of)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// The program as a window has it: no request names a file.
fn window(folder: &Path) -> Result<App> {
    let data_dir = town(folder)?.dir().to_owned();
    let config =
        AppConfig { clock: Arc::new(SetClock::at(NOW_MS)), weak_passwords_for_tests: true, ..AppConfig::new(data_dir) };
    Ok(App::open(config)?)
}

/// Signs in where nobody is.
fn sign_in_again(app: &App) -> Result<(), String> {
    if app.call(Kind::Ask, "app_state", Value::Null).is_ok_and(|state| state["phase"] == "ready") {
        return Ok(());
    }
    let signed_in = app.call(Kind::Act, "sign_in", json!({ "sign_in_name": OFFICE, "password": PASSWORD }));
    signed_in.map(|_| ()).map_err(|fault| format!("nobody gets in any more: {}", fault.message))
}

pub fn ipc(folder: &Path) -> Result<Target> {
    let app = window(folder)?;
    sign_in_again(&app).map_err(anyhow::Error::msg)?;
    let samples = messages();
    ensure!(!samples.is_empty(), "no commands");
    let run = move |bytes: &[u8]| {
        // what is no JSON does not get past the host
        let Ok(message) = serde_json::from_slice::<Value>(bytes) else { return Ok(Verdict::Refused) };
        let kind = if message["kind"] == "act" { Kind::Act } else { Kind::Ask };
        let name = message["name"].as_str().unwrap_or_default();
        if LEFT_OUT.contains(&name) {
            return Ok(Verdict::Refused);
        }
        let verdict = judged(app.call(kind, name, message["request"].clone()))?;
        sign_in_again(&app)?;
        Ok(verdict)
    };
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}
