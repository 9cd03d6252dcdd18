#![allow(clippy::unwrap_used)]

use super::{ConsentForm, ConsentPerson, ConsentSection, render};
use crate::PrintTime;
use crate::poppler::{fonts, in_order, page_texts};

fn form() -> ConsentForm {
    ConsentForm {
        town_name: "澥浦镇".to_owned(),
        title: "参加文明积分和时间银行同意书".to_owned(),
        version: "2026-1".to_owned(),
        sections: vec![ConsentSection {
            heading: "您的权利".to_owned(),
            paragraphs: vec!["参加与否完全自愿。".to_owned(), "随时可以撤回同意。".to_owned()],
        }],
        person: Some(ConsentPerson {
            name: "测试䶮㛃".to_owned(),
            id_masked: "330211********1234".to_owned(),
            village_name: "张监碶社区".to_owned(),
            household_number: "12".to_owned(),
        }),
        by_guardian: false,
        printed_at: PrintTime { year: 2026, month: 11, day: 23, hour: 9, minute: 12 },
        printed_by: "李碶".to_owned(),
    }
}

#[test]
fn an_adult_signs_alone() {
    let printed = render(fonts(), &form()).unwrap();
    let pages = page_texts(&printed.bytes);
    assert_eq!(pages.len(), 1);
    in_order(&pages[0], &["澥浦镇", "同意书", "测试䶮㛃", "330211********1234", "参加与否完全自愿", "单独同意"]);
    in_order(&pages[0], &["本人签字", "经办人签字", "2026-1"]);
    assert!(!pages[0].contains("监护人签字"));
}

#[test]
fn for_a_child_the_guardian_signs() {
    let printed = render(fonts(), &ConsentForm { by_guardian: true, ..form() }).unwrap();
    let page = page_texts(&printed.bytes).remove(0);
    in_order(&page, &["不满十四周岁", "监护人签字", "与本人关系"]);
    assert!(!page.contains("本人签字"));
}

#[test]
fn a_blank_form_offers_both_signatures() {
    let printed = render(fonts(), &ConsentForm { person: None, ..form() }).unwrap();
    let page = page_texts(&printed.bytes).remove(0);
    in_order(&page, &["姓名", "身份证号", "本人签字", "监护人签字", "经办人签字"]);
}

#[test]
fn the_declaration_stays_with_its_signatures() {
    let long = ConsentSection { heading: "长文".to_owned(), paragraphs: vec!["字".repeat(42 * 36)] };
    let printed = render(fonts(), &ConsentForm { sections: vec![long], ..form() }).unwrap();
    let pages = page_texts(&printed.bytes);
    assert_eq!(pages.len(), 2);
    in_order(&pages[1], &["签字", "自愿同意", "本人签字", "经办人签字"]);
}
