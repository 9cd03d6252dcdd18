//! Two PCs and a district that is away or dies: nothing is lost, nothing is doubled, both end with the same.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use zhenxin_app::{Fault, FaultCode};
use zhenxin_district::store::Store as DistrictStore;
use zhenxin_testkit::district::ChildDistrict;
use zhenxin_testkit::pc::{Pc, TOWN};

use crate::relay::{Relay, wait_until};
use crate::town::{OFFICE, Town, YESTERDAY, digest, refused};

const PROGRAM: &str = env!("CARGO_BIN_EXE_it-district");
const PEOPLE: usize = 40;
/// Points of A01 and of B02 in the catalogue.
const OFFICE_POINTS: i64 = 2;
const VILLAGE_POINTS: i64 = 2;
/// Rounds after which a PC that still has something to send will never send it.
const ROUNDS: usize = 10;
/// How late answers come while the test watches for a commit: much longer than a look takes.
const LATE: Duration = Duration::from_millis(400);

/// Both PCs, a district in a process of its own, and the relay between them.
pub struct TwoPcs {
    pub office: Town,
    pub village: Pc,
    pub district: ChildDistrict,
    relay: Relay,
    _folders: [TempDir; 2],
}

impl TwoPcs {
    /// The office has its roster and nothing sent yet; the village's PC is empty.
    pub fn enrolled_office() -> Self {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let district = ChildDistrict::start(PROGRAM, folders[0].path()).unwrap();
        let relay = Relay::start(district.address());
        let office = Town::full();
        let village = Pc::found(folders[1].path(), office.clock.clone(), "chen", "河头村电脑").unwrap();
        let pcs = Self { office, village, district, relay, _folders: folders };
        pcs.enrol(&pcs.office.pc);
        pcs
    }

    fn enrol(&self, pc: &Pc) {
        let (code, ca_pem) = (self.district.code(TOWN).unwrap(), self.district.ca_pem().unwrap());
        pc.enrol(&self.relay.url(), &code, &ca_pem).unwrap();
    }

    /// Operations that the district has stored, read beside the process.
    fn stored(&self) -> u64 {
        let towns = DistrictStore::open(self.district.data_dir()).unwrap().towns().unwrap();
        towns.iter().map(|town| u64::try_from(town.ops).unwrap()).sum()
    }

    /// kill -9, and no line of it stays.
    pub fn kill_district(&mut self) {
        self.district.kill().unwrap();
        self.relay.drop_connections();
    }

    /// The village's PC joins and gets the town's keys; 40 residents have consented; both have all of it.
    pub fn join_village(&self) -> Vec<String> {
        let people = self.office.consenting(PEOPLE);
        settle(&self.office.pc);
        self.enrol(&self.village);
        settle(&self.village);
        // the office hands over the keys, then the village's PC can read
        settle(&self.office.pc);
        settle(&self.village);
        let page = self.village.ask("resident", json!({ "resident": people[0] })).unwrap();
        assert_eq!(page["line"]["consent"], true);
        assert_ne!(page["line"]["name"], "", "the village cannot read yet");
        people
    }

    /// Each PC records for the same 40 people.
    fn record_on_both(&self, people: &[String]) {
        self.office.pc.sign_in("zhang").unwrap();
        assert_eq!(self.office.pc.record("A01", YESTERDAY, "文明劝导", people).unwrap()["recorded"], PEOPLE);
        self.office.pc.sign_in(OFFICE).unwrap();
        assert_eq!(self.village.record("B02", YESTERDAY, "河道清洁", people).unwrap()["recorded"], PEOPLE);
    }

    /// Sends and fetches until both have everything.
    pub fn settle_both(&self) {
        for pc in [&self.office.pc, &self.village, &self.office.pc, &self.village] {
            settle(pc);
        }
    }

    fn same_on_both(&self, people: &[String], field: &str, points: i64) {
        for (pc, name) in [(&self.office.pc, "office"), (&self.village, "village")] {
            for resident in people {
                let page = pc.ask("resident", json!({ "resident": resident })).unwrap();
                assert_eq!(page["accounts"][0][field], points, "{name}, {field}");
            }
        }
        assert_eq!(digest(&self.office.pc), digest(&self.village));
    }

    fn approve_all(&self) {
        self.office.pc.sign_in("li").unwrap();
        let mut decided = 0;
        for (_, awards) in self.office.pc.reviewable().unwrap() {
            decided += self.office.pc.review(&awards, None).unwrap()["decided"].as_u64().unwrap();
        }
        self.office.pc.sign_in(OFFICE).unwrap();
        assert_eq!(decided, 2 * PEOPLE as u64);
    }
}

fn status(pc: &Pc, field: &str) -> Value {
    pc.ask("sync_status", Value::Null).unwrap()[field].clone()
}

fn settle(pc: &Pc) {
    for _ in 0..ROUNDS {
        let report = pc.sync().unwrap();
        let state = report["status"]["state"].as_str().unwrap().to_owned();
        assert!(matches!(state.as_str(), "idle" | "waiting_for_keys"), "{state}: {}", report["status"]["advice"]);
        assert_eq!(report["status"]["refused"], 0);
        if report["status"]["pending"] == 0 && report["sent"] == 0 && report["received"] == 0 {
            return;
        }
    }
    panic!("still something to send or to fetch after {ROUNDS} rounds");
}

#[test]
fn what_two_pcs_record_while_the_district_is_away_comes_together() {
    let mut pcs = TwoPcs::enrolled_office();
    settle(&pcs.office.pc);
    let people = pcs.join_village();

    pcs.kill_district();
    pcs.record_on_both(&people);
    for pc in [&pcs.office.pc, &pcs.village] {
        refused(pc.sync(), FaultCode::District);
        // one village, so one operation; it is still here
        assert_eq!((status(pc, "state"), status(pc, "pending")), (json!("offline"), json!(1)));
        let page = pc.ask("resident", json!({ "resident": people[0] })).unwrap();
        assert_eq!(page["accounts"][0]["pending_points"], 2);
    }

    pcs.district.start_again().unwrap();
    pcs.settle_both();
    pcs.same_on_both(&people, "pending_points", OFFICE_POINTS + VILLAGE_POINTS);
    pcs.approve_all();
    pcs.settle_both();
    pcs.same_on_both(&people, "effective_points", OFFICE_POINTS + VILLAGE_POINTS);
}

#[test]
fn what_two_pcs_recorded_beyond_the_cap_is_not_approved() {
    let pcs = TwoPcs::enrolled_office();
    let people = pcs.join_village();
    // 8 points, at most 8 in a year: each PC by itself is within the cap
    pcs.office.pc.sign_in("zhang").unwrap();
    assert_eq!(pcs.office.pc.record("E02", YESTERDAY, "自愿提交证明", &people[..1]).unwrap()["recorded"], 1);
    assert_eq!(pcs.village.record("E02", YESTERDAY, "村里代交证明", &people[..1]).unwrap()["recorded"], 1);
    pcs.office.pc.sign_in(OFFICE).unwrap();
    pcs.settle_both();
    pcs.office.pc.sign_in("li").unwrap();
    let groups = pcs.office.pc.reviewable().unwrap();
    assert_eq!(groups.len(), 2);
    let both: Vec<String> = groups.iter().flat_map(|(_, awards)| awards.clone()).collect();
    let fault = pcs.office.pc.review(&both, None).unwrap_err();
    assert!(fault.rows.len() == 1 && fault.rows[0].message.contains("上限"), "{:?}", fault.rows);
    assert_eq!(pcs.office.pc.review(&both[..1], None).unwrap()["decided"], 1);
    assert!(pcs.office.pc.review(&both[1..], None).unwrap_err().rows[0].message.contains("上限"));
}

#[test]
fn a_district_killed_in_the_middle_of_a_push_changes_nothing() {
    let mut pcs = TwoPcs::enrolled_office();
    let pending = status(&pcs.office.pc, "pending").as_u64().unwrap();

    // in the middle of a request's body: the roster is far more than 200 KB
    pcs.relay.hold_after(200 << 10);
    let sending = push(&pcs.office.pc);
    wait_until("half a batch has gone", || pcs.relay.is_holding());
    pcs.kill_district();
    refused(sending.join().unwrap(), FaultCode::District);
    assert_eq!((pcs.stored(), status(&pcs.office.pc, "pending")), (0, json!(pending)));
    pcs.district.start_again().unwrap();

    // after the first batch was stored and before the PC heard of it
    die_before_answering(&mut pcs, 0);
    settle(&pcs.office.pc);
    assert_eq!(pcs.stored(), pending, "something was lost or doubled");

    // the same with the awards that both recorded while it was away
    let people = pcs.join_village();
    pcs.kill_district();
    pcs.record_on_both(&people);
    pcs.district.start_again().unwrap();
    let stored = pcs.stored();
    die_before_answering(&mut pcs, stored);
    pcs.settle_both();
    assert_eq!(pcs.stored(), stored + 2);
    pcs.same_on_both(&people, "pending_points", OFFICE_POINTS + VILLAGE_POINTS);
    pcs.approve_all();
    pcs.settle_both();
    pcs.same_on_both(&people, "effective_points", OFFICE_POINTS + VILLAGE_POINTS);
}

fn push(pc: &Pc) -> thread::JoinHandle<Result<Value, Fault>> {
    let pc = pc.clone();
    thread::spawn(move || pc.sync())
}

/// The office pushes; the district is killed once it has stored more than before, while its answer is on the way.
fn die_before_answering(pcs: &mut TwoPcs, stored_before: u64) {
    let accepted_before = status(&pcs.office.pc, "accepted");
    pcs.relay.delay_answers(LATE);
    let sending = push(&pcs.office.pc);
    wait_until("the district has stored a batch", || pcs.stored() > stored_before);
    pcs.kill_district();
    refused(sending.join().unwrap(), FaultCode::District);
    assert_eq!(status(&pcs.office.pc, "accepted"), accepted_before, "the answer arrived: nothing was tested");
    pcs.district.start_again().unwrap();
}
