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
fn the_window_has_one_capability_and_two_commands() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri/capabilities");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["main.json"]);
    assert!(include_str!("lib.rs").contains("generate_handler![host::ask, host::act]"));
    // what a plugin would open to the screens: files, dialogs, the clipboard, the shell, the network
    let manifest = include_str!("../../Cargo.toml");
    assert!(!manifest.contains("tauri-plugin"), "a plugin brings commands of its own");
}

fn config() -> serde_json::Value {
    serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap()
}

#[test]
fn the_policy_allows_no_remote_source_and_nothing_inline() {
    let config = config();
    let policy = config["app"]["security"]["csp"].as_str().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for (directive, sources) in policy.split(';').filter_map(|part| part.trim().split_once(' ')) {
        for source in sources.split(' ') {
            let local = ["'none'", "'self'", "blob:", "data:", "ipc:", "http://ipc.localhost"].contains(&source);
            assert!(local, "{directive} {source}");
            let code = ["script-src", "style-src", "worker-src", "default-src"].contains(&directive);
            assert!(!code || ["'none'", "'self'"].contains(&source), "{directive} {source}");
        }
    }
    for closed in ["object-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(closed), "{policy}");
    }
}

#[test]
fn nothing_in_the_settings_opens_what_is_closed() {
    let config = config();
    let security = config["app"]["security"].as_object().unwrap();
    // what is not named has Tauri's own value: the policy is not weakened, no file of the disk is served
    assert_eq!(security.keys().collect::<Vec<_>>(), ["csp", "freezePrototype"]);
    assert_eq!(security["freezePrototype"], true);
    assert!(config["app"].get("withGlobalTauri").is_none_or(|global| global == false));
    assert!(config.get("plugins").is_none());
    for window in config["app"]["windows"].as_array().unwrap() {
        assert_eq!(window["dragDropEnabled"], false);
        assert!(window.get("devtools").is_none() && window.get("url").is_none());
    }
    // developers' tools are compiled into debug builds only
    let manifest = include_str!("../../Cargo.toml");
    assert!(manifest.contains("\ntauri = { version = \"2\", features = [] }\n"), "a feature may open something");
    assert!(include_str!("lib.rs").contains(".devtools(cfg!(debug_assertions))"));
    assert!(include_str!("lib.rs").contains("NewWindowResponse::Deny"));
}
