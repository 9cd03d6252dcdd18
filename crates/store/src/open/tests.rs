#![allow(clippy::unwrap_used)]
use std::fs;

use zhenxin_protocol::body::resident::Field;

use super::sign_in::SecondFactor;
use super::*;
use crate::UserChange;
use crate::proving::{Desk, Orderer, PASSWORD, options, ports, village};

fn with_password(password: &str) -> Unlock {
    Unlock::Password { sign_in_name: " Wang ".to_owned(), password: password.to_owned() }
}

/// Nobody here has a second factor.
fn no_code(_: UserId, _: &str) -> SecondFactor {
    SecondFactor::Wrong
}

/// The folder of a desk whose store is closed.
fn closed(desk: Desk) -> (tempfile::TempDir, Ports, std::sync::Arc<crate::proving::FakeClock>, String) {
    let Desk { dir, ports, clock, recovery_key, store, .. } = desk;
    drop(store);
    (dir, ports, clock, recovery_key)
}

#[test]
fn a_new_town_opens_again_with_the_password_and_knows_who_came() {
    let desk = Desk::new(21);
    let (admin, device) = (desk.admin, desk.store.device());
    assert_eq!(desk.store.key_way(), KeyWay::Password);
    let resident = desk.resident(0, "张监碶", "330211199001011234");
    let digest = desk.store.digest().unwrap();
    let (dir, ports, ..) = closed(desk);
    assert_eq!(Store::dir_state(dir.path()).unwrap(), DirState::Password);
    let opened = Store::open(dir.path(), with_password(PASSWORD), &ports).unwrap();
    assert_eq!(opened.user, Some(admin));
    assert_eq!(opened.store.device(), device);
    assert_eq!(opened.store.digest().unwrap(), digest);
    let row = opened.store.read(|r| r.resident(resident)).unwrap().unwrap();
    assert_eq!(row.name.as_deref(), Some("张监碶"));
    assert_eq!(opened.store.sign_in("wang", PASSWORD, no_code).unwrap(), admin);
}

#[test]
fn the_first_operations_are_the_town_and_its_administrator() {
    let desk = Desk::new(22);
    let kinds: Vec<String> =
        desk.sql(|conn| conn.prepare("SELECT kind FROM op ORDER BY seq")?.query_map([], |row| row.get(0))?.collect());
    assert_eq!(kinds, ["town.opened", "user.added", "user.credential"]);
    let users = desk.store.read(|r| r.users()).unwrap();
    assert_eq!(users[0].name.as_deref(), Some("王经办"));
    assert_eq!(users[0].sign_in_name.as_deref(), Some("wang"));
}

#[test]
fn a_folder_is_made_into_a_town_once() {
    let desk = Desk::new(23);
    let again = Store::create(desk.dir.path(), options(), &desk.ports);
    assert!(matches!(again, Err(StoreError::TownExists)));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Store::dir_state(&empty.path().join("not there")).unwrap(), DirState::Empty);
    assert!(matches!(Store::open(empty.path(), with_password(PASSWORD), &desk.ports), Err(StoreError::NoTown)));
}

#[test]
fn a_creation_that_was_cut_off_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(DB_NEW_NAME), b"half").unwrap();
    let (ports, _) = ports(24);
    let created = Store::create(dir.path(), options(), &ports).unwrap();
    let (key_file, db) = (dir.path().join("key.json"), dir.path().join(DB_NAME));
    drop(created);
    // As if the crash had come between the two files.
    fs::rename(&db, dir.path().join(DB_NEW_NAME)).unwrap();
    assert!(key_file.exists());
    assert_eq!(Store::dir_state(dir.path()).unwrap(), DirState::Empty);
    Store::create(dir.path(), options(), &ports).unwrap();
}

#[test]
fn five_wrong_passwords_lock_and_each_further_one_for_twice_as_long() {
    let (dir, ports, clock, _) = closed(Desk::new(25));
    let attempt = |password: &str| Store::open(dir.path(), with_password(password), &ports);
    for left in (1..5).rev() {
        assert!(matches!(attempt("wrong"), Err(StoreError::WrongPassword { left: found }) if found == left));
    }
    for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert!(matches!(attempt("wrong"), Err(StoreError::Locked { minutes }) if minutes == expected), "{expected}");
        assert!(matches!(attempt(PASSWORD), Err(StoreError::Locked { .. })));
        clock.advance(i64::from(expected) * 60_000 - 1);
        assert!(matches!(attempt(PASSWORD), Err(StoreError::Locked { minutes: 1 })));
        clock.advance(1);
    }
    // Opening the file is not yet a sign-in.
    let store = attempt(PASSWORD).unwrap().store;
    assert!(matches!(attempt("wrong"), Err(StoreError::Locked { minutes: 60 })));
    clock.advance(60 * 60_000);
    store.sign_in("wang", PASSWORD, no_code).unwrap();
    drop(store);
    // The count begins anew.
    assert!(matches!(attempt("wrong"), Err(StoreError::WrongPassword { left: 4 })));
}

#[test]
fn the_lockout_holds_at_an_open_file_too() {
    let desk = Desk::new(26);
    for _ in 0..4 {
        assert!(matches!(desk.store.sign_in("wang", "wrong", no_code), Err(StoreError::WrongPassword { .. })));
    }
    assert!(matches!(desk.store.sign_in("wang", "wrong", no_code), Err(StoreError::Locked { .. })));
    assert!(matches!(desk.store.sign_in("wang", PASSWORD, no_code), Err(StoreError::Locked { .. })));
    assert!(matches!(desk.store.sign_in("nobody", PASSWORD, no_code), Err(StoreError::WrongPassword { .. })));
}

#[test]
fn the_recovery_key_opens_and_a_new_one_replaces_it_when_it_is_confirmed() {
    let desk = Desk::new(27);
    desk.store.back_up().unwrap();
    let fresh = desk.store.new_recovery_key(|_| Ok::<_, StoreError>(())).unwrap().to_string();
    let former = desk.recovery_key.clone();
    let opens = |desk: &Desk, text: &str| {
        let beside = desk.dir.path().join(crate::backup::FOLDER);
        let text = Zeroizing::new(text.to_owned());
        [desk.dir.path(), &beside].map(|dir| {
            let file = crate::key::file::KeyFile::load(dir).unwrap().unwrap();
            crate::key::open_with_recovery(&file, &text).is_ok()
        })
    };
    assert_eq!(
        (opens(&desk, &former), opens(&desk, &fresh)),
        ([true; 2], [true; 2]),
        "nobody may have seen the new one"
    );
    desk.store.confirm_recovery_key().unwrap();
    desk.store.confirm_recovery_key().unwrap();
    assert_eq!((opens(&desk, &former), opens(&desk, &fresh)), ([false; 2], [true; 2]));
    let (dir, ports, _, former) = closed(desk);
    let open = |text: String| Store::open(dir.path(), Unlock::Recovery(text), &ports);
    assert!(matches!(open(former), Err(StoreError::WrongRecovery)));
    let opened = open(fresh).unwrap();
    assert_eq!(opened.user, None);
}

#[test]
fn a_new_recovery_key_that_could_not_be_marked_or_copied_leaves_the_former_one() {
    let desk = Desk::new(29);
    let before = std::fs::read(desk.dir.path().join("key.json")).unwrap();
    let failed = desk.store.new_recovery_key(|_| Err(StoreError::Busy));
    assert!(matches!(failed, Err(StoreError::Busy)));
    assert_eq!(std::fs::read(desk.dir.path().join("key.json")).unwrap(), before);
    desk.store.back_up().unwrap();
    // A folder where the copy should be: it cannot be replaced.
    let copy = desk.dir.path().join("backup/key.json");
    std::fs::remove_file(&copy).unwrap();
    std::fs::create_dir_all(copy.join("in the way")).unwrap();
    assert!(matches!(desk.store.new_recovery_key(|_| Ok(())), Err(StoreError::Io(_))));
    let (dir, ports, _, former) = closed(desk);
    assert!(Store::open(dir.path(), Unlock::Recovery(former), &ports).is_ok());
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    let desk = Desk::new(28);
    let credential = desk.store.prepare_credential("wang", "another 99").unwrap();
    desk.write(|tx| tx.set_credential(desk.admin, &credential, false));
    let (dir, ports, ..) = closed(desk);
    assert!(matches!(Store::open(dir.path(), with_password(PASSWORD), &ports), Err(StoreError::WrongPassword { .. })));
    assert!(Store::open(dir.path(), with_password("another 99"), &ports).is_ok());
}

fn named_li() -> NewUser {
    NewUser { name: "李村官".to_owned(), sign_in_name: "li".to_owned(), duties: 1, ..NewUser::default() }
}

/// What two desks hold is one: the first's operations and keys at the second.
#[test]
fn an_account_of_another_pc_signs_in_here_and_gets_its_slot_then() {
    let (first, second) = (Desk::new(34), Desk::new(35));
    let credential = first.store.prepare_credential("li", "autumn rice 3").unwrap();
    let li = first.write(|tx| {
        let user = tx.add_user(&named_li())?;
        tx.set_credential(user, &credential, false)?;
        Ok(user)
    });
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&first, &second]);
    [&first, &second].iter().for_each(|desk| orderer.push_keys(desk));
    orderer.settle(&[&first, &second], |_| false);
    orderer.pull_keys(&second);
    assert_eq!(second.store.sign_in("li", "autumn rice 3", no_code).unwrap(), li);
    let (dir, ports, ..) = closed(second);
    let unlock = Unlock::Password { sign_in_name: "li".to_owned(), password: "autumn rice 3".to_owned() };
    assert_eq!(Store::open(dir.path(), unlock, &ports).unwrap().user, Some(li));
}

#[test]
fn a_code_counts_like_a_password_and_its_absence_does_not() {
    let desk = Desk::new(36);
    desk.write(|tx| tx.set_second_factor(desk.admin, Some("JBSWY3DPEHPK3PXP")));
    let judge = |answer: SecondFactor| {
        desk.store.sign_in("wang", PASSWORD, move |_, secret| {
            assert_eq!(secret, "JBSWY3DPEHPK3PXP");
            answer
        })
    };
    for _ in 0..6 {
        assert!(matches!(judge(SecondFactor::Missing), Err(StoreError::CodeMissing)));
    }
    for _ in 0..4 {
        assert!(matches!(judge(SecondFactor::Wrong), Err(StoreError::WrongPassword { .. })));
    }
    assert_eq!(judge(SecondFactor::Right { step: 1 }).unwrap(), desk.admin);
    // with the second factor gone nobody is asked
    desk.write(|tx| tx.set_second_factor(desk.admin, None));
    assert_eq!(desk.store.sign_in("wang", PASSWORD, no_code).unwrap(), desk.admin);
}

#[test]
fn a_code_is_good_once_also_after_the_file_was_closed_and_opened() {
    let desk = Desk::new(38);
    desk.write(|tx| tx.set_second_factor(desk.admin, Some("JBSWY3DPEHPK3PXP")));
    let sign_in = |store: &Store, step: i64| store.sign_in("wang", PASSWORD, move |_, _| SecondFactor::Right { step });
    assert!(desk.store.take_code(desk.admin, 6).unwrap());
    assert!(matches!(sign_in(&desk.store, 6), Err(StoreError::WrongPassword { left: 4 })), "taken at the set-up");
    assert_eq!(sign_in(&desk.store, 7).unwrap(), desk.admin);
    let (dir, ports, ..) = closed(desk);
    let store = Store::open(dir.path(), with_password(PASSWORD), &ports).unwrap().store;
    for step in [6, 7] {
        assert!(matches!(sign_in(&store, step), Err(StoreError::WrongPassword { .. })), "{step}");
    }
    assert!(sign_in(&store, 8).is_ok());
    let file = KeyFile::load(dir.path()).unwrap().unwrap();
    let text = file.to_text().unwrap();
    assert!(text.contains("codes") && text != file.for_a_stick().to_text().unwrap());
}

#[test]
fn made_up_names_make_nobodys_lockout_forgotten() {
    let desk = Desk::new(39);
    let wrong = |name: &str| desk.store.sign_in(name, "wrong", no_code).unwrap_err();
    for _ in 0..4 {
        assert!(matches!(wrong("wang"), StoreError::WrongPassword { .. }));
    }
    let made_up = |from: u32| (from..from + 210).for_each(|at| drop(wrong(&format!("nobody{at}"))));
    made_up(0);
    assert!(matches!(wrong("wang"), StoreError::Locked { minutes: 1 }));
    made_up(1_000);
    assert!(matches!(desk.store.sign_in("wang", PASSWORD, no_code), Err(StoreError::Locked { .. })));
    let counted = KeyFile::load(desk.dir.path()).unwrap().unwrap().attempts.len();
    assert_eq!(counted, 201, "and they are not counted without end");
}

#[test]
fn the_only_user_is_counted_once_whether_named_or_not() {
    let desk = Desk::new(40);
    for name in ["wang", "", "  ", " WANG"] {
        assert!(matches!(desk.store.sign_in(name, "wrong", no_code), Err(StoreError::WrongPassword { .. })), "{name}");
    }
    assert!(matches!(desk.store.sign_in("wang", "wrong", no_code), Err(StoreError::Locked { .. })));
    let open = |sign_in_name: &str| {
        let unlock = Unlock::Password { sign_in_name: sign_in_name.to_owned(), password: PASSWORD.to_owned() };
        Store::open(desk.dir.path(), unlock, &desk.ports)
    };
    for name in ["wang", "", "  "] {
        assert!(matches!(open(name), Err(StoreError::Locked { .. })), "{name}");
        assert!(matches!(desk.store.sign_in(name, PASSWORD, no_code), Err(StoreError::Locked { .. })), "{name}");
    }
}

#[test]
fn a_closed_account_opens_the_file_no_more() {
    let desk = Desk::new(37);
    let credential = desk.store.prepare_credential("li", "autumn rice 3").unwrap();
    let li = desk.write(|tx| {
        let user = tx.add_user(&named_li())?;
        tx.set_credential(user, &credential, false)?;
        Ok(user)
    });
    let change = UserChange { active: Some(false), ..UserChange::default() };
    desk.write(|tx| tx.change_user(li, change));
    desk.store.sign_in("wang", PASSWORD, no_code).unwrap();
    let (dir, ports, ..) = closed(desk);
    let unlock = Unlock::Password { sign_in_name: "li".to_owned(), password: "autumn rice 3".to_owned() };
    assert!(matches!(Store::open(dir.path(), unlock, &ports), Err(StoreError::WrongPassword { .. })));
}

#[test]
fn a_second_user_opens_with_a_password_of_their_own() {
    let desk = Desk::new(29);
    let credential = desk.store.prepare_credential("li", "autumn rice 3").unwrap();
    let li = desk.write(|tx| {
        let user = tx.add_user(&named_li())?;
        tx.set_credential(user, &credential, true)?;
        Ok(user)
    });
    let row = desk.store.read(|r| r.user(li)).unwrap().unwrap();
    assert!(row.credential.unwrap().must_change);
    let taken = NewUser { sign_in_name: " LI ".to_owned(), ..named_li() };
    let refused = desk.store.write(desk.admin, |tx| tx.add_user(&taken));
    assert!(matches!(refused, Err(StoreError::SignInTaken)));
    let (dir, ports, ..) = closed(desk);
    let unlock = Unlock::Password { sign_in_name: "li".to_owned(), password: "autumn rice 3".to_owned() };
    assert_eq!(Store::open(dir.path(), unlock, &ports).unwrap().user, Some(li));
}

#[test]
fn a_damaged_file_is_moved_aside_and_a_backup_takes_its_place() {
    let desk = Desk::new(30);
    desk.resident(0, "张三", "330211199001011234");
    let digest = desk.store.digest().unwrap();
    desk.store.back_up().unwrap();
    let (dir, ports, ..) = closed(desk);
    let path = dir.path().join(DB_NAME);
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let Err(StoreError::Damaged { moved_to }) = Store::open(dir.path(), with_password(PASSWORD), &ports) else {
        panic!("a damaged file was opened");
    };
    assert_eq!(fs::read(dir.path().join(&moved_to)).unwrap(), bytes);
    assert_eq!(Store::dir_state(dir.path()).unwrap(), DirState::Damaged);
    assert!(matches!(Store::open(dir.path(), with_password(PASSWORD), &ports), Err(StoreError::FileMissing)));
    let backups = Store::backups(dir.path()).unwrap();
    let shut = Store::unlock(dir.path(), with_password(PASSWORD), &ports).unwrap();
    let done = shut.restore(None, &backups[0].file, None).unwrap();
    assert_eq!(done.moved_to, None);
    let opened = Store::open(dir.path(), with_password(PASSWORD), &ports).unwrap();
    assert_eq!(opened.store.digest().unwrap(), digest);
    assert!(dir.path().join(&moved_to).exists(), "moved aside, never deleted");
}

#[test]
fn a_lost_end_and_a_suspected_page_are_found_at_the_next_opening() {
    let (dir, ports, ..) = closed(Desk::new(34));
    let path = dir.path().join(DB_NAME);
    let whole = fs::read(&path).unwrap();
    let open = || Store::open(dir.path(), with_password(PASSWORD), &ports);
    fs::write(&path, &whole[..whole.len() - 4096]).unwrap();
    assert!(matches!(open(), Err(StoreError::Damaged { .. })), "its end is lost");
    // A page in the middle does not check; nobody has read it at the opening.
    let mut bytes = whole.clone();
    let middle = whole.len() / 8192 * 4096 + 9;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let store = open().unwrap().store;
    let found = store.verify(None);
    assert!(found.as_ref().is_ok_and(|report| !report.sound()) || matches!(found, Err(StoreError::Corrupt(_))));
    store.suspect().unwrap();
    drop((store, found));
    assert!(matches!(open(), Err(StoreError::Damaged { .. })));
    assert!(!dir.path().join("suspect").exists());
    fs::write(&path, &whole).unwrap();
    let store = open().unwrap().store;
    store.suspect().unwrap();
    drop(store);
    assert!(open().unwrap().store.verify(None).unwrap().sound(), "a sound file is only read through");
    assert!(!dir.path().join("suspect").exists());
}

/// SQLite compares the file with its first page, but not where the write-ahead log says how long it is.
#[test]
fn a_lost_end_is_found_where_the_last_change_still_lies_in_the_log() {
    let desk = Desk::new(35);
    let name = |_| crate::ResidentDraft::new(village(0)).set(Field::Name, "张三");
    desk.residents(&(0..200).map(name).collect::<Vec<_>>());
    desk.store.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    desk.store.write_arrived(|log| Ok(log.conn.execute("UPDATE op SET branch = 0 WHERE seq = 1", [])?)).unwrap();
    // the machine stops here: nothing is closed
    let left = tempfile::tempdir().unwrap();
    for file in fs::read_dir(desk.dir.path()).unwrap().map(|file| file.unwrap()) {
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
        }
    }
    let length = |name: &str| fs::metadata(left.path().join(name)).unwrap().len();
    let (whole, wal) = (length(DB_NAME), length(&format!("{DB_NAME}-wal")));
    assert!(wal > 0 && wal < whole / 4, "{wal} of {whole}");
    let path = left.path().join(DB_NAME);
    let cut = |bytes: u64| fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(whole - bytes).unwrap();
    cut((wal / 4096 + 2) * 4096);
    let opened = Store::open(left.path(), with_password(PASSWORD), &desk.ports);
    assert!(matches!(opened, Err(StoreError::Damaged { .. })));
}

#[test]
fn nothing_on_the_disk_is_readable() {
    let desk = Desk::new(31);
    desk.resident(0, "张监碶", "330211199001011234");
    let resident = desk.resident(1, "欧阳娜娜", "330211198507074321");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    desk.review(award, crate::Review::SendBack { reason: "照片里不是欧阳娜娜".to_owned() });
    let (dir, ..) = closed(desk);
    let secrets = ["张监碶", "欧阳娜娜", "330211199001011234", "13800001234", "思源社区", "王经办", "wang", PASSWORD];
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3"));
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds a secret in the clear", path.display());
        }
    }
    let plain = rusqlite::Connection::open(dir.path().join(DB_NAME)).unwrap();
    assert!(plain.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).is_err());
}

#[test]
fn the_log_holds_no_personal_value_in_the_clear() {
    let desk = Desk::new(32);
    let resident = desk.resident(0, "张监碶", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    desk.review(award, crate::Review::SendBack { reason: "请张监碶补照片".to_owned() });
    let ops: Vec<Vec<u8>> =
        desk.sql(|conn| conn.prepare("SELECT bytes FROM op")?.query_map([], |row| row.get(0))?.collect());
    for secret in ["张监碶", "330211199001011234", "13800001234", "思源社区", "王经办", "清洁家园"] {
        // The rule's own text is public and in the clear; the activity's name is not.
        let clear = ops.iter().filter(|op| op.windows(secret.len()).any(|part| part == secret.as_bytes())).count();
        assert_eq!(clear, usize::from(secret == "清洁家园"), "{secret}");
    }
}

#[test]
fn a_panic_inside_a_transaction_leaves_nothing_and_blocks_nobody() {
    let desk = Desk::new(33);
    let before = desk.store.digest().unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = desk.store.write(desk.admin, |tx| -> Result<(), StoreError> {
            tx.record_rules(&[crate::proving::rule(5)], None)?;
            panic!("as a fault of the program would");
        });
    }));
    assert!(caught.is_err());
    assert_eq!(desk.store.digest().unwrap(), before);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    desk.rule(5);
    // the same after the file was closed and opened
    let (dir, ports, _, _) = closed(desk);
    let store = Store::open(dir.path(), with_password(PASSWORD), &ports).unwrap().store;
    assert_ne!(store.digest().unwrap(), before);
    assert_eq!(store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn what_was_refused_while_the_file_was_closed_is_in_the_audit_once_it_is_open() {
    let (dir, ports, clock, recovery_key) = closed(Desk::new(31));
    let at = ports.clock.now_ms();
    for _ in 0..2 {
        assert!(matches!(Store::open(dir.path(), with_password("x"), &ports), Err(StoreError::WrongPassword { .. })));
        clock.advance(1_000);
    }
    let other = Desk::new(32).recovery_key;
    assert!(matches!(Store::open(dir.path(), Unlock::Recovery(other), &ports), Err(StoreError::WrongRecovery)));
    let rows = |unlock: Unlock| {
        let store = Store::open(dir.path(), unlock, &ports).unwrap().store;
        assert_eq!(store.check_audit().unwrap().faults, vec![]);
        let page = store.read(|r| r.audit(&crate::AuditFilter::default(), 0, 10)).unwrap();
        page.rows.into_iter().map(|row| (row.action, row.outcome, row.detail, row.user)).collect::<Vec<_>>()
    };
    let noted = rows(Unlock::Recovery(recovery_key));
    let row = |action: &str, detail: String| (action.to_owned(), "wrong_password".to_owned(), detail, None);
    assert_eq!(
        noted,
        [
            row("recover", format!("closed×1 times={}", at + 2_000)),
            row("sign_in", format!("closed×2 times={at}+{}", at + 1_000)),
        ]
    );
    assert_eq!(rows(with_password(PASSWORD)), noted, "said once");
    let key_file = std::fs::read_to_string(dir.path().join("key.json")).unwrap();
    assert!(!key_file.contains("wang"), "nobody is named there");
}
