#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Builder;
use tempfile::TempDir;

use zhenxin_protocol::frame;
use zhenxin_protocol::wire::hello::HelloRequest;
use zhenxin_protocol::wire::limits::BODY_MAX_BYTES;
use zhenxin_protocol::wire::ops::PullRequest;
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, FaultCode, WireFault};

use super::{IN_FLIGHT_MAX, Site, answer, serve};
use crate::config::Config;
use crate::fixture::NOW_MS;

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
    let crowd = site.in_flight.try_acquire_many(IN_FLIGHT_MAX as u32).unwrap();
    let response = serve(Arc::clone(&site), Endpoint::Hello, hello()).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "5");
    let body = axum::body::to_bytes(response.into_body(), BODY_MAX_BYTES).await.unwrap();
    let refused = Answer::unpack(&body).unwrap();
    assert_eq!(refused.fault.unwrap().retry_after_s, Some(5));
    drop(crowd);
    let response = serve(Arc::clone(&site), Endpoint::Hello, hello()).await;
    assert_eq!(response.status(), 200);
}
