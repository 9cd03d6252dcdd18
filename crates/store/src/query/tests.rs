#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::NaiveDate;
use zhenxin_domain::award::AwardState;
use zhenxin_domain::cap::{Cap, Period};
use zhenxin_domain::consent::{Channel, GivenBy};
use zhenxin_domain::ids::{AwardId, ConsentId, ImportId, OpId, ResidentId, RuleId, RuleVersionId, UserId};
use zhenxin_domain::ledger::Owner;
use zhenxin_protocol::body::resident::Field;

use crate::{
    AwardBatch, AwardDraft, AwardTo, AwardsRecorded, Clock, ConsentDraft, CreateOptions, EvidenceDraft, IdSource,
    ImportSource, KdfCost, KeyringPolicy, NewUser, Ports, Receipt, ResidentBatch, ResidentDraft, ResidentFilter,
    Review, ReviewDraft, RuleVersionDraft, Store, StoreError,
};

const VILLAGE: &str = "330211101001";
const OTHER_VILLAGE: &str = "330211101002";

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Different bytes at each call; secrecy is not what is tested here.
struct TestIds(AtomicU64);

impl IdSource for TestIds {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&number[8 - chunk.len()..]);
        }
    }
}

struct Town {
    store: Store,
    admin: UserId,
    _dir: tempfile::TempDir,
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const TODAY: &str = "2026-11-22";

impl Town {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let noon_ms = day(TODAY).and_hms_opt(4, 0, 0).unwrap().and_utc().timestamp_millis();
        let ports = Ports { clock: Arc::new(TestClock(noon_ms.into())), ids: Arc::new(TestIds(AtomicU64::new(1))) };
        let options = CreateOptions {
            town: "330211101".parse().unwrap(),
            device_label: "1 号机".to_owned(),
            admin: NewUser { name: "管理员".to_owned(), duties: 1, ..NewUser::default() },
            sign_in_name: "admin".to_owned(),
            password: "correct horse".to_owned(),
            keyring: KeyringPolicy::Off,
            kdf: KdfCost::WEAK_FOR_TESTS,
        };
        let created = Store::create(dir.path(), options, &ports).unwrap();
        Self { store: created.store, admin: created.admin, _dir: dir }
    }

    fn write<T>(&self, f: impl FnOnce(&mut crate::Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store.write(self.admin, f).unwrap()
    }

    fn read<T>(&self, f: impl FnOnce(&crate::Reader<'_>) -> Result<T, StoreError>) -> T {
        self.store.read(f).unwrap()
    }

    fn residents(&self, drafts: &[ResidentDraft<'_>], import: Option<ImportSource>) -> Vec<ResidentId> {
        self.write(|tx| tx.record_residents(ResidentBatch { rows: drafts, import, ..Default::default() })).residents
    }

    fn person(&self, name: &str, village: &str, household: &str) -> ResidentId {
        self.residents(&[draft(name, village, household)], None)[0]
    }

    fn consent(&self, resident: ResidentId) -> ConsentId {
        let draft = ConsentDraft {
            resident,
            version: "2026-01".to_owned(),
            channel: Channel::Paper,
            given_by: GivenBy::Resident,
            guardian: None,
        };
        self.write(|tx| tx.give_consent(&[draft], day("2026-01-02")))[0]
    }

    fn rule(&self, code: &str, cap: Option<Cap>) -> (RuleId, RuleVersionId) {
        self.write(|tx| tx.record_rules(&[rule(None, 1, code, cap, "2026-01-01")], None))[0]
    }

    fn record(&self, version: RuleVersionId, on: &str, to: AwardTo, residents: &[ResidentId]) -> AwardsRecorded {
        let rows = residents.iter().map(|resident| AwardDraft { resident: *resident, to, amount_points: 5 });
        let batch = AwardBatch {
            activity: None,
            activity_name: format!("活动 {on}"),
            rule_version: version,
            request: None,
            occurred_on: day(on),
            evidence: vec![EvidenceDraft { mime: "image/png".to_owned(), bytes: on.as_bytes().to_vec() }],
            rows: rows.collect(),
        };
        self.write(|tx| tx.record_awards(batch))
    }

    fn approve(&self, award: AwardId, effective_on: &str) -> OpId {
        let decision = Review::Approve { effective_on: day(effective_on) };
        self.write(|tx| tx.review_awards(&[ReviewDraft { award, decision }]))[0]
    }

    fn send_back(&self, award: AwardId) {
        let decision = Review::SendBack { reason: "缺照片".to_owned() };
        self.write(|tx| tx.review_awards(&[ReviewDraft { award, decision }]));
    }

    fn reject(&self, op: OpId) {
        let receipt = Receipt::Rejected { code: "body".to_owned(), text: "内容有误".to_owned() };
        self.store.take_receipts(&[(op, receipt)]).unwrap();
    }
}

fn draft<'t>(name: &'t str, village: &str, household: &'t str) -> ResidentDraft<'t> {
    ResidentDraft::new(village.parse().unwrap()).set(Field::Name, name).household_no(household)
}

fn rule(id: Option<RuleId>, version: u32, code: &str, cap: Option<Cap>, from: &str) -> RuleVersionDraft {
    RuleVersionDraft {
        rule: id,
        version,
        code: code.to_owned(),
        category: "志愿服务".to_owned(),
        item: format!("第 {version} 版"),
        points: 5,
        unit: "次".to_owned(),
        cap,
        evidence: None,
        subject: "person".to_owned(),
        valid_months: Some(12),
        basis: None,
        in_force_from: day(from),
    }
}

fn names(rows: &[crate::ResidentRow]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_deref().unwrap()).collect()
}

#[test]
fn a_page_is_a_window_of_the_filtered_list() {
    let town = Town::new();
    let [b, a, c, d] = [("乙", VILLAGE, "2"), ("甲", VILLAGE, "1"), ("丙", OTHER_VILLAGE, "1"), ("丁", VILLAGE, "2")]
        .map(|(name, village, household)| town.person(name, village, household));
    let withdrawn = town.consent(b);
    town.write(|tx| tx.withdraw_consent(withdrawn, day(TODAY)));
    for resident in [a, c, d, a] {
        town.consent(resident);
    }
    let page = |village: Option<&str>, consent, offset, limit| {
        let village = village.map(|village| village.parse().unwrap());
        let page = town.read(|r| r.residents_page(ResidentFilter { village, consent }, offset, limit));
        (names(&page.rows).join(""), page.total)
    };
    for (village, consent, all) in [
        (None, None, "甲乙丁丙"),
        (Some(VILLAGE), None, "甲乙丁"),
        (Some(OTHER_VILLAGE), None, "丙"),
        (Some("330211101003"), None, ""),
        (None, Some(true), "甲丁丙"),
        (None, Some(false), "乙"),
        (Some(VILLAGE), Some(true), "甲丁"),
        (Some(VILLAGE), Some(false), "乙"),
        (Some(OTHER_VILLAGE), Some(false), ""),
    ] {
        let total = all.chars().count() as u64;
        assert_eq!(page(village, consent, 0, 10), (all.to_owned(), total), "{village:?} {consent:?}");
        let windows: String = (0..total).map(|offset| page(village, consent, offset, 1).0).collect();
        assert_eq!(windows, all, "{village:?} {consent:?}");
        assert_eq!(page(village, consent, total, 10), (String::new(), total));
    }
    let counts = town.read(|r| r.counts(day(TODAY)));
    assert_eq!((counts.residents, counts.with_consent), (4, 3));
    let villages = town.read(|r| r.villages_with_counts());
    assert_eq!(villages, [(VILLAGE.parse().unwrap(), 3), (OTHER_VILLAGE.parse().unwrap(), 1)]);
    let household = town.read(|r| Ok(r.resident(b)?.unwrap().household.unwrap()));
    assert_eq!(names(&town.read(|r| r.household_members(household))), ["乙", "丁"]);
    assert_eq!(town.read(|r| r.household(household)).unwrap().number, "2");
    let mut visited = Vec::new();
    town.read(|r| r.for_each_resident(|row| visited.push(row.id)));
    assert_eq!(visited, [b, a, c, d]);
}

#[test]
fn figures_follow_awards_through_review_reversal_and_refusal() {
    let town = Town::new();
    let somebody_else =
        town.write(|tx| tx.add_user(&NewUser { name: "乙".to_owned(), duties: 2, ..NewUser::default() }));
    let person = town.person("甲", VILLAGE, "1");
    let (_, version) = town.rule("A01", None);
    let recorded: Vec<AwardId> = ["2026-10-01", "2026-10-02", "2026-11-03", "2026-11-04", "2026-11-05"]
        .map(|on| town.record(version, on, AwardTo::Resident, &[person]).awards[0])
        .into();
    let waiting = |user| town.read(|r| r.awaiting_review(user));
    assert_eq!((waiting(somebody_else), waiting(town.admin)), (5, 0), "nobody reviews their own");
    town.approve(recorded[0], "2026-10-09");
    town.approve(recorded[1], "2026-11-09");
    let approval = town.approve(recorded[2], "2026-12-01");
    town.send_back(recorded[3]);
    assert_eq!((waiting(somebody_else), town.read(|r| r.sent_back_count(town.admin))), (1, 1));
    assert_eq!(town.read(|r| r.sent_back_count(somebody_else)), 0);
    let between = |from, to| town.read(|r| r.points_effective_between(day(from), day(to)));
    let months = || {
        [("2026-10-01", "2026-10-31"), ("2026-11-01", TODAY), ("2026-12-01", "2026-12-31")]
            .map(|(from, to)| between(from, to))
    };
    assert_eq!(months(), [5, 5, 5]);
    town.write(|tx| tx.reverse_award(recorded[0], "记错人"));
    assert_eq!(months(), [5, 0, 5], "a reversal counts in its own month");
    let taken_back = |from, to| town.read(|r| r.points_reversed_between(day(from), day(to)));
    assert_eq!((taken_back("2026-10-01", "2026-10-31"), taken_back("2026-11-01", TODAY)), (0, 5));
    town.reject(approval);
    assert_eq!(months(), [5, 0, 0], "what the district refused counts nowhere");
    assert_eq!(between("2026-10-09", "2026-10-09"), 5);
    let counts = town.read(|r| r.counts(day(TODAY)));
    assert_eq!((counts.awards_waiting, counts.effective_points), (2, 5));
    assert_eq!(town.read(|r| r.ledger_sum(zhenxin_domain::ledger::Ledger::Points)), 0);
}

#[test]
fn balances_and_entries_agree() {
    let town = Town::new();
    let person = town.person("甲", VILLAGE, "1");
    let (_, version) = town.rule("A01", None);
    let recorded = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
        .map(|on| town.record(version, on, AwardTo::Resident, &[person]).awards[0]);
    let owner = Owner::Resident(person);
    assert_eq!(town.read(|r| r.entries(owner, 10, 0)).total, 0);
    town.approve(recorded[0], "2026-04-01");
    town.approve(recorded[1], "2026-12-01");
    town.send_back(recorded[2]);
    let balance = town.read(|r| r.balance(owner, day(TODAY)));
    assert_eq!((balance.effective_points, balance.approved_points), (5, 10));
    assert_eq!((balance.pending_points, balance.sent_back_points), (5, 5));
    town.write(|tx| tx.reverse_award(recorded[0], "记错人"));
    let page = town.read(|r| r.entries(owner, 10, 0));
    let moves: Vec<(i64, i64)> = page.rows.iter().map(|row| (row.amount_points, row.running_points)).collect();
    assert_eq!(moves, [(5, 5), (-5, 0), (5, 5)], "in the order in which they begin to count");
    assert_eq!(page.rows[1].reverses, Some(page.rows[0].transfer));
    assert_eq!(page.rows[0].activity_name.as_deref(), Some("活动 2026-03-01"));
    assert_eq!((page.total, page.rows[0].rule_code.as_deref()), (3, Some("A01")));
    let second = town.read(|r| r.entries(owner, 1, 1));
    assert_eq!((second.rows.as_slice(), second.total), (&page.rows[1..2], 3));
    let balance = town.read(|r| r.balances_of(&[owner, Owner::Issuance(town.store.town())], day(TODAY)));
    assert_eq!((balance[0].effective_points, balance[0].approved_points), (0, 5));
    assert_eq!(balance[1].approved_points, -5);
}

#[test]
fn a_resident_sees_own_household_and_refused_awards() {
    let town = Town::new();
    let [person, sister, stranger] =
        [("甲", "1"), ("乙", "1"), ("丙", "2")].map(|(name, number)| town.person(name, VILLAGE, number));
    let (_, version) = town.rule("A01", None);
    let own = town.record(version, "2026-03-01", AwardTo::Resident, &[person, stranger]);
    let shared = town.record(version, "2026-03-03", AwardTo::Household, &[sister]);
    town.record(version, "2026-03-03", AwardTo::Resident, &[sister]);
    let refused = town.record(version, "2026-03-02", AwardTo::Resident, &[person, stranger]);
    town.reject(refused.ops[0]);
    let awards = town.read(|r| r.awards_of_resident(person, 10, 0));
    let ids: Vec<AwardId> = awards.iter().map(|award| award.id).collect();
    assert_eq!(ids, [shared.awards[0], refused.awards[0], own.awards[0]], "the newest first");
    assert_eq!(awards.iter().map(|award| award.refused).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(awards[0].resident_name.as_deref(), Some("乙"));
    assert_eq!(awards[1].activity_name.as_deref(), Some("活动 2026-03-02"));
    assert_eq!((awards[1].rule_code.as_deref(), awards[1].amount_points), (Some("A01"), 5));
    let windows: Vec<AwardId> = (0..4)
        .flat_map(|offset| town.read(|r| r.awards_of_resident(person, 1, offset)))
        .map(|award| award.id)
        .collect();
    assert_eq!(windows, ids);
    let balance = town.read(|r| r.balance(Owner::Resident(person), day(TODAY)));
    assert_eq!(balance.pending_points, 5, "what was refused waits for nobody");
    assert!(town.read(|r| r.award(refused.awards[0])).is_none());
}

#[test]
fn caps_count_what_waits_and_what_was_approved() {
    let town = Town::new();
    let person = town.person("甲", VILLAGE, "1");
    let cap = Cap { points: 10, period: Period::Month };
    let (rule_id, version) = town.rule("A01", Some(cap));
    let (_, other) = town.rule("A02", None);
    assert_eq!(town.read(|r| r.rule_version(version)).unwrap().cap, Some(cap));
    let at = |version, on| town.record(version, on, AwardTo::Resident, &[person]).awards[0];
    let awards = ["2026-03-01", "2026-03-31", "2026-03-15", "2026-03-16"].map(|on| at(version, on));
    at(version, "2026-04-01");
    at(other, "2026-03-02");
    town.record(version, "2026-03-04", AwardTo::Household, &[person]);
    town.approve(awards[0], TODAY);
    town.send_back(awards[2]);
    town.approve(awards[3], TODAY);
    town.write(|tx| tx.reverse_award(awards[3], "记错人"));
    let (from, to) = cap.period.bounds(day("2026-03-10"));
    let household = town.read(|r| Ok(r.resident(person)?.unwrap().household.unwrap()));
    for (owner, points) in
        [(Owner::Resident(person), 10), (Owner::Household(household), 5), (Owner::Issuance(town.store.town()), 0)]
    {
        assert_eq!(town.read(|r| r.points_in_period(owner, rule_id, from, to)), points);
    }
}

#[test]
fn the_version_in_force_is_the_highest_that_has_begun() {
    let town = Town::new();
    let (first, version) = town.rule("A01", None);
    let (retired, _) = town.rule("A02", None);
    let next = town.write(|tx| tx.record_rules(&[rule(Some(first), 2, "A01", None, "2026-06-01")], None))[0].1;
    town.write(|tx| tx.retire_rule(retired, day("2026-05-01")));
    let in_force = |on| {
        let rows = town.read(|r| r.rules_in_force(day(on)));
        rows.into_iter().map(|row| (row.code, row.version_id)).collect::<Vec<_>>()
    };
    assert_eq!(in_force("2025-12-31"), []);
    assert_eq!(in_force("2026-04-30").len(), 2);
    assert_eq!(in_force("2026-05-01"), [("A01".to_owned(), version)]);
    assert_eq!(in_force("2026-06-01"), [("A01".to_owned(), next)]);
    assert_eq!(town.read(|r| r.rule_versions(first)).len(), 2);
    assert_eq!(town.read(|r| r.all_rules()).len(), 3);
}

#[test]
fn the_queue_groups_and_points_at_likely_duplicates() {
    let town = Town::new();
    let [person, sister, stranger] =
        [("甲", VILLAGE, "1"), ("乙", VILLAGE, "1"), ("丙", OTHER_VILLAGE, "1")].map(|(n, v, h)| town.person(n, v, h));
    let (_, version) = town.rule("A01", None);
    let (_, other) = town.rule("A02", None);
    let first = town.record(version, "2026-03-01", AwardTo::Resident, &[person, stranger]);
    let again = town.record(version, "2026-03-01", AwardTo::Resident, &[person]);
    town.record(other, "2026-03-01", AwardTo::Resident, &[person]);
    let for_household = town.record(version, "2026-03-05", AwardTo::Household, &[person]);
    let by_sister = town.record(version, "2026-03-05", AwardTo::Household, &[sister]);
    let queue = town.read(|r| r.review_queue());
    let shape: Vec<_> = queue.iter().map(|group| (group.activity, group.awards.len(), group.suspected)).collect();
    assert_eq!(shape.len(), 5);
    assert_eq!(shape[0], (first.activity, 2, 1), "both villages in one group");
    assert_eq!((shape[1], shape[2].2), ((again.activity, 1, 1), 0));
    assert_eq!((shape[3].2, shape[4].2), (1, 1));
    let twins = |award| town.read(|r| r.suspected_duplicates(award)).iter().map(|twin| twin.id).collect::<Vec<_>>();
    assert_eq!(twins(for_household.awards[0]), by_sister.awards);
    assert_eq!(twins(first.awards[1]), []);
    town.send_back(again.awards[0]);
    assert_eq!(twins(first.awards[0]), []);
    let mine = town.read(|r| r.activities_by(town.admin, 2, 2));
    assert_eq!(mine.iter().map(|row| row.activity).collect::<Vec<_>>(), [queue[2].activity, again.activity]);
    assert_eq!((mine[1].sent_back, mine[1].submitted), (1, 0));
    let one = town.read(|r| r.activity(first.activity)).unwrap();
    assert_eq!((one.submitted, one.approved, one.name.as_deref()), (2, 0, Some("活动 2026-03-01")));
    let back = town.read(|r| r.sent_back_of(town.admin));
    assert_eq!((back.len(), back[0].id, back[0].reason.as_deref()), (1, again.awards[0], Some("缺照片")));
    assert_eq!(back[0].state_on(day(TODAY)), AwardState::SentBack);
    let evidence = town.read(|r| r.evidence_of(first.activity));
    assert_eq!(evidence.len(), 1, "one photo, though its activity has a part in two villages");
    assert!(evidence[0].here);
    assert_eq!(town.read(|r| r.evidence(evidence[0].id)).as_ref(), Some(&evidence[0]));
    assert_eq!(town.read(|r| r.evidence_bytes(evidence[0].id)).unwrap(), b"2026-03-01");
}

#[test]
fn what_was_built_on_an_import_stands_in_the_way() {
    let town = Town::new();
    let before = town.person("前", VILLAGE, "9");
    town.consent(before);
    let source =
        || ImportSource { id: ImportId::from_uuid(town.write(|tx| Ok(tx.new_uuid()))), source: "名册.xlsx".into() };
    let first = source();
    let phone = ResidentDraft::edit(before).set(Field::Phone, "13700000000");
    let drafts = [draft("甲", VILLAGE, "1"), draft("乙", OTHER_VILLAGE, "1"), phone];
    let residents = town.residents(&drafts, Some(first.clone()));
    let row = town.read(|r| r.import(first.id)).unwrap();
    assert_eq!((row.residents, row.created, row.updated, row.undone), (3, 2, 1, false));
    assert_eq!(row.source.as_deref(), Some("名册.xlsx"));
    let obstacles = |id| town.read(|r| r.import_obstacles(id));
    assert!(obstacles(first.id).is_free(), "the consent was there before");
    let mut touched = town.read(|r| r.import_residents(first.id));
    touched.sort();
    let mut expected = residents.clone();
    expected.sort();
    assert_eq!(touched, expected);

    let second = source();
    town.residents(&[ResidentDraft::edit(residents[0]).set(Field::Phone, "13700000001")], Some(second.clone()));
    assert_eq!(obstacles(first.id).later_edits, 1);
    assert!(obstacles(second.id).is_free());
    town.write(|tx| tx.undo_import(second.id));
    assert!(obstacles(first.id).is_free(), "an edit that was taken back is none");
    assert!(town.read(|r| r.import(second.id)).unwrap().undone);

    let (_, version) = town.rule("A01", None);
    town.record(version, "2026-03-01", AwardTo::Resident, &[residents[1]]);
    town.consent(residents[0]);
    town.residents(&[ResidentDraft::edit(before).set(Field::Grid, "第1网格")], None);
    let found = obstacles(first.id);
    assert_eq!((found.awards, found.consents, found.later_edits), (1, 1, 1));
    assert_eq!(town.read(|r| r.imports()).iter().map(|row| row.id).collect::<Vec<_>>(), [second.id, first.id]);
}

#[test]
fn rules_in_use_stand_in_the_way_of_their_import() {
    let town = Town::new();
    let person = town.person("甲", VILLAGE, "1");
    let source = ImportSource { id: ImportId::from_uuid(town.write(|tx| Ok(tx.new_uuid()))), source: "细则".into() };
    let id = source.id;
    let rules = [rule(None, 1, "A01", None, "2026-01-01"), rule(None, 1, "A02", None, "2026-01-01")];
    let recorded = town.write(|tx| tx.record_rules(&rules, Some(source)));
    let row = town.read(|r| r.import(id)).unwrap();
    assert_eq!((row.rules, row.created, row.updated), (2, 2, 0));
    assert!(town.read(|r| r.import_obstacles(id)).is_free());
    town.record(recorded[1].1, "2026-03-01", AwardTo::Resident, &[person]);
    town.write(|tx| tx.retire_rule(recorded[0].0, day(TODAY)));
    let found = town.read(|r| r.import_obstacles(id));
    assert_eq!((found.awards, found.later_edits), (1, 1));
}

#[test]
fn the_log_tells_what_waits_and_what_was_refused() {
    let town = Town::new();
    let person = town.person("甲", VILLAGE, "1");
    let (_, version) = town.rule("A01", None);
    let award = town.record(version, "2026-03-01", AwardTo::Resident, &[person]);
    let counts = town.read(|r| r.op_counts());
    assert_eq!((counts.pending, counts.total, counts.own_accepted, counts.received), (6, 6, 0, 0));
    assert_eq!(town.read(|r| r.last_receipt_at()), None);
    let oldest = town.read(|r| r.pending_ops(1))[0].clone();
    assert_eq!((oldest.kind.as_str(), oldest.rows), ("town.opened", 1));
    town.store.take_receipts(&[(oldest.id, Receipt::Accepted { server_seq: 1, issue: None })]).unwrap();
    town.reject(award.ops[0]);
    let counts = town.read(|r| r.op_counts());
    assert_eq!((counts.pending, counts.accepted, counts.rejected, counts.own_accepted), (4, 1, 1, 1));
    let refused = town.read(|r| r.rejected_ops(10));
    assert_eq!((refused.len(), refused[0].reason_text.as_deref()), (1, Some("内容有误")));
    assert_eq!((refused[0].rows, refused[0].actor, refused[0].occurred_on), (1, town.admin, day("2026-03-01")));
    let kinds: Vec<String> = town.read(|r| r.recent_ops(2, 1)).into_iter().map(|op| op.kind).collect();
    assert_eq!(kinds, ["rules.recorded", "residents.recorded"]);
    assert!(town.read(|r| r.last_receipt_at()).is_some());
}

#[test]
fn a_lost_race_speaks_plainly() {
    let town = Town::new();
    let person = town.person("甲", VILLAGE, "1");
    let before = town.read(|r| Ok(r.resident(person)?.unwrap().registers.op(Field::Name).unwrap()));
    for name in ["乙", "丙"] {
        town.residents(&[ResidentDraft::edit(person).set(Field::Name, name).base(Field::Name, before)], None);
    }
    let races = town.read(|r| r.races());
    assert_eq!((races.len() as u64, town.read(|r| r.races_count())), (1, 1));
    assert_eq!((races[0].entity.id, races[0].what.as_str()), (*person.as_bytes(), "field:name"));
}

#[test]
fn debug_output_holds_nothing_personal() {
    let town = Town::new();
    let person = town.person("单红霞", VILLAGE, "1");
    let (_, version) = town.rule("A01", None);
    let award = town.record(version, "2026-03-01", AwardTo::Resident, &[person]).awards[0];
    let shown = town.read(|r| {
        Ok(format!(
            "{:?} {:?} {:?} {:?} {:?}",
            r.resident(person)?,
            r.award(award)?,
            r.users()?,
            r.review_queue()?,
            r.activities_by(town.admin, 10, 0)?
        ))
    });
    for personal in ["单红霞", "管理员", "活动"] {
        assert!(!shown.contains(personal), "{shown}");
    }
}
