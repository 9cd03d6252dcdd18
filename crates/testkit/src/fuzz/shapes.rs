//! Samples of every message: the kept forms of tests/fixtures/protocol/shapes.json.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::hash::{Hash32, SM3_TAG};
use zhenxin_protocol::op::Op;

use crate::fixtures;

/// Wall clock of made-up operations: 2026-01-27, ms since 1970 UTC.
const RECORDED_AT_MS: i64 = 1_769_472_000_000;
/// The same day, in days since 1970-01-01.
const OCCURRED_ON: i32 = 20_480;

/// A shape's name and one encoding of it.
pub struct Shape {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Shape {
    /// The kind, of a body.
    pub fn kind(&self) -> Option<&str> {
        self.name.strip_prefix("body.")
    }
}

/// All kept forms.
pub fn all() -> Result<Vec<Shape>> {
    let kept: BTreeMap<String, Vec<String>> =
        serde_json::from_slice(&fs::read(fixtures::path("protocol/shapes.json"))?)?;
    let mut shapes = Vec::new();
    for (name, forms) in kept {
        for form in forms {
            shapes.push(Shape { name: name.clone(), bytes: unhex(&form).context("shapes.json")? });
        }
    }
    Ok(shapes)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok());
    pairs.collect()
}

/// An operation around a body.
pub fn op_around(kind: &str, body: &[u8], id: u128, scope: Scope) -> Op {
    let version = Body::KINDS.iter().find(|(known, _)| *known == kind).map_or(1, |(_, version)| *version);
    Op {
        id: OpId::from_bytes(id.to_be_bytes()),
        device: DeviceId::from_bytes([0xd1; 16]),
        epoch: 1,
        seq: 1,
        prev: Hash32::ZERO,
        scope,
        kind: kind.to_owned(),
        kind_version: version,
        body: body.to_vec(),
        hlc: (RECORDED_AT_MS as u64) << 16,
        recorded_at: RECORDED_AT_MS,
        occurred_on: OCCURRED_ON,
        actor: UserId::from_bytes([0xac; 16]),
        alg: SM3_TAG.to_owned(),
        origin: None,
    }
}

/// One operation around each kept body, in a village's scope or the town's, as the kind wants it.
pub fn ops() -> Result<Vec<Op>> {
    let (town, village): (Scope, Scope) = ("330211101".parse()?, "330211101200".parse()?);
    let shapes = all()?;
    let bodies = shapes.iter().filter_map(|shape| Some((shape.kind()?, &shape.bytes)));
    let ops = (1..).zip(bodies).map(|(number, (kind, body))| {
        let op = op_around(kind, body, number, village);
        if op.read_body().is_ok() { op } else { Op { scope: town, ..op } }
    });
    Ok(ops.collect())
}
