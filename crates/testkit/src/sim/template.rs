//! Prepared folders: making a town's file takes longer than copying one, and every run needs up to nine.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tempfile::TempDir;
use zhenxin_domain::ids::UserId;
use zhenxin_store::{CreateOptions, KdfCost, KeyringPolicy, NewUser, Ports, Store, Unlock};

use super::chance::{Chance, SeededIds};
use super::clock::{TrueTime, WrongClock};
use super::district::DistrictSide;
use super::plan::PCS_MAX;

/// The town of every run.
pub const TOWN: &str = "330211101";
/// Its villages.
pub const VILLAGES: [&str; 3] = ["330211101200", "330211101201", "330211101202"];

const PASSWORD: &str = "jiulonghu-2026";
const SIGN_IN: &str = "admin";

/// A memory disk, where the system has one: nothing here must outlive the process.
const MEMORY_DISK: &str = "/dev/shm";

/// One prepared machine.
#[derive(Clone)]
pub struct Prepared {
    dir: PathBuf,
    /// Its first user.
    pub clerk: UserId,
}

/// All prepared folders.
pub struct Templates {
    /// Removed when this value goes.
    _root: TempDir,
    pcs: Vec<Prepared>,
    district: PathBuf,
}

/// A new temporary folder, on the memory disk where there is one.
pub fn scratch() -> Result<TempDir> {
    let memory = Path::new(MEMORY_DISK);
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    dir.context("no temporary folder")
}

impl Templates {
    /// Prepares one folder for each machine that a run may begin with.
    pub fn prepare() -> Result<Self> {
        let root = scratch()?;
        let pcs = (0..PCS_MAX).map(|slot| prepare(root.path(), slot)).collect::<Result<_>>()?;
        let home = root.path().join("district");
        let district = DistrictSide::start(home, None, TrueTime::begin(), Chance::of(0xD157))?.into_dir();
        Ok(Self { _root: root, pcs, district })
    }

    /// A district that was just set up.
    pub fn district(&self) -> &Path {
        &self.district
    }

    /// The machines.
    pub fn pcs(&self) -> &[Prepared] {
        &self.pcs
    }

    /// Lays a machine's folder out.
    pub fn lay_out(&self, slot: usize, dir: &Path) -> Result<UserId> {
        self.pcs.get(slot).context("no such slot")?.lay_out(dir)
    }
}

impl Prepared {
    /// Lays its folder out; who works there.
    pub fn lay_out(&self, dir: &Path) -> Result<UserId> {
        copy_dir(&self.dir, dir)?;
        Ok(self.clerk)
    }
}

/// The randomness that a prepared machine's file is made of, its key among it: for tests that damage the file past the
/// program.
pub fn ids_of(slot: usize) -> SeededIds {
    SeededIds::new(Chance::of(0x5EA7_0000 + slot as u64))
}

fn prepare(root: &Path, slot: usize) -> Result<Prepared> {
    let dir = root.join(format!("pc-{slot}"));
    let ports = Ports { clock: Arc::new(WrongClock::new(TrueTime::begin())), ids: Arc::new(ids_of(slot)) };
    let options = CreateOptions {
        town: TOWN.parse()?,
        device_label: format!("{} 号机", slot + 1),
        admin: NewUser { name: format!("经办人{slot}"), duties: u32::MAX, ..NewUser::default() },
        sign_in_name: SIGN_IN.to_owned(),
        password: PASSWORD.to_owned(),
        keyring: KeyringPolicy::Off,
        kdf: KdfCost::WEAK_FOR_TESTS,
    };
    let created = Store::create(&dir, options, &ports)?;
    Ok(Prepared { dir, clerk: created.admin })
}

/// Opens a machine's folder.
pub fn open(dir: &Path, ports: &Ports) -> Result<Store> {
    let unlock = Unlock::Password { sign_in_name: SIGN_IN.to_owned(), password: PASSWORD.to_owned() };
    Ok(Store::open(dir, unlock, ports)?.store)
}

/// Copies the files of a folder as they lie there, open or not: what a kill leaves behind.
pub fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
