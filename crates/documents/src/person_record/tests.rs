#![allow(clippy::unwrap_used)]

use super::{PersonRecord, RecordSection, render};
use crate::poppler::{fonts, in_order, page_texts, poppler};
use crate::{DocumentError, PrintTime};

fn record(rows: usize) -> PersonRecord {
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    PersonRecord {
        town_name: "澥浦镇".to_owned(),
        title: "个人信息查询记录".to_owned(),
        person_name: "测试䶮㛃".to_owned(),
        facts: vec![vec![pair("姓名", "测试䶮㛃"), pair("身份证号", "3302**********1234")], vec![pair("住址", "")]],
        sections: vec![RecordSection {
            title: "谁在什么时候查看过".to_owned(),
            columns: vec![("时间".to_owned(), 3), ("查看人".to_owned(), 2), ("用途".to_owned(), 5)],
            rows: (1..=rows)
                .map(|no| vec![format!("2026-11-22 09:{no:02}"), "李碶".to_owned(), "窗口办理".to_owned()])
                .collect(),
            empty: "没有人查看过。".to_owned(),
        }],
        notes: vec![("您的权利".to_owned(), vec!["您可以要求更正。".to_owned()])],
        verification_code: "7K3M-9QXA".to_owned(),
        printed_at: PrintTime { year: 2026, month: 11, day: 22, hour: 15, minute: 12 },
        printed_by: "李碶".to_owned(),
    }
}

#[test]
fn the_text_can_be_taken_out_in_reading_order() {
    let printed = render(fonts(), &record(2)).unwrap();
    let pages = page_texts(&printed.bytes);
    assert_eq!((printed.pages, pages.len()), (1, 1));
    in_order(
        &pages[0],
        &[
            "澥浦镇",
            "个人信息查询记录",
            "测试䶮㛃",
            "住址",
            "—",
            "谁在什么时候查看过（2）",
            "2026-11-2209:01",
            "窗口办理",
            "您的权利",
            "第1页共1页",
            "7K3M-9QXA",
        ],
    );
    assert!(!poppler("pdfinfo", &printed.bytes, &[]).contains("测试"), "the person's name is no property of the file");
}

#[test]
fn nothing_is_said_as_such_and_many_rows_go_over_pages_with_the_name() {
    assert!(page_texts(&render(fonts(), &record(0)).unwrap().bytes)[0].contains("没有人查看过。"));
    let pages = page_texts(&render(fonts(), &record(120)).unwrap().bytes);
    assert!(pages.len() > 2 && pages[1].contains("个人信息查询记录（续）") && pages[1].contains("测试䶮㛃"));
}

#[test]
fn a_character_that_the_fonts_lack_is_named() {
    let mut record = record(1);
    record.sections[0].rows[0][2] = "\u{10FFFD}".to_owned();
    assert!(matches!(render(fonts(), &record), Err(DocumentError::MissingGlyph { .. })));
}
