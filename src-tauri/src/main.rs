//! The desktop program. Everything it does stands in the library beside it.

// without this, Windows opens a console behind the window
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> anyhow::Result<()> {
    zhenxin::run()
}
