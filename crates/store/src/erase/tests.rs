#![allow(clippy::unwrap_used)]
use zhenxin_domain::consent::{Channel, GivenBy};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{AwardId, OpId, ResidentId, ServiceTypeId};
use zhenxin_domain::ledger::Owner;
use zhenxin_domain::privacy::{DataState, RestrictReason};
use zhenxin_domain::service_order::{Payer, Step};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::privacy::ResidentErased;
use zhenxin_protocol::body::query::QueryField;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::entity::{Entity, EntityKind};

use crate::proving::{Desk, Orderer, day, order_for, rule, slip, village};
use crate::write::Draft;
use crate::{
    AwardBatch, AwardDraft, AwardTo, ConsentDraft, EvidenceDraft, GiftDraft, IssueKey, IssueKind, IssueRow, NeedDraft,
    NewUser, OrderMove, OwnTexts, PersonQueryDraft, ResidentBatch, ResidentDraft, Review, StoreError,
};

mod on_disk;
mod pages;

const NAME: &str = "欧阳碶娜";
const ID_NUMBER: &str = "330211199103046523";
const PHONE: &str = "13957812345";
const ADDRESS: &str = "汶溪村南山路88号";
const GUARDIAN: &str = "欧阳监护";
const PHOTO: &[u8] = b"a photograph of one person only, long enough to be found again";

/// What must be found nowhere.
const NEEDLES: [&str; 5] = [NAME, ID_NUMBER, PHONE, ADDRESS, GUARDIAN];

fn person(desk: &Desk) -> ResidentId {
    let draft = ResidentDraft::new(village(0))
        .household_no("88")
        .set(Field::Name, NAME)
        .set(Field::IdNumber, ID_NUMBER)
        .set(Field::Phone, PHONE)
        .set(Field::Address, ADDRESS)
        .set(Field::Relation, "户主");
    desk.residents(&[draft])[0]
}

fn named(text: &str) -> String {
    format!("{text}（{NAME}，{PHONE}）")
}

fn award_with_photo(desk: &Desk, resident: ResidentId) -> AwardId {
    let rule_version = desk.write(|tx| tx.record_rules(&[rule(5)], None))[0].1;
    let batch = AwardBatch {
        activity: None,
        activity_name: named("帮助搬家"),
        rule_version,
        request: None,
        occurred_on: day("2026-01-05"),
        evidence: vec![EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: PHOTO.to_vec() }],
        rows: vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 5 }],
    };
    desk.write(|tx| tx.record_awards(batch)).awards[0]
}

/// Something of every kind that seals a text with a person's key.
fn history(desk: &Desk, resident: ResidentId, other: ResidentId) {
    let consent = ConsentDraft {
        resident,
        version: "2026-1".to_owned(),
        channel: Channel::Paper,
        given_by: GivenBy::Guardian,
        guardian: Some(GUARDIAN.to_owned()),
    };
    desk.write(|tx| tx.give_consent(&[consent], day("2026-01-05")));
    let sent_back = award_with_photo(desk, resident);
    desk.review(sent_back, Review::SendBack { reason: named("补照片") });
    let approved = award_with_photo(desk, resident);
    desk.approve(approved);
    desk.write(|tx| tx.reverse_award(approved, &named("记错人")));
    let kept = award_with_photo(desk, resident);
    desk.approve(kept);
    let service = desk.service(None, 100, "2026-01-01");
    time(desk, resident, other, service);
    desk.write(|tx| tx.restrict_data(resident, Some(RestrictReason::Asked), Some(&named("来电"))));
    desk.write(|tx| tx.put_draft(tx.actor(), "entry", "1", named("还没写完").as_bytes()));
    desk.write(|tx| tx.remember(zhenxin_domain::ids::RequestId::from_uuid(tx.new_uuid()), named("回复").as_bytes()));
}

fn time(desk: &Desk, resident: ResidentId, other: ResidentId, service_type: ServiceTypeId) {
    let need = NeedDraft {
        resident,
        service_type,
        day: day("2026-01-06"),
        start_min: 540,
        planned_min: 60,
        place: Some(ADDRESS.to_owned()),
        note: Some(named("陪同")),
    };
    let need = desk.write(|tx| tx.post_need(&need));
    desk.write(|tx| tx.close_need(need, &named("不用了")));
    let mut draft = order_for(resident, service_type, Payer::Reserve);
    draft.place = Some(ADDRESS.to_owned());
    draft.note = Some(named("带轮椅"));
    let order = desk.order(draft);
    desk.write(|tx| tx.move_orders(&[OrderMove { order, steps: vec![Step::Cancel], reason: Some(named("改期")) }]));
    let earned = desk.order(order_for(other, service_type, Payer::Reserve));
    desk.step_order(earned, &slip(resident, 540, 660));
    desk.credit_order(earned);
    let gift = GiftDraft {
        giver: resident,
        to: Some(other),
        amount_min: 10,
        relation: Some("子女".to_owned()),
        note: Some(named("给家人")),
    };
    let gift = desk.write(|tx| tx.give_minutes(&gift));
    desk.write(|tx| tx.reverse_gift(gift, &named("填错")));
}

/// Every text of every table.
fn texts_with(desk: &Desk, needle: &str) -> Vec<String> {
    let columns: Vec<(String, String)> = desk.sql(|conn| {
        conn.prepare(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_xinfo(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
    });
    let mut found = Vec::new();
    for (table, column) in columns {
        let sql = format!("SELECT count(*) FROM \"{table}\" WHERE instr(CAST(\"{column}\" AS BLOB), ?1) > 0");
        let rows: i64 = desk.sql(|conn| conn.query_row(&sql, [needle.as_bytes()], |row| row.get(0)));
        if rows > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

fn erase(desk: &Desk, resident: ResidentId) {
    let asked = desk.write(|tx| tx.ask_erasure(resident, "moved_away", Some(&named("书面申请"))));
    desk.write(|tx| tx.erase_resident(resident, Some(asked), "moved_away", &[]));
}

fn points(desk: &Desk, resident: ResidentId) -> i64 {
    desk.read(|r| r.balance(Owner::Resident(resident), day("2026-02-01"))).effective_points
}

#[test]
fn an_erasure_takes_the_person_out_of_every_table() {
    let desk = Desk::new(801);
    let (resident, other) = (person(&desk), desk.resident(0, "张三", "330211199001011234"));
    history(&desk, resident, other);
    let before = texts_with(&desk, NAME);
    for table in ["resident.name", "award.reason", "award.reverse_reason", "activity.name", "need.note", "draft.bytes"]
    {
        assert!(before.iter().any(|place| place == table), "{table} does not hold the name: {before:?}");
    }
    for table in ["need.close_reason", "service_order.note", "service_order.reason", "time_gift.note", "request.reply"]
    {
        assert!(before.iter().any(|place| place == table), "{table} does not hold the name: {before:?}");
    }
    let totals = (points(&desk, resident), desk.minutes(Owner::Resident(resident)), desk.town_minutes());
    erase(&desk, resident);
    for needle in NEEDLES {
        assert_eq!(texts_with(&desk, needle), Vec::<String>::new(), "{needle}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM attachment"), 0, "photographs of the person alone");
    assert_eq!(desk.count("SELECT count(*) FROM search_term WHERE term IN ('88', '6523', '2345')"), 0);
    assert_eq!(desk.read(|r| r.data_state(resident)), DataState::Erased);
    assert!(desk.read(|r| r.residents_by_id_number(ID_NUMBER)).is_empty());
    // What they earned stays under their id, and the books still close.
    assert_eq!((points(&desk, resident), desk.minutes(Owner::Resident(resident)), desk.town_minutes()), totals);
    assert_eq!(points(&desk, resident), 5);
    assert_eq!(desk.count("SELECT coalesce(sum(balance_units), 0) FROM account"), 0);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn the_plan_counts_every_text_that_goes_with_the_key() {
    let desk = Desk::new(814);
    let (resident, other) = (person(&desk), desk.resident(0, "张三", "330211199001011234"));
    assert_eq!(desk.read(|r| r.erasure_reach(resident)).texts, OwnTexts::default());
    history(&desk, resident, other);
    let fields = [QueryField::Phone];
    let reason = named("核对");
    let look = PersonQueryDraft { resident, fields: &fields, purpose: "counter", reason: &reason, authorisation: None };
    desk.write(|tx| tx.note_query(look));
    let issue = IssueRow {
        key: IssueKey {
            kind: IssueKind::Field,
            about: Entity::new(EntityKind::Resident, *resident.as_bytes()),
            op: None,
            what: Some("phone".to_owned()),
        },
        scope: Scope::Village(village(0)),
        at: 0,
        resident: Some(resident),
        decided: None,
    };
    desk.write(|tx| tx.settle_issue(&issue, "seen", Some(&named("以本人说的为准"))));
    let (reach, of_other) = (desk.read(|r| r.erasure_reach(resident)), desk.read(|r| r.erasure_reach(other)));
    let texts = OwnTexts { consents: 1, awards: 2, orders: 1, needs: 1, gifts: 1, decisions: 1, steps: 1, queries: 1 };
    assert_eq!(reach.texts, texts);
    assert_eq!(of_other.texts, OwnTexts { orders: 1, ..OwnTexts::default() }, "the order that the person served");
    // Whatever holds the name is one of the things that the plan names: no other column loses it.
    // Whatever holds the name is one of the things that the plan names; a new column has to be told there.
    let mut places = texts_with(&desk, NAME);
    places.sort_unstable();
    let told = [
        "activity.name",
        "award.reason",
        "award.reverse_reason",
        "draft.bytes",
        "issue_settled.reason",
        "need.close_reason",
        "need.note",
        "person_data.note",
        "person_step.note",
        "query_made.reason",
        "request.reply",
        "resident.name",
        "search_term.term",
        "service_order.note",
        "service_order.reason",
        "time_gift.note",
        "time_gift.reverse_reason",
    ];
    assert_eq!(places, told);
    erase(&desk, resident);
    assert_eq!(desk.read(|r| r.erasure_reach(resident)).texts, OwnTexts::default());
    assert_eq!(desk.read(|r| r.erasure_reach(other)).texts, of_other.texts);
}

#[test]
fn who_asked_takes_it_back_and_another_one_refuses() {
    let desk = Desk::new(815);
    let resident = person(&desk);
    let li = NewUser { name: "李四".to_owned(), sign_in_name: "li".to_owned(), duties: 2, ..Default::default() };
    let li = desk.write(|tx| tx.add_user(&li));
    let asked = desk.write(|tx| tx.ask_erasure(resident, "moved_away", None));
    desk.write(|tx| tx.withdraw_erasure(resident, asked, Some("不办了")));
    let asked = desk.write(|tx| tx.ask_erasure(resident, "moved_away", None));
    desk.store.write(li, |tx| tx.refuse_erasure(resident, asked, Some("资料不全"))).unwrap();
    let steps: Vec<String> = desk.read(|r| r.person_steps(resident)).into_iter().map(|row| row.step).collect();
    assert_eq!(steps, ["ask", "withdraw", "ask", "refuse"]);
    assert!(desk.read(|r| r.erasures_asked()).is_empty());
}

/// Whichever is ordered first, nobody is said to have decided what somebody else decided.
#[test]
fn taken_back_and_refused_at_once_each_keeps_its_name() {
    for clerk_first in [true, false] {
        let (a, b) = (Desk::new(816), Desk::new(817));
        Orderer::introduce(&[&a, &b]);
        let mut orderer = Orderer::default();
        let resident = person(&a);
        let asked = a.write(|tx| tx.ask_erasure(resident, "moved_away", None));
        orderer.settle(&[&a, &b], |_| false);
        a.write(|tx| tx.withdraw_erasure(resident, asked, Some("选错了人")));
        b.write(|tx| tx.refuse_erasure(resident, asked, Some("资料不全")));
        let (order, told) = if clerk_first {
            ([&a, &b], [("ask", a.admin, false), ("withdraw", a.admin, false), ("refuse", b.admin, true)])
        } else {
            ([&b, &a], [("ask", a.admin, false), ("refuse", b.admin, false), ("withdraw", a.admin, true)])
        };
        orderer.settle(&order, |_| false);
        orderer.settle(&order, |_| false);
        for desk in order {
            let steps = desk.read(|r| r.person_steps(resident));
            let steps: Vec<_> = steps.iter().map(|row| (row.step.as_str(), row.actor, row.lost)).collect();
            assert_eq!(steps, told, "the clerk first: {clerk_first}");
            assert!(desk.read(|r| r.erasures_asked()).is_empty());
        }
        crate::fold::issue::tests::same_after_replay(&[&a, &b]);
    }
}

#[test]
fn an_erasure_reaches_the_other_desk_by_either_way() {
    for by_key_alone in [false, true] {
        let (a, b) = (Desk::new(803), Desk::new(804));
        Orderer::introduce(&[&a, &b]);
        let mut orderer = Orderer::default();
        let (resident, other) = (person(&a), a.resident(0, "张三", "330211199001011234"));
        history(&a, resident, other);
        orderer.settle(&[&a, &b], |_| false);
        assert!(!texts_with(&b, NAME).is_empty());
        erase(&a, resident);
        if by_key_alone {
            orderer.push_keys(&a);
            orderer.pull_keys(&b);
            for needle in NEEDLES {
                assert_eq!(texts_with(&b, needle), Vec::<String>::new(), "{needle}");
            }
        }
        orderer.settle(&[&a, &b], |_| false);
        for needle in NEEDLES {
            assert_eq!(texts_with(&b, needle), Vec::<String>::new(), "{needle}");
        }
        assert!(b.store.needs_scrub().unwrap());
        crate::fold::issue::tests::same_after_replay(&[&a, &b]);
        // The key coming round again from somebody who had it changes nothing.
        orderer.deliver_everything_again(&b);
        assert_eq!(texts_with(&b, NAME), Vec::<String>::new());
    }
}

#[test]
fn what_others_recorded_meanwhile_is_read_without_the_person() {
    let (a, b) = (Desk::new(805), Desk::new(806));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let (resident, other) = (person(&a), a.resident(0, "张三", "330211199001011234"));
    orderer.settle(&[&a, &b], |_| false);
    erase(&a, resident);
    // The other desk has not heard of it and goes on.
    history(&b, resident, other);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        // Names of activities have keys of their own, which nobody had named when the person was erased.
        assert_eq!(texts_with(desk, NAME), ["activity.name"]);
        assert_eq!(desk.read(|r| r.left_after_erasure()), [(resident, 3)]);
    }
    a.write(|tx| tx.erase_resident(resident, None, "moved_away", &[]));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        for needle in NEEDLES {
            assert_eq!(texts_with(desk, needle), Vec::<String>::new(), "{needle}");
        }
        assert!(desk.read(|r| r.left_after_erasure()).is_empty());
        assert_eq!(desk.read(|r| r.person_steps(resident)).iter().filter(|step| step.step == "erase").count(), 1);
    }
    crate::fold::issue::tests::same_after_replay(&[&a, &b]);
    let refused = b.store.write(b.admin, |tx| {
        let draft = ResidentDraft::edit(resident).set(Field::Name, NAME);
        tx.record_residents(ResidentBatch { rows: &[draft], ..Default::default() })
    });
    assert!(matches!(refused, Err(StoreError::Refused(_))), "nobody writes under a key that is gone");
}

#[test]
fn an_activity_with_others_stays_and_so_does_its_photograph() {
    let desk = Desk::new(807);
    let (resident, other) = (person(&desk), desk.resident(0, "张三", "330211199001011234"));
    let rule_version = desk.write(|tx| tx.record_rules(&[rule(5)], None))[0].1;
    let to = |resident| AwardDraft { resident, to: AwardTo::Resident, amount_points: 5 };
    let batch = AwardBatch {
        activity: None,
        activity_name: "清洁家园".to_owned(),
        rule_version,
        request: None,
        occurred_on: day("2026-01-05"),
        evidence: vec![EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: PHOTO.to_vec() }],
        rows: vec![to(resident), to(other)],
    };
    desk.write(|tx| tx.record_awards(batch));
    let alone = award_with_photo(&desk, resident);
    let reach = desk.read(|r| r.erasure_reach(resident));
    assert_eq!((reach.activities.len(), reach.files, reach.waiting_awards), (1, 1, 2));
    erase(&desk, resident);
    assert_eq!(desk.count("SELECT count(*) FROM attachment"), 1, "the same bytes are the others' too");
    assert_eq!(desk.count("SELECT count(*) FROM activity WHERE name = '清洁家园'"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM activity WHERE name IS NULL"), 1);
    assert!(desk.read(|r| r.award(alone)).is_some());
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn all_records_of_a_person_go_and_a_sign_in_must_be_closed_first() {
    let desk = Desk::new(808);
    let kept = person(&desk);
    let duplicate = person(&desk);
    desk.write(|tx| tx.merge_residents(kept, duplicate));
    let user = NewUser { name: NAME.to_owned(), duties: 1, resident: Some(duplicate), ..Default::default() };
    let user = desk.write(|tx| tx.add_user(&user));
    let refused = desk.store.write(desk.admin, |tx| tx.erase_resident(kept, None, "court", &[]));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    desk.write(|tx| tx.change_user(user, crate::UserChange { active: Some(false), ..crate::UserChange::default() }));
    desk.write(|tx| tx.erase_resident(kept, None, "court", &[]));
    for needle in NEEDLES {
        assert_eq!(texts_with(&desk, needle), Vec::<String>::new(), "{needle}");
    }
    assert_eq!(desk.read(|r| r.residents_total()), 0);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

/// An erasure as a PC that went wrong could write it.
fn forged(desk: &Desk, resident: ResidentId, scope: Scope) {
    desk.write(|tx| {
        let (id, occurred_on) = (OpId::from_uuid(tx.new_uuid()), 20_000);
        let body = ResidentErased { resident, asked: None, reason: "court".to_owned() };
        tx.commit(Draft { id, scope, body: Body::ResidentErased(body), occurred_on })
    });
}

#[test]
fn an_operation_destroys_nobody_but_a_person_of_its_own_village() {
    let (rogue, office, late) = (Desk::new(811), Desk::new(812), Desk::new(813));
    let desks = [&rogue, &office, &late];
    Orderer::introduce(&desks);
    let mut orderer = Orderer::default();
    let (own, foreign) = (person(&office), office.resident(1, "张三", "330211199001011234"));
    let activity = award_with_photo(&office, foreign);
    let activity = office.read(|r| r.award(activity)).unwrap().activity;
    let li = NewUser { name: "李四".to_owned(), sign_in_name: "li".to_owned(), ..Default::default() };
    let li = office.write(|tx| tx.add_user(&li));
    orderer.settle(&[&rogue, &office], |_| false);
    let (home, town) = (Scope::Village(village(0)), Scope::Town("330211101".parse().unwrap()));
    for subject in [*foreign.as_bytes(), *li.as_bytes(), *activity.as_bytes()] {
        for scope in [home, town] {
            forged(&rogue, ResidentId::from_bytes(subject), scope);
        }
    }
    forged(&rogue, own, home);
    orderer.send_all(&rogue, |_| false);
    // The operations reach one desk before any key does.
    for scope in [town, home, Scope::Village(village(1))] {
        orderer.deliver(&late, scope, 0, usize::MAX);
    }
    assert_eq!(late.count("SELECT count(*) FROM person_data WHERE state = 'erased'"), 0, "no key says whose village");
    orderer.settle(&desks, |_| false);
    for desk in desks {
        assert_eq!(desk.count("SELECT count(*) FROM subject_key WHERE tombstone = 1"), 1, "the one of the village");
        assert_eq!(desk.read(|r| r.data_state(own)), DataState::Erased);
        assert_eq!(desk.read(|r| r.data_state(foreign)), DataState::Open);
        assert_eq!(desk.read(|r| r.resident(foreign)).unwrap().name.as_deref(), Some("张三"));
        assert_eq!(desk.read(|r| r.users_by_sign_in("li")).len(), 1, "everybody signs in");
        assert_eq!(desk.count("SELECT count(*) FROM activity WHERE name IS NULL"), 0);
        assert_eq!(desk.count("SELECT count(*) FROM race WHERE what = 'erased_elsewhere'"), 6);
    }
    crate::fold::issue::tests::same_after_replay(&desks);
}

#[test]
fn what_a_village_may_not_destroy_is_left_for_a_desk_of_the_whole_town() {
    let (village_desk, office) = (Desk::new(814), Desk::new(815));
    Orderer::introduce(&[&village_desk, &office]);
    let mut orderer = Orderer::default();
    let resident = person(&office);
    award_with_photo(&office, resident);
    let user = NewUser { name: NAME.to_owned(), duties: 1, resident: Some(resident), ..Default::default() };
    let user = office.write(|tx| tx.add_user(&user));
    let closed = crate::UserChange { active: Some(false), ..Default::default() };
    office.write(|tx| tx.change_user(user, closed));
    orderer.settle(&[&village_desk, &office], |_| false);
    village_desk.write(|tx| tx.erase_resident(resident, None, "court", &[]));
    // The district does not take its tombstones of the town's scope.
    let declined = village_desk.store.dirty_keys(100).unwrap().into_iter();
    let declined: Vec<_> = declined.filter(|row| matches!(row.scope, Scope::Town(_))).collect();
    assert_eq!(declined.len(), 2);
    village_desk.store.keys_pushed(&[], &declined).unwrap();
    orderer.settle(&[&village_desk, &office], |_| false);
    assert_eq!(office.read(|r| r.data_state(resident)), DataState::Erased);
    assert_eq!(office.read(|r| r.left_after_erasure()), [(resident, 2)], "the activity and the sign-in");
    office.write(|tx| tx.erase_resident(resident, None, "court", &[]));
    orderer.settle(&[&village_desk, &office], |_| false);
    assert!(office.read(|r| r.left_after_erasure()).is_empty());
    assert_eq!(texts_with(&office, NAME), Vec::<String>::new());
    crate::fold::issue::tests::same_after_replay(&[&village_desk, &office]);
}

#[test]
fn two_who_decide_differently_end_with_the_erasure() {
    let (a, b) = (Desk::new(809), Desk::new(810));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let resident = person(&a);
    let asked = a.write(|tx| tx.ask_erasure(resident, "moved_away", None));
    orderer.settle(&[&a, &b], |_| false);
    b.write(|tx| tx.refuse_erasure(resident, asked, Some(&named("资料不全"))));
    a.write(|tx| tx.erase_resident(resident, Some(asked), "moved_away", &[]));
    // The refusal is ordered first.
    orderer.settle(&[&b, &a], |_| false);
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.read(|r| r.data_state(resident)), DataState::Erased);
        assert!(desk.read(|r| r.erasures_asked()).is_empty());
        assert_eq!(texts_with(desk, NAME), Vec::<String>::new());
    }
    crate::fold::issue::tests::same_after_replay(&[&a, &b]);
}
