#![allow(clippy::unwrap_used)]
use super::*;
use crate::proving::Desk;
use crate::{Store, StoreError};

const SECOND: Migration = Migration { sql: "CREATE TABLE lantern (id INTEGER PRIMARY KEY) STRICT;" };
const BROKEN: Migration = Migration { sql: "CREATE TABLE lamp (id INTEGER) STRICT; CREATE TABLE lamp (id INTEGER);" };

fn has_table(conn: &Connection, name: &str) -> bool {
    conn.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1").unwrap().exists([name]).unwrap()
}

#[test]
fn a_step_is_taken_once_and_after_a_backup() {
    let desk = Desk::new(41);
    let steps = [MIGRATIONS, &[SECOND]].concat();
    let mut conn = desk.store.writer();
    migrate(&mut conn, desk.dir.path(), &steps, &desk.ports).unwrap();
    assert_eq!(format_of(&conn).unwrap(), 2);
    assert!(has_table(&conn, "lantern"));
    let backups = Store::backups(desk.dir.path()).unwrap();
    assert_eq!(backups.len(), 1);
    // The backup opens with the same key and is of the former format.
    let path = desk.dir.path().join("backup").join(&backups[0].file);
    let former = crate::pool::connect(&path, &desk.store.inner.key, crate::pool::Use::Read, false).unwrap();
    assert_eq!(format_of(&former).unwrap(), 1);
    assert_eq!(former.query_row("SELECT count(*) FROM op", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    migrate(&mut conn, desk.dir.path(), &steps, &desk.ports).unwrap();
    assert_eq!(Store::backups(desk.dir.path()).unwrap().len(), 1);
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let desk = Desk::new(42);
    let mut conn = desk.store.writer();
    let steps = [MIGRATIONS, &[BROKEN]].concat();
    assert!(migrate(&mut conn, desk.dir.path(), &steps, &desk.ports).is_err());
    assert_eq!(format_of(&conn).unwrap(), 1);
    assert!(!has_table(&conn, "lamp"));
}

#[test]
fn a_newer_file_is_refused() {
    let desk = Desk::new(43);
    let mut conn = desk.store.writer();
    conn.pragma_update(None, "user_version", 9).unwrap();
    let refused = migrate(&mut conn, desk.dir.path(), MIGRATIONS, &desk.ports);
    assert!(matches!(refused, Err(StoreError::NewerFile { found: 9, known: 1 })));
}

#[test]
fn old_backups_make_room() {
    let desk = Desk::new(44);
    for _ in 0..7 {
        desk.clock.advance(1_000);
        backup::before_migration(&desk.store.writer(), desk.dir.path(), 1, &desk.ports).unwrap();
    }
    assert_eq!(Store::backups(desk.dir.path()).unwrap().len(), 5);
}
