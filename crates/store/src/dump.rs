//! Dumps and digests of the business tables: what replicas compare.
//!
//! A row is its columns in the order of the table below, each tagged and with its length, so that
//! no two different rows have the same bytes; rows stand in the order of their keys. Local numbers
//! (of residents and accounts) are left out or replaced by what they stand for.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::hash::Hash32;

use crate::error::StoreError;
use crate::open::Store;
use crate::sql::Columns;
use crate::vault::Vault;

/// The digest of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDigest {
    /// Name of the table.
    pub table: &'static str,
    /// How many rows it holds.
    pub rows: u64,
    /// SM3 over its rows.
    pub digest: Hash32,
}

/// A subject's key as it lies here, whatever is offered to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldKey {
    /// Whose key.
    pub subject: [u8; 16],
    /// Where the subject lives.
    pub scope: Scope,
    /// It was destroyed.
    pub tombstone: bool,
    /// This device can read with it.
    pub opens: bool,
    /// The district has not shown that it holds the row.
    pub unsent: bool,
}

/// A table's dump.
struct Table {
    name: &'static str,
    sql: &'static str,
    /// What restricts it to one scope; empty where the table spans scopes.
    scope: &'static str,
}

/// Every business table. A new one belongs here.
const TABLES: &[Table] = &[
    Table { name: "device", sql: "SELECT id, scope, town, label, opened_at FROM device", scope: "scope" },
    Table {
        name: "user",
        sql: "SELECT id, scope, name, sign_in_name, duties, villages, active, resident, added_at, removed_hlc, op FROM user",
        scope: "scope",
    },
    Table {
        name: "credential",
        sql: "SELECT user, scope, secret, must_change, totp, set_at FROM credential",
        scope: "scope",
    },
    Table {
        name: "security_policy",
        sql: "SELECT id, scope, password_min_chars, rotation_days, idle_lock_min, op FROM security_policy",
        scope: "scope",
    },
    Table {
        name: "resident",
        sql: "SELECT id, scope, village, household_no, name, id_number, phone, address, relation, grid, registers, alias_of, merged_at, merged_by FROM resident",
        scope: "scope",
    },
    Table {
        name: "import_part",
        sql: "SELECT import, scope, source, residents, rules, created, updated, recorded_at, recorded_by, undone_at FROM import_part",
        scope: "scope",
    },
    Table {
        name: "consent",
        sql: "SELECT id, scope, resident, version, channel, given_by, guardian, given_on, recorded_at, recorded_by, withdrawn_on, op FROM consent",
        scope: "scope",
    },
    Table { name: "rule", sql: "SELECT id, scope, retired_from FROM rule", scope: "scope" },
    Table {
        name: "rule_version",
        sql: "SELECT v.id, v.rule, v.version, v.code, v.category, v.item, v.points, v.unit, v.cap_points, v.cap_period, v.evidence, v.subject, v.valid_months, v.basis, v.in_force_from, v.recorded_at, v.recorded_by, v.op FROM rule_version v JOIN rule r ON r.id = v.rule",
        scope: "r.scope",
    },
    Table {
        name: "activity",
        sql: "SELECT id, scope, name, rule_version, occurred_on, recorded_at, recorded_by, op FROM activity",
        scope: "scope",
    },
    Table { name: "evidence", sql: "SELECT activity, scope, id, hash, mime, bytes_len FROM evidence", scope: "scope" },
    Table {
        name: "award",
        sql: "SELECT id, scope, activity, rule_version, subject, resident, household, amount_points, occurred_on, recorded_at, recorded_by, device, op, state, reviewed_at, reviewed_by, reason, effective_on, transfer, reversal, reversed_at, reversed_by, reverse_reason FROM award",
        scope: "scope",
    },
    Table {
        name: "transfer",
        sql: "SELECT t.id, t.scope, d.ledger, d.owner_kind, d.owner, c.owner_kind, c.owner, t.amount_units, t.effective_on, t.posted_at, t.source, t.reverses, t.op FROM transfer t JOIN account d ON d.no = t.debit JOIN account c ON c.no = t.credit",
        scope: "t.scope",
    },
    Table { name: "points_by_day", sql: "SELECT day, points FROM points_by_day WHERE points <> 0", scope: "" },
    // An account without transfers is as good as none: it may be left by one that was taken back.
    Table {
        name: "account",
        sql: "SELECT owner, owner_kind, ledger, balance_units FROM account WHERE balance_units <> 0",
        scope: "",
    },
    Table {
        name: "service_type_version",
        sql: "SELECT service_type, version, scope, code, name, coefficient_percent, in_force_from, recorded_at, recorded_by, op FROM service_type_version",
        scope: "scope",
    },
    Table {
        name: "need",
        sql: "SELECT id, scope, resident, service_type, day, start_min, planned_min, place, note, recorded_at, recorded_by, op, closed_at, closed_by, close_reason FROM need",
        scope: "scope",
    },
    Table {
        name: "service_order",
        sql: "SELECT id, scope, number, need, beneficiary, service_type, day, start_min, planned_min, payer, place, note, recorded_at, recorded_by, op, state, volunteer, signed_in_min, signed_out_min, volunteer_way, beneficiary_way, reason, last_at, last_by, makers, credited_min, coefficient_percent, service_version, credited_on, credited_at, credited_by, reversed_at, reversed_by FROM service_order",
        scope: "scope",
    },
    Table {
        name: "time_gift",
        sql: "SELECT id, scope, giver, receiver, amount_min, relation, note, given_on, recorded_at, recorded_by, op, reversed_at, reversed_by, reverse_reason FROM time_gift",
        scope: "scope",
    },
    Table {
        name: "statement_issue",
        sql: "SELECT op, scope, resident, code, balance_units, as_of, issued_at, issued_by, entries, digest FROM statement_issue",
        scope: "scope",
    },
    Table {
        name: "brand",
        sql: "SELECT id, scope, name, slogan, domain, owner_unit, story, objectives, mark, mark_hash, mark_mime, mark_bytes_len, recorded_at, recorded_by, op FROM brand",
        scope: "scope",
    },
    Table {
        name: "milestone",
        sql: "SELECT p.brand, p.id, p.title, p.due_on, p.state, p.done_on FROM milestone p JOIN brand w ON w.id = p.brand",
        scope: "w.scope",
    },
    Table {
        name: "indicator",
        sql: "SELECT p.brand, p.id, p.name, p.unit, p.baseline, p.target FROM indicator p JOIN brand w ON w.id = p.brand",
        scope: "w.scope",
    },
    Table {
        name: "reading",
        sql: "SELECT p.brand, p.indicator, p.day, p.value, p.recorded_at, p.recorded_by FROM reading p JOIN brand w ON w.id = p.brand",
        scope: "w.scope",
    },
    Table {
        name: "partner",
        sql: "SELECT p.brand, p.id, p.name, p.role FROM partner p JOIN brand w ON w.id = p.brand",
        scope: "w.scope",
    },
    Table {
        name: "brand_file",
        sql: "SELECT p.brand, p.id, p.hash, p.mime, p.bytes_len, p.caption FROM brand_file p JOIN brand w ON w.id = p.brand",
        scope: "w.scope",
    },
    Table {
        name: "brand_part_removed",
        sql: "SELECT p.brand, p.part FROM brand_part_removed p JOIN brand w ON w.id = p.brand",
        scope: "w.scope",
    },
    Table {
        name: "brand_standing",
        sql: "SELECT brand, scope, state, since_at, since_op, reason, proposed_at, proposed_by, submitted_at, submitted_by, decided_at, decided_by, active_since, retired_on FROM brand_standing",
        scope: "scope",
    },
    Table {
        name: "brand_step",
        sql: "SELECT op, brand, scope, step, other, actor, at, reason, lost FROM brand_step",
        scope: "scope",
    },
    Table {
        name: "assessment",
        sql: "SELECT brand, year, scope, renewed, findings, assessed_on, recorded_at, recorded_by, op FROM assessment",
        scope: "scope",
    },
    Table {
        name: "event",
        sql: "SELECT id, scope, title, plan, place, setting, brand, planned_on, held_on, cost_fen, state, occurred_on, recorded_at, recorded_by, op FROM event",
        scope: "scope",
    },
    Table {
        name: "attendance",
        sql: "SELECT p.event, p.id, p.resident, p.guest FROM attendance p JOIN event w ON w.id = p.event",
        scope: "w.scope",
    },
    Table {
        name: "event_photo",
        sql: "SELECT p.event, p.id, p.hash, p.mime, p.bytes_len, p.caption FROM event_photo p JOIN event w ON w.id = p.event",
        scope: "w.scope",
    },
    Table {
        name: "handover",
        sql: "SELECT id, scope, brand, purpose, state, requested_at, requested_by, op, reviewed_at, reviewed_by, reason, sheet FROM handover",
        scope: "scope",
    },
    Table {
        name: "issue_settled",
        sql: "SELECT id, scope, kind, about, op, what, decision, reason, decided_at, decided_by, decided_op FROM issue_settled",
        scope: "scope",
    },
    Table {
        name: "person_data",
        sql: "SELECT resident, scope, state, since_at, reason, note, asked, asked_at, asked_by, asked_for, asked_note FROM person_data",
        scope: "scope",
    },
    Table {
        name: "person_step",
        sql: "SELECT op, resident, scope, step, reason, note, actor, at, lost FROM person_step",
        scope: "scope",
    },
    Table { name: "audit_anchor", sql: "SELECT op, scope, device, no, hash, at FROM audit_anchor", scope: "scope" },
    Table {
        name: "query_made",
        sql: "SELECT op, scope, resident, fields, purpose, reason, authorisation, made_at, made_by, device FROM query_made",
        scope: "scope",
    },
    Table { name: "deficit_decided", sql: "SELECT id, spend, scope, decision FROM deficit_decided", scope: "scope" },
    Table {
        name: "deficit_spend",
        sql: "SELECT id, source, scope, taken_units, taken_back FROM deficit_spend",
        scope: "scope",
    },
    Table { name: "race", sql: "SELECT entity, op, what, scope, at FROM race", scope: "scope" },
];

/// What the fold keeps beside the business tables, by what it stands for. It is compared with a replay, not between PCs:
/// what lies here of operations that do not count differs from PC to PC.
const BESIDE: &[Table] = &[
    Table {
        name: "op_entity",
        sql: "SELECT e.entity, o.id FROM op_entity e JOIN op o ON o.no = e.op_no WHERE o.status < 2",
        scope: "",
    },
    Table { name: "key_wait", sql: "SELECT entity, subject FROM key_wait", scope: "" },
    Table { name: "household", sql: "SELECT id, village, number FROM household", scope: "" },
    Table {
        name: "search_term",
        sql: "SELECT t.term, r.id FROM search_term t LEFT JOIN resident r ON r.no = t.resident_no",
        scope: "",
    },
];

/// What was not made here: keys under a data key of another device, files of scopes in which this device wrote nothing.
const GIVEN: &[(&str, &str)] = &[
    (
        "keys",
        "SELECT scope, count(*) FROM subject_key k
         WHERE ?1 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM data_key d WHERE d.id = k.data_key AND d.mine > 0)
         GROUP BY scope",
    ),
    (
        "files",
        "SELECT scope, count(*) FROM attachment_lane l
         WHERE NOT EXISTS (SELECT 1 FROM op o WHERE o.scope = l.scope AND o.device = ?1) GROUP BY scope",
    ),
];

/// Lays one column down.
fn put(out: &mut Vec<u8>, value: ValueRef<'_>) {
    let mut sized = |tag: u8, bytes: &[u8]| {
        out.push(tag);
        out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    match value {
        ValueRef::Null => sized(0, &[]),
        ValueRef::Integer(number) => sized(1, &number.to_be_bytes()),
        ValueRef::Real(number) => sized(2, &number.to_bits().to_be_bytes()),
        ValueRef::Text(text) => sized(3, text),
        ValueRef::Blob(blob) => sized(4, blob),
    }
}

/// Calls back with the bytes of each row, in canonical order.
fn each_row(
    conn: &Connection,
    table: &Table,
    scope: Option<&str>,
    mut row_bytes: impl FnMut(&[u8]),
) -> Result<u64, StoreError> {
    walk(conn, table, scope, |bytes, _| row_bytes(bytes))
}

/// The same of a business table by its name, with the first id of each row.
pub(crate) fn each_with_id(
    conn: &Connection,
    table: &str,
    mut each: impl FnMut(&[u8], &[u8]),
) -> Result<(), StoreError> {
    let Some(table) = TABLES.iter().find(|known| known.name == table) else { return Ok(()) };
    walk(conn, table, None, |bytes, row| {
        let columns = (0..row.as_ref().column_count()).map_while(|at| row.get_ref(at).ok());
        let ids = columns.filter_map(|value| value.as_blob().ok());
        each(bytes, ids.take(1).next().unwrap_or_default());
    })?;
    Ok(())
}

fn walk(
    conn: &Connection,
    table: &Table,
    scope: Option<&str>,
    mut each: impl FnMut(&[u8], &rusqlite::Row<'_>),
) -> Result<u64, StoreError> {
    let key = if matches!(table.name, "race" | "evidence" | "reading") { "1, 2, 3" } else { "1, 2" };
    let filter = match (scope, table.scope) {
        (None, _) => String::new(),
        (Some(_), "") => return Ok(0),
        (Some(_), column) => format!("WHERE {column} = ?1"),
    };
    let mut statement = conn.prepare_cached(&format!("{} {filter} ORDER BY {key}", table.sql))?;
    let columns = statement.column_count();
    let mut rows = match scope {
        Some(scope) => statement.query([scope])?,
        None => statement.query([])?,
    };
    let (mut count, mut bytes) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        bytes.clear();
        for at in 0..columns {
            put(&mut bytes, row.get_ref(at)?);
        }
        each(&bytes, row);
        count += 1;
    }
    Ok(count)
}

/// The digest of each table.
pub(crate) fn table_digests(conn: &Connection) -> Result<Vec<TableDigest>, StoreError> {
    digests_of(conn, None)
}

/// The same of one scope's rows.
fn digests_of(conn: &Connection, scope: Option<&str>) -> Result<Vec<TableDigest>, StoreError> {
    TABLES
        .iter()
        .map(|table| {
            // A chain of hashes needs no more memory than one row.
            let mut digest = Hash32::of(table.name.as_bytes());
            let rows = each_row(conn, table, scope, |row| digest = Hash32::of_parts(&[digest.as_bytes(), row]))?;
            Ok(TableDigest { table: table.name, rows, digest })
        })
        .collect()
}

/// For each table beside, the rows of `stored` that `again` lacks, and the other way round.
pub(crate) fn beside_differing(
    stored: &Connection,
    again: &Connection,
) -> Result<Vec<(&'static str, [u64; 2])>, StoreError> {
    let mut all = Vec::with_capacity(BESIDE.len());
    for table in BESIDE {
        // eight bytes a row: the search index of a town has millions
        let (mut here, mut there) = (row_hashes(stored, table)?, row_hashes(again, table)?);
        here.sort_unstable();
        there.sort_unstable();
        all.push((table.name, [lacking(&here, &there), lacking(&there, &here)]));
    }
    Ok(all)
}

/// A row as 8 bytes: chance makes two alike once in some billions of rows.
fn row_hashes(conn: &Connection, table: &Table) -> Result<Vec<[u8; 8]>, StoreError> {
    let mut hashes = Vec::new();
    each_row(conn, table, None, |row| {
        let hash = Hash32::of(row);
        hashes.extend(hash.as_bytes().first_chunk::<8>());
    })?;
    Ok(hashes)
}

/// How many of `some` are not among `all`; both ascending.
fn lacking(some: &[[u8; 8]], all: &[[u8; 8]]) -> u64 {
    some.iter().filter(|hash| all.binary_search(hash).is_err()).count() as u64
}

/// The digest of all tables together.
pub(crate) fn whole_digest(tables: &[TableDigest]) -> Hash32 {
    let parts: Vec<&[u8]> = tables.iter().map(|table| table.digest.as_bytes().as_slice()).collect();
    Hash32::of_parts(&parts)
}

/// The digest of one scope's rows, which two peers compare after a sync.
pub(crate) fn scope_digest(conn: &Connection, scope: &str) -> Result<Hash32, StoreError> {
    let mut digest = Hash32::of(scope.as_bytes());
    for table in TABLES {
        digest = Hash32::of_parts(&[digest.as_bytes(), table.name.as_bytes()]);
        each_row(conn, table, Some(scope), |row| digest = Hash32::of_parts(&[digest.as_bytes(), row]))?;
    }
    Ok(digest)
}

impl Store {
    /// The canonical bytes of all business tables. It holds personal data: for tests and nowhere
    /// else.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn dump(&self) -> Result<Vec<u8>, StoreError> {
        self.read(|r| {
            let mut dump = Vec::new();
            for table in TABLES {
                dump.extend_from_slice(table.name.as_bytes());
                each_row(r.conn(), table, None, |row| dump.extend_from_slice(row))?;
            }
            Ok(dump)
        })
    }

    /// The digest of one scope's rows in each table that keeps them by scope.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn scope_digests(&self, scope: Scope) -> Result<Vec<TableDigest>, StoreError> {
        self.read(|r| digests_of(r.conn(), Some(scope.as_str())))
    }

    /// Of which scopes there are subject keys and files that this device has not made itself, and how many: it must have
    /// been given none of a scope that it may not read.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn given_scopes(&self) -> Result<Vec<(&'static str, Scope, u64)>, StoreError> {
        let own = *self.device().as_bytes();
        self.read(|r| {
            let mut given = Vec::new();
            for (what, sql) in GIVEN {
                let rows = r.all(sql, [own], |row| {
                    let mut c = Columns::of(row);
                    Ok((c.parse()?, c.get::<i64>()?.unsigned_abs()))
                })?;
                given.extend(rows.into_iter().map(|(scope, count)| (*what, scope, count)));
            }
            Ok(given)
        })
    }

    /// Every subject key that lies here.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn held_keys(&self) -> Result<Vec<HeldKey>, StoreError> {
        self.read(|r| {
            let mut vault = Vault::new(r.conn());
            let sql = "SELECT subject, scope, tombstone, dirty, data_key, wrapped FROM subject_key ORDER BY subject";
            let rows = r.all(sql, [], |row| {
                let mut c = Columns::of(row);
                let (subject, scope, tombstone) = (c.get()?, c.parse()?, c.get()?);
                let held = HeldKey { subject, scope, tombstone, opens: false, unsent: c.get::<i64>()? != 0 };
                Ok((held, DataKeyId::from_bytes(c.get()?), c.get::<Vec<u8>>()?))
            })?;
            rows.into_iter()
                .map(|(held, data_key, wrapped)| {
                    let opens = !held.tombstone && vault.opened(&held.subject, data_key, &wrapped)?.is_some();
                    Ok(HeldKey { opens, ..held })
                })
                .collect()
        })
    }

    /// The subjects whose keys operations here wait for.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn awaited_keys(&self) -> Result<Vec<[u8; 16]>, StoreError> {
        self.read(|r| r.all("SELECT DISTINCT subject FROM key_wait ORDER BY subject", [], |row| row.get(0)))
    }

    /// The digest of all business tables.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn digest(&self) -> Result<Hash32, StoreError> {
        self.read(|r| Ok(whole_digest(&table_digests(r.conn())?)))
    }
}
