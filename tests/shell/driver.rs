//! Speaks the WebDriver protocol with WebKitWebDriver, which starts the program and sees its window from inside.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};

/// Far more than any step takes; only a step that never ends meets it.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Keys as WebDriver names them (private use area, see the standard's section "Keyboard actions").
pub mod key {
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Tab.
    pub const TAB: &str = "\u{e004}";
    /// Arrow down.
    pub const DOWN: &str = "\u{e015}";
    /// Control, held while others are pressed.
    pub const CONTROL: &str = "\u{e009}";
    /// Alt, held while others are pressed.
    pub const ALT: &str = "\u{e00a}";
}

/// A window under the driver; both end with this value.
pub struct Window {
    driver: Child,
    port: u16,
    session: String,
}

impl Window {
    /// Starts the driver with this environment, and through it the program.
    pub fn open(program: &Path, environment: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .envs(environment.iter().copied())
            // without these two the session never begins
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            // the program must not find the session bus of whoever runs the tests, nor start one
            .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
            .env("NO_AT_BRIDGE", "1")
            .stderr(Stdio::null())
            // a group of its own: the program that the driver starts ends with it
            .process_group(0)
            .spawn()
            .expect("WebKitWebDriver is there: cargo xtask setup installs it");
        let mut window = Self { driver, port, session: String::new() };
        wait_for("the driver", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": { "binary": program, "args": [] },
        } } });
        let session = window.call("POST", "/session", &wanted);
        window.session = session["sessionId"].as_str().unwrap().to_owned();
        window
    }

    /// Runs a script in the page and gives what it returns.
    pub fn script(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Everything that can be read in the window.
    pub fn text(&self) -> String {
        self.script("return document.body ? document.body.innerText : ''").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the window shows a text.
    pub fn sees(&self, text: &str) {
        let seen = holds_within(|| self.text().contains(text));
        assert!(seen, "no “{text}” in the window, which shows:\n{}", self.text());
    }

    /// Presses and releases the keys of a text, one after the other.
    pub fn types(&self, text: &str) {
        let keys = text.chars().flat_map(|key| {
            let key = key.to_string();
            [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
        });
        self.keyboard(&keys.collect::<Vec<_>>());
    }

    /// Presses a key while another one is held.
    pub fn presses(&self, held: &str, key: &str) {
        let event = |kind: &str, value: &str| json!({ "type": kind, "value": value });
        self.keyboard(&[event("keyDown", held), event("keyDown", key), event("keyUp", key), event("keyUp", held)]);
    }

    fn keyboard(&self, keys: &[Value]) {
        self.command("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }));
    }

    /// What holds the focus, in words a person would use: its label, placeholder or text.
    pub fn focused(&self) -> String {
        let named = self.script(
            "const e = document.activeElement; if (!e || e === document.body) return '';
             const labels = e.labels ? [...e.labels].map((label) => label.innerText).join(' ') : '';
             return [labels, e.getAttribute('aria-label'), e.placeholder, e.innerText].filter(Boolean).join(' | ')",
        );
        named.as_str().unwrap_or_default().to_owned()
    }

    /// Presses Tab until the focus is on what is named so.
    pub fn goes_to(&self, name: &str) {
        const FIELDS_AT_MOST: usize = 60;
        let mut met = Vec::new();
        for _ in 0..FIELDS_AT_MOST {
            let focused = self.focused();
            if focused.contains(name) {
                return;
            }
            met.push(focused);
            self.types(key::TAB);
        }
        panic!("Tab never reaches “{name}”; it met {met:?}");
    }

    /// A picture of the window as PNG, once nothing moves in it any more.
    pub fn picture(&self) -> Vec<u8> {
        wait_for("the end of all motion", || {
            self.script("return document.getAnimations().every((one) => one.playState !== 'running')") == true
        });
        // what the script sees stands on the screen two frames later
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        self.command("execute/async", &json!({ "script": frames, "args": [] }));
        let picture = self.call("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    fn command(&self, name: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}/{name}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n");
        write!(stream, "{head}Content-Type: application/json\r\nConnection: close\r\n\r\n{body}").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut answer: Value =
            serde_json::from_str(body).unwrap_or_else(|_| panic!("{method} {path}: {head}\n{body}"));
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        answer["value"].take()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // the group holds the program too; an error means that all of it has ended
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.driver.wait();
    }
}

/// Waits until something holds.
pub fn wait_for(what: &str, holds: impl FnMut() -> bool) {
    assert!(holds_within(holds), "waited in vain for {what}");
}

/// Whether something holds before patience ends.
pub fn holds_within(mut holds: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if started.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
