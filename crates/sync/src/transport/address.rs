//! The district's address as a person types it.

use reqwest::Url;

/// Why a text is no address of a district.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// Not an address at all.
    #[error("区平台地址不完整，应形如 https://主机名:8443，请核对后重新输入")]
    Malformed,
    /// Another scheme than https.
    #[error("区平台地址必须以 https:// 开头，请核对后重新输入")]
    NotHttps,
    /// Password, query or fragment inside.
    #[error("区平台地址只写主机名和端口，不要带账号或“?”后面的内容，请核对后重新输入")]
    Extra,
}

/// The normal form: `https://host[:port][/path]`, no slash at the end. A text
/// without a scheme is taken as https.
///
/// # Errors
/// [`AddressFault`].
pub fn normalise(text: &str) -> Result<String, AddressFault> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&full).map_err(|_| AddressFault::Malformed)?;
    if url.scheme() != "https" {
        return Err(AddressFault::NotHttps);
    }
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !plain {
        return Err(AddressFault::Extra);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(AddressFault::Malformed);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
