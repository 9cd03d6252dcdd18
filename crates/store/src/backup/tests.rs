#![allow(clippy::unwrap_used)]
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::proving::{Desk, batch};
use crate::{AwardDraft, AwardTo, EvidenceDraft, SecondOutcome};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A desk with people, points and a photo.
pub(crate) fn furnished(seed: u64) -> Desk {
    let desk = Desk::new(seed);
    let resident = desk.resident(0, "张监碶", "330211199001011234");
    let rule = desk.rule(5);
    desk.write(|tx| {
        let rows = vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 5 }];
        let photo = EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: vec![0x5a; 3_000] };
        let draft = crate::AwardBatch { evidence: vec![photo], ..batch(rule, rows) };
        tx.record_awards(draft)
    });
    let award = desk.award(resident, rule, 5);
    desk.approve(award);
    desk
}

fn shelf(desk: &Desk) -> PathBuf {
    desk.dir.path().join(FOLDER)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_holds_the_log_and_nothing_that_is_folded() {
    let desk = furnished(501);
    let made = desk.store.back_up().unwrap();
    assert_eq!(made.second, SecondOutcome::NotSet);
    let (log, manifest) = open_log(&shelf(&desk).join(&made.backup.file), &desk.store.inner.key).unwrap();
    assert_eq!(manifest.ops, desk.count("SELECT count(*) FROM op").unsigned_abs());
    assert_eq!((manifest.residents, manifest.transfers, manifest.files), (1, 1, 1));
    let held: Vec<String> = log
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for table in &held {
        assert!(table == "manifest" || crate::tables::BACKED.contains(&table.as_str()), "{table}");
    }
    // Whatever the file has of the tables that a backup names is in it.
    for table in crate::tables::named(&desk.store.writer(), "main", crate::tables::BACKED).unwrap() {
        assert!(held.contains(&table.name), "{} is missing", table.name);
    }
    assert_eq!(names(&shelf(&desk).join(FILES)).len(), 1);
    assert_eq!(Store::backups(desk.dir.path()).unwrap(), [made.backup]);
}

#[test]
fn nothing_in_a_backup_is_readable_without_the_key_and_no_log_holds_a_key_of_a_person() {
    let desk = furnished(502);
    desk.store.back_up().unwrap();
    let keys: Vec<Vec<u8>> =
        desk.sql(|conn| conn.prepare("SELECT wrapped FROM subject_key")?.query_map([], |row| row.get(0))?.collect());
    let mut seen = 0;
    for folder in [shelf(&desk), shelf(&desk).join(FILES)] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() || path.ends_with(crate::key::file::NAME) {
                continue;
            }
            seen += 1;
            let bytes = fs::read(&path).unwrap();
            let found = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            assert!(!bytes.starts_with(b"SQLite format 3"));
            assert!(!found("张监碶".as_bytes()) && !found(b"330211199001011234") && !found(&[0x5a; 64]));
        }
    }
    assert_eq!(seen, 3);
    // With the key of the file neither: only the vault's copy has them.
    let backups = Store::backups(desk.dir.path()).unwrap();
    let (log, _) = open_log(&shelf(&desk).join(&backups[0].file), &desk.store.inner.key).unwrap();
    for name in crate::tables::named(&log, "main", crate::tables::BACKED).unwrap() {
        let mut statement = log.prepare(&format!("SELECT * FROM \"{}\"", name.name)).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..width {
                let value: rusqlite::types::Value = row.get(at).unwrap();
                let bytes = match value {
                    rusqlite::types::Value::Blob(bytes) => bytes,
                    rusqlite::types::Value::Text(text) => text.into_bytes(),
                    _ => continue,
                };
                for key in &keys {
                    assert!(!bytes.windows(key.len()).any(|part| part == key), "{} holds a key", name.name);
                }
                assert!(!bytes.windows(9).any(|part| part == "张监碶".as_bytes()), "{} names a person", name.name);
            }
        }
    }
}

#[test]
fn people_work_on_while_a_backup_is_made_and_it_holds_one_moment() {
    let desk = furnished(503);
    let rule = desk.rule(7);
    let resident = desk.resident(1, "李四", "330211199001011242");
    std::thread::scope(|scope| {
        let backing = scope.spawn(|| (0..6).map(|_| desk.store.back_up().unwrap()).collect::<Vec<_>>());
        for _ in 0..60 {
            desk.award(resident, rule, 1);
        }
        backing.join().unwrap();
    });
    for backup in Store::backups(desk.dir.path()).unwrap() {
        let rehearsal = desk.store.rehearse(BackupPlace::Here, &backup.file, None).unwrap();
        assert_eq!(rehearsal.faults, Vec::<String>::new());
        assert_eq!(rehearsal.ops, rehearsal.manifest.ops);
    }
}

#[test]
fn the_rule_thins_backups_out_and_takes_their_photos_along() {
    let desk = furnished(504);
    desk.store.back_up().unwrap();
    let photo = names(&shelf(&desk).join(FILES));
    assert_eq!(photo.len(), 1);
    // The photo is taken out of the town; older backups name it on.
    desk.store
        .writer()
        .execute_batch("DELETE FROM evidence; DELETE FROM attachment; DELETE FROM attachment_lane")
        .unwrap();
    for _ in 0..6 {
        desk.clock.advance(DAY_MS);
        desk.store.back_up().unwrap();
    }
    assert_eq!(names(&shelf(&desk).join(FILES)), photo);
    for _ in 0..400 {
        desk.clock.advance(DAY_MS);
        desk.store.back_up().unwrap();
    }
    let lines = desk.store.backup_lines(BackupPlace::Here).unwrap();
    assert!(lines.len() <= zhenxin_domain::keeping::KEPT_MAX);
    assert!(lines.iter().all(|line| line.kept.is_some() && line.manifest.is_some()));
    assert!(names(&shelf(&desk).join(FILES)).is_empty(), "nobody names the photo any more");
}

#[test]
fn a_stick_gets_the_same_and_a_missing_one_stops_nothing() {
    let desk = furnished(505);
    let stick = TempDir::new().unwrap();
    desk.store.set_second_place(Some(stick.path())).unwrap();
    let made = desk.store.back_up().unwrap();
    assert_eq!(made.second, SecondOutcome::Copied);
    let there = folder_in(stick.path(), desk.store.town());
    assert_eq!(names(&there), ["files", "key.json", made.backup.file.as_str(), "vault.zxv"]);
    assert_eq!(names(&there.join(FILES)), names(&shelf(&desk).join(FILES)));
    assert!(desk.store.rehearse(BackupPlace::Second, &made.backup.file, None).unwrap().sound());
    // Whoever finds the stick has no password to guess at.
    let key_file = crate::key::file::KeyFile::load(&there).unwrap().unwrap();
    assert!(key_file.passwords.is_empty() && key_file.keyring.is_none() && key_file.recovery.is_some());
    let gone = stick.path().to_owned();
    drop(stick);
    assert!(!gone.exists());
    desk.clock.advance(DAY_MS);
    assert_eq!(desk.store.back_up().unwrap().second, SecondOutcome::Missing);
    assert!(matches!(desk.store.backup_lines(BackupPlace::Second), Err(StoreError::PlaceMissing)));
    assert_eq!(desk.store.backup_notes().unwrap().second, Some(gone));
}

#[test]
fn the_data_folder_is_no_second_place() {
    let desk = Desk::new(506);
    let inside = desk.dir.path().join("backup");
    fs::create_dir_all(&inside).unwrap();
    for folder in [desk.dir.path(), &inside] {
        assert!(matches!(desk.store.set_second_place(Some(folder)), Err(StoreError::Refused(_))));
    }
    assert!(matches!(desk.store.set_second_place(Some(Path::new("/nowhere"))), Err(StoreError::PlaceMissing)));
    let beside = TempDir::new().unwrap();
    desk.store.set_second_place(Some(beside.path())).unwrap();
    desk.store.set_second_place(None).unwrap();
    assert_eq!(desk.store.backup_notes().unwrap().second, None);
}

#[test]
fn what_a_crash_leaves_of_a_backup_is_swept_away() {
    let desk = furnished(507);
    desk.store.back_up().unwrap();
    let half = part::Part::new(shelf(&desk).join("log-9.zxl"), &desk.ports).unwrap();
    fs::write(half.path(), b"half").unwrap();
    std::mem::forget(half);
    assert_eq!(names(&shelf(&desk)).iter().filter(|name| name.ends_with(".part")).count(), 1);
    desk.clock.advance(DAY_MS);
    desk.store.back_up().unwrap();
    assert_eq!(names(&shelf(&desk)).iter().filter(|name| name.ends_with(".part")).count(), 0);
}

#[test]
fn whole_files_that_were_moved_aside_go_when_a_person_is_erased() {
    let desk = furnished(508);
    for folder in [aside::DAMAGED, aside::REPLACED] {
        fs::create_dir_all(desk.dir.path().join(folder)).unwrap();
        fs::write(desk.dir.path().join(folder).join("town-1.db"), b"a whole town").unwrap();
    }
    desk.store.back_up().unwrap();
    desk.store.replace_vault_copies().unwrap();
    assert!(!desk.dir.path().join(aside::DAMAGED).exists() && !desk.dir.path().join(aside::REPLACED).exists());
    assert_eq!(Store::backups(desk.dir.path()).unwrap().len(), 1);
}

#[test]
fn a_stick_that_missed_an_erasure_is_named_until_it_comes_back() {
    let desk = furnished(509);
    let (parent, name) = (TempDir::new().unwrap(), "stick");
    let stick = parent.path().join(name);
    fs::create_dir(&stick).unwrap();
    desk.store.set_second_place(Some(&stick)).unwrap();
    desk.store.back_up().unwrap();
    let away = parent.path().join("away");
    fs::rename(&stick, &away).unwrap();
    erase_somebody(&desk);
    desk.store.replace_vault_copies().unwrap();
    assert_eq!(desk.store.backup_notes().unwrap().second_lacks_erasures, 1);
    fs::rename(&away, &stick).unwrap();
    desk.store.replace_vault_copies().unwrap();
    assert_eq!(desk.store.backup_notes().unwrap().second_lacks_erasures, 0);
}

/// Destroys the key of the first resident, as an erasure does to the vault.
pub(crate) fn erase_somebody(desk: &Desk) {
    let sql = "UPDATE subject_key SET tombstone = 1, wrapped = x'' WHERE subject = (SELECT min(id) FROM resident)";
    assert_eq!(desk.store.writer().execute(sql, []).unwrap(), 1);
}

#[test]
fn every_photo_that_is_here_is_named_by_the_lane() {
    // A photo past the lane would be in no backup.
    let desk = furnished(510);
    desk.store.back_up().unwrap();
    let unnamed = "SELECT count(*) FROM attachment a
                   WHERE NOT EXISTS (SELECT 1 FROM attachment_lane l WHERE l.hash = a.hash AND l.blob IS NOT NULL)";
    assert_eq!((desk.count("SELECT count(*) FROM attachment"), desk.count(unnamed)), (1, 0));
}
