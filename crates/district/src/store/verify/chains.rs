//! Ops against their bytes, and the chains of the devices.

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::device_key::{Context, ED25519_TAG, verify_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::ops::RejectCode;

use super::{Verdict, place, unless_damaged};
use crate::store::db::{Row, Tx, Value};
use crate::store::tables::{CHAIN_HEAD, DEVICE, OP};
use crate::store::{StoreError, device};

/// Ops of a chain that are read at a time.
const PAGE: u64 = 200;

/// An op's row against its own bytes.
pub(super) fn check_bytes(cells: &[Value<'static>], verdict: &mut Verdict) {
    let key = place(&cells[..OP.key]);
    match fits(Row::new(cells.to_vec(), OP.name)) {
        Ok(None) => {}
        Ok(Some(what)) => verdict.find(&OP, key, what),
        Err(_) => verdict.find(&OP, key, "列的内容不对"),
    }
}

fn fits(mut row: Row) -> Result<Option<&'static str>, StoreError> {
    let _town = row.text()?;
    let (author, epoch, seq): ([u8; 16], u32, u64) = (row.bytes()?, row.narrow()?, row.uint()?);
    let (hash, id, scope) = (Hash32(row.bytes()?), row.opt_blob()?, row.opt_text()?);
    let (server_seq, _issue, reject) = (row.opt_int()?, row.opt_text()?, row.opt_text()?);
    let (_received_at_ms, damaged, bytes) = (row.int()?, row.flag()?, row.blob()?);
    if reject.as_deref() == Some(RejectCode::TooLarge.name()) {
        return Ok(None);
    }
    if Hash32::of(&bytes) != hash {
        return Ok(Some("记录内容与哈希不符"));
    }
    if damaged {
        return Ok(Some("记录完好，却标为损坏"));
    }
    if server_seq.is_none() {
        return Ok(None);
    }
    let Ok(op) = Op::from_bytes(&bytes) else { return Ok(Some("记录读不出")) };
    let same = *op.device.as_bytes() == author
        && op.epoch == epoch
        && op.seq == seq
        && Some(op.id.as_bytes().as_slice()) == id.as_deref()
        && Some(op.scope.as_str()) == scope.as_deref();
    Ok((!same).then_some("列与记录内容不符"))
}

/// Every chain is dense from 1 and each op names the one before it; every
/// signature over a head fits.
pub(super) fn check(tx: &Tx<'_>, verdict: &mut Verdict) -> Result<(), StoreError> {
    let chains = tx.query("SELECT DISTINCT town, device, epoch FROM op ORDER BY town, device, epoch", &[])?;
    for mut row in chains {
        let key = [row.value(), row.value(), row.value()];
        let checked = chain(tx, &key, verdict);
        unless_damaged(verdict, &OP, &place(&key), checked)?;
    }
    tx.scan(&CHAIN_HEAD, |mut cells, _sound| {
        let key = place(&cells[..CHAIN_HEAD.key]);
        cells.pop();
        let checked = head(tx, Row::new(cells, CHAIN_HEAD.name));
        if unless_damaged(verdict, &CHAIN_HEAD, &key, checked)? == Some(false) {
            verdict.find(&CHAIN_HEAD, key, "签名核对不上");
        }
        Ok(())
    })
}

fn chain(tx: &Tx<'_>, key: &[Value<'static>; 3], verdict: &mut Verdict) -> Result<(), StoreError> {
    let [town, author, epoch] = key;
    let town_text = match town {
        Value::Text(town) => town.to_string(),
        _ => String::new(),
    };
    let mut author_row = Row::new(vec![author.clone()], DEVICE.name);
    let known = match town_text.parse::<TownCode>() {
        Ok(town) => device::by_id(tx, town, DeviceId::from_bytes(author_row.bytes()?))?.is_some(),
        Err(_) => false,
    };
    if !known {
        verdict.find(&DEVICE, place(&key[..2]), "有它的记录，却没有这台电脑");
    }
    let (mut seq, mut last) = (0, Hash32::ZERO);
    loop {
        let rows = tx.query_as(
            OP.name,
            "SELECT seq, hash, server_seq, bytes FROM op \
             WHERE town = $1 AND device = $2 AND epoch = $3 AND seq > $4 AND seq <= $5 ORDER BY seq",
            &[town.clone(), author.clone(), epoch.clone(), seq.into(), (seq + PAGE).into()],
        )?;
        let full = !rows.is_empty();
        for mut row in rows {
            let (found, hash) = (row.uint()?, Hash32(row.bytes()?));
            let (server_seq, bytes) = (row.opt_int()?, row.blob()?);
            let here = || format!("{} {found}", place(key));
            if found != seq + 1 {
                verdict.find(&OP, here(), "前面缺少记录");
            } else if server_seq.is_some() && Op::from_bytes(&bytes).is_ok_and(|op| op.prev != last) {
                verdict.find(&OP, here(), "与前一条记录接不上");
            }
            (seq, last) = (found, hash);
        }
        if !full {
            break;
        }
    }
    // whatever lies behind a hole
    let beyond = tx.first(
        "SELECT seq FROM op WHERE town = $1 AND device = $2 AND epoch = $3 AND seq > $4 LIMIT 1",
        &[town.clone(), author.clone(), epoch.clone(), seq.into()],
    )?;
    if beyond.is_some() {
        verdict.find(&OP, place(key), "前面缺少记录");
    }
    Ok(())
}

/// Whether the signature is the author's over that op.
fn head(tx: &Tx<'_>, mut row: Row) -> Result<bool, StoreError> {
    let (town, author): (TownCode, _) = (row.parsed()?, DeviceId::from_bytes(row.bytes()?));
    let (epoch, seq, alg, signature) = (row.int()?, row.int()?, row.text()?, row.blob()?);
    let op = tx.first(
        "SELECT hash FROM op WHERE town = $1 AND device = $2 AND epoch = $3 AND seq = $4",
        &[town.as_str().into(), author.as_bytes().into(), epoch.into(), seq.into()],
    )?;
    let (Some(mut op), Some(device)) = (op, device::by_id(tx, town, author)?) else { return Ok(false) };
    let hash = Hash32(op.bytes()?);
    Ok(alg == ED25519_TAG && verify_hash(&device.sign_key, Context::ChainHead, &hash, &signature).is_ok())
}
