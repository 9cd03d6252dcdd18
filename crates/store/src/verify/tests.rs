#![allow(clippy::unwrap_used)]
mod edits;

use proptest::prelude::*;
use zhenxin_domain::ids::{AwardId, ConsentId, ImportId, ResidentId, RuleId, RuleVersionId};
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::op::Op;

use crate::proving::{Desk, Orderer, batch, day, rule, village};
use crate::{
    AwardDraft, AwardTo, ConsentDraft, ImportSource, ResidentBatch, ResidentDraft, Review, ReviewDraft, StoreError, Tx,
};

/// What a person, or the line, does; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Step {
    Act { desk: usize, act: u8, pick: usize, other: usize },
    Push { desk: usize, ops: usize, heard: bool },
    Pull { desk: usize, page_ops: usize },
}

fn step(desks: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..desks, 0..13u8, 0..50usize, 0..50usize)
            .prop_map(|(desk, act, pick, other)| Step::Act { desk, act, pick, other }),
        1 => (0..desks, 1..12usize, any::<bool>()).prop_map(|(desk, ops, heard)| Step::Push { desk, ops, heard }),
        1 => (0..desks, 1..12usize).prop_map(|(desk, page_ops)| Step::Pull { desk, page_ops }),
    ]
}

/// The `pick`-th id that a query gives.
fn pick(desk: &Desk, sql: &str, pick: usize) -> Option<[u8; 16]> {
    let ids: Vec<[u8; 16]> = desk.sql(|conn| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect());
    (!ids.is_empty()).then(|| ids[pick % ids.len()])
}

fn any_resident(desk: &Desk, at: usize) -> Option<ResidentId> {
    pick(desk, "SELECT id FROM resident ORDER BY id", at).map(ResidentId::from_bytes)
}

fn new_resident(at: usize) -> ResidentDraft<'static> {
    ResidentDraft::new(village(at))
        .household_no(format!("{}", at % 3))
        .set(Field::Name, format!("张{}", char::from_u32(0x4e00 + at as u32).unwrap()))
        .set(Field::Phone, format!("138000{at:05}"))
}

fn edited(resident: ResidentId, at: usize) -> ResidentDraft<'static> {
    let draft = ResidentDraft::edit(resident).set(Field::Phone, format!("139000{at:05}"));
    match at % 4 {
        0 => draft.clear(Field::Address),
        1 => draft.set(Field::Name, format!("李{}", at % 2)),
        2 => draft.household_no(format!("{}", at % 5)),
        _ => draft.move_to(village(at / 4)),
    }
}

fn act(desk: &Desk, act: u8, first: usize, second: usize) {
    desk.clock.advance(500);
    let done = desk.store.write(desk.admin, |tx| perform(desk, tx, act, first, second));
    match done {
        // A resident of whom only an edit is left, after an import was undone, has no household.
        Ok(()) | Err(StoreError::Refused(_) | StoreError::Missing { .. }) => {}
        Err(error) => panic!("act {act}: {error:?}"),
    }
}

fn perform(desk: &Desk, tx: &mut Tx<'_>, act: u8, first: usize, second: usize) -> Result<(), StoreError> {
    let resident = any_resident(desk, first);
    let version = pick(desk, "SELECT id FROM rule_version ORDER BY id", second).map(RuleVersionId::from_bytes);
    match (act, resident, version) {
        (0, ..) => {
            tx.record_residents(ResidentBatch { rows: &[new_resident(first)], ..Default::default() })?;
        }
        (1, Some(resident), _) => {
            tx.record_residents(ResidentBatch { rows: &[edited(resident, second)], ..Default::default() })?;
        }
        (2, Some(resident), _) => {
            let import = ImportSource { id: ImportId::from_uuid(tx.new_uuid()), source: "花名册.xlsx".to_owned() };
            let rows = [new_resident(first), new_resident(second), edited(resident, first)];
            tx.record_residents(ResidentBatch { rows: &rows, import: Some(import), ..Default::default() })?;
        }
        (3, ..) => {
            let sql = "SELECT DISTINCT import FROM import_part WHERE undone_at IS NULL ORDER BY import";
            if let Some(import) = pick(desk, sql, first) {
                tx.undo_import(ImportId::from_bytes(import))?;
            }
        }
        (4, Some(resident), _) => {
            let draft = ConsentDraft {
                resident,
                version: "2026-1".to_owned(),
                channel: zhenxin_domain::consent::Channel::Paper,
                given_by: zhenxin_domain::consent::GivenBy::Guardian,
                guardian: Some("李监护".to_owned()),
            };
            tx.give_consent(&[draft], day("2026-01-02"))?;
        }
        (5, ..) => {
            if let Some(id) = pick(desk, "SELECT id FROM consent WHERE withdrawn_on IS NULL ORDER BY id", first) {
                tx.withdraw_consent(ConsentId::from_bytes(id), day("2026-01-08"))?;
            }
        }
        (6, ..) => {
            tx.record_rules(&[rule(first as u32 % 20 + 1)], None)?;
        }
        (7, ..) => {
            if let Some(id) = pick(desk, "SELECT id FROM rule ORDER BY id", first) {
                tx.retire_rule(RuleId::from_bytes(id), day("2026-06-01"))?;
            }
        }
        (8, Some(resident), Some(version)) => {
            let to = if first.is_multiple_of(2) { AwardTo::Resident } else { AwardTo::Household };
            let rows = vec![AwardDraft { resident, to, amount_points: second as u32 + 1 }];
            tx.record_awards(batch(version, rows))?;
        }
        (9 | 10, ..) => {
            let decision = if act == 9 {
                Review::Approve { effective_on: day("2026-01-12") }
            } else {
                Review::SendBack { reason: "照片不清楚，请重拍".to_owned() }
            };
            if let Some(id) = pick(desk, "SELECT id FROM award WHERE state IN (0, 1) ORDER BY id", first) {
                tx.review_awards(&[ReviewDraft { award: AwardId::from_bytes(id), decision }])?;
            }
        }
        (11, ..) => {
            if let Some(id) = pick(desk, "SELECT id FROM award WHERE state = 2 ORDER BY id", first) {
                tx.reverse_award(AwardId::from_bytes(id), "记错了人")?;
            }
        }
        (12, Some(resident), _) => {
            tx.issue_statement(resident, "K7Q2", 5, day("2026-01-05"), None)?;
        }
        _ => {}
    }
    Ok(())
}

/// Refuses about one in nine, but never what a device begins with.
fn refuses(op: &Op) -> bool {
    op.seq > 2 && op.id.as_bytes()[15].is_multiple_of(9)
}

fn check_all_alike(desks: &[&Desk], orderer: &Orderer) {
    let dump = desks[0].store.dump().unwrap();
    for desk in desks {
        // What the district refused stays on the desk that wrote it and counts nowhere, so the
        // tables are alike all the same.
        assert!(desk.store.dump().unwrap() == dump, "two desks differ");
        let report = desk.store.verify(None).unwrap();
        assert_eq!(report.faults, Vec::<String>::new());
        assert_eq!(report.ledger_sum, 0);
        assert_eq!(desk.count("SELECT count(*) FROM key_wait"), 0);
        orderer.deliver_everything_again(desk);
        assert!(desk.store.dump().unwrap() == dump, "a second delivery changed something");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn all_desks_fold_to_the_same_whatever_the_order(
        steps in proptest::collection::vec(step(3), 1..120), seed in 1..10_000u64,
    ) {
        let desks = [Desk::new(seed), Desk::new(seed + 1), Desk::new(seed + 2)];
        let all = desks.each_ref();
        Orderer::introduce(&all);
        let mut orderer = Orderer::default();
        for step in steps {
            match step {
                Step::Act { desk, act: kind, pick, other } => act(all[desk], kind, pick, other),
                Step::Push { desk, ops, heard } => orderer.push(all[desk], ops, heard, refuses),
                Step::Pull { desk, page_ops } => { orderer.pull(all[desk], page_ops); }
            }
        }
        orderer.settle(&all, refuses);
        check_all_alike(&all, &orderer);
    }
}

#[test]
fn keys_that_come_after_the_operations_change_nothing_in_the_end() {
    let (a, b) = (Desk::new(1), Desk::new(2));
    let resident = a.resident(0, "单雄信", "330211199001011234");
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13900009999")]);
    let mut orderer = Orderer::default();
    orderer.settle(&[&a, &b], |_| false);
    // The operations and the wrapped keys are there, the data key is not.
    assert!(b.store.waits_for_keys().unwrap());
    assert_ne!(a.store.dump().unwrap(), b.store.dump().unwrap());
    assert_eq!(b.count("SELECT count(*) FROM resident WHERE name IS NULL"), 1);
    Orderer::introduce(&[&a, &b]);
    assert!(!b.store.waits_for_keys().unwrap());
    check_all_alike(&[&a, &b], &orderer);
}

#[test]
fn a_changed_row_is_found() {
    let desk = Desk::new(3);
    desk.resident(0, "张三", "330211199001011234");
    assert!(desk.store.verify(None).unwrap().sound());
    desk.store.writer().execute("UPDATE resident SET phone = '13811112222'", []).unwrap();
    let report = desk.store.verify(None).unwrap();
    assert_eq!(report.faults.len(), 1);
    assert!(report.faults[0].contains("resident"));
}

#[test]
fn a_changed_operation_is_found() {
    let desk = Desk::new(4);
    desk.resident(0, "张三", "330211199001011234");
    let conn = desk.store.writer();
    let bytes: Vec<u8> = conn.query_row("SELECT bytes FROM op ORDER BY no DESC LIMIT 1", [], |row| row.get(0)).unwrap();
    let mut changed = Op::from_bytes(&bytes).unwrap();
    changed.occurred_on += 1;
    conn.execute("UPDATE op SET bytes = ?1 WHERE no = (SELECT max(no) FROM op)", [changed.to_bytes().unwrap()])
        .unwrap();
    drop(conn);
    let faults = desk.store.verify(None).unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("改动")), "{faults:?}");
}

#[test]
fn a_missing_operation_and_a_wrong_balance_are_found() {
    let desk = Desk::new(5);
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    desk.approve(award);
    desk.store
        .writer()
        .execute("UPDATE account SET balance_units = balance_units + 1 WHERE owner_kind = 1", [])
        .unwrap();
    let faults = desk.store.verify(None).unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("总账不平")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("明细合计")), "{faults:?}");
    desk.store.writer().execute("DELETE FROM op WHERE kind = 'rules.recorded'", []).unwrap();
    let faults = desk.store.verify(None).unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("接不上")), "{faults:?}");
}

#[test]
fn each_ledger_sums_to_zero_by_itself() {
    let desk = Desk::new(7);
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    desk.approve(award);
    let sql = "INSERT INTO account (ledger, owner_kind, owner, balance_units) SELECT 'minutes', owner_kind, owner, -1
               FROM account WHERE owner_kind = 1";
    for sql in [sql, "UPDATE account SET balance_units = balance_units + 1 WHERE owner_kind = 1 AND ledger = 'points'"]
    {
        desk.store.writer().execute(sql, []).unwrap();
    }
    let report = desk.store.verify(None).unwrap();
    for said in ["积分总账不平：各账户合计应为 0，现为 1", "时间总账不平：各账户合计应为 0，现为 -1"]
    {
        assert!(report.faults.iter().any(|fault| fault == said), "{:?}", report.faults);
    }
}

#[test]
fn the_check_leaves_no_file_behind() {
    let desk = Desk::new(6);
    desk.store.verify(None).unwrap();
    let names: Vec<_> = std::fs::read_dir(desk.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with("verify-")), "{names:?}");
}
