//! Backups and their restoring, also into the other kind of database.

use zhenxin_protocol::merkle::verify_consistency;
use zhenxin_protocol::wire::heads::ProvenHead;

use super::verification::filled;
use super::{Bench, accepted, stories};
use crate::fixture::{Author, NOW_MS, VILLAGE};
use crate::store::Store;
use crate::store::backup::{BackupError, Replace};

stories! {
    a_backup_comes_back_in_either_kind_of_database
    a_district_that_was_restored_takes_what_it_lacks
    a_changed_cut_or_foreign_backup_is_refused
}

fn a_backup_comes_back_in_either_kind_of_database(bench: Bench) {
    filled(&bench);
    let file = bench.dir.path().join("backup.zxd");
    let report = bench.store.backup(&file, NOW_MS).unwrap();
    assert_eq!(report.rows, bench.store.verify().unwrap().rows);
    assert_eq!(report.bytes, file.metadata().unwrap().len());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    for target in [bench.same_kind(), bench.other_kind()] {
        let before = target.store.lineage();
        let restored = target.store.restore(&file, Replace::No).unwrap();
        assert_eq!((restored.rows, restored.made_at_ms), (report.rows, NOW_MS));
        target.sound();
        assert_eq!(target.store.sign_key(), bench.store.sign_key());
        assert_eq!(target.store.seal_key(), bench.store.seal_key());
        // a new name for the history, and another process sees it
        assert!(target.store.lineage() != before && target.store.lineage() != bench.store.lineage());
        assert_eq!(target.beside().lineage(), target.store.lineage());
        let device = target.store.device_by_token(&[1; 32]).unwrap().unwrap();
        assert_eq!(target.pulled(&device), bench.pulled(&device));
        assert_eq!(target.store.towns().unwrap(), bench.store.towns().unwrap());
        let again = target.dir.path().join("again.zxd");
        assert_eq!(target.store.backup(&again, NOW_MS).unwrap().rows, report.rows);
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
