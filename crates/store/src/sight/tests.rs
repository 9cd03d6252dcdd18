#![allow(clippy::unwrap_used)]
use zhenxin_domain::ledger::{Ledger, Owner};
use zhenxin_domain::privacy::RestrictReason;
use zhenxin_protocol::body::query::QueryField;

use super::*;
use crate::proving::{Desk, day, village};
use crate::{PersonQueryDraft, ResidentDraft, ResidentFilter, SearchOptions};

/// Tables of residents' things that the views must cover: whoever adds one with a resident or a village's scope adds it
/// to the views, or here with the reason.
const WHOLE: &[(&str, &str)] = &[
    ("device", "a PC of the town"),
    ("user", "accounts belong to the town"),
    ("credential", "accounts belong to the town"),
    ("security_policy", "of the town"),
    ("rule", "of the town"),
    ("service_type_version", "of the town"),
    ("brand", "of the town"),
    ("brand_standing", "of the town"),
    ("brand_step", "of the town"),
    ("assessment", "of the town"),
    ("event", "of the town"),
    ("handover", "of the town"),
    ("audit_anchor", "of the town"),
    ("transfer", "reached through accounts only"),
    ("cursor", "how far a scope came"),
    ("set_aside", "bytes that nobody can read"),
    ("held_page", "bytes of a bundle"),
    ("spend_right", "rights of PCs"),
    ("attachment_lane", "files on their way"),
    ("subject_key", "wrapped keys"),
    ("key_lane", "how far the lane of keys came"),
];

#[test]
fn every_table_with_a_scope_or_a_resident_is_cut_or_named() {
    let desk = Desk::new(81);
    let tables: Vec<String> = desk.sql(|conn| {
        let sql = "SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
                   WHERE m.type = 'table' AND c.name IN ('scope', 'resident', 'village', 'beneficiary', 'owner')";
        conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    });
    assert!(tables.len() > 20);
    for table in tables {
        let cut = CUT.iter().any(|(name, _)| *name == table);
        let whole = WHOLE.iter().any(|(name, _)| *name == table);
        assert!(cut != whole, "{table} is neither cut by villages nor named as the town's");
    }
}

#[test]
fn a_cut_reader_sees_its_villages_in_every_list_and_every_figure() {
    let desk = Desk::new(82);
    let here = desk.resident(0, "张三", "330211199001011234");
    let there = desk.resident(1, "张四", "330211198507074321");
    let rule = desk.rule(5);
    let (mine, theirs) = (desk.award(here, rule, 5), desk.award(there, rule, 5));
    desk.approve(mine);
    desk.approve(theirs);
    let today = day("2030-01-01");
    let within = |villages: &[VillageCode]| {
        desk.store
            .read_within(villages, |r| {
                let page = r.residents_page(ResidentFilter::default(), 0, 10)?;
                let ids: Vec<_> = page.rows.iter().map(|row| row.id).collect();
                assert_eq!(page.total, ids.len() as u64);
                let options = SearchOptions { village: None, limit: 10 };
                let found: Vec<_> = r.search("张", options)?.rows.iter().map(|row| row.id).collect();
                assert_eq!(found.len(), ids.len());
                assert_eq!(r.counts(today)?.residents, ids.len() as u64);
                // the ledger proves itself whoever looks
                assert_eq!(r.ledger_sum(Ledger::Points)?, 0);
                let awards = [r.award(mine)?.is_some(), r.award(theirs)?.is_some()];
                let points = [here, there].map(|who| r.balance(Owner::Resident(who), today).unwrap().effective_points);
                Ok::<_, StoreError>((ids, awards, points, r.counts(today)?.effective_points))
            })
            .unwrap()
    };
    assert_eq!(within(&[village(0)]), (vec![here], [true, false], [5, 0], 5));
    assert_eq!(within(&[village(1)]), (vec![there], [false, true], [0, 5], 5));
    // another sight, and none, after one was in use
    assert_eq!(within(&[]).3, 10);
    assert_eq!(within(&[village(0), village(1)]).1, [true, true]);
    let nowhere = "330211101999".parse().unwrap();
    assert_eq!(within(&[nowhere]), (vec![], [false, false], [0, 0], 0));
    desk.write(|tx| tx.reverse_award(theirs, "记错人"));
    let taken_back = |villages: &[VillageCode]| {
        desk.store.read_within(villages, |r| r.points_reversed_between(chrono::NaiveDate::MIN, today)).unwrap()
    };
    assert_eq!([&[village(0)][..], &[village(1)], &[]].map(taken_back), [0, 5, 5]);
}

#[test]
fn who_looked_and_what_was_asked_follow_a_person_who_moved() {
    let desk = Desk::new(83);
    let moved = desk.resident(0, "张三", "330211199001011234");
    let look = |desk: &Desk| {
        let fields = &[QueryField::Phone];
        let (purpose, reason) = ("counter", "本人到窗口补办手续");
        desk.write(|tx| {
            tx.note_query(PersonQueryDraft { resident: moved, fields, purpose, reason, authorisation: None })
        });
    };
    look(&desk);
    desk.write(|tx| tx.restrict_data(moved, Some(RestrictReason::Asked), None));
    desk.residents(&[ResidentDraft::edit(moved).move_to(village(1))]);
    desk.write(|tx| tx.ask_erasure(moved, "moved_away", Some("已迁出")));
    look(&desk);
    let within = |at: usize| {
        desk.store
            .read_within(&[village(at)], |r| {
                let told = (r.person_data(moved)?.is_some(), r.person_steps(moved)?.len(), r.queries_of(moved)?.len());
                let lists = (r.erasures_asked()?.len(), r.queries_between((0, i64::MAX), 0, 10)?.total);
                Ok::<_, StoreError>((told, lists, r.is_hidden(moved.as_bytes())?))
            })
            .unwrap()
    };
    assert_eq!(within(1), ((true, 2, 2), (1, 2), false), "where the person lives now");
    assert_eq!(within(0), ((false, 0, 0), (0, 0), true), "where the person lived");
}
