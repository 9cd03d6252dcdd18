//! Everything that is left of a town, read as somebody would who holds every key that anybody still holds: every file of
//! every PC with its pages in the clear, every cell of every table, what was compressed, what was sealed, what crossed by
//! stick; and in all of it what a person can be recognised by, in the encodings that anything here writes.
//!
//! A sealed value is opened without asking its tag: the stream of the cipher under a wrong key is noise, in which nobody
//! is found. So a value is found wherever it stands, also where its beginning alone was left of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use encoding_rs::GB18030;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::attachment::seal_attachment;
use zhenxin_protocol::bundle::{Closed, Item};
use zhenxin_protocol::frame::to_cbor;
use zhenxin_protocol::seal::SubjectKey;
use zhenxin_protocol::wrap::unwrap_subject_key;
use zhenxin_testkit::pc::PASSWORD;

#[path = "../../crates/store/src/erase/tests/pages.rs"]
#[allow(dead_code, reason = "the store's own tests look for a text by it")]
mod pages;

/// First bytes of a zstd frame (RFC 8878 §3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What one frame is unpacked to at most.
const UNPACKED_MAX_BYTES: u64 = 64 << 20;
/// How a sealed value begins: its cipher's name, then a nonce of 24 bytes.
const SEALED: &[u8] = b"\x65xc20p\x01\x58\x18";
const NONCE_BYTES: usize = 24;
/// So much of a sealed file is enough to know it by.
const BLOB_PREFIX_BYTES: usize = 64;
/// Shorter texts stand in noise.
const NEEDLE_MIN_BYTES: usize = 5;

/// Bytes that lie somewhere, in the clear.
pub struct Plain {
    pub place: String,
    pub bytes: Vec<u8>,
}

/// Keys that are still held somewhere.
#[derive(Default)]
pub struct Keys {
    seal_secrets: BTreeSet<[u8; 32]>,
    data: BTreeMap<[u8; 16], [u8; 32]>,
    wraps: BTreeSet<([u8; 16], [u8; 16], Vec<u8>)>,
}

impl Keys {
    /// Every key of a person, an activity, a user, an import.
    pub fn subjects(&self) -> BTreeMap<[u8; 32], [u8; 16]> {
        let open = |(subject, data_key, wrapped): &([u8; 16], [u8; 16], Vec<u8>)| {
            let under = self.data.get(data_key)?;
            let key = unwrap_subject_key(subject, wrapped, DataKeyId::from_bytes(*data_key), under)?;
            Some((*key.as_bytes(), *subject))
        };
        self.wraps.iter().filter_map(open).collect()
    }

    /// The wraps of one subject that are held.
    pub fn wraps_of(&self, subject: &[u8; 16]) -> Vec<Vec<u8>> {
        self.wraps.iter().filter(|(of, ..)| of == subject).map(|(.., wrapped)| wrapped.clone()).collect()
    }

    /// A subject's key as the district holds it.
    pub fn put_wrap(&mut self, subject: [u8; 16], data_key: [u8; 16], wrapped: Vec<u8>) {
        self.wraps.insert((subject, data_key, wrapped));
    }

    /// What a database holds of keys; whichever of these tables it has.
    fn learn(&mut self, conn: &Connection) {
        let mut data = rows(conn, "SELECT id, key FROM data_key");
        self.data.extend(data.drain(..).map(|row| (sixteen(&row[0]), thirty_two(&row[1]))));
        let secrets = rows(conn, "SELECT value FROM meta WHERE key = 'seal_secret'");
        self.seal_secrets.extend(secrets.iter().map(|row| thirty_two(&row[0])));
        for from in ["subject_key", "person_key"] {
            let sql = format!("SELECT subject, data_key, wrapped FROM {from} WHERE tombstone = 0");
            for row in rows(conn, &sql) {
                self.put_wrap(sixteen(&row[0]), sixteen(&row[1]), row[2].clone());
            }
        }
    }
}

fn sixteen(bytes: &[u8]) -> [u8; 16] {
    bytes.try_into().unwrap()
}

fn thirty_two(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap()
}

/// Rows of blobs; none where there is no such table.
fn rows(conn: &Connection, sql: &str) -> Vec<Vec<Vec<u8>>> {
    let Ok(mut statement) = conn.prepare(sql) else { return Vec::new() };
    let columns = statement.column_count();
    let read = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
    read.collect::<Result<_, _>>().unwrap()
}

/// The key of a PC's files: whoever has a password has it (docs/adr/0011).
pub fn file_key(dir: &Path) -> [u8; 32] {
    let file: Value = serde_json::from_str(&fs::read_to_string(dir.join("key.json")).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let slots = file["passwords"].as_array().unwrap();
    let open = |slot: &Value| {
        let number = |name: &str| u32::try_from(slot["kdf"][name].as_u64().unwrap()).unwrap();
        let params = Params::new(number("memory_kib"), number("passes"), number("lanes"), Some(64)).unwrap();
        let salt = HEXLOWER.decode(text(&slot["kdf"]["salt"]).as_bytes()).unwrap();
        let mut kek = [0; 64];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(PASSWORD.as_bytes(), &salt, &mut kek).unwrap();
        let label = format!("zhenxin key slot 1/{}/password/{}", text(&file["salt"]), text(&slot["user_tag"]));
        let nonce = HEXLOWER.decode(text(&slot["wrapped"]["nonce"]).as_bytes()).unwrap();
        let wrapped = HEXLOWER.decode(text(&slot["wrapped"]["bytes"]).as_bytes()).unwrap();
        let cipher = XChaCha20Poly1305::new_from_slice(&kek[..32]).unwrap();
        let nonce = XNonce::from(<[u8; NONCE_BYTES]>::try_from(nonce).unwrap());
        cipher.decrypt(&nonce, Payload { msg: &wrapped, aad: label.as_bytes() }).ok()
    };
    thirty_two(&slots.iter().find_map(open).unwrap())
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A folder of a PC, or a place with its backups.
pub fn read_pc(name: &str, folder: &Path, key: &[u8; 32], keys: &mut Keys) -> Vec<Plain> {
    let mut found = Vec::new();
    for path in files(folder) {
        let place = format!("{name}: {}", path.strip_prefix(folder).unwrap().display());
        if is_encrypted_database(&path, key) {
            found.push(Plain { place: format!("{place}, pages"), bytes: pages::in_the_clear(&path, key) });
            let copy = copied(&path);
            let conn = Connection::open(copy.path().join("db")).unwrap();
            conn.pragma_update(None, "key", format!("x'{}'", HEXLOWER.encode(key))).unwrap();
            keys.learn(&conn);
            found.push(Plain { place, bytes: cells(&conn) });
        } else {
            found.push(Plain { place, bytes: fs::read(&path).unwrap() });
        }
    }
    found
}

/// Whether the first page opens with this key: it says how many bytes each page keeps for the cipher, and three numbers
/// that are the same in every file (https://www.sqlite.org/fileformat2.html#the_database_header).
fn is_encrypted_database(path: &Path, key: &[u8; 32]) -> bool {
    let whole_page = fs::metadata(path).unwrap().len() >= 4_096;
    whole_page && pages::in_the_clear(path, key).get(4..8) == Some(&[80, 64, 32, 32])
}

/// A database as it lies, so that looking at it changes nothing.
fn copied(path: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(path, folder.path().join("db")).unwrap();
    let log = PathBuf::from(format!("{}-wal", path.display()));
    if log.exists() {
        fs::copy(log, folder.path().join("db-wal")).unwrap();
    }
    folder
}

/// Every value of every table.
fn cells(conn: &Connection) -> Vec<u8> {
    let sql = "SELECT CAST(name AS BLOB) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut bytes = Vec::new();
    for table in rows(conn, sql) {
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{}\"", String::from_utf8_lossy(&table[0]))).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..columns {
                if let ValueRef::Text(value) | ValueRef::Blob(value) = row.get_ref(at).unwrap() {
                    bytes.extend_from_slice(value);
                    bytes.push(0);
                }
            }
        }
    }
    bytes
}

/// The folder of a district: files as they lie, and the cells of its database where that is one of them.
pub fn read_district(folder: &Path, keys: &mut Keys) -> Vec<Plain> {
    let mut found = Vec::new();
    for path in files(folder) {
        let place = format!("district: {}", path.strip_prefix(folder).unwrap().display());
        if path.extension().is_some_and(|extension| extension == "db") {
            let copy = copied(&path);
            let conn = Connection::open_with_flags(copy.path().join("db"), OpenFlags::default()).unwrap();
            keys.learn(&conn);
            found.push(Plain { place: format!("{place}, cells"), bytes: cells(&conn) });
        }
        found.push(Plain { place, bytes: fs::read(&path).unwrap() });
    }
    found
}

/// A bundle, opened by each of these that it was made for.
pub fn read_bundle(path: &Path, keys: &mut Keys) -> Vec<Plain> {
    let bytes = fs::read(path).unwrap();
    let recipients = Closed::read_any(bytes.as_slice()).unwrap().header().recipients.clone();
    let mut inside = Vec::new();
    for secret in keys.seal_secrets.clone() {
        for recipient in &recipients {
            let closed = Closed::read_any(bytes.as_slice()).unwrap();
            let Ok(mut reader) = closed.open(recipient.device, &secret) else { continue };
            while let Some(item) = reader.next_item().unwrap() {
                if let Item::Keys(pushed) = &item {
                    for row in pushed.rows.iter().filter(|row| !row.tombstone) {
                        keys.put_wrap(row.subject, *row.data_key.as_bytes(), row.wrapped.clone());
                    }
                }
                inside.extend(to_cbor(&item));
            }
        }
    }
    vec![Plain { place: "stick, opened".to_owned(), bytes: inside }, Plain { place: "stick".to_owned(), bytes }]
}

/// What somebody is recognised by.
pub struct Needles {
    labels: Vec<String>,
    finder: AhoCorasick,
    photo: Option<Vec<u8>>,
}

impl Needles {
    /// Texts in every encoding that anything here writes, parts of numbers, bytes as they are.
    pub fn new(texts: &[&str], bytes: &[(&str, Vec<u8>)], photo: Option<Vec<u8>>) -> Self {
        let (mut labels, mut patterns) = (Vec::new(), Vec::new());
        let mut put = |label: String, pattern: Vec<u8>| {
            assert!(pattern.len() >= NEEDLE_MIN_BYTES, "{label} is found in noise");
            labels.push(label);
            patterns.push(pattern);
        };
        for text in texts {
            put((*text).to_owned(), text.as_bytes().to_vec());
            put(format!("{text} (GB18030)"), GB18030.encode(text).0.into_owned());
            put(format!("{text} (UTF-16LE)"), text.encode_utf16().flat_map(u16::to_le_bytes).collect());
            put(format!("{text} (UTF-16BE)"), text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
        for (label, pattern) in bytes {
            put((*label).to_owned(), pattern.clone());
        }
        if let Some(photo) = &photo {
            put("photo".to_owned(), photo[..BLOB_PREFIX_BYTES].to_vec());
        }
        Self { labels, finder: AhoCorasick::new(patterns).unwrap(), photo }
    }

    fn found_in(&self, bytes: &[u8]) -> BTreeSet<usize> {
        self.finder.find_overlapping_iter(bytes).map(|found| found.pattern().as_usize()).collect()
    }
}

/// What was found, by place.
pub type Found = BTreeMap<String, BTreeSet<String>>;

/// Looks everywhere, opening whatever the keys open.
pub fn search(plains: &[Plain], keys: &Keys, needles: &Needles) -> Found {
    let mut search = Search { keys: keys.subjects().into_keys().collect(), needles, known: HashMap::new() };
    let blobs: Vec<Vec<u8>> = match &needles.photo {
        Some(photo) => search.keys.iter().map(|key| sealed_prefix(key, photo)).collect(),
        None => Vec::new(),
    };
    let blobs = AhoCorasick::new(&blobs).unwrap();
    let mut found = Found::new();
    for plain in plains {
        search.look(&mut found, &plain.place, &plain.bytes);
        for unpacked in unpacked(&plain.bytes) {
            search.look(&mut found, &format!("{}, unpacked", plain.place), &unpacked);
        }
        if blobs.patterns_len() > 0 && blobs.is_match(&plain.bytes) {
            found.entry(plain.place.clone()).or_default().insert("photo (sealed)".to_owned());
        }
    }
    found
}

fn sealed_prefix(key: &[u8; 32], photo: &[u8]) -> Vec<u8> {
    seal_attachment(&SubjectKey::new(*key), photo).unwrap()[..BLOB_PREFIX_BYTES].to_vec()
}

struct Search<'n> {
    keys: Vec<[u8; 32]>,
    needles: &'n Needles,
    /// The same sealed value stands in many places.
    known: HashMap<Vec<u8>, BTreeSet<usize>>,
}

impl Search<'_> {
    fn look(&mut self, found: &mut Found, place: &str, bytes: &[u8]) {
        let mut note = |place: String, patterns: &BTreeSet<usize>| {
            if !patterns.is_empty() {
                let labels = patterns.iter().map(|at| self.needles.labels[*at].clone());
                found.entry(place).or_default().extend(labels);
            }
        };
        note(place.to_owned(), &self.needles.found_in(bytes));
        for (nonce, sealed) in sealed_values(bytes) {
            let value = [nonce, sealed].concat();
            let patterns = self.known.entry(value).or_insert_with(|| opened(&self.keys, nonce, sealed, self.needles));
            note(format!("{place}, sealed"), patterns);
        }
    }
}

/// What stands in a sealed value under any of the keys.
fn opened(keys: &[[u8; 32]], nonce: &[u8], sealed: &[u8], needles: &Needles) -> BTreeSet<usize> {
    let nonce = XNonce::from(<[u8; NONCE_BYTES]>::try_from(nonce).unwrap());
    let mut patterns = BTreeSet::new();
    for key in keys {
        // sealing what is sealed takes the stream off again
        let plain = XChaCha20Poly1305::new(key.into()).encrypt(&nonce, sealed).unwrap();
        patterns.extend(needles.found_in(&plain[..sealed.len()]));
    }
    patterns
}

/// Nonce and bytes of every sealed value, also of one that was cut.
fn sealed_values(bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let begins = AhoCorasick::new([SEALED]).unwrap();
    let mut values = Vec::new();
    for at in begins.find_iter(bytes).map(|found| found.end()) {
        let Some((nonce, rest)) = bytes[at..].split_at_checked(NONCE_BYTES) else { continue };
        let [2, head, rest @ ..] = rest else { continue };
        let (length, rest) = match (head, rest) {
            (0x40..=0x57, rest) => (usize::from(head - 0x40), rest),
            (0x58, [length, rest @ ..]) => (usize::from(*length), rest),
            (0x59, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            _ => continue,
        };
        values.push((nonce, &rest[..length.min(rest.len())]));
    }
    values
}

/// What every zstd frame in these bytes holds, as far as it reads.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let begins = AhoCorasick::new([ZSTD]).unwrap();
    let mut frames = Vec::new();
    for at in begins.find_iter(bytes).map(|found| found.start()) {
        let Ok(decoder) = zstd::stream::read::Decoder::with_buffer(&bytes[at..]) else { continue };
        let (mut plain, mut reader) = (Vec::new(), decoder.single_frame().take(UNPACKED_MAX_BYTES));
        // what stands before a fault counts
        let mut piece = [0; 1 << 14];
        while let Ok(length @ 1..) = reader.read(&mut piece) {
            plain.extend_from_slice(&piece[..length]);
        }
        frames.push(plain);
    }
    frames
}

#[test]
fn the_search_finds_what_is_hidden() {
    let key = SubjectKey::new([7; 32]);
    let place = zhenxin_protocol::seal::Place {
        op: zhenxin_domain::ids::OpId::from_bytes([1; 16]),
        subject: [2; 16],
        field: "name",
    };
    let sealed = zhenxin_protocol::seal::seal(&key, [3; 24], place, "欧阳碶娜").unwrap();
    let mut encoder = minicbor::Encoder::new(Vec::new());
    zhenxin_protocol::canon::Canon::put(&sealed, &mut encoder).unwrap();
    let cbor = encoder.into_writer();
    let packed = zhenxin_protocol::frame::pack(&minicbor::bytes::ByteVec::from(cbor.clone()));
    let utf16: Vec<u8> = "欧阳碶娜".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let plains: Vec<Plain> =
        [("cbor", cbor.clone()), ("packed", packed), ("utf16", utf16), ("cut", cbor[..cbor.len() - 16].to_vec())]
            .into_iter()
            .map(|(place, bytes)| Plain { place: place.to_owned(), bytes })
            .collect();
    let mut keys = Keys::default();
    let needles = Needles::new(&["欧阳碶娜"], &[], None);
    assert_eq!(search(&plains, &keys, &needles).into_keys().collect::<Vec<_>>(), ["utf16"]);
    let data = [9; 32];
    let id = zhenxin_protocol::wrap::data_key_id(&data);
    keys.data.insert(*id.as_bytes(), data);
    keys.put_wrap(
        [2; 16],
        *id.as_bytes(),
        zhenxin_protocol::wrap::wrap_subject_key(&[2; 16], &key, id, &data, [4; 24]),
    );
    let found: Vec<String> = search(&plains, &keys, &needles).into_keys().collect();
    assert_eq!(found, ["cbor, sealed", "cut, sealed", "packed, unpacked, sealed", "utf16"]);
}
