//! `cargo xtask run`: the demonstration town, ready to look at.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::cargo::{Profile, build, built, target};
use crate::machine::{Purpose, prepare};
use crate::process::{Running, complete, is_there, root};
use crate::screens;

/// Written by the program `demo` at the end of its work: where everything lies and who can sign in.
const DEMO_FILE: &str = "demo.json";

/// What the demonstration consists of.
struct Demo {
    /// Folder of the first PC.
    town: PathBuf,
    /// Folder of the district's store.
    district: PathBuf,
    /// Address that both PCs were enrolled at.
    listen: String,
    /// Who can sign in, in words.
    sign_in: String,
}

/// Runs the demonstration.
pub fn run(options: &[&str]) -> anyhow::Result<()> {
    if let Some(unknown) = options.iter().find(|option| !["--headless", "--fresh"].contains(option)) {
        bail!("`run` does not know {unknown}");
    }
    prepare(Purpose::Run)?;
    if options.contains(&"--headless") {
        build(Profile::Debug, &["demo"])?;
        return complete(without_keyring(&mut built(Profile::Debug, "demo")?).arg("--headless"));
    }
    screens::build()?;
    build(Profile::Debug, &["demo", "zhenxin-district", "zhenxinctl", "zhenxin", "zhenxin-devhost"])?;
    let demo = demo(options.contains(&"--fresh"))?;
    let district = Running::start(
        built(Profile::Debug, "zhenxin-district")?
            .args(["serve", "--listen", &demo.listen, "--data"])
            .arg(&demo.district)
            .stdout(Stdio::null()),
    )?;
    println!("District platform: https://{} (ends with the window)", demo.listen);
    println!("Sign in: {}", demo.sign_in);
    let shown = if has_display() { window(&demo.town) } else { browser(&demo.town) };
    drop(district);
    shown
}

/// Makes target/demo where it is missing (or anew when asked for).
fn demo(fresh: bool) -> anyhow::Result<Demo> {
    let folder = target()?.join("demo");
    let file = folder.join(DEMO_FILE);
    if fresh || !file.exists() {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        complete(without_keyring(&mut built(Profile::Debug, "demo")?).arg("--data").arg(&folder))?;
    }
    let told: Value = serde_json::from_slice(&fs::read(&file).context("the demonstration is not complete")?)?;
    let word =
        |name: &str| told[name].as_str().map(str::to_owned).with_context(|| format!("{DEMO_FILE} does not say {name}"));
    Ok(Demo {
        town: folder.join(word("town")?),
        district: folder.join(word("district")?),
        listen: word("listen")?,
        sign_in: word("sign_in")?,
    })
}

/// The demonstration's password opens it on any machine, whatever keyring that has.
fn without_keyring(command: &mut Command) -> &mut Command {
    command.env("ZHENXIN_KEYRING", "off")
}

fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(windows) || cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn window(town: &Path) -> anyhow::Result<()> {
    println!("The window opens; close it to end.");
    complete(without_keyring(&mut built(Profile::Debug, "zhenxin")?).env("ZHENXIN_DATA", town))
}

fn browser(town: &Path) -> anyhow::Result<()> {
    let mut host = Running::start(
        without_keyring(&mut built(Profile::Debug, "zhenxin-devhost")?)
            .arg("--data")
            .arg(town)
            .arg("--ui")
            .arg(root().join("ui/dist"))
            .stdout(Stdio::piped()),
    )?;
    let out = host.child().stdout.take().context("the host has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let told: Value = serde_json::from_str(&line).context("the host did not start")?;
    let address = told["open"].as_str().context("the host did not tell its address")?;
    println!("No display here: open this address in a browser on this machine (Ctrl+C ends):\n  {address}");
    if is_there("xdg-open") {
        // no browser is no failure: the address stands above
        let _ = Command::new("xdg-open").arg(address).stderr(Stdio::null()).status();
    }
    let status = host.child().wait()?;
    if !status.success() {
        bail!("the host ended ({status})");
    }
    Ok(())
}
