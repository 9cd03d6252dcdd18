#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn grounds(findings: &[Finding]) -> Vec<Ground> {
    findings.iter().map(|finding| finding.ground).collect()
}

fn of_item(item: &str) -> Vec<Ground> {
    grounds(&check_rule(&RuleText { item, points: Some(2), ..RuleText::default() }))
}

/// Category, item, evidence, points, basis.
type Row = (&'static str, &'static str, &'static str, i64, &'static str);

/// The district's catalogue, as its workbook has it.
const CATALOGUE: [Row; 20] = [
    ("志愿服务", "参加村社组织的志愿服务活动", "签到表或现场照片", 2, "宁波市志愿服务条例"),
    ("志愿服务", "担任活动组织者", "活动方案", 3, "宁波市志愿服务条例"),
    ("志愿服务", "参加应急抢险、防台防汛值守", "值守记录", 5, "镇防汛防台预案"),
    ("环境美化", "庭院整洁月度检查合格", "检查照片", 3, "村规民约"),
    ("环境美化", "参加河道、公共区域义务清洁", "现场照片", 2, "村规民约"),
    ("环境美化", "认养公共绿地并维护满一季度", "认养协议、照片", 6, "村规民约"),
    ("邻里互助", "帮助独居老人买菜、就医、代办", "受助人确认", 2, "村规民约"),
    ("邻里互助", "调解邻里纠纷并达成协议", "调解协议书", 5, "人民调解工作记录"),
    ("邻里互助", "拾金不昧", "失主证明", 5, "文明行为促进条例"),
    ("参与治理", "参加村民(代表)会议", "签到表", 2, "村民自治章程"),
    ("参与治理", "提出合理化建议并被采纳", "采纳记录", 5, "村民自治章程"),
    ("参与治理", "报告公共设施损坏、安全隐患并核实", "照片、核实单", 3, "网格工作记录"),
    ("诚信践诺", "签订并履行文明公约承诺满一年", "承诺书、核查记录", 10, "信用承诺书"),
    ("诚信践诺", "获得自动履行证明并自愿提交", "自动履行证明书", 8, "自愿申报"),
    ("诚信践诺", "诚信经营商户年度公开承诺并兑现", "承诺书、回访记录", 8, "信用承诺书"),
    ("学习教育", "参加诚信、法治、安全培训", "签到表", 1, "培训通知"),
    ("学习教育", "担任义务宣讲员", "宣讲照片", 4, "宣讲计划"),
    ("崇德向善", "获村社级表彰", "表彰文件", 5, "表彰文件"),
    ("崇德向善", "获镇街级表彰", "表彰文件", 10, "表彰文件"),
    ("崇德向善", "获区级以上表彰", "表彰文件", 20, "表彰文件"),
];

#[test]
fn the_whole_catalogue_passes() {
    for (category, item, evidence, points, basis) in CATALOGUE {
        let rule = RuleText { category, item, evidence, basis, unit: "户·年", points: Some(points) };
        assert_eq!(check_rule(&rule), [], "{item}");
    }
}

#[test]
fn each_counter_example_is_refused_on_its_ground() {
    let counter_examples: [(Row, &[Ground]); 8] = [
        (("环境美化", "庭院检查不合格", "照片", -5, "村规民约"), &[Ground::NegativePoints]),
        (
            ("参与治理", "不参加村民会议扣分", "签到表", -2, "村规民约"),
            &[Ground::NegativePoints, Ground::RestrictiveConsequence],
        ),
        (
            ("诚信践诺", "积分低于60分取消集体福利", "", 0, "村规民约"),
            &[Ground::ZeroPoints, Ground::GradeThreshold, Ground::RestrictiveConsequence],
        ),
        (
            ("参与治理", "越级信访一票否决", "", 0, ""),
            &[Ground::ZeroPoints, Ground::RestrictiveConsequence, Ground::Petitioning],
        ),
        (("志愿服务", "参加无偿献血", "献血证", 10, ""), &[Ground::BloodOrOrganDonation]),
        (("学习教育", "参加宗教活动情况登记", "", 1, ""), &[Ground::Religion]),
        (("崇德向善", "家庭存款证明", "存款证明", 5, ""), &[Ground::PropertyData]),
        (
            ("信用等级", "评为C级的家庭不得享受贷款贴息", "", 0, "村规民约"),
            &[Ground::ZeroPoints, Ground::GradeThreshold, Ground::RestrictiveConsequence],
        ),
    ];
    for ((category, item, evidence, points, basis), expected) in counter_examples {
        let rule = RuleText { category, item, evidence, basis, unit: "次", points: Some(points) };
        assert_eq!(grounds(&check_rule(&rule)), expected, "{item}");
    }
}

#[test]
fn ordinary_good_deeds_pass() {
    for item in [
        "参加垃圾分类培训",
        "担任垃圾分类宣传志愿者",
        "垃圾分级分类投放正确率达到100%",
        "文明养犬",
        "参加诚信教育活动",
        "参加街道教育培训",
        "参加诚信访谈",
        "晚上访问独居老人",
        "参加反邪教宣传",
        "传承红色基因",
        "参加非遗传承活动",
        "看望住院老人",
        "帮助残疾人出行",
        "陪护失能老人",
        "协助组织老人体检",
        "参加传染病预防宣传",
        "慢性病健康管理讲座签到",
        "在疫苗接种点维持秩序",
        "存款保险知识讲座",
        "防范银行卡诈骗宣传",
        "自觉取消大操大办",
        "限制彩礼承诺兑现",
        "连续服务不足30分钟的按半次计",
        "服务满十分钟以上",
        "完成一次积分兑换服务",
        "参加守信徒步活动",
        "监督村级管理财务公开",
        "整理扫除名单",
        "每周礼拜天打扫楼道",
        "排查C级危房",
        "参加A级景区志愿讲解",
        "文明祭扫, 不烧香",
        "收集信息诉求",
        "投保单位满意度回访",
        "奉献血汗修桥铺路",
        "水管冻结抢修",
        "帮失去劳动能力的老人代买药品",
        "报告不到位的公共设施",
        "教徒弟学手艺",
        "物流产业园义务巡逻",
    ] {
        assert_eq!(of_item(item), [], "{item}");
    }
}

#[test]
fn a_harmless_phrase_excuses_only_the_word_inside_it() {
    assert_eq!(of_item("诚信访谈后登记信访情况"), [Ground::Petitioning]);
    assert_eq!(of_item("登记信访情况后诚信访谈"), [Ground::Petitioning]);
    assert_eq!(of_item("自觉取消酒席, 否则取消评优"), [Ground::RestrictiveConsequence]);
}

#[test]
fn a_pair_is_met_only_when_its_words_stand_close() {
    assert_eq!(of_item("不得乱停车, 并在村口值守满三小时后申请"), []);
    assert_eq!(of_item("不得再行申请"), [Ground::RestrictiveConsequence]);
}

#[test]
fn what_hides_behind_separators_and_forms_is_found() {
    for (item, ground) in [
        ("参加献 血", Ground::BloodOrOrganDonation),
        ("献　血", Ground::BloodOrOrganDonation),
        ("献\u{200b}血", Ground::BloodOrOrganDonation),
        ("献·血", Ground::BloodOrOrganDonation),
        ("献-血", Ground::BloodOrOrganDonation),
        ("献/血", Ground::BloodOrOrganDonation),
        ("無償獻血", Ground::BloodOrOrganDonation),
        ("献\u{2F8E}", Ground::BloodOrOrganDonation),
        ("一票 否决", Ground::RestrictiveConsequence),
        ("一 票、否 决", Ground::RestrictiveConsequence),
        ("信\n访", Ground::Petitioning),
        ("ＤＮＡ采集", Ground::Genetics),
        ("d.n.a", Ground::Genetics),
        ("评为 Ｃ 级", Ground::GradeThreshold),
        ("低于 ６０ 分", Ground::GradeThreshold),
        ("扣 2 分", Ground::RestrictiveConsequence),
        ("黑 名 单", Ground::RestrictiveConsequence),
    ] {
        assert!(of_item(item).contains(&ground), "{item:?}: {:?}", of_item(item));
    }
}

#[test]
fn each_ground_is_found_in_its_many_forms() {
    for (ground, items) in [
        (
            Ground::GradeThreshold,
            &[
                "积分不足六十分的家庭",
                "信用分60分以下",
                "积分80分以上的优先",
                "积分低于60",
                "列为D类",
                "评定为丙级",
                "D级户",
                "信用等级评定",
                "末位户",
            ][..],
        ),
        (
            Ground::RestrictiveConsequence,
            &[
                "取消福利",
                "扣减积分",
                "减两分",
                "每次罚5分",
                "不得再享受优惠",
                "停止发放补贴",
                "限制参评",
                "不能参评",
                "列入黑名单",
                "通报批评",
                "公开曝光",
                "失信惩戒",
                "降级处理",
                "不予办理",
                "暂停年底分红",
                "取消宴席补贴",
                "扣10分",
            ],
        ),
        (Ground::HealthData, &["提交体检报告", "登记血型", "病史申报", "接种疫苗", "怀孕登记", "慢性病筛查"]),
        (Ground::BloodOrOrganDonation, &["捐献器官", "遗体捐献登记", "造血干细胞入库", "捐血小板", "献热血液"]),
        (Ground::Religion, &["信教群众登记", "佛教活动", "到教堂做礼拜", "信仰登记"]),
        (Ground::Genetics, &["基因检测", "家族遗传病登记"]),
        (Ground::Biometrics, &["指纹签到", "录入人脸", "刷脸打卡"]),
        (Ground::Whereabouts, &["上报行踪", "提交定位轨迹"]),
        (
            Ground::PropertyData,
            &["收入证明", "家庭收入公示", "出示房产证", "提供银行流水", "存折复印件", "纳税额", "家庭资产申报", "保单"],
        ),
        (Ground::Petitioning, &["无信访记录", "不上访", "越级访", "赴京访", "缠访闹访"]),
        (Ground::GarbageFine, &["垃圾分类罚款已缴纳", "因乱扔垃圾被处罚", "垃圾不分类收到罚单", "缴清罚款(垃圾分类)"]),
    ] {
        for item in items {
            assert!(of_item(item).contains(&ground), "{item}: {:?}", of_item(item));
        }
    }
}

#[test]
fn every_column_is_read_and_every_ground_named_once() {
    let rule = RuleText {
        category: "信用等级",
        item: "按时缴费",
        unit: "次",
        evidence: "收入证明, 献血证",
        basis: "失信惩戒办法, 献血条例",
        points: Some(1),
    };
    let findings = check_rule(&rule);
    let places: Vec<_> = findings.iter().map(|f| (f.ground, f.column, f.words.as_str())).collect();
    assert_eq!(
        places,
        [
            (Ground::GradeThreshold, "类别", "信用等级"),
            (Ground::RestrictiveConsequence, "依据", "惩戒"),
            (Ground::BloodOrOrganDonation, "佐证要求", "献血"),
            (Ground::PropertyData, "佐证要求", "收入证明"),
        ]
    );
    assert_eq!(
        findings[2].to_string(),
        "健康信息（献血、捐献）（写有“献血”）：献血和捐献属于健康信息，不得记入积分，请删去这一条"
    );
}

#[test]
fn free_text_is_warned_about() {
    assert_eq!(
        grounds(&scan_free_text("本周组织无偿献血, 另有宗教人士到场")),
        [Ground::BloodOrOrganDonation, Ground::Religion]
    );
    assert_eq!(scan_free_text("本周组织河道清洁, 60 人参加"), []);
    assert_eq!(scan_free_text(""), []);
}

#[test]
fn every_ground_says_why_and_cites_the_catalogue() {
    for ground in Ground::ALL {
        assert!(!ground.label().is_empty() && ground.advice().contains("请"), "{ground:?}");
        assert!(!ground.citations().is_empty(), "{ground:?}");
        assert!(ground.citations().iter().all(|key| CATALOGUE_KEYS.contains(key)), "{ground:?}");
    }
}

#[test]
fn the_tables_are_written_in_folded_form_and_every_word_can_be_found() {
    for table in terms::TABLES {
        for word in table.words {
            let text: String = fold(word.text).into_iter().collect();
            assert_eq!(text, word.text);
            assert!(table.find(&fold(word.text)).is_some(), "{}", word.text);
            for phrase in word.except {
                let phrase_folded: String = fold(phrase).into_iter().collect();
                assert_eq!(phrase_folded, *phrase);
                assert!(phrase.contains(word.text), "{phrase} excuses no {}", word.text);
            }
        }
        for pair in table.pairs {
            for word in pair.first.iter().chain(pair.then) {
                let text: String = fold(word).into_iter().collect();
                assert_eq!(text, *word);
            }
        }
    }
}

proptest! {
    #[test]
    fn separators_between_characters_never_hide_a_word(
        which in 0_usize..10_000, separators in prop::collection::vec("[ 　·\\-、,./_*\u{200b}\u{feff}]{0,3}", 12),
    ) {
        let words: Vec<&str> = terms::TABLES.iter().flat_map(|t| t.words).map(|w| w.text).collect();
        let word = words[which % words.len()];
        let hidden: String = word.chars().zip(separators.iter().cycle()).map(|(c, s)| format!("{c}{s}")).collect();
        prop_assert_eq!(grounds(&scan_free_text(&hidden)), grounds(&scan_free_text(word)));
        prop_assert!(!scan_free_text(&hidden).is_empty());
    }

    #[test]
    fn no_rule_without_points_above_zero_passes(points in i64::MIN..=0, item in "\\p{Han}{1,10}") {
        let rule = RuleText { item: &item, points: Some(points), ..RuleText::default() };
        prop_assert!(!check_rule(&rule).is_empty());
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = scan_free_text(&text);
    }

    #[test]
    fn no_pattern_of_numbers_panics(text in "[积分低于不足扣评为A-F级零一十0-9以上下及钟]{0,20}") {
        let _ = scan_free_text(&text);
    }
}
