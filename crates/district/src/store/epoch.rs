//! A new epoch for a device whose disk was copied or restored.

use zhenxin_protocol::wire::FaultCode;

use super::device::{self, Device};
use super::push::PushError;
use super::{Store, StoreError};

impl Store {
    /// An epoch that was never given to this device before: two copies of one
    /// disk must not share theirs, so that each asking gives another.
    ///
    /// # Errors
    /// [`PushError`].
    pub fn next_epoch(&self, asker: &Device, epoch: u32) -> Result<u32, PushError> {
        self.write(|tx| {
            let Some(mut device) = device::locked(tx, asker.town, asker.id)? else {
                return Err(PushError::Refused(FaultCode::DeviceUnknown));
            };
            // the district may have been restored to a time before the device's epoch
            let used = tx
                .first(
                    "SELECT CAST(coalesce(max(epoch), 0) AS BIGINT) FROM op WHERE town = $1 AND device = $2",
                    &[device.town.as_str().into(), device.id.as_bytes().into()],
                )?
                .map_or(Ok(0), |mut row| row.narrow::<u32>())?;
            let newest = device.epoch.max(epoch).max(used);
            device.epoch = newest.checked_add(1).ok_or(StoreError::Damaged("device"))?;
            // the fork is mended by this
            device.forked_at_ms = None;
            device::put(tx, &device)?;
            Ok(device.epoch)
        })
    }
}
