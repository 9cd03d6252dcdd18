//! Towns for tests: one is made and kept, every test works on its own copy.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use std::{fs, thread};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::NaiveDate;
use serde_json::{Value, json};
use tempfile::TempDir;
use zhenxin_app::{Fault, FaultCode};
use zhenxin_testkit::clock::SetClock;
use zhenxin_testkit::fixtures;
use zhenxin_testkit::pc::{Pc, ids};

use crate::logs;

/// Who holds every duty.
pub const OFFICE: &str = "wang";
/// Who holds one duty each, and the duty.
pub const SINGLE: [(&str, &str); 4] =
    [("zhang", "recorder"), ("li", "reviewer"), ("qian", "clerk"), ("zhou", "administrator")];
/// 思源社区.
pub const VILLAGE: &str = "330211101001";
/// Its sheet in the roster.
pub const VILLAGE_NAME: &str = "思源社区";
/// The day that the tests' clock shows, and the day before.
pub const TODAY: &str = "2026-09-01";
pub const YESTERDAY: &str = "2026-08-31";

/// A PC with its folder and its clock.
pub struct Town {
    pub pc: Pc,
    pub clock: SetClock,
    _folder: TempDir,
}

impl Town {
    /// With users, and nobody on the roster.
    pub fn empty() -> Self {
        static MADE: OnceLock<TempDir> = OnceLock::new();
        Self::copy(MADE.get_or_init(|| made(false)).path())
    }

    /// With users, the fixture's 2,495 residents and 20 rules; nobody has consented.
    pub fn full() -> Self {
        static MADE: OnceLock<TempDir> = OnceLock::new();
        Self::copy(MADE.get_or_init(|| made(true)).path())
    }

    fn copy(from: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        let clock = clock();
        let pc = Pc::open(folder.path(), clock.clone()).unwrap();
        pc.sign_in(OFFICE).unwrap();
        Self { pc, clock, _folder: folder }
    }

    /// Residents of 思源社区 who have consented, adults only.
    pub fn consenting(&self, count: usize) -> Vec<String> {
        let adults = self.residents(count, |row| row["age"].as_u64().unwrap() >= 18);
        self.pc.consent(&adults, "2026-08-01").unwrap();
        adults
    }

    /// The first residents of 思源社区 that fit.
    pub fn residents(&self, count: usize, fits: impl Fn(&Value) -> bool) -> Vec<String> {
        let mut rows = self.pc.residents(VILLAGE).unwrap();
        rows.retain(|row| fits(row));
        rows.truncate(count);
        assert_eq!(rows.len(), count);
        ids(&rows)
    }
}

/// 2026-09-01, ten in the morning in China.
pub fn clock() -> SetClock {
    let day: NaiveDate = TODAY.parse().unwrap();
    SetClock::at(day.and_hms_opt(2, 0, 0).unwrap().and_utc().timestamp_millis())
}

fn made(full: bool) -> TempDir {
    logs::capture();
    let folder = tempfile::tempdir().unwrap();
    let pc = Pc::found(folder.path(), clock(), OFFICE, "综合办 1 号机").unwrap();
    for (name, duty) in SINGLE {
        pc.add_user(name, &format!("用户{name}"), &[duty]).unwrap();
    }
    // each has chosen a password of their own
    for name in SINGLE.map(|(name, _)| name).into_iter().chain([OFFICE]) {
        pc.sign_in(name).unwrap();
    }
    if full {
        assert_eq!(pc.import("residents", &fixtures::roster(), false).unwrap()["good"], 2_495);
        assert_eq!(pc.import("rules", &fixtures::rules(), false).unwrap()["good"], 20);
    }
    folder
}

/// Starts an import of these bytes.
pub fn start_import(pc: &Pc, kind: &str, file_name: &str, bytes: &[u8], dry_run: bool) -> Result<Value, Fault> {
    pc.act(
        "start_import",
        json!({
            "kind": kind, "file_name": file_name, "content": BASE64.encode(bytes), "dry_run": dry_run,
            "accept_partial": true,
        }),
    )
}

/// The job once it has ended, however.
pub fn ended(pc: &Pc, job: &Value) -> Value {
    loop {
        let now = pc.ask("import_job", json!({ "job": job["job"] })).unwrap();
        if matches!(now["phase"].as_str(), Some("done" | "cancelled" | "refused")) {
            return now;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The report of an import of these bytes.
pub fn import(pc: &Pc, kind: &str, file_name: &str, bytes: &[u8], dry_run: bool) -> Value {
    let job = ended(pc, &start_import(pc, kind, file_name, bytes, dry_run).unwrap());
    assert_eq!(job["phase"], "done", "{}", job["fault"]);
    job["report"].clone()
}

/// The digest of a file that is what its log says.
pub fn digest(pc: &Pc) -> String {
    let report = pc.verify().unwrap();
    assert_eq!(report["ok"], true, "{}", report["problems"]);
    assert_eq!(report["ledger_sum"], 0);
    report["digest"].as_str().unwrap().to_owned()
}

/// Operations in the log of a PC without a district: none of them has left it.
pub fn operations(pc: &Pc) -> u64 {
    pc.ask("sync_status", Value::Null).unwrap()["pending"].as_u64().unwrap()
}

/// The refusal's code, with its text where it is another one.
pub fn refused(reply: Result<Value, Fault>, code: FaultCode) -> Fault {
    match reply {
        Ok(_) => panic!("not refused, {code:?} was expected"),
        Err(fault) => {
            assert_eq!(fault.code, code, "{} {:?}", fault.message, fault.rows);
            assert!(!fault.message.is_empty());
            fault
        }
    }
}

/// The one award that a resident has.
pub fn award_of(pc: &Pc, resident: &str) -> Value {
    let page = pc.ask("resident", json!({ "resident": resident })).unwrap();
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    entries[0].clone()
}
