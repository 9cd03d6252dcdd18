//! The one list of commands and the shapes that cross the boundary.
//!
//! Everything that a window, a terminal or a browser can do with the program stands in [`list`]; the TypeScript and
//! the JSON Schema of the same list are generated from it (`cargo xtask gen`).

pub mod accounts;
pub mod audit;
pub mod backups;
pub mod brands;
pub mod events;
pub mod handover;
pub mod imports;
pub mod list;
pub mod points;
pub mod privacy;
pub mod queries;
pub mod residents;
pub mod security;
pub mod session;
pub mod settling;
pub mod sync;
pub mod timebank;
pub mod words;

mod fault;
mod generate;

pub use fault::{Fault, FaultCode, FaultRow};
pub use generate::{json_schema, permissions, typescript};
pub use list::{Command, Kind};

/// Declares a shape: serialised with snake_case names, unknown fields refused, described in TypeScript and JSON
/// Schema. There is no `Debug`, because requests carry names and passwords.
macro_rules! shape {
    ($(#[$meta:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
        #[serde(deny_unknown_fields)]
        #[ts(optional_fields = nullable)]
        pub struct $name { $($fields)* }
    };
    ($(#[$meta:meta])* pub enum $name:ident { $($variants:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variants)* }
    };
}
use shape;
