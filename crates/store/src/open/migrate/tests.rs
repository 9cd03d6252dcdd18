#![allow(clippy::unwrap_used)]
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use crate::backup::make::Maker;
use crate::pool::{Use, connect};
use crate::proving::{Desk, PASSWORD, ports};
use crate::{Store, StoreError, Unlock};

const SECOND: Migration = Migration {
    sql: "CREATE TABLE lantern (id INTEGER PRIMARY KEY) STRICT; ALTER TABLE resident ADD COLUMN lantern INTEGER;",
};
const BROKEN: Migration = Migration { sql: "CREATE TABLE lamp (id INTEGER) STRICT; CREATE TABLE lamp (id INTEGER);" };

fn has_table(conn: &Connection, name: &str) -> bool {
    conn.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1").unwrap().exists([name]).unwrap()
}

fn maker(desk: &Desk) -> Maker<'_> {
    Maker { dir: desk.dir.path(), key: &desk.store.inner.key, ports: &desk.ports }
}

#[test]
fn a_step_is_taken_once_and_after_a_backup() {
    let desk = Desk::new(41);
    let steps = [MIGRATIONS, &[SECOND]].concat();
    let mut conn = desk.store.writer();
    migrate(&mut conn, &steps, Some(&maker(&desk))).unwrap();
    assert_eq!(format_of(&conn).unwrap(), KNOWN + 1);
    assert!(has_table(&conn, "lantern"));
    let backups = Store::backups(desk.dir.path()).unwrap();
    assert_eq!(backups.len(), 1);
    // The backup opens with the same key and is of the former format.
    let path = desk.dir.path().join("backup").join(&backups[0].file);
    let (_, manifest) = crate::backup::open_log(&path, &desk.store.inner.key).unwrap();
    let ops: i64 = conn.query_row("SELECT count(*) FROM op", [], |row| row.get(0)).unwrap();
    assert_eq!((manifest.format, manifest.ops), (KNOWN, ops.unsigned_abs()));
    migrate(&mut conn, &steps, Some(&maker(&desk))).unwrap();
    assert_eq!(Store::backups(desk.dir.path()).unwrap().len(), 1);
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let desk = Desk::new(42);
    let mut conn = desk.store.writer();
    let steps = [MIGRATIONS, &[BROKEN]].concat();
    assert!(migrate(&mut conn, &steps, Some(&maker(&desk))).is_err());
    assert_eq!(format_of(&conn).unwrap(), KNOWN);
    assert!(!has_table(&conn, "lamp"));
}

/// A step whose statements leave something each.
const STATEMENTS: [&str; 4] = [
    "CREATE TABLE lantern (id INTEGER PRIMARY KEY) STRICT;",
    "INSERT INTO lantern SELECT no FROM op;",
    "ALTER TABLE resident ADD COLUMN lantern INTEGER;",
    "UPDATE resident SET lantern = 1;",
];

/// Everything that a step can change: the tables' definitions, and rows.
fn laid_down(conn: &Connection) -> (Vec<String>, u32, i64) {
    let mut statement = conn.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    let schema = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rows = conn.query_row("SELECT count(*) FROM resident", [], |row| row.get(0)).unwrap();
    (schema, format_of(conn).unwrap(), rows)
}

#[test]
fn fault_14_a_step_cut_after_any_statement_leaves_the_file_as_it_was() {
    let desk = Desk::new(46);
    desk.resident(0, "张三", "330211199001011234");
    let mut conn = desk.store.writer();
    let before = laid_down(&conn);
    for cut in 0..=STATEMENTS.len() {
        let sql = [&STATEMENTS[..cut], &["SELECT cut_off();"]].concat().concat();
        let broken = Migration { sql: Box::leak(sql.into_boxed_str()) };
        assert!(migrate(&mut conn, &[MIGRATIONS, &[broken]].concat(), None).is_err());
        assert_eq!(laid_down(&conn), before, "cut after {cut} statements");
    }
    let whole = Migration { sql: Box::leak(STATEMENTS.concat().into_boxed_str()) };
    migrate(&mut conn, &[MIGRATIONS, &[whole]].concat(), None).unwrap();
    assert_eq!(format_of(&conn).unwrap(), KNOWN + 1);
}

/// Whether the second program stands before the first one's lock, the format already read.
static WAITS: AtomicBool = AtomicBool::new(false);

#[test]
fn fault_14_two_programs_that_open_one_file_take_a_step_once() {
    let desk = Desk::new(47);
    let steps = [MIGRATIONS, &[SECOND]].concat();
    let mut second = connect(&desk.dir.path().join("town.db"), &desk.store.inner.key, Use::Write, false).unwrap();
    let first = desk.store.writer();
    first.execute_batch("BEGIN IMMEDIATE").unwrap();
    first.execute_batch(SECOND.sql).unwrap();
    first.pragma_update(None, "user_version", KNOWN + 1).unwrap();
    let waits = |_: i32| {
        WAITS.store(true, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(1));
        true
    };
    second.busy_handler(Some(waits)).unwrap();
    let taken = thread::scope(|both| {
        let waiting = both.spawn(|| migrate(&mut second, &steps, None));
        while !WAITS.load(Ordering::SeqCst) && !waiting.is_finished() {
            thread::yield_now();
        }
        first.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap()
    });
    taken.unwrap();
    assert!(WAITS.load(Ordering::SeqCst), "the second one never met the first one's lock");
    assert_eq!(format_of(&first).unwrap(), KNOWN + 1);
    assert!(has_table(&first, "lantern"));
}

#[test]
fn a_newer_file_is_refused_with_words_and_not_touched() {
    let desk = Desk::new(43);
    desk.store.writer().pragma_update(None, "user_version", KNOWN + 8).unwrap();
    let Desk { dir, ports, store, .. } = desk;
    drop(store);
    let before = fs::read(dir.path().join("town.db")).unwrap();
    let unlock = Unlock::Password { sign_in_name: "wang".to_owned(), password: PASSWORD.to_owned() };
    let refused = Store::open(dir.path(), unlock, &ports).unwrap_err();
    assert!(matches!(refused, StoreError::NewerFile { .. }));
    assert!(refused.to_string().contains("请先升级程序"), "{refused}");
    assert_eq!(fs::read(dir.path().join("town.db")).unwrap(), before);
    assert!(Store::backups(dir.path()).unwrap().is_empty());
}

#[test]
fn fault_14_a_key_file_of_a_newer_program_is_refused_and_not_touched() {
    let Desk { dir, ports, store, .. } = Desk::new(48);
    drop(store);
    let path = dir.path().join("key.json");
    let mut file: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    file["format"] = 99.into();
    fs::write(&path, file.to_string()).unwrap();
    let before = fs::read(&path).unwrap();
    let unlock = Unlock::Password { sign_in_name: "wang".to_owned(), password: PASSWORD.to_owned() };
    let refused = Store::open(dir.path(), unlock, &ports).unwrap_err();
    assert!(matches!(refused, StoreError::NewerFile { found: 99, .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

fn fixture_path(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/fixtures/town-format{format}"))
}

/// Writes the fixture of today's format, before it is released: `ZHENXIN_FIXTURES=write cargo test -p zhenxin-store
/// former_format`. Once released it stands for files that lie in offices, and is never written again.
fn write_fixture_if_asked() {
    if std::env::var_os("ZHENXIN_FIXTURES").is_none_or(|value| value != "write") {
        return;
    }
    let Desk { dir, store, .. } = crate::backup::tests::furnished(45);
    store.close().unwrap();
    let to = fixture_path(KNOWN);
    fs::create_dir_all(&to).unwrap();
    for name in FIXTURE {
        fs::copy(dir.path().join(name), to.join(name)).unwrap();
    }
}

/// What a fixture consists of.
const FIXTURE: [&str; 2] = ["town.db", "key.json"];

/// The fixture of a format: a small town as that format's program left it.
fn fixture(format: u32) -> tempfile::TempDir {
    let from = fixture_path(format);
    let dir = tempfile::tempdir().unwrap();
    for name in FIXTURE {
        fs::copy(from.join(name), dir.path().join(name)).unwrap();
    }
    dir
}

/// As the program of tomorrow opens a file of today. A step that was released must never change: then this fixture does
/// not open any more, and must not be made anew.
#[test]
fn a_file_of_every_former_format_upgrades() {
    write_fixture_if_asked();
    for format in 1..=KNOWN {
        let dir = fixture(format);
        let (ports, _) = ports(45);
        let unlock = Unlock::Password { sign_in_name: "wang".to_owned(), password: PASSWORD.to_owned() };
        let store = Store::open(dir.path(), unlock, &ports).unwrap().store;
        assert_eq!(store.verify(None).unwrap().faults, Vec::<String>::new());
        let digest = store.digest().unwrap();
        let names = store.read(|r| r.residents_total()).unwrap();
        assert!(names > 0);
        let shut = store.close().unwrap();
        let mut conn = connect(&dir.path().join("town.db"), &shut.key, Use::Write, false).unwrap();
        let maker = Maker { dir: dir.path(), key: &shut.key, ports: &ports };
        let steps = [MIGRATIONS, &[SECOND]].concat();
        migrate(&mut conn, &steps, Some(&maker)).unwrap();
        assert_eq!(format_of(&conn).unwrap(), KNOWN + 1);
        drop(conn);
        // What was saved before the step gives the same town.
        let backup = Store::backups(dir.path()).unwrap().remove(0);
        shut.restore(None, &backup.file, None).unwrap();
        let again = shut.open().unwrap().store;
        assert_eq!(again.digest().unwrap(), digest);
    }
}
