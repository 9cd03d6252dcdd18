//! What the machine must have: Debian packages for the window and the tests, Node for the screens.

use std::process::Command;

use anyhow::{Context, bail};

use crate::process::{complete, is_there, output};

/// What the machine is prepared for.
#[derive(Clone, Copy, PartialEq)]
pub enum Purpose {
    /// To build and show the program.
    Run,
    /// Also a virtual display, a browser and tools that read papers.
    Test,
}

const TO_BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    // the screens ask the system for a Chinese font
    "fonts-noto-cjk",
];
const TO_TEST: &[&str] = &[
    "xvfb",
    "xauth",
    "dbus-x11",
    "webkit2gtk-driver",
    "chromium",
    "poppler-utils",
    "sqlite3",
    // the second client of the protocol
    "python3",
    "python3-cbor2",
    "python3-nacl",
    "python3-zstandard",
];

/// Vite and Playwright need it.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Installs what is missing, or says what is.
pub fn prepare(purpose: Purpose) -> anyhow::Result<()> {
    if cfg!(target_os = "linux") {
        prepare_linux(purpose)?;
    } else if cfg!(windows) {
        println!(
            "Windows: needs the MSVC build tools and, to show the window, the WebView2 runtime (part of Windows 11)."
        );
    }
    check_node()
}

fn prepare_linux(purpose: Purpose) -> anyhow::Result<()> {
    let mut wanted = TO_BUILD.to_vec();
    if purpose == Purpose::Test {
        wanted.extend(TO_TEST);
    }
    if !is_there("npm") {
        wanted.extend(["nodejs", "npm"]);
    }
    if !is_there("dpkg-query") || !is_there("apt-get") {
        println!("Not a Debian system: please see to these packages or their like: {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Installing {}", missing.join(" "));
    apt(&["update"]).context("the list of Debian packages could not be fetched")?;
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(&missing);
    apt(&words).with_context(|| format!("please install by hand: apt-get install {}", missing.join(" ")))
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]).output();
    query.is_ok_and(|query| query.stdout == b"installed")
}

fn apt(words: &[&str]) -> anyhow::Result<()> {
    let is_root = output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut apt = if is_root {
        Command::new("apt-get")
    } else if is_there("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        sudo
    } else {
        bail!("neither root nor sudo");
    };
    complete(apt.args(words).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn check_node() -> anyhow::Result<()> {
    let (major, minor) = OLDEST_NODE;
    let version = output(Command::new("node").arg("--version"))
        .with_context(|| format!("the screens are built with Node {major}.{minor} or newer: please install it"))?;
    let mut parts = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let found = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if found < OLDEST_NODE {
        bail!("Node {} is too old for the screens' tools: {major}.{minor} or newer is needed", version.trim());
    }
    Ok(())
}
