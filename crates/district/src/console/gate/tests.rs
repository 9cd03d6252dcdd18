#![allow(clippy::unwrap_used)]

use super::*;

fn post(origin: Option<&str>, host: Option<&str>, site: Option<&str>, uri: &str) -> bool {
    let mut headers = HeaderMap::new();
    for (name, value) in [("origin", origin), ("host", host), ("sec-fetch-site", site)] {
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    is_same_origin(&headers, &uri.parse().unwrap())
}

#[test]
fn a_post_must_come_from_this_host() {
    assert!(post(Some("https://district.example:8443"), Some("district.example:8443"), None, "/console"));
    // HTTP/2 names the host in the address
    assert!(post(Some("https://district.example"), None, None, "https://district.example/console"));
    assert!(post(None, Some("district.example"), Some("same-origin"), "/console"));
    for origin in ["https://evil.example", "http://district.example", "https://district.example:444", "null", ""] {
        assert!(!post(Some(origin), Some("district.example"), Some("same-origin"), "/console"), "{origin}");
    }
    for site in ["cross-site", "same-site", "none"] {
        assert!(!post(None, Some("district.example"), Some(site), "/console"), "{site}");
    }
    assert!(!post(None, Some("district.example"), None, "/console"), "an old browser says nothing");
    assert!(!post(Some("https://district.example"), None, None, "/console"), "without a host there is no own origin");
}

#[test]
fn the_token_of_a_form_does_not_tell_the_cookie() {
    let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
    assert_ne!(one.form_token(), other.form_token());
    assert_eq!(one.form_token(), Token(one.0).form_token());
    let cookie = one.session_cookie();
    let cookie = cookie.to_str().unwrap();
    assert!(!cookie.contains(&one.form_token()));
    for word in ["__Host-", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
}

#[test]
fn a_cookie_is_found_among_others() {
    let token = Token::random().unwrap();
    let cookie = token.session_cookie();
    let pair = cookie.to_str().unwrap().split(';').next().unwrap();
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, HeaderValue::from_str(&format!("a=b; {pair}; c=d")).unwrap());
    assert_eq!(Token::of(&headers, SESSION_COOKIE).unwrap().hash(), token.hash());
    assert!(Token::of(&headers, FORM_COOKIE).is_none());
    let mut broken = HeaderMap::new();
    broken.append(COOKIE, HeaderValue::from_static("__Host-zhenxin-console=short"));
    assert!(Token::of(&broken, SESSION_COOKIE).is_none());
}
