//! The demonstration town 九龙湖镇: two PCs, a district, eight weeks of points and of the time bank, a year of the brand.
//!
//! Everything is done through the command list, by made-up users, on a clock that begins eight weeks ago: what the
//! screens show then is what real work leaves behind.

mod brand;
mod history;
mod main_job;
mod time;

use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use zhenxin_app::Clock;
use zhenxin_district::{
    Config, District,
    console::account::add_ready,
    store::{Store, console::account::Role, enrol::NewCode},
};

use crate::{
    clock::SetClock,
    fixtures,
    pc::{PASSWORD, Pc, TOWN, ids},
};

pub use main_job::main_job;

/// Weeks of history.
const WEEKS: i64 = 8;
/// What the acts of all weeks take on the clock, in seconds: the last of them then lies before the present, and no
/// operation comes from the future.
const ACTS_S: i64 = 33 * 3_600;
/// Validity of the demonstration's enrolment codes, one hour.
const CODE_VALID_MS: i64 = 3_600_000;

/// Who signs in to the demonstration's console; the password is everybody's.
pub(crate) const CONSOLE_ACCOUNT: &str = "guanli";

/// A district on loopback with TLS, in this process, and a way to its enrolment codes.
pub struct DemoDistrict {
    district: District,
    dir: std::path::PathBuf,
}

impl DemoDistrict {
    /// Starts it on a folder, at a free port.
    pub fn start(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let district = District::start(&Config::local(dir))?;
        add_ready(&Store::open(dir)?, CONSOLE_ACCOUNT, Role::Admin, PASSWORD, now_ms())?;
        Ok(Self { district, dir: dir.to_owned() })
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.district.url()
    }

    /// Its socket.
    pub fn address(&self) -> std::net::SocketAddr {
        self.district.address()
    }

    /// The certificate of its own authority, PEM.
    pub fn ca_pem(&self) -> Result<String> {
        Ok(fs::read_to_string(self.district.ca_pem().context("a district without its own authority")?)?)
    }

    /// A one-time code.
    pub fn code(&self) -> Result<String> {
        let code = NewCode { town: TOWN.parse()?, label: String::new(), villages: Vec::new(), valid_ms: CODE_VALID_MS };
        Ok(Store::open(&self.dir)?.make_code(&code, now_ms())?.to_string())
    }

    /// Lets a PC join and synchronise.
    pub fn enrol(&self, pc: &Pc) -> Result<()> {
        pc.enrol(&self.url(), &self.code()?, &self.ca_pem()?)?;
        pc.sync()?;
        Ok(())
    }
}

/// The machine's time, ms since 1970 UTC.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The two PCs of the town, and the clock they share.
pub(crate) struct DemoTown {
    pub office: Pc,
    pub village: Pc,
    pub clock: SetClock,
}

impl DemoTown {
    pub(crate) fn today(&self) -> NaiveDate {
        self.clock.today()
    }

    pub(crate) fn days_ago(&self, days: u64) -> String {
        (self.today() - Days::new(days)).to_string()
    }
}

/// Builds the whole demonstration in a folder and says in demo.json where everything lies.
pub fn build(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    fs::create_dir_all(folder)?;
    let district = DemoDistrict::start(&folder.join("district"))?;
    say("区平台已启动 (TLS)");
    let town = found(folder, &district, say)?;
    history::write(&town, say)?;
    let listen = district.url().trim_start_matches("https://").to_owned();
    let told: Value = json!({
        "town": "office",
        "other_town": "village",
        "district": "district",
        "listen": listen,
        "sign_in": format!(
            "zhang 录入，li 复核，wang 经办和系统管理，zhao 安全管理，sun 审计；河头村电脑 chen；区平台管理台 https://{listen}/console 用 {CONSOLE_ACCOUNT}；密码都是 {PASSWORD}"
        ),
    });
    fs::write(folder.join("demo.json"), serde_json::to_vec_pretty(&told)?)?;
    Ok(())
}

/// Two PCs at the district, the roster and the rules on both.
fn found(folder: &Path, district: &DemoDistrict, say: &mut dyn FnMut(&str)) -> Result<DemoTown> {
    let clock = SetClock::at(now_ms());
    clock.pass_days(-7 * WEEKS);
    clock.pass_seconds(-ACTS_S);
    let office = Pc::found_by(folder.join("office"), clock.clone(), ("wang", "王芳"), "综合办 1 号机")?;
    let last_group = office.recovery_key().rsplit('-').next().unwrap_or_default().to_owned();
    office.act("confirm_recovery_key", json!({ "last_group": last_group }))?;
    office.add_user("zhang", "张敏", &["recorder"])?;
    office.add_user("li", "李国平", &["reviewer"])?;
    let roster = office.import("residents", &fixtures::roster(), false)?;
    let rules = office.import("rules", &fixtures::rules(), false)?;
    say(&format!("名册导入 {} 人，细则导入 {} 条", roster["good"], rules["good"]));
    district.enrol(&office)?;
    let village = Pc::found_by(folder.join("village"), clock.clone(), ("chen", "陈建国"), "河头村电脑")?;
    district.enrol(&village)?;
    // the office hands over the keys, then the village PC can read
    office.sync()?;
    village.sync()?;
    appoint(&office)?;
    village.sync()?;
    let page = village.ask("residents", json!({ "offset": 0, "limit": 1 }))?;
    say(&format!("河头村电脑已同步，可见居民 {} 人", page["total"]));
    Ok(DemoTown { office, village, clock })
}

/// The auditor and the security administrator. With the latter the duty leaves whoever founded the two files.
fn appoint(office: &Pc) -> Result<()> {
    office.sync()?;
    office.add_user("sun", "孙明", &["auditor"])?;
    office.add_user("zhao", "赵宁", &["security_administrator"])?;
    // each chooses a password of their own at the first sign-in
    for name in ["zhang", "li", "sun", "zhao", "wang"] {
        office.sign_in(name)?;
    }
    office.sync()?;
    Ok(())
}

/// The villages of the town by name.
pub(crate) fn villages(pc: &Pc) -> Result<Vec<(String, String)>> {
    let state = pc.ask("app_state", Value::Null)?;
    let villages = state["town"]["villages"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(villages.iter().map(|village| (text(&village["code"]), text(&village["name"]))).collect())
}

/// Ids of a village's residents.
pub(crate) fn people(pc: &Pc, village: &str) -> Result<Vec<String>> {
    Ok(ids(&pc.residents(village)?))
}
