#![allow(clippy::unwrap_used)]

use axum::extract::Request;

use super::*;

fn of(peer: &str, forwarded: Option<&str>) -> String {
    let mut request = Request::get("/");
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let mut request = request.body(()).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
    Caller::of(request.extensions(), request.headers()).to_string()
}

#[test]
fn only_a_proxy_on_this_machine_speaks_for_others() {
    assert_eq!(of("10.1.2.3:4000", None), "10.1.2.3");
    assert_eq!(of("10.1.2.3:4000", Some("192.0.2.9")), "10.1.2.3");
    assert_eq!(of("127.0.0.1:4000", Some("192.0.2.9")), "192.0.2.9");
    assert_eq!(
        of("127.0.0.1:4000", Some("6.6.6.6, 192.0.2.9")),
        "192.0.2.9",
        "the first is what the asker said itself"
    );
    assert_eq!(of("127.0.0.1:4000", Some("nonsense")), "127.0.0.1");
    assert_eq!(of("[::ffff:10.1.2.3]:4000", None), "10.1.2.3");
}

#[test]
fn one_line_is_one_address() {
    assert_eq!(of("[2001:db8:1:2:3:4:5:6]:4000", None), of("[2001:db8:1:2:ffff::1]:4000", None));
    assert_ne!(of("[2001:db8:1:2::1]:4000", None), of("[2001:db8:1:3::1]:4000", None));
}
