#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn cells_are_read_as_a_careful_typist_would_have_put_them() {
    for (raw, plain) in [
        ("３３０２１１Ｘ", "330211X"),
        ("（代表），：；", "(代表),:;"),
        ("　 西5组　 27号\t", "西5组 27号"),
        ("'330211", "330211"),
        ("’‘`330211", "330211"),
        (" ' 330211", "330211"),
        ("O'Brien", "O'Brien"),
        ("\u{feff}张\u{200b}三\u{202c}", "张三"),
        ("上行\r\n下行", "上行 下行"),
        ("甲\u{0}乙\u{7f}", "甲乙"),
        ("⽅⽴⾎", "方立血"),
        ("", ""),
        ("　'", ""),
    ] {
        assert_eq!(normalise(raw), plain, "{raw:?}");
    }
}

#[test]
fn the_radicals_are_complete() {
    assert_eq!(KANGXI.chars().count(), (KANGXI_LAST - KANGXI_FIRST + 1) as usize);
    assert_eq!(half_width('\u{2F00}'), '一');
    assert_eq!(half_width('\u{2F8E}'), '血');
    assert_eq!(half_width('\u{2FD5}'), '龠');
    assert_eq!(half_width('\u{2EE2}'), '马');
    assert_eq!(half_width('\u{2E80}'), '\u{2E80}');
}

#[test]
fn names_lose_their_padding_and_keep_their_parts() {
    for (raw, name) in [
        (" 杨 红霞 ", "杨红霞"),
        ("曹　宇", "曹宇"),
        ("Li  Ming", "Li Ming"),
        ("李 Tom  Lee", "李Tom Lee"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提 ‧ 吐尔逊", "买买提·吐尔逊"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("买买提．吐尔逊", "买买提·吐尔逊"),
        ("买买提. 吐尔逊", "买买提·吐尔逊"),
        ("䶮㛃𫖯𬍛", "䶮㛃𫖯𬍛"),
    ] {
        assert_eq!(squeeze_name(raw), name, "{raw:?}");
    }
}

#[test]
fn an_optional_line_is_absent_or_within_its_limit() {
    assert_eq!(optional_line(" 　", 5), Ok(None));
    assert_eq!(optional_line(" 第6网格 ", 4), Ok(Some("第6网格".to_owned())));
    assert_eq!(optional_line("第16网格", 4), Err(TextFault::TooLong { max: 4, found: 5 }));
}

#[test]
fn masks_are_those_of_the_screens() {
    for (name, mask) in [
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("欧阳娜娜", "欧**娜"),
        ("张", "*"),
        ("", ""),
        ("阿卜杜热合曼·买买提", "阿****提"),
        ("𬍛小䶮", "𬍛*䶮"),
    ] {
        assert_eq!(mask_name(name), mask);
    }
    for (phone, mask) in [
        ("13812345678", "138****5678"),
        ("0574-86251234", "0574-****1234"),
        ("010-62511234", "010-****1234"),
        ("1234567", "*******"),
        ("", ""),
    ] {
        assert_eq!(mask_phone(phone), mask);
    }
}

#[test]
fn addresses_are_shown_up_to_their_first_figure() {
    for (address, mask) in [
        ("思源社区西5组127号", "思源社区西***"),
        ("一心村三组", "一心村***"),
        ("12弄3号", "***"),
        ("锦绣花园", "锦绣***"),
        ("庙", "***"),
        ("九龙湖镇杜夹岙村里岙自然村", "九龙湖镇杜夹***"),
        ("宁波市镇海区九龙湖镇中心路九龙大道3000号", "宁波市镇海区九龙***"),
        ("", ""),
    ] {
        assert_eq!(mask_address(address), mask);
    }
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(raw in ".{0,40}") {
        let once = normalise(&raw);
        prop_assert_eq!(normalise(&once), once.clone());
        prop_assert_eq!(squeeze_name(&squeeze_name(&raw)), squeeze_name(&raw));
    }

    #[test]
    fn the_masked_name_depends_on_no_hidden_character(
        first in "\\p{Han}", hidden in "\\p{Han}{1,8}", last in "\\p{Han}",
    ) {
        let mask = mask_name(&format!("{first}{hidden}{last}"));
        let other: String = hidden.chars().map(|_| '某').collect();
        prop_assert_eq!(&mask, &mask_name(&format!("{first}{other}{last}")));
        prop_assert!(mask.contains('*'));
    }

    #[test]
    fn a_masked_address_hides_what_comes_last(address in "[\\p{Han}0-9号组]{1,30}", end in "[0-9]{1,4}号") {
        let mask = mask_address(&address);
        prop_assert!(!mask.contains(&address));
        prop_assert_eq!(mask_address(&format!("村1{address}")), mask_address(&format!("村1{end}")));
    }

    #[test]
    fn the_masked_mobile_shows_seven_digits(phone in "1[3-9][0-9]{9}", middle in "[0-9]{4}") {
        let other = format!("{}{middle}{}", &phone[..3], &phone[7..]);
        prop_assert_eq!(mask_phone(&phone), mask_phone(&other));
    }
}

#[test]
fn sentences_keep_their_punctuation() {
    assert_eq!(
        sentence("  签到表上没有签名，请核实（见附件）：\u{200b}Ａ０１。 "),
        "签到表上没有签名，请核实（见附件）：A01。"
    );
}
