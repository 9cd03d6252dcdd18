//! What an erasure leaves in the files themselves: their pages, their gaps, backups of before.

use super::*;

#[test]
fn no_page_of_the_file_keeps_a_copy() {
    let desk = Desk::new(802);
    // Enough others that pages split while the person's row is moved about.
    let ids: Vec<String> = (0..400).map(|at| format!("33021119900101{at:04}")).collect();
    let names: Vec<String> = (0..400).map(|at| format!("某某{at}")).collect();
    let others = |from: usize, to: usize| -> Vec<ResidentDraft<'_>> {
        (from..to)
            .map(|at| {
                ResidentDraft::new(village(at))
                    .household_no("9")
                    .set(Field::Name, &names[at])
                    .set(Field::IdNumber, &ids[at])
            })
            .collect()
    };
    let first = desk.residents(&others(0, 200));
    let resident = person(&desk);
    history(&desk, resident, first[0]);
    desk.residents(&others(200, 400));
    let key: [u8; 32] = *desk.store.inner.key.as_bytes();
    let db = desk.dir.path().join("town.db");
    assert!(pages::holds(&pages::in_the_clear(&db, &key), NAME.as_bytes()), "the test can see it");
    erase(&desk, resident);
    assert!(desk.store.needs_scrub().unwrap());
    let dump = desk.store.dump().unwrap();
    assert!(desk.store.scrub().unwrap());
    assert!(!desk.store.needs_scrub().unwrap());
    let plain = pages::in_the_clear(&db, &key);
    for needle in NEEDLES {
        assert!(!pages::holds(&plain, needle.as_bytes()), "{needle} is on a page of the file");
    }
    assert!(desk.store.dump().unwrap() == dump, "writing the pages anew changed a row");
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}

/// A table whose rows change their lengths over and over, so that its pages are split and joined many times; then every
/// row with the name is deleted.
fn churn(desk: &Desk, seed: u64) {
    const ROWS: u64 = 600;
    const FIRST: [usize; 3] = [5, 60, 700];
    const THEN: [usize; 6] = [0, 3, 900, 1_500, 30, 200];
    const NAMES: [usize; 4] = [1, 1, 40, 100];
    let mut state = seed;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let conn = desk.store.writer();
    conn.execute_batch(&format!(
        "CREATE TABLE churn{seed} (id INTEGER PRIMARY KEY, name TEXT, address TEXT);
         CREATE INDEX churned{seed} ON churn{seed} (name);
         BEGIN"
    ))
    .unwrap();
    let insert = format!("INSERT INTO churn{seed} VALUES (?1, ?2, ?3)");
    for id in 0..ROWS {
        let other = format!("n{:05}", next(99_999)).repeat(NAMES[next(4) as usize]);
        let name = if id % 12 == 0 { NAME } else { &other };
        let address = "a".repeat(FIRST[next(3) as usize]);
        conn.execute(&insert, (id as i64, name, address)).unwrap();
    }
    let update = format!("UPDATE churn{seed} SET address = ?1 WHERE id = ?2");
    for _ in 0..3_000 {
        let address = "b".repeat(THEN[next(6) as usize]);
        conn.execute(&update, (address, next(ROWS) as i64)).unwrap();
    }
    conn.execute(&format!("DELETE FROM churn{seed} WHERE name = ?1"), [NAME]).unwrap();
    conn.execute_batch("COMMIT").unwrap();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[test]
fn copies_that_moved_rows_left_in_gaps_are_gone_after_the_pages_are_written_anew() {
    let desk = Desk::new(811);
    // About every second seed leaves a copy.
    (0..10).for_each(|seed| churn(&desk, seed));
    assert_eq!(texts_with(&desk, NAME), Vec::<String>::new());
    let key: [u8; 32] = *desk.store.inner.key.as_bytes();
    let db = desk.dir.path().join("town.db");
    // What makes the rest necessary: it is deleted, overwritten, and still there.
    assert!(pages::holds(&pages::in_the_clear(&db, &key), NAME.as_bytes()), "the test can see the gaps");
    let resident = person(&desk);
    desk.write(|tx| tx.erase_resident(resident, None, "court", &[]));
    assert!(desk.store.scrub().unwrap());
    assert!(!pages::holds(&pages::in_the_clear(&db, &key), NAME.as_bytes()));
}

/// Every file of a folder as somebody sees it who has the file's key: databases page by page, the rest as it lies.
fn whole_folder(folder: &std::path::Path, key: &[u8; 32]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(whole_folder(&path, key));
        } else if [".db", ".zxl", ".zxv"].iter().any(|ending| name.ends_with(ending)) {
            found.push((name, pages::in_the_clear(&path, key)));
        } else {
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
    found
}

#[test]
fn no_file_of_the_pc_and_no_backup_of_before_keeps_the_person() {
    let desk = Desk::new(812);
    let (resident, other) = (person(&desk), desk.resident(0, "张三", "330211199001011234"));
    history(&desk, resident, other);
    let wrapped = desk.store.dirty_keys(100).unwrap().into_iter().find(|row| row.subject == *resident.as_bytes());
    let wrapped = wrapped.unwrap().wrapped;
    desk.store.back_up().unwrap();
    let key: [u8; 32] = *desk.store.inner.key.as_bytes();
    let before = whole_folder(desk.dir.path(), &key);
    let holding = |files: &[(String, Vec<u8>)], needle: &[u8]| -> Vec<String> {
        files.iter().filter(|(_, bytes)| pages::holds(bytes, needle)).map(|(name, _)| name.clone()).collect()
    };
    assert!(!holding(&before, NAME.as_bytes()).is_empty(), "the test can see the name");
    assert!(holding(&before, &wrapped).iter().any(|name| name.ends_with(".zxv")), "and the key beside the backup");
    erase(&desk, resident);
    assert!(desk.store.scrub().unwrap());
    let after = whole_folder(desk.dir.path(), &key);
    assert!(after.iter().any(|(name, _)| name.ends_with(".zxl")), "the backup of before is still there");
    for needle in NEEDLES.iter().map(|needle| needle.as_bytes()).chain([wrapped.as_slice(), PHOTO]) {
        assert_eq!(holding(&after, needle), Vec::<String>::new(), "{:?}", String::from_utf8_lossy(needle));
    }
}

#[test]
fn an_erasure_is_not_done_before_the_last_copy_of_the_vault_is_new() {
    let desk = Desk::new(813);
    let resident = person(&desk);
    desk.store.back_up().unwrap();
    let vault = desk.dir.path().join("backup").join("vault.zxv");
    let former = std::fs::read(&vault).unwrap();
    erase(&desk, resident);
    // a disk that refuses, or an end of the program, just before the copy is replaced
    std::fs::remove_file(&vault).unwrap();
    std::fs::create_dir(&vault).unwrap();
    std::fs::write(vault.join("in the way"), b"").unwrap();
    assert!(desk.store.scrub().is_err());
    assert!(desk.store.needs_scrub().unwrap(), "it would never be tried again");
    std::fs::remove_dir_all(&vault).unwrap();
    std::fs::write(&vault, &former).unwrap();
    assert!(desk.store.scrub().unwrap());
    assert!(!desk.store.needs_scrub().unwrap() && std::fs::read(&vault).unwrap() != former);
}
