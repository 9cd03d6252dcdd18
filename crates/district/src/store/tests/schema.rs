//! The tables as they are and as they are listed.

use super::{Bench, stories};
use crate::config::StoreUrl;
use crate::store::db::{Dialect, Value};
use crate::store::tables::{Kind, META, all};
use crate::store::{Store, StoreError};

stories! {
    the_list_of_tables_is_that_of_the_database
    a_database_of_a_newer_program_is_refused
    the_key_of_every_table_begins_with_the_town
}

fn kind(word: &str) -> Kind {
    match word.to_lowercase().as_str() {
        "integer" | "bigint" => Kind::Int,
        "text" => Kind::Text,
        "blob" | "bytea" => Kind::Blob,
        other => panic!("a column of another type: {other}"),
    }
}

/// Columns of a table with their types, and the names of its primary key, in order.
fn columns(bench: &Bench, table: &str) -> (Vec<(String, Kind)>, Vec<String>) {
    bench
        .store
        .read(|tx| {
            let names: [Value<'_>; 1] = [table.into()];
            let (columns, key) = match tx.dialect() {
                Dialect::Sqlite => (
                    tx.query("SELECT name, type FROM pragma_table_info($1) ORDER BY cid", &names)?,
                    tx.query("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", &names)?,
                ),
                Dialect::Postgres => (
                    tx.query(
                        "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
                         WHERE table_schema = 'public' AND CAST(table_name AS TEXT) = $1 ORDER BY ordinal_position",
                        &names,
                    )?,
                    tx.query(
                        "SELECT CAST(usage.column_name AS TEXT) FROM information_schema.key_column_usage AS usage \
                         JOIN information_schema.table_constraints AS named USING (constraint_name, table_name) \
                         WHERE CAST(usage.table_name AS TEXT) = $1 AND named.constraint_type = 'PRIMARY KEY' \
                         ORDER BY usage.ordinal_position",
                        &names,
                    )?,
                ),
            };
            let columns = columns.into_iter().map(|mut row| (row.text().unwrap(), kind(&row.text().unwrap())));
            let key = key.into_iter().map(|mut row| row.text().unwrap());
            Ok::<_, StoreError>((columns.collect(), key.collect()))
        })
        .unwrap()
}

fn the_list_of_tables_is_that_of_the_database(bench: Bench) {
    let mut listed: Vec<&str> = Vec::new();
    for table in all() {
        let (columns, key) = columns(&bench, table.name);
        let expected = table.columns.iter().map(|column| (column.name.to_owned(), column.kind));
        let expected: Vec<_> = expected.chain([("sum".to_owned(), Kind::Blob)]).collect();
        assert_eq!(columns, expected, "{}", table.name);
        assert_eq!(key, table.key_names(), "{}", table.name);
        listed.push(table.name);
    }
    let there = bench.store.read(|tx| {
        tx.query(
            match tx.dialect() {
                Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
                Dialect::Postgres => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'",
            },
            &[],
        )
    });
    let mut there: Vec<String> = there.unwrap().into_iter().map(|mut row| row.text().unwrap()).collect();
    there.sort_unstable();
    listed.sort_unstable();
    assert_eq!(there, listed);
}

fn a_database_of_a_newer_program_is_refused(bench: Bench) {
    bench.store.write(|tx| tx.put(&META, ["".into(), "format".into(), 99i64.to_be_bytes().to_vec().into()])).unwrap();
    let opened = Store::open_at(&bench.url, bench.dir.path(), crate::random::system());
    assert!(matches!(opened, Err(StoreError::Newer { found: 99, .. })));
}

fn the_key_of_every_table_begins_with_the_town(bench: Bench) {
    for table in all() {
        assert_eq!(columns(&bench, table.name).1[0], "town", "{}", table.name);
    }
}

#[test]
fn an_address_is_read_or_refused() {
    assert_eq!(StoreUrl::parse("sqlite", None).unwrap(), StoreUrl::Sqlite);
    for url in ["postgres://a:b@c/d", "postgresql://c/d"] {
        assert!(matches!(StoreUrl::parse(url, None).unwrap(), StoreUrl::Postgres { .. }));
    }
    assert!(matches!(StoreUrl::parse("mysql://c/d", None), Err(StoreError::Url)));
    let secret = StoreUrl::parse("postgres://a:geheim@c/d", None).unwrap();
    assert!(!format!("{secret:?}").contains("geheim"));
}
