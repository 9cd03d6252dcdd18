//! Every command × duty × sight through `App::call`, compared with the matrix that the program shows; and no way around.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use zhenxin_app::contract::list::{Access as Who, Reach, list};
use zhenxin_app::{FaultCode, Kind};
use zhenxin_documents::sheet::{Limits, read_workbook};
use zhenxin_testkit::pc::{FIRST_PASSWORD, PASSWORD, Pc};

use crate::requests::{Access, Command, Filling, commands};
use crate::town::{OFFICE, Town, VILLAGE};

const DUTIES: [&str; 8] =
    ["recorder", "reviewer", "clerk", "administrator", "security_administrator", "auditor", "query_clerk", "viewer"];

/// Text that is no id, no password and no file.
const WORD: Filling<'_> = Filling { text: &|_| "x".to_owned(), number: 1, whole: false };

/// Commands of a session itself: they would end it.
const SESSION: [&str; 2] = ["lock", "sign_out"];

/// A user of each duty, of the whole town and of one village: `recorder-town`, `recorder-village`.
fn everybody() -> Town {
    let town = Town::full();
    let first = "security_administrator-town";
    for sight in ["town", "village"] {
        for duty in DUTIES {
            let (name, villages) = (format!("{duty}-{sight}"), if sight == "town" { vec![] } else { vec![VILLAGE] });
            // the first security administrator comes last: the founder gives that duty away with it
            if duty != "security_administrator" {
                town.pc.add_user_of(&name, &name, &[duty], &villages).unwrap();
            }
        }
    }
    town.pc.add_user(first, first, &["security_administrator"]).unwrap();
    let second = "security_administrator-village";
    town.pc.add_user(second, second, &[]).unwrap();
    let user = id_of(&town.pc, second);
    town.pc.sign_in(first).unwrap();
    let duties = json!({
        "user": user, "duties": ["security_administrator"], "villages": [VILLAGE],
        "former_duties": [], "former_villages": [],
    });
    town.pc.act("set_duties", duties).unwrap();
    town
}

fn id_of(pc: &Pc, name: &str) -> String {
    let users = pc.ask("users", Value::Null).unwrap();
    let found = users["users"].as_array().unwrap().iter().find(|user| user["name"] == name);
    found.unwrap()["user"].as_str().unwrap().to_owned()
}

fn matrix(pc: &Pc) -> Vec<Value> {
    let matrix = pc.ask("permission_matrix", Value::Null).unwrap();
    let columns: Vec<&str> =
        matrix["duties"].as_array().unwrap().iter().map(|of| of["duty"].as_str().unwrap()).collect();
    assert_eq!(columns, DUTIES);
    matrix["rows"].as_array().unwrap().clone()
}

fn row_of<'m>(matrix: &'m [Value], command: &Command) -> &'m Value {
    matrix.iter().find(|row| row["command"] == *command.name).expect("every command is in the matrix")
}

#[test]
fn every_command_answers_each_duty_and_sight_as_the_matrix_says() {
    let town = everybody();
    let matrix = matrix(&town.pc);
    assert_eq!(matrix.len(), list().len());
    let mut refusals = 0;
    for (column, duty) in DUTIES.iter().enumerate() {
        for sight in ["town", "village"] {
            town.pc.sign_in(&format!("{duty}-{sight}")).unwrap();
            // the proof of the password has grown old
            town.clock.pass_seconds(6 * 60);
            for command in commands().iter().filter(|command| command.access != Access::Open) {
                if SESSION.contains(&command.name.as_str()) {
                    continue;
                }
                let row = row_of(&matrix, command);
                let allowed = row["allowed"][column].as_bool().unwrap();
                let place = format!("{} as {duty} of the {sight}", command.name);
                match command.call(&town.pc, command.request(&WORD)) {
                    Err(fault) if !allowed => {
                        assert_eq!(fault.code, FaultCode::Forbidden, "{place}: {}", fault.message);
                        assert!(fault.message.contains("职责"), "{place}: {}", fault.message);
                        refusals += 1;
                    }
                    Err(fault) => {
                        assert!(!fault.message.contains("职责，请安全管理员"), "{place}: {}", fault.message);
                        let asked_again = fault.code == FaultCode::Reauthenticate;
                        assert_eq!(asked_again, row["guarded"].as_bool().unwrap(), "{place}: {}", fault.message);
                    }
                    Ok(_) => {
                        assert!(allowed, "{place} was answered");
                        assert_eq!(row["guarded"], false, "{place} asked for no password");
                    }
                }
            }
        }
    }
    assert!(refusals > 500, "{refusals}");
}

#[test]
fn the_matrix_is_the_list_and_nobody_of_the_three_has_anothers_work() {
    let town = Town::full();
    let matrix = matrix(&town.pc);
    for command in list() {
        let row = matrix.iter().find(|row| row["command"] == command.name).unwrap();
        let named = |duty: usize| row["allowed"][duty].as_bool().unwrap();
        match command.access {
            Who::Open | Who::Any => assert!((0..DUTIES.len()).all(named), "{}", command.name),
            Who::Duties(duties) => {
                assert!(!duties.is_empty(), "{} is nobody's", command.name);
                assert_eq!((0..DUTIES.len()).filter(|duty| named(*duty)).count(), duties.len(), "{}", command.name);
                // what changes records of people is no officer's
                let officer = named(4) || named(5);
                let changes = command.kind == Kind::Act && command.reach == Reach::Villages;
                assert!(!(officer && changes), "{}", command.name);
                // the auditor reads, and what the auditor reads is nobody else's to change
                assert!(!(named(5) && command.kind == Kind::Act), "{}", command.name);
            }
        }
        assert_eq!(row["logged"].as_bool().unwrap(), command.logged || command.kind == Kind::Act);
    }
    let book = town.pc.ask("export_permission_matrix", Value::Null).unwrap();
    assert!(book["file_name"].as_str().unwrap().ends_with(".xlsx"));
    let bytes = BASE64.decode(book["content"].as_str().unwrap()).unwrap();
    let book = read_workbook("表.xlsx", &bytes, &Limits::default()).unwrap();
    let cells: Vec<String> =
        book.sheets[0].rows.iter().flat_map(|row| row.cells.iter().map(ToString::to_string)).collect();
    // the words of the screen; commands' names are for docs/PERMISSIONS.md
    for word in ["要密码", "记审计", "负责村社", "调整职责和村社"] {
        assert!(cells.iter().any(|cell| cell == word), "{word}");
    }
    let names: Vec<_> =
        list().iter().map(|command| command.name).filter(|name| cells.iter().any(|cell| cell == name)).collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn behind_the_curtain_nothing_answers_and_only_its_owner_lifts_it() {
    let town = Town::full();
    assert_eq!(town.pc.act("lock", Value::Null).unwrap()["phase"], "locked");
    for command in commands().iter().filter(|command| command.access != Access::Open) {
        let fault = command.call(&town.pc, command.request(&WORD)).unwrap_err();
        assert_eq!(fault.code, FaultCode::Locked, "{}: {}", command.name, fault.message);
    }
    let state = town.pc.ask("app_state", Value::Null).unwrap();
    assert_eq!((&state["phase"], &state["town"]), (&json!("locked"), &Value::Null));
    assert_eq!(state["user"]["name"], OFFICE);
    let with = |password: &str| town.pc.act("unlock", json!({ "password": password }));
    assert_eq!(with("not-the-password").unwrap_err().code, FaultCode::WrongPassword);
    assert_eq!(with(PASSWORD).unwrap()["phase"], "ready");
    town.pc.ask("users", Value::Null).unwrap();
    // another person signs in over it; what the first one had open is gone
    town.pc.act("lock", Value::Null).unwrap();
    town.pc.sign_in("li").unwrap();
    assert_eq!(town.pc.ask("app_state", Value::Null).unwrap()["phase"], "ready");
}

#[test]
fn before_the_first_password_is_changed_nothing_else_is_done() {
    let town = Town::full();
    town.pc.add_user("newcomer", "新来的", &["clerk"]).unwrap();
    town.pc.act("sign_in", json!({ "sign_in_name": "newcomer", "password": FIRST_PASSWORD })).unwrap();
    for command in commands() {
        let allowed = match &command.access {
            Access::Open => continue,
            Access::Any => true,
            Access::Duties(duties) => duties.iter().any(|duty| duty == "clerk"),
        };
        if allowed && !["change_password", "lock"].contains(&command.name.as_str()) {
            let fault = command.call(&town.pc, command.request(&WORD)).unwrap_err();
            assert_eq!(fault.code, FaultCode::PasswordDue, "{}: {}", command.name, fault.message);
        }
    }
    let change =
        |new: &str| town.pc.act("change_password", json!({ "old_password": FIRST_PASSWORD, "new_password": new }));
    for weak in ["kurz-1", FIRST_PASSWORD, "newcomer-2026", "Password2026", "onlylettershere"] {
        assert_eq!(change(weak).unwrap_err().code, FaultCode::Invalid, "{weak}");
    }
    assert_eq!(change(PASSWORD).unwrap()["user"]["password_due"], Value::Null);
    town.pc.ask("residents", json!({ "offset": 0, "limit": 1 })).unwrap();
}

#[test]
fn a_forged_message_meets_the_same_gate() {
    let town = Town::full();
    town.pc.sign_in("zhang").unwrap();
    let app = town.pc.app();
    // the other kind, another spelling, another shape: none of them is a way in
    for command in list() {
        let other = if command.kind == Kind::Ask { Kind::Act } else { Kind::Ask };
        for (kind, name) in [
            (other, command.name.to_owned()),
            (command.kind, command.name.to_uppercase()),
            (command.kind, format!("{} ", command.name)),
            (command.kind, format!("{}\0", command.name)),
        ] {
            assert_eq!(app.call(kind, &name, json!({})).unwrap_err().code, FaultCode::BadRequest, "{name}");
        }
        for request in [json!([]), json!("x"), json!(7), json!({ "duties": ["administrator"], "as_user": OFFICE })] {
            let fault = app.call(command.kind, command.name, request).unwrap_err();
            assert_eq!(fault.code, FaultCode::BadRequest, "{}: {}", command.name, fault.message);
        }
    }
    // who says that they are somebody else is still who signed in
    assert_eq!(town.pc.act("add_user", json!({})).unwrap_err().code, FaultCode::BadRequest);
    let own = json!({
        "user": "x", "duties": ["administrator"], "villages": [], "former_duties": [], "former_villages": [],
    });
    assert_eq!(town.pc.act("set_duties", own).unwrap_err().code, FaultCode::Forbidden);
}
