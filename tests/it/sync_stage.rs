//! What the tests of the exchange stand on: a real district over TLS in this process, and PCs that are let in.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zhenxin_district::store::Store as DistrictStore;
use zhenxin_district::store::backup::Replace;
use zhenxin_district::{Config, District};
use zhenxin_domain::ids::ResidentId;
use zhenxin_store::OpCounts;
use zhenxin_testkit::desk::Desk;
use zhenxin_testkit::district::code;
use zhenxin_testkit::pc::TOWN;

/// A district that can be stopped, copied and restored.
pub struct Site {
    district: Option<District>,
    config: Config,
    pub dir: TempDir,
}

impl Site {
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut site = Self { district: None, config: Config::local(dir.path()), dir };
        site.go_on();
        site.config.listen = site.district().address();
        site
    }

    pub fn district(&self) -> &District {
        self.district.as_ref().unwrap()
    }

    pub fn ca_pem(&self) -> String {
        fs::read_to_string(self.district().ca_pem().unwrap()).unwrap()
    }

    pub fn enrol(&self, desk: &Desk, villages: &[&str]) {
        self.enrol_through(desk, &self.district().url(), villages);
    }

    /// The same over a line that stands before the district.
    pub fn enrol_through(&self, desk: &Desk, url: &str, villages: &[&str]) {
        let code = code(self.dir.path(), TOWN, villages).unwrap();
        desk.enrol(url, &code, &self.ca_pem()).unwrap();
    }

    pub fn stop(&mut self) {
        self.district.take().unwrap().stop().unwrap();
    }

    /// Starts on the same address again.
    pub fn go_on(&mut self) {
        self.district = Some(District::start(&self.config).unwrap());
    }

    pub fn store(&self) -> DistrictStore {
        DistrictStore::open(self.dir.path()).unwrap()
    }

    /// Its database files as they stand.
    pub fn copy_files(&mut self, to: &Path) {
        self.stop();
        for file in self.files() {
            fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
        }
        self.go_on();
    }

    /// Puts an earlier copy of the files back.
    pub fn put_files_back(&mut self, from: &Path) {
        self.stop();
        for file in self.files() {
            fs::remove_file(file).unwrap();
        }
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), self.dir.path().join(entry.file_name())).unwrap();
        }
        self.go_on();
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("district.db")).collect()
    }

    /// As its command `backup` does.
    pub fn back_up(&self, path: &Path) {
        self.store().backup(path, 1).unwrap();
    }

    /// As its command `restore` does: while it is stopped.
    pub fn restore(&mut self, path: &Path) {
        self.stop();
        self.store().restore(path, Replace::Yes).unwrap();
        self.go_on();
    }
}

/// A round that ends well.
pub fn complete(desk: &Desk) {
    let report = desk.sync().unwrap();
    assert!(report.complete(), "{report:?}");
}

/// Rounds until keys and operations have reached everybody.
pub fn settle(desks: &[&Desk]) {
    for _round in 0..3 {
        for desk in desks {
            complete(desk);
        }
    }
}

/// Everybody holds the same, nothing waits, nothing is refused, and every file is what its log says.
pub fn all_equal(desks: &[&Desk]) {
    for desk in desks {
        let OpCounts { pending, rejected, .. } = desk.store.read(|reader| reader.op_counts()).unwrap();
        assert_eq!((pending, rejected), (0, 0));
        let report = desk.store.verify(None).unwrap();
        assert!(report.sound(), "{:?}", report.faults);
        assert_eq!(report.ledger_sum, 0);
        assert!(desk.dump().unwrap() == desks[0].dump().unwrap(), "the tables differ");
        assert_eq!(desk.store.heads().unwrap(), desks[0].store.heads().unwrap());
    }
}

/// The PC knows every one of these people by name.
pub fn knows(desk: &Desk, residents: &[ResidentId]) {
    let found = desk.store.read(|reader| reader.residents(residents)).unwrap();
    assert_eq!(found.len(), residents.len());
    assert!(found.iter().all(|row| row.name.is_some()), "a name is missing");
}
