//! The house's limits on files and names.

use std::fs;
use std::path::{Path, PathBuf};

/// More than this nobody reads at one sitting.
const FILE_LIMIT_LINES: usize = 600;
const SOURCES: &[&str] = &["rs", "ts", "vue", "mjs", "css", "sql"];
/// Made by programs.
const NOT_OURS: &[&str] = &["target", "node_modules", "dist", "gen", "out"];
const GENERATED: &[&str] = &["ui/src/backend/contract.ts"];
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "service", "util", "utils"];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(super::root(), &mut found);
    assert!(found.len() > 100, "the walk has lost its way: {} files", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|ending| SOURCES.iter().any(|source| ending == *source)) {
            found.push(path);
        }
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(super::root()).unwrap().to_string_lossy().replace('\\', "/")
}

fn all_fit(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let lines = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    let long = sources().into_iter().map(|path| (shown(&path), lines(&path)));
    let long = long.filter(|(name, lines)| *lines > FILE_LIMIT_LINES && !GENERATED.contains(&name.as_str()));
    all_fit(long.map(|(name, lines)| format!("{name}: {lines} lines")).collect());
}

#[test]
fn every_file_has_a_name_that_says_something() {
    let empty = sources().into_iter().filter(|path| {
        let stem = path.file_stem().unwrap().to_string_lossy().to_lowercase();
        stem == "mod" || EMPTY_NAMES.contains(&stem.as_str())
    });
    all_fit(empty.map(|path| shown(&path)).collect());
}

#[test]
fn no_type_is_a_manager() {
    const ENDINGS: &[&str] = &["Manager", "Service", "Helper", "Util", "Utils"];
    let mut faults = Vec::new();
    for path in sources().into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let mut words = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ").split(' ');
            let declares = matches!(words.next(), Some("struct" | "enum" | "trait" | "type"));
            let name = words.next().unwrap_or_default();
            let name = name.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
            if declares && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                faults.push(format!("{}: {name}", shown(&path)));
            }
        }
    }
    all_fit(faults);
}

#[test]
fn every_crate_says_what_it_is_for() {
    let roots = sources().into_iter().filter(|path| {
        let name = shown(path);
        let is_crate = name.starts_with("crates/") || name.starts_with("src-tauri/") || name.starts_with("xtask/");
        is_crate && (name.ends_with("/src/lib.rs") || name.ends_with("/src/main.rs"))
    });
    let silent = roots.filter(|path| !fs::read_to_string(path).unwrap().starts_with("//!"));
    all_fit(silent.map(|path| shown(&path)).collect());
}

/// The lints forbid unsafe code, `unwrap` and printing; a crate that does not take them over has none of that.
#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let crates = fs::read_dir(super::root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let manifests = crates.chain([super::root().to_owned(), super::root().join("xtask")]);
    let manifests = manifests.map(|folder| folder.join("Cargo.toml")).filter(|manifest| manifest.exists());
    let without = manifests.filter(|manifest| {
        let text = fs::read_to_string(manifest).unwrap().replace("\r\n", "\n");
        !text.contains("\n[lints]\nworkspace = true\n")
    });
    all_fit(without.map(|manifest| shown(&manifest)).collect());
}

#[test]
fn nothing_is_left_for_later() {
    // in pieces, so that this file does not find itself
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"]].map(|parts| parts.concat());
    let mut faults = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                faults.push(format!("{}:{}", shown(&path), number + 1));
            }
        }
    }
    all_fit(faults);
}

/// A test's name in docs/SECURITY.md: words joined by underscores, between backticks.
fn is_test_name(word: &str) -> bool {
    word.matches('_').count() >= 3 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn every_test_that_security_md_names_exists() {
    let page = fs::read_to_string(super::root().join("docs/SECURITY.md")).unwrap();
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|word| is_test_name(word)).collect();
    assert!(named.len() > 60, "only {} tests are named", named.len());
    let tests: Vec<String> = sources()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let missing = named.into_iter().filter(|name| !tests.iter().any(|text| text.contains(&format!("fn {name}("))));
    all_fit(missing.map(|name| format!("docs/SECURITY.md names {name}, which is no test")).collect());
}
