#![allow(clippy::unwrap_used)]

use axum::http::Request as HttpRequest;

use zhenxin_protocol::wire::FaultCode;

use super::*;
use crate::config::Config;

fn site(token: Option<&str>) -> (tempfile::TempDir, Arc<Site>) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::local(dir.path());
    config.metrics_token = token.map(str::to_owned);
    let site = Site::open(&config).unwrap();
    (dir, site)
}

fn asked(peer: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = HttpRequest::get(PATH);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
    request
}

#[test]
fn the_figures_are_for_this_machine_or_for_who_knows_the_token() {
    let (_dir, site) = site(Some("a-long-enough-secret"));
    let bearer = ("authorization", "Bearer a-long-enough-secret");
    assert!(may_read(&site, &asked("127.0.0.1:5000", &[])));
    assert!(may_read(&site, &asked("[::1]:5000", &[])));
    assert!(!may_read(&site, &asked("10.0.0.7:5000", &[])));
    assert!(!may_read(&site, &asked("127.0.0.1:5000", &[("x-forwarded-for", "10.0.0.7")])));
    assert!(may_read(&site, &asked("10.0.0.7:5000", &[bearer])));
    assert!(!may_read(&site, &asked("10.0.0.7:5000", &[("authorization", "Bearer a-long-enough-secreT")])));
    assert!(!may_read(&site, &asked("10.0.0.7:5000", &[("authorization", "a-long-enough-secret")])));
}

#[test]
fn without_a_token_none_opens() {
    let (_dir, site) = site(None);
    assert!(!may_read(&site, &asked("10.0.0.7:5000", &[("authorization", "Bearer ")])));
}

#[test]
fn what_happened_is_counted() {
    let (_dir, site) = site(None);
    let metrics = &site.metrics;
    metrics.received(100);
    metrics.answered(Endpoint::Push, None, Duration::from_millis(3), 40);
    metrics.answered(Endpoint::Push, Some(&WireFault::busy(5)), Duration::from_millis(300), 2);
    metrics.answered(Endpoint::Hello, Some(&WireFault::of(FaultCode::TooLarge)), Duration::from_secs(60), 2);
    metrics.pushed(&[OpOutcome::Accepted { server_seq: 1 }, OpOutcome::Accepted { server_seq: 2 }, OpOutcome::Fork]);
    let under_way = metrics.begun(Endpoint::Push);
    let text = metrics.text(&stored(&site).unwrap());
    for line in [
        "zhenxin_requests_total{endpoint=\"/v1/push\",outcome=\"ok\"} 1",
        "zhenxin_requests_total{endpoint=\"/v1/push\",outcome=\"busy\"} 1",
        "zhenxin_requests_total{endpoint=\"/v1/hello\",outcome=\"too_large\"} 1",
        "zhenxin_request_seconds_bucket{endpoint=\"/v1/push\",le=\"0.005\"} 1",
        "zhenxin_request_seconds_bucket{endpoint=\"/v1/push\",le=\"1\"} 2",
        "zhenxin_request_seconds_bucket{endpoint=\"/v1/hello\",le=\"20\"} 0",
        "zhenxin_request_seconds_count{endpoint=\"/v1/hello\"} 1",
        "zhenxin_ops_total{fate=\"accepted\"} 2",
        "zhenxin_ops_total{fate=\"fork\"} 1",
        "zhenxin_ops_total{fate=\"rejected\"} 0",
        "zhenxin_received_bytes_total 100",
        "zhenxin_sent_bytes_total 44",
        "zhenxin_turned_away_total 1",
        "zhenxin_pushes_under_way 1",
        "zhenxin_devices_seen_24h 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing:\n{text}");
    }
    drop(under_way);
    assert!(metrics.text(&Stored::default()).contains("zhenxin_pushes_under_way 0"));
    let size = text.lines().find_map(|line| line.strip_prefix("zhenxin_database_bytes ")).unwrap();
    assert!(size.parse::<i64>().unwrap() > 4_096);
}
