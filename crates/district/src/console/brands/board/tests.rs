use super::*;
use crate::fixture::{NOW_MS, sheet, town};

fn board(sheet: BrandSheet) -> String {
    let sheets = BTreeMap::from([(town(), ReleasedSheet { released_at_ms: NOW_MS, sheet })]);
    let places = Places::bundled();
    let board = Board::of(&places, &sheets);
    format!("{}{}", board.lead(), board.html().into_string())
}

#[test]
fn all_seven_towns_stand_beside_each_other() {
    let page = board(sheet("诚信湖畔"));
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
    let page = board(hostile);
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("<strong>&lt;script&gt;alert(1)&lt;/script&gt;</strong>"));
    assert_eq!(page.matches("&lt;img src=x onerror=alert(1)&gt;&amp;").count(), 8);
}

#[test]
fn the_download_has_a_row_for_each_town() {
    let sheets = BTreeMap::from([(town(), ReleasedSheet { released_at_ms: NOW_MS, sheet: sheet("诚信湖畔") })]);
    let table = Board::of(&Places::bundled(), &sheets).table();
    assert_eq!(table.rows.len(), 7);
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    let told = |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains("诚信湖畔"));
    assert!(table.rows.iter().any(|row| row.iter().any(told)));
}
