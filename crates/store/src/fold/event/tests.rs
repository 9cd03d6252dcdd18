#![allow(clippy::unwrap_used)]
use zhenxin_domain::event::{EventState, Setting};
use zhenxin_domain::ids::{EventId, ResidentId};

use crate::proving::{Desk, Orderer, day};
use crate::{
    AttendanceRow, EventDraft, EventFilter, EventRow, EvidenceDraft, FileDraft, SignInDraft, SignedIn, StoreError,
};

fn planned(title: &str, setting: Setting, on: &str) -> EventDraft {
    EventDraft {
        title: Some(title.to_owned()),
        setting: Some(setting),
        planned_on: Some(day(on)),
        ..Default::default()
    }
}

fn record(desk: &Desk, draft: &EventDraft) -> EventId {
    desk.write(|tx| tx.record_event(draft))
}

fn held(desk: &Desk, event: EventId, on: &str) {
    let draft =
        EventDraft { event: Some(event), state: Some(EventState::Held), held_on: Some(day(on)), ..Default::default() };
    record(desk, &draft);
}

fn sign(desk: &Desk, event: EventId, residents: &[ResidentId], guests: &[&str]) -> SignedIn {
    let guests = guests.iter().map(|name| (*name).to_owned()).collect();
    let draft = SignInDraft { residents: residents.to_vec(), guests, removed: Vec::new() };
    desk.write(|tx| tx.sign_event(event, &draft))
}

fn row(desk: &Desk, event: EventId) -> EventRow {
    desk.store.read(|r| r.event(event)).unwrap().unwrap()
}

fn list(desk: &Desk, event: EventId) -> Vec<AttendanceRow> {
    desk.store.read(|r| r.attendance_of(event)).unwrap()
}

fn same_after_replay(desks: &[&Desk]) {
    let dump = desks[0].store.dump().unwrap();
    for desk in desks {
        assert!(desk.store.dump().unwrap() == dump, "two desks differ");
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn a_resident_on_two_desks_lists_counts_once() {
    let (a, b) = (Desk::new(521), Desk::new(522));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let [one, two] = [("张三", "330211199001011234"), ("李四", "330211199001011235")]
        .map(|(name, number)| a.resident(0, name, number));
    let event = record(&a, &planned("诚信宣讲", Setting::Campus, "2026-01-05"));
    orderer.settle(&[&a, &b], |_| false);
    let first = sign(&a, event, &[one, two, one], &["王老师"]);
    assert_eq!((first.added.len(), first.already), (3, 1));
    let second = sign(&b, event, &[one], &[]);
    assert_eq!((second.added.len(), second.already), (1, 0));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(row(desk, event).people, 3);
        let people: Vec<_> = list(desk, event).into_iter().map(|row| (row.resident, row.guest)).collect();
        assert_eq!(people.len(), 3);
        assert_eq!(people.iter().filter(|(resident, _)| *resident == Some(one)).count(), 1);
        assert_eq!(people.iter().filter(|(_, guest)| guest.as_deref() == Some("王老师")).count(), 1);
    }
    assert_eq!(sign(&a, event, &[one, two], &[]), SignedIn { already: 2, ..Default::default() });
    // Taking the resident out takes both lines out.
    let line = list(&a, event).into_iter().find(|row| row.resident == Some(one)).unwrap().id;
    let gone = a.write(|tx| tx.sign_event(event, &SignInDraft { removed: vec![line], ..Default::default() }));
    assert_eq!(gone.removed, 1);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(row(desk, event).people, 2);
        assert!(list(desk, event).iter().all(|row| row.resident != Some(one)));
    }
    let unknown =
        a.store.write(a.admin, |tx| tx.sign_event(event, &SignInDraft { removed: vec![line], ..Default::default() }));
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
    same_after_replay(&[&a, &b]);
}

#[test]
fn a_line_that_the_other_desk_had_not_seen_survives_a_removal() {
    let (a, b) = (Desk::new(523), Desk::new(524));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let resident = a.resident(0, "张三", "330211199001011234");
    let event = record(&a, &planned("诚信宣讲", Setting::Campus, "2026-01-05"));
    orderer.settle(&[&a, &b], |_| false);
    let line = sign(&a, event, &[resident], &[]).added[0];
    a.write(|tx| tx.sign_event(event, &SignInDraft { removed: vec![line], ..Default::default() }));
    sign(&b, event, &[resident], &[]);
    for order in [[&b, &a], [&a, &b]] {
        orderer.settle(&order, |_| false);
        assert_eq!((row(&a, event).people, row(&b, event).people), (1, 1));
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn a_long_list_is_cut_into_operations() {
    let desk = Desk::new(525);
    let event = record(&desk, &planned("诚信宣讲", Setting::Campus, "2026-01-05"));
    let residents: Vec<_> =
        (0..450_u16).map(|at| ResidentId::from_bytes([at.to_be_bytes(); 8].concat().try_into().unwrap())).collect();
    let before = desk.count("SELECT count(*) FROM op");
    assert_eq!(sign(&desk, event, &residents, &[]).added.len(), 450);
    assert_eq!(desk.count("SELECT count(*) FROM op") - before, 3);
    let removed = list(&desk, event).into_iter().map(|row| row.id).take(300).collect();
    desk.write(|tx| tx.sign_event(event, &SignInDraft { removed, ..Default::default() }));
    assert_eq!(row(&desk, event).people, 150);
    assert_eq!(desk.count("SELECT count(*) FROM op") - before, 5);
}

#[test]
fn the_matrix_counts_what_was_held_and_what_is_planned() {
    let desk = Desk::new(527);
    let brand = desk.brand("诚信渔港");
    let ids = [
        (Setting::Campus, "2026-03-31"),
        (Setting::Campus, "2026-04-01"),
        (Setting::Family, "2026-12-31"),
        (Setting::Family, "2025-12-31"),
        (Setting::Community, "2026-07-01"),
    ]
    .map(|(setting, on)| record(&desk, &EventDraft { brand: Some(brand), ..planned("宣讲", setting, on) }));
    record(
        &desk,
        &EventDraft {
            title: Some("没有分类".to_owned()), planned_on: Some(day("2026-05-01")), ..Default::default()
        },
    );
    record(&desk, &planned("不属于品牌", Setting::Campus, "2026-03-02"));
    // Planned for the first quarter, held in the second.
    held(&desk, ids[0], "2026-04-02");
    held(&desk, ids[2], "2026-12-31");
    record(&desk, &EventDraft { event: Some(ids[4]), state: Some(EventState::Cancelled), ..Default::default() });
    let matrix = desk.store.read(|r| r.event_matrix(2026)).unwrap();
    assert_eq!(matrix.cells.len(), 20);
    let filled: Vec<_> = (matrix.cells.iter())
        .filter(|cell| cell.held + cell.planned > 0)
        .map(|cell| (cell.setting, cell.quarter, cell.held, cell.planned))
        .collect();
    assert_eq!(filled, [(Setting::Campus, 1, 0, 1), (Setting::Campus, 2, 1, 1), (Setting::Family, 4, 1, 0),]);
    assert_eq!(matrix.held_by_setting(), [0, 0, 0, 1, 1]);
    assert_eq!(matrix.cell(Setting::Campus, 2).unwrap().held, 1);
    let overdue = desk.store.read(|r| r.events_overdue(day("2026-04-02"))).unwrap();
    let overdue: Vec<_> = overdue.iter().map(|row| row.day).collect();
    assert_eq!(overdue, ["2025-12-31", "2026-03-02", "2026-04-01"].map(day));
}

#[test]
fn a_page_is_a_window_of_the_filtered_list() {
    let desk = Desk::new(529);
    let days = ["2026-02-01", "2026-01-01", "2025-06-01", "2026-03-01"];
    let ids = days.map(|on| record(&desk, &planned(on, Setting::Campus, on)));
    held(&desk, ids[1], "2026-05-01");
    let other = record(&desk, &planned("社区", Setting::Community, "2026-01-15"));
    let page = |filter: EventFilter, offset, limit| {
        let page = desk.store.read(|r| r.events_page(&filter, offset, limit)).unwrap();
        (page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), page.total)
    };
    let all = vec![ids[1], ids[3], ids[0], other, ids[2]];
    assert_eq!(page(EventFilter::default(), 0, 10), (all.clone(), 5));
    assert_eq!(page(EventFilter::default(), 1, 2), (all[1..3].to_vec(), 5));
    let year = EventFilter { year: Some(2025), ..Default::default() };
    assert_eq!(page(year, 0, 10), (vec![ids[2]], 1));
    let campus = EventFilter { setting: Some(Setting::Campus), state: Some(EventState::Planned), ..Default::default() };
    assert_eq!(page(campus, 0, 10), (vec![ids[3], ids[0], ids[2]], 3));
    assert_eq!(row(&desk, ids[1]).day, day("2026-05-01"));
}

#[test]
fn photographs_are_added_and_taken_out() {
    let desk = Desk::new(531);
    let event = record(&desk, &planned("诚信宣讲", Setting::Campus, "2026-01-05"));
    let draft = |bytes: &[u8]| FileDraft {
        file: EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: bytes.to_vec() },
        caption: Some("会场".to_owned()),
    };
    let photos = desk.write(|tx| tx.event_photos(event, &[draft(b"one"), draft(b"two")], &[]));
    assert_eq!(desk.store.read(|r| r.evidence_bytes(photos[1])).unwrap().unwrap(), b"two");
    desk.write(|tx| tx.event_photos(event, &[], &photos[..1]));
    let left = desk.store.read(|r| r.photos_of(event)).unwrap();
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), photos[1..]);
    assert_eq!((left[0].caption.as_deref(), left[0].here, row(&desk, event).photos), (Some("会场"), true, 1));
    assert_eq!(desk.store.read(|r| r.evidence(photos[0])).unwrap(), None);
    let again = desk.store.write(desk.admin, |tx| tx.event_photos(event, &[], &photos[..1]));
    assert!(matches!(again, Err(StoreError::Missing { .. })));
    same_after_replay(&[&desk]);
}

#[test]
fn a_list_stands_where_the_district_refused_the_plan() {
    let (a, b) = (Desk::new(533), Desk::new(534));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let event = record(&a, &planned("诚信宣讲", Setting::Campus, "2026-03-05"));
    sign(&a, event, &[], &["王老师"]);
    orderer.settle(&[&a, &b], |op| op.kind == "event.recorded");
    for desk in [&a, &b] {
        let found = row(desk, event);
        assert_eq!((found.title, found.people, found.state), (None, 1, EventState::Planned));
        assert_eq!(list(desk, event)[0].guest.as_deref(), Some("王老师"));
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn names_are_found_as_residents_are() {
    let desk = Desk::new(535);
    let brand = desk.brand("诚信渔港");
    let event = record(&desk, &planned("重阳敬老", Setting::Family, "2026-10-18"));
    let find = |typed: &str| {
        let found = desk.store.read(|r| r.brands_and_events_matching(typed, 5)).unwrap();
        let brands: Vec<_> = found.brands.iter().map(|row| row.id).collect();
        let events: Vec<_> = found.events.iter().map(|row| row.id).collect();
        (brands, events, found.more)
    };
    for typed in ["渔港", "cxyg", "chengxinyu", "诚信 渔港"] {
        assert_eq!(find(typed), (vec![brand], vec![], false), "{typed}");
    }
    // 重 is read chóng here and zhòng elsewhere; both are typed.
    for typed in ["cyjl", "zyjl", "敬老"] {
        assert_eq!(find(typed), (vec![], vec![event], false), "{typed}");
    }
    for typed in ["", " ", "xyz"] {
        assert_eq!(find(typed), (vec![], vec![], false), "{typed}");
    }
    record(&desk, &planned("重阳慰问", Setting::Family, "2026-10-19"));
    let found = desk.store.read(|r| r.brands_and_events_matching("重阳", 1)).unwrap();
    assert_eq!((found.events.len(), found.more), (1, true));
}
