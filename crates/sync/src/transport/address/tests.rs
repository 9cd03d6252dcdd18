use super::{AddressFault, normalise};

#[test]
fn what_people_type_is_understood() {
    for (typed, normal) in [
        ("https://district.example:8443", "https://district.example:8443"),
        (" https://district.example:8443/ ", "https://district.example:8443"),
        ("district.example:8443", "https://district.example:8443"),
        ("10.1.2.3", "https://10.1.2.3"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://district.example/credit/", "https://district.example/credit"),
    ] {
        assert_eq!(normalise(typed).as_deref(), Ok(normal));
    }
}

#[test]
fn what_is_no_address_is_refused_with_the_reason() {
    assert_eq!(normalise("http://district.example"), Err(AddressFault::NotHttps));
    assert_eq!(normalise(""), Err(AddressFault::Malformed));
    assert_eq!(normalise("https://"), Err(AddressFault::Malformed));
    assert_eq!(normalise("区平台 地址"), Err(AddressFault::Malformed));
    assert_eq!(normalise("https://a:b@district.example"), Err(AddressFault::Extra));
    assert_eq!(normalise("https://district.example/?x=1"), Err(AddressFault::Extra));
}
