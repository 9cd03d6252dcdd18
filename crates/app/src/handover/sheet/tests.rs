use super::*;

fn sheet() -> BrandSheet {
    BrandSheet {
        name: "诚信湖畔".to_owned(),
        slogan: "一湖清水，一诺千金".to_owned(),
        domain: String::new(),
        owner_unit: "社会治理办公室".to_owned(),
        story: "湖边的商户先立规矩。".to_owned(),
        objectives: vec!["两年内诚信商户过百".to_owned()],
        active_since: Some(20_513),
        milestones: vec![SheetMilestone {
            title: "首批授牌".to_owned(), due_on: 20_600, state: MilestoneCode::Done
        }],
        indicators: vec![SheetIndicator {
            name: "诚信商户".to_owned(),
            unit: "家".to_owned(),
            baseline: 120_000,
            target: 1_000_000,
            latest: None,
        }],
        partners: vec!["农商行九龙湖支行".to_owned()],
        events_held: vec![2, 0, 1, 0, 0],
        year: 2026,
        purpose: "区品牌评选".to_owned(),
    }
}

#[test]
fn every_text_of_the_sheet_is_shown_and_what_is_empty_is_not() {
    let texts = texts(&sheet());
    let all: String = texts.iter().map(|text| format!("{}={}\n", text.label, text.text)).collect();
    for expected in [
        "名称=诚信湖畔",
        "启用日期=2026-03-01",
        "里程碑=首批授牌（2026-05-27，已完成）",
        "指标=诚信商户（家）：基线 12，目标 100，暂无读数",
        "合作单位=农商行九龙湖支行",
        "活动=2026 年已举办：进社区 2 场，进乡镇 0 场，进企业 1 场",
        "用途=区品牌评选",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    assert!(texts.iter().all(|text| text.label != "领域"));
    assert!(findings(&texts).is_empty(), "{:?}", findings(&texts));
}

/// A label, and how a number gets under it.
type Hidden = (&'static str, fn(&mut BrandSheet));

#[test]
fn a_number_in_any_text_is_found_with_its_place() {
    let hide: [Hidden; 5] = [
        ("口号", |sheet| sheet.slogan.push_str("13812345678")),
        ("品牌故事", |sheet| sheet.story.push_str("330206199206026211")),
        ("里程碑", |sheet| sheet.milestones[0].title.push_str("0574-86261234")),
        ("合作单位", |sheet| sheet.partners[0].push_str("13812345678")),
        ("用途", |sheet| sheet.purpose.push_str("13812345678")),
    ];
    for (label, change) in hide {
        let mut sheet = sheet();
        change(&mut sheet);
        let found = findings(&texts(&sheet));
        assert!(found.len() == 1 && found[0].starts_with(label), "{label}: {found:?}");
    }
}
