//! The only place that asks the system for time and randomness.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use uuid::Uuid;

use zhenxin_store::{Clock, IdSource};

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let now = SystemTime::now();
        // a clock before 1970 is a flat battery, not a reason to stop work: the file notes what the clock says
        now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Disks that are offered; more are not told apart in a list.
const DISKS_MAX: usize = 12;

/// Bits of a UUIDv7 behind its milliseconds that count within one millisecond (RFC 9562 §6.2, method 1).
const COUNTER_BITS: u32 = 12;

/// Disks and sticks that could hold backups: what the system has mounted where people put such things.
pub fn disks() -> Vec<String> {
    let mut disks: Vec<PathBuf> = Vec::new();
    if cfg!(windows) {
        // C: is where the data lie as a rule; a choice of it is refused a plain warning, not forbidden
        disks.extend(('D'..='Z').map(|letter| PathBuf::from(format!("{letter}:\\"))).filter(|disk| disk.is_dir()));
    } else {
        for (place, depth) in [("/media", 2), ("/run/media", 2), ("/mnt", 1), ("/Volumes", 1)] {
            disks.extend(folders(Path::new(place), depth));
        }
    }
    disks.sort();
    disks.truncate(DISKS_MAX);
    disks.iter().filter_map(|disk| disk.to_str().map(str::to_owned)).collect()
}

fn folders(place: &Path, depth: u32) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let inside = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    if depth > 1 { inside.flat_map(|path| folders(&path, depth - 1)).collect() } else { inside.collect() }
}

/// The machine's random source. Ids that it gives rise, also within a millisecond: lists by id are in order of entry.
#[derive(Default)]
pub struct SystemIds {
    last: AtomicU64,
}

impl IdSource for SystemIds {
    fn uuid(&self, now_ms: i64) -> Uuid {
        let now = u64::try_from(now_ms).unwrap_or(0) << COUNTER_BITS;
        let next = |last: u64| Some(now.max(last + 1));
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or_else(|last| last);
        let place = now.max(before + 1);
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let counter = (place & ((1 << COUNTER_BITS) - 1)) as u16;
        bytes[..2].copy_from_slice(&counter.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(place >> COUNTER_BITS, &bytes).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a machine without a random source cannot keep secrets; better to stop");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_rise() {
        let ids = SystemIds::default();
        let given: Vec<Uuid> = (0..10_000).map(|_| ids.uuid(1_790_000_000_000)).collect();
        assert!(given.is_sorted() && given.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(given.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn a_clock_that_went_back_does_not_bring_ids_back() {
        let ids = SystemIds::default();
        assert!(ids.uuid(1_790_000_000_000) < ids.uuid(1_780_000_000_000));
    }
}
