#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::UserId;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::keys::{KeysPushAnswer, KeysPushRequest};
use zhenxin_protocol::wire::ops::{OpOutcome, OpResult, PushAnswer, PushRequest};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, Lineage};
use zhenxin_store::{
    Clock, CreateOptions, Created, IdSource, KdfCost, KeyringPolicy, NewUser, Ports, ResidentBatch, ResidentDraft,
    Store,
};

use super::super::{Tuning, Workbench};
use crate::engine::{Done, Event, Step};
use crate::failure::Failure;
use crate::link::Link;
use crate::sim::poll_now;
use crate::transport::{Exchange, Transport};

const LINEAGE: Lineage = Lineage([7; 16]);

struct Still;

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        1_767_592_800_000
    }
}

/// Counts up: no two ids are the same.
struct Counting(Mutex<u64>);

impl IdSource for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut next = self.0.lock().unwrap();
            *next += 1;
            chunk.copy_from_slice(&next.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A district of a generation, which counts what it is given.
#[derive(Default)]
struct District {
    generation: Mutex<u32>,
    pushed: Mutex<BTreeMap<&'static str, usize>>,
}

impl District {
    fn count(&self, what: &'static str, count: usize) {
        *self.pushed.lock().unwrap().entry(what).or_default() += count;
    }

    fn pushed(&self, what: &str) -> usize {
        self.pushed.lock().unwrap().get(what).copied().unwrap_or(0)
    }

    fn keys(&self, request: &KeysPushRequest) -> KeysPushAnswer {
        let generation = *self.generation.lock().unwrap();
        let places = (0..).zip(&request.rows);
        let early: Vec<u32> = places.filter(|(_, row)| row.generation > generation).map(|(place, _)| place).collect();
        self.count("keys", request.rows.len() - early.len());
        KeysPushAnswer { early, ..KeysPushAnswer::default() }
    }

    fn ops(&self, request: &PushRequest) -> PushAnswer {
        let taken = |server_seq| OpResult { outcome: Some(OpOutcome::Accepted { server_seq }) };
        self.count("ops", request.ops.len());
        PushAnswer { results: (1..).take(request.ops.len()).map(taken).collect() }
    }
}

impl Transport for District {
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_> {
        let body = Ask::unpack(endpoint, &frame).unwrap().body;
        let answer = match endpoint {
            Endpoint::KeysPush => to_cbor(&self.keys(&from_cbor(&body).unwrap())),
            Endpoint::Push => to_cbor(&self.ops(&from_cbor(&body).unwrap())),
            other => panic!("{other:?} is none of these steps"),
        };
        Box::pin(async move { Ok(Answer { body: Some(answer), ..Answer::done(LINEAGE, &()) }) })
    }
}

struct Bench {
    _dir: TempDir,
    store: Store,
    district: Arc<District>,
    bench: Workbench,
    admin: UserId,
}

impl Bench {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let ports = Ports { clock: Arc::new(Still), ids: Arc::new(Counting(Mutex::new(0))) };
        let options = CreateOptions {
            town: "330211101".parse().unwrap(),
            device_label: "综合办 1 号机".to_owned(),
            admin: NewUser { name: "王经办".to_owned(), duties: 0b1111, ..NewUser::default() },
            sign_in_name: "wang".to_owned(),
            password: "correct horse 7".to_owned(),
            keyring: KeyringPolicy::Off,
            kdf: KdfCost::WEAK_FOR_TESTS,
        };
        let Created { store, admin, .. } = Store::create(dir.path(), options, &ports).unwrap();
        let link = Link {
            url: "https://district.test".to_owned(),
            token: [1; 32],
            ca_pem: None,
            scopes: vec!["330211101".to_owned()],
            district_name: "区平台".to_owned(),
            lineage: LINEAGE.0,
            label: String::new(),
            sign_key: [2; 32],
            seal_key: [3; 32],
        };
        let district = Arc::new(District::default());
        let bench = Workbench::new(store.clone(), ports, district.clone(), link, Tuning::default());
        Self { _dir: dir, store, district, bench, admin }
    }

    fn resident(&self) {
        let village: VillageCode = "330211101200".parse().unwrap();
        let rows = [ResidentDraft::new(village).household_no("0001").set(Field::Name, "张三")];
        let batch = ResidentBatch { rows: &rows, import: None, progress: None, cancel: None };
        self.store.write(self.admin, |tx| tx.record_residents(batch)).unwrap();
    }

    fn run(&self, step: Step) -> Event {
        poll_now(self.bench.clone().run(step)).unwrap()
    }
}

#[test]
fn no_op_leaves_before_its_keys_where_the_district_was_set_back() {
    let bench = Bench::new();
    bench.store.rotate_data_key(2, false).unwrap();
    bench.resident();
    for step in [Step::PushOps, Step::PushKeys] {
        assert_eq!(bench.run(step), Event::Failed(Failure::Garbled), "{step:?}");
    }
    assert_eq!((bench.district.pushed("keys"), bench.district.pushed("ops")), (1, 0), "the administrator's alone");
    assert_eq!(bench.store.outgoing_keys().unwrap(), 1);
    // the next round begins with the number, and the step wraps what is ahead of it anew
    bench.store.rotate_data_key(0, false).unwrap();
    assert_eq!(bench.run(Step::PushKeys), Event::Done(Done::KeysPushed { rows: 1, more: false }));
    assert_eq!((bench.district.pushed("keys"), bench.store.outgoing_keys().unwrap()), (2, 0));
    assert!(matches!(bench.run(Step::PushOps), Event::Done(Done::OpsPushed { accepted: 2.., more: false, .. })));
}

#[test]
fn what_is_ahead_is_wrapped_anew_before_any_op_leaves() {
    let bench = Bench::new();
    bench.store.rotate_data_key(2, false).unwrap();
    bench.resident();
    bench.store.rotate_data_key(0, false).unwrap();
    // as where a stick or another lane brought it after the step for keys
    assert!(matches!(bench.run(Step::PushOps), Event::Done(Done::OpsPushed { .. })));
    assert_eq!((bench.district.pushed("keys"), bench.store.outgoing_keys().unwrap()), (2, 0));
}
