#![allow(clippy::unwrap_used)]

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use super::{BrandCard, CardIndicator, CardMilestone, INDICATORS_MAX, MILESTONES_MAX, render};
use crate::picture::PictureError;
use crate::poppler::{fonts, in_order, page_texts, pictures, poppler, subset_fonts};
use crate::{DocumentError, PrintTime};

fn mark() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let pixels = RgbImage::from_pixel(300, 200, Rgb([160, 20, 20]));
    JpegEncoder::new(&mut jpeg).encode_image(&pixels).unwrap();
    jpeg
}

fn indicator(number: usize) -> CardIndicator {
    CardIndicator {
        name: format!("指标{number}"),
        unit: "户".to_owned(),
        current: format!("1{number}8"),
        target: "200".to_owned(),
    }
}

fn milestone(number: usize) -> CardMilestone {
    CardMilestone { title: format!("里程{number}"), day: "2026-06-30".to_owned(), state: "进行中".to_owned() }
}

fn card() -> BrandCard {
    BrandCard {
        town_name: "澥浦镇".to_owned(),
        brand_name: "渔港有信䶮".to_owned(),
        mark: Some(mark()),
        slogan: "出海有约，回港有信".to_owned(),
        domain: "商户信用".to_owned(),
        owner_unit: "张监碶社区居民委员会".to_owned(),
        story: "渔民出海前把钥匙交给邻居。\n这就是信用。".to_owned(),
        indicators: (1..=2).map(indicator).collect(),
        milestones: (1..=2).map(milestone).collect(),
        active_since: "2026-03-01".to_owned(),
        printed_at: PrintTime { year: 2026, month: 11, day: 22, hour: 15, minute: 12 },
    }
}

/// The text of the one page.
fn text(card: &BrandCard) -> String {
    let printed = render(fonts(), card).unwrap();
    let mut pages = page_texts(&printed.bytes);
    assert_eq!((printed.pages, pages.len()), (1, 1));
    pages.remove(0)
}

#[test]
fn a_card_says_everything_on_one_sheet() {
    let printed = render(fonts(), &card()).unwrap();
    in_order(
        &text(&card()),
        &[
            "澥浦镇",
            "一镇街一品牌",
            "渔港有信䶮",
            "出海有约，回港有信",
            "领域",
            "商户信用",
            "责任单位",
            "张监碶社区",
            "启用日期",
            "2026-03-01",
            "品牌故事",
            "交给邻居。",
            "这就是信用。",
            "关键指标",
            "指标1",
            "里程碑",
            "2026-06-30",
            "里程1",
            "进行中",
            "品牌名片",
        ],
    );
    assert!(text(&card()).contains("118/200户"), "{}", text(&card()));
    assert_eq!(subset_fonts(&printed.bytes), 2);
    assert!(matches!(&pictures(&printed.bytes)[..], [mark] if mark.contains(" jpeg ")));
    assert!(poppler("pdfinfo", &printed.bytes, &[]).contains("A4"));
}

#[test]
fn what_is_empty_leaves_no_head_behind() {
    let bare =
        BrandCard { town_name: "澥浦镇".to_owned(), brand_name: "渔港有信".to_owned(), ..BrandCard::default() };
    let text = text(&bare);
    in_order(&text, &["澥浦镇", "渔港有信", "品牌名片"]);
    for head in ["领域", "启用日期", "品牌故事", "关键指标", "里程碑"] {
        assert!(!text.contains(head), "{head}");
    }
}

#[test]
fn a_long_story_ends_at_a_sentence() {
    let story: String = (0..300).map(|number| format!("这是第{number:03}句话，说的是信用。")).collect();
    let text = text(&BrandCard { story, ..card() });
    in_order(&text, &["第000句", "第010句", "说的是信用。…", "关键指标", "里程2"]);
    assert!(!text.contains("第299句"));
}

#[test]
fn a_card_is_one_sheet_however_much_is_said_and_says_what_it_left_out() {
    let long = |text: &str| text.repeat(80);
    let endless = BrandCard {
        town_name: long("镇"),
        brand_name: long("品牌"),
        slogan: long("口号"),
        domain: long("领域"),
        owner_unit: long("单位"),
        story: long("故事很长。\n"),
        indicators: vec![
            CardIndicator {
                name: long("指标"), unit: long("户"), current: long("9"), target: long("8")
            };
            INDICATORS_MAX + 3
        ],
        milestones: vec![
            CardMilestone { title: long("里程"), day: long("2026"), state: long("状态") };
            MILESTONES_MAX + 2
        ],
        ..card()
    };
    let text = text(&endless);
    in_order(&text, &["品牌故事", "故事很长。", "…", "关键指标", "另有", "见品牌档案", "里程碑", "另有", "见品牌档案"]);
}

#[test]
fn the_same_card_gives_the_same_bytes_and_another_mark_gives_others() {
    let first = render(fonts(), &card()).unwrap().bytes;
    assert!(first == render(fonts(), &card()).unwrap().bytes);
    assert!(first != render(fonts(), &BrandCard { mark: None, ..card() }).unwrap().bytes);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refused = |card: BrandCard| render(fonts(), &card).map(|printed| printed.pages).unwrap_err();
    let missing = || "\u{30EDD}".to_owned();
    let fault = DocumentError::MissingGlyph { character: '\u{30EDD}', code_point: 0x30EDD };
    assert_eq!(refused(BrandCard { brand_name: missing(), ..card() }), fault);
    assert_eq!(refused(BrandCard { story: missing(), ..card() }), fault);
    let broken = BrandCard { mark: Some(b"no picture".to_vec()), ..card() };
    assert_eq!(refused(broken), DocumentError::Picture(PictureError::Kind));
}
