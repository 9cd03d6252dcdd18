//! The program dies between an erasure and the writing anew of the pages: the next start makes it good.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use zhenxin_app::SystemClock;
use zhenxin_testkit::pc::Pc;

use crate::erasure_sweep::{Found, Keys, Needles, file_key, read_pc, search};
use crate::faults_stage::templates;

const CLIENT: &str = env!("CARGO_BIN_EXE_it-client");
const NAME: &str = "欧阳碶娜";
/// Who works in a prepared folder.
const SIGN_IN: &str = "admin";
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_millis(50);

fn said(child: &mut Child, word: &str) {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), word);
}

/// Where the name stands, with all keys that the folder holds.
fn found(folder: &Path) -> Found {
    let mut keys = Keys::default();
    let plains = read_pc("pc", folder, &file_key(folder), &mut keys);
    search(&plains, &keys, &Needles::new(&[NAME], &[], None))
}

#[test]
fn an_erasure_cut_off_by_a_kill_is_carried_out_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    templates().lay_out(0, folder.path()).unwrap();
    let mut command = Command::new(CLIENT);
    command.arg(folder.path()).arg("1").arg("--erase").arg(NAME);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    said(&mut child, "recorded");
    let places: Vec<String> = found(folder.path()).into_keys().collect();
    assert!(places.iter().any(|place| place.contains("town.db, pages")), "{places:?}");
    assert!(places.iter().any(|place| place.contains(".zxl, sealed")), "{places:?}");
    child.stdin.as_mut().unwrap().write_all(b"now\n").unwrap();
    said(&mut child, "erased");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!found(folder.path()).is_empty(), "nothing was left to do: nothing is tested");

    let pc = Pc::open(folder.path(), SystemClock).unwrap();
    // nothing more is done than that somebody signs in, as on every morning
    pc.sign_in(SIGN_IN).unwrap();
    let mut left = Found::new();
    for _try in 0..TRIES {
        left = found(folder.path());
        if left.is_empty() {
            break;
        }
        thread::sleep(PAUSE);
    }
    assert_eq!(left, Found::new());
    drop(pc);
}
