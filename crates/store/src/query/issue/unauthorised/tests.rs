#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::{OpId, UserId};

use crate::fold::issue::tests::{AT, issues, same_after_replay};
use crate::proving::{Desk, Orderer};
use crate::query::security_policy::SecurityPolicyRow;
use crate::{IssueKind, NewUser, StoreError, Tx, UserChange};

const POLICY: SecurityPolicyRow = SecurityPolicyRow { password_min_chars: 12, rotation_days: 0, idle_lock_min: 5 };
/// 系统管理 and 安全管理.
const BOTH: u32 = 8 | 16;

fn by<T>(desk: &Desk, actor: UserId, f: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    desk.clock.advance(1_000);
    desk.store.write(actor, f).unwrap()
}

fn gives(duties: u32) -> UserChange {
    UserChange { duties: Some(duties), ..UserChange::default() }
}

fn listed(desk: &Desk) -> Vec<OpId> {
    let mut ops: Vec<OpId> = issues(desk, IssueKind::Unauthorised).into_iter().filter_map(|row| row.key.op).collect();
    ops.sort_unstable();
    ops
}

/// A town with an account for each duty, made by a founder who holds both. The founders of the proving ground hold 系统管理
/// alone, so that the first gift of duties is one to be looked at; it is settled here.
fn officers(office: &Desk) -> (UserId, UserId) {
    let new = |name: &str| NewUser { name: name.to_owned(), ..NewUser::default() };
    let (first, li) = office.write(|tx| Ok((tx.add_user(&new("安全管理员"))?, tx.add_user(&new("李四"))?)));
    assert!(listed(office).is_empty(), "founders begin, and administrators add accounts without duties");
    office.write(|tx| tx.change_user(first, gives(16)));
    let found = issues(office, IssueKind::Unauthorised);
    assert_eq!(found.len(), 1, "an administrator gave duties");
    office.write(|tx| tx.settle_issue(&found[0], "seen", Some("开头")));
    assert!(listed(office).is_empty());
    (first, li)
}

#[test]
fn whoever_changes_accounts_without_the_duty_is_listed_on_every_desk() {
    let (office, rogue) = (Desk::new(641), Desk::new(642));
    Orderer::introduce(&[&office, &rogue]);
    let mut orderer = Orderer::default();
    let (security, li) = officers(&office);
    orderer.settle(&[&office, &rogue], |_| false);
    assert!(listed(&rogue).is_empty(), "a second PC is founded too");
    // what each may
    by(&office, security, |tx| tx.change_user(li, gives(1)));
    by(&office, security, |tx| tx.set_security_policy(POLICY));
    by(&office, li, |tx| tx.set_second_factor(li, Some("JBSWY3DPEHPK3PXP")));
    by(&office, security, |tx| tx.set_second_factor(li, None));
    by(&office, office.admin, |tx| tx.change_user(li, UserChange { active: Some(true), ..UserChange::default() }));
    assert!(listed(&office).is_empty());
    // what nobody may who has not the duty: a stranger, a colleague, the wrong officer
    let stranger = UserId::from_bytes([0x77; 16]);
    let mut expected = vec![
        by(&rogue, stranger, |tx| tx.change_user(li, gives(BOTH))),
        by(&rogue, office.admin, |tx| tx.set_security_policy(POLICY)),
        by(&rogue, security, |tx| tx.change_user(li, UserChange { active: Some(false), ..UserChange::default() })),
        by(&rogue, stranger, |tx| tx.set_second_factor(security, None)),
    ];
    // a founder is who the first word of a device is about, and nobody later
    let added = NewUser { name: "某人".to_owned(), duties: BOTH, ..NewUser::default() };
    expected.push(by(&rogue, stranger, |tx| tx.add_user_as(stranger, &added)));
    expected.sort_unstable();
    assert_eq!(listed(&rogue), expected);
    orderer.settle(&[&rogue, &office], |_| false);
    for desk in [&office, &rogue] {
        assert_eq!(listed(desk), expected);
        assert_eq!(desk.read(|r| r.issues(AT)).len(), expected.len());
    }
    same_after_replay(&[&office, &rogue]);
}

#[test]
fn the_order_of_the_district_says_who_held_the_duty() {
    for taken_first in [true, false] {
        let (office, village) = (Desk::new(643), Desk::new(644));
        Orderer::introduce(&[&office, &village]);
        let mut orderer = Orderer::default();
        let (security, li) = officers(&office);
        by(&office, security, |tx| tx.change_user(li, gives(16)));
        orderer.settle(&[&office, &village], |_| false);
        by(&office, li, |tx| tx.change_user(security, gives(0)));
        let given = by(&village, security, |tx| tx.change_user(office.admin, gives(9)));
        assert!(listed(&office).is_empty() && listed(&village).is_empty(), "each was right as far as they knew");
        let order = if taken_first { [&office, &village] } else { [&village, &office] };
        orderer.settle(&order, |_| false);
        for desk in order {
            assert_eq!(listed(desk), if taken_first { vec![given] } else { Vec::new() });
        }
        same_after_replay(&order);
    }
}
