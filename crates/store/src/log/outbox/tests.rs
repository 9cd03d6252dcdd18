#![allow(clippy::unwrap_used)]
use rusqlite::StatementStatus;

use super::*;
use crate::proving::Desk;

/// Steps that the database takes to find a batch of three and to read it.
fn steps(desk: &Desk) -> i32 {
    desk.store
        .read(|r| {
            let conn = r.conn();
            let steps = || {
                [LATER_EPOCH, LATER_DEVICE, FIRST, LAST, OF_CHAIN].into_iter().try_fold(0, |steps, sql| {
                    Ok::<_, StoreError>(steps + conn.prepare_cached(sql)?.reset_status(StatementStatus::VmStep))
                })
            };
            steps()?;
            let chain = &chains(conn, &HandedOut::default())?[0];
            let (piece, more) = own_piece(conn, chain, i64::MAX, 3, 1 << 20, &[1; 32])?.unwrap();
            assert!(piece.ops.len() == 3 && more);
            steps()
        })
        .unwrap()
}

#[test]
fn a_batch_costs_the_same_however_much_waits_behind_it() {
    let desk = Desk::new(92);
    let write = |times: u32| {
        for _ in 0..times {
            desk.rule(1);
        }
    };
    write(5);
    let few = steps(&desk);
    write(100);
    assert!(desk.store.outbox_size().unwrap().own_ops > 100);
    assert_eq!(steps(&desk), few);
    // what is done with lies before it
    let outbox = desk.store.outbox(&HandedOut::default(), 50, 1 << 20).unwrap();
    let receipts: Vec<_> = (1..)
        .zip(&outbox.ops)
        .map(|(server_seq, (op, _))| (*op, crate::Receipt::Accepted { server_seq, issue: None }))
        .collect();
    desk.store.take_receipts(&receipts).unwrap();
    assert_eq!(steps(&desk), few);
}
