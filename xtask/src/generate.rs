//! What is generated from the command list and checked in: the TypeScript of the screens, the JSON Schema, the matrix of
//! permissions.

use std::fs;
use std::path::PathBuf;

use anyhow::bail;

use crate::cargo::{Profile, build, built};
use crate::process::{output, root};

/// File and the words that make zhenxinctl print it.
const GENERATED: [(&str, &[&str]); 3] = [
    ("ui/src/backend/contract.ts", &["contract", "--typescript"]),
    ("docs/contract.schema.json", &["contract"]),
    ("docs/PERMISSIONS.md", &["contract", "--permissions"]),
];

/// Writes the files that differ.
pub fn write() -> anyhow::Result<()> {
    for (file, text) in stale()? {
        fs::write(root().join(file), text)?;
        println!("{file} written");
    }
    Ok(())
}

/// Fails when a file differs.
pub fn check() -> anyhow::Result<()> {
    let stale: Vec<&str> = stale()?.into_iter().map(|(file, _)| file).collect();
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo xtask gen` and commit the result", stale.join(", "));
    }
    Ok(())
}

fn stale() -> anyhow::Result<Vec<(&'static str, String)>> {
    build(Profile::Debug, &["zhenxinctl"])?;
    let mut stale = Vec::new();
    for (file, words) in GENERATED {
        let text = output(built(Profile::Debug, "zhenxinctl")?.args(words))?;
        let path: PathBuf = root().join(file);
        // git may have given the file the line ends of this system
        if fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n") != text {
            stale.push((file, text));
        }
    }
    Ok(stale)
}
