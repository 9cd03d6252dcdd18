//! What a broken line or a strange answer means.

use std::error::Error;

use crate::failure::Failure;

/// An answer that is not a district's, by its status alone: its page is not
/// read. A server's own fault is named as such; everything else, 200 included,
/// is somebody standing between.
pub(super) fn no_frame(status: u16) -> Failure {
    match status {
        // 511: "network authentication required" (RFC 6585 §6)
        511 => Failure::Portal,
        500..=599 => Failure::Server { status },
        _ => Failure::Portal,
    }
}

/// Sorts an error of the client. Its text is not kept: it may hold addresses.
pub(super) fn broken_line(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(tls) = tls_fault(inner) {
            return of_tls(tls);
        }
        cause = inner.source();
    }
    Failure::Offline
}

/// rustls wraps its errors into I/O errors, whose `source` skips the wrapped
/// error itself.
fn tls_fault<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let io = error.downcast_ref::<std::io::Error>()?;
    tls_fault(io.get_ref()?)
}

fn of_tls(error: &rustls::Error) -> Failure {
    use rustls::Error as Tls;
    match error {
        Tls::InvalidCertificate(_)
        | Tls::NoCertificatesPresented
        | Tls::UnsupportedNameType
        | Tls::InvalidCertRevocationList(_)
        | Tls::General(_) => Failure::Certificate,
        // plain HTTP or something else on the port of TLS
        Tls::InvalidMessage(_) | Tls::InappropriateMessage { .. } | Tls::InappropriateHandshakeMessage { .. } => {
            Failure::Portal
        }
        // the other side's refusal of the handshake
        Tls::AlertReceived(_) | Tls::PeerIncompatible(_) | Tls::PeerMisbehaved(_) => Failure::Server { status: 0 },
        _ => Failure::Offline,
    }
}

#[cfg(test)]
mod tests;
