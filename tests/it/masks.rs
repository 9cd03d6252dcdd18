//! No reply to an ask holds a whole ID number, telephone or address, whoever asks and whatever is asked about.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use serde_json::{Value, json};
use zhenxin_app::Kind;
use zhenxin_testkit::demo;
use zhenxin_testkit::pc::Pc;

use crate::requests::{Access, Command, Filling, commands};
use crate::secrecy::Secrets;

/// Records of one kind that are asked about.
const EACH_MAX: usize = 4;
/// Each record once, and twice more for those that the first replies named.
const ROUNDS: usize = EACH_MAX + 2;

/// Ids that replies named, by the field in which a request takes them.
#[derive(Default)]
struct Known(BTreeMap<String, BTreeSet<String>>);

impl Known {
    fn learn(&mut self, field: &str, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.learn(name, value)),
            Value::Array(items) => items.iter().for_each(|item| self.learn(field, item)),
            Value::String(text) if uuid::Uuid::parse_str(text).is_ok() || field == "issue" => {
                // a line of the roster calls its resident `id`
                let field = if field == "id" { "resident" } else { field };
                let ids = self.0.entry(field.to_owned()).or_default();
                if ids.len() < EACH_MAX {
                    ids.insert(text.clone());
                }
            }
            _ => {}
        }
    }

    /// The `at`-th of what a field takes.
    fn value(&self, field: &str, at: usize) -> String {
        let singular = field.trim_end_matches('s');
        let ids = self.0.get(field).or_else(|| self.0.get(singular));
        ids.and_then(|ids| ids.iter().nth(at % ids.len())).cloned().unwrap_or_else(|| "单".to_owned())
    }
}

/// Windows as wide as they may be, from the beginning; in turn what is open and what is settled.
fn widen(request: &mut Value, today: &str, round: usize) {
    let Some(fields) = request.as_object_mut() else { return };
    let limit = if fields.contains_key("settled") { 200 } else { 500 };
    let year: u32 = today[..4].parse().unwrap();
    for (name, value) in [
        ("offset", json!(0)),
        ("limit", json!(limit)),
        ("year", json!(year)),
        ("month", json!(today[..7])),
        ("settled", json!(round % 2 == 1)),
    ] {
        if fields.contains_key(name) {
            fields.insert(name.to_owned(), value);
        }
    }
}

fn may(command: &Command, duties: &[String]) -> bool {
    match &command.access {
        Access::Open | Access::Any => true,
        Access::Duties(needed) => needed.iter().any(|duty| duties.contains(duty)),
    }
}

#[test]
fn no_reply_of_the_demonstration_holds_a_whole_number_or_address() {
    let folder = tempfile::tempdir().unwrap();
    demo::build(folder.path(), &mut |_| {}).unwrap();
    let finder = AhoCorasick::new(Secrets::masked_of_the_roster()).unwrap();
    let pc = Pc::open(folder.path().join("office"), zhenxin_app::SystemClock).unwrap();
    let mut known = Known::default();
    let mut answered = BTreeSet::new();
    for user in ["wang", "zhang", "li", "sun", "zhao"] {
        pc.sign_in(user).unwrap();
        let state = pc.ask("app_state", Value::Null).unwrap();
        let duties: Vec<String> = serde_json::from_value(state["user"]["duties"].clone()).unwrap();
        for round in 0..ROUNDS {
            for command in commands().iter().filter(|command| command.kind == Kind::Ask && may(command, &duties)) {
                let text = |field: &str| known.value(field, round);
                let mut request = command.request(&Filling { text: &text, number: 1, whole: false });
                widen(&mut request, state["today"].as_str().unwrap(), round);
                let Ok(mut reply) = command.call(&pc, request) else { continue };
                // a file is made for whom it is about, or for the office's own desk
                if let Some(fields) = reply.as_object_mut() {
                    fields.remove("content");
                }
                let told = reply.to_string();
                let found = finder.find(&told).map(|found| &told[found.range()]);
                assert_eq!(found, None, "{} tells {user}", command.name);
                known.learn("", &reply);
                answered.insert(command.name.clone());
            }
        }
    }
    let silent: Vec<String> = commands()
        .iter()
        .filter(|command| command.kind == Kind::Ask && !answered.contains(&command.name))
        .map(|command| command.name.clone())
        .collect();
    assert!(answered.len() > 40, "only {answered:?} answered");
    // what nobody in the demonstration has begun, or what takes a file
    let idle = [
        "import_job",
        "import_errors",
        "bundle_piece",
        "bundle_job",
        "handover_package",
        "read_sign_in_file",
        "look_for_backups",
        "restore_check",
        "evidence",
        "issue",
    ];
    let unasked: Vec<&String> = silent.iter().filter(|name| !idle.contains(&name.as_str())).collect();
    assert!(unasked.len() <= 3, "never answered: {unasked:?}");

    // the finder finds what is there to be found
    pc.sign_in("wang").unwrap();
    let resident = known.value("resident", 0);
    let request = json!({
        "resident": resident, "fields": ["id_number", "address"], "purpose": "check_record", "reason": "核对登记",
        "again": false,
    });
    assert!(finder.find(&pc.act("reveal", request).unwrap().to_string()).is_some());
}
