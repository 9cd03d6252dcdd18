//! The district of a run: the real store behind the real dispatch, without sockets.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use rusqlite::{Connection, OpenFlags};
use zhenxin_district::Config;
use zhenxin_district::config::StoreUrl;
use zhenxin_district::server::Site;
use zhenxin_district::store::enrol::NewCode;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::Endpoint;

use super::chance::Chance;
use super::clock::TrueTime;
use super::template::{TOWN, VILLAGES, copy_dir};

/// Long enough for every run.
const CODE_VALID_MS: i64 = 400 * 24 * 3_600 * 1_000;

/// An op as the district holds it.
#[derive(Debug, Clone)]
pub struct Held {
    /// Who wrote it, and where in which chain.
    pub place: (DeviceId, u32, u64),
    /// What it is, as bytes.
    pub bytes: Vec<u8>,
    /// Scope and place in its order; none where it was refused.
    pub ordered: Option<(Scope, u64)>,
}

impl Held {
    /// Its content; none for bytes that are no op.
    pub fn content(&self) -> Option<OpId> {
        Op::from_bytes(&self.bytes).ok().map(|op| op.content_id())
    }
}

/// The district.
pub struct DistrictSide {
    home: PathBuf,
    lives: u32,
    dir: PathBuf,
    copy: Option<PathBuf>,
    backup: Option<PathBuf>,
    time: TrueTime,
    chance: Arc<Mutex<Chance>>,
    site: Option<Arc<Site>>,
}

impl DistrictSide {
    /// A district on a folder that may be empty.
    pub fn start(home: PathBuf, template: Option<&Path>, time: TrueTime, chance: Chance) -> Result<Self> {
        let dir = home.join("0");
        match template {
            Some(template) => copy_dir(template, &dir)?,
            None => fs::create_dir_all(&dir)?,
        }
        let chance = Arc::new(Mutex::new(chance));
        let mut side = Self { home, lives: 0, dir, copy: None, backup: None, time, chance, site: None };
        side.open()?;
        Ok(side)
    }

    /// Stops it and gives its folder.
    pub fn into_dir(self) -> PathBuf {
        self.dir
    }

    fn config(&self) -> Config {
        let time = self.time.clone();
        let chance = Arc::clone(&self.chance);
        Config {
            clock: Arc::new(move || time.now_ms()),
            random: Arc::new(move |bytes: &mut [u8]| {
                let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
                for part in bytes.chunks_mut(8) {
                    let fresh = chance.draw().to_le_bytes();
                    part.copy_from_slice(&fresh[..part.len()]);
                }
                Ok(())
            }),
            store: StoreUrl::Sqlite,
            ..Config::local(&self.dir)
        }
    }

    fn open(&mut self) -> Result<()> {
        self.site = Some(Site::open(&self.config()).map_err(|error| anyhow!("the district does not open: {error}"))?);
        Ok(())
    }

    /// The running district.
    pub fn site(&self) -> &Site {
        self.site.as_ref().expect("a district is always running between two moves")
    }

    /// Answers a frame.
    pub fn serve(&self, endpoint: Endpoint, token: Option<[u8; 32]>, frame: &[u8]) -> Vec<u8> {
        self.site().serve_frame(endpoint, token, frame)
    }

    /// A one-time code for the whole town or one village.
    pub fn code(&self, village: Option<u8>) -> Result<String> {
        let villages = match village {
            Some(at) => vec![VILLAGES[usize::from(at) % VILLAGES.len()].parse::<Scope>()?],
            None => Vec::new(),
        };
        self.code_for(TOWN, villages)
    }

    /// A one-time code for any town.
    pub fn code_for(&self, town: &str, villages: Vec<Scope>) -> Result<String> {
        let new = NewCode { town: town.parse()?, label: String::new(), villages, valid_ms: CODE_VALID_MS };
        Ok(self.site().store().make_code(&new, self.time.now_ms())?.to_string())
    }

    /// Shuts a device out.
    pub fn revoke(&self, device: DeviceId) -> Result<bool> {
        Ok(self.site().store().revoke(TOWN.parse()?, device, self.time.now_ms())?)
    }

    /// Whether the bearer of a token was shut out; `None`: it does not know the bearer.
    pub fn knows(&self, token: Option<[u8; 32]>) -> Result<Option<bool>> {
        Ok(self.bearer(token)?.map(|(_, shut_out)| shut_out))
    }

    /// The bearer of a token, and whether it was shut out.
    pub fn bearer(&self, token: Option<[u8; 32]>) -> Result<Option<(DeviceId, bool)>> {
        let Some(token) = token else { return Ok(None) };
        let device = self.site().store().device_by_token(&token)?;
        Ok(device.map(|device| (device.id, device.revoked_at_ms.is_some())))
    }

    /// Takes the spending right of a scope away from whoever holds it.
    pub fn take_right(&self, scope: Scope) -> Result<bool> {
        Ok(self.site().store().take_right(TOWN.parse()?, scope)?)
    }

    /// Reads a stick; what it took, in words, or why it did not.
    pub fn bundle_in(&self, path: &Path) -> Result<String> {
        let site = self.site.as_ref().context("the district is off")?;
        Ok(match zhenxin_district::bundle::take_in(site, BufReader::new(fs::File::open(path)?)) {
            Ok(report) => format!("{report:?}"),
            Err(error) => format!("refused: {error}"),
        })
    }

    /// Writes a stick for a device.
    pub fn bundle_out(&self, device: DeviceId, path: &Path) -> Result<bool> {
        let site = self.site.as_ref().context("the district is off")?;
        let out = BufWriter::new(fs::File::create(path)?);
        Ok(zhenxin_district::bundle::give_out(site, TOWN.parse()?, device, out).is_ok())
    }

    fn next_dir(&mut self) -> PathBuf {
        self.lives += 1;
        self.home.join(self.lives.to_string())
    }

    fn move_to(&mut self, dir: PathBuf) -> Result<()> {
        self.site = None;
        let old = std::mem::replace(&mut self.dir, dir);
        fs::remove_dir_all(old)?;
        self.open()
    }

    /// kill -9 and a new start.
    pub fn crash(&mut self) -> Result<()> {
        let dir = self.next_dir();
        copy_dir(&self.dir, &dir)?;
        self.move_to(dir)
    }

    /// Copies the files and lays the copy by.
    pub fn keep_copy(&mut self) -> Result<()> {
        let copy = self.home.join("copy");
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        copy_dir(&self.dir, &copy)?;
        self.copy = Some(copy);
        Ok(())
    }

    /// Replaces the files by the copy: the same lineage with less history. False where there is no copy.
    pub fn restore_copy(&mut self) -> Result<bool> {
        let Some(copy) = self.copy.clone() else { return Ok(false) };
        let dir = self.next_dir();
        copy_dir(&copy, &dir)?;
        self.move_to(dir)?;
        Ok(true)
    }

    /// Makes a backup.
    pub fn backup(&mut self) -> Result<()> {
        let file = self.home.join("backup");
        if file.exists() {
            fs::remove_file(&file)?;
        }
        self.site().store().backup(&file, self.time.now_ms()).map_err(|error| anyhow!("backup: {error}"))?;
        self.backup = Some(file);
        Ok(())
    }

    /// Is restored from its backup, on a new disk. False where there is none.
    pub fn restore(&mut self) -> Result<bool> {
        let Some(file) = self.backup.clone() else { return Ok(false) };
        let dir = self.next_dir();
        fs::create_dir_all(&dir)?;
        self.site = None;
        let old = std::mem::replace(&mut self.dir, dir);
        fs::remove_dir_all(old)?;
        self.open()?;
        let replace = zhenxin_district::store::backup::Replace::Yes;
        let restored = self.site().store().restore(&file, replace);
        restored.map_err(|error| anyhow!("restore: {error}"))?;
        // what was restored is read by a new start, as after the command
        self.site = None;
        self.open()?;
        Ok(true)
    }

    /// Its database, for tests that damage it.
    pub fn database(&self) -> Result<PathBuf> {
        database(&self.dir)
    }

    /// Everything that it holds, read from its file and not through its code.
    pub fn held(&self) -> Result<Vec<Held>> {
        let file = self.database()?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&file, flags)?;
        let mut statement =
            conn.prepare("SELECT device, epoch, seq, bytes, scope, server_seq FROM op ORDER BY device, epoch, seq")?;
        let rows = statement.query_map([], |row| {
            let ordered = match (row.get::<_, Option<String>>(4)?, row.get::<_, Option<i64>>(5)?) {
                (Some(scope), Some(at)) => scope.parse().ok().map(|scope| (scope, at.unsigned_abs())),
                _ => None,
            };
            let device = DeviceId::from_bytes(row.get(0)?);
            Ok(Held { place: (device, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs()), bytes: row.get(3)?, ordered })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The complete files that it keeps, and of which scope.
    pub fn blobs(&self) -> Result<Vec<(Hash32, Scope)>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(self.database()?, flags)?;
        let mut statement = conn.prepare("SELECT id, scope FROM blob WHERE done = 1 ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((Hash32(row.get(0)?), row.get::<_, String>(1)?)))?;
        rows.map(|row| row.map_err(anyhow::Error::from).and_then(|(id, scope)| Ok((id, scope.parse()?)))).collect()
    }

    /// Size and root of each scope, computed here from the ops' bytes by RFC 6962 §2.1.1 word for word.
    pub fn heads(&self) -> Result<BTreeMap<Scope, (u64, Hash32)>> {
        let mut scopes: BTreeMap<Scope, BTreeMap<u64, Hash32>> = BTreeMap::new();
        for held in self.held()? {
            if let Some((scope, at)) = held.ordered {
                scopes.entry(scope).or_default().insert(at, Hash32::of(&held.bytes));
            }
        }
        scopes
            .into_iter()
            .map(|(scope, ops)| {
                let dense = ops.keys().zip(1..).all(|(at, expected)| *at == expected);
                let leaves: Vec<Hash32> = ops.into_values().collect();
                dense
                    .then(|| (scope, (leaves.len() as u64, root(&leaves))))
                    .with_context(|| format!("the district's order of {scope} has a hole"))
            })
            .collect()
    }
}

/// The one database in a district's folder.
fn database(dir: &Path) -> Result<PathBuf> {
    let found = fs::read_dir(dir)?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut found = found.filter(|path| path.extension().is_some_and(|extension| extension == "db"));
    found.next().with_context(|| format!("no database in {}", dir.display()))
}

/// RFC 6962 §2.1: the hash of a list of leaves.
fn root(leaves: &[Hash32]) -> Hash32 {
    match leaves {
        [] => Hash32::of(b""),
        [one] => Hash32::of_parts(&[&[0], one.as_bytes()]),
        _ => {
            // the largest power of two below the length
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            Hash32::of_parts(&[&[1], root(left).as_bytes(), root(right).as_bytes()])
        }
    }
}
