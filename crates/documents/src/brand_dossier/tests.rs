#![allow(clippy::unwrap_used)]

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use super::sections::SECTIONS;
use super::{
    BrandDossier, DossierAssessment, DossierEvent, DossierEvidence, DossierFact, DossierIndicator, DossierMatrix,
    DossierMatrixCell, DossierMatrixRow, DossierMilestone, DossierPartner, DossierPicture, DossierReading,
    DossierReview, QUARTERS_MAX, render,
};
use crate::picture::PictureError;
use crate::poppler::{fonts, in_order, page_texts, pictures, subset_fonts};
use crate::{DocumentError, PrintTime, picture};

/// A picture as hard to pack as a photo: noise over everything.
fn photo(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [noise, ..] = (state % 48).to_le_bytes();
        let [shade, ..] = ((x + y) % 160).to_le_bytes();
        Rgb([shade + noise, 160 - shade + noise, 90 + noise])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 92).encode_image(&pixels).unwrap();
    jpeg
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn event(number: usize) -> DossierEvent {
    DossierEvent {
        title: format!("清洁渔港{number}"),
        day: s("2026-05-15"),
        setting: s("进社区"),
        place: s("张监碶社区"),
        people: s("42 人"),
        cost: s("1,250.00 元"),
        state: s("已举办"),
        ..DossierEvent::default()
    }
}

fn dossier() -> BrandDossier {
    BrandDossier {
        town_name: s("澥浦镇"),
        brand_name: s("渔港有信"),
        slogan: s("回港有信"),
        as_of: s("2026-11-22"),
        review: Some(DossierReview {
            purpose: s("报送区信用办"),
            requested_by: s("李碶"),
            requested_on: s("2026-11-20"),
            reviewed_by: s("王䶮"),
            reviewed_on: s("2026-11-21"),
        }),
        basics: vec![DossierFact { label: s("领域"), value: s("商户信用") }],
        story: s("渔民把钥匙交给邻居。\n这就是信用。"),
        objectives: vec![s("诚信商户达到 200 户。")],
        milestones: vec![DossierMilestone { title: s("首批签约"), due_on: s("2026-06-30"), ..Default::default() }],
        indicators: vec![DossierIndicator {
            name: s("诚信商户"),
            baseline: s("32"),
            target: s("200"),
            latest: s("118"),
            readings: vec![DossierReading { day: s("2026-09-30"), value: s("118"), note: s("季末汇总") }],
            ..Default::default()
        }],
        partners: vec![DossierPartner { name: s("农商银行"), role: s("优先贷款") }],
        events: vec![event(1), event(2)],
        matrix: DossierMatrix {
            quarters: vec![s("2026 年三季度"), s("2026 年四季度"), s("2027 年一季度")],
            rows: vec![DossierMatrixRow {
                setting: s("进社区"),
                cells: vec![DossierMatrixCell::Held(7), DossierMatrixCell::Gap, DossierMatrixCell::NotBegun],
            }],
        },
        assessments: vec![DossierAssessment { year: s("2026 年"), result: s("优秀"), ..Default::default() }],
        evidence: vec![DossierEvidence {
            title: s("承诺书"), sm3_short: s("66c7f0f462eeedd9"), ..Default::default()
        }],
        printed_at: PrintTime { year: 2026, month: 11, day: 22, hour: 15, minute: 12 },
        printed_by: s("李碶"),
        ..BrandDossier::default()
    }
}

fn pages(dossier: &BrandDossier) -> Vec<String> {
    let printed = render(fonts(), dossier).unwrap();
    let pages = page_texts(&printed.bytes);
    assert_eq!(pages.len(), printed.pages);
    pages
}

#[test]
fn cover_contents_and_sections_stand_in_order() {
    let pages = pages(&dossier());
    in_order(&pages[0], &["澥浦镇", "渔港有信", "回港有信", "品牌档案", "资料截至2026-11-22", "保密审查"]);
    in_order(&pages[0], &["报送区信用办", "李碶", "2026-11-20", "王䶮", "2026-11-21", "审查盖章", "打印时间"]);
    in_order(&pages[1], &SECTIONS);
    let rest = pages[2..].concat();
    in_order(
        &rest,
        &[
            SECTIONS[0],
            "商户信用",
            SECTIONS[1],
            "交给邻居。",
            "这就是信用。",
            SECTIONS[2],
            "1.诚信商户达到200户。",
            SECTIONS[3],
            "首批签约",
            "2026-06-30",
            SECTIONS[4],
            "32",
            "200",
            "118",
            "各次读数",
            "季末汇总",
            SECTIONS[5],
            "农商银行",
            SECTIONS[6],
            "清洁渔港1",
            "进社区",
            "张监碶社区",
            "42人",
            "1,250.00元",
            "清洁渔港2",
            SECTIONS[7],
            "2026年",
            "三季度",
            "进社区",
            "7",
            "缺",
            "—",
            SECTIONS[8],
            "优秀",
            SECTIONS[9],
            "承诺书",
            "66c7f0f462eeedd9",
        ],
    );
    assert_eq!(subset_fonts(&render(fonts(), &dossier()).unwrap().bytes), 2);
}

#[test]
fn the_contents_name_the_pages_on_which_the_sections_begin() {
    let mut long = dossier();
    long.story = "说的是信用，不止一句话。".repeat(400);
    long.events = (1..=60).map(event).collect();
    let pages = pages(&long);
    assert!(pages.len() > 6, "{}", pages.len());
    for title in SECTIONS {
        let begins = (1..).zip(&pages).skip(2).find(|(_, page)| page.contains(title)).unwrap().0;
        in_order(&pages[1], &[&format!("{title}{begins}")]);
    }
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains("打印人李碶") && !page.contains("核对码"), "{page}");
        assert_eq!(number > 1, page.contains(&format!("第{number}页共{}页", pages.len())), "{page}");
    }
}

#[test]
fn an_empty_dossier_says_in_every_section_why_and_must_stay_in_the_town() {
    let empty = BrandDossier { brand_name: s("渔港有信"), ..BrandDossier::default() };
    let pages = pages(&empty);
    assert_eq!(pages.len(), 3);
    in_order(&pages[0], &["渔港有信", "没有经过保密审查", "不得对外提供"]);
    let rest = pages[2..].concat();
    assert_eq!(rest.matches("本节为空。").count(), SECTIONS.len(), "{rest}");
}

#[test]
fn twelve_photos_stay_packed_and_keep_their_captions() {
    let mut with_photos = dossier();
    for (number, event) in (0..).zip(&mut with_photos.events) {
        event.summary = s("三十二名志愿者清理码头。");
        event.pictures = (0..6)
            .map(|column| DossierPicture {
                bytes: picture::cleaned(&photo(1_600, 1_200, 1 + 6 * number + column)).unwrap().jpeg,
                caption: format!("照片{number}-{column}"),
            })
            .collect();
    }
    let printed = render(fonts(), &with_photos).unwrap();
    assert!(printed.bytes.len() < 4 << 20, "{}", printed.bytes.len());
    let list = pictures(&printed.bytes);
    assert_eq!(list.len(), 12);
    assert!(list.iter().all(|line| line.contains(" jpeg ")), "{list:?}");
    let text = page_texts(&printed.bytes).concat();
    for number in 0..2 {
        assert!(text.contains(&format!("活动{}清洁渔港", number + 1)));
        (0..6).for_each(|column| assert!(text.contains(&format!("照片{number}-{column}"))));
    }
}

#[test]
fn more_quarters_than_a_sheet_is_wide_go_on_below() {
    let mut wide = dossier();
    let count = QUARTERS_MAX + 3;
    wide.matrix.quarters = (0..count).map(|number| format!("第{number:02}季")).collect();
    wide.matrix.rows[0].cells = (100..).take(count).map(DossierMatrixCell::Held).collect();
    let text = pages(&wide)[2..].concat();
    for number in 0..count {
        assert!(text.contains(&format!("第{number:02}季")) && text.contains(&format!("{}", 100 + number)), "{number}");
    }
}

#[test]
fn the_cover_is_one_sheet_however_much_is_said() {
    let mut long = dossier();
    long.mark = Some(photo(400, 400, 1));
    long.brand_name = "品牌名称".repeat(40);
    long.slogan = "口号".repeat(60);
    let review = long.review.as_mut().unwrap();
    review.purpose = "用途".repeat(400);
    review.requested_by = "名".repeat(80);
    let pages = pages(&long);
    in_order(&pages[0], &["用途", "申请人", "审查人", "审查盖章", "打印时间"]);
    in_order(&pages[1], &["目录", SECTIONS[0]]);
}

#[test]
fn the_same_dossier_gives_the_same_bytes_and_another_gives_others() {
    let set = |mark| render(fonts(), &BrandDossier { mark: Some(mark), ..dossier() }).unwrap().bytes;
    let first = set(photo(200, 100, 1));
    assert!(first == set(photo(200, 100, 1)));
    assert!(first != set(photo(200, 100, 2)));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let mut odd = dossier();
    odd.events[0].place = s("\u{30EDD}");
    let fault = render(fonts(), &odd).map(|printed| printed.pages).unwrap_err();
    assert_eq!(fault, DocumentError::MissingGlyph { character: '\u{30EDD}', code_point: 0x30EDD });
    let mut broken = dossier();
    broken.events[0].pictures = vec![DossierPicture { bytes: vec![0; 64], caption: String::new() }];
    let fault = render(fonts(), &broken).map(|printed| printed.pages).unwrap_err();
    assert_eq!(fault, DocumentError::Picture(PictureError::Kind));
}
