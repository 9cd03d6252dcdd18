//! Attachments and snapshots over a real line: cut, damaged, too many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::NaiveDate;
use zhenxin_domain::ids::{EvidenceId, ResidentId};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::blobs::BlobsGetAnswer;
use zhenxin_store::{AwardBatch, AwardDraft, AwardTo, EvidenceDraft};
use zhenxin_sync::sim::{Tuning, lane_once_over, sync_once_over};
use zhenxin_sync::transport::https::{Https, Way};
use zhenxin_sync::transport::{Exchange, Transport};
use zhenxin_sync::{Connect, LaneStatus, SyncState, lane_once, make_snapshot};
use zhenxin_testkit::desk::Desk;
use zhenxin_testkit::line::CutLine;

use crate::sync_stage::{Site, all_equal, complete, knows, settle};

/// More than any test sends.
const WHOLE: i64 = i64::MAX / 2;
const PIECE_BYTES: i64 = 512 * 1024;

/// A photo's bytes, which do not compress.
fn photo(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// An activity with a photo.
fn with_photo(desk: &Desk, residents: &[ResidentId], bytes: &[u8]) -> EvidenceId {
    let rule_version = desk.rule().unwrap();
    let row = |resident: &ResidentId| AwardDraft { resident: *resident, to: AwardTo::Resident, amount_points: 2 };
    let batch = AwardBatch {
        activity: None,
        activity_name: "清洁行动".to_owned(),
        rule_version,
        request: None,
        occurred_on: NaiveDate::from_ymd_opt(2026, 1, 2).unwrap(),
        evidence: vec![EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: bytes.to_vec() }],
        rows: residents.iter().map(row).collect(),
    };
    let recorded = desk.store.write(desk.clerk, |tx| tx.record_awards(batch)).unwrap();
    desk.store.read(|reader| reader.evidence_of(recorded.activity)).unwrap()[0].id
}

fn held(desk: &Desk, photo: EvidenceId) -> Option<Vec<u8>> {
    desk.store.read(|reader| reader.evidence_bytes(photo)).unwrap()
}

fn lane(desk: &Desk) -> LaneStatus {
    lane_once(&desk.store, &desk.ports).unwrap()
}

/// Turns a bit in so many pieces that come from the district.
struct Turning {
    https: Https,
    left: Arc<AtomicU32>,
}

impl Transport for Turning {
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_> {
        Box::pin(async move {
            let mut answer = self.https.exchange(endpoint, frame).await?;
            let turned = endpoint == Endpoint::BlobsGet
                && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            if let Some(body) = answer.body.as_mut().filter(|_| turned) {
                let mut piece: BlobsGetAnswer = from_cbor(body).unwrap();
                piece.bytes[7] ^= 1;
                *body = to_cbor(&piece);
            }
            Ok(answer)
        })
    }
}

fn turning(pieces: u32) -> (Connect, Arc<AtomicU32>) {
    let left = Arc::new(AtomicU32::new(pieces));
    let shared = Arc::clone(&left);
    let connect: Connect = Box::new(move |link, _| {
        let https = Https::new(&link.url, link.ca_pem.as_deref(), Some(link.token()), Way::PLAIN).unwrap();
        Ok(Arc::new(Turning { https, left: Arc::clone(&shared) }))
    });
    (connect, left)
}

/// Two PCs behind one line, settled, and a photo of 2 MB at the first one.
struct Stage {
    site: Site,
    line: CutLine,
    one: Desk,
    two: Desk,
    photo: EvidenceId,
    bytes: Vec<u8>,
}

impl Stage {
    fn new() -> Self {
        let site = Site::start();
        let line = CutLine::to(site.district().address()).unwrap();
        let (one, two) = (Desk::found("综合办 1 号机").unwrap(), Desk::found("综合办 2 号机").unwrap());
        for desk in [&one, &two] {
            site.enrol_through(desk, &format!("https://{}", line.address()), &[]);
        }
        let residents = one.residents(2).unwrap();
        settle(&[&one, &two]);
        let bytes = photo(2_000_000);
        let photo = with_photo(&one, &residents, &bytes);
        Self { site, line, one, two, photo, bytes }
    }
}

#[test]
fn a_photo_that_dies_just_before_its_end_goes_on_where_it_stood_in_both_directions() {
    let Stage { site: _site, line, one, two, photo, bytes } = Stage::new();
    complete(&one);
    complete(&two);
    assert_eq!(held(&two, photo), None, "the operation is there first");
    let whole = bytes.len() as i64;
    line.cut_after(whole * 99 / 100, WHOLE);
    let cut = lane(&one);
    assert!(cut.failure.is_some());
    // enough for one piece more, not for the whole again
    line.cut_after(PIECE_BYTES + 100_000, WHOLE);
    let rest = lane(&one);
    assert_eq!((rest.failure, rest.to_send), (None, 0));
    line.cut_after(WHOLE, whole * 99 / 100);
    assert!(lane(&two).failure.is_some());
    assert_eq!(held(&two, photo), None);
    line.cut_after(WHOLE, PIECE_BYTES + 100_000);
    let rest = lane(&two);
    assert_eq!((rest.failure, rest.to_fetch), (None, 0));
    assert!(held(&two, photo).unwrap() == bytes);
    line.mend();
    all_equal(&[&one, &two]);
}

#[test]
fn photos_do_not_hold_up_records() {
    let Stage { site: _site, line, one, two, photo, .. } = Stage::new();
    // the line carries a round, not a photo
    line.cut_after(400_000, WHOLE);
    assert_eq!(one.sync().unwrap().state, SyncState::Idle);
    assert!(lane(&one).failure.is_some());
    line.mend();
    settle(&[&two, &one]);
    all_equal(&[&one, &two]);
    assert_eq!(held(&two, photo), None);
}

#[test]
fn a_photo_that_arrives_with_a_wrong_hash_is_dropped_and_fetched_again() {
    let Stage { site: _site, one, two, photo, bytes, line: _line } = Stage::new();
    settle(&[&one, &two]);
    lane(&one);
    let (connect, left) = turning(1);
    let rest = lane_once_over(&two.store, &two.ports, connect).unwrap();
    assert_eq!(left.load(Ordering::SeqCst), 0, "nothing was turned");
    assert_eq!((rest.failure, rest.to_fetch), (None, 0));
    assert!(held(&two, photo).unwrap() == bytes);
}

#[test]
fn a_photo_that_is_always_damaged_stays_away_without_stopping_the_lane() {
    let Stage { site: _site, one, two, photo, bytes, line: _line } = Stage::new();
    settle(&[&one, &two]);
    lane(&one);
    let (connect, _) = turning(u32::MAX);
    let rest = lane_once_over(&two.store, &two.ports, connect).unwrap();
    assert_eq!((rest.failure, rest.to_fetch), (None, 1));
    assert_eq!(held(&two, photo), None);
    assert_eq!(lane(&two).to_fetch, 0);
    assert!(held(&two, photo).unwrap() == bytes);
}

/// Small enough for a test.
const SMALL: Tuning = Tuning { snapshot_worth_ops: 20, snapshot_every_ops: 20, push_ops: 1_000 };

/// An office with a snapshot at the district and a tail behind it, and a newcomer that has been handed the keys.
fn newcomer() -> (Site, Desk, Desk, Vec<ResidentId>) {
    let site = Site::start();
    let office = Desk::found("综合办 1 号机").unwrap();
    site.enrol(&office, &[]);
    let mut residents = office.residents(5).unwrap();
    office.changes(&residents, 60).unwrap();
    complete(&office);
    make_snapshot(&office.store, &office.ports).unwrap();
    residents.extend(office.residents(1).unwrap());
    complete(&office);
    let late = Desk::found("综合办 2 号机").unwrap();
    site.enrol(&late, &[]);
    residents.extend(late.residents(1).unwrap());
    let (connect, _) = turning(0);
    let first = sync_once_over(&late.store, &late.ports, connect, SMALL).unwrap();
    assert_eq!((first.state, first.received), (SyncState::WaitingForKeys, 0), "it waits for the snapshot's key");
    complete(&office);
    (site, office, late, residents)
}

#[test]
fn a_new_pc_begins_with_a_snapshot_and_pulls_the_tail() {
    for damaged in [0, 1, 2] {
        let (_site, office, late, residents) = newcomer();
        let (connect, left) = turning(damaged);
        let report = sync_once_over(&late.store, &late.ports, connect, SMALL).unwrap();
        assert_eq!((report.state, left.load(Ordering::SeqCst)), (SyncState::Idle, 0));
        assert!(report.received < 10, "only the tail came op by op: {}", report.received);
        settle(&[&office, &late]);
        knows(&late, &residents);
        knows(&office, &residents);
        all_equal(&[&office, &late]);
    }
}

#[test]
fn a_snapshot_damaged_too_often_is_given_up_for_single_ops() {
    let (_site, office, late, residents) = newcomer();
    let (connect, _) = turning(u32::MAX);
    let report = sync_once_over(&late.store, &late.ports, connect, SMALL).unwrap();
    assert_eq!(report.state, SyncState::Idle);
    assert!(report.received > 60, "everything came op by op: {}", report.received);
    settle(&[&office, &late]);
    knows(&late, &residents);
    all_equal(&[&office, &late]);
}
