//! One typed request over a transport.

use minicbor::{Decode, Encode};

use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::wire::{Ask, Endpoint, Lineage};

use crate::failure::{Failure, settle};
use crate::transport::Transport;

/// Sends `request` and decodes the answer's body.
pub(crate) async fn ask<Q, A>(
    transport: &dyn Transport,
    endpoint: Endpoint,
    request: &Q,
) -> Result<(Lineage, A), Failure>
where
    Q: Encode<()> + Sync,
    A: for<'b> Decode<'b, ()>,
{
    let answer = transport.exchange(endpoint, Ask::pack(request)).await?;
    let lineage = answer.lineage;
    let body = from_cbor(&settle(answer)?).map_err(|_| Failure::Garbled)?;
    Ok((lineage, body))
}
