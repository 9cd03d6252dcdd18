//! A PC that dies at any moment, and a disk that fills up: no acknowledged act is lost, the file always opens.
//!
//! The clerk is a process of its own that says each operation's id after its commit. It is killed with kill -9 while it
//! records and backs up. "Disk full" is a limit on the length of files that the shell sets before it starts the process
//! (RLIMIT_FSIZE): it needs no root, so it runs on every machine, and to SQLite a write that the system refuses is a
//! write that the system refuses. Read errors are pages that changed or are missing (see the store's own tests): what a
//! disk really gives back for them cannot be had without a device of one's own.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use zhenxin_domain::ids::OpId;
use zhenxin_store::{BackupPlace, Ports, Store};
use zhenxin_testkit::sim::chance::{Chance, SeededIds};
use zhenxin_testkit::sim::clock::{TrueTime, WrongClock};
use zhenxin_testkit::sim::template::open;

use crate::faults_stage::templates;

const CLIENT: &str = env!("CARGO_BIN_EXE_it-client");
/// As many as the issue asks for, spread over towns so that each stays small and quick to verify.
const TOWNS: u64 = 8;
const KILLS_A_TOWN: u64 = 25;
/// Longest life of a clerk before the kill, in ms.
const LIFE_MAX_MS: u64 = 120;

fn ports(seed: u64) -> Ports {
    let ids = std::sync::Arc::new(SeededIds::new(Chance::of(seed)));
    Ports { clock: std::sync::Arc::new(WrongClock::new(TrueTime::begin())), ids }
}

fn ids_of(out: ChildStdout) -> Vec<OpId> {
    // a line that the kill has cut is no acknowledgement
    let lines = BufReader::new(out).split(b'\n').map_while(Result::ok);
    lines.filter_map(|line| std::str::from_utf8(&line).ok()?.parse().ok()).collect()
}

fn clerk(folder: &Path, seed: u64) -> Child {
    let mut command = Command::new(CLIENT);
    command.arg(folder).arg(seed.to_string()).arg("--back-up-every").arg("7");
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Every operation that is in the file, and that nothing is wrong with it.
fn sound(folder: &Path, seed: u64) -> (Store, BTreeSet<OpId>) {
    let store = open(folder, &ports(seed)).unwrap();
    let report = store.verify(None).unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    let total = u32::try_from(store.read(|reader| reader.op_counts()).unwrap().total).unwrap();
    let held = store.read(|reader| reader.recent_ops(total, 0)).unwrap().into_iter().map(|row| row.id).collect();
    (store, held)
}

#[test]
fn two_hundred_kills_lose_no_acknowledged_act() {
    let (mut kills, mut said, mut busy) = (0, 0, 0);
    for town in 0..TOWNS {
        let folder = TempDir::new().unwrap();
        templates().lay_out(0, folder.path()).unwrap();
        let mut chance = Chance::of(0x006B_6120 + town);
        let mut acknowledged = BTreeSet::new();
        for kill in 0..KILLS_A_TOWN {
            let seed = town * 1_000 + kill + 1;
            let mut child = clerk(folder.path(), seed);
            let out = child.stdout.take().unwrap();
            let reading = thread::spawn(move || ids_of(out));
            thread::sleep(Duration::from_millis(chance.below(LIFE_MAX_MS)));
            child.kill().unwrap();
            child.wait().unwrap();
            let before = acknowledged.len();
            acknowledged.extend(reading.join().unwrap());
            busy += u64::from(acknowledged.len() > before);
            kills += 1;
            let (_, held) = sound(folder.path(), seed);
            let lost: Vec<_> = acknowledged.difference(&held).collect();
            assert!(lost.is_empty(), "town {town}, kill {kill}: {lost:?} of {} are lost", acknowledged.len());
        }
        said += acknowledged.len();
        // and whatever was killed in the middle of a backup is none
        let (store, _) = sound(folder.path(), 900 + town);
        for line in store.backup_lines(BackupPlace::Here).unwrap() {
            assert!(line.manifest.is_some(), "{} cannot be read", line.backup.file);
        }
    }
    assert_eq!(kills, 200);
    assert!(busy > 60, "only {busy} of the kills met a clerk at work ({said} acts)");
}

/// Bytes that the shell lets a file grow to beyond what it is, step by step.
const ROOM_BYTES: [u64; 6] = [0, 8_192, 40_960, 131_072, 262_144, 524_288];
/// What `ulimit -f` counts in.
const BLOCK_BYTES: u64 = 512;

/// The clerk on a disk with so much room; it ends by itself when a write is refused.
#[cfg(unix)]
fn clerk_with_room(folder: &Path, seed: u64, bytes: u64) -> (Vec<OpId>, bool) {
    let blocks = bytes.div_ceil(BLOCK_BYTES);
    // the signal that would end the process is ignored, so that the write itself fails, as on a full disk
    let script =
        format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$1\" \"$2\" --back-up-every 9 --acts-max 400");
    let mut child = Command::new("sh")
        .args(["-c", &script, CLIENT])
        .arg(folder)
        .arg(seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = ids_of(child.stdout.take().unwrap());
    (said, child.wait().unwrap().success())
}

#[cfg(unix)]
#[test]
fn a_full_disk_loses_no_acknowledged_act_and_leaves_a_sound_file() {
    let folder = TempDir::new().unwrap();
    templates().lay_out(0, folder.path()).unwrap();
    let mut acknowledged = BTreeSet::new();
    let mut refused = 0;
    for (turn, room) in ROOM_BYTES.into_iter().enumerate() {
        let length = std::fs::metadata(folder.path().join("town.db")).unwrap().len();
        let seed = 5_000 + turn as u64;
        let (said, finished) = clerk_with_room(folder.path(), seed, length + room);
        refused += u64::from(!finished);
        acknowledged.extend(said);
        let (_, held) = sound(folder.path(), seed);
        assert!(acknowledged.is_subset(&held), "with room for {room} bytes acts were lost");
    }
    assert!(refused >= 3, "the disk was full only {refused} times");
    assert!(!acknowledged.is_empty());
    // with room again, work goes on
    let mut child = clerk(folder.path(), 6_000);
    let out = child.stdout.take().unwrap();
    let reading = thread::spawn(move || ids_of(out));
    thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    acknowledged.extend(reading.join().unwrap());
    assert!(acknowledged.is_subset(&sound(folder.path(), 6_001).1));
}
