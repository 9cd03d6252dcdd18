//! A second start on the same folder brings the first window to the front and ends.
//!
//! The lock tells that somebody is there; a file beside it asks them to come forward. No bus and no port: it works where
//! the desktop has none, separately for each folder, and nobody else on the machine can knock.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager, UserAttentionType};

use crate::DataFolder;

/// Lies in the data folder from the question to the answer.
const KNOCK_FILE: &str = "window.show";
/// How often the first window looks: a person does not notice it, and the system neither.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long the second start waits for the first window: a window that hangs does not answer.
const PATIENCE: Duration = Duration::from_secs(4);

fn file(folder: &DataFolder) -> PathBuf {
    folder.path().join(KNOCK_FILE)
}

/// Asks the window that holds the folder to come forward; whether it did.
pub fn knock(folder: &DataFolder) -> bool {
    let file = file(folder);
    if fs::write(&file, []).is_err() {
        return false;
    }
    let answered = within(PATIENCE, || !file.exists());
    if !answered && let Err(error) = fs::remove_file(&file) {
        tracing::debug!(%error, "the question lies there");
    }
    answered
}

fn within(patience: Duration, done: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if done() {
            return true;
        }
        thread::sleep(LOOK_EVERY / 5);
    }
    done()
}

/// Answers such questions for as long as the program runs.
pub fn answer(app: &AppHandle, folder: &DataFolder) {
    let (app, file) = (app.clone(), file(folder));
    let watching = thread::Builder::new().name("second-start".to_owned());
    let started = watching.spawn(move || {
        loop {
            thread::sleep(LOOK_EVERY);
            if taken(&file) {
                come_forward(&app);
            }
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "a second start will not find this window");
    }
}

/// Takes the question away where there is one. It is taken before it is answered: who asked sees that it was heard.
fn taken(file: &Path) -> bool {
    fs::remove_file(file).is_ok()
}

fn come_forward(app: &AppHandle) {
    for window in app.webview_windows().values() {
        let shown = window
            .unminimize()
            .and_then(|()| window.show())
            .and_then(|()| window.set_focus())
            // some systems let no program take the focus; then it blinks
            .and_then(|()| window.request_user_attention(Some(UserAttentionType::Informational)));
        if let Err(error) = shown {
            tracing::warn!(%error, "the window did not come forward");
        }
    }
}
