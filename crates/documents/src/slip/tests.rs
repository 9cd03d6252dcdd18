#![allow(clippy::unwrap_used)]

use super::{ServiceSlip, SlipBatch, render};
use crate::poppler::{fonts, in_order, page_texts, poppler, subset_fonts};
use crate::{DocumentError, PrintTime};

fn slip() -> ServiceSlip {
    ServiceSlip {
        town_name: "澥浦镇".to_owned(),
        village_name: "张监碶社区".to_owned(),
        order_number: "K3QX-7M2P".to_owned(),
        service: "陪同就医".to_owned(),
        coefficient: "1.20".to_owned(),
        beneficiary_name: "测试䶮㛃".to_owned(),
        volunteer_name: "样例志".to_owned(),
        day: "2026-11-23（星期一）".to_owned(),
        planned: "09:00 起，约 2 小时".to_owned(),
        place: "门诊楼一楼大厅".to_owned(),
        payer: "镇准备金".to_owned(),
        note: "需要轮椅。".to_owned(),
    }
}

fn batch(slips: Vec<ServiceSlip>) -> SlipBatch {
    SlipBatch {
        slips,
        rounding_rule: "按分钟数乘以系数，四舍五入到 1 分钟。".to_owned(),
        objection: "有异议的，30 日内向村社提出。".to_owned(),
        printed_at: PrintTime { year: 2026, month: 11, day: 22, hour: 15, minute: 12 },
        printed_by: "李碶".to_owned(),
    }
}

#[test]
fn an_order_is_two_sheets_that_lie_together() {
    let mut second = slip();
    second.order_number = "0W4H-91JT".to_owned();
    let printed = render(fonts(), &batch(vec![slip(), second])).unwrap();
    let pages = page_texts(&printed.bytes);
    assert_eq!((printed.pages, pages.len()), (4, 4));
    for (page, (number, copy)) in pages.iter().zip([
        ("K3QX-7M2P", "第一联存根联"),
        ("K3QX-7M2P", "第二联服务对象联"),
        ("0W4H-91JT", "第一联存根联"),
        ("0W4H-91JT", "第二联服务对象联"),
    ]) {
        in_order(
            page,
            &[
                "澥浦镇",
                "时间银行服务单",
                number,
                "陪同就医，系数1.20",
                "测试䶮㛃",
                "张监碶社区",
                "2026-11-23",
                "样例志",
            ],
        );
        in_order(page, &["镇准备金", "门诊楼", "需要轮椅", "签到时间", "签退时间", "志愿者签字", "服务对象签字"]);
        in_order(page, &["村社记录员签字", "没有双方签字不入账", "四舍五入", "有异议的", number, "打印人李碶"]);
        assert!(page.contains(copy), "{page}");
    }
    // 148 × 210 mm
    assert!(poppler("pdfinfo", &printed.bytes, &[]).contains("419.528 x 595.276 pts"));
    assert_eq!(subset_fonts(&printed.bytes), 2);
}

#[test]
fn what_is_open_leaves_room_and_prints_nothing_in_its_place() {
    let open = ServiceSlip { volunteer_name: String::new(), place: String::new(), note: String::new(), ..slip() };
    let pages = page_texts(&render(fonts(), &batch(vec![open])).unwrap().bytes);
    assert_eq!(pages.len(), 2);
    in_order(&pages[0], &["志愿者", "支付方式", "镇准备金", "地点", "备注", "服务记录"]);
    assert!(pages[0].contains("地点备注服务记录"), "{}", pages[0]);
}

#[test]
fn long_texts_become_smaller_before_anything_is_cut() {
    let note: String = (0..40).map(|number| format!("第{number:02}句。")).collect();
    let long = ServiceSlip { note: note.clone(), place: "地址".repeat(60), ..slip() };
    let pages = page_texts(&render(fonts(), &batch(vec![long])).unwrap().bytes);
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().all(|page| page.contains(&note) && page.contains(&"地址".repeat(60))));
}

#[test]
fn an_order_is_two_sheets_however_much_is_said() {
    let endless = ServiceSlip {
        town_name: "镇".repeat(300),
        village_name: "村".repeat(300),
        service: "服务".repeat(300),
        beneficiary_name: "名".repeat(300),
        volunteer_name: "名".repeat(300),
        day: "2026-11-23 ".repeat(50),
        planned: "09:00 起，".repeat(50),
        place: "地址".repeat(900),
        payer: "本人".repeat(200),
        note: "备注。\n".repeat(900),
        ..slip()
    };
    let mut batch = batch(vec![endless]);
    batch.rounding_rule = "四舍五入。".repeat(500);
    batch.objection = "有异议的，向村社提出。".repeat(500);
    let pages = page_texts(&render(fonts(), &batch).unwrap().bytes);
    assert_eq!(pages.len(), 2);
    for page in pages {
        in_order(&page, &["K3QX-7M2P", "地址…", "备注。…", "村社记录员签字", "没有双方签字不入账", "提出。…"]);
    }
}

#[test]
fn the_same_batch_gives_the_same_bytes_and_another_gives_others() {
    let set = |slips| render(fonts(), &batch(slips)).unwrap().bytes;
    let first = set(vec![slip()]);
    assert!(first == set(vec![slip()]));
    assert!(first != set(vec![ServiceSlip { place: "门口".to_owned(), ..slip() }]));
}

#[test]
fn a_character_without_a_glyph_and_too_many_sheets_are_refused() {
    let odd = ServiceSlip { beneficiary_name: "\u{30EDD}".to_owned(), ..slip() };
    let fault = render(fonts(), &batch(vec![slip(), odd])).map(|printed| printed.pages).unwrap_err();
    assert_eq!(fault, DocumentError::MissingGlyph { character: '\u{30EDD}', code_point: 0x30EDD });
    let many = batch(vec![slip(); crate::layout::PAGES_MAX / 2 + 1]);
    assert!(matches!(render(fonts(), &many), Err(DocumentError::TooManyPages { .. })));
}
