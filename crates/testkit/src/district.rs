//! The district as a real process, so that a test can kill it at any moment.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use zhenxin_district::{clock, running::LISTENING_FILE, store::Store, store::enrol::NewCode};
use zhenxin_domain::division::{Scope, TownCode};

/// How long a process may take to listen; on a busy machine with a cold cache that is seconds.
const START_TRIES: u32 = 600;
const START_PAUSE: Duration = Duration::from_millis(50);

/// Validity of codes, one hour.
const CODE_VALID_MS: i64 = 3_600_000;

/// A district process on a data folder. It is killed when dropped.
pub struct ChildDistrict {
    program: PathBuf,
    data_dir: PathBuf,
    address: SocketAddr,
    child: Option<Child>,
}

impl ChildDistrict {
    /// Starts `program` (see `CARGO_BIN_EXE_it-district`) at a free port.
    pub fn start(program: impl Into<PathBuf>, data_dir: impl Into<PathBuf>) -> Result<Self> {
        let mut district = Self {
            program: program.into(),
            data_dir: data_dir.into(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            child: None,
        };
        district.start_again()?;
        Ok(district)
    }

    /// Starts the process again on the same data and the same port.
    pub fn start_again(&mut self) -> Result<()> {
        let listening = self.data_dir.join(LISTENING_FILE);
        if listening.exists() {
            // left behind by a kill
            fs::remove_file(&listening)?;
        }
        let child = Command::new(&self.program)
            .arg("serve")
            .arg("--data")
            .arg(&self.data_dir)
            .arg("--listen")
            .arg(self.address.to_string())
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let child = self.child.insert(child);
        for _try in 0..START_TRIES {
            if let Some(status) = child.try_wait()? {
                bail!("the district ended at its start: {status}");
            }
            if let Some(address) = read_address(&listening)? {
                self.address = address;
                return Ok(());
            }
            thread::sleep(START_PAUSE);
        }
        bail!("the district does not listen")
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Its socket.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its own authority, PEM.
    pub fn ca_pem(&self) -> Result<String> {
        Ok(fs::read_to_string(self.data_dir.join("ca.pem"))?)
    }

    /// Its data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// kill -9: no destructor runs, nothing is flushed.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// A one-time code, made beside the running process as the command `enrol` does.
    pub fn code(&self, town: &str) -> Result<String> {
        code(&self.data_dir, town, &[])
    }
}

impl Drop for ChildDistrict {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::error!(%error, "a district process stays behind");
        }
    }
}

/// A one-time code of the district on a folder, for a whole town or for some villages.
pub fn code(data_dir: &Path, town: &str, villages: &[&str]) -> Result<String> {
    let town: TownCode = town.parse()?;
    let villages = villages.iter().map(|village| Ok(village.parse::<Scope>()?)).collect::<Result<_>>()?;
    let new = NewCode { town, label: String::new(), villages, valid_ms: CODE_VALID_MS };
    Ok(Store::open(data_dir)?.make_code(&new, clock::system()())?.to_string())
}

/// The address in the file; none while it is not there or half-written.
fn read_address(listening: &Path) -> Result<Option<SocketAddr>> {
    if !listening.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(listening)?;
    match text.strip_suffix('\n').and_then(|line| line.strip_prefix("https://")) {
        Some(address) => Ok(Some(address.parse()?)),
        None => Ok(None),
    }
}
