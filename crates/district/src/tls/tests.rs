#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::{DAY_MS, prepare};
use crate::config::{CertificateFiles, Config};
use crate::fixture::NOW_MS;

#[test]
fn the_authority_stays_and_the_certificate_is_renewed_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let now_ms = Arc::new(AtomicI64::new(NOW_MS));
    let hand = Arc::clone(&now_ms);
    let config = Config { clock: Arc::new(move || hand.load(Ordering::SeqCst)), ..Config::local(dir.path()) };
    let read = |file: &str| fs::read_to_string(dir.path().join(file)).unwrap();
    let first = prepare(&config).unwrap();
    assert_eq!(first.ca_pem.as_deref(), Some(&*dir.path().join("ca.pem")));
    let (authority, certificate) = (read("ca.pem"), read("server.pem"));
    now_ms.fetch_add(700 * DAY_MS, Ordering::SeqCst);
    prepare(&config).unwrap();
    assert_eq!(read("server.pem"), certificate, "still good");
    now_ms.fetch_add(10 * DAY_MS, Ordering::SeqCst);
    let renewed = prepare(&config).unwrap();
    assert_ne!(read("server.pem"), certificate);
    assert_eq!(read("ca.pem"), authority);
    assert_eq!(renewed.fingerprint, first.fingerprint);
    let certificate = read("server.pem");
    prepare(&Config { hosts: vec!["district.example".to_owned()], ..config.clone() }).unwrap();
    assert_ne!(read("server.pem"), certificate, "another host");
    assert!(prepare(&Config { hosts: vec!["not a host".to_owned()], ..config }).is_err());
}

#[test]
fn a_start_cut_between_two_files_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::local(dir.path());
    prepare(&config).unwrap();
    for missing in ["ca.pem", "ca-key.pem", "server-key.pem", "server.pem", "server-hosts.txt"] {
        fs::remove_file(dir.path().join(missing)).unwrap();
        let made = prepare(&config).unwrap();
        assert!(trusts(&made.ca_pem.unwrap(), &dir.path().join("server.pem")), "without {missing}");
    }
}

/// Whether a device that pins the authority takes the certificate.
fn trusts(authority: &Path, certificate: &Path) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    verifier.verify_server_cert(&certificate, &[], &"localhost".try_into().unwrap(), &[], UnixTime::now()).is_ok()
}

#[cfg(unix)]
#[test]
fn private_keys_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    prepare(&Config::local(dir.path())).unwrap();
    for key in ["ca-key.pem", "server-key.pem"] {
        let mode = fs::metadata(dir.path().join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

#[test]
fn a_certificate_from_elsewhere_is_used_as_it_is() {
    let own = tempfile::tempdir().unwrap();
    prepare(&Config::local(own.path())).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let files =
        CertificateFiles { chain_pem: own.path().join("server.pem"), key_pem: own.path().join("server-key.pem") };
    let config = Config { certificate: Some(files.clone()), ..Config::local(dir.path()) };
    assert!(prepare(&config).unwrap().ca_pem.is_none());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let mixed = CertificateFiles { key_pem: own.path().join("ca-key.pem"), ..files };
    let error = prepare(&Config { certificate: Some(mixed), ..config }).err().unwrap();
    assert!(error.to_string().contains("不是一对"), "{error}");
}
