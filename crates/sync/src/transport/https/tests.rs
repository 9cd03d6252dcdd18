#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn hello_shows_whose_it_is_and_not_the_token() {
    let token = [7; 32];
    let shown = Shown::of(&token);
    let at = |endpoint| shown.at(endpoint).map(|value| value.to_str().unwrap().to_owned());
    let bearer = |bytes: &[u8]| Some(format!("Bearer {}", URL_SAFE_NO_PAD.encode(bytes)));
    assert_eq!(at(Endpoint::Hello), bearer(greeting(&token).as_bytes()));
    assert_eq!(at(Endpoint::Enrol), None);
    for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| endpoint.needs_token()) {
        assert_eq!(at(endpoint), bearer(&token), "{endpoint:?}");
    }
    assert!(shown.greeting.is_sensitive() && shown.authorization.is_sensitive());
}
