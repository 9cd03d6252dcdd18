//! The administrator's commands, as programs beside a running district.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use zhenxin_district::running::LISTENING_FILE;

const TOWN: &str = "330211101";

fn run(words: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zhenxin-district"))
        .arg(words[0])
        .arg("--data")
        .arg(data)
        .args(&words[1..])
        .env("RUST_LOG", "error")
        .env_remove("ZHENXIN_DISTRICT_STORE")
        .output()
        .unwrap()
}

fn done(words: &[&str], data: &Path) -> String {
    let output = run(words, data);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(words: &[&str], data: &Path) -> String {
    let output = run(words, data);
    assert!(!output.status.success(), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn serve(data: &Path) -> Running {
    let child = Command::new(env!("CARGO_BIN_EXE_zhenxin-district"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    for _try in 0..1_200 {
        if std::fs::read_to_string(data.join(LISTENING_FILE)).is_ok_and(|text| text.ends_with('\n')) {
            return running;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the district does not listen");
}

#[test]
fn a_backup_is_made_beside_the_server_and_restored_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file) = (dir.path().join("data"), dir.path().join("backup.zxd"));
    let name = file.to_str().unwrap();
    let running = serve(&data);
    done(&["enrol", "--town", TOWN], &data);
    assert!(done(&["verify"], &data).contains("全部完好"));
    assert!(done(&["backup", name], &data).contains("已备份"));
    done(&["enrol", "--town", "330211102"], &data);
    assert!(refused(&["restore", name, "--replace"], &data).contains("正在运行"));
    drop(running);
    assert!(refused(&["restore", name], &data).contains("--replace"));
    let towns = |data: &Path| done(&["towns", "--json"], data);
    assert!(towns(&data).contains("330211102"));
    assert!(done(&["restore", name, "--replace"], &data).contains("按原来的库保留"));
    assert!(towns(&data).contains(TOWN) && towns(&data).contains("330211102"), "its code may be in somebody's hands");
    let elsewhere = dir.path().join("elsewhere");
    assert!(done(&["restore", name], &elsewhere).contains("接入码全部作废"));
    assert!(towns(&elsewhere).contains(TOWN) && !towns(&elsewhere).contains("330211102"));
    assert!(done(&["verify", "--mend"], &elsewhere).contains("全部完好"));
    std::fs::write(&file, b"ZXDISTRICT1\n").unwrap();
    assert!(refused(&["restore", name, "--replace"], &data).contains("没有恢复任何数据"));
    assert!(refused(&["bundle-in", name], &data).contains("数据包"));
    assert!(refused(&["towns", "--store", "mysql://x/y"], &data).contains("postgres://"));
}
