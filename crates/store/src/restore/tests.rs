#![allow(clippy::unwrap_used)]
use zhenxin_protocol::body::resident::Field;

use super::*;
use crate::backup::tests::{DAY_MS, erase_somebody, furnished};
use crate::proving::{Desk, Orderer, PASSWORD, batch, options, ports};
use crate::{AwardDraft, AwardTo, EvidenceDraft, NewUser, ResidentDraft, SecondFactor, UserChange};

/// A desk whose store was closed and opened again.
fn reopened(desk: Desk, store: Store) -> Desk {
    Desk { store, ..desk }
}

/// Restores the newest backup over the present file.
fn restored(desk: Desk) -> (Desk, Restored) {
    let file = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    let shut = desk.store.close().unwrap();
    let restored = shut.restore(None, &file, None).unwrap();
    let store = shut.open().unwrap().store;
    (reopened(desk, store), restored)
}

#[test]
fn a_restored_file_holds_the_same_tables_photos_and_keys() {
    let desk = furnished(601);
    let dump = desk.store.dump().unwrap();
    desk.store.back_up().unwrap();
    let (desk, done) = restored(desk);
    assert!(desk.store.dump().unwrap() == dump);
    assert_eq!((done.carried, done.files_missing), (0, 0));
    assert_eq!(desk.count("SELECT count(*) FROM attachment"), 1);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    assert!(desk.dir.path().join(done.moved_to.unwrap()).exists(), "the former file is moved aside, never deleted");
    assert!(!desk.dir.path().join(RESTORING).exists());
}

#[test]
fn what_was_recorded_since_the_backup_is_carried_over() {
    let desk = furnished(602);
    desk.store.back_up().unwrap();
    desk.clock.advance(DAY_MS);
    let later = desk.resident(1, "李四", "330211199001011242");
    desk.write(|tx| tx.put_draft(desk.admin, "记分", "1", b"half a form"));
    let (digest, ops) = (desk.store.digest().unwrap(), desk.count("SELECT count(*) FROM op"));
    let file = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    let check = desk.store.restore_check(BackupPlace::Here, &file).unwrap();
    assert_eq!((check.ops_here, check.newer, check.carried), (ops.unsigned_abs(), 1, 1));
    assert_eq!((check.from_district, check.left_aside, check.files_missing), (0, 0, 0));
    let (desk, done) = restored(desk);
    assert_eq!((done.carried, done.ops), (1, ops.unsigned_abs()));
    assert_eq!(desk.store.digest().unwrap(), digest);
    let row = desk.store.read(|r| r.resident(later)).unwrap().unwrap();
    assert_eq!(row.name.as_deref(), Some("李四"), "its key came along");
    assert_eq!(desk.count("SELECT count(*) FROM draft"), 1);
    // And the chain goes on.
    desk.resident(0, "王五", "330211199001011269");
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

/// An award with a photo of its own.
fn award_with_photo(desk: &Desk, byte: u8) {
    let resident = desk.resident(1, "李四", "330211199001011242");
    let rule = desk.rule(7);
    desk.write(|tx| {
        let rows = vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 7 }];
        let photo = EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: vec![byte; 3_000] };
        tx.record_awards(crate::AwardBatch { evidence: vec![photo], ..batch(rule, rows) })
    });
}

#[test]
fn a_photo_taken_since_the_backup_is_carried_over_with_its_award() {
    let desk = furnished(617);
    desk.store.back_up().unwrap();
    desk.clock.advance(DAY_MS);
    award_with_photo(&desk, 0x6b);
    let file = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    // And a photo of before is missing beside the backup: the present file has it.
    fs::remove_dir_all(desk.dir.path().join("backup/files")).unwrap();
    assert_eq!(desk.store.restore_check(BackupPlace::Here, &file).unwrap().files_missing, 0);
    let (desk, done) = restored(desk);
    assert_eq!(done.files_missing, 0);
    assert_eq!(desk.count("SELECT count(*) FROM attachment"), 2);
    assert_eq!(desk.count("SELECT count(*) FROM attachment_lane WHERE state = 0 AND blob IS NOT NULL"), 2);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_photo_that_lies_nowhere_is_missing_and_one_of_the_erased_stays_away() {
    for (statement, missing) in [
        ("DELETE FROM attachment", 1),
        // A photo that is not what its name says is none.
        ("UPDATE attachment SET bytes = zeroblob(3000)", 1),
        // Its key went; the bytes lie in the present file on.
        (
            "UPDATE subject_key SET wrapped = zeroblob(0), tombstone = 1 WHERE subject IN (SELECT activity FROM evidence)",
            0,
        ),
    ] {
        let desk = furnished(618);
        desk.store.back_up().unwrap();
        fs::remove_dir_all(desk.dir.path().join("backup/files")).unwrap();
        desk.store.writer().execute_batch(statement).unwrap();
        let (desk, done) = restored(desk);
        assert_eq!((done.files_missing, desk.count("SELECT count(*) FROM attachment")), (missing, 0), "{statement}");
    }
}

#[test]
fn a_restored_desk_is_recognised_and_loses_nothing() {
    let (a, b) = (Desk::new(603), Desk::new(604));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    a.store.back_up().unwrap();
    // Sent since the backup, of others since the backup, and never sent.
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13900000001")]);
    b.resident(1, "李四", "330211199001011242");
    orderer.settle(&[&a, &b], |_| false);
    let unsent = a.resident(0, "王五", "330211199001011269");
    let ops = a.count("SELECT count(*) FROM op");
    let file = Store::backups(a.dir.path()).unwrap()[0].file.clone();
    let check = a.store.restore_check(BackupPlace::Here, &file).unwrap();
    assert_eq!((check.newer, check.carried, check.from_district, check.left_aside), (3, 2, 1, 0));
    let (a, done) = restored(a);
    assert_eq!(done.carried, 2);
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(a.count("SELECT count(*) FROM op WHERE status < 2"), ops);
    assert!(a.store.dump().unwrap() == b.store.dump().unwrap());
    for desk in [&a, &b] {
        assert!(desk.store.read(|r| r.resident(unsent)).unwrap().is_some());
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn a_lost_disk_comes_back_from_the_backup_and_the_district() {
    let (a, b) = (Desk::new(605), Desk::new(606));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    a.store.back_up().unwrap();
    let sent = a.resident(0, "王五", "330211199001011269");
    orderer.settle(&[&a, &b], |_| false);
    let shut = a.store.close().unwrap();
    fs::remove_file(a.dir.path().join(DB_NAME)).unwrap();
    assert_eq!(Store::dir_state(a.dir.path()).unwrap(), DirState::Damaged);
    let file = Store::backups(a.dir.path()).unwrap()[0].file.clone();
    assert_eq!(shut.restore(None, &file, None).unwrap().carried, 0);
    let a = reopened(a, shut.open().unwrap().store);
    // Somebody works before the district is asked: the chain forks, and both ways are kept.
    let early = a.resident(1, "赵六", "330211199001011285");
    orderer.settle(&[&a, &b], |_| false);
    orderer.settle(&[&a, &b], |_| false);
    assert!(a.store.dump().unwrap() == b.store.dump().unwrap());
    for resident in [sent, early] {
        assert!(b.store.read(|r| r.resident(resident)).unwrap().is_some());
    }
    assert_eq!(a.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn an_erased_key_does_not_come_back_from_an_old_backup() {
    let desk = furnished(607);
    desk.store.back_up().unwrap();
    let old = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    let log = fs::read(desk.dir.path().join(backup::FOLDER).join(&old)).unwrap();
    erase_somebody(&desk);
    desk.store.replace_vault_copies().unwrap();
    assert_eq!(desk.store.restore_check(BackupPlace::Here, &old).unwrap().erased_since, 1);
    // The old log is the old log; the file whose erasure it was is gone.
    assert_eq!(fs::read(desk.dir.path().join(backup::FOLDER).join(&old)).unwrap(), log);
    let shut = desk.store.close().unwrap();
    fs::remove_file(desk.dir.path().join(DB_NAME)).unwrap();
    shut.restore(None, &old, None).unwrap();
    let desk = reopened(desk, shut.open().unwrap().store);
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name IS NOT NULL OR id_number IS NOT NULL"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM subject_key WHERE tombstone = 1"), 1);
    assert_eq!(desk.store.read(|r| r.ledger_sum(zhenxin_domain::ledger::Ledger::Points)).unwrap(), 0);
}

#[test]
fn an_erasure_that_the_backup_has_not_heard_of_is_carried_over() {
    let desk = furnished(608);
    desk.store.back_up().unwrap();
    // The copy of the vault could not be replaced: the disk was full just then.
    erase_somebody(&desk);
    let (desk, _) = restored(desk);
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name IS NOT NULL"), 0);
}

#[test]
fn a_new_pc_takes_the_stick_and_the_recovery_key() {
    let desk = furnished(609);
    let dump = desk.store.dump().unwrap();
    let stick = tempfile::tempdir().unwrap();
    desk.store.set_second_place(Some(stick.path())).unwrap();
    let made = desk.store.back_up().unwrap();
    let fresh = tempfile::tempdir().unwrap();
    let adopt =
        |dir: &Path, key: &str| Store::adopt(dir, stick.path(), key.to_owned(), KeyringPolicy::Off, &desk.ports);
    let (other, _) = ports(610);
    let foreign = Store::create(tempfile::tempdir().unwrap().path(), options(), &other).unwrap().recovery_key;
    assert!(matches!(adopt(fresh.path(), &foreign.to_string()), Err(StoreError::WrongRecovery)));
    assert_eq!(Store::dir_state(fresh.path()).unwrap(), DirState::Empty, "a wrong key leaves nothing behind");
    assert!(matches!(adopt(desk.dir.path(), &desk.recovery_key), Err(StoreError::TownExists)));
    let shut = adopt(fresh.path(), &desk.recovery_key).unwrap();
    assert!(matches!(shut.restore(Some(stick.path()), "log-1.zxl", None), Err(StoreError::Missing { .. })));
    shut.restore(Some(stick.path()), &made.backup.file, None).unwrap();
    let opened = shut.open().unwrap();
    assert!(opened.store.dump().unwrap() == dump);
    assert_eq!(opened.store.device(), desk.store.device(), "it goes on as the PC that was lost");
    assert_eq!(opened.store.sign_in("wang", PASSWORD, |_, _| SecondFactor::Wrong).unwrap(), desk.admin);
    // Adopted and then not restored: the folder is empty again.
    let other = tempfile::tempdir().unwrap();
    let shut = adopt(other.path(), &desk.recovery_key).unwrap();
    assert_eq!(Store::dir_state(other.path()).unwrap(), DirState::Damaged);
    Store::abandon(&shut).unwrap();
    assert_eq!(Store::dir_state(other.path()).unwrap(), DirState::Empty);
}

#[test]
fn a_damaged_backup_is_refused_or_its_damage_does_not_matter() {
    let desk = furnished(611);
    let dump = desk.store.dump().unwrap();
    desk.store.back_up().unwrap();
    let file = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    let path = desk.dir.path().join(backup::FOLDER).join(&file);
    let whole = fs::read(&path).unwrap();
    let shut = desk.store.close().unwrap();
    // One byte in each page in turn. An index is not read, so that damage to it does not matter.
    let (mut refused, mut restored) = (0, 0);
    for at in (100..whole.len()).step_by(4096) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        match shut.restore(None, &file, None) {
            Err(StoreError::BackupUnreadable) => refused += 1,
            Ok(_) => restored += 1,
            Err(error) => panic!("page {}: {error:?}", at / 4096),
        }
        let store = shut.open().unwrap().store;
        assert!(store.dump().unwrap() == dump, "page {}", at / 4096);
        // A rehearsal is stricter: it reads every page.
        let rehearsed = store.rehearse(BackupPlace::Here, &file, None);
        assert!(rehearsed.is_err() || !rehearsed.unwrap().sound(), "page {}", at / 4096);
        store.close().unwrap();
    }
    assert!(refused > restored, "{refused} refused, {restored} restored");
    // The end cut off.
    for len in [0, 100, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..len]).unwrap();
        let refused = shut.restore(None, &file, None);
        assert!(matches!(refused, Err(StoreError::BackupUnreadable)), "{len} bytes: {refused:?}");
    }
    let store = shut.open().unwrap().store;
    assert!(store.dump().unwrap() == dump);
    assert!(!desk.dir.path().join(RESTORING).exists());
}

#[test]
fn a_backup_without_its_vault_is_refused() {
    let desk = furnished(612);
    desk.store.back_up().unwrap();
    let file = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    fs::remove_file(desk.dir.path().join(backup::FOLDER).join(VAULT_NAME)).unwrap();
    let refused = desk.store.rehearse(BackupPlace::Here, &file, None);
    assert!(matches!(refused, Err(StoreError::BackupUnreadable)));
}

#[test]
fn a_rehearsal_proves_a_backup_and_leaves_nothing_behind() {
    let desk = furnished(613);
    let made = desk.store.back_up().unwrap();
    let before: Vec<_> = listing(desk.dir.path());
    let rehearsal = desk.store.rehearse(BackupPlace::Here, &made.backup.file, None).unwrap();
    assert!(rehearsal.sound(), "{:?}", rehearsal.faults);
    assert_eq!((rehearsal.residents, rehearsal.transfers, rehearsal.ledger_sum), (1, 1, 0));
    assert_eq!((rehearsal.files, rehearsal.files_missing), (1, 0));
    assert_eq!(listing(desk.dir.path()), before);
    assert!(desk.store.backup_notes().unwrap().rehearsed_at_ms.is_some());
    // A photo that was changed is missed.
    let photo = fs::read_dir(desk.dir.path().join("backup/files")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&photo).unwrap();
    bytes[7] ^= 1;
    fs::write(&photo, &bytes).unwrap();
    let rehearsal = desk.store.rehearse(BackupPlace::Here, &made.backup.file, None).unwrap();
    assert_eq!((rehearsal.files, rehearsal.files_missing), (0, 1));
}

fn listing(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_of_a_newer_program_is_refused_with_words() {
    let desk = furnished(614);
    let made = desk.store.back_up().unwrap();
    let path = desk.dir.path().join(backup::FOLDER).join(&made.backup.file);
    let conn = connect(&path, &desk.store.inner.key, Use::Write, false).unwrap();
    conn.pragma_update(None, "user_version", 9).unwrap();
    conn.close().unwrap();
    let refused = desk.store.rehearse(BackupPlace::Here, &made.backup.file, None);
    assert!(matches!(refused, Err(StoreError::NewerFile { found: 9, .. })));
}

#[test]
fn a_closed_store_refuses_every_clone() {
    let desk = furnished(615);
    let clone = desk.store.clone();
    let shut = desk.store.close().unwrap();
    assert!(matches!(clone.read(|r| r.users()), Err(StoreError::Closed)));
    let written = clone.write(desk.admin, |tx| tx.put_draft(desk.admin, "记分", "1", b"x"));
    assert!(matches!(written, Err(StoreError::Closed)));
    assert!(matches!(clone.back_up(), Err(StoreError::Closed)));
    assert!(matches!(clone.close(), Err(StoreError::Closed)));
    assert!(!desk.dir.path().join("town.db-wal").exists(), "the file is whole by itself");
    assert_eq!(shut.open().unwrap().store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn own_records_are_saved_from_a_damaged_file_as_far_as_they_can_be_read() {
    let desk = furnished(616);
    desk.store.back_up().unwrap();
    let later: Vec<_> = (0..40).map(|at| desk.resident(at, "李四", &format!("33021119900101{at:04}"))).collect();
    let ops = desk.count("SELECT count(*) FROM op");
    let shut = desk.store.close().unwrap();
    let path = desk.dir.path().join(DB_NAME);
    let whole = fs::read(&path).unwrap();
    let file = Store::backups(desk.dir.path()).unwrap()[0].file.clone();
    let mut most = 0;
    for page in (1..whole.len() / 4096).step_by(9) {
        let mut bytes = whole.clone();
        bytes[page * 4096 + 50] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let done = shut.restore(None, &file, None).unwrap();
        let store = shut.open().unwrap().store;
        assert_eq!(store.verify(None).unwrap().faults, Vec::<String>::new(), "page {page}");
        assert!(done.ops <= ops.unsigned_abs());
        most = most.max(done.carried);
        store.close().unwrap();
    }
    assert_eq!(most, later.len() as u64, "most pages hold nothing of the log");
}

/// Somebody who can sign in as `li`.
fn li(desk: &Desk) -> zhenxin_domain::ids::UserId {
    let credential = desk.store.prepare_credential("li", "autumn rice 3").unwrap();
    desk.write(|tx| {
        let draft = NewUser { name: "李四".to_owned(), sign_in_name: "li".to_owned(), ..NewUser::default() };
        let user = tx.add_user(&draft)?;
        tx.set_credential(user, &credential, false)?;
        Ok(user)
    })
}

#[test]
fn whom_the_keyring_answers_has_to_be_somebody_of_the_backup() {
    let desk = furnished(619);
    let li = li(&desk);
    desk.write(|tx| tx.change_user(li, UserChange { active: Some(false), ..UserChange::default() }));
    let file = desk.store.back_up().unwrap().backup.file;
    let dump = desk.store.dump().unwrap();
    let shut = desk.store.close().unwrap();
    fs::remove_file(desk.dir.path().join(DB_NAME)).unwrap();
    let restore = |name: &str, password: &str| {
        let key_file = KeyFile::load(desk.dir.path())?.unwrap();
        let claim = Claim::new(&key_file, name.to_owned(), password.to_owned(), &desk.ports)?;
        let (dir, key, ports) = (shut.dir.clone(), shut.key.clone(), shut.ports.clone());
        let claiming = ShutTown { dir, key, way: shut.way, ports, signed_in: None, claim: Some(claim) };
        claiming.restore(None, &file, None)
    };
    for (name, password) in [("wang", "wrong"), ("nobody", PASSWORD), ("li", "autumn rice 3"), ("", "")] {
        let refused = restore(name, password);
        assert!(matches!(refused, Err(StoreError::WrongPassword { .. })), "{name}: {refused:?}");
        assert!(!desk.dir.path().join(DB_NAME).exists() && !desk.dir.path().join(RESTORING).exists());
    }
    (0..3).for_each(|_| assert!(restore("wang", "wrong").is_err()));
    assert!(matches!(restore("wang", "wrong"), Err(StoreError::Locked { .. })));
    assert!(matches!(restore("wang", PASSWORD), Err(StoreError::Locked { .. })), "a guess is not asked for longer");
    desk.clock.advance(DAY_MS);
    restore("wang", PASSWORD).unwrap();
    assert!(shut.open().unwrap().store.dump().unwrap() == dump);
}

#[test]
fn an_account_that_another_pc_closed_stays_closed_before_the_district_is_asked() {
    let (a, b) = (Desk::new(620), Desk::new(621));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    let li = li(&a);
    orderer.push_keys(&a);
    orderer.settle(&[&a, &b], |_| false);
    orderer.pull_keys(&b);
    a.store.back_up().unwrap();
    b.write(|tx| tx.change_user(li, UserChange { active: Some(false), ..UserChange::default() }));
    orderer.settle(&[&a, &b], |_| false);
    let file = Store::backups(a.dir.path()).unwrap()[0].file.clone();
    let check = a.store.restore_check(BackupPlace::Here, &file).unwrap();
    assert_eq!((check.newer, check.carried, check.from_district, check.left_aside), (1, 1, 0, 0));
    let (a, done) = restored(a);
    assert_eq!(done.carried, 1);
    assert_eq!(a.count("SELECT count(*) FROM user WHERE active = 0"), 1, "nothing was fetched yet");
    assert_eq!(a.store.verify(None).unwrap().faults, Vec::<String>::new());
    let ops = a.count("SELECT count(*) FROM op");
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(a.count("SELECT count(*) FROM op WHERE status = 1"), ops, "known, not taken twice");
    assert!(a.store.dump().unwrap() == b.store.dump().unwrap());
    for desk in [&a, &b] {
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn a_file_that_another_program_has_open_is_neither_replaced_nor_moved_aside() {
    let desk = furnished(622);
    let file = desk.store.back_up().unwrap().backup.file;
    let window = crate::open::lock::FolderLock::shared(desk.dir.path()).unwrap();
    let shut = desk.store.close().unwrap();
    let path = desk.dir.path().join(DB_NAME);
    let before = fs::read(&path).unwrap();
    assert!(matches!(shut.restore(None, &file, None), Err(StoreError::InUse)));
    assert!(fs::read(&path).unwrap() == before && !desk.dir.path().join(aside::REPLACED).exists());
    let mut damaged = before.clone();
    damaged[20] ^= 0x40;
    fs::write(&path, &damaged).unwrap();
    assert!(matches!(shut.open(), Err(StoreError::InUse)));
    assert!(fs::read(&path).unwrap() == damaged);
    drop(window);
    assert!(matches!(shut.open(), Err(StoreError::Damaged { .. })));
    fs::write(&path, &before).unwrap();
    // A clone that nobody has let go of yet holds nothing: the store was closed.
    shut.restore(None, &file, None).unwrap();
    let open = shut.open().unwrap();
    assert!(matches!(shut.restore(None, &file, None), Err(StoreError::InUse)));
    drop(open);
}
