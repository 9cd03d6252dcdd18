//! The floors: SQLCipher, SQLite and PostgreSQL with the durability of the program's own files, and nothing else.

use std::path::Path;

use anyhow::Result;
use postgres::Client;
use rusqlite::{Connection, Transaction, params};

use super::people::{Person, Seeded, Village};

/// Page cache in KiB, as the program's writer has it.
const CACHE_KIB: i64 = 64 * 1024;

/// An encrypted file: raw key, WAL, synchronous=FULL.
pub fn open(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    let key: String = Seeded::new(1).bytes(32).iter().map(|byte| format!("{byte:02x}")).collect();
    conn.pragma_update(None, "key", format!("x'{key}'"))?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(conn)
}

/// A file in the clear, as the district's: WAL, synchronous=FULL.
pub fn open_plain(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    Ok(conn)
}

/// Rows of one transaction, as in a push.
const OPS_A_COMMIT: usize = 1_000;

/// Operations as random bytes with the keys that a log needs.
pub fn insert_ops(mut conn: Connection, ops: usize, op_bytes: usize) -> Result<()> {
    conn.execute_batch(
        "CREATE TABLE op (
           no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, device BLOB NOT NULL, epoch INTEGER NOT NULL,
           seq INTEGER NOT NULL, hash BLOB NOT NULL, scope TEXT NOT NULL, server_seq INTEGER, bytes BLOB NOT NULL,
           UNIQUE (device, epoch, seq)
         ) STRICT;
         CREATE UNIQUE INDEX op_order ON op (scope, server_seq);",
    )?;
    let mut random = Seeded::new(7);
    let device = random.bytes(16);
    for commit in 0..ops / OPS_A_COMMIT {
        let transaction = conn.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO op (id, device, epoch, seq, hash, scope, server_seq, bytes)
                 VALUES (?1, ?2, 1, ?3, ?4, '330211101200', ?3, ?5)",
            )?;
            for row in 0..OPS_A_COMMIT {
                let seq = i64::try_from(commit * OPS_A_COMMIT + row + 1)?;
                insert.execute(params![random.bytes(16), device, seq, random.bytes(32), random.bytes(op_bytes)])?;
            }
        }
        transaction.commit()?;
    }
    Ok(())
}

/// The same into a PostgreSQL server, one statement a transaction.
pub fn insert_ops_at_server(client: &mut Client, ops: usize, op_bytes: usize) -> Result<()> {
    client.batch_execute(
        "CREATE SCHEMA bench_floor;
         CREATE TABLE bench_floor.op (
           id BYTEA PRIMARY KEY, device BYTEA NOT NULL, epoch INTEGER NOT NULL, seq BIGINT NOT NULL,
           hash BYTEA NOT NULL, scope TEXT NOT NULL, server_seq BIGINT, bytes BYTEA NOT NULL,
           UNIQUE (device, epoch, seq), UNIQUE (scope, server_seq)
         )",
    )?;
    let insert = client.prepare(
        "INSERT INTO bench_floor.op (id, device, epoch, seq, hash, scope, server_seq, bytes)
         SELECT id, $1, 1, seq, hash, '330211101200', seq, bytes
         FROM unnest($2::BYTEA[], $3::BIGINT[], $4::BYTEA[], $5::BYTEA[]) AS row (id, seq, hash, bytes)",
    )?;
    let mut random = Seeded::new(7);
    let device = random.bytes(16);
    let mut some = |bytes: usize| (0..OPS_A_COMMIT).map(|_| random.bytes(bytes)).collect::<Vec<_>>();
    for commit in 0..ops / OPS_A_COMMIT {
        let first = i64::try_from(commit * OPS_A_COMMIT + 1)?;
        let seqs: Vec<i64> = (first..first + OPS_A_COMMIT as i64).collect();
        client.execute(&insert, &[&device, &some(16), &seqs, &some(32), &some(op_bytes)])?;
    }
    client.batch_execute("DROP SCHEMA bench_floor CASCADE")?;
    Ok(())
}

/// A table with a resident's columns and three indexes.
pub fn create_residents(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "CREATE TABLE resident (
           no INTEGER PRIMARY KEY, id BLOB NOT NULL, village TEXT NOT NULL, household_no TEXT, name TEXT,
           id_number TEXT, phone TEXT, address TEXT, relation TEXT, grid TEXT
         ) STRICT;
         CREATE UNIQUE INDEX resident_by_id ON resident (id);
         CREATE INDEX resident_by_place ON resident (village, household_no);
         CREATE INDEX resident_by_id_number ON resident (id_number);",
    )?;
    Ok(())
}

/// Everybody in one transaction.
pub fn insert_residents(conn: &mut Connection, people: &[Person], villages: &[Village]) -> Result<()> {
    let mut random = Seeded::new(2);
    let transaction = conn.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO resident (id, village, household_no, name, id_number, phone, address, relation, grid)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for person in people {
            insert.execute(params![
                random.bytes(16),
                villages[person.village].code,
                person.household_number,
                person.name,
                person.id_number,
                person.phone,
                person.address,
                person.relation,
                person.grid,
            ])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Operations, the entities that they touch, and awards: keys, and an index by resident.
pub fn create_awards(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "CREATE TABLE op (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
         CREATE TABLE op_entity (entity BLOB NOT NULL, op_no INTEGER NOT NULL, PRIMARY KEY (entity, op_no))
           STRICT, WITHOUT ROWID;
         CREATE TABLE award (
           id BLOB PRIMARY KEY, scope TEXT NOT NULL, activity BLOB NOT NULL, rule_version BLOB NOT NULL,
           subject INTEGER NOT NULL, resident BLOB NOT NULL, household BLOB, amount_points INTEGER NOT NULL,
           occurred_on INTEGER NOT NULL, recorded_at INTEGER NOT NULL, recorded_by BLOB NOT NULL,
           device BLOB NOT NULL, op BLOB NOT NULL, state INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID;
         CREATE INDEX award_by_resident ON award (resident, occurred_on);",
    )?;
    Ok(())
}

/// Rows of awards as the program would have them: ids that grow with time, residents at random.
pub struct RawAwards {
    random: Seeded,
    next: u64,
    residents: usize,
}

impl RawAwards {
    /// For a town with so many residents.
    pub fn new(residents: usize) -> Self {
        Self { random: Seeded::new(3), next: 0, residents }
    }

    /// An id: time first, as UUIDv7 has it.
    fn id(&mut self) -> Vec<u8> {
        self.next += 1;
        let mut id = (1_760_000_000_000 + self.next).to_be_bytes()[2..].to_vec();
        id.extend(self.random.bytes(10));
        id
    }

    /// One operation of so many bytes, and so many awards with the entities of the operation.
    pub fn insert(&mut self, transaction: &Transaction<'_>, op_bytes: usize, awards: usize) -> Result<()> {
        let (op, activity) = (self.id(), self.id());
        let bytes = self.random.bytes(op_bytes);
        transaction.prepare_cached("INSERT INTO op (id, bytes) VALUES (?1, ?2)")?.execute(params![op, bytes])?;
        let op_no = transaction.last_insert_rowid();
        for _ in 0..awards {
            let id = self.id();
            let mut entity = vec![7];
            entity.extend(&id);
            transaction
                .prepare_cached("INSERT INTO op_entity (entity, op_no) VALUES (?1, ?2)")?
                .execute(params![entity, op_no])?;
            let mut resident = (self.random.below(self.residents) as u64).to_be_bytes().to_vec();
            resident.resize(16, 9);
            transaction
                .prepare_cached(
                    "INSERT INTO award (id, scope, activity, rule_version, subject, resident, household, amount_points,
                       occurred_on, recorded_at, recorded_by, device, op, state)
                     VALUES (?1, '330211101001', ?2, ?3, 0, ?4, ?5, 2, ?6, 1760000000000, ?3, ?3, ?7, 0)",
                )?
                .execute(params![id, activity, activity, resident, activity, 20_000 + (self.next % 730) as i64, op])?;
        }
        Ok(())
    }
}
