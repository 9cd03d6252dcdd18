//! Backups and their restoring, also into the other kind of database.

use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::verify_consistency;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::code::EnrolCode;
use zhenxin_protocol::wire::heads::ProvenHead;
use zhenxin_protocol::wire::keys::{GrantsRequest, KeyRow};

use super::verification::filled;
use super::{Bench, accepted, newcomer, stories};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, VILLAGE, scope, town};
use crate::store::Store;
use crate::store::backup::{BackupError, Kept, Replace};
use crate::store::console::account::{Account, Role};
use crate::store::console::act::NewAct;
use crate::store::console::session::Session;
use crate::store::enrol::EnrolError;

stories! {
    a_backup_comes_back_in_either_kind_of_database
    a_district_that_was_restored_takes_what_it_lacks
    a_changed_cut_or_foreign_backup_is_refused
    what_was_shut_out_used_and_changed_since_stays_so
    without_the_old_store_no_code_of_a_backup_opens_anything
    damaged_rows_of_the_old_store_are_told
    a_restoring_that_may_have_forgotten_who_was_shut_out_begins_a_generation
}

fn a_backup_comes_back_in_either_kind_of_database(bench: Bench) {
    filled(&bench);
    let file = bench.dir.path().join("backup.zxd");
    let report = bench.store.backup(&file, NOW_MS).unwrap();
    // a person's key with its lane and place; a snapshot with its chunk and the chunk's piece
    assert_eq!(report.rows + 6, bench.store.verify().unwrap().rows);
    assert_eq!(report.bytes, file.metadata().unwrap().len());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    for target in [bench.same_kind(), bench.other_kind()] {
        let before = target.store.lineage();
        let restored = target.store.restore(&file, Replace::No).unwrap();
        assert_eq!((restored.rows, restored.made_at_ms, restored.kept), (report.rows, NOW_MS, None));
        target.sound();
        assert_eq!(target.store.sign_key(), bench.store.sign_key());
        assert_eq!(target.store.seal_key(), bench.store.seal_key());
        // a new name for the history, and another process sees it
        assert!(target.store.lineage() != before && target.store.lineage() != bench.store.lineage());
        assert_eq!(target.beside().lineage(), target.store.lineage());
        let device = target.store.device_by_token(&[1; 32]).unwrap().unwrap();
        assert_eq!(target.pulled(&device), bench.pulled(&device));
        let towns = |store: &Store| store.towns().unwrap().into_iter().map(|town| (town.ops, town.devices));
        assert!(towns(&target.store).eq(towns(&bench.store)));
        // all but the rights and who wants them, which are asked for anew
        let again = target.dir.path().join("again.zxd");
        assert_eq!(target.store.backup(&again, NOW_MS).unwrap().rows, report.rows - 2);
        assert_eq!(target.store.rights_list().unwrap(), []);
    }
}

fn a_district_that_was_restored_takes_what_it_lacks(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let before = author.ops(VILLAGE, 3);
    bench.push(&author, &before);
    let file = bench.dir.path().join("backup.zxd");
    bench.store.backup(&file, NOW_MS).unwrap();
    let (lineage, key) = (bench.store.lineage(), bench.store.sign_key());
    let after = author.ops(VILLAGE, 2);
    bench.push(&author, &after);
    let heads = bench.store.heads(&device, &[]).unwrap().heads;
    let mine = heads.iter().map(ProvenHead::head).find(|head| head.size == 5).unwrap();
    assert!(matches!(bench.store.restore(&file, Replace::No), Err(BackupError::NotEmpty)));
    assert_eq!(bench.store.lineage(), lineage);
    bench.store.restore(&file, Replace::Yes).unwrap();
    assert!(bench.store.lineage() != lineage);
    assert_eq!(bench.store.sign_key(), key);
    // the device's head is no prefix now, and its ops are taken again
    let answer = bench.store.heads(&device, &[mine]).unwrap().heads;
    let theirs = answer.iter().find(|head| head.scope == mine.scope).unwrap();
    assert_eq!((theirs.size, &theirs.proof), (3, &None));
    assert_eq!(bench.push(&author, &after), accepted(4..=5));
    let answer = bench.store.heads(&device, &[mine]).unwrap().heads;
    let theirs = answer.iter().find(|head| head.scope == mine.scope).unwrap();
    assert!(verify_consistency(5, &mine.root, 5, &theirs.root, theirs.proof.as_ref().unwrap()));
    bench.sound();
}

fn a_changed_cut_or_foreign_backup_is_refused(bench: Bench) {
    let mut author = Author::new(1);
    bench.enrolled(&author, &[]);
    let ops = author.ops(VILLAGE, 3);
    bench.push(&author, &ops);
    let file = bench.dir.path().join("backup.zxd");
    bench.store.backup(&file, NOW_MS).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let target = bench.same_kind();
    let lineage = target.store.lineage();
    let wrong = bench.dir.path().join("wrong.zxd");
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        for content in [&changed[..], &bytes[..at]] {
            std::fs::write(&wrong, content).unwrap();
            assert!(matches!(target.store.restore(&wrong, Replace::Yes), Err(BackupError::Damaged)), "{at}");
            refused += 1;
        }
    }
    assert!(refused > 70);
    std::fs::write(&wrong, [&bytes[..], b"x"].concat()).unwrap();
    assert!(matches!(target.store.restore(&wrong, Replace::Yes), Err(BackupError::Damaged)));
    assert_eq!(target.store.towns().unwrap(), Vec::new());
    assert_eq!(target.store.lineage(), lineage);
    // of another district
    target.enrolled(&Author::new(2), &[]);
    assert!(matches!(target.store.restore(&file, Replace::Yes), Err(BackupError::Foreign)));
    assert_eq!(target.store.towns().unwrap().len(), 1);
    target.sound();
    assert_eq!(Store::backup_of(&file).unwrap(), (bench.store.lineage(), NOW_MS));
    // a backup that is written over a folder that is gone leaves nothing behind
    let nowhere = bench.dir.path().join("nowhere").join("backup.zxd");
    assert!(matches!(bench.store.backup(&nowhere, NOW_MS), Err(BackupError::File(_))));
    let ops = author.ops(VILLAGE, 1);
    assert_eq!(bench.push(&author, &ops), accepted(4..=4));
}

fn account(name: &str, role: Role) -> Account {
    Account {
        name: name.to_owned(),
        role,
        password: "argon2id$64$1$AAAA$AAAA".to_owned(),
        must_change: false,
        locked_at_ms: None,
        made_at_ms: NOW_MS,
        changed_at_ms: NOW_MS,
        altered_at_ms: NOW_MS,
        signed_in_at_ms: None,
    }
}

fn noted(store: &Store, object: &str) {
    let new = NewAct { account: "guanli", act: "code_made", about: "", object };
    store.note_act(&new, NOW_MS).unwrap();
}

fn key(subject: u8, tombstone: bool) -> KeyRow {
    let wrapped = if tombstone { Vec::new() } else { vec![5; 72] };
    let data_key = DataKeyId::from_bytes([1; 16]);
    KeyRow { subject: [subject; 16], data_key, wrapped, tombstone, scope: scope(VILLAGE), generation: 0 }
}

/// How a second use of a code by somebody else ends.
fn refusal(store: &Store, author: &Author, code: &EnrolCode) -> FaultCode {
    match store.let_in(&newcomer(author, code), &[77; 32], NOW_MS + 9) {
        Err(EnrolError::Refused(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn what_was_shut_out_used_and_changed_since_stays_so(bench: Bench) {
    let store = &bench.store;
    let [mut one, two, three, late] = [1, 2, 3, 4].map(Author::new);
    let device = bench.enrolled(&one, &[]);
    bench.enrolled(&two, &[]);
    bench.enrolled(&three, &[]);
    let (used_since, unused) = (bench.code(&[]), bench.code(&[]));
    for (name, role) in [("guanli", Role::Admin), ("fuzhu", Role::Admin), ("chakan", Role::Viewer)] {
        store.add_account(&account(name, role)).unwrap();
    }
    let session = Session { token_hash: Hash32([9; 32]), account: "fuzhu".to_owned(), made_at_ms: 1, seen_at_ms: 1 };
    store.begin_session(&session).unwrap();
    store.rights(&device, &[scope(VILLAGE)], &[], NOW_MS).unwrap();
    store.keys_push(&device, &[key(1, false), key(2, false)]).unwrap();
    bench.publish("holidays", b"[1]", 0).unwrap();
    noted(store, "before");
    let ops = one.ops(VILLAGE, 2);
    bench.push(&one, &ops);
    let file = bench.dir.path().join("backup.zxd");
    store.backup(&file, NOW_MS).unwrap();

    // what happened since
    assert!(store.revoke(town(), two.id, NOW_MS + 1).unwrap());
    store.let_in(&newcomer(&late, &used_since), &[44; 32], NOW_MS + 2).unwrap();
    let again = bench.code(&[]);
    store.let_in(&newcomer(&three, &again), &[33; 32], NOW_MS + 3).unwrap();
    let epoch = store.next_epoch(&device, 1).unwrap();
    let other = store.device(town(), three.id).unwrap().unwrap();
    store.take_right(town(), scope(VILLAGE)).unwrap();
    store.rights(&other, &[scope(VILLAGE), scope(OTHER_VILLAGE)], &[], NOW_MS).unwrap();
    store.change_account("guanli", true, NOW_MS + 4, |account| account.locked_at_ms = Some(NOW_MS + 4)).unwrap();
    store.change_account("fuzhu", true, NOW_MS + 4, |account| account.password = "argon2id$new".to_owned()).unwrap();
    store.note_wrong("chakan", "10.0.0.9", NOW_MS + 4, |_| NOW_MS + 99).unwrap();
    store.keys_push(&device, &[key(1, true)]).unwrap();
    bench.publish("holidays", b"[2]", 1).unwrap();
    noted(store, "after");
    let (rights, acts) = (store.rights_list().unwrap(), store.acts(None, 100).unwrap());

    let restored = store.restore(&file, Replace::Yes).unwrap();
    assert_eq!(restored.kept, Some(Kept { damaged: 0 }));
    bench.sound();
    let device_of = |author: &Author| store.device(town(), author.id).unwrap().unwrap();
    assert_eq!(device_of(&two).revoked_at_ms, Some(NOW_MS + 1));
    assert!(store.device_by_token(&[44; 32]).unwrap().is_some(), "who came since need not come again");
    assert!(store.device_by_token(&[3; 32]).unwrap().is_none(), "the token before the second enrolment");
    assert_eq!(store.device_by_token(&[33; 32]).unwrap().unwrap().id, three.id);
    assert_eq!(device_of(&one).epoch, epoch, "an epoch is given once");
    assert_eq!(refusal(store, &Author::new(8), &used_since), FaultCode::CodeUsed);
    store.let_in(&newcomer(&Author::new(9), &unused), &[99; 32], NOW_MS + 9).unwrap();
    let account_of = |name: &str| store.account(name).unwrap().unwrap();
    assert_eq!(account_of("guanli").locked_at_ms, Some(NOW_MS + 4));
    assert_eq!(account_of("fuzhu").password, "argon2id$new");
    assert!(store.session(Hash32([9; 32])).unwrap().is_none(), "whoever was signed out stays so");
    assert_eq!(store.sign_in_tries("chakan", "10.0.0.9").unwrap().wait_until_ms, NOW_MS + 99);
    assert_eq!(store.rights_list().unwrap(), rights);
    assert_eq!(store.acts(None, 100).unwrap(), acts);
    assert_eq!(store.published_list().unwrap().len(), 2);
    assert_eq!(store.keys_push(&device, &[key(1, false), key(2, false)]).unwrap().stored, 1);
    let alive = "SELECT subject FROM person_key WHERE tombstone = 0";
    let alive = store.read(|tx| tx.query(alive, &[])).unwrap();
    assert_eq!(alive.len(), 1, "what was erased does not come back");
    // and the ops are those of the backup, as before
    assert_eq!(bench.pulled(&device).len(), 1);
    assert_eq!(bench.push(&late, &Author::new(4).ops(VILLAGE, 1)), accepted(3..=3));
    // a second restoring of the same backup changes nothing more
    store.restore(&file, Replace::Yes).unwrap();
    assert_eq!(device_of(&two).revoked_at_ms, Some(NOW_MS + 1));
    assert_eq!(store.acts(None, 100).unwrap(), acts);
    bench.sound();
}

fn without_the_old_store_no_code_of_a_backup_opens_anything(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let device = bench.enrolled(&one, &[]);
    let (used, unused) = (bench.code(&[]), bench.code(&[]));
    bench.store.let_in(&newcomer(&two, &used), &[22; 32], NOW_MS).unwrap();
    bench.store.rights(&device, &[scope(VILLAGE)], &[], NOW_MS).unwrap();
    let file = bench.dir.path().join("backup.zxd");
    bench.store.backup(&file, NOW_MS).unwrap();
    let target = bench.same_kind();
    assert_eq!(target.store.restore(&file, Replace::Yes).unwrap().kept, None);
    // the second one may have been shut out since: not even it may use its code again
    assert_eq!(refusal(&target.store, &two, &used), FaultCode::CodeUsed);
    assert_eq!(refusal(&target.store, &Author::new(3), &unused), FaultCode::CodeUsed);
    assert_eq!(target.store.rights_list().unwrap(), []);
    target.sound();
}

fn a_restoring_that_may_have_forgotten_who_was_shut_out_begins_a_generation(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let device = bench.enrolled(&one, &[]);
    bench.enrolled(&two, &[]);
    let generation = |store: &Store| store.grants(&device, &GrantsRequest::default()).unwrap().generation;
    let file = bench.dir.path().join("backup.zxd");
    bench.store.backup(&file, NOW_MS).unwrap();
    bench.store.revoke(town(), two.id, NOW_MS + 1).unwrap();
    assert_eq!(generation(&bench.store), 1);
    // the others have made data keys of this one, and are not to wait until it comes again
    let target = bench.same_kind();
    target.store.restore(&file, Replace::No).unwrap();
    assert!(generation(&target.store) > 1);
    target.sound();
    // where the old store is there, it knows
    bench.store.restore(&file, Replace::Yes).unwrap();
    assert_eq!(generation(&bench.store), 1);
    // unless a part of it is damaged
    bench.meddle("UPDATE town SET key_generation = $1", &[0_u32.into()]);
    assert_eq!(bench.store.restore(&file, Replace::Yes).unwrap().kept, Some(Kept { damaged: 1 }));
    assert!(generation(&bench.store) > 1);
    bench.sound();
}

fn damaged_rows_of_the_old_store_are_told(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    for author in [&one, &two] {
        bench.enrolled(author, &[]);
    }
    let file = bench.dir.path().join("backup.zxd");
    bench.store.backup(&file, NOW_MS).unwrap();
    for author in [&one, &two] {
        bench.store.revoke(town(), author.id, NOW_MS + 1).unwrap();
    }
    bench.meddle("UPDATE device SET label = $1 WHERE id = $2", &["别的电脑".into(), two.id.as_bytes().into()]);
    assert_eq!(bench.store.restore(&file, Replace::Yes).unwrap().kept, Some(Kept { damaged: 1 }));
    let revoked = |author: &Author| bench.store.device(town(), author.id).unwrap().unwrap().revoked_at_ms;
    assert_eq!((revoked(&one), revoked(&two)), (Some(NOW_MS + 1), None));
    bench.sound();
}
