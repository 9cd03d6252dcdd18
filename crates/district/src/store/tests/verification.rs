//! A flipped byte in each table is found.

use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::frame::to_cbor;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::blobs::BlobsPutRequest;
use zhenxin_protocol::wire::keys::{Grant, KeyRef, KeyRow};
use zhenxin_protocol::wire::snapshot::{Manifest, SnapshotPutRequest};

use super::{Bench, stories};
use crate::fixture::{Author, NOW_MS, TOWN, VILLAGE, scope, sheet};
use crate::store::db::Value;
use crate::store::tables::{Kind, Table, all};

stories! {
    a_changed_byte_in_any_column_of_any_table_is_found
    a_row_that_is_gone_is_found
}

/// A store with something in every table of the devices.
pub(super) fn filled(bench: &Bench) {
    let (mut one, two) = (Author::new(1), Author::new(2));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[VILLAGE]));
    let mut ops = one.ops(VILLAGE, 258);
    ops.push(one.op_with(VILLAGE, |op| op.recorded_at = NOW_MS * 2));
    ops.push(one.raw(vec![1, 2, 3]));
    ops.push(crate::store::brand::tests::review(&mut one, TOWN, 1, Some(sheet("诚信湖畔"))));
    bench.push(&one, &ops);
    let key = KeyRow {
        subject: [1; 16],
        data_key: DataKeyId::from_bytes([1; 16]),
        wrapped: vec![5; 72],
        tombstone: false,
        scope: scope(VILLAGE),
        generation: 0,
    };
    bench.store.keys_push(&first, &[key]).unwrap();
    let grant = Grant { data_key: DataKeyId::from_bytes([1; 16]), for_device: two.id, wrapped: vec![6; 104] };
    bench.store.grant(&first, &[grant], NOW_MS).unwrap();
    bench.store.note_held(&first, &[KeyRef(DataKeyId::from_bytes([1; 16]))]).unwrap();
    for device in [&first, &second] {
        bench.store.rights(device, &[scope(VILLAGE)], &[], NOW_MS).unwrap();
    }
    let piece = BlobsPutRequest {
        blob: Hash32([7; 32]),
        scope: scope(VILLAGE),
        total_bytes: 50,
        sealed_hash: Hash32::of(&[8; 50]),
        offset: 0,
        bytes: vec![8; 50],
    };
    bench.store.blobs_put(&first, &piece, 1_000, NOW_MS).unwrap();
    let manifest = to_cbor(&Manifest {
        snapshot: [3; 16],
        heads: Vec::new(),
        total_bytes: 34,
        chunk_bytes: 34,
        chunks: vec![Hash32([7; 32])],
        data_key: DataKeyId::from_bytes([1; 16]),
        wrapped: vec![1; 72],
        schema: 1,
        made_at_ms: NOW_MS,
        device: one.id,
    });
    let signature = one.signed_manifest(&manifest);
    bench.store.snapshot_put(&first, &SnapshotPutRequest { manifest, signature }, NOW_MS).unwrap();
    bench.publish("holidays", b"{}", 0).unwrap();
    let vector = bench.store.vector(&first).unwrap();
    bench.store.note_vector(&first, &vector, NOW_MS).unwrap();
}

/// Rows of the table in the order of its key, as they are.
fn rows(bench: &Bench, table: &Table) -> Vec<Vec<Value<'static>>> {
    let mut rows = Vec::new();
    bench
        .store
        .read(|tx| {
            tx.scan(table, |cells, _sound| {
                rows.push(cells);
                Ok::<_, crate::store::StoreError>(())
            })
        })
        .unwrap();
    rows
}

fn key(table: &Table, first: usize) -> String {
    let parts: Vec<String> = (first..)
        .zip(&table.columns[..table.key])
        .map(|(place, column)| format!("{} = ${place}", column.name))
        .collect();
    parts.join(" AND ")
}

/// Another value of the same kind, one bit away; none for nothing.
fn flipped(value: &Value<'_>) -> Option<Value<'static>> {
    Some(match value {
        Value::Null => return None,
        Value::Int(number) => Value::Int(number ^ 1),
        Value::Text(text) => {
            let mut bytes = text.as_bytes().to_vec();
            let last = bytes.last_mut()?;
            // stays ASCII, or the last byte of the same character's neighbour
            *last ^= 1;
            String::from_utf8(bytes).ok()?.into()
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.to_vec();
            *bytes.last_mut()? ^= 1;
            bytes.into()
        }
    })
}

fn a_changed_byte_in_any_column_of_any_table_is_found(bench: Bench) {
    filled(&bench);
    bench.sound();
    let mut empty = Vec::new();
    for table in all() {
        let rows = rows(&bench, table);
        let Some(row) = rows.last() else {
            empty.push(table.name);
            continue;
        };
        let sum = ("sum", Kind::Blob);
        for (place, (name, _)) in table.columns.iter().map(|it| (it.name, it.kind)).chain([sum]).enumerate() {
            let Some(other) = flipped(&row[place]) else { continue };
            let mut values = vec![other.clone()];
            values.extend(row[..table.key].to_vec());
            let set = format!("UPDATE {} SET {name} = $1 WHERE {}", table.name, key(table, 2));
            // where the table itself refuses the value there is nothing to find
            let Ok(changed) = bench.store.write(|tx| tx.execute(&set, &values)) else { continue };
            assert_eq!(changed, 1, "{} {name}", table.name);
            let findings = bench.store.verify().unwrap().findings;
            assert!(!findings.is_empty(), "{} {name}", table.name);
            // back, by the key as it is now
            let mut now = row[..table.key].to_vec();
            if place < table.key {
                now[place] = other;
            }
            let mut values = vec![row[place].clone()];
            values.extend(now);
            assert_eq!(bench.meddle(&set, &values), 1, "{} {name}", table.name);
        }
    }
    bench.sound();
    // what the console fills has the same sums; see the console's tests
    assert!(
        empty.iter().all(|name| super::super::tables::console::ALL.iter().any(|table| table.name == *name)),
        "{empty:?}"
    );
}

fn a_row_that_is_gone_is_found(bench: Bench) {
    filled(&bench);
    let found = |sql: &str, bench: &Bench| {
        let bench = bench.same_kind();
        filled(&bench);
        bench.sound();
        assert!(bench.meddle(sql, &[]) > 0, "{sql}");
        assert!(!bench.store.verify().unwrap().is_sound(), "{sql}");
    };
    for sql in [
        "DELETE FROM op WHERE seq = 5",
        "DELETE FROM op WHERE seq > 255 AND scope IS NOT NULL",
        "DELETE FROM merkle_node",
        "DELETE FROM scope",
        "DELETE FROM device",
        "DELETE FROM town",
        "DELETE FROM key_lane",
        "DELETE FROM key_place",
        "DELETE FROM blob",
        "DELETE FROM blob_piece",
        "DELETE FROM meta WHERE name = 'sign_seed'",
        "DELETE FROM meta WHERE name = 'lineage'",
    ] {
        found(sql, &bench);
    }
}
