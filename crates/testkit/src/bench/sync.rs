//! `sync`: 100,000 operations to the district and from it over TLS, a round with nothing to do, distant districts, and
//! the bootstrap of a new PC from a snapshot; against raw insertion of the same rows on both sides, and against
//! copying and verifying a file.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use zhenxin_district::{Config, District};
use zhenxin_domain::{
    consent::{Channel, GivenBy},
    ids::ResidentId,
};
use zhenxin_protocol::hash::Hash32;
use zhenxin_store::{ConsentDraft, StoreError};
use zhenxin_sync::{SyncHandle, SyncState, lane_once, make_snapshot};

use super::{
    Say,
    figure::{Figure, Samples, Target},
    folder, raw,
    wire::Wire,
};
use crate::{desk::Desk, district::code, pc::TOWN};

/// Operations of the main measurement.
const OPS: usize = 100_000;
/// Operations of the distant districts: enough for a rate, few enough for 300 ms.
const OPS_FAR: usize = 20_000;
/// Operations of the bootstrap.
const OPS_SNAPSHOT: usize = 1_000_000;
const RESIDENTS: usize = 2_000;
/// Operations of one transaction while the history is made: enough that the commit does not count.
const OPS_A_WRITE: usize = 2_000;
/// Rounds with nothing to do: few enough for the district's limit of requests a minute.
const IDLE_ROUNDS: usize = 100;

const RATE_PER_S: f64 = 40_000.0;
const BYTES_AN_OP: f64 = 120.0;
const IDLE_MS: f64 = 5.0;
const BOOTSTRAP_RATIO: f64 = 2.0;

/// A district in this process, on the disk of the measurements, behind a line that counts.
struct Site {
    district: District,
    wire: Wire,
    ca_pem: String,
    dir: TempDir,
}

impl Site {
    fn start() -> Result<Self> {
        let dir = folder::temporary()?;
        let district = District::start(&Config::local(dir.path()))?;
        let ca_pem = std::fs::read_to_string(district.ca_pem().context("no certificate")?)?;
        let wire = Wire::to(district.address())?;
        Ok(Self { district, wire, ca_pem, dir })
    }

    fn desk(&self, label: &str) -> Result<Desk> {
        let desk = Desk::found_in(folder::temporary()?, label)?;
        let code = code(self.dir.path(), TOWN, &[])?;
        desk.enrol(&self.wire.url(), &code, &self.ca_pem)?;
        Ok(desk)
    }
}

fn complete(desk: &Desk) -> Result<Duration> {
    let started = Instant::now();
    let report = desk.sync()?;
    let taken = started.elapsed();
    ensure!(report.state == SyncState::Idle, "a round did not end well: {:?}", report.state);
    Ok(taken)
}

/// One consent an operation: what a village official records at the door, one after the other.
fn fill(desk: &Desk, residents: &[ResidentId], ops: usize) -> Result<()> {
    let today = desk.ports.clock.today();
    let mut next = residents.iter().cycle();
    let mut left = ops;
    while left > 0 {
        let now = left.min(OPS_A_WRITE);
        desk.store.write(desk.clerk, |tx| {
            for resident in next.by_ref().take(now) {
                let draft = ConsentDraft {
                    resident: *resident,
                    version: "积分与时间银行自愿参加同意书（2026 年 1 月版）".to_owned(),
                    channel: Channel::Paper,
                    given_by: GivenBy::Resident,
                    guardian: None,
                };
                tx.give_consent(&[draft], today)?;
            }
            Ok::<_, StoreError>(())
        })?;
        left -= now;
    }
    Ok(())
}

/// Measures and prints.
///
/// # Errors
/// A round that does not end well, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let site = Site::start()?;
    let (office, village) = (site.desk("综合办 1 号机")?, site.desk("综合办 2 号机")?);
    let residents = office.residents(RESIDENTS)?;
    for desk in [&office, &village, &office, &village] {
        complete(desk)?;
    }
    both_ways(&site, &office, &village, &residents, say)?;
    idle(&office, say)?;
    for round_trip_ms in [50, 300] {
        far(&site, (&office, &village), &residents, round_trip_ms, say)?;
    }
    drop((office, village, site));
    bootstrap(say)
}

fn both_ways(site: &Site, office: &Desk, village: &Desk, residents: &[ResidentId], say: Say<'_>) -> Result<()> {
    fill(office, residents, OPS)?;
    let op_bytes = average_op_bytes(office)?;
    let place = folder::temporary()?;
    let floor = floor(place.path(), op_bytes)?;
    site.wire.crossed();
    let push = complete(office)?;
    let (up, _) = site.wire.crossed();
    let pull = complete(village)?;
    let (_, down) = site.wire.crossed();
    ensure!(office.dump()? == village.dump()?, "the tables differ");
    say(&format!("sync: {OPS} operations of {op_bytes} bytes on average"));
    for (name, taken, bytes) in [("push", push, up), ("pull", pull, down)] {
        let rate = |taken: Duration| OPS as f64 / taken.as_secs_f64();
        let seconds = Figure {
            name: format!("sync: {name}, seconds"),
            ours: taken.as_secs_f64(),
            floor: Some(floor.as_secs_f64()),
            unit: "s",
            target: Some(Target::AtMost(OPS as f64 / RATE_PER_S)),
        };
        say(&seconds.line());
        say(&format!("sync: {name}, {:.0} ops/s, floor {:.0} ops/s", rate(taken), rate(floor)));
        let wire = Figure {
            name: format!("sync: {name}, bytes on the wire an op"),
            ours: bytes as f64 / OPS as f64,
            floor: None,
            unit: "B",
            target: Some(Target::AtMost(BYTES_AN_OP)),
        };
        say(&wire.line());
    }
    Ok(())
}

fn average_op_bytes(desk: &Desk) -> Result<usize> {
    let recent = desk.store.read(|reader| reader.recent_ops(1_000, 0))?;
    let bytes: u64 = recent.iter().map(|op| op.bytes_len).sum();
    Ok(usize::try_from(bytes)? / recent.len().max(1))
}

/// The same rows with the same keys, durably, into an encrypted file and into a plain one, 1,000 a commit.
fn floor(place: &Path, op_bytes: usize) -> Result<Duration> {
    let client = raw::open(&place.join("client.db"))?;
    let server = raw::open_plain(&place.join("server.db"))?;
    let started = Instant::now();
    raw::insert_ops(client, OPS, op_bytes)?;
    raw::insert_ops(server, OPS, op_bytes)?;
    Ok(started.elapsed())
}

fn idle(desk: &Desk, say: Say<'_>) -> Result<()> {
    let handle = SyncHandle::start(desk.store.clone(), desk.ports.clone(), Box::new(|_| {}))?;
    let mut samples = Samples::default();
    for round in 0..=IDLE_ROUNDS {
        let started = Instant::now();
        let report = handle.sync_now();
        ensure!(report.complete(), "a round did not end well: {:?}", report.state);
        // the first one makes the connection
        if round > 0 {
            samples.push(started.elapsed());
        }
    }
    handle.stop();
    let line = |name: &str, percent, target| {
        let name = format!("sync: a round with nothing to do, {name}");
        Figure { name, ours: samples.percentile_ms(percent), floor: None, unit: "ms", target }.line()
    };
    say(&line("p50", 50, Some(Target::AtMost(IDLE_MS))));
    say(&line("p99", 99, None));
    Ok(())
}

fn far(
    site: &Site,
    (office, village): (&Desk, &Desk),
    residents: &[ResidentId],
    round_trip_ms: u64,
    say: Say<'_>,
) -> Result<()> {
    fill(office, residents, OPS_FAR)?;
    site.wire.round_trip(Duration::from_millis(round_trip_ms));
    let (push, pull) = (complete(office)?, complete(village)?);
    site.wire.round_trip(Duration::ZERO);
    for (name, taken) in [("push", push), ("pull", pull)] {
        say(&format!(
            "sync: {name} of {OPS_FAR} at {round_trip_ms} ms round trip: {:.2} s, {:.0} ops/s",
            taken.as_secs_f64(),
            OPS_FAR as f64 / taken.as_secs_f64()
        ));
    }
    Ok(())
}

/// A new PC takes the snapshot of a town with a million operations.
fn bootstrap(say: Say<'_>) -> Result<()> {
    let site = Site::start()?;
    let office = site.desk("综合办 1 号机")?;
    let residents = office.residents(RESIDENTS)?;
    fill(&office, &residents, OPS_SNAPSHOT)?;
    complete(&office)?;
    make_snapshot(&office.store, &office.ports)?;
    let bytes = std::fs::metadata(office.dir().join("town.db"))?.len();
    let fresh = site.desk("新电脑")?;
    complete(&office)?;
    site.wire.crossed();
    let started = Instant::now();
    // keys first, then the snapshot in the lane of files, then the tail
    let first = fresh.sync()?;
    ensure!(first.complete(), "the first round did not end well: {:?}", first.state);
    lane_once(&fresh.store, &fresh.ports)?;
    complete(&fresh)?;
    let taken = started.elapsed();
    // what the new PC has written itself
    complete(&office)?;
    ensure!(fresh.store.heads()? == office.store.heads()?, "the histories differ");
    let floor = copy_and_verify(&office.dir().join("town.db"))?;
    let line = Figure {
        name: format!("sync: bootstrap of {OPS_SNAPSHOT} ops, {} MB", bytes / 1_000_000),
        ours: taken.as_secs_f64(),
        floor: Some(floor.as_secs_f64()),
        unit: "s",
        target: Some(Target::Ratio(BOOTSTRAP_RATIO)),
    };
    say(&line.line());
    let (_, down) = site.wire.crossed();
    say(&format!("sync: bootstrap, {} MB on the wire", down / 1_000_000));
    drop(Arc::new(site.district));
    Ok(())
}

/// Copies a file durably and checks the copy against its hash.
fn copy_and_verify(file: &Path) -> Result<Duration> {
    let place = folder::temporary()?;
    let started = Instant::now();
    let (mut from, mut to) = (File::open(file)?, File::create(place.path().join("copy"))?);
    let mut piece = vec![0; 1 << 20];
    let mut hashes = Vec::new();
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            break;
        }
        hashes.push(Hash32::of(&piece[..length]));
        to.write_all(&piece[..length])?;
    }
    to.sync_all()?;
    ensure!(!hashes.is_empty(), "an empty file");
    Ok(started.elapsed())
}
