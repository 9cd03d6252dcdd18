//! Accounts and what they may do.

use super::*;

#[tokio::test]
async fn the_first_sign_in_changes_the_password() {
    let desk = Desk::new();
    let cost = password::Cost::WEAK_FOR_TESTS;
    account::add(desk.site.store(), "xinren", Role::Viewer, "first-password-77", cost, NOW_MS).unwrap();
    let mut browser = desk.browser();
    assert_eq!(browser.sign_in("xinren", "first-password-77").await.status, 303);
    for page in [paths::OVERVIEW, paths::ACTS] {
        assert_eq!(browser.get(page).await.location, paths::PASSWORD, "{page}");
    }
    let change =
        |old: &'static str, new: &'static str, again: &'static str| [("old", old), ("new", new), ("again", again)];
    for (fields, says) in [
        (change("first-password-77", "short", "short"), "至少 12 个字符"),
        (change("first-password-77", "first-password-77", "first-password-77"), "与原密码相同"),
        (change("first-password-77", "海塘边的灯塔每天晚上都亮着", "海塘边的灯塔每天晚上都亮"), "不一样"),
        (change("not-the-password", "海塘边的灯塔每天晚上都亮着", "海塘边的灯塔每天晚上都亮着"), "原密码不对"),
    ] {
        let answer = browser.submit(paths::PASSWORD, paths::PASSWORD, &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains(says), "{says}: {}", answer.text);
    }
    let before = browser.cookies.clone();
    let fields = change("first-password-77", PASSWORD, PASSWORD);
    let answer = browser.submit(paths::PASSWORD, paths::PASSWORD, &fields).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, paths::OVERVIEW));
    assert_eq!(browser.get(paths::OVERVIEW).await.status, 200);
    let mut old = desk.browser();
    old.cookies = before;
    assert_eq!(old.get(paths::OVERVIEW).await.location, paths::SIGN_IN, "the session from before is over");
    assert_eq!(desk.browser().sign_in("xinren", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn who_only_reads_can_change_nothing() {
    let desk = Desk::new();
    let mut viewer = desk.signed_in("chakan").await;
    assert_eq!(viewer.get(paths::ACCOUNTS).await.status, 403);
    let town = paths::town(TOWN);
    for path in [
        format!("{town}/codes"),
        format!("{town}/devices/{}/revoke", "0".repeat(32)),
        format!("{town}/rights/{TOWN}/take"),
        format!("{}/holidays", paths::PUBLISHED),
        paths::ACCOUNTS.to_owned(),
        format!("{}/guanli/lock", paths::ACCOUNTS),
    ] {
        let answer = viewer.submit(paths::OVERVIEW, &path, &[("label", "甲"), ("hours", "24")]).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text.contains("只能查看"), "{path}");
    }
    for page in [paths::OVERVIEW, paths::TOWNS, paths::PUBLISHED, &town] {
        let shown = viewer.get(page).await;
        assert_eq!(shown.status, 200, "{page}");
        assert_eq!(shown.text.matches("<form").count(), 1, "nothing but the way out: {page}");
    }
    assert_eq!(desk.site.store().accounts().unwrap().len(), 2);
}

#[tokio::test]
async fn an_account_is_added_reset_and_locked() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let added = admin.submit(paths::ACCOUNTS, paths::ACCOUNTS, &[("name", "xinren"), ("role", "viewer")]).await;
    assert_eq!(added.status, 200);
    let first = shown_password(&added.text);
    let mut new = desk.browser();
    assert_eq!(new.sign_in("xinren", &first).await.status, 303);
    let again = admin.submit(paths::ACCOUNTS, paths::ACCOUNTS, &[("name", "xinren"), ("role", "viewer")]).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("已有同名账号"));
    let bad = admin.submit(paths::ACCOUNTS, paths::ACCOUNTS, &[("name", "张三"), ("role", "viewer")]).await;
    assert!(bad.text.contains("账号名应为"));
    let reset = admin.submit(paths::ACCOUNTS, "/console/accounts/xinren/reset", &[]).await;
    assert_eq!(new.get(paths::PASSWORD).await.location, paths::SIGN_IN, "signed out by the reset");
    assert_eq!(new.sign_in("xinren", &first).await.status, 422);
    let second = shown_password(&reset.text);
    assert_eq!(new.sign_in("xinren", &second).await.status, 303);
    admin.submit(paths::ACCOUNTS, "/console/accounts/xinren/lock", &[]).await;
    assert_eq!(new.get(paths::PASSWORD).await.location, paths::SIGN_IN);
    assert!(new.sign_in("xinren", &second).await.text.contains("已停用"));
    admin.submit(paths::ACCOUNTS, "/console/accounts/xinren/unlock", &[]).await;
    assert_eq!(new.sign_in("xinren", &second).await.status, 303);
    assert!(!desk.site.store().accounts().unwrap().iter().any(|account| account.password.contains(&second)));
    let acts = desk.site.store().acts(None, 100).unwrap();
    let done: Vec<&str> = acts.acts.iter().rev().map(|act| act.act.as_str()).collect();
    for act in ["account_added", "account_reset", "account_locked", "account_unlocked"] {
        assert!(done.contains(&act), "{done:?}");
    }
    assert!(acts.acts.iter().all(|act| !act.object.contains(&first)), "no password in the record");
}

fn shown_password(page: &str) -> String {
    let (_, rest) = page.split_once("aria-label=\"首次密码\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_always_rules() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    for act in ["lock", "role", "reset"] {
        let own = admin.submit(paths::ACCOUNTS, &format!("/console/accounts/guanli/{act}"), &[]).await;
        assert!(own.text.contains("您自己的账号"), "{act}");
    }
    assert_eq!(admin.submit(paths::ACCOUNTS, "/console/accounts/chakan/role", &[]).await.status, 303);
    let mut second = desk.signed_in("chakan").await;
    assert_eq!(second.submit(paths::ACCOUNTS, "/console/accounts/guanli/lock", &[]).await.status, 303);
    // the terminal is told the same
    let last = desk.site.store().change_account("chakan", true, NOW_MS, |account| account.locked_at_ms = Some(NOW_MS));
    assert!(matches!(last, Err(crate::store::console::account::AccountError::LastAdmin)));
}
