//! The window opens where it was closed.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Runtime, WebviewWindowBuilder, Window};

use crate::DataFolder;

const PLACEMENT_FILE: &str = "window.json";
/// So much of the title bar must lie on a screen for a hand to grasp it (logical pixels).
const GRIP: (f64, f64) = (120.0, 24.0);

/// Logical pixels, so that a changed scale of the screen keeps the size that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Placement {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    maximized: bool,
}

/// A screen's place in the same measure.
#[derive(Clone, Copy)]
struct Screen {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Placement {
    fn is_graspable_on(&self, screen: &Screen) -> bool {
        let (grip_width, grip_height) = GRIP;
        self.x + self.width >= screen.x + grip_width
            && self.x + grip_width <= screen.x + screen.width
            && self.y >= screen.y
            && self.y + grip_height <= screen.y + screen.height
    }
}

/// Lays the remembered place over the builder, when there is one and it still lies on a screen.
pub fn restore<'a, R: Runtime, M: Manager<R>>(
    app: &AppHandle<R>,
    window: WebviewWindowBuilder<'a, R, M>,
    folder: &DataFolder,
) -> WebviewWindowBuilder<'a, R, M> {
    let Some(placement) = read(file(folder)) else { return window };
    if !screens(app).iter().any(|screen| placement.is_graspable_on(screen)) {
        return window;
    }
    window
        .inner_size(placement.width, placement.height)
        .position(placement.x, placement.y)
        .maximized(placement.maximized)
}

/// Writes the window's place down. A place that cannot be written is not worth a word to anybody.
pub fn remember<R: Runtime>(window: &Window<R>) {
    let Some(folder) = window.try_state::<DataFolder>() else { return };
    let path = file(&folder);
    if let Some(placement) = current(window, read(path.clone()))
        && let Ok(text) = serde_json::to_string(&placement)
        && let Err(error) = fs::write(path, text)
    {
        tracing::debug!(%error, "the window's place was not kept");
    }
}

fn current<R: Runtime>(window: &Window<R>, former: Option<Placement>) -> Option<Placement> {
    let maximized = window.is_maximized().ok()?;
    // what a maximised window returns to is the place it had before
    if maximized && let Some(former) = former {
        return Some(Placement { maximized, ..former });
    }
    let scale = window.scale_factor().ok()?;
    let place = window.outer_position().ok()?.to_logical::<f64>(scale);
    let size = window.inner_size().ok()?.to_logical::<f64>(scale);
    Some(Placement { x: place.x, y: place.y, width: size.width, height: size.height, maximized })
}

fn screens<R: Runtime>(app: &AppHandle<R>) -> Vec<Screen> {
    let monitors = app.available_monitors().unwrap_or_default();
    monitors
        .iter()
        .map(|monitor| {
            let place = monitor.position().to_logical::<f64>(monitor.scale_factor());
            let size = monitor.size().to_logical::<f64>(monitor.scale_factor());
            Screen { x: place.x, y: place.y, width: size.width, height: size.height }
        })
        .collect()
}

fn read(path: PathBuf) -> Option<Placement> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn file(folder: &DataFolder) -> PathBuf {
    folder.path().join(PLACEMENT_FILE)
}

#[cfg(test)]
mod tests;
