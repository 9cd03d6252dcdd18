#![allow(clippy::unwrap_used)]

use printpdf::TextItem;

use super::breaking::fill;
use super::{Line, break_lines, clipped, cut_to_fit, justified, largest, may_break_between, single_line, spaced};
use crate::DocumentError;
use crate::fonts::{Fonts, Weight};

/// Lines of `text` when every character, wide or narrow, takes one unit.
fn lines(text: &str, width: f32) -> Vec<&str> {
    fill(text, |_| 1.0, width, 0.0)
}

#[test]
fn closing_marks_never_begin_a_line_and_opening_marks_never_end_one() {
    assert_eq!(lines("村民自愿参加，不强制。", 6.0), ["村民自愿参", "加，不强制。"]);
    assert_eq!(lines("依据《条例》第三条", 3.0), ["依据", "《条", "例》第", "三条"]);
    for closing in "。，、；：？！）》”’』」】〉·…".chars() {
        assert!(!may_break_between('字', closing), "{closing}");
    }
    for opening in "（《“‘『「【〈".chars() {
        assert!(!may_break_between(opening, '字'), "{opening}");
    }
    assert!(may_break_between('字', '（') && may_break_between('。', '字'));
}

#[test]
fn numbers_words_and_units_hold_together() {
    assert_eq!(lines("共计3,302.50元整", 10.0), ["共计", "3,302.50元整"]);
    assert_eq!(lines("共奖励 12 分给你", 6.0), ["共奖励 ", "12 分给你"]);
    assert_eq!(lines("完成率98%以上", 5.0), ["完成率", "98%以上"]);
    assert_eq!(lines("用OpenData平台", 9.0), ["用OpenData", "平台"]);
    assert_eq!(lines("采用OpenData平台", 9.0), ["采用", "OpenData平", "台"]);
    assert_eq!(lines("到2026-11-22为止", 11.0), ["到2026-11-22", "为止"]);
}

#[test]
fn nothing_is_lost_and_no_line_is_too_wide() {
    let text = "镇街信用管理（试行）：积分12.5分，详见《细则》第3条……请于2026-11-22前 Reply to 窗口。".repeat(5);
    for width in 4..40_u8 {
        let lines = lines(&text, f32::from(width));
        assert_eq!(lines.concat(), text);
        for line in lines {
            assert!(line.trim_end().chars().count() <= usize::from(width), "{width}: {line}");
        }
    }
}

#[test]
fn a_piece_wider_than_the_line_is_cut_where_the_line_is_full() {
    assert_eq!(lines("ABCDEFGH", 3.0), ["ABC", "DEF", "GH"]);
    assert_eq!(lines("。。。。", 3.0), ["。。。", "。"]);
    assert_eq!(lines("", 3.0), [""]);
}

#[test]
fn lines_are_measured_by_the_font() {
    let fonts = Fonts::bundled().unwrap();
    let set = break_lines(&fonts, "积分积分积分", Weight::Regular, 10.0, 40.0, 20.0).unwrap();
    assert_eq!(set.iter().map(|line| line.width_pt).collect::<Vec<_>>(), [20.0, 40.0]);
}

#[test]
fn a_character_the_font_lacks_is_named() {
    let fonts = Fonts::bundled().unwrap();
    let fault = single_line(&fonts, "张\u{30EDD}", Weight::Regular, 10.0, false).unwrap_err();
    assert_eq!(fault, DocumentError::MissingGlyph { character: '\u{30EDD}', code_point: 0x30EDD });
    assert!(fault.to_string().starts_with("字体中没有“\u{30EDD}”（U+30EDD）"));
    let broken = break_lines(&fonts, "\u{1F600}", Weight::SemiBold, 10.0, 40.0, 0.0);
    assert!(matches!(broken, Err(DocumentError::MissingGlyph { .. })));
}

#[test]
fn rare_characters_of_the_district_are_there_and_a_head_with_one_changes_its_weight_as_a_whole() {
    let fonts = Fonts::bundled().unwrap();
    for rare in ["张监碶", "㛃", "䶮", "澥浦", "㕔"] {
        single_line(&fonts, rare, Weight::Regular, 10.0, false).unwrap();
    }
    assert_eq!(single_line(&fonts, "对账单", Weight::SemiBold, 10.0, false).unwrap().weight, Weight::SemiBold);
    assert_eq!(single_line(&fonts, "龑字", Weight::SemiBold, 10.0, false).unwrap().weight, Weight::Regular);
}

#[test]
fn figures_stand_in_columns_and_their_width_is_what_is_drawn() {
    let fonts = Fonts::bundled().unwrap();
    let set = |text: &str| single_line(&fonts, text, Weight::Regular, 10.0, true).unwrap();
    assert_eq!(set("1111").width_pt, set("9088").width_pt);
    let line = set("11");
    let offsets: f32 = line
        .items
        .iter()
        .map(|item| match item {
            TextItem::Offset(mille) => -mille / 100.0,
            _ => fonts.advance_mille(Weight::Regular, '1') / 100.0,
        })
        .sum();
    assert!((offsets - line.width_pt).abs() < 0.001, "{offsets} {}", line.width_pt);
}

#[test]
fn invisible_characters_are_not_missing_ones() {
    let fonts = Fonts::bundled().unwrap();
    let line = single_line(&fonts, "张\u{200b}三\u{fe00}\t1", Weight::Regular, 10.0, false).unwrap();
    assert_eq!(line.items, [TextItem::Text("张三 1".to_owned())]);
}

/// What a line says, whatever stands between its characters.
fn said(line: &Line) -> String {
    line.items
        .iter()
        .map(|item| match item {
            TextItem::Text(text) => text.as_str(),
            _ => "",
        })
        .collect()
}

#[test]
fn a_full_line_is_stretched_to_the_edge_and_the_last_is_not() {
    let fonts = Fonts::bundled().unwrap();
    let text = "诚信商户达到 118 户，投诉下降 61.5%，Reply 到窗口，三日内答复，逾期按规定处理。";
    let lines = break_lines(&fonts, text, Weight::Regular, 10.0, 118.0, 0.0).unwrap();
    assert!(lines.len() > 2);
    for line in &lines {
        let stretched = justified(line, 10.0, 118.0);
        assert_eq!(said(&stretched), said(line));
        if line.is_last {
            assert_eq!(&stretched, line);
        } else {
            assert!((stretched.width_pt - 118.0).abs() < 0.01, "{} {}", said(line), stretched.width_pt);
        }
        // a number keeps together
        for item in &stretched.items {
            assert_ne!(item, &TextItem::Text("61.".to_owned()));
        }
    }
    // a line that would show its gaps stays ragged
    assert_eq!(justified(&lines[0], 10.0, 400.0), lines[0]);
}

#[test]
fn a_spaced_head_is_as_wide_as_it_is_drawn() {
    let fonts = Fonts::bundled().unwrap();
    let plain = single_line(&fonts, "服务单", Weight::SemiBold, 20.0, false).unwrap();
    let wide = spaced(&plain, 20.0, 100.0);
    assert!((wide.width_pt - plain.width_pt - 4.0).abs() < 0.001);
    assert_eq!(wide.items.len(), 5);
}

#[test]
fn text_is_cut_at_a_sentence_when_that_keeps_half_of_it() {
    let cut = |text: &str, most: usize| cut_to_fit(text, |text| Ok(text.chars().count() <= most)).unwrap();
    assert_eq!(cut("一二三。四五六。", 8), "一二三。四五六。");
    assert_eq!(cut("一二三。四五六。", 7), "一二三。…");
    assert_eq!(cut("一。二三四五六七八", 8), "一。二三四五六…");
    assert_eq!(cut("一二三", 1), "…");
    assert_eq!(cut("", 0), "");
}

#[test]
fn clipped_text_takes_no_more_lines_and_says_that_it_goes_on() {
    let fonts = Fonts::bundled().unwrap();
    let set = |text: &str| clipped(&fonts, text, Weight::Regular, 10.0, 50.0, 2).unwrap();
    assert_eq!(set("一二三四五六七八九十").iter().map(said).collect::<Vec<_>>(), ["一二三四五", "六七八九十"]);
    assert_eq!(set("一二三四五六七八九十百").iter().map(said).collect::<Vec<_>>(), ["一二三四五", "六七八九…"]);
}

#[test]
fn a_head_is_set_in_the_largest_size_that_fits() {
    let fonts = Fonts::bundled().unwrap();
    let steps = [(40.0, 1), (20.0, 1), (10.0, 2)];
    let set = |text: &str| largest(&fonts, text, Weight::SemiBold, &steps, 0.0, 100.0).unwrap();
    assert_eq!(set("渔港").0, 40.0);
    assert_eq!(set("渔港有信").0, 20.0);
    let (size_pt, lines) = set(&"渔港有信".repeat(9));
    assert_eq!((size_pt, lines.len()), (10.0, 2));
    assert!(said(&lines[1]).ends_with('…'));
}
