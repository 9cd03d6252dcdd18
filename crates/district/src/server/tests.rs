#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Builder;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;
use tokio::time::timeout;

use zhenxin_protocol::frame;
use zhenxin_protocol::wire::hello::{HelloRequest, greeting};
use zhenxin_protocol::wire::limits::BODY_MAX_BYTES;
use zhenxin_protocol::wire::ops::PullRequest;
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, FaultCode, WireFault};

use super::{
    ADDRESS_STRANGERS_MAX, DEVICE_IN_FLIGHT_MAX, DEVICE_REQUESTS_PER_MINUTE, IN_FLIGHT_MAX, LOOKUPS_MAX, STRANGERS_MAX,
    Site, WORKERS_MAX, WRONG_TOKENS_PER_MINUTE, answer, serve,
};
use crate::caller::Caller;
use crate::config::Config;
use crate::fixture::{Author, NOW_MS, VILLAGE, town};
use crate::store::enrol::{NewCode, Newcomer};

fn site() -> (TempDir, Arc<Site>) {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::open(&Config { clock: Arc::new(|| NOW_MS), ..Config::local(dir.path()) }).unwrap();
    (dir, site)
}

fn request() -> Builder {
    Request::post("/").header(CONTENT_TYPE, frame::CONTENT_TYPE)
}

fn refusal(outcome: Result<Answer, WireFault>) -> FaultCode {
    outcome.unwrap_err().known().unwrap()
}

#[tokio::test]
async fn what_is_too_large_is_refused_whether_it_says_so_or_not() {
    let (_dir, site) = site();
    let announced = request().header(CONTENT_LENGTH, BODY_MAX_BYTES + 1).body(Body::empty()).unwrap();
    assert_eq!(refusal(answer(&site, Endpoint::Hello, announced).await), FaultCode::TooLarge);
    let silent = request().body(Body::from(vec![0; BODY_MAX_BYTES + 1])).unwrap();
    assert_eq!(refusal(answer(&site, Endpoint::Hello, silent).await), FaultCode::TooLarge);
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_is_read() {
    let (_dir, site) = site();
    let untyped = Request::post("/").body(Body::from(Ask::pack(&HelloRequest::default()))).unwrap();
    assert_eq!(refusal(answer(&site, Endpoint::Hello, untyped).await), FaultCode::BadFrame);
    for header in ["", "Bearer", "Bearer x", "Basic AAAA"] {
        let large = Body::from(vec![0; BODY_MAX_BYTES + 1]);
        let nameless = request().header(AUTHORIZATION, header).body(large).unwrap();
        assert_eq!(refusal(answer(&site, Endpoint::Pull, nameless).await), FaultCode::DeviceUnknown);
    }
    let unknown = request()
        .header(AUTHORIZATION, format!("Bearer {}", "A".repeat(43)))
        .body(Body::from(Ask::pack(&PullRequest::default())))
        .unwrap();
    assert_eq!(refusal(answer(&site, Endpoint::Pull, unknown).await), FaultCode::DeviceUnknown);
}

#[tokio::test]
async fn too_many_requests_at_once_are_sent_away_with_a_time() {
    let (_dir, site) = site();
    let hello = || request().body(Body::from(Ask::pack(&HelloRequest::default()))).unwrap();
    let crowd = site.strangers.try_acquire_many(STRANGERS_MAX as u32).unwrap();
    let response = serve(Arc::clone(&site), Endpoint::Hello, hello()).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "5");
    let body = axum::body::to_bytes(response.into_body(), BODY_MAX_BYTES).await.unwrap();
    let refused = Answer::unpack(&body).unwrap();
    assert_eq!(refused.fault.unwrap().retry_after_s, Some(5));
    // a device has places of its own
    let token = enrolled(&site, &Author::new(1));
    assert!(answer(&site, Endpoint::Pull, pull(token, whole())).await.is_ok());
    drop(crowd);
    let response = serve(Arc::clone(&site), Endpoint::Hello, hello()).await;
    assert_eq!(response.status(), 200);
    // and the other way round: a stranger is told that it is one, not that devices are many
    let _crowd = site.in_flight.try_acquire_many(IN_FLIGHT_MAX as u32).unwrap();
    assert_eq!(refusal(answer(&site, Endpoint::Pull, pull([9; 32], whole())).await), FaultCode::DeviceUnknown);
    assert_eq!(refusal(answer(&site, Endpoint::Pull, pull(token, whole())).await), FaultCode::Busy);
    assert!(answer(&site, Endpoint::Hello, hello()).await.is_ok());
}

#[tokio::test]
async fn who_lets_a_body_drip_holds_up_nobody_else() {
    let (_dir, site) = site();
    let (slow, other) = (enrolled(&site, &Author::new(1)), enrolled(&site, &Author::new(2)));
    let dripping = |request: Request, endpoint| {
        let site = Arc::clone(&site);
        tokio::spawn(async move { answer(&site, endpoint, request).await })
    };
    for _ in 0..DEVICE_IN_FLIGHT_MAX {
        dripping(pull(slow, Body::new(Drip(None))), Endpoint::Pull);
    }
    until(|| IN_FLIGHT_MAX - site.in_flight.available_permits() == DEVICE_IN_FLIGHT_MAX as usize).await;
    assert_eq!(refusal(answer(&site, Endpoint::Pull, pull(slow, whole())).await), FaultCode::Busy);
    assert!(answer(&site, Endpoint::Pull, pull(other, whole())).await.is_ok());
    let hello = |address: &str, body: Body| {
        let mut hello = request().body(body).unwrap();
        hello.extensions_mut().insert(ConnectInfo::<SocketAddr>(address.parse().unwrap()));
        hello
    };
    for _ in 0..ADDRESS_STRANGERS_MAX {
        dripping(hello("10.0.0.1:4000", Body::new(Drip(None))), Endpoint::Hello);
    }
    until(|| STRANGERS_MAX - site.strangers.available_permits() == ADDRESS_STRANGERS_MAX as usize).await;
    let greeting = || Body::from(Ask::pack(&HelloRequest::default()));
    let refused = answer(&site, Endpoint::Hello, hello("10.0.0.1:5000", greeting())).await;
    assert_eq!(refusal(refused), FaultCode::Busy);
    assert!(answer(&site, Endpoint::Hello, hello("10.0.0.2:4000", greeting())).await.is_ok());
}

/// Long enough for a request that waits for nobody, on any machine.
const MOMENT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn fault_22_only_so_many_requests_are_worked_on_at_once() {
    let (_dir, site) = site();
    let token = enrolled(&site, &Author::new(1));
    for endpoint in [Endpoint::Pull, Endpoint::Hello] {
        let busy = site.workers.try_acquire_many(WORKERS_MAX as u32).unwrap();
        let one_more = match endpoint {
            Endpoint::Pull => pull(token, whole()),
            _ => request().body(Body::from(Ask::pack(&HelloRequest::default()))).unwrap(),
        };
        let mut waiting = std::pin::pin!(answer(&site, endpoint, one_more));
        assert!(timeout(MOMENT, &mut waiting).await.is_err(), "{endpoint:?} was worked on beside {WORKERS_MAX} others");
        drop(busy);
        assert!(waiting.await.is_ok(), "{endpoint:?}");
    }
}

#[tokio::test]
async fn a_device_that_is_shut_out_while_it_sends_gets_nothing() {
    let (_dir, site) = site();
    let author = Author::new(1);
    let token = enrolled(&site, &author);
    let (send, sent) = tokio::sync::oneshot::channel();
    let working = Arc::clone(&site);
    let under_way =
        tokio::spawn(async move { answer(&working, Endpoint::Pull, pull(token, Body::new(Drip(Some(sent))))).await });
    until(|| site.in_flight.available_permits() < IN_FLIGHT_MAX).await;
    site.store.revoke(town(), author.id, NOW_MS).unwrap();
    send.send(Ask::pack(&PullRequest::default())).unwrap();
    assert_eq!(refusal(under_way.await.unwrap()), FaultCode::DeviceRevoked);
}

#[tokio::test]
async fn an_address_that_guesses_tokens_is_sent_away_and_a_good_one_is_heard() {
    let (_dir, site) = site();
    let token = enrolled(&site, &Author::new(1));
    for _ in 0..WRONG_TOKENS_PER_MINUTE {
        assert_eq!(refusal(answer(&site, Endpoint::Pull, pull([9; 32], whole())).await), FaultCode::DeviceUnknown);
    }
    assert_eq!(refusal(answer(&site, Endpoint::Pull, pull([9; 32], whole())).await), FaultCode::Busy);
    assert!(answer(&site, Endpoint::Pull, pull(token, whole())).await.is_ok());
}

#[tokio::test]
async fn a_device_greets_from_its_own_places_and_whoever_shows_no_token_from_those_of_strangers() {
    let (_dir, site) = site();
    let (device, out) = (Author::new(1), Author::new(2));
    let (token, shut_out) = (enrolled(&site, &device), enrolled(&site, &out));
    site.store.revoke(town(), out.id, NOW_MS).unwrap();
    let hello = |shown: &[u8]| {
        let bearer = format!("Bearer {}", URL_SAFE_NO_PAD.encode(shown));
        request().header(AUTHORIZATION, bearer).body(Body::from(Ask::pack(&HelloRequest::default()))).unwrap()
    };
    let of_device = greeting(&token);
    // the token itself is no greeting
    let shut_out = greeting(&shut_out);
    let strangers: [&[u8]; 5] = [&token, shut_out.as_bytes(), &[9; 32], b"short", &[]];
    let crowd = site.strangers.try_acquire_many(STRANGERS_MAX as u32).unwrap();
    assert!(answer(&site, Endpoint::Hello, hello(of_device.as_bytes())).await.is_ok());
    for shown in strangers {
        assert_eq!(refusal(answer(&site, Endpoint::Hello, hello(shown)).await), FaultCode::Busy, "{shown:?}");
    }
    drop(crowd);
    // a token that is none is no error
    for shown in strangers {
        assert!(answer(&site, Endpoint::Hello, hello(shown)).await.is_ok(), "{shown:?}");
    }
    // and one that greets without end, or twice at once, is a stranger too
    let greets_now = site.greeters.take((town(), device.id)).unwrap();
    assert!(answer(&site, Endpoint::Hello, hello(of_device.as_bytes())).await.is_ok());
    {
        let _crowd = site.strangers.try_acquire_many(STRANGERS_MAX as u32).unwrap();
        assert_eq!(refusal(answer(&site, Endpoint::Hello, hello(of_device.as_bytes())).await), FaultCode::Busy);
    }
    drop(greets_now);
    while site.greetings.count((town(), device.id), NOW_MS).is_ok() {}
    assert!(answer(&site, Endpoint::Hello, hello(of_device.as_bytes())).await.is_ok());
    let _crowd = site.strangers.try_acquire_many(STRANGERS_MAX as u32).unwrap();
    assert_eq!(refusal(answer(&site, Endpoint::Hello, hello(of_device.as_bytes())).await), FaultCode::Busy);
}

#[tokio::test]
async fn whoever_replays_a_greeting_takes_nothing_of_what_the_device_sends_with() {
    let (_dir, site) = site();
    let mut device = Author::new(1);
    let token = enrolled(&site, &device);
    let shown = format!("Bearer {}", URL_SAFE_NO_PAD.encode(greeting(&token).as_bytes()));
    let hello = |body: Body| request().header(AUTHORIZATION, &shown).body(body).unwrap();
    let bearer = format!("Bearer {}", URL_SAFE_NO_PAD.encode(token));
    let mut push = || {
        let ops = device.ops(VILLAGE, 1);
        let body = Body::from(Ask::pack(&device.push_request(&ops)));
        request().header(AUTHORIZATION, &bearer).body(body).unwrap()
    };
    // as many at once as the device may have under way
    for _ in 0..DEVICE_IN_FLIGHT_MAX {
        let (site, dripping) = (Arc::clone(&site), hello(Body::new(Drip(None))));
        tokio::spawn(async move { answer(&site, Endpoint::Hello, dripping).await });
    }
    let under_way =
        || IN_FLIGHT_MAX - site.in_flight.available_permits() + STRANGERS_MAX - site.strangers.available_permits();
    until(|| under_way() == DEVICE_IN_FLIGHT_MAX as usize).await;
    assert!(answer(&site, Endpoint::Push, push()).await.is_ok());
    // and as many as it may send of anything, from many addresses, because one is not looked up so often
    for number in 0..DEVICE_REQUESTS_PER_MINUTE {
        let mut replayed = hello(Body::from(Ask::pack(&HelloRequest::default())));
        let from = Ipv4Addr::from_bits(0x0a00_0000 + number / 100);
        replayed.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 4000))));
        let _answered = answer(&site, Endpoint::Hello, replayed).await;
    }
    assert!(answer(&site, Endpoint::Push, push()).await.is_ok());
}

#[tokio::test]
async fn an_address_that_has_asked_enough_is_not_looked_up() {
    let (_dir, site) = site();
    let token = enrolled(&site, &Author::new(1));
    let shown = format!("Bearer {}", URL_SAFE_NO_PAD.encode(greeting(&token).as_bytes()));
    let hello = || {
        let body = Body::from(Ask::pack(&HelloRequest::default()));
        request().header(AUTHORIZATION, &shown).body(body).unwrap()
    };
    // nobody else's lookup is waited for
    let _others = site.lookups.try_acquire_many(LOOKUPS_MAX as u32).unwrap();
    assert!(timeout(MOMENT, answer(&site, Endpoint::Hello, hello())).await.is_err());
    while site.stranger_requests.count(Caller::HERE, NOW_MS).is_ok() {}
    assert_eq!(refusal(timeout(MOMENT, answer(&site, Endpoint::Hello, hello())).await.unwrap()), FaultCode::Busy);
}

/// Lets the others go on until something is so.
async fn until(so: impl Fn() -> bool) {
    while !so() {
        tokio::task::yield_now().await;
    }
}

/// A body that does not come, or comes when it is told to.
struct Drip(Option<tokio::sync::oneshot::Receiver<Vec<u8>>>);

impl HttpBody for Drip {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        let Some(sent) = &mut self.0 else { return Poll::Pending };
        match Pin::new(sent).poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(bytes)) => {
                // the next look finds the end
                self.0 = Some(tokio::sync::oneshot::channel().1);
                Poll::Ready(Some(Ok(http_body::Frame::data(bytes.into()))))
            }
            Poll::Ready(Err(_)) => Poll::Ready(None),
        }
    }
}

fn enrolled(site: &Site, author: &Author) -> [u8; 32] {
    let new = NewCode { town: town(), label: String::new(), villages: Vec::new(), valid_ms: 1_000 };
    let newcomer = Newcomer {
        code: site.store.make_code(&new, NOW_MS).unwrap().hash(),
        device: author.id,
        town: town(),
        label: String::new(),
        sign_key: zhenxin_protocol::device_key::public_key(&author.seed),
        seal_key: author.seal_key(),
    };
    site.store.let_in(&newcomer, &[author.seed[0]; 32], NOW_MS).unwrap();
    [author.seed[0]; 32]
}

fn whole() -> Body {
    Body::from(Ask::pack(&PullRequest::default()))
}

fn pull(token: [u8; 32], body: Body) -> Request {
    let bearer = format!("Bearer {}", URL_SAFE_NO_PAD.encode(token));
    request().header(AUTHORIZATION, bearer).body(body).unwrap()
}
