//! The town's brand: proposed, approved and in use since the history's beginning, with activities in all five settings,
//! a second proposal, one package released to the district and one that waits.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::{CONSOLE_ACCOUNT, DemoDistrict, DemoTown, people, villages};
use crate::{
    pc::{PASSWORD, Pc},
    picture,
    web::Browser,
};

const STORY: &str = "九龙湖边的民宿和农家乐，早年各家有各家的价。后来十二户店主坐到一起，约定明码标价、缺斤少两赔三倍，\
    写成一张承诺书贴在门口，谁也不用多问。\n\
    镇里把这张承诺书变成了一个品牌：商户自愿加入，村里帮着看，游客可以说，银行愿意信。加入的商户有诚信标识、\
    优先推介和授信优惠；做得好的，年底大家一起给它颁一块匾。\n\
    一湖清水靠人守，一句承诺也靠人守。";

/// What was done: days before the beginning, title, setting, place, people, guests, cost in yuan.
type Held = (u64, &'static str, &'static str, &'static str, usize, &'static [&'static str], u64);

const BEFORE: [Held; 4] = [
    (170, "诚信承诺进乡镇", "township", "镇文化礼堂", 46, &["区信用办代表"], 3_200),
    (120, "小小诚信员进校园", "campus", "九龙湖中心学校", 38, &["学校德育老师", "学校德育主任"], 1_850),
    (80, "诚信商户授牌进企业", "enterprise", "九龙湖游客中心", 31, &["农商行代表"], 5_600),
    (30, "防诈骗讲座进社区", "community", "思源社区广场", 52, &[], 980),
];
/// The same during the history.
const SINCE: [Held; 2] = [
    (12, "家风家训分享进家庭", "family", "河头村文化礼堂", 27, &["退休教师"], 620),
    (4, "诚信集市进社区", "community", "思源社区广场", 60, &["供销社代表", "农商行代表"], 4_300),
];

/// Ids of what the demonstration goes on with.
pub(super) struct Brand {
    id: Value,
    indicators: Vec<Value>,
    villages: Vec<(String, String)>,
}

impl Brand {
    /// The brand is proposed, approved and taken into use; the year before is entered.
    pub(super) fn open(town: &DemoTown) -> Result<Self> {
        let office = &town.office;
        office.sign_in("wang")?;
        let head = json!({
            "name": "诚信湖畔", "slogan": "一湖清水，一诺千金", "domain": "文旅商户诚信经营",
            "owner_unit": "九龙湖镇社会治理办公室", "story": STORY, "mark": file("标识.jpg", &picture::mark()?),
            "objectives": ["两年内诚信商户达到 100 家", "游客满意率保持在 98% 以上", "每季度在五个场景各办一场活动"],
        });
        let id = office.act_once("save_brand", head)?["line"]["brand"].clone();
        decide(town, &id, &["approve", "activate"])?;
        let mut brand = Self { id, indicators: Vec::new(), villages: villages(office)? };
        brand.parts(town)?;
        brand.activities(town, &BEFORE, 0)?;
        Ok(brand)
    }

    fn save(&self, pc: &Pc, name: &str, mut part: Value) -> Result<Value> {
        part["brand"] = self.id.clone();
        Ok(pc.act_once(name, part)?)
    }

    fn parts(&mut self, town: &DemoTown) -> Result<()> {
        let (office, today) = (&town.office, town.today());
        for (title, due, done) in [
            ("十二户商户签下第一批承诺书", before(today, 200), Some(before(today, 204))),
            ("诚信标识定稿", before(today, 150), Some(before(today, 148))),
            ("首批诚信商户授牌", before(today, 82), Some(before(today, 80))),
            ("承诺书张贴到全部民宿", after(today, 42), None),
            ("年度回访和公开评议", after(today, 80), None),
        ] {
            let state = if done.is_some() { "done" } else { "planned" };
            let part = json!({ "title": title, "due_on": due, "state": state, "done_on": done });
            self.save(office, "save_milestone", part)?;
        }
        for (name, unit, baseline, target, readings) in [
            ("诚信商户", "家", "12", "100", [(180, "19"), (110, "34"), (40, "52")]),
            ("游客满意率", "%", "92.5", "98", [(180, "94.1"), (110, "95.8"), (40, "96.7")]),
            ("承诺书签订", "份", "12", "260", [(180, "58"), (110, "121"), (40, "174")]),
            ("优惠授信商户", "户", "0", "60", [(180, "4"), (110, "17"), (40, "29")]),
        ] {
            let part = json!({ "name": name, "unit": unit, "baseline": baseline, "target": target });
            let detail = self.save(office, "save_indicator", part)?;
            let added = detail["indicators"].as_array().and_then(|rows| rows.last()).context("no indicator")?;
            let indicator = added["indicator"].clone();
            for (days, value) in readings {
                let reading = json!({ "indicator": indicator, "on": before(today, days), "value": value });
                self.save(office, "record_reading", reading)?;
            }
            self.indicators.push(indicator);
        }
        for (name, role) in [
            ("农商行九龙湖支行", "诚信商户授信优惠"),
            ("九龙湖旅游公司", "门票页面优先推介"),
            ("镇供销社", "诚信集市的场地和物资"),
            ("九龙湖中心学校", "小小诚信员"),
        ] {
            self.save(office, "save_partner", json!({ "name": name, "role": role }))?;
        }
        for (number, caption) in [(8, "第一批承诺书签订现场"), (9, "授牌仪式")] {
            let files = [file("照片.jpg", &picture::lake(number)?)];
            self.save(office, "add_brand_files", json!({ "caption": caption, "files": files }))?;
        }
        Ok(())
    }

    /// Each with its sign-in list and two photographs.
    fn activities(&self, town: &DemoTown, activities: &[Held], first_picture: u32) -> Result<()> {
        let (office, today) = (&town.office, town.today());
        office.sign_in("wang")?;
        for (number, (days, title, setting, place, count, guests, yuan)) in (first_picture..).zip(activities) {
            let on = before(today, *days);
            let event = json!({
                "title": title, "setting": setting, "plan": format!("在{place}宣讲、答疑，自愿签名。"), "place": place,
                "planned_on": on, "held_on": on, "state": "held", "cost_fen": yuan * 100,
            });
            let event = self.save(office, "save_event", event)?["line"]["event"].clone();
            let village = &self.villages[number as usize % self.villages.len()].0;
            let residents: Vec<String> = people(office, village)?.into_iter().take(*count).collect();
            let list = json!({ "event": event, "residents": residents, "guests": guests, "remove": [] });
            office.act_once("sign_attendance", list)?;
            let photos = [2 * number, 2 * number + 1]
                .map(|picture| Ok(file("照片.jpg", &picture::with_place(&picture::lake(picture)?))))
                .into_iter()
                .collect::<Result<Vec<Value>>>()?;
            office.act_once("add_event_photos", json!({ "event": event, "caption": title, "files": photos }))?;
        }
        Ok(())
    }

    /// The weeks since: newer readings, the last activities, a plan, a second proposal, the packages.
    pub(super) fn present(&self, town: &DemoTown) -> Result<()> {
        let (office, today) = (&town.office, town.today());
        self.activities(town, &SINCE, u32::try_from(BEFORE.len())?)?;
        for (indicator, value) in self.indicators.iter().zip(["58", "97.2", "203", "36"]) {
            let reading = json!({ "indicator": indicator, "on": before(today, 5), "value": value });
            self.save(office, "record_reading", reading)?;
        }
        let plan = json!({
            "title": "诚信商户年会", "setting": "enterprise", "place": "九龙湖游客中心", "planned_on": after(today, 12),
            "plan": "回顾一年，互评，颁匾。",
        });
        self.save(office, "save_event", plan)?;
        let other = json!({
            "name": "信用茶乡", "slogan": "一片叶子一片心", "domain": "农产品诚信", "owner_unit": "农业农村办公室",
            "story": "茶农自己定下采摘和用药的规矩，一家不守，全村不卖。",
        });
        office.act_once("save_brand", other)?;
        let first = self.ask_for_package(office, "区年度品牌评选")?;
        release(town, &first)?;
        town.clock.pass_seconds(3_600);
        self.ask_for_package(office, "区信用网站品牌专栏")?;
        Ok(())
    }

    /// What there is, for the terminal.
    pub(super) fn told(&self, office: &Pc) -> Result<String> {
        let brands = office.ask("brands", Value::Null)?;
        let events = office.ask("events", json!({ "offset": 0, "limit": 100 }))?;
        let waiting = office.ask("handovers", Value::Null)?;
        let rows = |value: &Value| value.as_array().map_or(0, Vec::len);
        let (brands, packages) = (rows(&brands["brands"]), rows(&waiting["rows"]));
        Ok(format!("品牌 {brands} 个，活动 {} 场，交区数据包 {packages} 份", events["total"]))
    }

    fn ask_for_package(&self, office: &Pc, purpose: &str) -> Result<Value> {
        Ok(self.save(office, "request_handover", json!({ "purpose": purpose }))?["handover"].clone())
    }
}

fn before(day: NaiveDate, days: u64) -> String {
    (day - Days::new(days)).to_string()
}

fn after(day: NaiveDate, days: u64) -> String {
    (day + Days::new(days)).to_string()
}

fn file(name: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "content": BASE64.encode(bytes) })
}

/// The second person decides; 王芳 goes on.
fn decide(town: &DemoTown, brand: &Value, steps: &[&str]) -> Result<()> {
    town.office.sign_in("li")?;
    for step in steps {
        town.clock.pass_seconds(600);
        town.office.act_once("move_brand", json!({ "brand": brand, "step": step }))?;
    }
    town.office.sign_in("wang")?;
    Ok(())
}

/// The second person reads what would leave, and lets exactly that out.
fn release(town: &DemoTown, handover: &Value) -> Result<()> {
    town.office.sign_in("li")?;
    town.clock.pass_seconds(1_800);
    let read = town.office.ask("handover_preview", json!({ "handover": handover }))?;
    ensure!(read["findings"] == json!([]), "the texts must not leave: {}", read["findings"]);
    let release = json!({ "handover": handover, "release": true, "digest": read["digest"] });
    town.office.act_once("review_handover", release)?;
    town.office.sign_in("wang")?;
    Ok(())
}

/// Brand → milestone → reading → activity with photograph and sign-in list → card → dossier → package → district page.
pub(super) fn main_path(
    town: &DemoTown,
    district: &DemoDistrict,
    folder: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<()> {
    let brand = Brand::open(town)?;
    let detail = town.office.ask("brand", json!({ "brand": brand.id }))?;
    let (milestones, indicators) = (detail["milestones"].as_array(), detail["indicators"].as_array());
    let rows = |rows: Option<&Vec<Value>>| rows.map_or(0, Vec::len);
    say(&format!(
        "10 品牌“诚信湖畔”：申报 → 第二人批准 → 启用，里程碑 {} 项，指标 {} 项",
        rows(milestones),
        rows(indicators)
    ));
    ensure!(detail["line"]["state"] == "active", "the brand is not active: {}", detail["line"]["state"]);
    let listed = town.office.ask("events", json!({ "offset": 0, "limit": 10 }))?;
    let photo = town.office.ask("event", json!({ "event": listed["rows"][0]["event"] }))?["photos"][0]["file"].clone();
    let kept = town.office.ask("evidence", json!({ "evidence": photo }))?;
    let kept = BASE64.decode(kept["content"].as_str().unwrap_or_default())?;
    ensure!(!kept.windows(4).any(|bytes| bytes == b"Exif"), "a photograph still says where it was taken");
    say(&format!("11 活动 {} 场：签到表 {} 人，照片已去掉位置信息", listed["total"], listed["rows"][0]["people"]));
    for (command, name) in [("brand_card", "brand-card.pdf"), ("brand_dossier", "brand-dossier.pdf")] {
        let paper = town.office.ask(command, json!({ "brand": brand.id }))?;
        fs::write(folder.join(name), BASE64.decode(paper["content"].as_str().unwrap_or_default())?)?;
        say(&format!("12 {name}: {} 页 → {}", paper["pages"], folder.join(name).display()));
    }
    let handover = brand.ask_for_package(&town.office, "区年度品牌评选")?;
    release(town, &handover)?;
    let package = town.office.ask("handover_package", json!({ "handover": handover }))?;
    let file = folder.join("handover.zip");
    fs::write(&file, BASE64.decode(package["content"].as_str().unwrap_or_default())?)?;
    for pc in [&town.office, &town.village] {
        pc.sync()?;
    }
    let ca_pem = district.ca_pem()?;
    let page = Browser::signed_in(district.address(), &ca_pem, CONSOLE_ACCOUNT, PASSWORD)?.get("/console/brands")?;
    ensure!(page.body.contains("诚信湖畔"), "the district does not show the brand");
    say(&format!("13 交区数据包经第二人审查放行 → {}, 区平台管理台已显示", file.display()));
    Ok(())
}
