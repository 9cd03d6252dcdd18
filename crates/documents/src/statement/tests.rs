#![allow(clippy::unwrap_used)]

use super::{PointsStatement, StatementEntry, render};
use crate::poppler::{fonts, in_order, poppler, subset_fonts};
use crate::{DocumentError, PrintTime};

fn entry(number: usize) -> StatementEntry {
    StatementEntry {
        occurred_on: "2026-03-05".to_owned(),
        rule_code: format!("WM-{number:03}"),
        item: "参加“清洁家园”行动".to_owned(),
        basis: "《文明积分细则》2026 版".to_owned(),
        activity: "河道清洁日".to_owned(),
        amount_points: 5,
        state: "已生效".to_owned(),
        effective_on: "2026-03-20".to_owned(),
        balance_after_points: Some(105),
    }
}

fn statement(entries: usize) -> PointsStatement {
    PointsStatement {
        town_name: "澥浦镇".to_owned(),
        village_name: "张监碶社区".to_owned(),
        resident_name: "测试䶮㛃".to_owned(),
        id_masked: "3302**********1234".to_owned(),
        household_number: "ZJQ-0123".to_owned(),
        period: "2026-01-01 至 2026-11-22".to_owned(),
        as_of: "2026-11-22".to_owned(),
        effective_points: 1_268,
        pending_points: 35,
        sent_back_points: 10,
        entries: (1..=entries).map(entry).collect(),
        objection: vec!["对本单有异议的，可以向村社或镇街窗口提出，受理后 5 个工作日内答复。".to_owned()],
        notes: vec!["积分只用于兑换和表彰。".to_owned()],
        verification_code: "7K3M-9QXA".to_owned(),
        printed_at: PrintTime { year: 2026, month: 11, day: 1, hour: 3, minute: 12 },
        printed_by: "李碶".to_owned(),
    }
}

#[test]
fn the_text_can_be_taken_out_in_reading_order() {
    let pdf = render(fonts(), &statement(2)).unwrap().bytes;
    let text = poppler("pdftotext", &pdf, &["-raw", "-"]);
    in_order(
        &text,
        &[
            "澥浦镇",
            "居民积分对账单",
            "姓名",
            "测试䶮㛃",
            "3302**********1234",
            "张监碶社区",
            "已生效",
            "1268 分",
            "待审",
            "35 分",
            "被退回",
            "10 分",
            "共 2 笔",
            "2026-03-05",
            "参加“清洁家园”行动",
            "WM-001",
            "《文明积分细则》",
            "105",
            "WM-002",
            "收到本单后如有异议",
            "5 个工作日内答复",
            "签收",
            "经办人：李碶",
            "第 1 页 共 1 页",
            "打印时间 2026-11-01 03:12",
            "打印人 李碶",
            "核对码 7K3M-9QXA",
        ],
    );
}

#[test]
fn every_page_has_its_foot_and_the_head_of_the_table() {
    let pdf = render(fonts(), &statement(120)).unwrap().bytes;
    let text = poppler("pdftotext", &pdf, &["-raw", "-"]);
    let pages: Vec<&str> = text.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
    assert!(pages.len() >= 4, "{}", pages.len());
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("第 {number} 页 共 {} 页", pages.len())), "{page}");
        assert!(page.contains("7K3M-9QXA"));
        if page.contains("WM-") {
            in_order(page, &["序号", "事项", "余额", "WM-"]);
        }
        if number > 1 {
            in_order(page, &["居民积分对账单（续）", "测试䶮㛃"]);
        }
    }
    for number in 1..=120 {
        assert!(text.contains(&format!("WM-{number:03}")), "{number}");
    }
}

#[test]
fn a_row_taller_than_a_page_is_divided_and_nothing_is_lost() {
    let mut statement = statement(2);
    statement.entries[0].item = (0..900).map(|number| format!("第{number:04}项。")).collect();
    let pdf = render(fonts(), &statement).unwrap().bytes;
    let text = poppler("pdftotext", &pdf, &["-raw", "-"]);
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    for number in 0..900 {
        assert!(text.contains(&format!("第{number:04}项")), "{number}");
    }
}

#[test]
fn every_font_is_embedded_as_a_subset() {
    let pdf = render(fonts(), &statement(3)).unwrap().bytes;
    assert_eq!(subset_fonts(&pdf), 2);
}

#[test]
fn a_page_is_small_and_the_file_names_nobody() {
    let pdf = render(fonts(), &statement(1)).unwrap().bytes;
    assert!(pdf.len() < 80 << 10, "{}", pdf.len());
    assert!(render(fonts(), &statement(120)).unwrap().bytes.len() < 200 << 10);
    let about = poppler("pdfinfo", &pdf, &["-isodates"]);
    assert!(about.contains("居民积分对账单") && !about.contains("测试"), "{about}");
    // 03:12 in China is the evening before in UTC
    assert!(about.contains("2026-10-31T19:12:00Z"), "{about}");
    assert!(about.contains("A4"), "{about}");
}

#[test]
fn the_same_statement_gives_the_same_bytes_and_another_gives_others() {
    let first = render(fonts(), &statement(9)).unwrap().bytes;
    assert!(first == render(fonts(), &statement(9)).unwrap().bytes);
    assert!(first != render(fonts(), &statement(8)).unwrap().bytes);
}

#[test]
fn nothing_to_list_is_said() {
    let pdf = render(fonts(), &statement(0)).unwrap().bytes;
    let text = poppler("pdftotext", &pdf, &["-raw", "-"]);
    in_order(&text, &["共 0 笔", "本期没有积分记录。", "收到本单后如有异议"]);
}

#[test]
fn a_character_without_a_glyph_stops_the_paper_wherever_it_stands() {
    let missing = || "\u{30EDD}".to_owned();
    let places: [fn(&mut PointsStatement, String); 6] = [
        |statement, text| statement.resident_name = text,
        |statement, text| statement.village_name = text,
        |statement, text| statement.entries[0].item = text,
        |statement, text| statement.entries[0].activity = text,
        |statement, text| statement.printed_by = text,
        |statement, text| statement.notes[0] = text,
    ];
    for place in places {
        let mut statement = statement(1);
        place(&mut statement, missing());
        let fault = render(fonts(), &statement).map(|printed| printed.pages).unwrap_err();
        assert_eq!(fault, DocumentError::MissingGlyph { character: '\u{30EDD}', code_point: 0x30EDD });
    }
}

#[test]
fn a_paper_nobody_would_read_is_refused() {
    let mut statement = statement(1);
    statement.entries[0].item = "很长的说明。\n".repeat(40_000);
    assert!(matches!(render(fonts(), &statement), Err(DocumentError::TooManyPages { .. })));
}
