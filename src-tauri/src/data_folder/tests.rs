#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_second_window_is_told_that_one_is_open() {
    let path = std::env::temp_dir().join(format!("zhenxin-lock-{}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    let folder = DataFolder { path: path.clone() };
    let first = folder.lock().unwrap();
    assert_eq!(folder.lock().unwrap_err().code, FaultCode::Conflict);
    drop(first);
    assert!(folder.lock().is_ok());
    fs::remove_dir_all(path).unwrap();
}
