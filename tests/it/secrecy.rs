//! Nothing readable about people in files, logs, faults, or at the district.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::{AhoCorasick, MatchKind};
use rusqlite::Connection;
use serde_json::Value;
use zhenxin_app::FaultCode;
use zhenxin_documents::sheet::{Limits, read_workbook};
use zhenxin_domain::text;
use zhenxin_testkit::demo;
use zhenxin_testkit::fixtures;
use zhenxin_testkit::pc::{PASSWORD, Pc};

use crate::logs;
use crate::requests::{Filling, commands};
use crate::town::{OFFICE, Town};

/// Shorter numbers are no telephones.
const PHONE_DIGITS: usize = 11;
const ID_NUMBER_CHARS: usize = 18;

/// Names, ID numbers, telephones and addresses of the fixture.
pub struct Secrets {
    texts: Vec<String>,
    finder: AhoCorasick,
}

impl Secrets {
    fn of_the_roster() -> Self {
        let workbook = read_workbook("", &fs::read(fixtures::roster()).unwrap(), &Limits::default()).unwrap();
        let mut texts = BTreeSet::new();
        for row in workbook.sheets.iter().flat_map(|sheet| sheet.rows.iter().filter(|row| row.number > 3)) {
            let cell = |column: usize| row.cells.get(column).map(ToString::to_string).unwrap_or_default();
            let [name, number, phone, address] = [3, 5, 7, 8].map(|column| text::normalise(&cell(column)));
            // the row of totals has a number in the place of a name
            texts.extend([text::squeeze_name(&name)].into_iter().filter(|name| !name.contains(char::is_numeric)));
            texts.insert(address);
            texts.extend([number].into_iter().filter(|number| number.len() == ID_NUMBER_CHARS));
            texts.extend([phone].into_iter().filter(|phone| phone.len() == PHONE_DIGITS));
        }
        texts.retain(|text| text.chars().count() > 1);
        assert!(texts.len() > 5_000, "{}", texts.len());
        let texts: Vec<String> = texts.into_iter().collect();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&texts).unwrap();
        Self { texts, finder }
    }

    /// What is masked in every reply: ID numbers, telephones, and addresses that name a door.
    pub fn masked_of_the_roster() -> Vec<String> {
        let texts = Self::of_the_roster().texts.into_iter();
        texts.filter(|text| text.chars().any(|c| c.is_ascii_digit()) && text.chars().count() > 5).collect()
    }

    /// What is found, with the bytes around it.
    fn found_in(&self, bytes: &[u8]) -> Option<String> {
        let found = self.finder.find(bytes)?;
        let around = &bytes[found.start().saturating_sub(40)..(found.end() + 40).min(bytes.len())];
        Some(format!("{} in {:?}", self.texts[found.pattern()], String::from_utf8_lossy(around)))
    }

    fn none_in(&self, what: &str, bytes: &[u8]) {
        assert_eq!(self.found_in(bytes), None, "{what}");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn after_the_main_job_no_file_and_no_log_names_anybody() {
    logs::capture();
    let secrets = Secrets::of_the_roster();
    let folder = tempfile::tempdir().unwrap();
    demo::main_job(folder.path(), &mut |_| {}).unwrap();

    let kept = [("office", "town.db"), ("village", "town.db"), ("district", "ca.pem")];
    for (place, must_have) in kept {
        let files = files(&folder.path().join(place));
        assert!(files.iter().any(|file| file.ends_with(must_have)), "{place} has no {must_have}");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            secrets.none_in(&file.display().to_string(), &bytes);
            // the demonstration's users
            for name in ["张敏", "李国平"] {
                assert!(!bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{}", file.display());
            }
        }
    }
    let log = logs::captured();
    assert!(!log.is_empty(), "nothing was captured");
    secrets.none_in("log", &log);

    // the finder finds what is there to be found
    let pc = Pc::open(folder.path().join("office"), crate::town::clock()).unwrap();
    pc.sign_in(OFFICE).unwrap();
    let page = pc.residents(crate::town::VILLAGE).unwrap();
    assert!(secrets.found_in(&serde_json::to_vec(&page).unwrap()).is_some());
}

#[test]
fn plain_sqlite_opens_nothing() {
    let town = Town::full();
    let path = town.pc.dir().join("town.db");
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.starts_with(b"SQLite format 3"));
    let conn = Connection::open(&path).unwrap();
    let schema = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    assert!(schema.is_err(), "opened without a key");

    let keys = fs::read_to_string(town.pc.dir().join("key.json")).unwrap();
    assert!(keys.len() > 100);
    for secret in [PASSWORD, "zhang", "用户", "综合办"] {
        assert!(!keys.contains(secret), "key.json tells {secret}");
    }
}

#[test]
fn no_fault_repeats_what_was_sent() {
    let town = Town::full();
    let person = &town.pc.residents(crate::town::VILLAGE).unwrap()[0];
    let name = person["name"].as_str().unwrap().to_owned();
    let texts = [name, "330206199206026211".to_owned(), "18619993847".to_owned(), "思源社区西5组127号".to_owned()];
    let mut faults = 0;
    for text in &texts {
        for whole in [false, true] {
            for command in commands().iter().filter(|command| command.name != "sign_out") {
                let filling = Filling { text: &|_| text.clone(), number: 1, whole };
                let Err(fault) = command.call(&town.pc, command.request(&filling)) else { continue };
                faults += 1;
                let told = serde_json::to_string(&fault).unwrap();
                assert!(!told.contains(text.as_str()), "{} repeats {text}: {told}", command.name);
            }
        }
    }
    assert!(faults > 100, "only {faults} requests were refused");
}

#[test]
fn the_faults_of_an_import_do_not_name_people() {
    let secrets = Secrets::of_the_roster();
    let town = Town::empty();
    let report = town.pc.import("residents", &fixtures::roster(), true).unwrap();
    assert_eq!(report["faults"].as_array().unwrap().len(), 82);
    secrets.none_in("report", &serde_json::to_vec(&report).unwrap());

    // refused as a whole, the fault lists the rows
    let request = serde_json::json!({
        "kind": "residents", "file_name": "名册.xlsx", "path": fixtures::roster(), "dry_run": false,
        "accept_partial": false,
    });
    let job = crate::town::ended(&town.pc, &town.pc.act("start_import", request).unwrap());
    assert_eq!((&job["phase"], &job["fault"]["code"]), (&Value::from("refused"), &Value::from("invalid")));
    assert_eq!(job["fault"]["rows"].as_array().unwrap().len(), 82);
    secrets.none_in("fault", &serde_json::to_vec(&job["fault"]).unwrap());
}

#[test]
fn a_message_says_what_to_do() {
    // every refusal of an empty request ends as a sentence that a person can act on
    let town = Town::full();
    for command in commands().iter().filter(|command| command.name != "sign_out") {
        let Err(fault) = command.call(&town.pc, command.request(&crate::requests::LEAST)) else { continue };
        assert!(fault.code != FaultCode::Store, "{}: {}", command.name, fault.message);
        assert!(fault.message.chars().any(|letter| letter >= '\u{4e00}'), "{}: {}", command.name, fault.message);
        assert!(fault.message.ends_with(['。', '?', '？', '!', '！']), "{}: {}", command.name, fault.message);
    }
}
