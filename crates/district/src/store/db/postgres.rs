//! PostgreSQL: a few connections, each with its prepared statements. A change
//! runs at READ COMMITTED and holds the rows that it orders by; a read is one
//! REPEATABLE READ snapshot.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres::config::SslMode;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Row, Tx, Value};
use crate::store::StoreError;
use crate::store::tables::{Kind, Table};

/// Idle connections that are kept: as many as requests are worked on at the
/// same time, and some for the console.
const IDLE_MAX: usize = 8;

/// Prepared statements of one connection; beyond them all are forgotten, so that
/// a server never keeps more.
const STATEMENTS_MAX: usize = 256;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a transaction waits for a row that another holds, in milliseconds:
/// a push takes well under a second, so this is many of them in a row.
const LOCK_TIMEOUT_MS: u32 = 20_000;

/// Rows of a table from which on the server must have counted it: fewer are read as fast in any way.
const PLANNED_ROWS_MIN: u32 = 1_000;

/// The connections to one server.
pub(crate) struct Pool {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

/// A transaction on the server.
pub(crate) struct ServerTx<'c>(RefCell<&'c mut Connection>);

impl Pool {
    /// Reads the address; `ca_pem` is the authority of a server that is reached
    /// by TLS.
    pub(crate) fn open(url: &str, ca_pem: Option<&Path>) -> Result<Self, StoreError> {
        let mut config: Config = url.parse().map_err(|_| StoreError::Url)?;
        config.connect_timeout(CONNECT_TIMEOUT).application_name("zhenxin-district");
        let tls = ca_pem.map(tls).transpose()?;
        if tls.is_some() {
            // never in the clear because a server, or somebody on the line, says that it knows no TLS
            config.ssl_mode(SslMode::Require);
        }
        let pool = Self { config, tls, idle: Mutex::new(Vec::new()) };
        let first = pool.connect()?;
        pool.keep(first);
        Ok(pool)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let mut client = match &self.tls {
            Some(tls) => self.config.connect(tls.clone())?,
            None => self.config.connect(NoTls)?,
        };
        client.batch_execute(&format!(
            "SET lock_timeout = {LOCK_TIMEOUT_MS}; SET synchronous_commit = on; SET client_min_messages = warning"
        ))?;
        Ok(Connection { client, statements: HashMap::new() })
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }

    /// A connection on which `begin` has gone through. One from the pool may be
    /// dead since the server was restarted: then a fresh one is tried.
    fn begun(&self, begin: &str) -> Result<Connection, StoreError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut connection) = idle else { break };
            if connection.client.batch_execute(begin).is_ok() {
                return Ok(connection);
            }
        }
        let mut connection = self.connect()?;
        connection.client.batch_execute(begin)?;
        Ok(connection)
    }

    pub(super) fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.run("BEGIN ISOLATION LEVEL READ COMMITTED", work)
    }

    pub(super) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)
    }

    pub(super) fn count_for_plans(&self, table: &Table) -> Result<(), StoreError> {
        let mut connection = self.begun("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        let name = table.name;
        let asked = connection.client.query_one(
            &format!(
                "SELECT CASE WHEN reltuples < {PLANNED_ROWS_MIN}
                             THEN EXISTS (SELECT 1 FROM {name} OFFSET {PLANNED_ROWS_MIN}) ELSE false END
                 FROM pg_class WHERE oid = '{name}'::regclass"
            ),
            &[],
        )?;
        if asked.get(0) {
            connection.client.batch_execute(&format!("ANALYZE {name}"))?;
        }
        connection.client.batch_execute("COMMIT")?;
        self.keep(connection);
        Ok(())
    }

    /// The table goes into a new file, and the old one with its dead rows is removed.
    pub(super) fn scrub(&self, table: &Table) -> Result<bool, StoreError> {
        // outside of a transaction, as the server demands it
        let mut connection = self.begun("SELECT 1")?;
        connection.client.batch_execute(&format!("VACUUM (FULL) {}", table.name))?;
        self.keep(connection);
        Ok(true)
    }

    /// A panic in `work` drops the connection, and with it the transaction.
    fn run<T, E: From<StoreError>>(&self, begin: &str, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.begun(begin)?;
        let done = work(&Tx::Postgres(ServerTx(RefCell::new(&mut connection))));
        match done {
            Ok(done) => {
                connection.client.batch_execute("COMMIT").map_err(StoreError::from)?;
                self.keep(connection);
                Ok(done)
            }
            Err(error) => {
                if connection.client.batch_execute("ROLLBACK").is_ok() {
                    self.keep(connection);
                }
                Err(error)
            }
        }
    }
}

fn tls(ca_pem: &Path) -> Result<MakeRustlsConnect, StoreError> {
    let unread = || StoreError::StoreAuthority;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_pem).map_err(|_| unread())? {
        roots.add(certificate.map_err(|_| unread())?).map_err(|_| unread())?;
    }
    if roots.is_empty() {
        return Err(unread());
    }
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| unread())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.as_ref().to_sql(kind, out),
            Self::Blob(bytes) => bytes.as_ref().to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT4 | Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

fn cell(row: &postgres::Row, column: usize, what: &'static str) -> Result<Value<'static>, StoreError> {
    let kind = row.columns()[column].type_();
    Ok(match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
        Type::BOOL => row.try_get::<_, Option<bool>>(column)?.into(),
        Type::TEXT => row.try_get::<_, Option<String>>(column)?.into(),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.into(),
        _ => return Err(StoreError::Damaged(what)),
    })
}

impl Connection {
    fn prepared(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// The values as the client takes them.
fn parameters<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ServerTx<'_> {
    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut connection = self.0.borrow_mut();
        let statement = connection.prepared(sql)?;
        Ok(connection.client.execute(&statement, &parameters(values))?)
    }

    pub(super) fn query(&self, what: &'static str, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut connection = self.0.borrow_mut();
        let statement = connection.prepared(sql)?;
        let found = connection.client.query(&statement, &parameters(values))?;
        found
            .iter()
            .map(|row| {
                let cells = (0..row.len()).map(|column| cell(row, column, what)).collect::<Result<_, _>>()?;
                Ok(Row::new(cells, what))
            })
            .collect()
    }

    /// One statement over columns: `sql` reads them with `unnest($1::…[], …)`.
    pub(super) fn execute_columns(
        &self,
        sql: &str,
        kinds: &[Kind],
        columns: &[Vec<&Value<'_>>],
    ) -> Result<u64, StoreError> {
        let arrays: Vec<Box<dyn ToSql + Sync + '_>> =
            kinds.iter().zip(columns).map(|(kind, cells)| array(*kind, cells)).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(AsRef::as_ref).collect();
        let mut connection = self.0.borrow_mut();
        let statement = connection.prepared(sql)?;
        Ok(connection.client.execute(&statement, &parameters)?)
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.0.borrow_mut().client.batch_execute(sql)?)
    }
}

/// One column of the rows as an array; what is of another type becomes nothing,
/// which the table refuses.
fn array<'v>(kind: Kind, cells: &'v [&'v Value<'_>]) -> Box<dyn ToSql + Sync + 'v> {
    let cells = cells.iter();
    match kind {
        Kind::Int => Box::new(
            cells.map(|cell| if let Value::Int(number) = cell { Some(*number) } else { None }).collect::<Vec<_>>(),
        ),
        Kind::Text => Box::new(
            cells.map(|cell| if let Value::Text(text) = cell { Some(text.as_ref()) } else { None }).collect::<Vec<_>>(),
        ),
        Kind::Blob => Box::new(
            cells
                .map(|cell| if let Value::Blob(bytes) = cell { Some(bytes.as_ref()) } else { None })
                .collect::<Vec<_>>(),
        ),
    }
}
