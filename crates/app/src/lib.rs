//! The use cases of the program: who may do what, what is checked, what is written, what is answered.
//!
//! [`App::call`] is the only way in. Every host (window, terminal, browser) hands it a name and JSON; the list in
//! [`contract`] says which duty is needed and which function answers.
//!
//! Invariants
//! - Authorise → validate (all faults at once) → one transaction → reply with what changed.
//! - One error leaves: [`Fault`], in Chinese, saying what to do next, without personal data.
//! - Everything below takes time and randomness as arguments; the system is asked only in `system`.
//!
//! Deliberately absent: SQL (store), the look of papers (documents), hosts.
#![deny(missing_docs)]

pub mod contract;

mod access;
mod accounts;
mod attachments;
pub(crate) mod audit;
mod backups;
mod brands;
mod calendar;
mod divisions;
mod duties;
mod events;
mod fault;
mod form;
mod gate;
mod handover;
mod import;
mod jobs;
mod legal;
mod matrix;
mod paper_code;
mod papers;
mod passwords;
mod points;
mod privacy;
mod proof;
mod queries;
mod records;
mod recusal;
mod request;
mod residents;
mod second_factor;
mod security;
mod selfcheck;
mod settling;
mod shown;
mod sight;
mod syncing;
mod system;
mod timebank;
mod villages;
mod wording;
mod workbench;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use zhenxin_documents::fonts::Fonts;
use zhenxin_domain::ids::UserId;
use zhenxin_store::{KdfCost, Ports, Store};

pub use contract::{Fault, FaultCode, Kind};
pub use system::{SystemClock, SystemIds};
pub use zhenxin_store::{Clock, IdSource};

use contract::session::Duty;
use divisions::TownDivision;

/// What a host gives the program at its start.
#[derive(Clone)]
pub struct AppConfig {
    /// Folder of the town's file; made where it is missing.
    pub data_dir: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn IdSource>,
    /// Whether a request may name a file of this machine: the terminal's person picked it there. Screens never do, so
    /// that a page gone wrong reads and writes no file.
    pub names_files: bool,
    /// Cost of wrapping keys with passwords. Tests take a weak one; anything else the standard.
    pub weak_passwords_for_tests: bool,
}

impl AppConfig {
    /// The system's clock and randomness, the standard cost.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds::default()),
            names_files: false,
            weak_passwords_for_tests: false,
        }
    }

    /// For the terminal.
    #[must_use]
    pub fn for_a_terminal(self) -> Self {
        Self { names_files: true, ..self }
    }
}

/// The running program. Cheap to clone; all clones are the same program.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

type Listener = Box<dyn Fn(&str) + Send + Sync>;

struct Inner {
    config: AppConfig,
    town: RwLock<Option<Arc<OpenTown>>>,
    session: RwLock<Option<gate::Session>>,
    second_factors: second_factor::SecondFactors,
    jobs: import::Jobs,
    bundles: syncing::bundles::Bundles,
    listeners: RwLock<Vec<Listener>>,
    fonts: OnceLock<Fonts>,
    background: AtomicBool,
    /// Why the last backup failed, in words; empty after one that succeeded.
    backup_fault: RwLock<Option<String>>,
}

/// The town's file, open.
pub(crate) struct OpenTown {
    pub store: Store,
    pub division: &'static TownDivision,
    pub link: syncing::Link,
    pub check: Arc<selfcheck::SelfCheck>,
}

impl Drop for OpenTown {
    fn drop(&mut self) {
        self.check.stop();
    }
}

/// A signed-in user who holds the duty that the command needs.
pub(crate) struct Caller {
    pub app: App,
    pub town: Arc<OpenTown>,
    pub user: UserId,
    pub name: String,
    /// Duties as bits.
    pub duties: u32,
    /// Whose records the user sees.
    pub sight: sight::Sight,
    pub call: Arc<audit::Call>,
}

impl App {
    /// Starts the program on a data folder. The town's file is opened at once where the keyring holds its key, else
    /// at the first sign-in.
    ///
    /// # Errors
    /// When the file is damaged, newer than the program or in use.
    pub fn open(config: AppConfig) -> Result<Self, Fault> {
        let app = Self {
            inner: Arc::new(Inner {
                config,
                town: RwLock::default(),
                session: RwLock::default(),
                second_factors: second_factor::SecondFactors::default(),
                jobs: import::Jobs::default(),
                bundles: syncing::bundles::Bundles::default(),
                listeners: RwLock::default(),
                fonts: OnceLock::new(),
                background: AtomicBool::new(false),
                backup_fault: RwLock::default(),
            }),
        };
        access::open_by_keyring(&app)?;
        Ok(app)
    }

    /// Does a command: `request` and the reply are JSON of the shapes in [`contract`]. Blocks.
    ///
    /// # Errors
    /// A [`Fault`] that can be shown as it is.
    pub fn call(&self, kind: Kind, name: &str, request: serde_json::Value) -> Result<serde_json::Value, Fault> {
        let call = Arc::new(audit::Call::new(kind, name, &request));
        let before = self.user();
        let ended = contract::list::dispatch(self, kind, name, request, &call);
        if ended.as_ref().is_err_and(|fault| fault.code == FaultCode::Store) {
            backups::suspect(self);
        }
        let reply = audit::note(self, &call, before, ended)?;
        if kind == Kind::Act {
            self.announce(name);
        }
        Ok(reply)
    }

    /// Calls `listener` with a topic after anything has changed: the act's name, `sync` or `import`.
    pub fn on_change(&self, listener: Box<dyn Fn(&str) + Send + Sync>) {
        self.inner.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// From now on synchronises in the background whenever a town is open and enrolled.
    pub fn start_background_sync(&self) {
        self.inner.background.store(true, Ordering::Relaxed);
        if let Ok(town) = self.town() {
            town.link.start_background(self);
            backups::keep_daily(self, &town);
            selfcheck::keep_weekly(self, &town);
        }
    }

    pub(crate) fn synchronises_in_background(&self) -> bool {
        self.inner.background.load(Ordering::Relaxed)
    }

    pub(crate) fn announce(&self, topic: &str) {
        for listener in self.inner.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(topic);
        }
    }

    pub(crate) fn ports(&self) -> Ports {
        Ports { clock: Arc::clone(&self.inner.config.clock), ids: Arc::clone(&self.inner.config.ids) }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.inner.config.data_dir
    }

    /// The file of this machine that a request names.
    pub(crate) fn named_file(&self, path: &str) -> Result<PathBuf, Fault> {
        match self.inner.config.names_files {
            true => Ok(PathBuf::from(path)),
            false => Err(Fault::new(FaultCode::BadRequest, "窗口不能直接读写本机的文件，请重新选择文件。")),
        }
    }

    pub(crate) fn kdf(&self) -> KdfCost {
        if self.inner.config.weak_passwords_for_tests { KdfCost::WEAK_FOR_TESTS } else { KdfCost::STANDARD }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.inner.config.clock.as_ref()
    }

    pub(crate) fn bundles(&self) -> &syncing::bundles::Bundles {
        &self.inner.bundles
    }

    pub(crate) fn jobs(&self) -> &import::Jobs {
        &self.inner.jobs
    }

    /// The fonts of papers; read once, when the first paper is made.
    pub(crate) fn fonts(&self) -> Result<&Fonts, Fault> {
        if let Some(fonts) = self.inner.fonts.get() {
            return Ok(fonts);
        }
        let fonts = Fonts::bundled()?;
        Ok(self.inner.fonts.get_or_init(|| fonts))
    }

    pub(crate) fn town(&self) -> Result<Arc<OpenTown>, Fault> {
        let town = self.inner.town.read().unwrap_or_else(PoisonError::into_inner).clone();
        town.ok_or_else(|| Fault::new(FaultCode::SignedOut, "请先登录。"))
    }

    pub(crate) fn set_town(&self, town: Arc<OpenTown>) {
        if self.synchronises_in_background() {
            town.link.start_background(self);
            backups::keep_daily(self, &town);
            selfcheck::keep_weekly(self, &town);
        }
        *self.inner.town.write().unwrap_or_else(PoisonError::into_inner) = Some(town);
    }

    pub(crate) fn second_factors(&self) -> &second_factor::SecondFactors {
        &self.inner.second_factors
    }
}

impl Caller {
    /// The same caller, doing this.
    pub(crate) fn on(mut self, call: &Arc<audit::Call>) -> Self {
        self.call = Arc::clone(call);
        self
    }

    pub(crate) fn today(&self) -> chrono::NaiveDate {
        self.app.clock().today()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.town.store
    }

    pub(crate) fn holds(&self, duty: Duty) -> bool {
        duties::from_bits(self.duties).contains(&duty)
    }
}
