//! Hands Tauri its configuration; the paths differ from its defaults because this package's root is the workspace.
//!
//! The screens are embedded from ui/dist. So that `cargo check` and `cargo test` work on a fresh clone before npm has
//! run, a debug build without ui/dist embeds one page instead that says what to do; a release build refuses.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const NOTICE: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>镇信</title>\
<h1>界面还没有生成</h1><p>请先运行 cargo xtask run，它会生成界面并重新打开本窗口。</p></html>";

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=tauri.conf.json");
    if let Err(error) = notice_instead_of_screens() {
        println!("cargo:error={error}");
        std::process::exit(1);
    }
    let attributes = tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:error={error:#}");
        std::process::exit(1);
    }
}

fn notice_instead_of_screens() -> io::Result<()> {
    if Path::new("ui/dist/index.html").exists() {
        println!("cargo:rerun-if-changed=ui/dist");
        return Ok(());
    }
    // a path that does not exist yet makes cargo look again at the next build
    println!("cargo:rerun-if-changed=ui/dist/index.html");
    if env::var("PROFILE").as_deref() == Ok("release") {
        return Err(io::Error::other("ui/dist is missing: run `npm ci && npm run build` in ui/ first"));
    }
    println!(
        "cargo:warning=ui/dist is missing: the window will only show a notice (cargo xtask run builds the screens)"
    );
    let folder =
        PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?).join("notice");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("index.html"), NOTICE)?;
    // generate_context! reads this variable and lays it over tauri.conf.json
    let folder = folder.display().to_string().replace('\\', "/");
    println!("cargo:rustc-env=TAURI_CONFIG={{\"build\":{{\"frontendDist\":\"{folder}\"}}}}");
    Ok(())
}
