//! Counting points and minutes from the clear parts of the ops, after the push and off its path.
//!
//! Each scope has a cursor. What a run of ops adds to the figures and the cursor that passes them are one transaction,
//! so that a kill counts nothing twice and nothing never. The tables here are derived: a damaged row, or a program that
//! reads more kinds than the last one did, throws a town's counting away and counts it again.

use std::collections::HashMap;

use zhenxin_protocol::body::Body;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use super::DISTRICT_WIDE;
use crate::store::db::{IN_VALUES, Row, Tx, Value};
use crate::store::tables::Table;
use crate::store::tables::console::{TALLY_AWARD, TALLY_CURSOR, TALLY_GIFT, TALLY_MONTH, TALLY_ORDER, TALLY_TRANSFER};
use crate::store::{Store, StoreError};

use book::{Book, Named};

mod book;
mod standing;

/// Raised with every change of what is counted, and with every kind or version of a body that the counting begins to
/// read: everything is then counted again.
const FORMAT: i64 = 1;

/// The scope of the row that holds [`FORMAT`].
const FORMAT_ROW: &str = "format";

/// Ops counted in one transaction: with up to 200 rows each it holds the writer for some tens of milliseconds.
pub const OPS_MAX: usize = 250;

/// How the names of the tables begin that can be made again from the ops.
const DERIVED: &str = "tally_";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Points of awards that a review approved, by the month from which they count.
    PointsIssued,
    /// Points of awards that were reversed.
    PointsReversed,
    /// Minutes credited to volunteers.
    MinutesCredited,
    /// Minutes taken back with their order.
    MinutesReversed,
    /// Minutes given to relatives.
    MinutesGifted,
    /// Minutes given to the towns' reserves.
    MinutesDonated,
    /// Gifts taken back.
    GiftsReversed,
}

impl Measure {
    const ALL: [(Self, &'static str); 7] = [
        (Self::PointsIssued, "points_issued"),
        (Self::PointsReversed, "points_reversed"),
        (Self::MinutesCredited, "minutes_credited"),
        (Self::MinutesReversed, "minutes_reversed"),
        (Self::MinutesGifted, "minutes_gifted"),
        (Self::MinutesDonated, "minutes_donated"),
        (Self::GiftsReversed, "gifts_reversed"),
    ];

    fn as_code(self) -> &'static str {
        Self::ALL.iter().find(|(measure, _)| *measure == self).map_or("", |(_, code)| *code)
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(measure, _)| *measure)
    }
}

/// One figure of a town and a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// 9 digits.
    pub town: String,
    /// Year × 12 + month − 1.
    pub month: i32,
    /// What.
    pub measure: Measure,
    /// Points or minutes.
    pub units: i64,
    /// How many awards, orders or gifts.
    pub times: i64,
}

/// A scope whose ops are not all counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Its town.
    pub town: String,
    /// The scope.
    pub scope: String,
    /// Ops not counted yet.
    pub ops: i64,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// So many ops, and perhaps there are more.
    Ops(usize),
    /// The next op is damaged: counting goes on when a town has mended it.
    Stuck,
    /// A damaged row of the counting was found: the town is counted anew.
    Again,
}

/// An op to be counted.
pub(in crate::store) struct Next {
    server_seq: i64,
    read: Option<(i32, Body)>,
}

impl Store {
    /// Scopes with ops to count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn tally_behind(&self) -> Result<Vec<Behind>, StoreError> {
        self.unless_damaged(|tx| {
            let mut counted = HashMap::new();
            // a cursor that jumped ahead would hide what was not counted: each is checked
            for mut row in tx.select(&TALLY_CURSOR, "ORDER BY town, scope", &[])? {
                counted.insert((row.text()?, row.text()?), row.int()?);
            }
            let mut behind = Vec::new();
            for mut row in tx.query("SELECT town, code, next_seq FROM scope ORDER BY town, code", &[])? {
                let (town, scope, next_seq) = (row.text()?, row.text()?, row.int()?);
                let key = (town, scope);
                let ops = next_seq - 1 - counted.get(&key).copied().unwrap_or(0);
                if ops > 0 {
                    let (town, scope) = key;
                    behind.push(Behind { town, scope, ops });
                }
            }
            Ok(behind)
        })
    }

    /// Counts up to [`OPS_MAX`] ops of a scope.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn tally(&self, town: &str, scope: &str) -> Result<Counted, StoreError> {
        let read = self.read(|tx| {
            let cursor = cursor(tx, town, scope)?;
            Ok((cursor, next_ops(tx, town, scope, cursor)?))
        });
        let counted = read.and_then(|(cursor, ops)| {
            if ops.is_empty() {
                return Ok(Counted::Stuck);
            }
            self.write(|tx| write(tx, town, scope, cursor, &ops)).map(|()| Counted::Ops(ops.len()))
        });
        match counted {
            // a fault anywhere else is not mended by forgetting
            Err(StoreError::Damaged(table)) if table.starts_with(DERIVED) => {
                tracing::warn!(town, table, "a row of the counting is damaged: counted again");
                self.write(|tx| forget(tx, Some(town)))?;
                Ok(Counted::Again)
            }
            other => other,
        }
    }

    /// Throws the counting away when another program counted by other rules.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn tally_prepare(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            let key = [DISTRICT_WIDE.into(), FORMAT_ROW.into()];
            let found = match tx.get_locked(&TALLY_CURSOR, &key) {
                Ok(row) => row.map(cursor_of).transpose()?,
                Err(StoreError::Damaged(_)) => None,
                Err(other) => return Err(other),
            };
            if found == Some(FORMAT) {
                return Ok(());
            }
            forget(tx, None)
        })
    }

    /// All figures, by town, month and measure.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn figures(&self) -> Result<Vec<Figure>, StoreError> {
        self.unless_damaged(|tx| {
            let rows = tx.select(&TALLY_MONTH, "ORDER BY town, month, measure", &[])?;
            rows.into_iter()
                .map(|mut row| {
                    Ok(Figure {
                        town: row.text()?,
                        month: row.narrow()?,
                        measure: Measure::from_code(&row.text()?).ok_or(StoreError::Damaged("tally_month"))?,
                        units: row.int()?,
                        times: row.int()?,
                    })
                })
                .collect()
        })
    }
}

impl Store {
    /// Reads the counting; where a row of it is damaged all of it is thrown away, to be counted again, and the answer is
    /// that of an empty one.
    fn unless_damaged<T: Default>(&self, read: impl Fn(&Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.read(|tx| read(tx)) {
            Err(StoreError::Damaged(table)) if table.starts_with(DERIVED) => {
                tracing::warn!(table, "a row of the counting is damaged: everything is counted again");
                self.write(|tx| forget(tx, None))?;
                Ok(T::default())
            }
            other => other,
        }
    }
}

/// Takes the rows of one town's counting out, or of all.
fn forget(tx: &Tx<'_>, town: Option<&str>) -> Result<(), StoreError> {
    for table in [&TALLY_CURSOR, &TALLY_AWARD, &TALLY_TRANSFER, &TALLY_ORDER, &TALLY_GIFT, &TALLY_MONTH] {
        match town {
            Some(town) => tx.delete(table, &[town.into()])?,
            None => tx.execute(&format!("DELETE FROM {}", table.name), &[])?,
        };
    }
    if town.is_none() {
        tx.put(&TALLY_CURSOR, vec![DISTRICT_WIDE.into(), FORMAT_ROW.into(), FORMAT.into()])?;
    }
    Ok(())
}

fn cursor_of(mut row: Row) -> Result<i64, StoreError> {
    let (_town, _scope) = (row.text()?, row.text()?);
    row.int()
}

fn cursor(tx: &Tx<'_>, town: &str, scope: &str) -> Result<i64, StoreError> {
    tx.get(&TALLY_CURSOR, &[town.into(), scope.into()])?.map_or(Ok(0), cursor_of)
}

/// The ops after the cursor as far as they are whole.
pub(in crate::store) fn next_ops(tx: &Tx<'_>, town: &str, scope: &str, cursor: i64) -> Result<Vec<Next>, StoreError> {
    let rows = tx.query_as(
        "op",
        "SELECT server_seq, hash, bytes FROM op WHERE town = $1 AND scope = $2 AND server_seq > $3 \
         ORDER BY server_seq LIMIT $4",
        &[town.into(), scope.into(), cursor.into(), (OPS_MAX as i64).into()],
    )?;
    let mut ops = Vec::with_capacity(rows.len());
    for (expected, mut row) in (cursor + 1..).zip(rows) {
        let (server_seq, hash, bytes) = (row.int()?, Hash32(row.bytes()?), row.blob()?);
        if server_seq != expected || Op::hash_of(&bytes) != hash {
            break;
        }
        // accepted ops are whole; a body of a newer kind counts when a newer program raises the format
        let op = Op::from_bytes(&bytes).map_err(|_| StoreError::Damaged("op"))?;
        let body = op.read_body().map_err(|_| StoreError::Damaged("op"))?;
        ops.push(Next { server_seq, read: body.map(|body| (op.occurred_on, body)) });
    }
    Ok(ops)
}

pub(in crate::store) fn write(
    tx: &Tx<'_>,
    town: &str,
    scope: &str,
    before: i64,
    ops: &[Next],
) -> Result<(), StoreError> {
    // two programs on one database: the cursor's row orders them, and the slower one has nothing to do
    tx.insert_new(&TALLY_CURSOR, vec![vec![town.into(), scope.into(), 0_i64.into()]])?;
    let found = tx.get_locked(&TALLY_CURSOR, &[town.into(), scope.into()])?.map_or(Ok(0), cursor_of)?;
    let Some(last) = ops.last().filter(|_| found == before) else { return Ok(()) };
    let mut named = Named::default();
    for (_, body) in ops.iter().filter_map(|op| op.read.as_ref()) {
        named.add(body);
    }
    let mut book = load(tx, town, scope, &named)?;
    for (occurred_on, body) in ops.iter().filter_map(|op| op.read.as_ref()) {
        book.apply(body, *occurred_on);
    }
    save(tx, town, scope, &book)?;
    tx.put(&TALLY_CURSOR, vec![town.into(), scope.into(), last.server_seq.into()])
}

fn load(tx: &Tx<'_>, town: &str, scope: &str, named: &Named) -> Result<Book, StoreError> {
    let mut book = Book::default();
    let scoped = [town.into(), scope.into()];
    for row in select_in(tx, &TALLY_AWARD, &scoped, "award", &named.awards)? {
        let (id, award) = standing::award(row)?;
        book.awards.insert(id, award);
    }
    for row in select_in(tx, &TALLY_ORDER, &scoped, "service_order", &named.orders)? {
        let (id, order) = standing::order(row)?;
        book.orders.insert(id, order);
    }
    for row in select_in(tx, &TALLY_GIFT, &scoped, "gift", &named.gifts)? {
        let (id, gift) = standing::gift(row)?;
        book.gifts.insert(id, gift);
    }
    for mut row in select_in(tx, &TALLY_TRANSFER, &scoped[..1], "transfer", &named.transfers)? {
        let _town = row.text()?;
        book.transfers.insert(row.bytes()?);
    }
    Ok(book)
}

/// Summed rows whose key goes on with one of the ids.
fn select_in<'i>(
    tx: &Tx<'_>,
    table: &Table,
    lead: &[Value<'_>],
    column: &str,
    ids: impl IntoIterator<Item = &'i book::Id>,
) -> Result<Vec<Row>, StoreError> {
    let first = lead.len() + 1;
    let places: Vec<String> = (first..first + IN_VALUES).map(|place| format!("${place}")).collect();
    let keys: Vec<&str> = table.key_names().into_iter().take(lead.len()).collect();
    let lead_is: Vec<String> = (1..).zip(keys).map(|(place, key)| format!("{key} = ${place}")).collect();
    let tail = format!("WHERE {} AND {column} IN ({})", lead_is.join(" AND "), places.join(", "));
    let ids: Vec<&book::Id> = ids.into_iter().collect();
    let mut rows = Vec::new();
    for some in ids.chunks(IN_VALUES) {
        let mut values = lead.to_vec();
        // filled up with the last one, so that one statement serves all lengths
        let last = some.last().copied();
        values.extend(some.iter().copied().chain(last.into_iter().cycle()).take(IN_VALUES).map(Value::from));
        rows.extend(tx.select(table, &tail, &values)?);
    }
    Ok(rows)
}

fn save(tx: &Tx<'_>, town: &str, scope: &str, book: &Book) -> Result<(), StoreError> {
    for id in &book.changed_awards {
        tx.put(&TALLY_AWARD, standing::award_row(town, scope, id, &book.awards[id]))?;
    }
    for id in &book.changed_orders {
        tx.put(&TALLY_ORDER, standing::order_row(town, scope, id, &book.orders[id]))?;
    }
    for id in &book.changed_gifts {
        tx.put(&TALLY_GIFT, standing::gift_row(town, scope, id, &book.gifts[id]))?;
    }
    let transfers: Vec<_> = book.new_transfers.iter().map(|id| vec![Value::from(town), Value::from(id)]).collect();
    tx.insert_new(&TALLY_TRANSFER, transfers)?;
    for ((month, measure), (units, times)) in &book.figures {
        let key: [Value<'_>; 3] = [town.into(), i64::from(*month).into(), measure.as_code().into()];
        let zero = vec![key[0].clone(), key[1].clone(), key[2].clone(), 0_i64.into(), 0_i64.into()];
        // scopes of one town may be counted by two programs: the row is there before it is held
        tx.insert_new(&TALLY_MONTH, vec![zero])?;
        let mut row = tx.get_locked(&TALLY_MONTH, &key)?.ok_or(StoreError::Damaged("tally_month"))?;
        let (_town, _month, _measure) = (row.text()?, row.int()?, row.text()?);
        let (known_units, known_times) = (row.int()?, row.int()?);
        let [town, month, measure] = key;
        let row = vec![town, month, measure, (known_units + units).into(), (known_times + times).into()];
        tx.put(&TALLY_MONTH, row)?;
    }
    Ok(())
}
