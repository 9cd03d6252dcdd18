//! The desktop shell: opens the window and hands every command to `zhenxin_app`.
//!
//! # Invariants
//! - Two Tauri commands only, `ask` and `act`; both run on a blocking thread, so that the window never freezes.
//! - No rule lives here: what a command means, who may call it and what it answers is the app's.
//! - One window a data folder: a second start brings the first one forward and ends; where that one does not answer, it
//!   shows a page that says so and opens nothing.
//! - The window shows the embedded screens and nothing else; it cannot be navigated to another address.
//!
//! # Deliberately absent
//! No permission to touch files, the clipboard, the shell or the network from the screens (see `capabilities/`), no
//! tray icon, no automatic start, no updater.

mod data_folder;
mod host;
mod journal;
mod placement;
mod second_start;

use tauri::webview::NewWindowResponse;
use tauri::{Builder, Context, Manager, WebviewWindowBuilder, Wry};
use zhenxin_app::contract::FaultCode;

pub use data_folder::DataFolder;

/// Runs the program until its window is closed.
///
/// # Errors
/// The system gives no window (no display, no WebView), or the folder for the data cannot be made.
pub fn run() -> anyhow::Result<()> {
    builder().run(context())?;
    Ok(())
}

/// The screens, the icon and the settings of tauri.conf.json.
pub fn context() -> Context<Wry> {
    tauri::generate_context!()
}

/// The program before it runs; the start-up measurement adds its probe to this.
pub fn builder() -> Builder<Wry> {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![host::ask, host::act])
        .on_window_event(|window, event| {
            if matches!(event, tauri::WindowEvent::CloseRequested { .. }) {
                placement::remember(window);
            }
        })
        .setup(|app| {
            let folder = DataFolder::choose(app.handle())?;
            journal::start(&folder);
            let lock = folder.lock();
            if lock.as_ref().is_err_and(|fault| fault.code == FaultCode::Conflict) && second_start::knock(&folder) {
                // nothing is open yet that would have to be closed
                std::process::exit(0);
            }
            if lock.is_ok() {
                second_start::answer(app.handle(), &folder);
            }
            // the web process starts by itself while the store is being opened
            open_window(app.handle(), &folder)?;
            app.manage(host::Host::open(app.handle(), &folder, lock));
            app.manage(folder);
            Ok(())
        })
}

fn open_window(app: &tauri::AppHandle, folder: &DataFolder) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        let window = WebviewWindowBuilder::from_config(app, config)?
            .on_navigation(is_own_page)
            .on_new_window(|_, _| NewWindowResponse::Deny)
            // a debug build has them; what ships is built without
            .devtools(cfg!(debug_assertions));
        placement::restore(app, window, folder).build()?;
    }
    Ok(())
}

/// The screens live at tauri://localhost, on Windows at http://tauri.localhost; blob: is what the screens make
/// themselves (a paper to save).
fn is_own_page(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" | "blob" => true,
        "http" | "https" => url.host_str() == Some("tauri.localhost") || is_dev_server(url),
        _ => url.as_str() == "about:blank",
    }
}

fn is_dev_server(url: &tauri::Url) -> bool {
    !cfg!(feature = "custom-protocol") && url.host_str() == Some("localhost")
}

#[cfg(test)]
mod tests;
