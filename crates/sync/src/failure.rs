//! Why a step of a round failed, sorted by what it means for a person.

use zhenxin_protocol::wire::{Answer, FaultCode, PROTOCOL_MAJOR, PROTOCOL_MAJOR_MIN, WireFault};

use crate::status::SyncState;

/// A failed step. Nothing is lost by any of them: the same step is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No line: name not found, refused, cut, timed out.
    Offline,
    /// Something that is not a district answered.
    Portal,
    /// The certificate is not trusted.
    Certificate,
    /// The district or something before it has a fault.
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The district answered, but not in the protocol's shape.
    Garbled,
    /// Too many requests.
    Busy {
        /// Seconds to wait at least.
        retry_after_s: u32,
    },
    /// Refused.
    Refused {
        /// Code on the wire.
        code: String,
        /// The district's words.
        text: String,
    },
    /// This PC is in none of the networks that exchange is limited to.
    OtherNetwork,
    /// The two logs still differ after several repairs.
    Differs,
    /// The local store refuses.
    Local {
        /// The store's words.
        text: String,
    },
}

impl Failure {
    /// The state that a person sees. `since_ms` is when the line was lost.
    #[must_use]
    pub fn state(&self, since_ms: i64) -> SyncState {
        match self {
            Self::Offline => SyncState::Offline { since_ms },
            Self::Portal => SyncState::Portal,
            Self::Certificate => SyncState::CertificateUnknown,
            Self::Server { status } => SyncState::ServerFault { status: *status },
            Self::Garbled => SyncState::ServerFault { status: 0 },
            Self::Busy { .. } => SyncState::ServerFault { status: 429 },
            Self::Refused { code, text } => SyncState::Refused { code: code.clone(), text: text.clone() },
            Self::OtherNetwork => SyncState::OtherNetwork,
            Self::Differs => SyncState::Differs,
            Self::Local { text } => SyncState::LocalFault { text: text.clone() },
        }
    }

    /// Whether the district has shut this PC out.
    #[must_use]
    pub fn revoked(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == FaultCode::DeviceRevoked.name())
    }

    /// The failure that no common version of the protocol is.
    #[must_use]
    pub fn version() -> Self {
        Self::of_fault(WireFault::of(FaultCode::Version))
    }

    /// The failure that a refusal on the wire stands for.
    #[must_use]
    pub fn of_fault(fault: WireFault) -> Self {
        match fault.known() {
            Some(FaultCode::Busy) => Self::Busy { retry_after_s: fault.retry_after_s.unwrap_or(0) },
            Some(FaultCode::Internal) => Self::Server { status: 500 },
            _ => Self::Refused { code: fault.code, text: fault.text },
        }
    }
}

/// The body of an answer, or the failure that it stands for.
///
/// # Errors
/// [`Failure`].
pub fn settle(answer: Answer) -> Result<Vec<u8>, Failure> {
    match (answer.fault, answer.body) {
        (Some(fault), _) => Err(Failure::of_fault(fault)),
        (None, Some(_)) if !(PROTOCOL_MAJOR_MIN..=PROTOCOL_MAJOR).contains(&answer.major) => Err(Failure::version()),
        (None, Some(body)) => Ok(body),
        (None, None) => Err(Failure::Garbled),
    }
}
