//! One PC of a town: a data folder and the program on it, spoken to through the command list as every host does.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use uuid::Uuid;
use zhenxin_app::{App, AppConfig, Clock, Fault, FaultCode, Kind, SystemIds};

/// The password of every made-up user.
pub const PASSWORD: &str = "jiulonghu-2026";
/// What the administrator sets first; [`Pc::sign_in`] changes it at the first sign-in, as everybody has to.
pub const FIRST_PASSWORD: &str = "first-day-2026";
/// 九龙湖镇.
pub const TOWN: &str = "330211101";

/// A PC.
#[derive(Clone)]
pub struct Pc {
    app: App,
    dir: PathBuf,
    recovery_key: String,
}

impl Pc {
    /// The program on a folder, with this clock. Keys are wrapped with passwords: a keyring of the machine is not for
    /// made-up towns.
    pub fn open(dir: impl Into<PathBuf>, clock: impl Clock + 'static) -> Result<Self> {
        let dir = dir.into();
        let config = AppConfig {
            data_dir: dir.clone(),
            clock: Arc::new(clock),
            ids: Arc::new(SystemIds::default()),
            names_files: true,
            weak_passwords_for_tests: true,
        };
        Ok(Self { app: App::open(config)?, dir, recovery_key: String::new() })
    }

    /// A new town on a folder; its first user holds every duty and is called as they sign in.
    pub fn found(
        dir: impl Into<PathBuf>,
        clock: impl Clock + 'static,
        sign_in_name: &str,
        label: &str,
    ) -> Result<Self> {
        Self::found_by(dir, clock, (sign_in_name, sign_in_name), label)
    }

    /// The same with the first user's sign-in name and name.
    pub fn found_by(
        dir: impl Into<PathBuf>,
        clock: impl Clock + 'static,
        (sign_in_name, name): (&str, &str),
        label: &str,
    ) -> Result<Self> {
        let mut pc = Self::open(dir, clock)?;
        let town = json!({
            "town": TOWN, "sign_in_name": sign_in_name, "name": name, "password": PASSWORD, "device_label": label,
        });
        let created = pc.act("create_town", town)?;
        pc.recovery_key = created["recovery_key"].as_str().unwrap_or_default().to_owned();
        Ok(pc)
    }

    /// The printed recovery key of a town founded here; empty for one that was only opened.
    pub fn recovery_key(&self) -> &str {
        &self.recovery_key
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The program.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Asks.
    pub fn ask(&self, name: &str, request: Value) -> Result<Value, Fault> {
        self.app.call(Kind::Ask, name, request)
    }

    /// Acts; gives the password once more where that is asked, as the window does.
    pub fn act(&self, name: &str, request: Value) -> Result<Value, Fault> {
        match self.app.call(Kind::Act, name, request.clone()) {
            Err(fault) if fault.code == FaultCode::Reauthenticate => {
                self.app.call(Kind::Act, "reauthenticate", json!({ "password": PASSWORD }))?;
                self.app.call(Kind::Act, name, request)
            }
            ended => ended,
        }
    }

    /// Signs in; for the first time with the administrator's password, which is changed then.
    pub fn sign_in(&self, name: &str) -> Result<(), Fault> {
        let with = |password: &str| self.act("sign_in", json!({ "sign_in_name": name, "password": password }));
        match with(PASSWORD) {
            Err(fault) if fault.code == FaultCode::WrongPassword => {}
            ended => return ended.map(|_| ()),
        }
        let state = with(FIRST_PASSWORD)?;
        if !state["user"]["password_due"].is_null() {
            self.act("change_password", json!({ "old_password": FIRST_PASSWORD, "new_password": PASSWORD }))?;
        }
        Ok(())
    }

    /// Adds a user with a first password.
    pub fn add_user(&self, sign_in_name: &str, name: &str, duties: &[&str]) -> Result<(), Fault> {
        self.add_user_of(sign_in_name, name, duties, &[])
    }

    /// The same for somebody who sees these villages only.
    pub fn add_user_of(&self, sign_in_name: &str, name: &str, duties: &[&str], villages: &[&str]) -> Result<(), Fault> {
        let user = json!({
            "sign_in_name": sign_in_name, "name": name, "password": FIRST_PASSWORD, "duties": duties,
            "villages": villages,
        });
        self.act("add_user", user).map(|_| ())
    }

    /// Imports a file and waits for the job's end; good rows are taken although others are faulty.
    pub fn import(&self, kind: &str, file: &Path, dry_run: bool) -> Result<Value> {
        let name = file.file_name().and_then(|name| name.to_str()).context("a file without a name")?;
        let content = BASE64.encode(std::fs::read(file)?);
        let mut job = self.act(
            "start_import",
            json!({ "kind": kind, "file_name": name, "content": content, "dry_run": dry_run, "accept_partial": true }),
        )?;
        loop {
            match job["phase"].as_str() {
                Some("done") => return Ok(job["report"].clone()),
                Some("cancelled" | "refused") => bail!("import: {}", job["fault"]["message"]),
                _ => thread::sleep(Duration::from_millis(20)),
            }
            job = self.ask("import_job", json!({ "job": job["job"] }))?;
        }
    }

    /// Residents of a village in list order, at most 500.
    pub fn residents(&self, village: &str) -> Result<Vec<Value>> {
        let page = self.ask("residents", json!({ "village": village, "offset": 0, "limit": 500 }))?;
        page["rows"].as_array().cloned().ok_or_else(|| anyhow!("no rows"))
    }

    /// Records the consent of all these residents; a guardian stands by for the children.
    pub fn consent(&self, residents: &[String], given_on: &str) -> Result<Value, Fault> {
        let request = json!({
            "request_id": request_id(), "residents": residents, "version": "2026-1", "given_on": given_on,
            "channel": "paper", "guardian": "见纸质同意书",
        });
        self.act("give_consent", request)
    }

    /// Id of the newest version of a rule.
    pub fn rule(&self, code: &str) -> Result<String> {
        let rules = self.ask("rules", Value::Null)?;
        let found = rules["rules"].as_array().into_iter().flatten().find(|rule| rule["code"] == code);
        found.and_then(|rule| rule["version_id"].as_str()).map(str::to_owned).with_context(|| format!("no rule {code}"))
    }

    /// Records an activity; rows that cannot be recorded are left out.
    pub fn record(&self, rule: &str, day: &str, activity: &str, residents: &[String]) -> Result<Value> {
        let rows: Vec<Value> = residents.iter().map(|id| json!({ "resident": id })).collect();
        let request = json!({
            "request_id": request_id(), "rule_version": self.rule(rule)?, "occurred_on": day, "activity": activity,
            "rows": rows, "skip_faulty": true,
        });
        Ok(self.act("record_points", request)?)
    }

    /// Everything that waits and may be decided by the signed-in user: award ids, activity by activity.
    pub fn reviewable(&self) -> Result<Vec<(String, Vec<String>)>> {
        let queue = self.ask("review_queue", Value::Null)?;
        let mut groups = Vec::new();
        for group in queue["groups"].as_array().into_iter().flatten() {
            let rows = group["rows"].as_array().into_iter().flatten();
            let ids = rows
                .filter(|row| row["recusal"].is_null())
                .filter_map(|row| row["entry"]["award"].as_str().map(str::to_owned));
            groups.push((group["name"].as_str().unwrap_or_default().to_owned(), ids.collect()));
        }
        Ok(groups)
    }

    /// Decides on awards.
    pub fn review(&self, awards: &[String], reason: Option<&str>) -> Result<Value, Fault> {
        let decision = if reason.is_some() { "send_back" } else { "approve" };
        let request = json!({ "request_id": request_id(), "awards": awards, "decision": decision, "reason": reason });
        self.act("review_awards", request)
    }

    /// An act that a repeated click must not do twice: the request gets an id of its own.
    pub fn act_once(&self, name: &str, mut request: Value) -> Result<Value, Fault> {
        request["request_id"] = json!(request_id());
        self.act(name, request)
    }

    /// Adds a service type; gives its id.
    pub fn service_type(&self, code: &str, name: &str, coefficient_percent: u32, from: &str) -> Result<String> {
        let request = json!({
            "code": code, "name": name, "coefficient_percent": coefficient_percent, "in_force_from": from,
        });
        let types = self.act_once("set_service_type", request)?;
        let found = types["types"].as_array().into_iter().flatten().find(|line| line["code"] == code);
        found.and_then(|line| line["service_type"].as_str()).map(str::to_owned).context("the type is not in the list")
    }

    /// Moves a service order one step on; `step` holds the step's name and what belongs to it.
    pub fn move_order(&self, order: &Value, mut step: Value) -> Result<Value, Fault> {
        step["order"] = order.clone();
        self.act_once("move_order", step)
    }

    /// Enters slips; nothing where one is faulty.
    pub fn enter_slips(&self, rows: &[Value]) -> Result<Value, Fault> {
        self.act_once("enter_slips", json!({ "rows": rows }))
    }

    /// Orders that the signed-in user may credit.
    pub fn creditable(&self) -> Result<Vec<Value>, Fault> {
        let queue = self.ask("credit_queue", Value::Null)?;
        let rows = queue["rows"].as_array().into_iter().flatten();
        Ok(rows.filter(|row| row["blocked"].is_null()).map(|row| row["line"]["order"].clone()).collect())
    }

    /// Credits orders.
    pub fn credit(&self, orders: &[Value]) -> Result<Value, Fault> {
        self.act_once("credit_orders", json!({ "orders": orders }))
    }

    /// A resident's time account with its newest entries.
    pub fn time_account(&self, resident: &str) -> Result<Value, Fault> {
        self.ask("time_account", json!({ "resident": resident, "offset": 0, "limit": 500 }))
    }

    /// Joins a district.
    pub fn enrol(&self, url: &str, code: &str, ca_pem: &str) -> Result<Value, Fault> {
        self.act("enrol", json!({ "url": url, "code": code, "ca_pem": ca_pem }))
    }

    /// Synchronises once.
    pub fn sync(&self) -> Result<Value, Fault> {
        self.act("sync_now", Value::Null)
    }

    /// Proof that the file is what its log says.
    pub fn verify(&self) -> Result<Value, Fault> {
        self.ask("verify", Value::Null)
    }
}

/// A fresh request id.
pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// Ids of rows.
pub fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}
