//! Files of the data folder and of a backup, as a stick or a neighbour's hand gives them back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rusqlite::Connection;
use rusqlite::types::Value;
use zhenxin_app::{SystemClock, SystemIds};
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_store::{BackupPlace, IdSource, Ports, Store, StoreError, Unlock};

use super::tables::in_words;
use super::{Target, Verdict, mutation};
use crate::desk::Desk;
use crate::pc::PASSWORD;
use crate::sim::chance::Chance;
use crate::sim::template::copy_dir;

/// Key of the snapshots here.
const SNAPSHOT_KEY: [u8; 32] = [5; 32];
/// The byte before the number of the changes to make behind the encryption.
const BEHIND: u8 = b'C';
/// The byte before bytes as they are.
const AS_THEY_ARE: u8 = b'R';

fn unlock() -> Unlock {
    Unlock::Password { sign_in_name: "admin".to_owned(), password: PASSWORD.to_owned() }
}

/// A refusal of the store, in words; a fault of SQL is one as well, since the bytes are SQL's.
fn judged<T>(result: &Result<T, StoreError>) -> Result<Verdict, String> {
    if let Err(fault) = result {
        in_words(&fault.to_string())?;
    }
    Ok(Verdict::of(result))
}

pub fn key_file(folder: &Path) -> Result<Target> {
    let desk = Desk::found("甲机")?;
    let samples = vec![fs::read(desk.dir().join("key.json"))?];
    let home = folder.join("key-file");
    copy_dir(desk.dir(), &home)?;
    let ports = desk.ports.clone();
    let run = move |bytes: &[u8]| {
        fs::write(home.join("key.json"), bytes).map_err(|error| error.to_string())?;
        judged(&Store::dir_state(&home))?;
        let opened = Store::open(&home, unlock(), &ports);
        if let Ok(opened) = &opened {
            opened.store.close().map_err(|error| error.to_string())?;
        }
        judged(&opened)
    };
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

/// Changes either the bytes of a file or, by a number that stands in their place, cells behind the encryption.
fn either_side(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    if chance.hit(700) {
        return [&[BEHIND][..], &chance.draw().to_le_bytes()].concat();
    }
    let mut raw = mutation::sample(chance, samples);
    // the mark stays, the rest changes
    let mut rest = raw.split_off(1);
    mutation::change(chance, &mut rest, &[]);
    raw.extend(rest);
    raw
}

/// A file with its encryption key, changed cell by cell.
struct Cells<'c> {
    path: &'c Path,
    pragma: String,
}

impl Cells<'_> {
    /// Some cells of some tables become something else; statements that the tables refuse change nothing.
    fn change(&self, chance: &mut Chance) -> Result<()> {
        let conn = Connection::open(self.path)?;
        conn.pragma_update(None, "key", &self.pragma)?;
        conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA journal_mode = DELETE")?;
        let tables: Vec<String> = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        // what keeps rows as they were is no protection against whoever holds the key
        let triggers: Vec<String> = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for trigger in triggers {
            conn.execute_batch(&format!("DROP TRIGGER \"{trigger}\""))?;
        }
        let mut made = 0;
        for _ in 0..40 {
            let table = chance.pick(&tables).context("no tables")?;
            made += u64::from(one_cell(&conn, table, chance)?);
            if made > chance.below(3) {
                break;
            }
        }
        Ok(())
    }
}

/// Changes a cell, or takes a row away; false where the table is empty or refuses it.
fn one_cell(conn: &Connection, table: &str, chance: &mut Chance) -> Result<bool> {
    let columns: Vec<String> = conn
        .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let column = chance.pick(&columns).context("no columns")?;
    let rows: i64 = conn.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0))?;
    let place = format!("LIMIT 1 OFFSET {}", chance.below(rows.unsigned_abs()));
    if rows == 0 {
        return Ok(false);
    }
    let here = format!("WHERE (\"{}\") = (SELECT \"{0}\" FROM \"{table}\" {place})", columns[0]);
    if chance.hit(60) {
        return Ok(conn.execute(&format!("DELETE FROM \"{table}\" {here}"), []).is_ok());
    }
    let present: Value =
        conn.query_row(&format!("SELECT \"{column}\" FROM \"{table}\" {place}"), [], |row| row.get(0))?;
    let other = changed(present, chance);
    Ok(conn.execute(&format!("UPDATE \"{table}\" SET \"{column}\" = ?1 {here}"), [other]).is_ok())
}

fn changed(present: Value, chance: &mut Chance) -> Value {
    const WHOLE: [i64; 7] = [0, -1, 1, i64::MAX, i64::MIN, 1 << 40, 255];
    match present {
        Value::Null => Value::Blob(vec![0; 16]),
        Value::Integer(number) if chance.hit(500) => Value::Integer(number.wrapping_add(1)),
        Value::Integer(_) | Value::Real(_) => Value::Integer(chance.pick(&WHOLE).copied().unwrap_or(0)),
        Value::Text(text) => {
            let bytes = mutation::bytes(chance, &[text.into_bytes()]);
            Value::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
        Value::Blob(bytes) => Value::Blob(mutation::bytes(chance, &[bytes])),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lays a case out as a file: changed cells of the model, or the bytes themselves.
fn lay_out(case: &[u8], model: &Path, path: &Path, pragma: &str) -> Result<()> {
    match case.split_first() {
        Some((&BEHIND, rest)) => {
            fs::copy(model, path)?;
            let number = rest.first_chunk().copied().map_or(0, u64::from_le_bytes);
            Cells { path, pragma: pragma.to_owned() }.change(&mut Chance::of(number))
        }
        Some((_, raw)) => Ok(fs::write(path, raw)?),
        None => Ok(fs::write(path, [])?),
    }
}

fn marked(file: &Path) -> Result<Vec<u8>> {
    Ok([&[AS_THEY_ARE][..], &fs::read(file)?].concat())
}

/// A town whose operations the district has ordered, and a desk that may take a snapshot of it.
struct Ordered {
    desk: Desk,
    taker: Desk,
    model: PathBuf,
    heads: Vec<ScopeHead>,
}

fn ordered(folder: &Path) -> Result<Ordered> {
    let config = zhenxin_district::Config::local(folder.join("district"));
    fs::create_dir_all(&config.data_dir)?;
    let district = zhenxin_district::District::start(&config)?;
    let ca_pem = fs::read_to_string(district.ca_pem().context("no authority")?)?;
    let (desk, taker) = (Desk::found("甲机")?, Desk::found("乙机")?);
    for one in [&desk, &taker] {
        let code = crate::district::code(&config.data_dir, crate::pc::TOWN, &[])?;
        one.enrol(&district.url(), &code, &ca_pem)?;
    }
    let people = desk.residents(12)?;
    let rule = desk.rule()?;
    desk.award("清洁家园", rule, &people[..6])?;
    for one in [&desk, &taker, &desk, &taker] {
        one.sync()?;
    }
    let model = folder.join("model.snapshot");
    let made = desk.store.snapshot_out(&model, &SNAPSHOT_KEY)?;
    district.stop()?;
    Ok(Ordered { desk, taker, model, heads: made.heads })
}

pub fn snapshot(folder: &Path) -> Result<Target> {
    let Ordered { desk, taker, model, heads } = ordered(folder)?;
    let samples = vec![marked(&model)?];
    let path = folder.join("case.snapshot");
    let pragma = format!("x'{}'", hex(&SNAPSHOT_KEY));
    let mut number = 0;
    let run = move |case: &[u8]| {
        // as wholes: their folders go with them
        let (desk, taker) = (&desk, &taker);
        lay_out(case, &model, &path, &pragma).map_err(|error| format!("laying out: {error:#}"))?;
        let taken = taker.store.snapshot_in(&path, &SNAPSHOT_KEY, &heads);
        number += 1;
        // whatever was taken or refused, the file answers, and its own history is whole
        let counts = taker.store.read(|reader| reader.op_counts()).map_err(|error| error.to_string())?;
        if counts.total < desk.store.read(|reader| reader.op_counts()).map_err(|error| error.to_string())?.accepted {
            return Err("operations are gone".to_owned());
        }
        if number % 8 == 0 {
            taker.store.verify(None).map_err(|error| format!("verify: {error}"))?;
        }
        judged(&taken)
    };
    Ok(Target { samples, change: either_side, run: Box::new(run) })
}

/// Randomness that remembers what may be a key.
#[derive(Default)]
struct Noting {
    ids: SystemIds,
    noted: Mutex<Vec<[u8; 32]>>,
}

impl IdSource for Noting {
    fn fill(&self, bytes: &mut [u8]) {
        self.ids.fill(bytes);
        if let Ok(key) = <[u8; 32]>::try_from(&*bytes) {
            self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        }
    }
}

pub fn backup(folder: &Path) -> Result<Target> {
    let ids = Arc::new(Noting::default());
    let ports = Ports { clock: Arc::new(SystemClock), ids: Arc::clone(&ids) as Arc<dyn IdSource> };
    let desk = Desk::found_with(tempfile::tempdir()?, "甲机", ports)?;
    let people = desk.residents(12)?;
    let rule = desk.rule()?;
    desk.award("清洁家园", rule, &people[..6])?;
    let made = desk.store.back_up()?.backup.file;
    let shelf = desk.store.backup_folder(BackupPlace::Here)?;
    let (log, vault) = (shelf.join(&made), shelf.join("vault.zxv"));
    // not beside the backups, where whatever is none is swept away
    let (log_model, vault_model) = (folder.join("log.model"), folder.join("vault.model"));
    fs::copy(&log, &log_model)?;
    fs::copy(&vault, &vault_model)?;
    let noted = ids.noted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let key = noted.iter().map(|key| format!("x'{}'", hex(key))).find(|key| opens(&log_model, key));
    let key = key.context("the file's key was not drawn")?;
    let samples = vec![marked(&log_model)?, marked(&vault_model)?];
    let mut number = 0_u64;
    let run = move |case: &[u8]| {
        let desk = &desk;
        number += 1;
        // by turns the log and the vault are the changed ones
        let (path, model, other, other_model) = if number.is_multiple_of(4) {
            (&vault, &vault_model, &log, &log_model)
        } else {
            (&log, &log_model, &vault, &vault_model)
        };
        let laid = lay_out(case, model, path, &key).and_then(|()| Ok(fs::copy(other_model, other)?));
        laid.map_err(|error| format!("laying out: {error:#}"))?;
        judged(&desk.store.backup_lines(BackupPlace::Here))?;
        judged(&desk.store.restore_check(BackupPlace::Here, &made))?;
        let rehearsed = desk.store.rehearse(BackupPlace::Here, &made, None);
        desk.store.read(|reader| reader.op_counts()).map_err(|error| error.to_string())?;
        judged(&rehearsed)
    };
    Ok(Target { samples, change: either_side, run: Box::new(run) })
}

/// Whether this is the key of a file.
fn opens(path: &Path, pragma: &str) -> bool {
    let opened = Connection::open(path).and_then(|conn| {
        conn.pragma_update(None, "key", pragma)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
    });
    opened.is_ok()
}

pub fn town_file(folder: &Path) -> Result<Target> {
    let desk = Desk::found("甲机")?;
    desk.residents(12)?;
    let (ports, home) = (desk.ports.clone(), folder.join("town-file"));
    desk.store.close()?;
    copy_dir(desk.dir(), &home)?;
    let model = fs::read(home.join("town.db"))?;
    let keys = fs::read(home.join("key.json"))?;
    let run = move |bytes: &[u8]| {
        let laid = fs::remove_dir_all(&home)
            .and_then(|()| fs::create_dir_all(&home))
            .and_then(|()| fs::write(home.join("town.db"), bytes))
            .and_then(|()| fs::write(home.join("key.json"), &keys));
        laid.map_err(|error| error.to_string())?;
        let opened = Store::open(&home, unlock(), &ports);
        match &opened {
            Ok(opened) => {
                // a page that nobody has read yet may be wrong; what is asked of it must answer
                let _read = opened.store.verify(None);
                opened.store.close().map_err(|error| error.to_string())?;
            }
            // what does not open is moved aside, never lost and never empty in its place
            Err(StoreError::Damaged { moved_to }) if !home.join(moved_to).exists() && !Path::new(moved_to).exists() => {
                return Err("the damaged file is gone".to_owned());
            }
            Err(_) => {}
        }
        judged(&opened)
    };
    Ok(Target { samples: vec![model], change: mutation::bytes, run: Box::new(run) })
}
