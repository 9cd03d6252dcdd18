#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;

use zhenxin_protocol::frame::{from_cbor, pack};
use zhenxin_protocol::wire::enrol::EnrolAnswer;
use zhenxin_protocol::wire::hello::{HelloAnswer, HelloRequest};
use zhenxin_protocol::wire::keys::{GrantsAnswer, GrantsRequest, KeyRow, KeysPushRequest};
use zhenxin_protocol::wire::limits::{BODY_DECOMPRESSED_MAX_BYTES, KEY_ROWS_MAX, PUSH_MAX_BYTES, PUSH_OPS_MAX};
use zhenxin_protocol::wire::ops::{OpOutcome, PullAnswer, PullRequest, PushAnswer};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, FaultCode, WireFault};

use super::dispatch;
use crate::config::Config;
use crate::fixture::{Author, NOW_MS, VILLAGE, town};
use crate::server::Site;
use crate::store::enrol::NewCode;

struct Bench {
    _dir: TempDir,
    site: Arc<Site>,
    now_ms: Arc<AtomicI64>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let hand = Arc::clone(&now_ms);
        let clock = Arc::new(move || hand.load(Ordering::SeqCst));
        let site = Site::open(&Config { clock, ..Config::local(dir.path()) }).unwrap();
        Self { _dir: dir, site, now_ms }
    }

    fn code(&self) -> String {
        let new = NewCode { town: town(), label: "备用名".to_owned(), villages: Vec::new(), valid_ms: 3_600_000 };
        self.site.store.make_code(&new, NOW_MS).unwrap().to_string()
    }

    fn ask<A>(
        &self,
        endpoint: Endpoint,
        token: Option<[u8; 32]>,
        body: &impl minicbor::Encode<()>,
    ) -> Result<A, FaultCode>
    where
        A: for<'b> minicbor::Decode<'b, ()>,
    {
        open(dispatch(&self.site, endpoint, token, &Ask::pack(body)))
    }

    fn enrol(&self, author: &Author) -> [u8; 32] {
        let answer: EnrolAnswer = self.ask(Endpoint::Enrol, None, &author.enrol_request(&self.code())).unwrap();
        answer.token
    }
}

fn open<A>(answer: Result<Answer, WireFault>) -> Result<A, FaultCode>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    let answer = answer.map_err(|fault| fault.known().unwrap())?;
    Ok(from_cbor(&answer.body.unwrap()).unwrap())
}

#[test]
fn a_device_is_let_in_and_pushes() {
    let bench = Bench::new();
    let hello: HelloAnswer = bench.ask(Endpoint::Hello, None, &HelloRequest::default()).unwrap();
    assert_eq!(hello.time_ms, NOW_MS);
    let mut author = Author::new(1);
    let token = bench.enrol(&author);
    let ops = author.ops(VILLAGE, 3);
    let answer: PushAnswer = bench.ask(Endpoint::Push, Some(token), &author.push_request(&ops)).unwrap();
    assert_eq!(answer.results[2].outcome, Some(OpOutcome::Accepted { server_seq: 3 }));
    let pulled: PullAnswer = bench.ask(Endpoint::Pull, Some(token), &PullRequest::default()).unwrap();
    assert_eq!(pulled.pages[0].ops.len(), 3);
    let grants: GrantsAnswer = bench.ask(Endpoint::KeysGrants, Some(token), &GrantsRequest::default()).unwrap();
    assert_eq!(grants.devices[0].label, "综合办 1 号机");
}

#[test]
fn without_a_good_token_nothing_is_read() {
    let bench = Bench::new();
    let author = Author::new(1);
    let token = bench.enrol(&author);
    for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| endpoint.needs_token()) {
        for wrong in [None, Some([9; 32])] {
            // rubbish in the body: the token is judged first
            let refused = open::<()>(dispatch(&bench.site, endpoint, wrong, b"rubbish"));
            assert_eq!(refused, Err(FaultCode::DeviceUnknown), "{endpoint:?}");
        }
    }
    bench.site.store.revoke(town(), author.id, NOW_MS).unwrap();
    let refused: Result<PullAnswer, _> = bench.ask(Endpoint::Pull, Some(token), &PullRequest::default());
    assert_eq!(refused, Err(FaultCode::DeviceRevoked));
}

#[test]
fn a_signature_of_another_key_or_over_another_head_is_refused() {
    let bench = Bench::new();
    let mut author = Author::new(1);
    let token = bench.enrol(&author);
    let ops = author.ops(VILLAGE, 2);
    let mut other_head = author.push_request(&ops);
    other_head.ops.pop();
    let mut other_key = Author::new(2).push_request(&ops);
    other_key.device = author.id;
    let mut other_algorithm = author.push_request(&ops);
    other_algorithm.head.alg = "none".to_owned();
    for request in [other_head, other_key, other_algorithm] {
        let refused: Result<PushAnswer, _> = bench.ask(Endpoint::Push, Some(token), &request);
        assert_eq!(refused, Err(FaultCode::BadSignature));
    }
    let stranger = Author::new(2).push_request(&ops);
    let refused: Result<PushAnswer, _> = bench.ask(Endpoint::Push, Some(token), &stranger);
    assert_eq!(refused, Err(FaultCode::ScopeDenied));
}

#[test]
fn an_enrolment_needs_proof_of_the_key() {
    let bench = Bench::new();
    let author = Author::new(1);
    let mut request = author.enrol_request(&bench.code());
    request.seal_key = [0; 32];
    let refused: Result<EnrolAnswer, _> = bench.ask(Endpoint::Enrol, None, &request);
    assert_eq!(refused.unwrap_err(), FaultCode::BadSignature);
    let mistyped = author.enrol_request("AAAA-AAAA-AAAA-AAAA");
    let refused: Result<EnrolAnswer, _> = bench.ask(Endpoint::Enrol, None, &mistyped);
    assert_eq!(refused.unwrap_err(), FaultCode::CodeUnknown);
}

#[test]
fn guessing_codes_is_slowed_down_for_a_minute() {
    let bench = Bench::new();
    let author = Author::new(1);
    let wrong = zhenxin_protocol::wire::code::EnrolCode::from_random([3; 10]).to_string();
    let mut guesses = 0;
    while guesses < 100 {
        match bench.ask::<EnrolAnswer>(Endpoint::Enrol, None, &author.enrol_request(&wrong)) {
            Err(FaultCode::CodeUnknown) => guesses += 1,
            Err(FaultCode::Busy) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(guesses, 30);
    bench.now_ms.fetch_add(60_000, Ordering::SeqCst);
    bench.enrol(&author);
}

#[test]
fn a_bomb_and_oversized_lists_are_refused() {
    let bench = Bench::new();
    let mut author = Author::new(1);
    let token = bench.enrol(&author);
    let bomb = pack(&minicbor::bytes::ByteVec::from(vec![0u8; BODY_DECOMPRESSED_MAX_BYTES + 1]));
    let refused = open::<()>(dispatch(&bench.site, Endpoint::Push, Some(token), &bomb));
    assert_eq!(refused, Err(FaultCode::TooLarge));
    let ops = author.ops(VILLAGE, PUSH_OPS_MAX + 1);
    let refused: Result<PushAnswer, _> = bench.ask(Endpoint::Push, Some(token), &author.push_request(&ops));
    assert_eq!(refused, Err(FaultCode::TooLarge));
    let row = KeyRow {
        subject: [1; 16],
        data_key: zhenxin_domain::ids::DataKeyId::from_bytes([1; 16]),
        wrapped: vec![0; 3],
        tombstone: false,
        scope: VILLAGE.parse().unwrap(),
        generation: 0,
    };
    let rows = KeysPushRequest { rows: vec![row.clone(); KEY_ROWS_MAX + 1] };
    let refused: Result<PushAnswer, _> = bench.ask(Endpoint::KeysPush, Some(token), &rows);
    assert_eq!(refused, Err(FaultCode::TooLarge));
    let long = KeysPushRequest { rows: vec![KeyRow { wrapped: vec![0; 3_000], ..row }] };
    let refused: Result<PushAnswer, _> = bench.ask(Endpoint::KeysPush, Some(token), &long);
    assert_eq!(refused, Err(FaultCode::TooLarge));
}

#[test]
fn fault_22_a_push_of_too_many_bytes_is_refused_as_a_whole() {
    let bench = Bench::new();
    let mut author = Author::new(1);
    let token = bench.enrol(&author);
    let ops: Vec<Vec<u8>> = (0..3).map(|_| author.op_with(VILLAGE, |op| op.body = vec![7; 400_000])).collect();
    assert!(ops.iter().map(Vec::len).sum::<usize>() > PUSH_MAX_BYTES);
    let refused: Result<PushAnswer, _> = bench.ask(Endpoint::Push, Some(token), &author.push_request(&ops));
    assert_eq!(refused, Err(FaultCode::TooLarge));
    // each two of them fit
    let answer: PushAnswer = bench.ask(Endpoint::Push, Some(token), &author.push_request(&ops[..2])).unwrap();
    assert_eq!(answer.results[1].outcome, Some(OpOutcome::Accepted { server_seq: 2 }));
}

#[test]
fn one_op_too_large_is_refused_by_itself() {
    let bench = Bench::new();
    let mut author = Author::new(1);
    let token = bench.enrol(&author);
    let large = author.op_with(VILLAGE, |op| op.body = vec![0; 1_100_000]);
    let request = author.push_request(&[large]);
    let answer: PushAnswer = bench.ask(Endpoint::Push, Some(token), &request).unwrap();
    assert!(matches!(&answer.results[0].outcome, Some(OpOutcome::Rejected { code, .. }) if code == "op_too_large"));
    let next = author.op(VILLAGE);
    let answer: PushAnswer = bench.ask(Endpoint::Push, Some(token), &author.push_request(&[next])).unwrap();
    assert_eq!(answer.results[0].outcome, Some(OpOutcome::Accepted { server_seq: 1 }));
}

#[test]
fn a_device_that_asks_without_end_is_sent_away() {
    let bench = Bench::new();
    let token = bench.enrol(&Author::new(1));
    let mut asked = 0;
    let refused = loop {
        match bench.ask::<PullAnswer>(Endpoint::Pull, Some(token), &PullRequest::default()) {
            Ok(_) => asked += 1,
            Err(code) => break code,
        }
        assert!(asked < 5_000);
    };
    assert_eq!(refused, FaultCode::Busy);
    let other = bench.enrol(&Author::new(2));
    assert!(bench.ask::<PullAnswer>(Endpoint::Pull, Some(other), &PullRequest::default()).is_ok());
}
