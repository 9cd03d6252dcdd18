use super::PersonalNumber::{IdNumber, Phone};
use super::*;

#[test]
fn numbers_are_found_however_they_are_written() {
    for (text, found) in [
        ("联系人身份证330206199206026211，谢谢", IdNumber),
        ("号码３３０２０６１９９２０６０２６２１１", IdNumber),
        ("330206 1992 0602 6211", IdNumber),
        ("330206-19920602-6211", IdNumber),
        ("33020619920\u{200b}6026211", IdNumber),
        // the last place is mistyped: a person is named all the same
        ("330206199206026212", IdNumber),
        ("11010519491231002x。", IdNumber),
        // the running number of a list before it
        ("17330206199206026211", IdNumber),
        ("旧证330206920602621", IdNumber),
        ("请拨13812345678", Phone),
        ("请拨138 1234 5678或到窗口", Phone),
        ("电话：0574-86261234", Phone),
        ("（0574）86261234", Phone),
        ("+86 138-1234-5678", Phone),
    ] {
        assert_eq!(scan(text), [found], "{text}");
    }
    assert_eq!(scan("13812345678，330206199206026211"), [IdNumber, Phone]);
}

#[test]
fn figures_of_a_story_are_no_numbers_of_persons() {
    for text in [
        "",
        "2026 年全镇 2,495 人参加，投入 1.2 亿元，满意率 98.5%",
        "2026-03-01 至 2026-11-22 共 12 场",
        "信用热线 12345",
        "统一社会信用代码 91330211MA2AXXXXX0",
        "合同编号 20261122001",
        "1999-2026，28 年，100000000000 元",
        "村社代码 330211101001",
    ] {
        assert_eq!(scan(text), [], "{text}");
    }
}

#[test]
fn the_finding_says_what_to_do_and_repeats_no_number() {
    let said = scan("13812345678")[0].to_string();
    assert!(said.contains("删去") && !said.contains("138"), "{said}");
}
