//! The arrows of the architecture, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Every package with all of the project's packages that it may know.
const ARROWS: &[(&str, &[&str])] = &[
    ("zhenxin-domain", &[]),
    ("zhenxin-protocol", &["domain"]),
    ("zhenxin-store", &["domain", "protocol"]),
    ("zhenxin-sync", &["domain", "protocol", "store"]),
    ("zhenxin-documents", &[]),
    ("zhenxin-app", &["documents", "domain", "protocol", "store", "sync"]),
    ("zhenxin-district", &["domain", "protocol"]),
    ("zhenxin-cli", &["app"]),
    ("zhenxin-devhost", &["app"]),
    ("zhenxin", &["app"]),
    ("zhenxin-testkit", &["app", "district", "documents", "domain", "protocol", "store", "sync"]),
    ("xtask", &[]),
];

/// Who may speak SQL: the client's store, the district's store, and the tests that look into both.
const SQL: &[&str] = &["zhenxin-district", "zhenxin-store", "zhenxin-testkit"];

/// Who may open a connection to the network, and the tests (the district's load test is one).
const HTTP_CLIENT: &[&str] = &["zhenxin-district", "zhenxin-sync", "zhenxin-testkit"];

/// What the pure crate must never know: input and output, other processes, the network, randomness.
const IMPURE: &[&str] = &["getrandom", "reqwest", "rusqlite", "tempfile", "tokio"];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(super::root());
    let output = metadata.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (name(package), package["dependencies"].as_array().unwrap().iter().map(name).collect()))
        .collect()
}

fn knowing(dependency: &str) -> Vec<String> {
    let packages = dependencies();
    packages.into_iter().filter(|(_, known)| known.contains(dependency)).map(|(package, _)| package).collect()
}

#[test]
fn every_package_knows_exactly_what_the_architecture_says() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(package, _)| *package).collect();
    let found: BTreeMap<String, BTreeSet<String>> = dependencies()
        .into_iter()
        .map(|(package, known)| (package, known.into_iter().filter(|name| ours.contains(name.as_str())).collect()))
        .collect();
    let expected: BTreeMap<String, BTreeSet<String>> = ARROWS
        .iter()
        .map(|(package, known)| (package.to_string(), known.iter().map(|name| format!("zhenxin-{name}")).collect()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn only_the_stores_speak_sql() {
    assert_eq!(knowing("rusqlite"), SQL);
}

#[test]
fn only_sync_opens_connections() {
    assert_eq!(knowing("reqwest"), HTTP_CLIENT);
}

#[test]
fn the_domain_is_pure() {
    let domain = &dependencies()["zhenxin-domain"];
    let impure: Vec<&&str> = IMPURE.iter().filter(|name| domain.contains(**name)).collect();
    assert!(impure.is_empty(), "{impure:?}");
}
