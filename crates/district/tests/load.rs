//! Fifty PCs come back at once, each with 2,000 ops: the real program takes them
//! all, and its memory stays bounded.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zhenxin_district::clock;
use zhenxin_district::running::LISTENING_FILE;
use zhenxin_district::store::Store;
use zhenxin_district::store::enrol::NewCode;
use zhenxin_protocol::frame::{self, from_cbor};
use zhenxin_protocol::wire::enrol::EnrolAnswer;
use zhenxin_protocol::wire::ops::{Cursor, OpOutcome, PullAnswer, PullRequest, PushAnswer};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, FaultCode};

#[allow(dead_code, reason = "the crate's own tests use the rest")]
#[path = "../src/fixture.rs"]
mod fixture;

use fixture::{Author, VILLAGE, scope, town};

const DEVICES: u8 = 50;
const PUSHES: usize = 2;
const OPS: usize = 1_000;
/// With what surrounds it, an op of 1,000 in a push of a million bytes.
const BODY_BYTES: usize = 720;

/// What the program may hold at most, in MB. It takes up to 190: pages of the database, the bodies of fifty full pushes,
/// and the four that are worked on. Without the bound on those four it was 250 and more.
const PEAK_MAX_MB: u64 = 220;

/// The program while it runs.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// One line to the district.
#[derive(Clone)]
struct Line {
    client: Client,
    url: String,
}

impl Line {
    fn new(dir: &Path, url: String) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(dir.join("ca.pem")).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Self { client, url }
    }

    /// Asks until the district is not too busy.
    async fn ask<A>(&self, endpoint: Endpoint, token: Option<&[u8; 32]>, frame: Vec<u8>) -> A
    where
        A: for<'b> minicbor::Decode<'b, ()>,
    {
        loop {
            let mut request = self.client.post(format!("{}{}", self.url, endpoint.path()));
            request = request.header(CONTENT_TYPE, frame::CONTENT_TYPE).body(frame.clone());
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, format!("Bearer {}", URL_SAFE_NO_PAD.encode(token)));
            }
            let bytes = request.send().await.unwrap().bytes().await.unwrap();
            let answer = Answer::unpack(&bytes).unwrap();
            match answer.fault {
                None => return from_cbor(&answer.body.unwrap()).unwrap(),
                Some(fault) if fault.known() == Some(FaultCode::Busy) => {
                    // the district names the time in seconds; the test has less patience
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Some(fault) => panic!("{fault:?}"),
            }
        }
    }
}

fn start(dir: &Path) -> (Running, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_zhenxin-district"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir)
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    for _try in 0..1_200 {
        let text = std::fs::read_to_string(dir.join(LISTENING_FILE)).unwrap_or_default();
        if let Some(url) = text.strip_suffix('\n') {
            return (running, url.to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the district does not listen");
}

/// The most memory that a process ever held, in MB.
fn peak_mb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kb: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb / 1_024
}

/// A body as long as a full push allows, of xorshift noise (Marsaglia 2003).
fn noise(seed: &mut u64) -> Vec<u8> {
    let next = |_| {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        seed.to_le_bytes()
    };
    (0..BODY_BYTES / 8).map(next).collect::<Vec<_>>().concat()
}

async fn come_back(line: Line, number: u8, code: String) -> usize {
    let mut author = Author::new(number);
    let enrolled: EnrolAnswer = line.ask(Endpoint::Enrol, None, Ask::pack(&author.enrol_request(&code))).await;
    let mut accepted = 0;
    let mut seed = u64::from(number);
    for _ in 0..PUSHES {
        // sealed bodies do not compress, and a push is as full as it may be
        let ops: Vec<Vec<u8>> = (0..OPS).map(|_| author.op_with(VILLAGE, |op| op.body = noise(&mut seed))).collect();
        let frame = Ask::pack(&author.push_request(&ops));
        let answer: PushAnswer = line.ask(Endpoint::Push, Some(&enrolled.token), frame).await;
        let taken = |result: &&_| matches!(result, Some(OpOutcome::Accepted { .. }));
        accepted += answer.results.iter().map(|result| &result.outcome).filter(taken).count();
    }
    let mut after = 0;
    for _ in 0..3 {
        let request = PullRequest { cursors: vec![Cursor { scope: scope(VILLAGE), after }], limit: None };
        let answer: PullAnswer = line.ask(Endpoint::Pull, Some(&enrolled.token), Ask::pack(&request)).await;
        let page = answer.pages.into_iter().find(|page| page.scope == scope(VILLAGE)).unwrap();
        after = page.ops.last().map_or(after, |op| op.server_seq);
    }
    assert!(after > 0);
    accepted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_pcs_at_once_are_all_served_with_bounded_memory() {
    let dir = tempfile::tempdir().unwrap();
    let (running, url) = start(dir.path());
    let store = Store::open(dir.path()).unwrap();
    let line = Line::new(dir.path(), url);
    let now_ms = clock::system()();
    let all: Vec<_> = (1..=DEVICES)
        .map(|number| {
            let new = NewCode { town: town(), label: String::new(), villages: Vec::new(), valid_ms: 3_600_000 };
            let code = store.make_code(&new, now_ms).unwrap().to_string();
            tokio::spawn(come_back(line.clone(), number, code))
        })
        .collect();
    let mut accepted = 0;
    for one in all {
        accepted += one.await.unwrap();
    }
    assert_eq!(accepted, usize::from(DEVICES) * PUSHES * OPS);
    let peak_mb = peak_mb(running.0.id());
    assert!(peak_mb < PEAK_MAX_MB, "{peak_mb} MB");
    assert_eq!(store.towns().unwrap()[0].ops, i64::from(DEVICES) * (PUSHES * OPS) as i64);
}
