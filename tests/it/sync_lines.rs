//! What stands between a PC and its district: no line, a cut line, a portal, a broken gateway, a stranger.

use std::fs;

use tempfile::TempDir;
use zhenxin_district::{Config, District};
use zhenxin_protocol::frame::CONTENT_TYPE;
use zhenxin_protocol::wire::hello::HelloAnswer;
use zhenxin_protocol::wire::limits::BODY_MAX_BYTES;
use zhenxin_protocol::wire::{Answer, Lineage, PROTOCOL_MAJOR, PROTOCOL_MAJOR_MIN};
use zhenxin_sync::{Report, SyncState};
use zhenxin_testkit::desk::Desk;
use zhenxin_testkit::district::code;
use zhenxin_testkit::line::CutLine;
use zhenxin_testkit::pc::TOWN;
use zhenxin_testkit::portal::Stranger;
use zhenxin_testkit::sim::chance::Chance;

/// A PC that is enrolled through a line.
struct Reached {
    desk: Desk,
    line: CutLine,
    district: District,
    dir: TempDir,
}

impl Reached {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let district = District::start(&Config::local(dir.path())).unwrap();
        let line = CutLine::to(district.address()).unwrap();
        let desk = Desk::found("综合办 1 号机").unwrap();
        let reached = Self { desk, line, district, dir };
        reached.enrol(&reached.desk, &format!("https://{}", reached.line.address()));
        reached
    }

    fn enrol(&self, desk: &Desk, url: &str) {
        let code = code(self.dir.path(), TOWN, &[]).unwrap();
        let ca_pem = fs::read_to_string(self.district.ca_pem().unwrap()).unwrap();
        desk.enrol(url, &code, &ca_pem).unwrap();
    }

    fn sync(&self) -> Report {
        self.desk.sync().unwrap()
    }
}

#[test]
fn a_line_cut_anywhere_is_mended_by_the_next_round() {
    let reached = Reached::new();
    let mut residents = Vec::new();
    let mut cut_rounds = 0;
    // from the handshake to the last byte of the pull, in both directions
    for bytes in (0..6_000).step_by(150) {
        residents.extend(reached.desk.residents(7).unwrap());
        for (up, down) in [(bytes, i64::MAX / 2), (i64::MAX / 2, bytes)] {
            reached.line.cut_after(up, down);
            if !reached.sync().complete() {
                cut_rounds += 1;
            }
        }
    }
    assert!(cut_rounds > 20, "the line was hardly ever cut: {cut_rounds}");
    reached.line.mend();
    assert_eq!(reached.sync().state, SyncState::Idle);
    let (pending, accepted, rejected) = reached.desk.counts().unwrap();
    assert_eq!((pending, rejected), (0, 0));
    let other = Desk::found("综合办 2 号机").unwrap();
    reached.enrol(&other, &reached.district.url());
    for desk in [&other, &reached.desk, &other, &reached.desk] {
        assert!(desk.sync().unwrap().complete());
    }
    assert!(reached.desk.dump().unwrap() == other.dump().unwrap(), "the tables differ");
    // each operation is there once: those of this PC, and the first three of the other one
    assert_eq!(other.counts().unwrap().1, accepted + 3);
    let found = other.store.read(|reader| reader.residents(&residents)).unwrap();
    assert_eq!(found.len(), residents.len());
    assert!(found.iter().all(|row| row.name.is_some()));
}

#[test]
fn without_a_district_the_work_goes_on_and_nothing_is_lost() {
    let reached = Reached::new();
    let Reached { desk, district, dir, line } = reached;
    let address = district.address();
    district.stop().unwrap();
    desk.residents(3).unwrap();
    assert!(matches!(desk.sync().unwrap().state, SyncState::Offline { .. }));
    assert!(desk.counts().unwrap().0 > 0);
    let _district = District::start(&Config { listen: address, ..Config::local(dir.path()) }).unwrap();
    assert_eq!(desk.sync().unwrap().state, SyncState::Idle);
    assert_eq!(desk.counts().unwrap().0, 0);
    drop(line);
}

/// The state of a PC whose pinned authority is the stranger's own certificate: TLS is right, the answer is not.
fn state_at(stranger: &Stranger) -> SyncState {
    let Reached { desk, .. } = Reached::new();
    desk.point_at(&stranger.url(), stranger.certificate_pem()).unwrap();
    desk.residents(2).unwrap();
    let (before, ..) = desk.counts().unwrap();
    let report = desk.sync().unwrap();
    assert_eq!((report.sent, report.received), (0, 0));
    assert_eq!(desk.counts().unwrap().0, before, "nothing may leave the outbox");
    report.state
}

#[test]
fn a_portal_page_with_status_200_is_not_success() {
    let page = "<html><body>请先登录本单位网络</body></html>".as_bytes();
    let portal = Stranger::answering("200 OK", "text/html; charset=utf-8", page).unwrap();
    assert_eq!(state_at(&portal), SyncState::Portal);
}

#[test]
fn a_page_that_claims_to_be_a_frame_is_not_success_either() {
    let liar = Stranger::answering("200 OK", CONTENT_TYPE, b"<html></html>").unwrap();
    assert_eq!(state_at(&liar), SyncState::ServerFault { status: 0 });
}

/// The greeting of a district that calls itself so.
fn greeting(district_name: String) -> Vec<u8> {
    let hello = HelloAnswer {
        time_ms: 0,
        major_min: PROTOCOL_MAJOR_MIN,
        major_max: PROTOCOL_MAJOR,
        district_name,
        sign_key: [7; 32],
        seal_key: [7; 32],
    };
    Answer::done(Lineage([7; 16]), &hello).pack()
}

#[test]
fn fault_24_an_answer_beyond_the_limit_is_not_taken_however_true_it_is() {
    let mut chance = Chance::of(24);
    // seven bits of chance in each letter, so that it stays long when it is packed
    let name = (0..700_000).flat_map(|_| chance.draw().to_le_bytes()).map(|byte| char::from(byte & 0x7f)).collect();
    let (long, short) = (greeting(name), greeting("别的区".to_owned()));
    assert!(long.len() > BODY_MAX_BYTES);
    let states = [long, short].map(|frame| state_at(&Stranger::answering("200 OK", CONTENT_TYPE, &frame).unwrap()));
    // who had read the long one would have found another district as well
    assert_eq!(states, [SyncState::ServerFault { status: 0 }, SyncState::DistrictChanged]);
}

#[test]
fn a_redirect_is_not_followed() {
    let portal = Stranger::answering("302 Found\r\nLocation: https://127.0.0.1:1/", "text/html", b"").unwrap();
    assert_eq!(state_at(&portal), SyncState::Portal);
}

#[test]
fn a_broken_gateway_is_a_fault_of_the_server() {
    let gateway = Stranger::answering("500 Internal Server Error", "text/html", b"oops").unwrap();
    assert_eq!(state_at(&gateway), SyncState::ServerFault { status: 500 });
}

#[test]
fn a_strangers_certificate_is_not_trusted() {
    let reached = Reached::new();
    let stranger = Stranger::answering("200 OK", "text/html", b"").unwrap();
    let ca_pem = fs::read_to_string(reached.district.ca_pem().unwrap()).unwrap();
    reached.desk.point_at(&stranger.url(), &ca_pem).unwrap();
    assert_eq!(reached.sync().state, SyncState::CertificateUnknown);
    let newcomer = Desk::found("综合办 2 号机").unwrap();
    let code = code(reached.dir.path(), TOWN, &[]).unwrap();
    let refused = newcomer.enrol(&reached.district.url(), &code, stranger.certificate_pem()).unwrap_err();
    assert_eq!(refused.code(), "certificate_unknown");
    let no_pem = newcomer.enrol(&reached.district.url(), &code, "not a certificate").unwrap_err();
    assert_eq!(no_pem.code(), "district_certificate_file");
}

#[test]
fn the_background_loop_sends_by_itself_and_ends_at_once_when_told() {
    let reached = Reached::new();
    let (sender, states) = std::sync::mpsc::channel();
    let on_status = Box::new(move |status: &zhenxin_sync::SyncStatus| {
        // after the test's end nobody listens
        let _gone = sender.send(status.state.clone());
    });
    let handle =
        zhenxin_sync::SyncHandle::start(reached.desk.store.clone(), reached.desk.ports.clone(), on_status).unwrap();
    let until = |wanted: SyncState| while states.recv().unwrap() != wanted {};
    until(SyncState::Running);
    until(SyncState::Idle);
    reached.desk.residents(2).unwrap();
    handle.wake();
    until(SyncState::Running);
    until(SyncState::Idle);
    assert_eq!(reached.desk.counts().unwrap().0, 0);
    reached.desk.residents(2).unwrap();
    let report = handle.sync_now();
    assert_eq!((report.sent, report.state), (1, SyncState::Idle));
    handle.stop();
}
