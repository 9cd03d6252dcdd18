#![allow(clippy::unwrap_used)]

use super::is_own_page;

#[test]
fn only_own_pages_open_in_the_window() {
    for own in ["tauri://localhost/", "http://tauri.localhost/residents", "blob:tauri://localhost/1-2", "about:blank"] {
        assert!(is_own_page(&own.parse().unwrap()), "{own}");
    }
    for other in ["https://example.org/", "http://localhost:5173/", "file:///etc/passwd", "data:text/html,x"] {
        assert!(!is_own_page(&other.parse().unwrap()), "{other}");
    }
}

#[test]
fn the_window_may_do_nothing_but_listen() {
    let text = include_str!("../capabilities/main.json");
    let capability: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(capability["permissions"], serde_json::json!(["core:event:allow-listen", "core:event:allow-unlisten"]));
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
}

#[test]
fn the_policy_allows_no_remote_source() {
    let text = include_str!("../../tauri.conf.json");
    let config: serde_json::Value = serde_json::from_str(text).unwrap();
    let policy = config["app"]["security"]["csp"].as_str().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for (directive, sources) in policy.split(';').filter_map(|part| part.trim().split_once(' ')) {
        for source in sources.split(' ') {
            let local = ["'none'", "'self'", "blob:", "data:", "ipc:", "http://ipc.localhost"].contains(&source)
                || (directive == "style-src" && source == "'unsafe-inline'");
            assert!(local, "{directive} {source}");
        }
    }
}
