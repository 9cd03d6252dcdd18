//! Hostile bytes for every parser that takes bytes from elsewhere: files that people were sent, sticks, the line to the
//! district, forms, messages of the screens.
//!
//! Each parser has valid samples (and what once went wrong, under tests/fixtures/fuzz). A case is a sample that was cut,
//! flipped, spliced, lengthened or filled with nonsense; where a seal or a checksum would stop every change at the door,
//! the change is made behind it. Demanded of every case: an answer. No panic, no end of the process, no memory beyond
//! [`MEMORY_MAX_KIB`], no case that takes longer than [`CASE_MAX`], and a refusal in words.
//!
//! The driver is a process of its own, because a process can be given a limit on its memory and may die of it; a counting
//! allocator would need `unsafe`. The same seed gives the same changes.

mod bombs;
pub mod child;
mod district;
mod files;
mod messages;
mod mutation;
pub mod parent;
mod pictures;
mod program;
mod shapes;
mod tables;
mod texts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::fixtures;
use crate::sim::chance::Chance;

/// Address space of the process that parses, in KiB: the program itself, its stack and 512 MiB for what it reads. A
/// village's PC has 4 GiB.
pub const MEMORY_MAX_KIB: u64 = 768 << 10;

/// A case that takes longer hangs, also on a busy machine and without optimisation.
pub const CASE_MAX: Duration = Duration::from_secs(90);

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The bytes were taken for what they claim to be.
    Taken,
    /// They were refused.
    Refused,
}

impl Verdict {
    /// Of any parser's result.
    fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() { Self::Taken } else { Self::Refused }
    }

    /// Taken where anything was taken.
    fn any(taken: bool) -> Self {
        if taken { Self::Taken } else { Self::Refused }
    }
}

/// Gives a case; the samples are never empty.
type Change = fn(&mut Chance, &[Vec<u8>]) -> Vec<u8>;

/// One case: what became of it, or what is wrong with the answer.
type Run = Box<dyn FnMut(&[u8]) -> Result<Verdict, String>>;

/// A parser that is ready to be fed.
struct Target {
    samples: Vec<Vec<u8>>,
    change: Change,
    run: Run,
}

/// A parser of the list.
pub struct Parser {
    /// Name on the command line.
    pub name: &'static str,
    /// What is parsed.
    pub what: &'static str,
    /// Of a thousand cases that were asked for, so many are run: slow ones take their share of time, not of cases.
    pub per_mille: u64,
    make: fn(&Path) -> Result<Target>,
}

/// All of them.
pub const PARSERS: &[Parser] = &[
    Parser {
        name: "xlsx",
        what: ".xlsx that was sent, also with parts changed inside",
        per_mille: 100,
        make: tables::xlsx,
    },
    Parser { name: "xls", what: ".xls that was sent", per_mille: 400, make: tables::xls },
    Parser { name: "csv", what: ".csv in UTF-8, GBK, GB18030, UTF-16", per_mille: 400, make: tables::csv },
    Parser { name: "roster", what: "a roster through the whole import check", per_mille: 15, make: program::roster },
    Parser {
        name: "catalogue",
        what: "a catalogue of rules through the whole import check",
        per_mille: 15,
        make: program::catalogue,
    },
    Parser { name: "sign-in", what: "a sign-in list of an activity", per_mille: 60, make: program::sign_in },
    Parser { name: "picture", what: "photographs and marks, JPEG and PNG", per_mille: 60, make: pictures::picture },
    Parser { name: "frame", what: "frames of the line: zstd around CBOR", per_mille: 1_000, make: messages::frame },
    Parser {
        name: "wire",
        what: "every shape of the wire and of a bundle's items",
        per_mille: 400,
        make: messages::wire,
    },
    Parser { name: "op", what: "operations with their bodies", per_mille: 1_000, make: messages::op },
    Parser { name: "body", what: "bodies of every kind", per_mille: 1_000, make: messages::body },
    Parser {
        name: "bundle",
        what: "bundle files, changed before and behind the seal",
        per_mille: 200,
        make: messages::bundle,
    },
    Parser {
        name: "sealed",
        what: "sealed values, wrapped keys, sealed photographs",
        per_mille: 400,
        make: messages::sealed,
    },
    Parser {
        name: "text",
        what: "ID numbers, telephones, codes on paper, recovery keys, addresses, networks",
        per_mille: 400,
        make: texts::text,
    },
    Parser { name: "key-file", what: "key.json", per_mille: 60, make: files::key_file },
    Parser {
        name: "snapshot",
        what: "a snapshot of another PC, its cells changed behind the encryption",
        per_mille: 8,
        make: files::snapshot,
    },
    Parser {
        name: "backup",
        what: "log and vault of a backup, changed before and behind the encryption",
        per_mille: 8,
        make: files::backup,
    },
    Parser { name: "town-file", what: "town.db with changed pages", per_mille: 10, make: files::town_file },
    Parser {
        name: "bundle-town",
        what: "a bundle of a known PC with changed items, taken in by the program",
        per_mille: 20,
        make: district::items,
    },
    Parser {
        name: "district",
        what: "requests of an enrolled PC to the district",
        per_mille: 100,
        make: district::requests,
    },
    Parser {
        name: "console",
        what: "forms and published files at the district's console",
        per_mille: 12,
        make: district::console,
    },
    Parser {
        name: "ipc",
        what: "messages of the screens: every command with changed JSON",
        per_mille: 60,
        make: program::ipc,
    },
];

/// Where inputs lie that once were too much for a parser.
fn kept_folder(parser: &str) -> PathBuf {
    fixtures::path("fuzz").join(parser)
}
