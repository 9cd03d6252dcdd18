//! The district's order: what was received stands where it stood, with nothing missing between.

use std::ops::RangeInclusive;

use rusqlite::Connection;
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::op::Op;

use super::chain::REPORTED_MAX;
use crate::error::StoreError;
use crate::log::cursor;
use crate::log::repair::check_scope;
use crate::log::tree::each_hash;

const ADVICE: &str = "请联网同步一次，程序会自动取回并修复";

/// What was received in the district's order is what it was then.
pub(super) fn check(conn: &Connection, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for head in cursor::heads(conn)? {
        let check = check_scope(conn, head.scope)?;
        if check.sound {
            continue;
        }
        let scope = head.scope.as_str();
        if check.suspects.is_empty() {
            let received = cursor::load(conn, head.scope)?;
            let mut stored = Peaks::new();
            each_hash(conn, head.scope, 1, received.size(), |_, hash| stored.append(&hash))?;
            let places = differing(&stored, &received).map_or_else(
                || format!("第 1 至 {} 条", received.size()),
                |range| format!("第 {} 至 {} 条之间", range.start(), range.end()),
            );
            faults.push(format!("{scope} 按区平台顺序{places}的次序与接收时不符，{ADVICE}"));
        } else {
            let named: Vec<String> = check.suspects.iter().take(REPORTED_MAX).map(u64::to_string).collect();
            let (rows, named) = (check.suspects.len(), named.join("、"));
            faults.push(format!("{scope} 有 {rows} 条操作记录与接收时不符（按区平台顺序第 {named} 条），{ADVICE}"));
        }
    }
    aside(conn, faults)
}

/// The places under the first subtree in which two trees of one size differ.
fn differing(stored: &Peaks, received: &Peaks) -> Option<RangeInclusive<u64>> {
    if stored.size() != received.size() {
        return None;
    }
    let (stored, edge) = (stored.to_bytes(), received.to_bytes());
    let (mut first, mut left) = (1, received.size());
    // a size, and then a root for each of its bits, the largest subtree first
    for (one, other) in stored[8..].chunks(32).zip(edge[8..].chunks(32)) {
        let leaves = 1_u64 << left.checked_ilog2()?;
        if one != other {
            return Some(first..=first + leaves - 1);
        }
        (first, left) = (first + leaves, left - leaves);
    }
    None
}

/// What was set aside is what came, also where it has lost its place.
fn aside(conn: &Connection, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let mut statement = conn.prepare("SELECT no, hash, bytes FROM set_aside ORDER BY no")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        if row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)? != Op::hash_of(bytes).as_bytes() {
            faults.push(format!("放在一边的记录第 {} 条被改动过", row.get::<_, i64>(0)?));
        }
    }
    Ok(())
}
