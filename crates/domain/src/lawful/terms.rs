//! The words of the gate, by ground. Each table names its law; a word that also stands inside
//! harmless words lists those beside it.

use super::Ground;

/// A word that is refused wherever it stands.
pub(super) struct Word {
    pub text: &'static str,
    /// Harmless phrases that contain the word.
    pub except: &'static [&'static str],
    /// Whether a lesson about it is harmless: 传染病预防宣传.
    pub lesson: bool,
}

/// Two words of which the second follows within `gap` characters.
pub(super) struct Pair {
    pub first: &'static [&'static str],
    pub then: &'static [&'static str],
    pub gap: usize,
}

/// All words of one ground.
pub(super) struct Table {
    pub ground: Ground,
    pub words: &'static [Word],
    pub pairs: &'static [Pair],
}

const fn word(text: &'static str) -> Word {
    Word { text, except: &[], lesson: false }
}

const fn word_except(text: &'static str, except: &'static [&'static str]) -> Word {
    Word { text, except, lesson: false }
}

const fn topic(text: &'static str) -> Word {
    Word { text, except: &[], lesson: true }
}

const fn topic_except(text: &'static str, except: &'static [&'static str]) -> Word {
    Word { text, except, lesson: true }
}

/// 国家发展改革委 2020-12-25: 个人诚信分 may be tied to incentives, not to punishment; grades and
/// thresholds are the first half of a punishment.
const GRADES: Table = Table {
    ground: Ground::GradeThreshold,
    words: &[
        word("信用等级"),
        word("积分等级"),
        word("诚信等级"),
        word("道德等级"),
        word("文明等级"),
        word_except("等级评定", &["技能等级评定", "职业等级评定"]),
        word("评定等级"),
        word("等级划分"),
        word("划分等级"),
        word("信用分级"),
        word("积分分级"),
        word_except("分级分类", &["垃圾分级分类"]),
        word("信用评级"),
        word("诚信评级"),
        word("降级"),
        word("降档"),
        word("降低等级"),
        word("末位"),
        word("末等"),
        word_except("倒数", &["倒数计时"]),
        word("分数线"),
        word("及格线"),
    ],
    pairs: &[],
};

/// The same source: no deduction, cancellation, restriction or exposure by local documents;
/// 浙江省公共信用信息管理条例 15: no list of the "bad".
const CONSEQUENCES: Table = Table {
    ground: Ground::RestrictiveConsequence,
    words: &[
        word("扣分"),
        word("扣减"),
        word("扣除"),
        word("扣罚"),
        word("扣发"),
        word("倒扣"),
        word("减分"),
        word("负分"),
        word("积分清零"),
        word("分值清零"),
        word("清零处理"),
        word_except(
            "取消",
            &[
                "取消大操大办",
                "取消酒席",
                "取消宴席",
                "取消婚宴",
                "取消婚礼",
                "取消办酒",
                "取消彩礼",
                "取消聚餐",
                "取消宴请",
                "取消寿宴",
                "取消满月酒",
                "取消丧宴",
                "取消升学宴",
            ],
        ),
        word_except(
            "限制",
            &["不限制", "无限制", "不受限制", "限制大操大办", "限制彩礼", "限制酒席", "限制宴席", "限制桌数"],
        ),
        word("一票否决"),
        word("否决"),
        word("降级"),
        word("降档"),
        word("降星"),
        word("降低等级"),
        word("降低信用"),
        word("摘牌"),
        word("黑名单"),
        word("灰名单"),
        word("失信名单"),
        word("黑榜"),
        word("红黑榜"),
        word("失信人"),
        word("失信被执行"),
        word("列入失信"),
        word("列为失信"),
        word("惩戒"),
        word("惩罚"),
        word_except("处罚", &["处罚法"]),
        word("罚款"),
        word("罚金"),
        word("罚单"),
        word("受罚"),
        word("被罚"),
        word("曝光"),
        word("通报批评"),
        word("公开批评"),
        word("不予"),
        word("不享受"),
        word("不得享"),
        word("停发"),
        word("清退"),
        word_except("除名", &["扫除名", "清除名", "拆除名"]),
        word("拉黑"),
        word("末位淘汰"),
        word("冻结积分"),
        word("冻结账户"),
        word("积分冻结"),
        word("账户冻结"),
        word("资格冻结"),
        word("失信户"),
        word("不文明户"),
        word("后进户"),
    ],
    pairs: &[
        Pair {
            first: &[
                "不得", "不准", "不许", "无权", "剥夺", "停止", "暂停", "中止", "终止", "撤销", "核减", "取消", "限制",
            ],
            then: BENEFITS,
            gap: 6,
        },
        Pair {
            first: &["不能", "不可", "不再", "禁止", "丧失", "失去", "减少", "降低", "收回", "追回"],
            then: BENEFITS,
            gap: 2,
        },
    ],
};

/// What a consequence takes away.
const BENEFITS: &[&str] = &[
    "享受", "享有", "参评", "评优", "评先", "评选", "申请", "申领", "申报", "领取", "兑换", "报名", "资格", "福利",
    "待遇", "补贴", "补助", "贴息", "贷款", "分红", "优惠", "低保", "救助", "奖励", "荣誉", "入党", "参军", "入伍",
    "就业", "入学", "就学", "上学", "出行", "办理", "审批", "权利", "担任", "竞选", "参选", "当选",
];

/// 征信业管理条例 14, 浙江 14 and PIPL 28: 疾病, 病史, 血型, medical health.
const HEALTH: Table = Table {
    ground: Ground::HealthData,
    words: &[
        word("血型"),
        word("病史"),
        word("病历"),
        word("病情"),
        word("患病"),
        word("患有"),
        topic("疾病"),
        topic("传染病"),
        topic("慢性病"),
        topic("职业病"),
        word("精神病"),
        word("精神障碍"),
        topic("抑郁症"),
        topic("肿瘤"),
        topic("癌症"),
        topic("艾滋"),
        topic("乙肝"),
        word("残疾证"),
        word("残疾等级"),
        word("残疾鉴定"),
        word("诊断证明"),
        word("诊断书"),
        word("确诊"),
        word("住院证明"),
        word("住院记录"),
        word("出院小结"),
        word("体检报告"),
        word("体检结果"),
        word("体检合格"),
        word("体检证明"),
        word("健康证明"),
        word("健康档案"),
        word("健康码"),
        word("怀孕"),
        word("孕检"),
        word_except("流产", &["物流产", "交流产", "主流产", "河流产", "一流产", "客流产", "车流产", "水流产"]),
        word("避孕"),
        topic_except("疫苗接种", &["疫苗接种点", "疫苗接种现场", "疫苗接种引导", "疫苗接种服务"]),
        word_except("接种疫苗", &["接种疫苗点"]),
        word("接种记录"),
        word("接种证明"),
    ],
    pairs: &[],
};

/// Product rule 4; the donor's card is a medical record, and a gift for which one is paid is none
/// (献血法 2: 无偿).
const DONATIONS: Table = Table {
    ground: Ground::BloodOrOrganDonation,
    words: &[
        word_except("献血", &["献血汗"]),
        word("捐血"),
        word("血小板"),
        word("血浆"),
        word("血站"),
        word("造血干细胞"),
        word("骨髓"),
        word("角膜"),
        word("捐精子"),
        word("捐卵子"),
    ],
    pairs: &[
        Pair { first: &["捐", "献"], then: &["器官", "遗体", "血液", "造血", "眼角膜"], gap: 3 },
        Pair { first: &["器官", "遗体", "血液"], then: &["捐", "献"], gap: 2 },
    ],
};

/// 征信业管理条例 14, 浙江 14 and PIPL 28: 宗教信仰.
const RELIGION: Table = Table {
    ground: Ground::Religion,
    words: &[
        word_except("宗教", &["祖宗教", "同宗教"]),
        word_except(
            "信教",
            &["诚信教", "守信教", "通信教", "微信教", "自信教", "信教育", "信教学", "信教师", "信教材"],
        ),
        word_except("信仰", &["理想信仰", "红色信仰", "信仰力量", "信仰的力量", "信仰之力"]),
        word("佛教"),
        word_except(
            "道教",
            &[
                "街道教",
                "频道教",
                "渠道教",
                "知道教",
                "通道教",
                "赛道教",
                "跑道教",
                "道教育",
                "道教室",
                "道教学",
                "道教师",
                "道教练",
            ],
        ),
        word("基督"),
        word("天主教"),
        word("伊斯兰"),
        word("清真寺"),
        word("教堂"),
        word_except("礼拜", &["礼拜一", "礼拜二", "礼拜三", "礼拜四", "礼拜五", "礼拜六", "礼拜天", "礼拜日"]),
        word("弥撒"),
        word("祷告"),
        word("皈依"),
        word("拜佛"),
        word_except("教徒", &["教徒弟", "教徒步", "教徒手"]),
        word_except("信徒", &["信徒步"]),
        word("佛事"),
        word("水陆法会"),
        word("做法会"),
    ],
    pairs: &[],
};

/// 征信业管理条例 14, 浙江 14: 基因.
const GENETICS: Table = Table {
    ground: Ground::Genetics,
    words: &[
        word_except("基因", &["红色基因", "文化基因", "精神基因", "优良基因", "廉洁基因", "诚信基因"]),
        word("dna"),
        word("遗传病"),
        word("遗传史"),
        word("遗传信息"),
        word("遗传检测"),
        word("家族遗传"),
        word("亲子鉴定"),
        word("染色体"),
    ],
    pairs: &[],
};

/// 征信业管理条例 14, 浙江 14: 指纹; PIPL 28: 生物识别.
const BIOMETRICS: Table = Table {
    ground: Ground::Biometrics,
    words: &[
        word_except("指纹", &["指纹锁"]),
        word("掌纹"),
        word("虹膜"),
        word("声纹"),
        word_except("人脸", &["人脸上"]),
        word("刷脸"),
        word("面部识别"),
        word("面容识别"),
        word("生物识别"),
        word("步态识别"),
    ],
    pairs: &[],
};

/// PIPL 28: 行踪轨迹.
const WHEREABOUTS: Table = Table {
    ground: Ground::Whereabouts,
    words: &[word("行踪"), word("行程轨迹"), word("行动轨迹"), word("活动轨迹"), word("定位轨迹"), word("行程码")],
    pairs: &[],
};

/// 征信业管理条例 14 and 浙江 14: 收入, 存款, 有价证券, 商业保险, 不动产, 纳税数额.
const PROPERTY: Table = Table {
    ground: Ground::PropertyData,
    words: &[
        topic_except("存款", &["结存款项"]),
        word("存折"),
        word_except("存单", &["库存单", "留存单", "保存单", "存单位"]),
        topic("银行卡"),
        word("银行流水"),
        word("工资流水"),
        word_except("余额", &["积分余额"]),
        word("收入证明"),
        word("收入情况"),
        word("收入水平"),
        word("收入状况"),
        word("收入申报"),
        word("家庭收入"),
        word("个人收入"),
        word("年收入"),
        word("月收入"),
        word("工资条"),
        word("工资证明"),
        word("工资单"),
        word("家庭资产"),
        word("个人资产"),
        word("资产证明"),
        word("资产状况"),
        word("资产负债"),
        word_except("家庭财产", &["家庭财产安全"]),
        word("个人财产"),
        word("财产证明"),
        word("财产状况"),
        word("财产申报"),
        word("房产证"),
        word("房产信息"),
        word("房产情况"),
        word("名下房产"),
        word("家庭房产"),
        word("不动产证"),
        word("不动产登记"),
        word("不动产信息"),
        word("不动产权"),
        word("有价证券"),
        word("证券账户"),
        word("股票"),
        word("基金份额"),
        topic_except("理财", &["管理财", "整理财", "处理财", "清理财", "代理财", "办理财", "审理财"]),
        topic("商业保险"),
        word_except("保单", &["保单位"]),
        word("纳税额"),
        word("纳税数额"),
        word("纳税金额"),
        word("纳税证明"),
        word("完税证明"),
        topic("缴税"),
        word("税款"),
        word("个人所得税"),
        word("贷款余额"),
        word("贷款记录"),
        word("贷款情况"),
        word("负债"),
        word("欠款情况"),
        word("欠款金额"),
        word("征信报告"),
        word("公积金"),
    ],
    pairs: &[],
};

/// Product rule 4: petitioning is a right (信访工作条例) and never part of a score.
const PETITIONS: Table = Table {
    ground: Ground::Petitioning,
    words: &[
        word_except(
            "信访",
            &["诚信访", "守信访", "微信访", "书信访", "通信访", "短信访", "电信访", "可信访", "亲信访"],
        ),
        word_except(
            "上访",
            &["晚上访", "早上访", "线上访", "网上访", "路上访", "楼上访", "会上访", "马上访", "以上访", "村上访"],
        ),
        word("越级访"),
        word("缠访"),
        word("闹访"),
        word_except("集体访", &["集体访谈", "集体访问"]),
        word_except("重复访", &["重复访谈", "重复访问"]),
        word_except("非法访", &["非法访问"]),
        word("进京访"),
        word("赴京访"),
        word("罢访"),
    ],
    pairs: &[],
};

/// 国家发展改革委 2020-12-25: trifles such as fines about garbage do not belong in a credit score.
const GARBAGE_FINES: Table = Table {
    ground: Ground::GarbageFine,
    words: &[],
    pairs: &[
        Pair { first: &["垃圾", "乱扔", "乱倒", "未分类", "不分类"], then: FINES, gap: 8 },
        Pair { first: FINES, then: &["垃圾", "乱扔", "乱倒"], gap: 8 },
    ],
};

const FINES: &[&str] = &["罚款", "罚单", "罚金", "处罚", "受罚", "被罚", "缴罚", "交罚"];

/// The gate's words in the order of [`Ground::ALL`].
pub(super) const TABLES: &[Table] = &[
    GRADES,
    CONSEQUENCES,
    HEALTH,
    DONATIONS,
    RELIGION,
    GENETICS,
    BIOMETRICS,
    WHEREABOUTS,
    PROPERTY,
    PETITIONS,
    GARBAGE_FINES,
];
