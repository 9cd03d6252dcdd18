//! Certificates: those given, or an own authority (ca.pem) that signs one for
//! this machine. Devices are given ca.pem and trust nothing else, so that the
//! key of the authority, kept beside it, is the one to guard (mode 0600).

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Datelike};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sha2::{Digest, Sha256};

use crate::config::{CertificateFiles, Config};

const CA_PEM: &str = "ca.pem";
const CA_KEY_PEM: &str = "ca-key.pem";
const SERVER_PEM: &str = "server.pem";
const SERVER_KEY_PEM: &str = "server-key.pem";
const SERVER_HOSTS: &str = "server-hosts.txt";

/// Common name of the self-made authority. It must not change: certificates
/// name their issuer by it.
const CA_NAME: &str = "zhenxin district authority";

/// Days that a self-made server certificate lasts: the longest that common
/// clients accept (825 days, Apple's and formerly the CA/Browser Forum's rule).
const SERVER_DAYS: i64 = 825;

/// It is made anew at a start within so many days of its end, so that a
/// district which restarts once a quarter never runs out.
const RENEW_DAYS: i64 = 120;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What the server presents and what devices may be given.
pub struct Tls {
    /// Configuration with HTTP/2 and HTTP/1.1.
    pub config: Arc<rustls::ServerConfig>,
    /// The authority's certificate, when self-made.
    pub ca_pem: Option<PathBuf>,
    /// SHA-256 over the DER of the certificate to compare: the authority's
    /// when self-made, else the server's own.
    pub fingerprint: String,
}

/// Loads or makes the certificates.
pub fn prepare(config: &Config) -> Result<Tls> {
    let own = config.certificate.is_none();
    let files = match &config.certificate {
        Some(files) => files.clone(),
        None => make(&config.data_dir, &config.hosts, (config.clock)())?,
    };
    let chain = read_chain(&files.chain_pem)?;
    let key = PrivateKeyDer::from_pem_file(&files.key_pem)
        .with_context(|| format!("{} 里没有私钥，请核对文件", files.key_pem.display()))?;
    let ca_pem = own.then(|| config.data_dir.join(CA_PEM));
    let shown = match &ca_pem {
        Some(path) => read_chain(path)?.remove(0),
        None => chain[0].clone(),
    };
    let fingerprint = Sha256::digest(&shown).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    let mut server = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("证书和私钥不是一对，请核对 --cert 和 --key")?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls { config: Arc::new(server), ca_pem, fingerprint })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("{} 里没有证书，请核对文件", path.display()))?;
    ensure!(!chain.is_empty(), "{} 里没有证书，请核对文件", path.display());
    Ok(chain)
}

/// Makes what is missing: the authority once, the server's certificate when
/// its hosts change or its end comes near.
fn make(dir: &Path, hosts: &[String], now_ms: i64) -> Result<CertificateFiles> {
    let note = dir.join(SERVER_HOSTS);
    let ca_key = authority(dir, &note, now_ms)?;
    let files = CertificateFiles { chain_pem: dir.join(SERVER_PEM), key_pem: dir.join(SERVER_KEY_PEM) };
    let mut names = vec![
        "localhost".to_owned(),
        IpAddr::from(Ipv4Addr::LOCALHOST).to_string(),
        IpAddr::from(Ipv6Addr::LOCALHOST).to_string(),
    ];
    for host in hosts {
        ensure!(ServerName::try_from(host.as_str()).is_ok(), "{host} 既不是主机名也不是地址，请核对 --host");
        if !names.contains(host) {
            names.push(host.clone());
        }
    }
    let there = files.chain_pem.exists() && files.key_pem.exists();
    if !there || !still_good(&note, &names, now_ms) {
        let key = KeyPair::generate()?;
        let ends_at_ms = now_ms + SERVER_DAYS * DAY_MS;
        let certificate =
            server_params(&names, now_ms, ends_at_ms)?.signed_by(&key, &Issuer::new(ca_params(now_ms)?, ca_key))?;
        // the note goes first and comes last: while there is none, the pair beside it may be half new
        remove(&note)?;
        write_file(&files.key_pem, &key.serialize_pem(), Secrecy::Secret)?;
        write_file(&files.chain_pem, &certificate.pem(), Secrecy::Public)?;
        write_file(&note, &format!("{ends_at_ms}\n{}\n", names.join("\n")), Secrecy::Public)?;
    }
    Ok(files)
}

/// The key of the authority; its certificate lies beside it.
fn authority(dir: &Path, note: &Path, now_ms: i64) -> Result<KeyPair> {
    let (certificate_file, key_file) = (dir.join(CA_PEM), dir.join(CA_KEY_PEM));
    let key = if key_file.exists() {
        KeyPair::from_pem(&fs::read_to_string(&key_file)?)?
    } else {
        // what an earlier authority signed is worth nothing now
        remove(note)?;
        remove(&certificate_file)?;
        let key = KeyPair::generate()?;
        write_file(&key_file, &key.serialize_pem(), Secrecy::Secret)?;
        key
    };
    if !certificate_file.exists() {
        // the same name and key: devices that pinned an earlier copy still trust it
        write_file(&certificate_file, &ca_params(now_ms)?.self_signed(&key)?.pem(), Secrecy::Public)?;
    }
    Ok(key)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("不能删除 {}，请检查权限", path.display()))
        }
        _ => Ok(()),
    }
}

/// The note holds the end in milliseconds and the names, one a line.
fn still_good(note: &Path, names: &[String], now_ms: i64) -> bool {
    let Ok(text) = fs::read_to_string(note) else {
        return false;
    };
    let mut lines = text.lines();
    let ends_at_ms = lines.next().and_then(|line| line.parse::<i64>().ok()).unwrap_or(0);
    ends_at_ms - now_ms > RENEW_DAYS * DAY_MS && lines.eq(names.iter().map(String::as_str))
}

fn ca_params(now_ms: i64) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, CA_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // a day back, so that a device whose clock is a little slow can connect
    let (year, month, day) = civil(now_ms - DAY_MS)?;
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = civil(now_ms + 20 * 365 * DAY_MS)?;
    params.not_after = rcgen::date_time_ymd(year, month, day);
    Ok(params)
}

fn server_params(names: &[String], now_ms: i64, ends_at_ms: i64) -> Result<CertificateParams> {
    let mut params =
        CertificateParams::new(names.to_vec()).context("--host 既不是主机名也不是地址，请核对后重新输入")?;
    params.distinguished_name.push(DnType::CommonName, "zhenxin district");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let (year, month, day) = civil(now_ms - DAY_MS)?;
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = civil(ends_at_ms)?;
    params.not_after = rcgen::date_time_ymd(year, month, day);
    Ok(params)
}

/// Year, month and day (UTC) of a moment.
fn civil(ms: i64) -> Result<(i32, u8, u8)> {
    let date = DateTime::from_timestamp_millis(ms).context("本机时间不对，请先校准")?.date_naive();
    Ok((date.year(), u8::try_from(date.month())?, u8::try_from(date.day())?))
}

enum Secrecy {
    Public,
    Secret,
}

/// Writes beside and renames, so that a kill leaves the old file or the new.
fn write_file(path: &Path, text: &str, secrecy: Secrecy) -> Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(match secrecy {
            Secrecy::Public => 0o644,
            Secrecy::Secret => 0o600,
        });
    }
    #[cfg(not(unix))]
    let _ = secrecy;
    let mut file = options.open(&beside).with_context(|| format!("不能写入 {}，请检查磁盘和权限", beside.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path).with_context(|| format!("不能写入 {}，请检查磁盘和权限", path.display()))
}

#[cfg(test)]
mod tests;
