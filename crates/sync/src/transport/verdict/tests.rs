use std::io;

use rustls::{CertificateError, InvalidMessage};

use super::{no_frame, of_tls, tls_fault};
use crate::failure::Failure;

#[test]
fn a_page_with_status_200_is_a_portal() {
    for status in [200, 204, 302, 401, 403, 404, 407, 511] {
        assert_eq!(no_frame(status), Failure::Portal, "{status}");
    }
    for status in [500, 502, 503, 504] {
        assert_eq!(no_frame(status), Failure::Server { status });
    }
}

#[test]
fn a_certificate_is_found_however_deep_it_is_wrapped() {
    let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
    let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
    assert_eq!(tls_fault(&wrapped).map(of_tls), Some(Failure::Certificate));
    assert!(tls_fault(&io::Error::from(io::ErrorKind::ConnectionReset)).is_none());
}

#[test]
fn plain_http_on_the_port_of_tls_is_a_portal() {
    let tls = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    assert_eq!(of_tls(&tls), Failure::Portal);
}
