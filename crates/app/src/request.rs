//! A request that is made twice is done once: the second time it gets the reply of the first.

use std::{fmt::Display, str::FromStr};

use serde::{Serialize, de::DeserializeOwned};
use zhenxin_domain::ids::RequestId;
use zhenxin_store::Tx;

use crate::{
    contract::{Fault, FaultCode},
    shown,
};

/// The reply that this request got before, if it was made before.
pub fn former_reply<T: DeserializeOwned>(tx: &Tx, request: RequestId) -> Result<Option<T>, Fault> {
    let Some(bytes) = tx.request(request)? else { return Ok(None) };
    let reply = serde_json::from_slice(&bytes);
    reply.map(Some).map_err(|_| used())
}

fn used() -> Fault {
    Fault::new(FaultCode::Conflict, "这个操作编号已用于另一件事，请重新打开页面再试。")
}

/// Whether this very thing was done by this request before. One that served for another thing is refused: what goes out
/// with the answer was not noted then.
pub fn done_before<T: DeserializeOwned + PartialEq>(tx: &Tx, request: RequestId, thing: &T) -> Result<bool, Fault> {
    match former_reply::<T>(tx, request)? {
        Some(former) if former != *thing => Err(used()),
        former => Ok(former.is_some()),
    }
}

/// Remembers the reply, so that a repeated click gets the same one, and hands it on.
pub fn remember<T: Serialize>(tx: &mut Tx, request: RequestId, reply: T) -> Result<T, Fault> {
    let bytes = serde_json::to_vec(&reply).map_err(|_| Fault::new(FaultCode::System, "结果无法保存，请重试。"))?;
    tx.remember(request, &bytes)?;
    Ok(reply)
}

/// Does a thing that ends in one id; a repeated request does nothing and gets the same id.
pub fn once<T: Display + FromStr>(
    tx: &mut Tx,
    request: RequestId,
    act: impl FnOnce(&mut Tx) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if let Some(id) = former_reply::<String>(tx, request)? {
        return shown::parse_id(&id);
    }
    let id = act(tx)?;
    remember(tx, request, id.to_string())?;
    Ok(id)
}
