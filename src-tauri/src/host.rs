//! The two commands.

use std::fs::File;

use serde_json::Value;
use tauri::{AppHandle, Emitter, State};
use zhenxin_app::contract::{Fault, FaultCode};
use zhenxin_app::{App, AppConfig, Kind};

use crate::DataFolder;

/// Told to the screens after anything changed; the payload is the topic.
const CHANGED: &str = "changed";

/// The app behind the window, or why there is none: then every command answers with that, and the screens show it.
pub struct Host {
    app: Result<App, Fault>,
    _lock: Option<File>,
}

impl Host {
    /// Opens the app on the folder and starts its background sync.
    pub fn open(handle: &AppHandle, folder: &DataFolder, lock: Result<File, Fault>) -> Self {
        let lock = match lock {
            Ok(lock) => lock,
            Err(fault) => return Self { app: Err(fault), _lock: None },
        };
        let app = App::open(AppConfig::new(folder.path()));
        if let Ok(app) = &app {
            let handle = handle.clone();
            app.on_change(Box::new(move |topic| {
                if let Err(error) = handle.emit(CHANGED, topic) {
                    tracing::warn!(%error, topic, "the window did not hear of a change");
                }
            }));
            app.start_background_sync();
        }
        Self { app, _lock: Some(lock) }
    }
}

/// Reads.
#[tauri::command]
pub async fn ask(host: State<'_, Host>, name: String, request: Value) -> Result<Value, Fault> {
    call(&host, Kind::Ask, name, request).await
}

/// Writes.
#[tauri::command]
pub async fn act(host: State<'_, Host>, name: String, request: Value) -> Result<Value, Fault> {
    call(&host, Kind::Act, name, request).await
}

async fn call(host: &Host, kind: Kind, name: String, request: Value) -> Result<Value, Fault> {
    let app = host.app.clone()?;
    tauri::async_runtime::spawn_blocking(move || app.call(kind, &name, request)).await.unwrap_or_else(|_| {
        // the panic hook has written the place into the log
        Err(Fault::new(
            FaultCode::System,
            "程序内部出错，这一步没有做完，已保存的内容不受影响。请再试一次；若仍然出错，请重新打开镇信。",
        ))
    })
}
