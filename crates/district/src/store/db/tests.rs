#![allow(clippy::unwrap_used)]

use super::super::tables::{META, Table};
use super::*;
use crate::cluster;
use crate::config::StoreUrl;

fn databases() -> (tempfile::TempDir, Vec<Db>) {
    let dir = tempfile::tempdir().unwrap();
    let StoreUrl::Postgres { url, .. } = cluster::database() else { panic!("not a server") };
    let dbs =
        vec![Db::Sqlite(Files::open(&dir.path().join("x.db")).unwrap()), Db::Postgres(Pool::open(&url, None).unwrap())];
    for db in &dbs {
        super::super::migrate::migrate(db).unwrap();
    }
    (dir, dbs)
}

fn row<'v>(name: &'v str, value: &'v [u8]) -> Vec<Value<'v>> {
    vec!["".into(), name.into(), value.into()]
}

fn count(tx: &Tx<'_>) -> i64 {
    tx.first("SELECT count(*) FROM meta WHERE name LIKE $1", &["t%".into()]).unwrap().unwrap().int().unwrap()
}

#[test]
fn a_failed_change_leaves_no_trace() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        let failed: Result<(), StoreError> = db.write(|tx| {
            tx.put(&META, row("t1", b"x"))?;
            Err(StoreError::Url)
        });
        assert!(failed.is_err());
        assert_eq!(db.read(|tx| Ok::<_, StoreError>(count(tx))).unwrap(), 0);
        // and the connection is as good as before
        db.write(|tx| tx.put(&META, row("t1", b"x"))).unwrap();
        assert_eq!(db.read(|tx| Ok::<_, StoreError>(count(tx))).unwrap(), 1);
    }
}

#[test]
fn a_reader_changes_nothing() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        assert!(db.read(|tx| tx.put(&META, row("t1", b"x"))).is_err());
        assert!(db.read(|tx| Ok::<_, StoreError>(count(tx))).is_ok());
    }
}

#[test]
fn rows_are_put_kept_and_refused_by_their_key() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        db.write(|tx| {
            tx.insert(&META, vec![row("t1", b"a"), row("t2", b"b")])?;
            assert_eq!(tx.insert_new(&META, [row("t1", b"c"), row("t3", b"c")])?, 1);
            tx.put(&META, row("t2", b"d"))?;
            let mut values = Vec::new();
            for mut row in tx.select(&META, "WHERE name LIKE $1 ORDER BY name", &["t%".into()])? {
                let (_town, _name) = (row.text()?, row.text()?);
                values.push(row.blob()?);
            }
            assert_eq!(values, [b"a", b"d", b"c"]);
            assert_eq!(tx.delete(&META, &["".into(), "t1".into()])?, 1);
            Ok::<_, StoreError>(())
        })
        .unwrap();
        assert!(db.write(|tx| tx.insert(&META, vec![row("t2", b"x")])).is_err());
    }
}

#[test]
fn a_row_changed_by_hand_is_damaged() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        db.write(|tx| tx.put(&META, row("t1", b"x"))).unwrap();
        db.write(|tx| tx.execute("UPDATE meta SET value = $1 WHERE name = $2", &[b"y".into(), "t1".into()])).unwrap();
        let read = db.read(|tx| tx.get(&META, &["".into(), "t1".into()]).map(drop));
        assert!(matches!(read, Err(StoreError::Damaged("meta"))), "{read:?}");
    }
}

#[test]
fn many_values_are_looked_up_in_few_statements() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        let names: Vec<String> = (0..600).map(|number| format!("t{number:03}")).collect();
        let rows: Vec<_> = names.iter().map(|name| row(name, b"x")).collect();
        let wanted: Vec<Value<'_>> = names.iter().step_by(2).map(Value::from).collect();
        db.write(|tx| {
            tx.insert(&META, &rows)?;
            let sql = "SELECT name FROM meta WHERE town = $1 AND name";
            assert_eq!(tx.query_in(sql, &["".into()], &wanted)?.len(), 300);
            assert_eq!(tx.query_in(sql, &["".into()], &wanted[..1])?.len(), 1);
            assert_eq!(tx.query_in(sql, &["".into()], &[])?.len(), 0);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
}

#[test]
fn a_scan_gives_every_row_once_in_the_order_of_the_key() {
    // small pages
    let small = Table { page_rows: 7, ..META };
    let (_dir, dbs) = databases();
    for db in &dbs {
        for rows in [0, 6, 7, 8, 30] {
            let names: Vec<String> = (0..rows).map(|number| format!("t{number:03}")).collect();
            db.write(|tx| {
                tx.execute("DELETE FROM meta", &[])?;
                tx.insert(&META, names.iter().map(|name| row(name, b"x")).collect::<Vec<_>>())?;
                let mut found = Vec::new();
                tx.scan(&small, |cells, sound| {
                    assert!(sound);
                    found.push(cells[1].clone());
                    Ok::<_, StoreError>(())
                })?;
                assert_eq!(found, names.iter().map(Value::from).collect::<Vec<_>>());
                Ok::<_, StoreError>(())
            })
            .unwrap();
        }
    }
}

#[test]
fn every_kind_of_value_comes_back() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        let mut row = db
            .read(|tx| {
                tx.first(
                    "SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), length(name), name FROM meta LIMIT 1",
                    &[Value::Int(i64::MIN), "单笔字 碶".into()],
                )
            })
            .unwrap()
            .unwrap();
        assert_eq!(row.int().unwrap(), i64::MIN);
        assert_eq!(row.text().unwrap(), "单笔字 碶");
        assert_eq!(row.int().unwrap(), 6);
        // a wrong type is damage, not a panic
        assert!(matches!(row.int(), Err(StoreError::Damaged(_))));
    }
}

#[test]
fn a_server_that_was_restarted_is_reached_again() {
    let StoreUrl::Postgres { url, .. } = cluster::database() else { panic!("not a server") };
    let pool = Db::Postgres(Pool::open(&url, None).unwrap());
    let other = Db::Postgres(Pool::open(&url, None).unwrap());
    let ended = other.write(|tx| {
        tx.query(
            "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity \
             WHERE pid <> pg_backend_pid() AND datname = current_database()",
            &[],
        )
    });
    assert_eq!(ended.unwrap().len(), 1);
    assert!(pool.read(|tx| tx.query("SELECT 1", &[]).map(drop)).is_ok());
}

#[test]
fn a_server_is_reached_by_tls_and_only_under_its_authority() {
    let dir = tempfile::tempdir().unwrap();
    let (url, certificate) = cluster::database_by_tcp();
    let (ca, other) = (dir.path().join("ca.pem"), dir.path().join("other.pem"));
    std::fs::write(&ca, certificate).unwrap();
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&other, stranger.cert.pem()).unwrap();
    let db = Db::Postgres(Pool::open(&url, Some(&ca)).unwrap());
    let encrypted = db.read(|tx| {
        let row = tx.first("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[])?;
        row.unwrap().flag()
    });
    assert!(encrypted.unwrap());
    assert!(Pool::open(&url, Some(&other)).is_err());
    // a line without TLS is no way out
    let StoreUrl::Postgres { url, .. } = cluster::database() else { panic!("not a server") };
    assert!(Pool::open(&url, Some(&ca)).is_err());
    std::fs::write(&ca, "nothing").unwrap();
    assert!(matches!(Pool::open(&url, Some(&ca)), Err(StoreError::StoreAuthority)));
}

#[test]
fn a_table_that_has_grown_is_counted_before_the_next_plan() {
    let (_dir, dbs) = databases();
    for db in &dbs {
        let names: Vec<String> = (0..=1_000).map(|at| format!("t{at}")).collect();
        db.write(|tx| {
            let rows: Vec<_> = names.iter().map(|name| row(name, b"x")).collect();
            tx.insert(&META, &rows)
        })
        .unwrap();
        db.count_for_plans(&META).unwrap();
    }
    let sql = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = 'meta'::regclass";
    let counted = dbs[1].read(|tx| tx.first(sql, &[])).unwrap().unwrap().int().unwrap();
    assert!(counted >= 1_000, "{counted}");
}
