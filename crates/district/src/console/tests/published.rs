//! Publishing: read, compared, published; and what is refused.

use super::*;

const CHECK: &str = "/console/published/holidays/check";
const PUBLISH: &str = "/console/published/holidays";

fn file(rows: &str) -> Vec<u8> {
    format!("{{\"kind\":\"holidays\",\"title\":\"2027 年放假安排\",\"rows\":[{rows}]}}").into_bytes()
}

/// The document in the form of the second step, as the browser would send it back.
fn document(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"document\" value=\"").unwrap();
    rest.split('"').next().unwrap().replace("&quot;", "\"").replace("&amp;", "&")
}

#[tokio::test]
async fn a_table_is_checked_compared_and_published() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let first = file("{\"date\":\"2027-01-01\",\"kind\":\"holiday\"}");
    let checked = admin.upload(paths::PUBLISHED, CHECK, &[], &first).await;
    assert!(checked.text.contains("下发工作日表第 1 版"), "{}", checked.text);
    assert!(desk.site.store().published_list().unwrap().is_empty(), "checking publishes nothing");
    let text = document(&checked.text);
    let done = admin.submit(paths::PUBLISHED, PUBLISH, &[("after", "0"), ("document", &text)]).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/console/published?done=holidays"));
    assert!(admin.get(&done.location).await.text.contains("工作日表第 1 版已下发，共 1 行"));
    let list = desk.site.store().published_list().unwrap();
    assert_eq!((list[0].version, list[0].published_by.as_str()), (1, "guanli"));
    assert_eq!(list[0].bytes, text.as_bytes());
    let same = admin.upload(paths::PUBLISHED, CHECK, &[], &first).await;
    assert!(same.text.contains("完全一样"), "{}", same.text);
    let second = file("{\"date\":\"2027-01-02\",\"kind\":\"holiday\"},{\"date\":\"2027-01-03\",\"kind\":\"workday\"}");
    let changed = admin.upload(paths::PUBLISHED, CHECK, &[], &second).await;
    for told in ["新增", "2027-01-02、2027-01-03", "删去", "2027-01-01"] {
        assert!(changed.text.contains(told), "{told}: {}", changed.text);
    }
    let text = document(&changed.text);
    let late = admin.submit(paths::PUBLISHED, PUBLISH, &[("after", "0"), ("document", &text)]).await;
    assert_eq!(late.status, 409, "somebody published in between");
    let done = admin.submit(paths::PUBLISHED, PUBLISH, &[("after", "1"), ("document", &text)]).await;
    assert_eq!(done.status, 303);
    let version = admin.get("/console/published/holidays/2").await;
    assert!(version.text.contains("2027-01-03") && !version.text.contains("2027-01-01"));
    let json = admin.get("/console/published/holidays/2?file=json").await;
    assert_eq!(json.bytes, text.as_bytes());
}

#[tokio::test]
async fn a_faulty_file_is_told_row_by_row_and_never_published() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let bad = file("{\"date\":\"2027-13-01\",\"kind\":\"holiday\"},{\"date\":\"2027-01-01\",\"kind\":\"off\"}");
    let checked = admin.upload(paths::PUBLISHED, CHECK, &[], &bad).await;
    assert!(checked.text.contains("有 2 处问题"), "{}", checked.text);
    assert!(!checked.text.contains("name=\"document\""));
    // past the page
    let text = String::from_utf8(bad).unwrap();
    let forced = admin.submit(paths::PUBLISHED, PUBLISH, &[("after", "0"), ("document", &text)]).await;
    assert_eq!(forced.status, 409);
    assert!(desk.site.store().published_list().unwrap().is_empty());
    let none = admin.upload(paths::PUBLISHED, CHECK, &[], b"").await;
    assert!(none.text.contains("没有选择文件"));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let large = vec![b' '; publish::DOCUMENT_MAX_BYTES + 1];
    let answer = admin.upload(paths::PUBLISHED, CHECK, &[], &large).await;
    assert!(answer.text.contains("超过 1 MB"), "{}", answer.text);
    let huge = vec![b' '; BODY_MAX_BYTES + 1];
    assert_eq!(admin.upload(paths::PUBLISHED, CHECK, &[], &huge).await.status, 400);
}

#[tokio::test]
async fn published_names_are_used_at_once() {
    let desk = Desk::new();
    let mut admin = desk.signed_in("guanli").await;
    let table = "{\"kind\":\"divisions\",\"title\":\"区划\",\"rows\":[\
        {\"code\":\"330211\",\"name\":\"镇海区\",\"level\":\"district\",\"parent_code\":\"3302\"},\
        {\"code\":\"330211101\",\"name\":\"新九龙湖镇\",\"level\":\"town\",\"parent_code\":\"330211\"}]}";
    let checked = admin.upload(paths::PUBLISHED, "/console/published/divisions/check", &[], table.as_bytes()).await;
    let text = document(&checked.text);
    let fields = [("after", "0"), ("document", text.as_str())];
    assert_eq!(admin.submit(paths::PUBLISHED, "/console/published/divisions", &fields).await.status, 303);
    let towns = admin.get(paths::TOWNS).await.text;
    assert!(towns.contains("新九龙湖镇") && !towns.contains("澥浦镇"));
}
