//! A second implementation of the protocol, in Python and from docs/PROTOCOL.md alone, against a real district and a
//! real PC: each reads what the other wrote, and both end with the same history.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use zhenxin_district::{Config, District};
use zhenxin_domain::ids::ResidentId;
use zhenxin_sync::bundle_import;
use zhenxin_testkit::desk::{Desk, VILLAGE};
use zhenxin_testkit::district::code;
use zhenxin_testkit::pc::TOWN;

use super::root;

/// The interpreter for which the packages of `cargo xtask setup` are installed.
fn python() -> PathBuf {
    let of_debian = Path::new("/usr/bin/python3");
    match std::env::var_os("ZHENXIN_PYTHON") {
        Some(chosen) => chosen.into(),
        None if of_debian.exists() => of_debian.into(),
        None => "python3".into(),
    }
}

/// What the script prints.
fn run(words: &[&str]) -> Value {
    let mut command = Command::new(python());
    // no compiled files beside the sources
    command.arg("-B").arg(root().join("tests/python/client.py")).args(words);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo xtask setup installs what the script needs: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

struct Bench {
    district: District,
    dir: TempDir,
    desk: Desk,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let district = District::start(&Config::local(dir.path())).unwrap();
        let desk = Desk::found("综合办 1 号机").unwrap();
        let ca_pem = fs::read_to_string(district.ca_pem().unwrap()).unwrap();
        desk.enrol(&district.url(), &code(dir.path(), TOWN, &[]).unwrap(), &ca_pem).unwrap();
        Self { district, dir, desk }
    }

    fn sync(&self) {
        let report = self.desk.sync().unwrap();
        assert!(report.complete(), "{report:?}");
    }

    fn client(&self, command: &str, more: &[&str]) -> Value {
        let (url, state) = (self.district.url(), self.dir.path().join("second-client.json"));
        let ca = self.district.ca_pem().unwrap();
        let place = ["--url", &url, "--ca", ca.to_str().unwrap(), "--state", state.to_str().unwrap()];
        let known = [place.as_slice(), &["--town", TOWN, "--village", VILLAGE]].concat();
        run(&[&[command], known.as_slice(), more].concat())
    }

    /// The stored bytes of every op of a scope, in hexadecimal.
    fn ops(&self, scope: &str) -> Vec<String> {
        let scope = scope.parse().unwrap();
        let bytes = (1..).map_while(|place| self.desk.store.op_bytes_at(scope, place).unwrap());
        bytes.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()).collect()
    }

    /// Size and root of each scope, as the script prints them.
    fn heads(&self) -> Value {
        let heads = self.desk.store.heads().unwrap();
        heads.iter().map(|head| (head.scope.to_string(), json!([head.size, head.root.to_string()]))).collect()
    }

    fn resident(&self, id: &str) -> (Option<String>, Option<String>) {
        let id: ResidentId = uuid_text(id).parse().unwrap();
        let row = self.desk.store.read(|r| r.resident(id)).unwrap().unwrap();
        (row.name, row.phone)
    }
}

/// Hexadecimal with the hyphens of a UUID.
fn uuid_text(hex: &str) -> String {
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn hex(id: ResidentId) -> String {
    id.to_string().replace('-', "")
}

#[test]
fn two_implementations_of_the_text_hold_the_same_town() {
    let bench = Bench::new();
    let residents = bench.desk.residents(2).unwrap();
    bench.sync();
    let code = code(bench.dir.path(), TOWN, &[]).unwrap();
    let joined = bench.client("join", &["--code", &code]);
    // accepted once, and known when it is sent again
    assert_eq!(joined["pushed"], json!([[0, 0, 0, 0], [1, 1, 1, 1]]));
    // the PC takes its key and its ops, and hands its own keys over
    bench.sync();
    let here = [bench.ops(TOWN), bench.ops(VILLAGE)].concat();
    for op in joined["ops"].as_array().unwrap() {
        assert!(here.iter().any(|bytes| bytes == op), "an op of another kind or with keys of the future changed");
    }
    let theirs = joined["resident"].as_str().unwrap();
    let read_here = bench.resident(theirs);
    assert_eq!(read_here, (Some("王碶头".to_owned()), Some("13800138000".to_owned())));
    // the script reads the PC's residents, and its history is the PC's
    let heads = bench.heads();
    let read = bench.client("read", &["--resident", &hex(residents[1])]);
    assert_eq!(read["heads"], heads);
    for (number, resident) in residents.iter().enumerate() {
        let wanted = json!({"name": format!("碶居民{number}"), "phone": format!("138{number:08}")});
        assert_eq!(read["residents"][hex(*resident)], wanted);
    }
    // one change; another at the same place is a fork, also when it is sent again; then it is taken in another epoch
    assert_eq!(read["pushed"], json!([[0], [1], [5], [5], [0], [1]]));
    assert_eq!(read["rights"], json!([true, false]));
    assert!(read["chain_heads"].as_u64().unwrap() >= 2, "{}", read["chain_heads"]);
    assert_eq!(read["blob"]["states"], json!([[524_288, false], [700_016, true], [700_016, true]]));
    assert_eq!((&read["blob"]["done"], &read["blob"]["equal"]), (&json!(true), &json!(true)));
    let refused = json!({
        "version": "version", "shape": "bad_frame", "blob": "blob_unknown", "scope": "scope_denied",
        "signature": "bad_signature",
    });
    assert_eq!(read["refused"], refused);
    // what the script changed arrives; a second reading proves that history went on from where it was
    bench.sync();
    let changed = bench.desk.store.read(|r| r.resident(residents[1])).unwrap().unwrap();
    assert_eq!((changed.phone.as_deref(), changed.relation.as_deref()), (Some("13900139000"), Some("本人")));
    bench.desk.changes(&residents, 5).unwrap();
    bench.sync();
    let heads = bench.heads();
    let read = bench.client("read", &["--resident", &hex(residents[0])]);
    assert_eq!((&read["heads"], &read["proven"]), (&heads, &json!(2)));
    // what it says in a bundle is read by the PC, which hands it on
    let file = bench.dir.path().join("second-client.zxb");
    let told = bench.client("bundle", &["--file", file.to_str().unwrap()]);
    let taken = bundle_import(&bench.desk.store, &bench.desk.ports, &file, &mut |_| true).unwrap();
    assert!(taken.complete);
    assert_eq!((taken.carried_ops, taken.keys, taken.set_aside), (1, 1, 0));
    assert_eq!(bench.resident(told["resident"].as_str().unwrap()).0, Some("周监碶".to_owned()));
    bench.sync();
    let read = bench.client("read", &["--resident", &hex(residents[0])]);
    assert_eq!(read["residents"][told["resident"].as_str().unwrap()]["name"], "周监碶");
    bench.sync();
    let verified = bench.desk.store.verify(None).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
}

#[test]
fn the_test_vectors_come_out_the_same_elsewhere() {
    let vectors = root().join("tests/fixtures/protocol/vectors.json");
    let counted = run(&["vectors", vectors.to_str().unwrap()]);
    assert_eq!(counted["wrong"], 0);
    assert!(counted["right"].as_u64().unwrap() > 50, "{counted}");
}
