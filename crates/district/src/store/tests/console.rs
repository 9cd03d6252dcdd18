//! Accounts, sessions and the record of acts.

use super::{Bench, stories};
use crate::fixture::NOW_MS;
use crate::store::StoreError;
use crate::store::console::account::{ACCOUNTS_MAX, Account, AccountError, Role};
use crate::store::console::act::NewAct;
use crate::store::console::session::{SESSIONS_MAX, Session};
use zhenxin_protocol::hash::Hash32;

stories! {
    accounts_are_kept_and_one_always_rules
    a_session_is_found_by_its_hash_and_the_oldest_goes
    a_changed_act_shows
    acts_of_two_processes_stand_in_one_row
    a_flipped_byte_opens_nothing
}

fn account(name: &str, role: Role) -> Account {
    Account {
        name: name.to_owned(),
        role,
        password: "argon2id$64$1$AAAA$AAAA".to_owned(),
        must_change: true,
        locked_at_ms: None,
        made_at_ms: NOW_MS,
        changed_at_ms: NOW_MS,
        altered_at_ms: NOW_MS,
        signed_in_at_ms: None,
    }
}

fn accounts_are_kept_and_one_always_rules(bench: Bench) {
    let store = &bench.store;
    store.add_account(&account("guanli", Role::Admin)).unwrap();
    assert!(matches!(store.add_account(&account("guanli", Role::Viewer)), Err(AccountError::Taken)));
    assert_eq!(store.account("guanli").unwrap().unwrap(), account("guanli", Role::Admin));
    let locks = |account: &mut Account| account.locked_at_ms = Some(NOW_MS);
    assert!(matches!(store.change_account("guanli", false, NOW_MS, locks), Err(AccountError::LastAdmin)));
    assert!(matches!(store.change_account("meiyou", false, NOW_MS, locks), Err(AccountError::Unknown)));
    store.add_account(&account("zhangli", Role::Admin)).unwrap();
    store.change_account("guanli", false, NOW_MS, locks).unwrap();
    let demoted = store.change_account("zhangli", false, NOW_MS, |account| account.role = Role::Viewer);
    assert!(matches!(demoted, Err(AccountError::LastAdmin)), "a locked administrator rules nothing");
    assert_eq!(bench.beside().account("guanli").unwrap().unwrap().locked_at_ms, Some(NOW_MS));
    for number in 2..ACCOUNTS_MAX {
        store.add_account(&account(&format!("a{number}"), Role::Viewer)).unwrap();
    }
    assert!(matches!(store.add_account(&account("zuihou", Role::Viewer)), Err(AccountError::Full)));
}

fn session(name: &str, number: u8, made_at_ms: i64) -> Session {
    Session { token_hash: Hash32([number; 32]), account: name.to_owned(), made_at_ms, seen_at_ms: made_at_ms }
}

fn a_session_is_found_by_its_hash_and_the_oldest_goes(bench: Bench) {
    let store = &bench.store;
    store.add_account(&account("guanli", Role::Admin)).unwrap();
    store.add_account(&account("chakan", Role::Viewer)).unwrap();
    store.begin_session(&session("chakan", 200, NOW_MS)).unwrap();
    for number in 0..=SESSIONS_MAX as u8 {
        store.begin_session(&session("guanli", number, NOW_MS + i64::from(number))).unwrap();
    }
    assert!(store.session(Hash32([0; 32])).unwrap().is_none(), "the oldest made room");
    let (found, whose) = store.session(Hash32([1; 32])).unwrap().unwrap();
    assert_eq!((found, whose.name.as_str()), (session("guanli", 1, NOW_MS + 1), "guanli"));
    store.touch_session(Hash32([1; 32]), NOW_MS + 99).unwrap();
    store.touch_session(Hash32([0; 32]), NOW_MS + 99).unwrap();
    assert_eq!(store.session(Hash32([1; 32])).unwrap().unwrap().0.seen_at_ms, NOW_MS + 99);
    assert!(store.session(Hash32([0; 32])).unwrap().is_none(), "a late use brings nothing back");
    assert_eq!(store.end_old_sessions(NOW_MS, NOW_MS + 99).unwrap(), SESSIONS_MAX as u64, "all but the one just used");
    store.change_account("guanli", true, NOW_MS, |_| {}).unwrap();
    assert!(store.session(Hash32([1; 32])).unwrap().is_none());
}

fn noted(bench: &Bench, object: &str) {
    let new = NewAct { account: "guanli", act: "code_made", about: "330211101", object };
    bench.store.note_act(&new, NOW_MS).unwrap();
}

fn a_changed_act_shows(bench: Bench) {
    for number in 1..=6 {
        noted(&bench, &format!("{number} 号机"));
    }
    let sound = bench.store.acts(None, 100).unwrap();
    assert_eq!((sound.total, sound.broken.as_slice()), (6, &[][..]));
    assert_eq!(sound.acts.iter().map(|act| act.no).collect::<Vec<_>>(), [6, 5, 4, 3, 2, 1]);
    let page = bench.store.acts(Some(4), 2).unwrap();
    assert_eq!(page.acts.iter().map(|act| act.no).collect::<Vec<_>>(), [3, 2]);
    assert!(page.broken.is_empty());
    // somebody takes one out
    bench.meddle("DELETE FROM act WHERE no = $1", &[3_i64.into()]);
    assert_eq!(bench.store.acts(None, 100).unwrap().broken, [4]);
    // and the newest
    bench.meddle("DELETE FROM act WHERE no = $1", &[6_i64.into()]);
    assert!(bench.store.acts(None, 100).unwrap().broken.contains(&6));
    // a row that was changed with a sum to fit does not follow from the one before it
    bench
        .store
        .write(|tx| {
            let row = tx.get(&crate::store::tables::console::ACT, &["".into(), 2_i64.into()])?.unwrap();
            let mut cells = row.rest();
            cells[6] = "别的电脑".into();
            tx.put(&crate::store::tables::console::ACT, cells)
        })
        .unwrap();
    assert!(bench.store.acts(None, 100).unwrap().broken.contains(&2));
}

fn acts_of_two_processes_stand_in_one_row(bench: Bench) {
    let beside = bench.beside();
    std::thread::scope(|scope| {
        for store in [&bench.store, &beside] {
            scope.spawn(move || {
                for number in 0..20 {
                    let object = format!("{number}");
                    let new = NewAct { account: "guanli", act: "code_made", about: "", object: &object };
                    store.note_act(&new, NOW_MS).unwrap();
                }
            });
        }
    });
    let acts = bench.store.acts(None, 100).unwrap();
    assert_eq!((acts.total, acts.acts.len(), acts.broken.len()), (40, 40, 0));
}

fn a_flipped_byte_opens_nothing(bench: Bench) {
    let store = &bench.store;
    store.add_account(&account("guanli", Role::Admin)).unwrap();
    store.begin_session(&session("guanli", 1, NOW_MS)).unwrap();
    bench.meddle("UPDATE account SET role = $1", &["viewer".into()]);
    assert!(matches!(store.account("guanli"), Err(StoreError::Damaged("account"))));
    assert!(matches!(store.session(Hash32([1; 32])), Err(StoreError::Damaged("account"))));
}
