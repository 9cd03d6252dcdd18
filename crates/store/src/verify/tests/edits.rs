//! What somebody does who has the key and knows SQL: one edit anywhere in the log or the audit is found, and its row named.

use std::collections::BTreeSet;

use proptest::test_runner::{Config, TestRunner};
use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;
use zhenxin_domain::ids::OpId;

use super::*;
use crate::AuditNote;
use crate::pool::{Use, connect};
use crate::proving::TOWN;
use crate::verify::row::{SAID_AGAIN, STANDING};

const DAY_MS: i64 = 86_400_000;
/// What is nowhere else, so that one value for another cannot be told: the words and the time of the district's answer.
/// Whether there is an answer at all is checked (a remark is free to be there with any acceptance), and no table is folded
/// from them.
const UNPROVEN: [&str; 4] = ["issue", "reason_code", "reason_text", "receipt_at"];

/// A desk with rows of every standing: waiting, accepted, refused, repeated in a later epoch, another PC's; and an audit
/// that was cut by retention and anchored, here and on the other PC.
fn desks() -> (Desk, Desk) {
    let (desk, other) = (Desk::new(71), Desk::new(72));
    Orderer::introduce(&[&desk, &other]);
    let mut district = Orderer::default();
    other.resident(1, "李四", "330211199001021234");
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    for at in 0..6 {
        desk.write(|tx| tx.audit(&AuditNote::done("record_points").detail(format!("rows={at}"))));
        other.write(|tx| tx.audit(&AuditNote::done("sign_in")));
    }
    desk.write(|tx| tx.cut_audit(tx.now_ms() - 3_500));
    for one in [&desk, &other] {
        one.clock.advance(DAY_MS);
        assert!(one.write(|tx| tx.anchor_audit(DAY_MS)));
    }
    desk.write(|tx| tx.issue_statement(resident, "K7Q2", 5, day("2026-01-05"), None).map(|_| ()));
    district.settle(&[&desk, &other], |op| op.kind == "statement.issued");
    desk.approve(award);
    desk.award(resident, rule, 3);
    district.new_epoch(&desk);
    desk.resident(1, "王五", "330211199001031234");
    desk.store.note_audit(None, &AuditNote::done("sign_out").about("user", desk.admin)).unwrap();
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    (desk, other)
}

/// The file as another program opens it, with the key and without the triggers.
fn forger(desk: &Desk) -> Connection {
    let conn = connect(&desk.dir.path().join("town.db"), &desk.store.inner.key, Use::Write, false).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
         DROP TRIGGER IF EXISTS audit_is_never_changed; DROP TRIGGER IF EXISTS audit_is_kept;",
    )
    .unwrap();
    conn
}

fn columns(conn: &Connection, table: &str) -> Vec<(String, String)> {
    let mut statement = conn.prepare("SELECT name, type FROM pragma_table_info(?1)").unwrap();
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn rows(conn: &Connection, sql: &str) -> Vec<Value> {
    conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Other values for a cell, each one byte or one step away, or the one that a program would put there.
fn others(value: &Value, declared: &str) -> Vec<Value> {
    match value {
        Value::Integer(number) => vec![Value::Integer(number ^ 1), Value::Integer(number ^ (1 << 40)), Value::Null],
        Value::Text(text) => {
            let mut bytes = text.clone().into_bytes();
            let changed = bytes.last_mut().map(|last| *last ^= 1).and_then(|()| String::from_utf8(bytes).ok());
            changed.into_iter().chain([format!("{text} ")]).map(Value::Text).chain([Value::Null]).collect()
        }
        Value::Blob(bytes) => {
            let mut cells: Vec<_> = [0, bytes.len() / 2, bytes.len().saturating_sub(1)]
                .into_iter()
                .filter(|at| *at < bytes.len())
                .map(|at| {
                    let mut changed = bytes.clone();
                    changed[at] ^= 1;
                    Value::Blob(changed)
                })
                .collect();
            cells.push(Value::Blob([bytes.as_slice(), &[0]].concat()));
            cells
        }
        _ if declared == "INTEGER" => vec![Value::Integer(0), Value::Integer(7)],
        _ if declared == "TEXT" => vec![Value::Text("x".to_owned())],
        _ => vec![Value::Blob(vec![7; 16])],
    }
}

/// Puts a value in a cell, looks at what the check says, and puts the former one back. `None` where the table itself
/// refuses the value.
fn faults_with(
    desk: &Desk,
    conn: &Connection,
    (table, column, filter): (&str, &str, &str),
    value: &Value,
) -> Option<Vec<String>> {
    let key: String =
        conn.query_row("SELECT name FROM pragma_table_info(?1) WHERE pk = 1", [table], |row| row.get(0)).unwrap();
    let cell = |column: &str| -> Value {
        conn.query_row(&format!("SELECT {column} FROM {table} WHERE {filter}"), [], |row| row.get(0)).unwrap()
    };
    let (before, own_key) = (cell(column), cell(&key));
    if *value == before || conn.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {filter}"), [value]).ok()? == 0
    {
        return None;
    }
    let faults = desk.store.verify(None).unwrap().faults;
    // the key itself may be what was edited
    let now = if key == column { value.clone() } else { own_key };
    let put_back = format!("UPDATE {table} SET {column} = ?1 WHERE {key} = ?2");
    assert_eq!(conn.execute(&put_back, (before, now)).unwrap(), 1, "{table}.{column}");
    Some(faults)
}

fn id_of(conn: &Connection, no: i64) -> String {
    let id: [u8; 16] = conn.query_row("SELECT id FROM op WHERE no = ?1", [no], |row| row.get(0)).unwrap();
    Uuid::from_bytes(id).to_string()
}

fn number(value: Value) -> i64 {
    let Value::Integer(number) = value else { panic!("no number") };
    number
}

#[test]
fn every_column_of_the_log_is_known_to_the_check() {
    let desk = Desk::new(70);
    let conn = forger(&desk);
    let known: BTreeSet<String> =
        SAID_AGAIN.iter().chain(&STANDING).chain(&["bytes"]).map(ToString::to_string).collect();
    let present: BTreeSet<String> = columns(&conn, "op").into_iter().map(|(name, _)| name).collect();
    assert_eq!(present, known, "a new column has to be checked in verify/row.rs");
    assert!(UNPROVEN.iter().all(|column| STANDING.contains(column)));
}

#[test]
fn one_edit_in_any_column_of_any_row_of_the_log_names_the_row() {
    let (desk, _other) = desks();
    let conn = forger(&desk);
    let (mut edits, mut refused, mut missed) = (0, 0, BTreeSet::new());
    let standings = rows(&conn, "SELECT DISTINCT status FROM op ORDER BY status");
    assert_eq!(standings, [0, 1, 2, 3].map(Value::Integer), "every standing is tried");
    for no in rows(&conn, "SELECT no FROM op ORDER BY no").into_iter().map(number) {
        let id = id_of(&conn, no);
        let place: Option<i64> =
            conn.query_row("SELECT server_seq FROM op WHERE no = ?1", [no], |row| row.get(0)).unwrap();
        for (column, declared) in columns(&conn, "op") {
            let sql = format!("SELECT {column} FROM op WHERE no = {no}");
            let before: Value = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
            for value in others(&before, &declared) {
                let said = before != Value::Null && value != Value::Null;
                let unproven = UNPROVEN.contains(&column.as_str()) && (said || (column == "issue" && place.is_some()));
                if unproven {
                    continue;
                }
                let Some(faults) = faults_with(&desk, &conn, ("op", &column, &format!("no = {no}")), &value) else {
                    refused += 1;
                    continue;
                };
                edits += 1;
                let named = faults.iter().any(|fault| {
                    let by_place = place.is_some_and(|place| {
                        fault
                            .split_once("按区平台顺序第 ")
                            .is_some_and(|(_, rest)| rest.split(['、', ' ']).any(|named| named == place.to_string()))
                    });
                    fault.contains(&id) || fault.contains(&format!("本机第 {no} 行")) || by_place
                });
                if !named {
                    missed.insert(format!("{column}: {before:?} -> {value:?} in row {no}: {faults:?}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(edits > 300, "{edits} edits, {refused} refused by the table");
    assert!(desk.store.verify(None).unwrap().sound(), "the test put everything back");
}

#[test]
fn one_edit_in_any_column_of_the_audit_names_the_row() {
    let (desk, _other) = desks();
    let conn = forger(&desk);
    let (mut edits, mut missed) = (0, BTreeSet::new());
    for table in ["audit", "audit_head", "audit_cut", "audit_anchor"] {
        let key = if table == "audit_anchor" { "hex(op)" } else { "rowid" };
        for row in rows(&conn, &format!("SELECT {key} FROM {table}")) {
            let (filter, name) = match &row {
                Value::Text(op) => (format!("hex(op) = '{op}'"), op.parse::<Uuid>().unwrap().to_string()),
                Value::Integer(no) if table == "audit" => (format!("rowid = {no}"), format!("审计第 {no} ")),
                Value::Integer(no) => (format!("rowid = {no}"), "审计".to_owned()),
                other => panic!("{other:?}"),
            };
            for (column, declared) in columns(&conn, table) {
                let sql = format!("SELECT {column} FROM {table} WHERE {filter}");
                let before: Value = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
                for value in others(&before, &declared) {
                    let Some(faults) = faults_with(&desk, &conn, (table, &column, &filter), &value) else { continue };
                    edits += 1;
                    let named = faults.iter().any(|fault| fault.contains(&name));
                    if !named {
                        missed.insert(format!("{table}.{column}: {before:?} -> {value:?} in {name}: {faults:?}"));
                    }
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(edits > 100, "{edits} edits");
    assert!(desk.store.verify(None).unwrap().sound(), "the test put everything back");
}

/// The faults after statements, on a desk of its own.
fn faults_after(sql: &str) -> (Vec<String>, Desk) {
    let (desk, _other) = desks();
    forger(&desk).execute_batch(sql).unwrap();
    (desk.store.verify(None).unwrap().faults, desk)
}

#[track_caller]
fn says(faults: &[String], words: &str) {
    assert!(faults.iter().any(|fault| fault.contains(words)), "{words} in {faults:#?}");
}

#[test]
fn a_row_that_was_cut_out_of_the_log_is_named_also_at_the_end() {
    let (desk, _other) = desks();
    let conn = forger(&desk);
    let last: i64 = conn.query_row("SELECT max(no) FROM op", [], |row| row.get(0)).unwrap();
    let (epoch, seq): (i64, i64) = conn
        .query_row("SELECT epoch, seq FROM op WHERE no = ?1", [last], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    drop((conn, desk));
    // with everything that was folded from it taken along, nothing but the noted end tells
    let (faults, _) =
        faults_after(&format!("DELETE FROM op WHERE no = {last}; DELETE FROM op_entity WHERE op_no = {last};"));
    says(&faults, &format!("末尾（第 {epoch} 段第 {seq} 条）被删除或改写"));
    let (faults, _) =
        faults_after("DELETE FROM op WHERE status = 0 AND no = (SELECT min(no) FROM op WHERE status = 0)");
    says(&faults, "被删除");
    let (faults, _) = faults_after(&format!("DELETE FROM op WHERE server_seq = 2 AND scope = '{TOWN}'"));
    says(&faults, &format!("{TOWN} 有 1 条操作记录与接收时不符（按区平台顺序第 2 条）"));
}

#[test]
fn a_row_that_was_put_into_the_log_is_named() {
    let (desk, _other) = desks();
    let bytes: Vec<u8> =
        desk.sql(|conn| conn.query_row("SELECT bytes FROM op ORDER BY no DESC LIMIT 1", [], |row| row.get(0)));
    let last = Op::from_bytes(&bytes).unwrap();
    let id = OpId::from_uuid(Uuid::from_u128(0x0195_c5d8_0000_7000_8000_0000_0000_0077));
    // nothing that any table is folded from, so that its place in the chain is all that tells
    let op = Op { id, seq: last.seq + 1, prev: Op::hash_of(&bytes), kind: "later.kind".to_owned(), ..last };
    let bytes = op.to_bytes().unwrap();
    forger(&desk)
        .execute(
            "INSERT INTO op (id, device, epoch, seq, hash, scope, kind, actor, hlc, status, readable, bytes)
             SELECT ?1, device, epoch, ?2, ?3, scope, ?4, actor, hlc, 0, 1, ?5 FROM op ORDER BY no DESC LIMIT 1",
            (id.as_bytes(), op.seq as i64, Op::hash_of(&bytes).as_bytes(), &op.kind, &bytes),
        )
        .unwrap();
    let faults = desk.store.verify(None).unwrap().faults;
    says(&faults, &format!("操作记录 {id}"));
    says(&faults, "不是本程序写入的");
}

#[test]
fn two_rows_that_changed_places_are_named() {
    let (desk, _other) = desks();
    let conn = forger(&desk);
    let pairs: Vec<i64> =
        rows(&conn, "SELECT no FROM op WHERE server_seq IN (2, 3) AND scope = '330211101' ORDER BY server_seq")
            .into_iter()
            .map(number)
            .collect();
    let ids: Vec<String> = pairs.iter().map(|no| id_of(&conn, *no)).collect();
    let [one, two] = pairs[..] else { panic!("{pairs:?}") };
    // the bytes with their hashes
    conn.execute_batch(&format!(
        "CREATE TEMP TABLE swap AS SELECT no, bytes, hash FROM op WHERE no IN ({one}, {two});
         UPDATE op SET (bytes, hash) = (SELECT bytes, hash FROM swap WHERE swap.no = {one} + {two} - op.no)
         WHERE no IN ({one}, {two});",
    ))
    .unwrap();
    let faults = desk.store.verify(None).unwrap().faults;
    ids.iter().for_each(|id| says(&faults, id));
    conn.execute_batch(&format!(
        "UPDATE op SET (bytes, hash) = (SELECT bytes, hash FROM swap WHERE swap.no = op.no) WHERE no IN ({one}, {two});"
    ))
    .unwrap();
    assert!(desk.store.verify(None).unwrap().sound());
    // their places in the order: no row contradicts its bytes, the tree alone tells
    conn.execute_batch(&format!(
        "UPDATE op SET server_seq = 1002 WHERE no = {one}; UPDATE op SET server_seq = 2 WHERE no = {two};
         UPDATE op SET server_seq = 3 WHERE no = {one};"
    ))
    .unwrap();
    let faults = desk.store.verify(None).unwrap().faults;
    says(&faults, "的次序与接收时不符");
    says(&faults, &format!("{TOWN} 按区平台顺序第 1 至 "));
}

#[test]
fn rows_of_the_audit_that_were_cut_put_in_or_swapped_are_named() {
    let (faults, desk) = faults_after("DELETE FROM audit WHERE no = (SELECT max(no) FROM audit)");
    let last: i64 = desk.sql(|conn| conn.query_row("SELECT no FROM audit_head", [], |row| row.get(0)));
    says(&faults, &format!("审计第 {last} 条被删除"));
    let (faults, _) = faults_after(&format!("DELETE FROM audit WHERE no = {}", last - 1));
    says(&faults, &format!("审计第 {} 条被删除", last - 1));
    let sql =
        "INSERT INTO audit SELECT no + 1, at_ms, user, device, action, outcome, subject_kind, subject, detail, hash,
                 randomblob(32) FROM audit WHERE no = (SELECT max(no) FROM audit)";
    let (faults, _) = faults_after(sql);
    says(&faults, &format!("审计第 {} 条", last + 1));
    let (faults, _) = faults_after(&format!(
        "UPDATE audit SET no = 1000 WHERE no = {last}; UPDATE audit SET no = {last} WHERE no = {last} - 1;
         UPDATE audit SET no = {last} - 1 WHERE no = 1000;"
    ));
    says(&faults, &format!("审计第 {} 条被改动过", last - 1));
    says(&faults, &format!("审计第 {last} 条被改动过"));
}

#[test]
fn one_random_byte_in_the_bytes_of_a_random_row_names_the_row() {
    let (desk, _other) = desks();
    let conn = forger(&desk);
    let cells: Vec<(i64, &str)> = rows(&conn, "SELECT no FROM op ORDER BY no")
        .into_iter()
        .map(number)
        .flat_map(|no| ["bytes", "hash", "scope", "kind", "id"].map(|column| (no, column)))
        .collect();
    let strategy = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1_u8..=255);
    let mut runner = TestRunner::new(Config::with_cases(64));
    runner
        .run(&strategy, |(cell, at, flip)| {
            let (no, column) = cells[cell.index(cells.len())];
            let id = id_of(&conn, no);
            let sql = format!("SELECT CAST({column} AS BLOB) FROM op WHERE no = {no}");
            let before: Vec<u8> = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
            let mut after = before.clone();
            after[at.index(before.len())] ^= flip;
            let text = matches!(column, "scope" | "kind");
            let put = if text {
                format!("UPDATE op SET {column} = CAST(?1 AS TEXT) WHERE no = {no}")
            } else {
                format!("UPDATE op SET {column} = ?1 WHERE no = {no}")
            };
            if conn.execute(&put, [after]).is_ok() {
                let faults = desk.store.verify(None).unwrap().faults;
                conn.execute(&put, [before]).unwrap();
                let named = |fault: &String| fault.contains(&id) || fault.contains(&format!("本机第 {no} 行"));
                prop_assert!(faults.iter().any(named), "{} of row {}: {:?}", column, no, faults);
            }
            Ok(())
        })
        .unwrap();
}
