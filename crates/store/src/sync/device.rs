//! The town's devices as the district last listed them: whose signatures count, for whom bundles are sealed.

use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;

use crate::error::StoreError;
use crate::open::Store;
use crate::query::Reader;
use crate::sql::Columns;

/// A device of the town.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Which.
    pub device: DeviceId,
    /// What the office calls it.
    pub label: String,
    /// Ed25519 public key, which proves the heads of its chains.
    pub sign_key: [u8; 32],
    /// X25519 public key, for which keys are wrapped.
    pub seal_key: [u8; 32],
    /// What it may read.
    pub scopes: Vec<Scope>,
    /// Whether the last list named it; one that an earlier list named was revoked.
    pub listed: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT device, label, sign_key, seal_key, scopes, listed FROM town_device ", $rest)
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<KnownDevice> {
    let mut c = Columns::of(row);
    Ok(KnownDevice {
        device: DeviceId::from_bytes(c.get()?),
        label: c.get()?,
        sign_key: c.get()?,
        seal_key: c.get()?,
        scopes: c.get::<String>()?.split_whitespace().filter_map(|scope| scope.parse().ok()).collect(),
        listed: c.get()?,
    })
}

impl Store {
    /// Takes the district's list. Those that it does not name any more are kept, for their signatures over what they
    /// wrote before, and marked.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn note_devices(&self, devices: &[KnownDevice]) -> Result<(), StoreError> {
        let mut listed: Vec<KnownDevice> = self.known_devices()?.into_iter().filter(|known| known.listed).collect();
        let mut named: Vec<KnownDevice> =
            devices.iter().map(|known| KnownDevice { listed: true, ..known.clone() }).collect();
        listed.sort_by_key(|known| known.device);
        named.sort_by_key(|known| known.device);
        if listed == named {
            return Ok(());
        }
        self.write_arrived(|log| {
            log.conn.prepare_cached("UPDATE town_device SET listed = 0")?.execute([])?;
            let mut put = log.conn.prepare_cached(
                "INSERT OR REPLACE INTO town_device (device, label, sign_key, seal_key, scopes, listed)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1)",
            )?;
            for known in devices {
                let scopes: Vec<&str> = known.scopes.iter().map(Scope::as_str).collect();
                put.execute((known.device.as_bytes(), &known.label, known.sign_key, known.seal_key, scopes.join(" ")))?;
            }
            Ok(())
        })
    }

    /// The town's devices, also revoked ones.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn known_devices(&self) -> Result<Vec<KnownDevice>, StoreError> {
        self.read(|r| r.all(select!("ORDER BY device"), [], read))
    }

    /// One of the town's devices.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn known_device(&self, device: DeviceId) -> Result<Option<KnownDevice>, StoreError> {
        self.read(|r| r.known_device(device))
    }
}

impl Reader<'_> {
    pub(crate) fn known_device(&self, device: DeviceId) -> Result<Option<KnownDevice>, StoreError> {
        self.one(select!("WHERE device = ?1"), [device.as_bytes()], read)
    }
}
