//! Where the fixtures lie.

use std::path::PathBuf;

/// A file under tests/fixtures.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// The roster as village offices really send it.
pub fn roster() -> PathBuf {
    path("residents-330211101-jiulonghu.xlsx")
}

/// The catalogue with 20 rules and 12 counter-examples.
pub fn rules() -> PathBuf {
    path("points-rules.xlsx")
}

/// A file under assets.
pub fn asset(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(name)
}
