//! `/v1/push` and `/v1/pull`: ops to and from the district.

use minicbor::bytes::ByteVec;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;

use crate::canon::Canon;
use crate::hash::Hash32;

/// Issue of an accepted op: recorded in the far future by the district's clock.
pub const ISSUE_TIME_SUSPECT: &str = "time_suspect";

/// Ops of one device and epoch, dense and ascending in their sequence.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PushRequest {
    /// The author. It may be another device of the sender's town: any PC can
    /// carry another's ops.
    #[cbor(n(0), with = "crate::canon")]
    pub device: DeviceId,
    /// Epoch of all ops of this push.
    #[n(1)]
    pub epoch: u32,
    /// Stored bytes of the ops, never re-encoded.
    #[n(2)]
    pub ops: Vec<ByteVec>,
    /// Signature over the hash of the last op, and through the chain over all.
    #[n(3)]
    pub head: HeadSignature,
}

/// A signature with its algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HeadSignature {
    /// [`crate::device_key::ED25519_TAG`].
    #[n(0)]
    pub alg: String,
    /// 64 bytes for Ed25519.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}

/// One result per op of the push, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PushAnswer {
    /// As many as the request had ops.
    #[n(0)]
    pub results: Vec<OpResult>,
}

/// The fate of one op. `None` means a fate that this program does not know
/// (from a newer district): the op stays pending.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OpResult {
    /// What became of it.
    #[n(0)]
    pub outcome: Option<OpOutcome>,
}

/// What became of an op.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum OpOutcome {
    /// In the log of its scope at this place.
    #[n(0)]
    Accepted {
        /// Place in the order of the scope.
        #[n(0)]
        server_seq: u64,
    },
    /// Was in the log already, with the same bytes.
    #[n(1)]
    Duplicate {
        /// Place in the order of the scope.
        #[n(0)]
        server_seq: u64,
        /// Issue noted when it was first taken.
        #[n(1)]
        issue: Option<String>,
    },
    /// In the log, but somebody should look at it.
    #[n(2)]
    AcceptedWithIssue {
        /// Place in the order of the scope.
        #[n(0)]
        server_seq: u64,
        /// For example [`ISSUE_TIME_SUSPECT`].
        #[n(1)]
        kind: String,
    },
    /// Refused for good; it keeps its place in the device's chain and never
    /// blocks a later op. A repetition is answered the same.
    #[n(3)]
    Rejected {
        /// See [`RejectCode`].
        #[n(0)]
        code: String,
        /// Chinese text for the person.
        #[n(1)]
        text: String,
    },
    /// Earlier ops of this device and epoch are missing.
    #[n(4)]
    Gap {
        /// Sequence number that the district expects next.
        #[n(0)]
        expected: u64,
    },
    /// The district holds another op at this place of the device's chain, or
    /// another one before it: the disk was copied or restored.
    #[n(5)]
    Fork,
}

/// Why an op is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectCode {
    /// Larger than [`super::limits::OP_MAX_BYTES`].
    TooLarge,
    /// Not an op, or not of the device and epoch of the push.
    BadOp,
    /// A known kind with a body that does not decode.
    BadBody,
    /// The id is taken by an op with other bytes.
    IdReused,
    /// Outside the device's town and villages.
    ScopeDenied,
    /// The author was revoked before the district saw the op.
    DeviceRevoked,
}

impl RejectCode {
    /// Every code.
    pub const ALL: [Self; 6] =
        [Self::TooLarge, Self::BadOp, Self::BadBody, Self::IdReused, Self::ScopeDenied, Self::DeviceRevoked];

    /// The code of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// Name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "op_too_large",
            Self::BadOp => "bad_op",
            Self::BadBody => "bad_body",
            Self::IdReused => "id_reused",
            Self::ScopeDenied => "scope_denied",
            Self::DeviceRevoked => "device_revoked",
        }
    }

    /// What a person reads beside the refused record.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "这条记录太大，区平台没有收下；请分成几次重新登记",
            Self::BadOp => "这条记录已损坏，区平台没有收下；请核对后重新登记",
            Self::BadBody => "这条记录的内容不合规则，区平台没有收下；请核对后重新登记",
            Self::IdReused => "这条记录的编号已被另一条内容不同的记录占用，区平台没有收下；请联系区平台管理员",
            Self::ScopeDenied => "本机没有这个村社的权限，区平台没有收下；请到有权限的电脑上登记，或联系区平台管理员",
            Self::DeviceRevoked => "登记这条记录的电脑已被区平台停用，区平台没有收下；请核对后在其他电脑上重新登记",
        }
    }

    /// The outcome on the wire.
    #[must_use]
    pub fn outcome(self) -> OpOutcome {
        OpOutcome::Rejected { code: self.name().to_owned(), text: self.text().to_owned() }
    }
}

/// Asks for what follows the cursors. A scope that the device may read and does
/// not list counts as `after` 0: so a new village arrives by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct PullRequest {
    /// How far the device has got.
    #[n(0)]
    pub cursors: Vec<Cursor>,
    /// Most ops in the answer; the district may send fewer.
    #[n(1)]
    pub limit: Option<u32>,
}

/// How far a device has got in a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Cursor {
    /// Which scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// Last server_seq applied; 0 for none.
    #[n(1)]
    pub after: u64,
}

/// What follows the cursors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct PullAnswer {
    /// Only scopes with something new, ascending by scope. A page without ops
    /// and with `more` says that the answer was full before its turn came.
    #[n(0)]
    pub pages: Vec<Page>,
    /// The authors' signatures whose chains cover the ops of the pages, each
    /// the first at or after the last op of its device and epoch in them.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub chain_heads: Vec<ChainHead>,
    /// The district's signature over the heads of the pages that have one, in
    /// the order of the pages, see [`crate::heads`]; absent where none has.
    #[n(3)]
    pub signature: Option<HeadSignature>,
}

/// The signature over a batch of one device's chain.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChainHead {
    /// Whose chain.
    #[cbor(n(0), with = "crate::canon")]
    pub device: DeviceId,
    /// Which of its chains.
    #[n(1)]
    pub epoch: u32,
    /// Place of the op whose hash is signed; the signature covers all before it.
    #[n(2)]
    pub seq: u64,
    /// [`crate::device_key::ED25519_TAG`].
    #[n(3)]
    pub alg: String,
    /// 64 bytes for Ed25519.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}

impl Canon for ChainHead {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.encode(self)?.ok()
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.decode()
    }
}

/// Ops of one scope, dense and ascending in server_seq.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Page {
    /// The scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// The ops.
    #[n(1)]
    pub ops: Vec<OrderedOp>,
    /// Whether more follows after the last one.
    #[n(2)]
    pub more: bool,
    /// Size and root of the scope's history after the last op of the page;
    /// absent in a page without ops.
    #[n(3)]
    pub head: Option<PageHead>,
}

/// Where a scope's history stands after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PageHead {
    /// The last server_seq of the page.
    #[n(0)]
    pub size: u64,
    /// See [`crate::merkle`].
    #[cbor(n(1), with = "crate::canon")]
    pub root: Hash32,
}

/// An op with its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrderedOp {
    /// Place in the order of the scope, dense from 1.
    #[n(0)]
    pub server_seq: u64,
    /// The bytes as its author stored them.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Issue noted when it was taken.
    #[n(2)]
    pub issue: Option<String>,
}
