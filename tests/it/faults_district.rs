//! Faults 16 and 17: a district whose disk rots, and a district that lies.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::heads::HeadsAnswer;
use zhenxin_protocol::wire::ops::PullAnswer;
use zhenxin_protocol::wire::{Answer, Endpoint};
use zhenxin_sync::SyncState;
use zhenxin_testkit::sim::World;
use zhenxin_testkit::sim::plan::Move;
use zhenxin_testkit::sim::template::TOWN;

use crate::faults_stage::{all_accepted, finish, stage, work};

/// A district with something in every table that ops, keys, rights and files fill.
fn filled() -> World {
    let mut world = stage(16, &[None, None, Some(0)]);
    work(&mut world, 0, 40);
    work(&mut world, 1, 20);
    world.then(&[Move::Rights { pc: 0, scope: 0, want: true }, Move::Rights { pc: 1, scope: 0, want: true }]).unwrap();
    world.heal().unwrap();
    world.then(&[Move::Lane { pc: 0 }, Move::Calm]).unwrap();
    world
}

/// A column of a table: name and place in the key.
struct Column {
    name: String,
    in_key: bool,
}

fn columns(conn: &Connection, table: &str) -> Vec<Column> {
    let mut statement = conn.prepare(&format!("PRAGMA table_info({table})")).unwrap();
    let rows = statement.query_map([], |row| Ok(Column { name: row.get(1)?, in_key: row.get::<_, i64>(5)? > 0 }));
    rows.unwrap().map(Result::unwrap).collect()
}

/// The same value with one bit turned.
fn turned(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Real(_) => None,
        Value::Integer(number) => Some(Value::Integer(number ^ 1)),
        Value::Text(text) if text.is_ascii() && !text.is_empty() => {
            let mut bytes = text.clone().into_bytes();
            *bytes.last_mut()? ^= 1;
            Some(Value::Text(String::from_utf8(bytes).ok()?))
        }
        Value::Text(_) => None,
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            *bytes.last_mut()? ^= 1;
            Some(Value::Blob(bytes))
        }
    }
}

/// False where the database itself does not let it happen.
fn change(conn: &Connection, table: &str, columns: &[Column], at: usize, row: &[Value], to: &Value) -> bool {
    let by_key: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].in_key).collect();
    let terms: Vec<String> =
        by_key.iter().zip(2..).map(|(at, number)| format!("{} = ?{number}", columns[*at].name)).collect();
    let sql = format!("UPDATE {table} SET {} = ?1 WHERE {}", columns[at].name, terms.join(" AND "));
    let values = std::iter::once(to.clone()).chain(by_key.iter().map(|at| row[*at].clone()));
    match conn.execute(&sql, params_from_iter(values)) {
        Ok(changed) => {
            assert_eq!(changed, 1, "{sql}");
            true
        }
        Err(rusqlite::Error::SqliteFailure(fault, _)) if fault.code == ErrorCode::ConstraintViolation => false,
        Err(other) => panic!("{sql}: {other}"),
    }
}

#[test]
fn fault_16_a_bit_turned_in_any_column_of_any_table_is_found() {
    let world = filled();
    let store = world.district.site().store();
    assert!(store.verify().unwrap().findings.is_empty());
    let conn = Connection::open(world.district.database().unwrap()).unwrap();
    conn.pragma_update(None, "ignore_check_constraints", true).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let tables: Vec<String> =
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let (mut empty, mut turns) = (Vec::new(), 0);
    for table in &tables {
        let columns = columns(&conn, table);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let sql = format!("SELECT {} FROM {table} LIMIT 1", names.join(", "));
        let row: Option<Vec<Value>> = conn
            .prepare(&sql)
            .unwrap()
            .query_map([], |row| (0..columns.len()).map(|at| row.get(at)).collect())
            .unwrap()
            .map(Result::unwrap)
            .next();
        let Some(row) = row else {
            empty.push(table.clone());
            continue;
        };
        for at in 0..columns.len() {
            let Some(to) = turned(&row[at]) else { continue };
            if !change(&conn, table, &columns, at, &row, &to) {
                continue;
            }
            let findings = store.verify().unwrap().findings;
            assert!(!findings.is_empty(), "a bit of {table}.{} was turned and nothing was said", columns[at].name);
            let mut changed = row.clone();
            changed[at] = to;
            assert!(change(&conn, table, &columns, at, &changed, &row[at]));
            turns += 1;
        }
    }
    assert!(store.verify().unwrap().findings.is_empty(), "all was put back");
    assert!(turns > 60, "only {turns} columns had something in them; empty: {empty:?}");
}

#[test]
fn fault_16_an_op_that_rotted_at_the_district_comes_back_from_a_machine() {
    let mut world = filled();
    let before = world.district.heads().unwrap();
    let town = TOWN.parse().unwrap();
    let conn = Connection::open(world.district.database().unwrap()).unwrap();
    let (device, seq, bytes): (Vec<u8>, i64, Vec<u8>) = conn
        .query_row(
            "SELECT device, seq, bytes FROM op WHERE server_seq IS NOT NULL ORDER BY seq DESC LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )
        .unwrap();
    let mut rotten = bytes.clone();
    rotten[30] ^= 4;
    let sql = "UPDATE op SET bytes = ?1 WHERE device = ?2 AND seq = ?3 AND bytes = ?4";
    assert_eq!(conn.execute(sql, (&rotten, &device, seq, &bytes)).unwrap(), 1);
    world.rotten = true;
    // it is found when the administrator verifies, and when somebody asks for it: then the district asks for it itself
    let new = world.join(None).unwrap();
    world.sync(new).unwrap();
    let found = world.district.site().store().verify().unwrap().findings;
    assert!(!found.is_empty());
    finish(&mut world, "rotten op");
    let after = world.district.heads().unwrap();
    let villages = |heads: &BTreeMap<Scope, (u64, Hash32)>| -> Vec<(Scope, (u64, Hash32))> {
        heads.iter().filter(|(scope, _)| **scope != Scope::Town(town)).map(|(scope, head)| (*scope, *head)).collect()
    };
    assert_eq!(villages(&after), villages(&before), "the bytes are what they were");
    assert!(world.district.site().store().verify().unwrap().findings.is_empty());
}

/// Changes the body of every pull answer to one machine.
fn lie(world: &mut World, to: usize, change: impl Fn(&mut PullAnswer) + 'static) {
    world.tamper = Some(Box::new(move |from, endpoint, mut answer: Answer| {
        if from == to
            && endpoint == Endpoint::Pull
            && let Some(body) = &answer.body
        {
            let mut pull: PullAnswer = from_cbor(body).unwrap();
            change(&mut pull);
            answer.body = Some(to_cbor(&pull));
        }
        answer
    }));
}

/// Whatever the district says, a machine that is lied to keeps what it has, and goes on when the lying ends.
fn lied_to(name: &str, change: impl Fn(&mut PullAnswer) + 'static) {
    let mut world = stage(17, &[None, None]);
    work(&mut world, 0, 10);
    world.heal().unwrap();
    work(&mut world, 0, 12);
    work(&mut world, 1, 3);
    world.sync(0).unwrap();
    lie(&mut world, 1, change);
    for _ in 0..3 {
        let state = world.sync(1).unwrap();
        assert!(!matches!(state, SyncState::Idle | SyncState::WaitingForKeys), "{name}: {state:?}");
        let report = world.pcs[1].store().unwrap().verify(None).unwrap();
        assert!(report.sound(), "{name}: {:?}", report.faults);
    }
    world.tamper = None;
    finish(&mut world, name);
    all_accepted(&world);
}

#[test]
fn fault_17_a_district_that_leaves_an_op_out_is_not_followed() {
    lied_to("left out in the middle", |pull| {
        for page in &mut pull.pages {
            if page.ops.len() > 2 {
                page.ops.remove(1);
            }
        }
    });
    lied_to("left out, and the rest moved up", |pull| {
        for page in &mut pull.pages {
            if page.ops.len() > 2 {
                page.ops.remove(1);
                let from = page.ops[0].server_seq;
                for (at, op) in page.ops.iter_mut().enumerate() {
                    op.server_seq = from + at as u64;
                }
                if let Some(head) = &mut page.head {
                    head.size -= 1;
                }
            }
        }
    });
}

#[test]
fn fault_17_a_district_that_swaps_two_ops_is_not_followed() {
    lied_to("swapped", |pull| {
        for page in &mut pull.pages {
            if page.ops.len() > 2 {
                let (one, two) = (page.ops[0].server_seq, page.ops[1].server_seq);
                page.ops.swap(0, 1);
                page.ops[0].server_seq = one;
                page.ops[1].server_seq = two;
            }
        }
    });
}

#[test]
fn fault_17_a_district_that_tells_another_history_is_not_followed() {
    lied_to("another op in its place", |pull| {
        for page in &mut pull.pages {
            if let Some(op) = page.ops.first_mut() {
                let mut bytes = op.bytes.clone();
                let at = bytes.len() / 2;
                bytes[at] ^= 1;
                op.bytes = bytes;
            }
        }
    });
    lied_to("another root", |pull| {
        for page in &mut pull.pages {
            if let Some(head) = &mut page.head {
                head.root = Hash32([7; 32]);
            }
        }
    });
}

#[test]
fn fault_17_heads_that_nobody_signed_prove_nothing() {
    let mut world = stage(18, &[None, None]);
    work(&mut world, 0, 10);
    world.heal().unwrap();
    let before = world.pcs[1].store().unwrap().heads().unwrap();
    world.tamper = Some(Box::new(|from, endpoint, mut answer: Answer| {
        if from == 1
            && endpoint == Endpoint::Heads
            && let Some(body) = &answer.body
        {
            let mut heads: HeadsAnswer = from_cbor(body).unwrap();
            for head in &mut heads.heads {
                // "I have nothing": a machine that believed it would take everything back and send it again
                head.size = 0;
                head.root = Hash32::of(b"");
                head.proof = None;
            }
            answer.body = Some(to_cbor(&heads));
        }
        answer
    }));
    let heard = world.delivered.len();
    for _ in 0..3 {
        assert_ne!(world.sync(1).unwrap(), SyncState::Idle);
    }
    assert_eq!(world.pcs[1].store().unwrap().heads().unwrap(), before, "nothing was given up");
    let pushed = world.delivered[heard..].iter().filter(|(endpoint, ..)| *endpoint == Endpoint::Push);
    assert_eq!(pushed.count(), 0, "nothing was taken back and sent again");
    world.tamper = None;
    finish(&mut world, "unsigned heads");
}
