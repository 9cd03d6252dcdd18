//! Work that is cut off at any changed row leaves nothing behind, as a kill or a full disk would have it.

use super::{Bench, newcomer, stories};
use crate::cluster;
use crate::config::StoreUrl;
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, TOWN, VILLAGE, scope, town};
use crate::store::db::{Db, Files, Pool, Value};
use crate::store::tables::all;
use crate::store::{DATABASE_FILE, Store, StoreError};

stories! {
    fault_01_a_push_is_taken_whole_or_not_at_all
    fault_01_a_device_is_let_in_and_shut_out_whole_or_not_at_all
    fault_14_tables_are_made_whole_or_not_at_all
}

/// Lays a fuse under every table: once it is set, the change of the row after so many others fails.
pub(super) fn lay_fuses(bench: &Bench) {
    let sql: Vec<String> = match bench.url {
        StoreUrl::Sqlite => all()
            .flat_map(|table| ["INSERT", "UPDATE", "DELETE"].map(|act| (table.name, act)))
            .map(|(table, act)| {
                format!(
                    "CREATE TEMP TRIGGER fuse_{act}_{table} BEFORE {act} ON main.{table} BEGIN
                       UPDATE temp.fuse SET rows_left = rows_left - 1;
                       SELECT RAISE(ABORT, 'cut off') FROM temp.fuse WHERE rows_left < 0;
                     END;"
                )
            })
            .collect(),
        StoreUrl::Postgres { .. } => all()
            .map(|table| {
                let name = table.name;
                format!(
                    "CREATE TRIGGER fuse_{name} BEFORE INSERT OR UPDATE OR DELETE ON {name} FOR EACH ROW
                     EXECUTE FUNCTION burn();"
                )
            })
            .collect(),
    };
    let begin = match bench.url {
        StoreUrl::Sqlite => "CREATE TEMP TABLE fuse (rows_left INTEGER); INSERT INTO temp.fuse VALUES (1000000);",
        StoreUrl::Postgres { .. } => {
            "CREATE TABLE fuse (rows_left BIGINT); INSERT INTO fuse VALUES (1000000);
             CREATE FUNCTION burn() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN
                  UPDATE fuse SET rows_left = rows_left - 1;
                  IF (SELECT rows_left FROM fuse) < 0 THEN RAISE EXCEPTION ''cut off''; END IF;
                  IF TG_OP = ''DELETE'' THEN RETURN OLD; ELSE RETURN NEW; END IF;
                END';"
        }
    };
    bench.store.write(|tx| tx.batch(&format!("{begin}{}", sql.concat()))).unwrap();
}

/// Every row of every table.
fn whole(bench: &Bench) -> Vec<Vec<Vec<Value<'static>>>> {
    let rows = bench.store.read(|tx| {
        all()
            .map(|table| {
                let sql = format!("SELECT * FROM {} ORDER BY {}", table.name, table.key_names().join(", "));
                Ok::<_, StoreError>(tx.query(&sql, &[])?.into_iter().map(|row| row.rest()).collect())
            })
            .collect()
    });
    rows.unwrap()
}

/// Cuts the work off at every changed row in turn, until it goes through; how many rows it changes.
pub(super) fn cut_everywhere<T, E: std::fmt::Debug>(bench: &Bench, work: impl Fn() -> Result<T, E>) -> i64 {
    let before = whole(bench);
    for rows_left in 0.. {
        bench.meddle("UPDATE fuse SET rows_left = $1", &[rows_left.into()]);
        let Err(error) = work() else {
            bench.meddle("UPDATE fuse SET rows_left = 1000000", &[]);
            assert!(whole(bench) != before);
            bench.sound();
            return rows_left;
        };
        assert!(format!("{error:?}").contains("cut off"), "{error:?}");
        assert!(whole(bench) == before, "something was left behind at row {rows_left}");
    }
    unreachable!("the work never goes through")
}

fn fault_01_a_push_is_taken_whole_or_not_at_all(bench: Bench) {
    let mut author = Author::new(1);
    bench.enrolled(&author, &[VILLAGE]);
    lay_fuses(&bench);
    // in two scopes, with one between them that is refused, and once more after some of them are there
    let mut ops = author.ops(VILLAGE, 3);
    ops.extend(author.ops(OTHER_VILLAGE, 1));
    ops.extend(author.ops(TOWN, 2));
    assert!(cut_everywhere(&bench, || bench.relay(&author, &author, &ops[..2])) > 4);
    assert!(cut_everywhere(&bench, || bench.relay(&author, &author, &ops)) > 8);
}

fn fault_01_a_device_is_let_in_and_shut_out_whole_or_not_at_all(bench: Bench) {
    let author = Author::new(1);
    let code = bench.code(&[]);
    lay_fuses(&bench);
    assert!(cut_everywhere(&bench, || bench.store.let_in(&newcomer(&author, &code), &[1; 32], NOW_MS)) > 1);
    let device = bench.store.device(town(), author.id).unwrap().unwrap();
    bench.store.rights(&device, &[scope(VILLAGE)], &[], NOW_MS).unwrap();
    assert!(cut_everywhere(&bench, || bench.store.revoke(town(), author.id, NOW_MS)) > 1);
}

fn fault_14_tables_are_made_whole_or_not_at_all(bench: Bench) {
    let dir = tempfile::tempdir().unwrap();
    let (url, db) = match bench.url {
        StoreUrl::Sqlite => (StoreUrl::Sqlite, Db::Sqlite(Files::open(&dir.path().join(DATABASE_FILE)).unwrap())),
        StoreUrl::Postgres { .. } => {
            let StoreUrl::Postgres { url, .. } = cluster::database() else { panic!("not a server") };
            let db = Db::Postgres(Pool::open(&url, None).unwrap());
            (StoreUrl::Postgres { url, ca_pem: None }, db)
        }
    };
    // the last table of the last step finds its place taken
    db.write(|tx| tx.batch("CREATE TABLE tally_month (in_the_way INTEGER)")).unwrap();
    let open = || Store::open_at(&url, dir.path(), crate::random::system());
    assert!(open().is_err());
    db.write(|tx| tx.batch("DROP TABLE tally_month")).unwrap();
    let store = open().expect("nothing of the steps was left behind");
    assert!(store.verify().unwrap().findings.is_empty());
}
