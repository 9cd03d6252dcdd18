#![allow(clippy::unwrap_used, missing_docs)]
use crate::PrintTime;
use crate::fonts::Fonts;
use crate::statement::*;
fn out(name: &str, bytes: &[u8]) {
    std::fs::write(format!("/tmp/plan3/papers/{name}.pdf"), bytes).unwrap();
}
#[test]
fn statement() {
    let fonts = Fonts::bundled().unwrap();
    let entry = |n: usize| StatementEntry {
        occurred_on: "2026-03-05".into(),
        rule_code: format!("WM-{n:03}"),
        item: "参加“清洁家园”行动".into(),
        basis: "《文明积分细则》2026 版".into(),
        activity: "河道清洁日".into(),
        amount_points: 5,
        state: "已生效".into(),
        effective_on: "2026-03-20".into(),
        balance_after_points: Some(105),
    };
    let s = PointsStatement {
        town_name: "澥浦镇".into(),
        village_name: "张监碶社区".into(),
        resident_name: "测试䶮㛃".into(),
        id_masked: "3302**********1234".into(),
        household_number: "ZJQ-0123".into(),
        period: "2026-01-01 至 2026-11-22".into(),
        as_of: "2026-11-22".into(),
        effective_points: 1268,
        pending_points: 35,
        sent_back_points: 10,
        entries: (1..90).map(entry).collect(),
        objection: vec!["对本单有异议的，可以向村社或镇街窗口提出，受理后 5 个工作日内答复。".into()],
        notes: vec!["积分只用于兑换和表彰。".into()],
        verification_code: "7K3M-9QXA".into(),
        printed_at: PrintTime { year: 2026, month: 11, day: 1, hour: 3, minute: 12 },
        printed_by: "李碶".into(),
    };
    out("statement", &crate::statement::render(&fonts, &s).unwrap().bytes);
}
pub(crate) fn at() -> PrintTime {
    PrintTime { year: 2026, month: 11, day: 22, hour: 15, minute: 12 }
}
fn s(t: &str) -> String {
    t.to_owned()
}
#[test]
fn slip() {
    use crate::slip::*;
    let fonts = Fonts::bundled().unwrap();
    let full = ServiceSlip {
        town_name: s("澥浦镇"),
        village_name: s("张监碶社区"),
        order_number: s("K3QX-7M2P"),
        service: s("陪同就医"),
        coefficient: s("1.20"),
        beneficiary_name: s("测试䶮㛃"),
        volunteer_name: s("样例志"),
        day: s("2026-11-23（星期一）"),
        planned: s("09:00 起，约 2 小时"),
        place: s("镇海区人民医院门诊楼一楼大厅（社区门口乘 351 路）"),
        payer: s("本人时间账户"),
        note: s("行动不便，需要轮椅；请提前十分钟在楼下等候。"),
    };
    let empty = ServiceSlip {
        volunteer_name: s(""),
        place: s(""),
        note: s(""),
        payer: s("镇准备金"),
        order_number: s("0W4H-91JT"),
        ..full.clone()
    };
    let long = ServiceSlip {
        place: "地址很长，".repeat(40),
        note: "备注也很长。".repeat(34),
        service: "服务项目".repeat(15),
        volunteer_name: "名".repeat(60),
        beneficiary_name: "名".repeat(60),
        village_name: "村".repeat(60),
        ..full.clone()
    };
    let batch = SlipBatch {
        slips: vec![full, empty, long],
        rounding_rule: s("服务时间按签到到签退的分钟数计算，乘以系数后四舍五入到 1 分钟；不足 1 分钟的记 1 分钟。"),
        objection: s("对本单记录有异议的，自入账之日起 30 日内向所在村社或镇街窗口提出，受理后 5 个工作日内答复。"),
        printed_at: at(),
        printed_by: s("李碶"),
    };
    out("slip", &render(&fonts, &batch).unwrap().bytes);
}
pub(crate) fn book(n: usize) -> crate::passbook::TimePassbook {
    use crate::passbook::*;
    let h = |m: usize| {
        if m % 60 == 0 {
            format!("{} 小时", m / 60)
        } else if m < 60 {
            format!("{m} 分")
        } else {
            format!("{} 小时 {} 分", m / 60, m % 60)
        }
    };
    let entry = |i: usize| {
        let out = i % 5 == 4;
        PassbookEntry {
            day: format!("2026-{:02}-{:02}", 1 + i / 28 % 12, 1 + i % 28),
            order_number: if i % 7 == 3 { s("") } else { format!("K3QX-{:04}", 7100 + i) },
            reason: s(["陪同就医", "上门理发", "打扫卫生", "赠与", "冲正"][i % 5]),
            detail: s(["为他人服务", "为他人服务", "", "", "签退时间录错，原记 3 小时"][i % 5]),
            worked: h(95 + i % 40),
            coefficient: s("1.20"),
            amount_in: if out { s("") } else { h(114 + i % 9) },
            amount_out: if out { h(60) } else { s("") },
            balance_after: h(1000 + 100 * i),
        }
    };
    TimePassbook {
        town_name: s("澥浦镇"),
        village_name: s("张监碶社区"),
        holder_name: s("测试䶮㛃"),
        id_masked: s("3302**********1234"),
        period: s("2026-01-01 至 2026-11-22"),
        as_of: s("2026-11-22"),
        available: s("122 小时 30 分"),
        reserved: s("2 小时"),
        served: s("1,204 小时 5 分"),
        used: s("36 小时"),
        opening_balance: s("16 小时 40 分"),
        entries: (0..n).map(entry).collect(),
        total_in: s("1,168 小时 14 分"),
        total_out: s("18 小时"),
        closing_balance: s("124 小时 30 分"),
        rounding_rule: s("入账时间＝签到到签退的分钟数×服务当日的系数，四舍五入到 1 分钟，不足 1 分钟的记 1 分钟。"),
        objection: vec![s(
            "对本存折有异议的，可以自收到之日起 30 日内向村社或镇街窗口提出，受理后 5 个工作日内答复；查实有误的予以冲正。",
        )],
        verification_code: s("7K3M-9QXA"),
        verification_hint: s("在镇街或村社窗口报出核对码，可以核对本存折的笔数和余额是否完整、是否被改动。"),
        printed_at: at(),
        printed_by: s("李碶"),
    }
}
#[test]
fn passbook() {
    let fonts = Fonts::bundled().unwrap();
    out("passbook", &crate::passbook::render(&fonts, &book(38)).unwrap().bytes);
    out("passbook0", &crate::passbook::render(&fonts, &book(0)).unwrap().bytes);
}
pub(crate) fn photo(w: u32, h: u32, seed: u32) -> Vec<u8> {
    // noise and shapes: as hard to pack as a photo
    let mut r = seed.wrapping_mul(2654435761).max(1);
    let pixels = image::RgbImage::from_fn(w, h, |x, y| {
        r ^= r << 13;
        r ^= r >> 17;
        r ^= r << 5;
        let n = (r % 24) as u8;
        let sky = y < h / 2;
        let d = ((x as i64 - w as i64 / 3).pow(2) + (y as i64 - h as i64 / 2).pow(2)) < (h as i64 / 4).pow(2);
        if d {
            image::Rgb([180 + n, 60 + n, 40 + n])
        } else if sky {
            image::Rgb([120 + n, 160 + n, 220 + n])
        } else {
            image::Rgb([60 + n, 130 + n, 60 + n])
        }
    });
    let mut b = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut b, 90).encode_image(&pixels).unwrap();
    b
}
fn mark() -> Vec<u8> {
    use image::ImageEncoder;
    let px = image::RgbaImage::from_fn(600, 600, |x, y| {
        let d = ((x as f32 - 300.).powi(2) + (y as f32 - 300.).powi(2)).sqrt();
        if d < 290. && d > 262. || (d < 190. && (x / 40 + y / 40) % 2 == 0) {
            image::Rgba([160, 20, 20, 255])
        } else {
            image::Rgba([0, 0, 0, 0])
        }
    });
    let mut b = Vec::new();
    image::codecs::png::PngEncoder::new(&mut b).write_image(&px, 600, 600, image::ExtendedColorType::Rgba8).unwrap();
    b
}
const STORY: &str = "澥浦自古是海边集镇，渔民出海前把家里的钥匙交给邻居，回港后再取，几百年没有丢过一样东西。镇里的老人说，这就是澥浦人的信用。\n2024 年起，镇里把这句老话变成了办法：一条街上的商户自愿承诺“明码实价、缺一罚十”，村社网格员每月上门核对一次，结果贴在店门口。第一批 32 户参加，半年后增加到 118 户，投诉量下降了六成。\n“渔港有信”由此得名。它不评比、不挂牌，只把做到的事情记下来，让守信的人办事更方便：贷款少跑一趟，摊位优先续租，孩子入学材料当场受理。";
pub(crate) fn card() -> crate::brand_card::BrandCard {
    use crate::brand_card::*;
    let ind =
        |n: &str, u: &str, c: &str, t: &str| CardIndicator { name: s(n), unit: s(u), current: s(c), target: s(t) };
    let ms = |t: &str, d: &str, st: &str| CardMilestone { title: s(t), day: s(d), state: s(st) };
    BrandCard {
        town_name: s("澥浦镇"),
        brand_name: s("渔港有信"),
        mark: Some(mark()),
        slogan: s("出海有约，回港有信"),
        domain: s("商户信用、邻里互助"),
        owner_unit: s("澥浦镇社会治理办公室"),
        story: s(STORY),
        indicators: vec![
            ind("诚信商户", "户", "118", "200"),
            ind("纠纷当场化解率", "%", "92.5", "95"),
            ind("志愿者", "人", "1,286", "1,500"),
            ind("信用贷款", "万元", "3,420", "5,000"),
            ind("活动场次", "场", "24", "40"),
            ind("投诉下降", "%", "61", "50"),
        ],
        milestones: vec![
            ms("首批商户签订承诺", "2024-06-18", "已完成"),
            ms("张监碶社区“无人菜摊”开张", "2025-03-05", "已完成"),
            ms("与镇海农商银行签订守信贷款协议", "2025-11-20", "已完成"),
            ms("商户信用公示栏覆盖全部村社", "2026-12-31", "进行中"),
            ms("形成可以推广的办事指南", "2027-06-30", "未开始"),
        ],
        active_since: s("2026-03-01"),
        printed_at: at(),
    }
}
#[test]
fn brand_card() {
    use crate::brand_card::*;
    let fonts = Fonts::bundled().unwrap();
    out("card1", &render(&fonts, &card()).unwrap().bytes);
    let c = BrandCard {
        mark: None,
        indicators: card().indicators[..3].to_vec(),
        milestones: card().milestones[..2].to_vec(),
        ..card()
    };
    out("card2", &render(&fonts, &c).unwrap().bytes);
    let c = BrandCard { mark: None, indicators: vec![], milestones: vec![], active_since: s(""), ..card() };
    out("card3", &render(&fonts, &c).unwrap().bytes);
    let i = crate::brand_card::CardIndicator {
        name: "指标名称".repeat(15),
        unit: s("立方米"),
        current: s("123,456,789.123"),
        target: s("1,234,567,890,123.12"),
    };
    let m = CardMilestone { title: "里程碑名称".repeat(12), day: s("2026-12-31"), state: s("进行中") };
    let c = BrandCard {
        brand_name: "品牌名称很长".repeat(10),
        slogan: "口号也很长".repeat(12),
        domain: "领域".repeat(30),
        owner_unit: "责任单位".repeat(15),
        story: STORY.repeat(15),
        indicators: vec![i; 9],
        milestones: vec![m; 9],
        town_name: "镇".repeat(60),
        ..card()
    };
    out("card4", &render(&fonts, &c).unwrap().bytes);
}
pub(crate) fn dossier() -> crate::brand_dossier::BrandDossier {
    use crate::brand_dossier::*;
    let f = |l: &str, v: &str| DossierFact { label: s(l), value: s(v) };
    let pics = |n: u32, seed: u32| {
        (0..n)
            .map(|i| DossierPicture {
                bytes: crate::picture::cleaned(&photo(
                    if i == 2 { 1200 } else { 1600 },
                    if i == 2 { 1600 } else { 1200 },
                    seed + i,
                ))
                .unwrap()
                .jpeg,
                caption: s([
                    "志愿者在渔港码头清理漂浮物",
                    "商户签订承诺书",
                    "校园诚信课堂，孩子们在听老渔民讲“钥匙交给邻居”的故事，会后每人写下一句话",
                    "",
                ][i as usize % 4]),
            })
            .collect::<Vec<_>>()
    };
    let set = ["进社区", "进乡镇", "进企业", "进校园", "进家庭"];
    let events = (0..9).map(|i| DossierEvent { title: s(["渔港码头清洁日", "商户承诺集中签约", "校园诚信课堂", "“无人菜摊”志愿值守"][i % 4]), day: format!("2026-{:02}-15", i + 1), setting: s(set[i % 5]), place: s(["澥浦渔港一号码头", "张监碶社区文化礼堂", "澥浦小学"][i % 3]), people: format!("{} 人", 20 + 13 * i), cost: s(["1,250.00 元", ""][i % 2]), state: s(if i < 8 { "已举办" } else { "计划中" }), summary: if i < 3 { s("上午九点，三十二名志愿者在码头集合，分四组清理漂浮物和沿岸垃圾，共装运两车。活动结束后，商户代表向过往渔民发放了承诺书样本，并当场答复了六个问题。") } else { s("") }, pictures: if i < 3 { pics([4, 3, 5][i], 10 * i as u32 + 1) } else { vec![] } }).collect();
    let ind = |n: &str, u: &str, k: usize| DossierIndicator {
        name: s(n),
        unit: s(u),
        baseline: s("32"),
        target: s("200"),
        latest: s("118"),
        readings: (0..k)
            .map(|i| DossierReading {
                day: format!("2026-{:02}-30", 3 * i + 3),
                value: format!("{}", 32 + 20 * i),
                note: s(["", "村社网格员每月核对一次，季末汇总"][i % 2]),
            })
            .collect(),
    };
    BrandDossier {
        town_name: s("澥浦镇"),
        brand_name: s("渔港有信"),
        slogan: s("出海有约，回港有信"),
        mark: Some(mark()),
        as_of: s("2026-11-22"),
        review: Some(DossierReview {
            purpose: s("报送镇海区信用办，用于七镇街品牌对比展示"),
            requested_by: s("李碶"),
            requested_on: s("2026-11-20"),
            reviewed_by: s("王䶮"),
            reviewed_on: s("2026-11-21"),
        }),
        basics: vec![
            f("品牌名称", "渔港有信"),
            f("口号", "出海有约，回港有信"),
            f("领域", "商户信用、邻里互助"),
            f("责任单位", "澥浦镇社会治理办公室"),
            f("状态", "在用"),
            f("启用日期", "2026-03-01"),
            f("前一品牌", ""),
        ],
        story: STORY.repeat(2),
        objectives: vec![s("到 2027 年底，诚信商户达到 200 户，覆盖全部村社。"), s("纠纷当场化解率稳定在 95% 以上。")],
        milestones: (0..5)
            .map(|i| DossierMilestone {
                title: s("与镇海农商银行签订守信贷款协议，首批授信名单公示"),
                due_on: s("2026-12-31"),
                state: s(["已完成", "进行中"][i % 2]),
                done_on: s(["2026-10-08", ""][i % 2]),
            })
            .collect(),
        indicators: vec![ind("诚信商户", "户", 4), ind("纠纷当场化解率", "%", 3), ind("志愿者", "人", 0)],
        partners: vec![
            DossierPartner {
                name: s("镇海农商银行澥浦支行"), role: s("守信商户优先办理小额贷款")
            },
            DossierPartner { name: s("澥浦小学"), role: s("") },
        ],
        events,
        matrix: DossierMatrix {
            quarters: (0..8).map(|i| format!("{} 年{}季度", 2025 + i / 4, ["一", "二", "三", "四"][i % 4])).collect(),
            rows: set
                .iter()
                .enumerate()
                .map(|(r, n)| DossierMatrixRow {
                    setting: s(n),
                    cells: (0..8)
                        .map(|c| {
                            if c == 7 {
                                DossierMatrixCell::NotBegun
                            } else if (r + c) % 3 == 0 {
                                DossierMatrixCell::Gap
                            } else {
                                DossierMatrixCell::Held((r * c % 4 + 1) as u32)
                            }
                        })
                        .collect(),
                })
                .collect(),
        },
        assessments: vec![DossierAssessment {
            year: s("2026 年"),
            result: s("优秀"),
            opinion: s("指标完成较好，活动覆盖五进各类场所；下一年应补齐家庭类活动。"),
            assessed_by: s("王䶮"),
            assessed_on: s("2026-11-18"),
        }],
        evidence: (0..6)
            .map(|i| DossierEvidence {
                title: format!("商户承诺书汇总表（第 {} 批）.pdf", i + 1),
                kind: s("文件"),
                added_on: s("2026-06-18"),
                size: s("1.2 MB"),
                sm3_short: s("66c7f0f462eeedd9"),
            })
            .collect(),
        verification_code: s("7K3M-9QXA"),
        printed_at: at(),
        printed_by: s("李碶"),
    }
}
#[test]
fn brand_dossier() {
    use crate::brand_dossier::*;
    let fonts = Fonts::bundled().unwrap();
    let bytes = render(&fonts, &dossier()).unwrap().bytes;
    eprintln!("dossier {} KB", bytes.len() >> 10);
    out("dossier", &bytes);
    out(
        "dossier0",
        &render(
            &fonts,
            &BrandDossier {
                town_name: s("澥浦镇"),
                brand_name: s("渔港有信"),
                as_of: s("2026-11-22"),
                ..BrandDossier::default()
            },
        )
        .unwrap()
        .bytes,
    );
}
#[test]
fn speed() {
    let fonts = Fonts::bundled().unwrap();
    for n in [10, 38, 120] {
        let b = book(n);
        let t = std::time::Instant::now();
        for _ in 0..200 {
            crate::passbook::render(&fonts, &b).unwrap();
        }
        eprintln!("speed passbook {n}: {:?}", t.elapsed() / 200);
    }
}
#[test]
fn speed_parse() {
    let t = std::time::Instant::now();
    let _ = Fonts::bundled().unwrap();
    eprintln!("speed parse {:?}", t.elapsed());
}
#[test]
fn dossier_wild() {
    use crate::brand_dossier::*;
    let fonts = Fonts::bundled().unwrap();
    let mut d = dossier();
    d.brand_name = "品牌名称很长".repeat(10);
    d.slogan = "口号也很长".repeat(12);
    d.review =
        Some(DossierReview {
            purpose: "用途".repeat(100), requested_by: "名".repeat(20), ..d.review.clone().unwrap()
        });
    out("dossier1", &render(&fonts, &d).unwrap().bytes);
}
