//! The two ends of the line: what an enrolled PC may send to the district, what a person may send to its console, and
//! what a known PC may hand over on a stick.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use zhenxin_district::config::Config;
use zhenxin_district::console::account;
use zhenxin_district::server::Site;
use zhenxin_district::store::console::account::Role;
use zhenxin_district::{District, clock};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::bundle::Item;
use zhenxin_protocol::device_key::{Context as Signing, ED25519_TAG, public_key};
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::enrol::{EnrolAnswer, EnrolRequest};
use zhenxin_protocol::wire::ops::{HeadSignature, PushRequest};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, FaultCode, PROTOCOL_NAME};
use zhenxin_store::{BundleFrom, BundleTaken, BundleWant, KnownDevice, Store, StoreError};

use super::tables::in_words;
use super::{Target, Verdict, mutation, shapes};
use crate::desk::{Desk, VILLAGE};
use crate::pc::{PASSWORD, TOWN};
use crate::web::Browser;

/// After so many cases the whole town is verified.
const VERIFY_EVERY: u64 = 400;
/// What `verify` says of another PC whose audit went back.
const OTHERS_AUDIT: &str = "另一台电脑的审计";
/// The district's key, of which the stick carries nothing here.
const DISTRICT_SEED: [u8; 32] = [9; 32];

fn known(desk: &Desk) -> Result<KnownDevice> {
    let keys = desk.store.device_keys();
    let scopes = vec![TOWN.parse()?];
    let (device, label) = (keys.device, keys.label);
    Ok(KnownDevice { device, label, sign_key: keys.sign_key, seal_key: keys.seal_key, scopes, listed: true })
}

/// Everything that a desk has, as the items of a bundle.
fn items_of(store: &Store) -> Result<Vec<Item>> {
    let scopes: [Scope; 2] = [TOWN.parse()?, VILLAGE.parse()?];
    let (mut items, after) = (Vec::new(), BTreeMap::new());
    let want = BundleWant { scopes: &scopes, after: &after, attachments: true };
    store.bundle_out(&want, &mut |item| {
        items.push(item);
        Ok::<(), StoreError>(())
    })?;
    Ok(items)
}

/// A PC that keeps its signing key and none of the rules: it goes on with its chain in changed operations.
struct Rogue {
    desk: Desk,
    next: u64,
    prev: Hash32,
    epoch: u32,
}

impl Rogue {
    /// The bytes at the next place of its chain, signed. What is no operation is signed as it is.
    fn signed(&self, bytes: &[u8], id: u128) -> PushRequest {
        let device = self.desk.store.device();
        let bytes = match Op::from_bytes(bytes) {
            Ok(op) => {
                let id = zhenxin_domain::ids::OpId::from_bytes(id.to_be_bytes());
                let op = Op { id, device, epoch: self.epoch, seq: self.next, prev: self.prev, origin: None, ..op };
                op.to_bytes().unwrap_or_else(|_| bytes.to_vec())
            }
            Err(_) => bytes.to_vec(),
        };
        let signature = self.desk.store.sign_hash(Signing::ChainHead, &Op::hash_of(&bytes)).to_vec();
        let head = HeadSignature { alg: ED25519_TAG.to_owned(), signature };
        PushRequest { device, epoch: self.epoch, ops: vec![bytes.into()], head }
    }

    fn went_on(&mut self, sent: &PushRequest) {
        if let Some(last) = sent.ops.last() {
            self.prev = Op::hash_of(last);
            self.next += 1;
        }
    }
}

pub fn items(_: &Path) -> Result<Target> {
    let (rogue, town) = (Desk::found("丙机")?, Desk::found("甲机")?);
    rogue.store.note_devices(&[known(&town)?])?;
    town.store.note_devices(&[known(&rogue)?])?;
    let people = rogue.residents(6)?;
    let rule = rogue.rule()?;
    rogue.award("清洁家园", rule, &people[..3])?;
    let district_key = public_key(&DISTRICT_SEED);
    let from = rogue.store.device();
    let take = move |store: &Store, item: &Item| -> Result<BundleTaken, StoreError> {
        let from = BundleFrom { device: Some(from), made_at_ms: 1, district_key: &district_key, may_read: &|_| true };
        store.bundle_in(item, &from)
    };
    let (mut samples, mut own) = (Vec::new(), Vec::new());
    for item in items_of(&rogue.store)? {
        take(&town.store, &item)?;
        if let Item::Ops(batch) = &item {
            own.extend(batch.ops.iter().map(|op| op.to_vec()));
        }
    }
    let last = own.last().context("the other PC has no operations")?;
    let ended = Op::from_bytes(last)?;
    let mut rogue = Rogue { desk: rogue, next: ended.seq + 1, prev: Op::hash_of(last), epoch: ended.epoch };
    samples.extend(own);
    samples.extend(shapes::ops()?.iter().map(Op::to_bytes).collect::<Result<Vec<_>, _>>()?);
    samples.extend(shapes::all()?.into_iter().filter(|shape| shape.name.starts_with("bundle.")).map(|it| it.bytes));
    let mut number = 0_u64;
    let run = move |bytes: &[u8]| {
        // as wholes: their folders go with them
        let (town, rogue) = (&town, &mut rogue);
        number += 1;
        let verdict = if let Ok(item) = from_cbor::<Item>(bytes) {
            judged(&take(&town.store, &item))?
        } else {
            let sent = rogue.signed(bytes, u128::from(number) << 64 | 0xf022);
            let taken = take(&town.store, &Item::Ops(sent.clone()));
            let carried = taken.as_ref().is_ok_and(|taken| taken.carried_ops > 0);
            if carried {
                rogue.went_on(&sent);
            }
            judged(&taken)?;
            Verdict::any(carried)
        };
        if number.is_multiple_of(VERIFY_EVERY) {
            let report = town.store.verify(None).map_err(|error| format!("verify: {error}"))?;
            // that the rogue's own anchors contradict each other is true, and for a person to know
            if let Some(fault) = report.faults.iter().find(|fault| !fault.contains(OTHERS_AUDIT)) {
                return Err(format!("the town is no longer sound: {fault}"));
            }
        }
        Ok(verdict)
    };
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

fn judged(taken: &Result<BundleTaken, StoreError>) -> Result<Verdict, String> {
    if let Err(fault) = taken {
        in_words(&fault.to_string())?;
    }
    Ok(Verdict::of(taken))
}

/// A district with one enrolled PC, answered in place.
struct Line {
    site: Arc<Site>,
    token: [u8; 32],
    rogue: Rogue,
}

fn line(folder: &Path) -> Result<Line> {
    let home = folder.join("district");
    fs::create_dir_all(&home)?;
    let code = crate::district::code(&home, TOWN, &[])?;
    let desk = Desk::found("丙机")?;
    let mut config = Config::local(home);
    // one minute after another: the rate of requests is not what is looked at here
    let minutes = std::sync::atomic::AtomicI64::new(0);
    let begin = clock::system()();
    config.clock = Arc::new(move || begin + minutes.fetch_add(1, std::sync::atomic::Ordering::Relaxed) * 1_000);
    let site = Site::open(&config)?;
    let keys = desk.store.device_keys();
    let mut request = EnrolRequest {
        code,
        device: keys.device,
        label: keys.label,
        sign_key: keys.sign_key,
        seal_key: keys.seal_key,
        town: TOWN.to_owned(),
        proof: Vec::new(),
    };
    request.proof = desk.store.sign_hash(Signing::Enrolment, &request.proof_hash()).to_vec();
    let answer = Answer::unpack(&site.serve_frame(Endpoint::Enrol, None, &Ask::pack(&request)))?;
    let enrolled: EnrolAnswer = from_cbor(&answer.body.context("the district lets nobody in")?)?;
    let rogue = Rogue { desk, next: 1, prev: Hash32::ZERO, epoch: enrolled.epoch };
    Ok(Line { site, token: enrolled.token, rogue })
}

/// A case is the endpoint's number and the request's CBOR; or, above the endpoints, an operation to be signed.
pub fn requests(folder: &Path) -> Result<Target> {
    let Line { site, token, mut rogue } = line(folder)?;
    let shapes = shapes::all()?;
    let mut samples = Vec::new();
    for (number, endpoint) in (0_u8..).zip(Endpoint::ALL) {
        let stem = endpoint.path().trim_start_matches("/v1/").replace('/', ".");
        let of_it = shapes.iter().filter(|shape| shape.name == format!("{stem}.request"));
        samples.extend(of_it.map(|shape| [&[number], shape.bytes.as_slice()].concat()));
    }
    samples.extend(shapes::ops()?.iter().filter_map(|op| Some([&[0xff], op.to_bytes().ok()?.as_slice()].concat())));
    let mut count = 0_u64;
    let run = move |bytes: &[u8]| {
        let rogue = &mut rogue;
        count += 1;
        let Some((first, rest)) = bytes.split_first() else { return Ok(Verdict::Refused) };
        let (endpoint, frame) = match Endpoint::ALL.get(usize::from(*first)) {
            Some(endpoint) => {
                let ask = Ask { protocol: PROTOCOL_NAME.to_owned(), major: 1, minor: 0, body: rest.to_vec() };
                (*endpoint, zhenxin_protocol::frame::pack(&ask))
            }
            None => (Endpoint::Push, Ask::pack(&rogue.signed(rest, u128::from(count) << 64 | 0xf022))),
        };
        let answer = Answer::unpack(&site.serve_frame(endpoint, Some(token), &frame));
        let answer = answer.map_err(|_| "the answer is none".to_owned())?;
        if usize::from(*first) >= Endpoint::ALL.len() && answer.fault.is_none() {
            // taken or refused, the chain goes on behind it
            rogue.went_on(&rogue.signed(rest, u128::from(count) << 64 | 0xf022));
        }
        match &answer.fault {
            Some(fault) if fault.code == FaultCode::Internal.name() => {
                Err("the district calls it its own fault".to_owned())
            }
            Some(_) => Ok(Verdict::Refused),
            None => Ok(Verdict::Taken),
        }
    };
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

/// Published files, and what stands in the other forms.
pub fn console(folder: &Path) -> Result<Target> {
    let mut config = Config::local(folder.join("district"));
    fs::create_dir_all(&config.data_dir)?;
    let minutes = std::sync::atomic::AtomicI64::new(0);
    let begin = clock::system()();
    config.clock = Arc::new(move || begin + minutes.fetch_add(1, std::sync::atomic::Ordering::Relaxed) * 1_000);
    {
        let site = Site::open(&config)?;
        account::add_ready(site.store(), "guanli", Role::Admin, PASSWORD, begin)?;
    }
    let district = District::start(&config)?;
    let ca_pem: &'static str = Box::leak(fs::read_to_string(district.ca_pem().context("no authority")?)?.into());
    let browser = Browser::signed_in(district.address(), ca_pem, "guanli", PASSWORD)?;
    let run = move |bytes: &[u8]| {
        // the district lives as long as its cases
        let _serves = &district;
        let Some((first, rest)) = bytes.split_first() else { return Ok(Verdict::Refused) };
        let sent = match FORMS.get(usize::from(*first)) {
            Some(form) => browser.upload(form, rest),
            None => browser.send_form("/console/accounts", rest),
        };
        let head = sent.map_err(|error| format!("no answer: {error:#}"))?.head;
        let status = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
        match status.as_str() {
            "500" | "502" | "503" => Err(format!("answered {status}")),
            "200" | "303" => Ok(Verdict::Taken),
            _ => Ok(Verdict::Refused),
        }
    };
    Ok(Target { samples: published()?, change: mutation::bytes, run: Box::new(run) })
}

/// Where published files are checked.
const FORMS: [&str; 3] = [
    "/console/published/holidays/check",
    "/console/published/divisions/check",
    "/console/published/rule_templates/check",
];

fn published() -> Result<Vec<Vec<u8>>> {
    let holidays = json!({ "kind": "holidays", "title": "2027 年放假安排", "rows": [
        { "date": "2027-01-01", "kind": "holiday" }, { "date": "2027-01-03", "kind": "workday" },
    ]});
    let divisions = json!({ "kind": "divisions", "title": "区划", "rows": [
        { "code": "330211", "name": "镇海区", "level": "district", "parent_code": "330200" },
        { "code": "330211101", "name": "九龙湖镇", "level": "town", "parent_code": "330211" },
        { "code": "330211101200", "name": "九龙湖村", "level": "village", "parent_code": "330211101" },
    ]});
    let rules = json!({ "kind": "rule_templates", "title": "样本", "rows": [
        { "code": "A01", "category": "志愿服务", "item": "参加村庄清洁行动", "points": 2, "unit": "次", "subject": "person" },
    ]});
    let mut samples = Vec::new();
    for (number, document) in (0_u8..).zip([holidays, divisions, rules]) {
        samples.push([&[number], serde_json::to_vec(&document)?.as_slice()].concat());
    }
    samples.push(b"\xffname=zhangsan&label=%E5%BC%A0&role=viewer".to_vec());
    // brackets without end
    samples.push([&[0], "[".repeat(400_000).as_bytes()].concat());
    Ok(samples)
}
