//! The program `zhenxinctl` itself, on a real encrypted file: outputs and exit codes.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const USER: &str = "admin";
const PASSWORD: &str = "a good password";

struct Town {
    folder: TempDir,
}

impl Town {
    fn new() -> Self {
        let town = Self { folder: tempfile::tempdir().unwrap() };
        let made = town.done(&["init", "--town", "330211101", "--admin", USER, "--label", "一号机"]);
        assert_eq!(made["state"]["town"]["town"]["name"], "九龙湖镇");
        assert_eq!(made["state"]["key_storage"], "password");
        assert!(made["recovery_key"].as_str().unwrap().len() > 30);
        town
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = bare(&[]);
        command.arg("--data").arg(self.data()).args(["--user", USER, "--json"]).args(words);
        command.env("ZHENXIN_PASSWORD", PASSWORD);
        // a folder of its own for what a program lets lie about
        let temporary = self.temporary();
        std::fs::create_dir_all(&temporary).unwrap();
        command.envs(["TMPDIR", "TMP", "TEMP", "SQLITE_TMPDIR"].map(|name| (name, &temporary)));
        command
    }

    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// Runs, expects success, and gives the reply.
    fn done(&self, words: &[&str]) -> Value {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?} left words on the error output");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn bare(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhenxinctl"));
    for variable in ["ZHENXIN_DATA", "ZHENXIN_USER", "ZHENXIN_PASSWORD", "ZHENXIN_LOG"] {
        command.env_remove(variable);
    }
    command.args(words).env("ZHENXIN_KEYRING", "off").stdin(Stdio::null());
    command
}

/// The Fault of a refused call: one line of JSON on the error output, exit code 1.
fn fault(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name).to_string_lossy().into_owned()
}

#[test]
fn a_town_from_its_roster_to_a_paper() {
    let town = Town::new();
    let roster = fixture("residents-330211101-jiulonghu.xlsx");
    let checked = town.done(&["import", "residents", &roster, "--dry-run"]);
    assert_eq!((&checked["good"], &checked["import"]), (&json!(2495), &Value::Null));

    let errors = town.folder.path().join("errors.xlsx");
    let taken = town.done(&["import", "residents", &roster, "--errors", errors.to_str().unwrap()]);
    assert_eq!((&taken["good"], &taken["created"]), (&json!(2495), &json!(2495)));
    assert_eq!(taken["faults"].as_array().unwrap().len(), 82);
    assert!(std::fs::read(&errors).unwrap().starts_with(b"PK"), "not a workbook");
    let again = town.done(&["import", "residents", &roster]);
    assert_eq!((&again["unchanged"], &again["import"]), (&json!(2495), &Value::Null));

    let rules = town.done(&["import", "rules", &fixture("points-rules.xlsx")]);
    assert_eq!(rules["good"], 20);

    let page = town.done(&["ask", "residents", r#"{"offset":0,"limit":1}"#]);
    let resident = page["rows"][0].clone();
    let found = town.done(&["search", resident["name"].as_str().unwrap()]);
    let ids: Vec<&Value> = found["hits"].as_array().unwrap().iter().map(|hit| &hit["id"]).collect();
    assert!(ids.contains(&&resident["id"]));

    let paper = town.folder.path().join("statement.pdf");
    let words = ["statement", resident["id"].as_str().unwrap(), paper.to_str().unwrap()];
    let told = town.done(&words);
    assert!(told["pages"].as_u64().unwrap() >= 1);
    assert!(std::fs::read(&paper).unwrap().starts_with(b"%PDF"), "not a paper");

    let proof = town.done(&["verify"]);
    assert_eq!((&proof["ok"], &proof["ledger_sum"]), (&json!(true), &json!(0)));

    // nothing lies outside the data folder but what was asked for
    town.done(&["act", "back_up", "{}"]);
    let left: Vec<_> = std::fs::read_dir(town.temporary()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
    let mut beside: Vec<_> = std::fs::read_dir(town.folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["data", "errors.xlsx", "statement.pdf", "tmp"]);
}

#[test]
fn a_refusal_is_one_line_of_json_and_exit_code_1() {
    let town = Town::new();
    let wrong = town.command(&["verify"]).env("ZHENXIN_PASSWORD", "another password").output().unwrap();
    assert_eq!(fault(&wrong)["code"], "wrong_password");
    assert_eq!(wrong.stdout, b"");

    let unknown = town.command(&["ask", "nonsense"]).output().unwrap();
    assert_eq!(fault(&unknown)["code"], "bad_request");

    let nobody = town.command(&["statement", "没有这个人", "out.pdf"]).output().unwrap();
    assert_eq!(fault(&nobody)["code"], "not_found");

    let missing = town.command(&["import", "residents", "no-such-file.xlsx"]).output().unwrap();
    assert_eq!(fault(&missing)["code"], "system");

    let twice = town.command(&["init", "--town", "330211101", "--admin", "second"]).output().unwrap();
    assert_eq!(fault(&twice)["code"], "conflict");

    let empty = tempfile::tempdir().unwrap();
    let mut before_init = bare(&["--data", empty.path().to_str().unwrap(), "--user", USER, "verify"]);
    let before_init = before_init.env("ZHENXIN_PASSWORD", PASSWORD).output().unwrap();
    assert_eq!(fault(&before_init)["code"], "not_found");
}

#[test]
fn the_terminal_is_no_way_around_duties_and_first_passwords() {
    const FIRST: &str = "first-day-2026";
    const OWN: &str = "lotus pond 7";
    let town = Town::new();
    let user = json!({ "sign_in_name": "lu", "name": "陆敏", "password": FIRST, "duties": ["recorder"] });
    town.done(&["act", "add_user", &user.to_string()]);
    let as_lu = |password: &str, words: &[&str]| {
        let mut call = bare(&["--data", town.data().to_str().unwrap(), "--user", "lu", "--json"]);
        call.args(words).env("ZHENXIN_PASSWORD", password).output().unwrap()
    };
    assert_eq!(fault(&as_lu(FIRST, &["search", "a"]))["code"], "password_due");
    let change = json!({ "old_password": FIRST, "new_password": OWN }).to_string();
    assert!(as_lu(FIRST, &["act", "change_password", &change]).status.success());
    assert_eq!(fault(&as_lu(FIRST, &["search", "a"]))["code"], "wrong_password");
    assert!(as_lu(OWN, &["search", "a"]).status.success());
    for words in [&["verify"][..], &["ask", "users"], &["ask", "review_queue"], &["act", "back_up"]] {
        assert_eq!(fault(&as_lu(OWN, words))["code"], "forbidden", "{words:?}");
    }
}

#[test]
fn a_request_can_come_from_the_standard_input() {
    let town = Town::new();
    let mut call = town.command(&["ask", "search", "-"]);
    let mut call = call.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    call.stdin.take().unwrap().write_all(br#"{"text":"a"}"#).unwrap();
    let output = call.wait_with_output().unwrap();
    assert!(output.status.success());
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply, json!({ "hits": [], "more": false, "records": [] }));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for words in [
        &["verify"][..],
        &["--data", data],
        &["--data", data, "nonsense"],
        &["--data", data, "import", "people", "x.xlsx"],
        &["--data", data, "ask", "app_state", "{"],
    ] {
        let output = bare(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, b"", "{words:?}");
    }
    // a town, but no password and no terminal to ask for it
    let town = Town::new();
    let output = town.command(&["verify"]).env_remove("ZHENXIN_PASSWORD").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_command_list_needs_no_town() {
    let output = bare(&["contract"]).output().unwrap();
    assert!(output.status.success());
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let commands = list["commands"].as_array().unwrap();
    let search = commands.iter().find(|command| command["name"] == "search").unwrap();
    let business = json!(["recorder", "reviewer", "clerk", "query_clerk", "viewer"]);
    assert_eq!((&search["kind"], &search["duties"], &search["reach"]), (&json!("ask"), &business, &json!("villages")));
    assert!(search["request"].is_object() && search["reply"].is_object());
    let types = bare(&["contract", "--typescript"]).output().unwrap();
    assert!(String::from_utf8(types.stdout).unwrap().contains("export interface Asks"));
}

#[test]
fn one_user_alone_needs_no_name() {
    let town = Town::new();
    let mut call = bare(&["--data", town.data().to_str().unwrap(), "--json", "verify"]);
    let output = call.env("ZHENXIN_PASSWORD", PASSWORD).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
