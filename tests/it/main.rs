//! Integration tests in one binary: the architecture itself, and the program through its command list against a real
//! district.

#![allow(clippy::unwrap_used)]

mod accounts;
mod arrows;
mod audit;
mod backups;
mod backups_rehearsal;
mod brand_handover;
mod brands;
mod counting;
mod duties;
mod erasure;
mod erasure_everywhere;
mod erasure_killed;
mod erasure_sweep;
mod faults_carried;
mod faults_disk;
mod faults_district;
mod faults_line;
mod faults_people;
mod faults_stage;
mod guards;
mod hostile;
mod import_truth;
mod key_lanes;
mod killed;
mod limits;
mod logs;
mod masks;
mod papers;
mod permissions;
mod relay;
mod requests;
mod rules_truth;
mod search;
mod second_client;
mod secrecy;
mod settling;
mod sights;
mod sync_bundle;
mod sync_files;
mod sync_fork;
mod sync_kill;
mod sync_lines;
mod sync_restore;
mod sync_stage;
mod sync_two;
mod time_papers;
mod time_races;
mod time_slips;
mod timebank;
mod town;
mod two_pcs;

/// A PostgreSQL of its own, as the district's tests have it.
#[path = "../../crates/district/src/cluster.rs"]
#[allow(dead_code, reason = "the district's tests reach it by TCP too")]
mod cluster;

use std::path::Path;

use zhenxin_district::config;

/// Where the workspace lies.
fn root() -> &'static Path {
    // crates/testkit lies two levels below it
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
