#![allow(clippy::unwrap_used)]

use super::{PassbookEntry, TimePassbook, render};
use crate::poppler::{fonts, in_order, page_texts, poppler, subset_fonts};
use crate::{DocumentError, PrintTime};

fn entry(number: usize) -> PassbookEntry {
    PassbookEntry {
        day: "2026-03-05".to_owned(),
        order_number: format!("K3QX-{number:04}"),
        reason: "陪同就医".to_owned(),
        detail: "为他人服务".to_owned(),
        worked: "1 小时 35 分".to_owned(),
        coefficient: "1.20".to_owned(),
        amount_in: "1 小时 54 分".to_owned(),
        amount_out: String::new(),
        balance_after: format!("{number} 小时"),
    }
}

fn passbook(entries: usize) -> TimePassbook {
    TimePassbook {
        town_name: "澥浦镇".to_owned(),
        village_name: "张监碶社区".to_owned(),
        holder_name: "测试䶮㛃".to_owned(),
        id_masked: "3302**********1234".to_owned(),
        period: "2026-01-01 至 2026-11-22".to_owned(),
        as_of: "2026-11-22".to_owned(),
        available: "122 小时 30 分".to_owned(),
        reserved: "2 小时".to_owned(),
        served: "204 小时 5 分".to_owned(),
        used: "36 小时".to_owned(),
        opening_balance: "16 小时 40 分".to_owned(),
        entries: (1..=entries).map(entry).collect(),
        total_in: "168 小时 14 分".to_owned(),
        total_out: "18 小时".to_owned(),
        closing_balance: "124 小时 30 分".to_owned(),
        rounding_rule: "四舍五入到 1 分钟。".to_owned(),
        objection: vec!["对本存折有异议的，可以向村社提出。".to_owned()],
        verification_code: "7K3M-9QXA".to_owned(),
        verification_hint: "在窗口报出核对码，可以核对本存折是否完整。".to_owned(),
        printed_at: PrintTime { year: 2026, month: 11, day: 22, hour: 15, minute: 12 },
        printed_by: "李碶".to_owned(),
    }
}

#[test]
fn the_text_can_be_taken_out_in_reading_order() {
    let printed = render(fonts(), &passbook(2)).unwrap();
    let pages = page_texts(&printed.bytes);
    assert_eq!((printed.pages, pages.len()), (1, 1));
    in_order(
        &pages[0],
        &[
            "澥浦镇",
            "时间存折",
            "测试䶮㛃",
            "3302**********1234",
            "张监碶社区",
            "16小时40分",
            "2026-01-01至2026-11-22",
            "可用",
            "122小时30分",
            "预留",
            "2小时",
            "累计服务",
            "204小时5分",
            "累计使用",
            "36小时",
            "共2笔",
            "2026-03-05",
            "K3QX-0001",
            "陪同就医",
            "为他人服务",
            "1小时35分",
            "1.20",
            "1小时54分",
            "1小时",
            "K3QX-0002",
            "合计",
            "共2笔",
            "168小时14分",
            "18小时",
            "124小时30分",
            "1时间币等于1小时",
            "不能兑换现金或者实物",
            "四舍五入到1分钟",
            "有异议的",
            "签收",
            "经办人：李碶",
            "第1页共1页",
            "共2笔",
            "核对码7K3M-9QXA",
            "打印时间2026-11-2215:12",
            "打印人李碶",
            "在窗口报出核对码",
        ],
    );
    assert_eq!(subset_fonts(&printed.bytes), 2);
    // file properties name nobody
    let about = poppler("pdfinfo", &printed.bytes, &[]);
    assert!(about.contains("时间存折") && !about.contains("测试") && about.contains("A4"), "{about}");
}

#[test]
fn every_page_says_how_many_entries_there_are_and_how_to_check() {
    let printed = render(fonts(), &passbook(150)).unwrap();
    let pages = page_texts(&printed.bytes);
    assert!(pages.len() >= 4 && pages.len() == printed.pages, "{}", pages.len());
    for (number, page) in (1..).zip(&pages) {
        in_order(page, &[&format!("第{number}页共{}页", pages.len()), "共150笔", "7K3M-9QXA", "在窗口报出核对码"]);
        if page.contains("K3QX-") {
            in_order(page, &["日期", "单号", "工作时长", "余额", "K3QX-"]);
        }
        assert_eq!(number > 1, page.contains("时间存折（续）"), "{page}");
    }
    let whole = pages.concat();
    assert!((1..=150).all(|number| whole.contains(&format!("K3QX-{number:04}"))));
    assert_eq!(whole.matches("合计").count(), 1);
}

#[test]
fn an_account_without_entries_and_without_a_beginning_is_said_to_be_so() {
    let book = TimePassbook { opening_balance: String::new(), ..passbook(0) };
    let pages = page_texts(&render(fonts(), &book).unwrap().bytes);
    in_order(&pages[0], &["期初余额", "开户起，无期初余额", "共0笔", "本期没有收支记录。", "时间币与计时规则"]);
    assert!(!pages[0].contains("合计"));
}

#[test]
fn long_reasons_wrap_and_are_printed_whole() {
    let mut book = passbook(3);
    book.entries[1].detail = (0..60).map(|number| format!("第{number:03}条原因，")).collect();
    let whole = page_texts(&render(fonts(), &book).unwrap().bytes).concat();
    for number in 0..60 {
        assert!(whole.contains(&format!("第{number:03}条原因")), "{number}");
    }
}

#[test]
fn the_same_passbook_gives_the_same_bytes_and_another_gives_others() {
    let first = render(fonts(), &passbook(9)).unwrap().bytes;
    assert!(first == render(fonts(), &passbook(9)).unwrap().bytes);
    assert!(first != render(fonts(), &passbook(8)).unwrap().bytes);
    assert!(first.len() < 90 << 10, "{}", first.len());
}

#[test]
fn a_character_without_a_glyph_stops_the_paper_wherever_it_stands() {
    let places: [fn(&mut TimePassbook, String); 6] = [
        |book, text| book.holder_name = text,
        |book, text| book.available = text,
        |book, text| book.entries[0].reason = text,
        |book, text| book.entries[0].amount_in = text,
        |book, text| book.verification_hint = text,
        |book, text| book.objection[0] = text,
    ];
    for place in places {
        let mut book = passbook(1);
        place(&mut book, "\u{30EDD}".to_owned());
        let fault = render(fonts(), &book).map(|printed| printed.pages).unwrap_err();
        assert_eq!(fault, DocumentError::MissingGlyph { character: '\u{30EDD}', code_point: 0x30EDD });
    }
}
