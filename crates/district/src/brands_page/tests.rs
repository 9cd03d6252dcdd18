#![allow(clippy::unwrap_used)]

use super::*;
use crate::fixture::{NOW_MS, sheet, town};

fn page(sheet: BrandSheet) -> String {
    let released = ReleasedSheet { released_at_ms: NOW_MS, sheet };
    html("区信用平台", &BTreeMap::from([(town(), released)]), NOW_MS)
}

#[test]
fn all_seven_towns_stand_beside_each_other() {
    let page = page(sheet("诚信湖畔"));
    for expected in [
        "招宝山街道",
        "蛟川街道",
        "骆驼街道",
        "庄市街道",
        "贵驷街道",
        "澥浦镇",
        "九龙湖镇",
        "<strong>诚信湖畔</strong>",
        "7 个镇街，已报送 1 个",
        "<h2>九龙湖镇 · 诚信湖畔</h2>",
        "进社区 2 场",
        "进乡镇 0 场",
        "诚信商户 <b>58</b> 家 <small>目标 100，进度 52%</small>",
        "lang=\"zh-CN\"",
    ] {
        assert!(page.contains(expected), "{expected} is missing:\n{page}");
    }
    assert_eq!(page.matches("尚未报送").count(), 6);
    assert!(!page.contains("缺"), "a year's number does not say in which quarter one is missing");
    assert!(!page.contains("区品牌评选"), "the purpose is the office's own");
}

#[test]
fn a_hostile_text_stays_a_text() {
    let mut hostile = sheet("<script>alert(1)</script>");
    let text = "\"'><img src=x onerror=alert(1)>&";
    hostile.slogan = text.to_owned();
    hostile.story = text.to_owned();
    hostile.objectives = vec![text.to_owned()];
    hostile.partners = vec![text.to_owned()];
    hostile.milestones[0].title = text.to_owned();
    hostile.indicators[0].unit = text.to_owned();
    hostile.domain = text.to_owned();
    hostile.owner_unit = text.to_owned();
    let page = page(hostile);
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("<strong>&lt;script&gt;alert(1)&lt;/script&gt;</strong>"));
    assert_eq!(page.matches("&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;").count(), 8);
}

#[tokio::test]
async fn the_answer_forbids_everything_but_its_own_style() {
    let response = answer(StatusCode::OK, html("区信用平台", &BTreeMap::new(), NOW_MS));
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
    let css = style().await;
    assert_eq!(css.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
}
