//! One typed request over a transport.

use minicbor::{Decode, Encode};

use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::wire::{Ask, Endpoint, Lineage};

use crate::failure::{Failure, settle};
use crate::transport::{HandedOver, Transport};

/// Sends `request` in a major version and decodes the answer's body.
pub(crate) async fn ask<Q, A>(
    transport: &dyn Transport,
    endpoint: Endpoint,
    major: u16,
    request: &Q,
) -> Result<(Lineage, A), Failure>
where
    Q: Encode<()> + Sync,
    A: for<'b> Decode<'b, ()>,
{
    let frame = Ask::pack_as(major, request);
    ask_packed(transport, endpoint, frame, HandedOver::default()).await
}

/// The same with a request that is packed already.
pub(crate) async fn ask_packed<A>(
    transport: &dyn Transport,
    endpoint: Endpoint,
    frame: Vec<u8>,
    handed_over: HandedOver,
) -> Result<(Lineage, A), Failure>
where
    A: for<'b> Decode<'b, ()>,
{
    let answer = transport.exchange_telling(endpoint, frame, handed_over).await?;
    let lineage = answer.lineage;
    let body = from_cbor(&settle(answer)?).map_err(|_| Failure::Garbled)?;
    Ok((lineage, body))
}
