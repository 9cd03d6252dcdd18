#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, TransferId, UserId};
use zhenxin_domain::ledger::Account;
use zhenxin_protocol::entity::EntityKind;

use super::super::{Known, Only};
use super::*;
use crate::TransferRow;
use crate::proving::{Desk, START_MS, TOWN, VILLAGES};

fn town() -> TownCode {
    TOWN.parse().unwrap()
}

fn person(n: u8) -> Owner {
    Owner::Resident(ResidentId::from_bytes([n; 16]))
}

fn source(n: u8) -> Entity {
    Entity::new(EntityKind::Award, [n; 16])
}

/// A book of minutes on a desk that nothing else posts to.
struct Minutes {
    desk: Desk,
}

impl Minutes {
    fn post(&self, from: Entity, role: &str, debit: Owner, credit: Owner, amount_units: u32, day: i32) -> bool {
        self.post_after(from, role, None, debit, credit, amount_units, day)
    }

    #[allow(clippy::too_many_arguments)]
    fn post_after(
        &self,
        source: Entity,
        role: &str,
        reverses: Option<&[u8; 16]>,
        debit: Owner,
        credit: Owner,
        amount_units: u32,
        effective_on: i32,
    ) -> bool {
        let known = Known::default();
        let at = At {
            op: OpId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
            scope: VILLAGES[0].parse::<Scope>().unwrap(),
            recorded_at: START_MS,
            hlc: 1,
            occurred_on: effective_on,
            actor: UserId::from_bytes([3; 16]),
            known: &known,
            only: Only::All,
        };
        let posting = Posting {
            id: &transfer_id(source, role),
            ledger: Ledger::Minutes,
            debit: owner_key(debit),
            credit: owner_key(credit),
            amount_units,
            effective_on,
            source,
            reverses,
        };
        Folder::new(&self.desk.store.writer()).post(&at, &posting).unwrap()
    }

    fn balances(&self) -> [i64; 4] {
        [person(1), person(2), Owner::Reserve(town()), Owner::Holding(town())]
            .map(|owner| self.desk.store.read(|r| r.minutes_balance(owner)).unwrap())
    }

    fn transfers(&self, owner: Owner, limit: u32, offset: u64) -> Vec<TransferRow> {
        self.desk.store.read(|r| r.transfers_of(Account::minutes(owner), limit, offset)).unwrap()
    }

    /// One running order, held, released and paid; the reserve pays the rest of it.
    fn with_a_credited_order(order: Entity) -> Self {
        let book = Self { desk: Desk::new(91) };
        let hold = transfer_id(order, "hold");
        assert!(book.post(source(8), "gift", Owner::Reserve(town()), person(1), 120, 10));
        assert!(book.post(order, "hold", person(1), Owner::Holding(town()), 90, 20));
        assert!(book.post_after(order, "release", Some(&hold), Owner::Holding(town()), person(1), 90, 21));
        assert!(book.post(order, "pay", person(1), person(2), 80, 22));
        assert!(book.post(order, "topup", Owner::Reserve(town()), person(2), 15, 22));
        book
    }
}

#[test]
fn owners_survive_their_stored_form() {
    for owner in [
        Owner::Issuance(town()),
        Owner::Reserve(town()),
        Owner::Holding(town()),
        person(7),
        Owner::Household(HouseholdId::from_bytes([9; 16])),
    ] {
        assert_eq!(owner_of(owner_key(owner)), Some(owner));
    }
    assert_eq!(owner_of((5, [b'3'; 16])), None);
    assert_eq!(owner_of((OWNER_RESERVE, [0xff; 16])), None);
}

#[test]
fn a_derived_id_depends_on_entity_and_role() {
    let ids = [
        transfer_id(source(1), "hold"),
        transfer_id(source(1), "pay"),
        transfer_id(source(2), "hold"),
        transfer_id(Entity::new(EntityKind::Consent, [1; 16]), "hold"),
    ];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert_eq!(transfer_id(source(1), "hold"), ids[0]);
}

#[test]
fn minutes_move_between_people_and_the_town_and_sum_to_zero() {
    let order = source(1);
    let book = Minutes::with_a_credited_order(order);
    assert_eq!(book.balances(), [40, 95, -135, 0]);
    assert!(!book.post(order, "pay", person(1), person(2), 80, 22), "an order pays once");
    assert_eq!(book.balances(), [40, 95, -135, 0]);
    let sum = |ledger| book.desk.store.read(|r| r.ledger_sum(ledger)).unwrap();
    assert_eq!((sum(Ledger::Minutes), sum(Ledger::Points)), (0, 0));
    assert_eq!(book.desk.count("SELECT count(*) FROM points_by_day"), 0, "minutes are no points");
}

#[test]
fn an_account_shows_each_transfer_with_the_balance_after_it() {
    let order = source(1);
    let book = Minutes::with_a_credited_order(order);
    let rows = book.transfers(person(1), 10, 0);
    let seen: Vec<_> =
        rows.iter().map(|row| (row.other, row.amount_units, row.balance_after_units, row.source)).collect();
    assert_eq!(
        seen,
        [
            (Owner::Reserve(town()), 120, 120, source(8)),
            (Owner::Holding(town()), -90, 30, order),
            (Owner::Holding(town()), 90, 120, order),
            (person(2), -80, 40, order),
        ]
    );
    let hold = TransferId::from_bytes(transfer_id(order, "hold"));
    assert_eq!(rows.iter().map(|row| row.reverses).collect::<Vec<_>>(), [None, None, Some(hold), None]);
    assert_eq!((rows[1].id, rows[1].posted_at), (hold, START_MS));
    for at in 0..5_u64 {
        let page = book.transfers(person(1), 1, at);
        assert_eq!(page.first(), rows.get(usize::try_from(at).unwrap()), "a page goes on where the last one ended");
    }
    let total = |account| book.desk.store.read(|r| r.transfers_total(account)).unwrap();
    assert_eq!((total(Account::minutes(person(1))), total(Account::minutes(person(3)))), (4, 0));
    assert_eq!(total(Account::points(person(1))), 0, "one person, two ledgers");
    assert_eq!(book.transfers(person(3), 10, 0), []);
}

#[test]
fn what_an_entity_posted_is_taken_out_and_nothing_else() {
    let order = source(1);
    let book = Minutes::with_a_credited_order(order);
    Folder::new(&book.desk.store.writer()).forget_transfers_of(order).unwrap();
    assert_eq!(book.balances(), [120, 0, -120, 0]);
    assert_eq!(book.transfers(person(1), 10, 0).len(), 1);
}

#[test]
fn an_award_that_is_folded_again_posts_what_it_posted_before() {
    let desk = Desk::new(93);
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let [kept, reversed] = [5, 7].map(|points| desk.award(resident, rule, points));
    for award in [kept, reversed] {
        desk.approve(award);
    }
    desk.write(|tx| tx.reverse_award(reversed, "记错了人"));
    let (before, entity) = (desk.store.dump().unwrap(), Entity::new(EntityKind::Award, *reversed.as_bytes()));
    let writer = desk.store.writer();
    Folder::new(&writer).forget_transfers_of(entity).unwrap();
    let left: Vec<[u8; 17]> = {
        let mut statement = writer.prepare("SELECT source FROM transfer").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(left, [Entity::new(EntityKind::Award, *kept.as_bytes()).to_bytes()]);
    Folder::new(&writer).refold(&BTreeSet::from([entity])).unwrap();
    drop(writer);
    assert_eq!(desk.store.dump().unwrap(), before);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}
