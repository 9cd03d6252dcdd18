//! Who gets in, and how long they stay.

use super::*;
use crate::console::gate::{IDLE_MAX_MS, SESSION_MAX_MS};

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in() {
    let desk = Desk::new();
    let mut stranger = desk.browser();
    let more = [
        "/console/published/holidays/1",
        "/console/towns/330211101/devices/x/revoke",
        "/console/towns/1/rights/2/take",
    ];
    for page in pages().iter().map(String::as_str).chain(more) {
        let answer = stranger.get(page).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, paths::SIGN_IN), "{page}");
        assert!(answer.text.is_empty(), "{page}");
    }
    stranger.cookies.insert("__Host-zhenxin-console".to_owned(), "A".repeat(43));
    assert_eq!(stranger.get(paths::OVERVIEW).await.location, paths::SIGN_IN, "a made-up cookie");
}

#[tokio::test]
async fn every_answer_carries_what_guards_it() {
    let desk = Desk::new();
    let mut browser = desk.signed_in("guanli").await;
    let more =
        ["/", paths::SIGN_IN, paths::STYLE, "/console/towns/999999999", "/console?xlsx=towns", "/console?xlsx=none"];
    for page in pages().iter().map(String::as_str).chain(more) {
        let answer = browser.get(page).await;
        let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"), "{page}");
        assert!(!header("content-security-policy").contains("unsafe"), "{page}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{page}");
        assert_eq!(header("strict-transport-security"), "max-age=31536000", "{page}");
        assert_eq!(header("referrer-policy"), "same-origin", "{page}");
        assert!(header("cache-control") == "no-store" || page == paths::STYLE, "{page}");
        assert!(!answer.text.contains("<script") && !answer.text.contains(" style="), "{page}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_the_wait_grows() {
    let desk = Desk::new();
    let mut browser = desk.browser();
    for _ in 0..4 {
        let answer = browser.sign_in("guanli", "另外一句完全不同的话语呀").await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("账号或密码不对"), "{}", answer.text);
    }
    assert_eq!(browser.sign_in("guanli", PASSWORD).await.status, 303, "four slips cost nothing");
    let mut browser = desk.browser();
    for _ in 0..5 {
        browser.sign_in("guanli", "另外一句完全不同的话语呀").await;
    }
    let waiting = browser.sign_in("guanli", PASSWORD).await;
    assert_eq!(waiting.status, 422, "the right one is not looked at either");
    assert!(waiting.text.contains("密码连续错误"), "{}", waiting.text);
    desk.pass(31_000);
    browser.sign_in("guanli", "另外一句完全不同的话语呀").await;
    desk.pass(31_000);
    assert_eq!(browser.sign_in("guanli", PASSWORD).await.status, 422, "the second wait is longer");
    desk.pass(MINUTE_MS);
    assert_eq!(browser.sign_in("guanli", PASSWORD).await.status, 303);
    let acts = desk.site.store().acts(None, 100).unwrap();
    assert_eq!(acts.acts.iter().filter(|act| act.act == "sign_in_barred").count(), 2);
    assert!(acts.broken.is_empty());
}

const WRONG: &str = "另外一句完全不同的话语呀";

#[tokio::test]
async fn guesses_from_elsewhere_keep_nobody_out() {
    let desk = Desk::new();
    let mut guesser = desk.browser_at("192.0.2.9:4000");
    for _ in 0..5 {
        guesser.sign_in("guanli", WRONG).await;
    }
    assert!(guesser.sign_in("guanli", PASSWORD).await.text.contains("密码连续错误"));
    let mut admin = desk.signed_in("guanli").await;
    assert!(admin.get(paths::ACCOUNTS).await.text.contains("密码连续错误"), "and who rules sees it");
    assert_eq!(guesser.sign_in("guanli", PASSWORD).await.status, 422, "the guesser still waits");
    // a restart forgets no wait
    let router =
        router(Site::open(&Config { clock: desk.site.clock.clone(), ..Config::local(desk.dir.path()) }).unwrap());
    let anew = Desk { router, ..desk };
    assert_eq!(anew.browser_at("192.0.2.9:5000").sign_in("guanli", PASSWORD).await.status, 422);
    // a new password ends it
    account::reset(anew.site.store(), "guanli", "first-password-77", password::Cost::WEAK_FOR_TESTS, NOW_MS).unwrap();
    assert_eq!(anew.browser_at("192.0.2.9:5000").sign_in("guanli", "first-password-77").await.status, 303);
}

#[tokio::test]
async fn guesses_from_everywhere_shut_out_only_new_addresses_for_a_minute() {
    let desk = Desk::new();
    desk.signed_in("guanli").await;
    for address in 1..=WRONG_PASSWORDS_PER_MINUTE {
        let answer = desk.browser_at(&format!("192.0.2.{address}:4000")).sign_in("chakan", WRONG).await;
        assert!(answer.text.contains("账号或密码不对"), "{}", answer.text);
    }
    let refused = desk.browser_at("192.0.2.200:4000").sign_in("guanli", PASSWORD).await;
    assert!(refused.text.contains("反复试密码"), "{}", refused.text);
    desk.signed_in("guanli").await;
    desk.pass(MINUTE_MS);
    assert_eq!(desk.browser_at("192.0.2.200:4000").sign_in("guanli", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn an_unknown_name_is_answered_like_a_known_one() {
    let desk = Desk::new();
    let mut browser = desk.browser();
    let mut said = [Vec::new(), Vec::new()];
    for (name, said) in ["guanli", "meiyou"].iter().zip(&mut said) {
        for _ in 0..7 {
            let answer = browser.sign_in(name, "另外一句完全不同的话语呀").await;
            let (_, line) = answer.text.split_once("role=\"alert\">").unwrap();
            said.push((answer.status, line.split('<').next().unwrap().to_owned()));
        }
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let desk = Desk::new();
    let mut browser = desk.signed_in("guanli").await;
    for _ in 0..3 {
        desk.pass(IDLE_MAX_MS - MINUTE_MS);
        assert_eq!(browser.get(paths::OVERVIEW).await.status, 200, "used in time");
    }
    desk.pass(IDLE_MAX_MS + MINUTE_MS);
    assert_eq!(browser.get(paths::OVERVIEW).await.location, paths::SIGN_IN);
    assert!(browser.cookies.keys().all(|name| !name.contains("console")), "its cookie is taken away");
    let mut browser = desk.signed_in("guanli").await;
    let mut stayed_ms = 0;
    while stayed_ms < SESSION_MAX_MS {
        assert_eq!(browser.get(paths::OVERVIEW).await.status, 200, "after {stayed_ms} ms");
        desk.pass(20 * MINUTE_MS);
        stayed_ms += 20 * MINUTE_MS;
    }
    desk.pass(MINUTE_MS);
    assert_eq!(browser.get(paths::OVERVIEW).await.location, paths::SIGN_IN, "however busy, not for ever");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let desk = Desk::new();
    let mut browser = desk.signed_in("guanli").await;
    let stolen = browser.cookies.clone();
    assert_eq!(browser.submit(paths::OVERVIEW, paths::SIGN_OUT, &[]).await.location, paths::SIGN_IN);
    let mut thief = desk.browser();
    thief.cookies = stolen;
    assert_eq!(thief.get(paths::OVERVIEW).await.location, paths::SIGN_IN);
}

#[tokio::test]
async fn a_post_without_its_token_or_from_elsewhere_changes_nothing() {
    let desk = Desk::new();
    let mut browser = desk.signed_in("guanli").await;
    let mut other = desk.signed_in("guanli").await;
    let foreign = other.get(paths::ACCOUNTS).await.token();
    let own = browser.get(paths::ACCOUNTS).await.token();
    let before = desk.site.store().accounts().unwrap();
    for token in ["", "AAAA", foreign.as_str()] {
        let fields = [("token", token), ("name", "xinren"), ("role", "admin")];
        assert_eq!(browser.post(paths::ACCOUNTS, &fields).await.status, 403, "{token}");
    }
    let fields = [("token", own.as_str()), ("name", "xinren"), ("role", "viewer")];
    for origin in ["https://evil.example", "null", "http://district.example"] {
        assert_eq!(browser.post_from(origin, paths::ACCOUNTS, &fields).await.status, 403, "{origin}");
    }
    assert_eq!(desk.site.store().accounts().unwrap(), before);
    assert_eq!(browser.post(paths::ACCOUNTS, &fields).await.status, 200, "and with both in order it works");
    assert_eq!(desk.site.store().accounts().unwrap().len(), before.len() + 1);
}

#[tokio::test]
async fn the_sign_in_itself_needs_its_token() {
    let desk = Desk::new();
    let mut browser = desk.browser();
    let answer = browser.post(paths::SIGN_IN, &[("name", "guanli"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 403);
    let mut other = desk.browser();
    let token = other.get(paths::SIGN_IN).await.token();
    let fields = [("token", token.as_str()), ("name", "guanli"), ("password", PASSWORD)];
    assert_eq!(browser.post(paths::SIGN_IN, &fields).await.status, 403, "a token without its cookie");
}
