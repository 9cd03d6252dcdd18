//! The start-up measurement of `cargo xtask bench startup`: the program as it ships, or a bare Tauri window, with a
//! probe that prints `ready` and ends the process. No line of this is in the shipped program.
//!
//! - `startup bare`: a window whose page holds one script; ready when that script runs.
//! - `startup full`: the program on the folder in `ZHENXIN_DATA`; ready when the first field or button can be used
//!   and has been painted. Then it signs in as `ZHENXIN_PROBE_USER` and prints `workbench` when that is there.

#![allow(clippy::print_stdout)]

use tauri::http::Response;
use tauri::plugin::{Builder as PluginBuilder, TauriPlugin};
use tauri::{WebviewUrl, WebviewWindowBuilder, Wry};

/// Addresses that no page has; asking for one is how the page tells the probe.
const READY: &str = "/startup-probe-ready";
const WORKBENCH: &str = "/startup-probe-workbench";
const BARE_SCHEME: &str = "bare";
const BARE_PAGE: &str = "<!doctype html><title>bare</title><script>location.href = '/startup-probe-ready'</script>";

/// Two frames after an element is there, it has been painted.
const WATCH: &str = "
const tell = (address) => requestAnimationFrame(() => requestAnimationFrame(() => {
  location.href = new URL(address, location.href);
}));
const once = (selector, then) => {
  const look = () => {
    if (!document.querySelector(selector)) return;
    observer.disconnect();
    then();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, attributes: true });
  look();
};
const fill = (input, text) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
  input.dispatchEvent(new Event('input', { bubbles: true }));
};
once('#app input:enabled, #app button:enabled', () => {
  tell('/startup-probe-ready');
  if (!CREDENTIALS) return;
  once('#app form input[type=password]', () => {
    const inputs = document.querySelectorAll('#app form input');
    CREDENTIALS.forEach((text, place) => fill(inputs[place], text));
    inputs[0].form.requestSubmit();
    once('#app nav a', () => tell('/startup-probe-workbench'));
  });
});
";

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("full") => zhenxin::builder().plugin(probe(&watch()?)).run(zhenxin::context())?,
        Some("bare") => bare()?,
        _ => anyhow::bail!("startup bare | full"),
    }
    Ok(())
}

fn bare() -> anyhow::Result<()> {
    tauri::Builder::default()
        .plugin(probe(""))
        .register_uri_scheme_protocol(BARE_SCHEME, |_, _| {
            Response::builder().header("content-type", "text/html").body(BARE_PAGE.as_bytes()).unwrap_or_default()
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol(format!("{BARE_SCHEME}://localhost/").parse()?);
            WebviewWindowBuilder::new(app, "bare", page).inner_size(1366.0, 768.0).build()?;
            Ok(())
        })
        // its windows are not created by themselves
        .run(zhenxin::context())?;
    Ok(())
}

/// The script with the credentials from the environment; without them it ends at the first screen.
fn watch() -> anyhow::Result<String> {
    let word = |name| std::env::var(name).ok();
    let credentials = word("ZHENXIN_PROBE_USER").zip(word("ZHENXIN_PASSWORD"));
    Ok(format!("const CREDENTIALS = {};{WATCH}", serde_json::to_string(&credentials)?))
}

fn probe(script: &str) -> TauriPlugin<Wry> {
    PluginBuilder::new("startup-probe")
        .js_init_script(script)
        .on_navigation(|_, url| {
            let word = match url.path() {
                READY => "ready",
                WORKBENCH => "workbench",
                _ => return true,
            };
            println!("{word}");
            false
        })
        .build()
}
