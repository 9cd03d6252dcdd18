#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::HandoverId;
use zhenxin_protocol::body::brand::BrandSheet;

use crate::proving::{Desk, Orderer};
use crate::{HandoverReview, HandoverRow, HandoverState, NewUser, StoreError};

fn sheet(name: &str) -> BrandSheet {
    BrandSheet {
        name: name.to_owned(),
        slogan: "一诺千金".to_owned(),
        domain: "渔业".to_owned(),
        owner_unit: "社会事务办".to_owned(),
        story: "从一张欠条说起。".to_owned(),
        objectives: vec!["零拖欠".to_owned()],
        active_since: Some(20_458),
        milestones: Vec::new(),
        indicators: Vec::new(),
        partners: vec!["农商行".to_owned()],
        events_held: vec![1, 0, 0, 2, 0],
        year: 2026,
        purpose: "年度报送".to_owned(),
    }
}

fn row(desk: &Desk, handover: HandoverId) -> HandoverRow {
    desk.store.read(|r| r.handover(handover)).unwrap().unwrap()
}

#[test]
fn of_two_reviews_the_first_in_server_order_holds_and_the_other_is_shown() {
    let (a, b) = (Desk::new(541), Desk::new(542));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let brand = a.brand("诚信渔港");
    let handover = a.write(|tx| tx.request_handover(brand, "年度报送"));
    orderer.settle(&[&a, &b], |_| false);
    a.write(|tx| tx.review_handover(handover, HandoverReview::SendBack { reason: "缺依据".to_owned() }));
    b.write(|tx| tx.review_handover(handover, HandoverReview::Release(Box::new(sheet("诚信渔港")))));
    assert_eq!(row(&a, handover).reason.as_deref(), Some("缺依据"));
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        let found = row(desk, handover);
        assert_eq!(found.state, HandoverState::Released);
        assert_eq!(found.sheet, Some(sheet("诚信渔港")));
        assert_eq!((found.reason, found.reviewed_by, found.lost), (None, Some(b.admin), true));
        assert!(found.digest.is_some());
        let races = desk.store.read(|r| r.races()).unwrap();
        assert_eq!(races.len(), 1);
        assert_eq!((races[0].what.as_str(), races[0].entity.id), ("handover_lost", *handover.as_bytes()));
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
    let again = HandoverReview::SendBack { reason: "缺依据".to_owned() };
    let refused = a.store.write(a.admin, |tx| tx.review_handover(handover, again));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

#[test]
fn a_request_waits_for_everybody_but_who_made_it() {
    let desk = Desk::new(543);
    let other = desk.write(|tx| tx.add_user(&NewUser { name: "乙".to_owned(), duties: 2, ..NewUser::default() }));
    let brand = desk.brand("诚信渔港");
    let [first, second] = ["年度报送", "现场会"].map(|purpose| desk.write(|tx| tx.request_handover(brand, purpose)));
    let waiting = |user| -> Vec<HandoverId> {
        desk.store.read(|r| r.handovers_waiting(user)).unwrap().iter().map(|row| row.id).collect()
    };
    assert_eq!((waiting(desk.admin), waiting(other)), (vec![], vec![first, second]));
    desk.write(|tx| tx.review_handover(first, HandoverReview::Release(Box::new(sheet("诚信渔港")))));
    assert_eq!(waiting(other), [second]);
    let of_brand: Vec<_> = desk.store.read(|r| r.handovers_of(brand)).unwrap().iter().map(|row| row.id).collect();
    assert_eq!(of_brand, [second, first]);
    assert_eq!(desk.store.read(|r| r.handovers(1)).unwrap()[0].id, second);
}

#[test]
fn a_review_whose_request_the_district_refused_is_shown() {
    let (a, b) = (Desk::new(545), Desk::new(546));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let brand = a.brand("诚信渔港");
    let handover = a.write(|tx| tx.request_handover(brand, "年度报送"));
    a.write(|tx| tx.review_handover(handover, HandoverReview::Release(Box::new(sheet("诚信渔港")))));
    orderer.settle(&[&a, &b], |op| op.kind == "handover.requested");
    for desk in [&a, &b] {
        assert_eq!(desk.store.read(|r| r.handover(handover)).unwrap(), None);
        let races = desk.store.read(|r| r.races()).unwrap();
        assert_eq!(races.iter().map(|race| race.what.as_str()).collect::<Vec<_>>(), ["handover_missing"]);
    }
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
}
