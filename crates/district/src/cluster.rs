//! A real PostgreSQL for the tests: a cluster in a temporary folder on a unix
//! socket and, by TLS, on a free port; one for the test program, gone with it.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

use crate::config::StoreUrl;

/// Lives as long as the standard input stays open, that is, as long as the test
/// program, however that ends. It waits until the server answers before it says
/// where the socket is.
const SCRIPT: &str = r#"
set -e
bin="$1"
port="$2"
dir=$(mktemp -d)
cd "$dir"
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -A trust -U district -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1
umask 077
echo "$CERTIFICATE" >server.pem
echo "$KEY" >server.key
"$bin/postgres" -D "$dir/data" -k "$dir" -p "$port" -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300 \
    -c ssl=on -c ssl_cert_file="$dir/server.pem" -c ssl_key_file="$dir/server.key" \
    -c log_min_messages=panic >"$dir/server.log" 2>&1 </dev/null &
server=$!
until "$bin/pg_isready" -q -h "$dir" -p "$port" -U district -d postgres; do
    kill -0 "$server"
    sleep 0.1
done
echo "$dir"
cat >/dev/null
kill -INT "$server"
wait "$server" || true
"#;

/// The cluster; its databases are numbered.
struct Cluster {
    socket: String,
    port: u16,
    /// The server's certificate, which signs itself.
    certificate: String,
    databases: AtomicU32,
    _keeper: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// Where Debian keeps the programs, the newest version.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).collect();
    found.sort();
    found.pop().expect("the tests need PostgreSQL's programs: apt-get install postgresql")
}

impl Cluster {
    fn start() -> Self {
        let id = Command::new("id").arg("-u").output().unwrap();
        // the server refuses to run as root
        let mut command = if id.stdout == b"0\n" {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = key.cert.pem();
        let mut keeper = command
            .args(["-c", SCRIPT, "cluster"])
            .arg(programs())
            .arg(port.to_string())
            .env("CERTIFICATE", &certificate)
            .env("KEY", key.signing_key.serialize_pem())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut socket = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut socket).unwrap();
        let socket = socket.trim().to_owned();
        assert!(!socket.is_empty(), "the cluster did not start");
        Self { socket, port, certificate, databases: AtomicU32::new(0), _keeper: keeper }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://district@{}:{}/{database}", self.socket.replace('/', "%2F"), self.port)
    }
}

/// A new, empty database.
fn create(cluster: &Cluster) -> String {
    let name = format!("town{}", cluster.databases.fetch_add(1, Ordering::SeqCst));
    let mut client = Client::connect(&cluster.url("postgres"), NoTls).unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name} STRATEGY file_copy")).unwrap();
    name
}

/// The address of a new, empty database.
pub(crate) fn database() -> StoreUrl {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    StoreUrl::Postgres { url: cluster.url(&create(cluster)), ca_pem: None }
}

/// The address of a new, empty database by TCP, and the server's certificate.
pub(crate) fn database_by_tcp() -> (String, String) {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    let url = format!("postgres://district@localhost:{}/{}", cluster.port, create(cluster));
    (url, cluster.certificate.clone())
}
