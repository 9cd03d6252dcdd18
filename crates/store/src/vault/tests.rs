#![allow(clippy::unwrap_used)]
use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::seal::SubjectKey;
use zhenxin_protocol::wire::keys::{KeyPage, KeyRow, LanePlace};
use zhenxin_protocol::wrap::{Fresh, data_key_id, public_of, wrap_data_key, wrap_subject_key};

use crate::proving::{Desk, Orderer, arrive, village};
use crate::{Review, StoreError};

/// The key of a subject as the desk would send it.
fn row_of(desk: &Desk, subject: &[u8; 16]) -> KeyRow {
    desk.store.read(|r| r.key_row(subject)).unwrap().unwrap()
}

#[test]
fn keys_are_sent_once() {
    let desk = Desk::new(51);
    desk.resident(0, "张三", "330211199001011234");
    let rows = desk.store.dirty_keys(100).unwrap();
    assert_eq!(rows.len(), 2, "the administrator and the resident");
    desk.store.keys_pushed(&rows, &[]).unwrap();
    assert!(desk.store.dirty_keys(100).unwrap().is_empty());
}

#[test]
fn without_the_key_nobody_writes_under_it() {
    let (a, b) = (Desk::new(52), Desk::new(53));
    let resident = a.resident(0, "张三", "330211199001011234");
    let mut orderer = Orderer::default();
    orderer.settle(&[&a, &b], |_| false);
    let draft = crate::ResidentDraft::edit(resident).clear(zhenxin_protocol::body::resident::Field::Phone);
    let batch = crate::ResidentBatch { rows: &[draft], ..Default::default() };
    let refused = b.store.write(b.admin, |tx| tx.record_residents(batch));
    assert!(matches!(refused, Err(StoreError::KeyMissing)));
}

#[test]
fn an_erasure_takes_the_person_out_of_the_tables_and_is_for_good() {
    let desk = Desk::new(54);
    let resident = desk.resident(0, "张监碶", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    desk.review(award, Review::SendBack { reason: "请张监碶补照片".to_owned() });
    let row = desk.store.dirty_keys(100).unwrap().into_iter().find(|row| row.subject == *resident.as_bytes()).unwrap();
    let erased = KeyRow { tombstone: true, wrapped: Vec::new(), ..row.clone() };
    assert_eq!(arrive(&desk, &[erased]).tombstones, 1);
    let left = desk.store.read(|r| r.resident(resident)).unwrap().unwrap();
    assert_eq!((left.name, left.id_number, left.phone), (None, None, None));
    assert_eq!(desk.count("SELECT count(*) FROM search_term WHERE term LIKE '张%' OR term = '1234'"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM award WHERE reason IS NOT NULL"), 0);
    // The former row coming round again changes nothing.
    arrive(&desk, &[row]);
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name IS NOT NULL"), 0);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_key_names_where_its_subject_lives() {
    let desk = Desk::new(55);
    let resident = desk.resident(0, "张三", "330211199001011234");
    assert_eq!(row_of(&desk, resident.as_bytes()).scope, Scope::Village(village(0)));
    assert_eq!(row_of(&desk, desk.admin.as_bytes()).scope, Scope::Town(desk.store.town()));
    // under the name of another village nothing replaces or destroys it
    let row = row_of(&desk, resident.as_bytes());
    let moved = KeyRow { scope: Scope::Village(village(1)), tombstone: true, wrapped: Vec::new(), ..row };
    assert_eq!(arrive(&desk, &[moved]).tombstones, 0);
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name = '张三'"), 1);
}

#[test]
fn a_data_key_handed_over_under_a_wrong_name_is_refused_and_the_right_one_taken() {
    let (a, b) = (Desk::new(56), Desk::new(57));
    let own = a.store.own_data_key().unwrap();
    let key = a.store.data_key_bytes(own).unwrap().unwrap();
    assert_eq!(data_key_id(&key), own);
    let seal_key = b.store.device_keys().seal_key;
    let fresh = Fresh { ephemeral: [13; 32], nonce: [14; 24] };
    let poisoned = wrap_data_key(own, &[1; 32], &seal_key, &fresh).unwrap();
    assert!(matches!(b.store.accept_data_key(own, &poisoned), Err(StoreError::KeyMissing)));
    assert!(b.store.accept_data_key(own, &a.store.wrap_data_key(own, &seal_key).unwrap()).unwrap());
    assert_ne!(seal_key, public_of(&[13; 32]));
}

#[test]
fn after_a_rotation_subjects_are_wrapped_under_the_new_data_key_and_old_ones_anew() {
    let desk = Desk::new(58);
    let before = desk.resident(0, "张三", "330211199001011234");
    let old = desk.store.own_data_key().unwrap();
    assert_eq!(desk.store.rotate_data_key(0, false).unwrap(), None);
    let new = desk.store.rotate_data_key(2, false).unwrap().unwrap();
    assert_eq!(desk.store.rotate_data_key(2, false).unwrap(), None);
    assert_eq!((desk.store.own_data_key().unwrap(), desk.store.key_generation().unwrap()), (new, 2));
    let after = desk.resident(0, "李四", "330211198807054321");
    let row = row_of(&desk, after.as_bytes());
    assert_eq!((row.data_key, row.generation), (new, 2));
    assert_eq!(row_of(&desk, before.as_bytes()).data_key, old);
    // piece by piece
    let rows = desk.store.dirty_keys(10).unwrap();
    desk.store.keys_pushed(&[], &rows).unwrap();
    assert_eq!((desk.store.rewrap_keys(1).unwrap(), desk.store.outgoing_keys().unwrap()), (1, 1));
    assert_eq!(desk.store.rewrap_keys(10).unwrap(), 1, "the administrator and the resident");
    assert_eq!(desk.store.rewrap_keys(10).unwrap(), 0);
    let row = row_of(&desk, before.as_bytes());
    assert_eq!((row.data_key, row.generation), (new, 2));
    // it is the same key: what was sealed opens
    assert_eq!(desk.store.rebuild(None).map(|_| ()).map_err(|error| error.to_string()), Ok(()));
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name = '张三'"), 1);
}

#[test]
fn a_later_wrap_is_taken_only_where_it_holds_the_same_key() {
    let (a, b) = (Desk::new(59), Desk::new(60));
    let resident = a.resident(0, "张三", "330211199001011234");
    Orderer::introduce(&[&a, &b]);
    let subject = *resident.as_bytes();
    arrive(&b, &[row_of(&a, &subject)]);
    let own = b.store.own_data_key().unwrap();
    let bytes = b.store.data_key_bytes(own).unwrap().unwrap();
    let wrapped = wrap_subject_key(&subject, &SubjectKey::new([9; 32]), own, &bytes, [8; 24]);
    let poisoned = KeyRow { data_key: own, generation: 5, wrapped, ..row_of(&a, &subject) };
    arrive(&b, std::slice::from_ref(&poisoned));
    assert_eq!(row_of(&b, &subject), row_of(&a, &subject));
    a.store.rotate_data_key(1, false).unwrap();
    a.store.rewrap_keys(10).unwrap();
    let later = row_of(&a, &subject);
    arrive(&b, std::slice::from_ref(&later));
    assert_ne!(row_of(&b, &subject), later, "its data key is not here");
    Orderer::introduce(&[&a, &b]);
    arrive(&b, std::slice::from_ref(&later));
    assert_eq!(row_of(&b, &subject), later);
}

#[test]
fn another_lane_is_read_from_its_beginning_and_offered_what_is_here_of_its_scope() {
    let desk = Desk::new(61);
    desk.resident(0, "张三", "330211199001011234");
    desk.resident(1, "李四", "330211198807054321");
    let rows = desk.store.dirty_keys(10).unwrap();
    desk.store.keys_pushed(&[], &rows).unwrap();
    let place = |at, after| LanePlace { scope: Scope::Village(village(at)), after, chain: Hash32([7; 32]) };
    let page = |reached, other_lane| KeyPage { reached, rows: Vec::new(), more: false, other_lane };
    for at in [0, 1] {
        desk.store.apply_key_page(&page(place(at, 4), None)).unwrap();
    }
    assert_eq!(desk.store.key_places().unwrap(), [place(0, 4), place(1, 4)]);
    desk.store.apply_key_page(&page(place(1, 0), Some(true))).unwrap();
    assert_eq!(desk.store.key_places().unwrap(), [place(0, 4)]);
    let waiting = desk.store.dirty_keys(10).unwrap();
    assert_eq!(waiting.iter().map(|row| row.scope).collect::<Vec<_>>(), [Scope::Village(village(1))]);
}

#[test]
fn what_changes_while_it_is_sent_is_sent_again() {
    let desk = Desk::new(62);
    let residents = [0, 1].map(|at| desk.resident(at, "张三", &format!("33021119900101123{at}")));
    let sent = desk.store.dirty_keys(10).unwrap();
    desk.store.write_arrived(|log| log.fold.vault.destroy(residents[0].as_bytes())).unwrap();
    desk.store.rotate_data_key(1, false).unwrap();
    assert_eq!(desk.store.rewrap_keys(10).unwrap(), 2, "the administrator and the other resident");
    for (taken, declined) in [(&sent[..], &[][..]), (&[][..], &sent[..])] {
        desk.store.keys_pushed(taken, declined).unwrap();
        let waiting = desk.store.dirty_keys(10).unwrap();
        assert_eq!(waiting.len(), sent.len());
        assert!(waiting.iter().any(|row| row.tombstone && row.subject == *residents[0].as_bytes()));
    }
    desk.store.keys_pushed(&desk.store.dirty_keys(10).unwrap(), &[]).unwrap();
    assert_eq!(desk.store.outgoing_keys().unwrap(), 0);
}

#[test]
fn a_wrap_that_opens_stands_in_the_place_of_one_that_does_not() {
    let (a, b) = (Desk::new(63), Desk::new(64));
    let resident = a.resident(0, "张三", "330211199001011234");
    let subject = *resident.as_bytes();
    let sound = row_of(&a, &subject);
    let made_up = |at: u8| KeyRow {
        data_key: zhenxin_domain::ids::DataKeyId::from_bytes([at; 16]),
        generation: u32::MAX,
        wrapped: vec![at; 72],
        ..sound.clone()
    };
    // nothing opens yet: what the district's lane says is kept, whatever came by another way
    b.store.apply_carried_keys(&[made_up(1)], true).unwrap();
    arrive(&b, std::slice::from_ref(&sound));
    assert_eq!(row_of(&b, &subject), sound);
    b.store.apply_carried_keys(&[made_up(2)], true).unwrap();
    assert_eq!(row_of(&b, &subject), made_up(2));
    let mut orderer = Orderer::default();
    orderer.send_all(&a, |_| false);
    while orderer.pull(&b, 50) {}
    arrive(&b, &[made_up(3)]);
    Orderer::introduce(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) FROM resident WHERE name = '张三'"), 0);
    b.store.apply_carried_keys(std::slice::from_ref(&sound), true).unwrap();
    assert_eq!(b.count("SELECT count(*) FROM resident WHERE name = '张三'"), 1);
    arrive(&b, &[made_up(4)]);
    assert_eq!(row_of(&b, &subject), sound, "what does not open takes no place");
}

#[test]
fn the_districts_number_is_followed_wherever_it_goes() {
    let desk = Desk::new(66);
    let first = desk.store.own_data_key().unwrap();
    let later = desk.store.rotate_data_key(3, false).unwrap().unwrap();
    assert_eq!((desk.store.own_data_key().unwrap(), desk.store.key_generation().unwrap()), (later, 3));
    // set back, and not to the key of that time: others may know it
    let back = desk.store.rotate_data_key(0, false).unwrap().unwrap();
    assert!(back != first && back != later);
    assert_eq!((desk.store.own_data_key().unwrap(), desk.store.key_generation().unwrap()), (back, 0));
    let anew = desk.store.rotate_data_key(0, true).unwrap().unwrap();
    assert_eq!((desk.store.own_data_key().unwrap(), desk.store.key_generation().unwrap()), (anew, 0));
    let resident = desk.resident(0, "张三", "330211199001011234");
    assert_eq!(row_of(&desk, resident.as_bytes()).data_key, anew);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn nothing_is_offered_of_a_generation_that_the_town_has_not_reached() {
    let (a, b) = (Desk::new(67), Desk::new(68));
    let residents = [0, 1, 2].map(|at| a.resident(at, "张三", &format!("33021119900101123{at}")));
    let sound = row_of(&a, residents[0].as_bytes());
    let made_up = KeyRow { generation: u32::MAX, wrapped: vec![1; 72], ..row_of(&a, residents[1].as_bytes()) };
    let dead =
        KeyRow { generation: u32::MAX, tombstone: true, wrapped: Vec::new(), ..row_of(&a, residents[2].as_bytes()) };
    b.store.apply_carried_keys(&[sound.clone(), made_up.clone(), dead.clone()], false).unwrap();
    let offered = || -> Vec<KeyRow> {
        let rows = b.store.dirty_keys(10).unwrap();
        assert_eq!(b.store.outgoing_keys().unwrap(), rows.len() as u64);
        let given = b.store.read(|r| r.unsent_keys_and_erasures()).unwrap();
        assert_eq!(given, rows, "nor by stick");
        rows.into_iter().filter(|row| row.subject != *b.admin.as_bytes()).collect()
    };
    let by_subject = |mut rows: Vec<KeyRow>| {
        rows.sort_by_key(|row| row.subject);
        rows
    };
    assert_eq!(offered(), by_subject(vec![sound.clone(), dead.clone()]));
    let given = |row: &KeyRow| b.store.read(|r| r.key_row_to_give(&row.subject)).unwrap();
    assert_eq!((given(&sound), given(&made_up), given(&dead)), (Some(sound.clone()), None, Some(dead.clone())));
    // its turn comes with the generation
    b.store.rotate_data_key(u32::MAX, false).unwrap();
    assert_eq!(offered(), by_subject(vec![sound, made_up.clone(), dead]));
    assert_eq!(given(&made_up), Some(made_up));
}

#[test]
fn what_waits_for_a_district_that_was_set_back_is_wrapped_anew() {
    let desk = Desk::new(69);
    desk.store.rotate_data_key(2, false).unwrap();
    let resident = desk.resident(0, "张三", "330211199001011234");
    let waits = || desk.store.dirty_keys(10).unwrap().into_iter().find(|row| row.subject == *resident.as_bytes());
    assert_eq!(waits().map(|row| row.generation), Some(2));
    assert_eq!(desk.store.rewrap_early_keys(10).unwrap(), 0);
    let back = desk.store.rotate_data_key(1, false).unwrap().unwrap();
    assert_eq!(waits(), None);
    assert_eq!(desk.store.dirty_keys(10).unwrap().len() + 1, desk.store.outgoing_keys().unwrap() as usize);
    assert_eq!(desk.store.rewrap_early_keys(10).unwrap(), 1);
    assert_eq!(waits().map(|row| (row.data_key, row.generation)), Some((back, 1)));
    assert_eq!(desk.store.rewrap_early_keys(10).unwrap(), 0);
    assert_eq!(desk.store.rebuild(None).map(|_| ()).map_err(|error| error.to_string()), Ok(()));
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name = '张三'"), 1);
    // what the district has is left alone
    let rows = desk.store.dirty_keys(10).unwrap();
    desk.store.keys_pushed(&[], &rows).unwrap();
    desk.store.rotate_data_key(0, false).unwrap();
    assert_eq!(desk.store.rewrap_early_keys(10).unwrap(), 0);
}

/// Rows with a data key of the desk's that open with none, before all others.
fn rubbish(desk: &Desk, generation: u32) -> Vec<KeyRow> {
    let data_key = desk.store.own_data_key().unwrap();
    let scope = Scope::Village(village(0));
    let row = |at| KeyRow { subject: [at; 16], data_key, wrapped: vec![9; 72], tombstone: false, scope, generation };
    (0..3).map(row).collect()
}

#[test]
fn rows_that_open_with_nothing_keep_no_other_from_its_turn() {
    let desk = Desk::new(70);
    let resident = desk.resident(0, "张三", "330211199001011234");
    let made_up = rubbish(&desk, 0);
    arrive(&desk, &made_up);
    desk.store.rotate_data_key(1, false).unwrap();
    let wrapped_anew = || row_of(&desk, resident.as_bytes()).generation == 1;
    assert_eq!(desk.store.rewrap_keys(1).unwrap(), 1);
    assert_eq!(desk.store.rewrap_keys(1).unwrap(), 1, "the administrator and the resident");
    assert!(wrapped_anew());
    assert_eq!(desk.store.rewrap_keys(1).unwrap(), 0);
    // ahead of a district that was set back
    let ahead: Vec<KeyRow> =
        rubbish(&desk, u32::MAX).into_iter().map(|row| KeyRow { wrapped: vec![8; 72], ..row }).collect();
    desk.store.apply_carried_keys(&ahead, true).unwrap();
    desk.store.rotate_data_key(0, false).unwrap();
    assert_eq!(desk.store.outgoing_keys().unwrap(), 2, "nobody waits for rubbish");
    assert_eq!(desk.store.rewrap_early_keys(1).unwrap(), 1);
    assert_eq!(desk.store.rewrap_early_keys(1).unwrap(), 1);
    assert!(!wrapped_anew());
    assert_eq!(desk.store.rewrap_early_keys(1).unwrap(), 0);
    assert_eq!((desk.store.dirty_keys(10).unwrap().len(), desk.store.outgoing_keys().unwrap()), (2, 2));
    assert_eq!(row_of(&desk, &ahead[0].subject), ahead[0]);
}
