//! A look at the pages of a district's console, as a browser at the same network would have it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// Where one signs in.
const SIGN_IN: &str = "/console/sign-in";
/// A silent district is not waited for longer.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How fields are sent.
const FORM: &str = "application/x-www-form-urlencoded";
/// A page of seven towns has some 50 KB.
const PAGE_BYTES_MAX: u64 = 4 << 20;

/// What came back.
pub struct Page {
    /// Status line and header, names in small letters.
    pub head: String,
    /// Body.
    pub body: String,
    cookie: Option<String>,
}

/// Somebody at a district's console.
pub struct Browser<'d> {
    address: SocketAddr,
    ca_pem: &'d str,
    /// As the browser sends them.
    cookies: String,
}

impl<'d> Browser<'d> {
    /// Signs in at the district whose authority this is.
    pub fn signed_in(address: SocketAddr, ca_pem: &'d str, name: &str, password: &str) -> Result<Self> {
        let mut browser = Self { address, ca_pem, cookies: String::new() };
        let form = browser.ask("GET", SIGN_IN, "")?;
        browser.cookies = form.cookie.clone().context("no cookie behind the form")?;
        let token = form.body.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        let token = token.context("no token in the form")?.0;
        let answer = browser.ask("POST", SIGN_IN, &format!("token={token}&name={name}&password={password}"))?;
        ensure!(answer.head.starts_with("http/1.1 303"), "{}", answer.head);
        browser.cookies = answer.cookie.context("no session")?;
        Ok(browser)
    }

    /// Gets a page.
    pub fn get(&self, path: &str) -> Result<Page> {
        let page = self.ask("GET", path, "")?;
        ensure!(page.head.starts_with("http/1.1 200"), "{}", page.head);
        Ok(page)
    }

    /// Sends a form of these bytes, whatever they are, and gives what came back. The token of the form goes before them.
    pub fn send_form(&self, path: &str, fields: &[u8]) -> Result<Page> {
        let form = [format!("token={}&", self.form_token()?).as_bytes(), fields].concat();
        self.exchange("POST", path, FORM, &form)
    }

    /// Likewise a file.
    pub fn upload(&self, path: &str, file: &[u8]) -> Result<Page> {
        let token = self.form_token()?;
        let head = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n\
             --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--cut--\r\n"].concat();
        self.exchange("POST", path, "multipart/form-data; boundary=cut", &body)
    }

    /// What stands in every form of this session.
    fn form_token(&self) -> Result<String> {
        let page = self.get("/console/password")?;
        let token = page.body.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        Ok(token.context("no token in the form")?.0.to_owned())
    }

    fn ask(&self, method: &str, path: &str, form: &str) -> Result<Page> {
        self.exchange(method, path, FORM, form.as_bytes())
    }

    fn exchange(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Page> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca_pem.as_bytes())?)?;
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let address = self.address;
        let line = TcpStream::connect(address)?;
        line.set_read_timeout(Some(READ_TIMEOUT))?;
        let name = ServerName::IpAddress(address.ip().into());
        let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, line);
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: https://{address}\r\nCookie: {}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.cookies,
            body.len()
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.take(PAGE_BYTES_MAX).read_to_end(&mut answer)?;
        let answer = String::from_utf8(answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
        Ok(Page { cookie: cookie_of(head), head: head.to_lowercase(), body: body.to_owned() })
    }
}

/// Name and value of the cookie that an answer sets.
fn cookie_of(head: &str) -> Option<String> {
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("set-cookie").then_some(value)
    });
    line?.split(';').next().map(|pair| pair.trim().to_owned())
}
