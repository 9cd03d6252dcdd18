#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_version_outside_of_all_sound_ranges_is_affected() {
    let affected = |version: &str, sound: &str| !is_sound(&version.parse().unwrap(), sound).unwrap();
    assert!(affected("1.2.3", ">=1.2.4"));
    assert!(!affected("1.2.4", ">=1.2.4"));
    assert!(!affected("0.9.0", ">=1.2.4 | <1.0.0"));
    assert!(!affected("1.1.7", ">=1.1.5,<1.2.0 | >=1.2.4"));
    assert!(affected("1.2.0", ">=1.1.5,<1.2.0 | >=1.2.4"));
    assert!(affected("7.0.0", ""), "no range: nothing of it is sound");
}

#[test]
fn a_lock_file_is_read_whole() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0-beta.2\"\n";
    let found: Vec<String> = crates(lock).unwrap().iter().map(|(name, version)| format!("{name} {version}")).collect();
    assert_eq!(found, ["a 1.0.0", "b 0.1.0-beta.2"]);
}

#[test]
fn a_lock_file_of_npm_names_nested_packages_too() {
    let lock = br#"{"packages": {"": {"version": "0.1.0"}, "node_modules/a": {"version": "1.0.0"},
        "node_modules/a/node_modules/@s/b": {"version": "2.0.0-rc.1"}}}"#;
    let found = locked_packages(lock).unwrap();
    let found: Vec<String> = found.iter().map(|(name, version)| format!("{name} {version}")).collect();
    assert_eq!(found, ["@s/b 2.0.0-rc.1", "a 1.0.0"]);
}
