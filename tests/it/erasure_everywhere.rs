//! After an erasure, name, ID number, telephone and address are in no file of any PC, backup or the district: two PCs of
//! a town with a district over TLS, in both of its databases; somebody with a long history; every byte read before and
//! after with all the keys that anybody still holds (`erasure_sweep`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use postgres::{Client, NoTls};
use serde_json::{Value, json};
use tempfile::TempDir;
use zhenxin_district::config::StoreUrl;
use zhenxin_district::store::{Store as DistrictStore, enrol::NewCode};
use zhenxin_district::{Config, District, clock as district_clock, random};
use zhenxin_testkit::pc::{Pc, TOWN, ids};
use zhenxin_testkit::{fixtures, picture};

use crate::cluster;
use crate::erasure::unpacked;
use crate::erasure_sweep::{Found, Keys, Needles, Plain, file_key, read_bundle, read_district, read_pc, search};
use crate::town::{OFFICE, TODAY, Town, VILLAGE, YESTERDAY, digest, import};

const NAME: &str = "欧阳碶娜";
/// As it stood before it was corrected.
const FORMER_NAME: &str = "欧阳契娜";
const ID_NUMBER: &str = "330211199103046528";
const ADDRESS: &str = "南山路八十八弄6号楼";
const FORMER_ADDRESS: &str = "南山路19号院之三";
/// As imported, and as each PC changed it.
const PHONES: [&str; 3] = ["13957812345", "13957866781", "13957866792"];
/// Everything that a search would recognise the person by; parts of the numbers too.
const TEXTS: [&str; 12] = [
    NAME,
    FORMER_NAME,
    ID_NUMBER,
    "9103046528",
    "03046528",
    ADDRESS,
    FORMER_ADDRESS,
    PHONES[0],
    PHONES[1],
    PHONES[2],
    "57812345",
    "ouyang",
];
/// People of the village besides.
const OTHERS: usize = 24;
const CODE_VALID_MS: i64 = 3_600_000;
/// How long the district may take to write its pages anew: its worker looks every few seconds.
const FINISH_TRIES: u32 = 300;
const FINISH_PAUSE: Duration = Duration::from_millis(100);

/// The check digit of GB 11643-1999.
fn id_number(body: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    format!("{body}{}", b"10X98765432"[(sum % 11) as usize] as char)
}

fn roster(rows: &[String]) -> String {
    let head = "九龙湖镇思源社区居民信息登记表\n户编号,与户主关系,姓名,公民身份号码,联系电话,住址\n";
    format!("{head}{}\n", rows.join("\n"))
}

fn others() -> String {
    const FAMILY: [&str; 6] = ["赵", "钱", "孙", "李", "周", "吴"];
    let row = |at: usize| {
        let name = format!("{}{}{}", FAMILY[at % 6], ["伟", "芳", "敏", "静"][at % 4], ["国", "民", "华"][at % 3]);
        let number = id_number(&format!("330211198{}0{}15{:03}", at % 10, 1 + at % 9, at));
        format!("10199901{at:02},户主,{name},{number},138000{at:05},思源社区东2组{at}号")
    };
    roster(&(0..OTHERS).map(row).collect::<Vec<_>>())
}

fn leaver() -> String {
    roster(&[format!("1019990188,户主,{FORMER_NAME},{ID_NUMBER},{},{FORMER_ADDRESS}", PHONES[0])])
}

fn named(text: &str) -> String {
    format!("{text}（{NAME}，{}）", PHONES[0])
}

/// A district, the office's PC and the village's, places for copies.
struct House {
    _district: District,
    url: StoreUrl,
    site: TempDir,
    office: Town,
    village: Pc,
    village_dir: TempDir,
    /// Second places of both PCs, the district's backups, a stick.
    seconds: [TempDir; 2],
    copies: TempDir,
    stick: PathBuf,
    _away: TempDir,
}

impl House {
    fn start(url: StoreUrl) -> Self {
        let site = tempfile::tempdir().unwrap();
        let config = Config { store: url.clone(), ..Config::local(site.path()) };
        let district = District::start(&config).unwrap();
        let office = Town::empty();
        let village_dir = tempfile::tempdir().unwrap();
        let village = Pc::found(village_dir.path(), office.clock.clone(), "chen", "思源社区电脑").unwrap();
        let away = tempfile::tempdir().unwrap();
        let house = Self {
            url,
            site,
            office,
            village,
            village_dir,
            seconds: [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()],
            copies: tempfile::tempdir().unwrap(),
            stick: away.path().join("stick.zxb"),
            _away: away,
            _district: district,
        };
        let ca_pem = fs::read_to_string(house._district.ca_pem().unwrap()).unwrap();
        house.office.pc.import("rules", &fixtures::rules(), false).unwrap();
        assert_eq!(import(&house.office.pc, "residents", "思源社区.csv", others().as_bytes(), false)["good"], OTHERS);
        for pc in [&house.office.pc, &house.village] {
            pc.enrol(&house._district.url(), &house.code(), &ca_pem).unwrap();
            house.settle();
        }
        house
    }

    fn store(&self) -> DistrictStore {
        DistrictStore::open_at(&self.url, self.site.path(), random::system()).unwrap()
    }

    fn code(&self) -> String {
        let new = NewCode {
            town: TOWN.parse().unwrap(),
            label: String::new(),
            villages: Vec::new(),
            valid_ms: CODE_VALID_MS,
        };
        self.store().make_code(&new, district_clock::system()()).unwrap().to_string()
    }

    fn pcs(&self) -> [&Pc; 2] {
        [&self.office.pc, &self.village]
    }

    /// Rounds until everybody has everything; the village joins in the middle of the first.
    fn settle(&self) {
        for _round in 0..3 {
            for pc in self.pcs() {
                if pc.ask("sync_status", Value::Null).unwrap()["state"] != "not_enrolled" {
                    pc.sync().unwrap();
                }
            }
        }
    }

    fn by<T>(&self, user: &str, act: impl FnOnce(&Pc) -> T) -> T {
        self.office.clock.pass_seconds(1);
        self.office.pc.sign_in(user).unwrap();
        let done = act(&self.office.pc);
        self.office.pc.sign_in(OFFICE).unwrap();
        done
    }

    fn back_up_district(&self, name: &str) {
        self.store().backup(&self.copies.path().join(name), 1).unwrap();
    }

    /// Everything that lies anywhere; with the stick or without it.
    fn everything(&self, with_stick: bool) -> (Vec<Plain>, Keys) {
        let (mut plains, mut keys) = (Vec::new(), Keys::default());
        let pcs = [
            ("office", self.office.pc.dir(), &self.seconds[0]),
            ("village", self.village_dir.path(), &self.seconds[1]),
        ];
        for (name, folder, second) in pcs {
            let key = file_key(folder);
            plains.extend(read_pc(name, folder, &key, &mut keys));
            plains.extend(read_pc(&format!("{name}'s second place"), second.path(), &key, &mut keys));
        }
        plains.extend(read_district(self.site.path(), &mut keys));
        if let StoreUrl::Postgres { url, .. } = &self.url {
            plains.extend(read_server(url, &mut keys));
        }
        for backup in crate::erasure_sweep::files(self.copies.path()) {
            let place = format!("district's backup {}", backup.file_name().unwrap().display());
            plains.push(Plain { place, bytes: unpacked(&backup) });
        }
        if with_stick {
            plains.extend(read_bundle(&self.stick, &mut keys));
        }
        (plains, keys)
    }

    /// The others as each PC shows them: who they are, what they have, what they agreed to.
    fn others(&self, history: &History) -> Vec<Vec<Value>> {
        let rows = |pc: &Pc| {
            let gone = [&history.kept, &history.merged].map(|id| json!(id));
            let rows = pc.residents(VILLAGE).unwrap().into_iter().filter(|row| !gone.contains(&row["id"]));
            let shown = |row: Value| {
                let page = pc.ask("resident", json!({ "resident": row["id"] })).unwrap();
                let minutes = pc.time_account(row["id"].as_str().unwrap()).unwrap()["available_min"].clone();
                json!([page["line"], page["accounts"], page["consents"], page["stage"], minutes])
            };
            rows.map(shown).collect::<Vec<_>>()
        };
        let shown = self.pcs().map(rows).to_vec();
        assert_eq!(shown[0].len(), OTHERS);
        shown
    }
}

/// Every row of a district on a server, and the files of its database as they lie.
fn read_server(url: &str, keys: &mut Keys) -> Vec<Plain> {
    let mut client = Client::connect(url, NoTls).unwrap();
    let sql = "SELECT subject, data_key, wrapped FROM person_key WHERE tombstone = 0";
    for row in client.query(sql, &[]).unwrap() {
        let [subject, data_key]: [Vec<u8>; 2] = [row.get(0), row.get(1)];
        keys.put_wrap(subject.try_into().unwrap(), data_key.try_into().unwrap(), row.get(2));
    }
    let mut rows = Vec::new();
    let tables = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    for table in client.query(tables, &[]).unwrap() {
        let copy = format!("COPY \"{}\" TO STDOUT (FORMAT binary)", table.get::<_, String>(0));
        std::io::Read::read_to_end(&mut client.copy_out(&copy).unwrap(), &mut rows).unwrap();
    }
    // what was removed leaves the disk with the next checkpoint
    client.batch_execute("CHECKPOINT").unwrap();
    let folder: String = client.query_one("SELECT current_setting('data_directory')", &[]).unwrap().get(0);
    let number: u32 =
        client.query_one("SELECT oid FROM pg_database WHERE datname = current_database()", &[]).unwrap().get(0);
    let mut raw = Vec::new();
    for file in crate::erasure_sweep::files(&Path::new(&folder).join("base").join(number.to_string())) {
        raw.extend(fs::read(file).unwrap());
    }
    [("server, rows", rows), ("server, files", raw)]
        .map(|(place, bytes)| Plain { place: place.to_owned(), bytes })
        .into()
}

/// What the person leaves behind; gives the record that is kept, an activity of many that names them, a photograph.
struct History {
    kept: String,
    merged: String,
    named_activity: String,
    photo: Vec<u8>,
}

fn resident_by(pc: &Pc, text: &str) -> Vec<String> {
    let hits = pc.ask("search", json!({ "text": text })).unwrap();
    ids(hits["hits"].as_array().unwrap())
}

/// Both PCs register the same person, a clerk makes one record of the two; name, address and telephone change, the
/// telephone on both PCs at once.
fn register(house: &House) -> (String, String) {
    for pc in house.pcs() {
        assert_eq!(import(pc, "residents", "新来.csv", leaver().as_bytes(), false)["created"], 1);
    }
    house.settle();
    let pc = &house.office.pc;
    let issues = pc.ask("issues", json!({ "settled": false, "offset": 0, "limit": 200 })).unwrap();
    let twin =
        issues["rows"].as_array().unwrap().iter().find(|row| row["kind"] == "duplicate_resident").unwrap().clone();
    let detail = pc.ask("issue", json!({ "issue": twin["issue"] })).unwrap();
    let merge =
        detail["decisions"].as_array().unwrap().iter().find(|it| it["code"].as_str().unwrap().starts_with("merge:"));
    let merge = merge.unwrap()["code"].as_str().unwrap().to_owned();
    house.by("qian", |pc| {
        pc.act_once("decide_issue", json!({ "issue": twin["issue"], "decision": merge, "reason": null })).unwrap()
    });
    let kept = merge.split_once(':').unwrap().1.to_owned();
    let links = detail["links"].as_array().unwrap().iter().map(|link| link["id"].as_str().unwrap().to_owned());
    let merged = links.into_iter().find(|id| *id != kept).unwrap();
    house.settle();
    pc.act_once("rename_resident", json!({ "resident": kept, "name": NAME })).unwrap();
    pc.act_once("change_contact", json!({ "resident": kept, "phone": PHONES[1], "address": ADDRESS })).unwrap();
    let other = json!({ "resident": kept, "phone": PHONES[2], "address": null });
    house.village.act_once("change_contact", other).unwrap();
    house.settle();
    let issues = pc.ask("issues", json!({ "settled": false, "offset": 0, "limit": 200 })).unwrap();
    assert!(issues["rows"].as_array().unwrap().iter().any(|row| row["kind"] == "field"), "both telephones are kept");
    (kept, merged)
}

/// Records points with a photograph; gives the awards.
fn award(house: &House, activity: &str, photo: Option<&[u8]>, people: &[&str]) -> Vec<String> {
    house.by("zhang", |pc| {
        let evidence = photo.map(|photo| json!([{ "name": "现场.jpg", "content": BASE64.encode(photo) }]));
        let rows: Vec<Value> = people.iter().map(|id| json!({ "resident": id })).collect();
        let request = json!({
            "rule_version": pc.rule("A01").unwrap(), "occurred_on": YESTERDAY, "activity": activity,
            "evidence": evidence, "rows": rows,
        });
        pc.act_once("record_points", request).unwrap();
    });
    house.by("li", |pc| {
        let groups = pc.reviewable().unwrap();
        groups.into_iter().find(|(name, _)| name == activity).unwrap().1
    })
}

fn points(house: &House, kept: &str, helper: &str) -> (String, Vec<u8>) {
    let sent_back = award(house, &named("帮助搬家"), None, &[kept]);
    house.by("li", |pc| pc.review(&sent_back, Some(&named("补照片"))).unwrap());
    let approved = award(house, &named("看望老人"), Some(&picture::lake(3).unwrap()), &[kept]);
    house.by("li", |pc| pc.review(&approved, None).unwrap());
    let reversed = award(house, "清洁家园", None, &[kept]);
    house.by("li", |pc| {
        pc.review(&reversed, None).unwrap();
        pc.act_once("reverse_award", json!({ "award": reversed[0], "reason": named("记错人") })).unwrap();
    });
    let many = award(house, &named("大家帮助搬家"), None, &[kept, helper]);
    house.by("li", |pc| pc.review(&many, None).unwrap());
    let pc = &house.office.pc;
    let plan = pc.ask("erasure_plan", json!({ "resident": kept, "reload": false })).unwrap();
    let mentions = plan["mentions"].as_array().unwrap();
    assert_eq!(mentions.len(), 1, "{mentions:?}");
    let page = pc.ask("resident", json!({ "resident": kept })).unwrap();
    let mut held = page["entries"].as_array().unwrap().iter().flat_map(|entry| entry["evidence"].as_array().unwrap());
    let evidence = held.next().unwrap();
    let photo = pc.ask("evidence", json!({ "evidence": evidence })).unwrap();
    (mentions[0]["activity"].as_str().unwrap().to_owned(), BASE64.decode(photo["content"].as_str().unwrap()).unwrap())
}

fn time(house: &House, kept: &str, helper: &str) {
    let service = house.office.pc.service_type("F01", "陪同就医", 120, "2026-01-01").unwrap();
    let need = json!({
        "resident": kept, "service_type": service, "day": TODAY, "start": "8:00", "planned_min": 90,
        "place": ADDRESS, "note": named("走路慢"),
    });
    let need = house.by("zhang", |pc| pc.act_once("post_need", need).unwrap());
    house.by("zhang", |pc| {
        pc.act_once("close_need", json!({ "need": need["need"], "reason": named("家人来了") })).unwrap()
    });
    let order = json!({
        "beneficiary": kept, "service_type": service, "day": YESTERDAY, "start": "14:00", "planned_min": 60,
        "payer": "reserve", "place": ADDRESS, "note": named("带轮椅"), "volunteer": helper,
    });
    let order = house.by("zhang", |pc| pc.act_once("post_order", order).unwrap()["line"]["order"].clone());
    house.by("zhang", |pc| pc.move_order(&order, json!({ "step": "cancel", "reason": named("改期") })).unwrap());
    let slip = json!({
        "beneficiary": helper, "service_type": service, "day": YESTERDAY, "payer": "reserve", "volunteer": kept,
        "signed_in": "09:00", "signed_out": "11:00", "volunteer_signed": true, "beneficiary_signed": true,
    });
    house.by("zhang", |pc| pc.enter_slips(&[slip]).unwrap());
    house.by("li", |pc| pc.credit(&pc.creditable().unwrap()).unwrap());
    let gift = json!({ "giver": kept, "to": helper, "relation": "子女", "minutes": 20, "note": named("给家人") });
    house.by("qian", |pc| pc.act_once("give_minutes", gift).unwrap());
}

/// Everything that the program does about a person.
fn live(house: &House) -> History {
    let (kept, merged) = register(house);
    let pc = &house.office.pc;
    let helper = resident_by(pc, "赵伟国")[0].clone();
    let consent = json!({
        "residents": [kept, helper], "version": "2026-1", "given_on": "2026-08-01", "channel": "paper",
    });
    pc.act_once("give_consent", consent).unwrap();
    let (named_activity, photo) = points(house, &kept, &helper);
    time(house, &kept, &helper);
    let event = json!({ "title": "诚信讲座", "planned_on": YESTERDAY, "state": "held", "held_on": YESTERDAY });
    let event = pc.act_once("save_event", event).unwrap()["line"]["event"].clone();
    let sign = json!({ "event": event, "residents": [kept, helper], "guests": [], "remove": [] });
    pc.act_once("sign_attendance", sign).unwrap();
    let look = json!({
        "resident": kept, "fields": ["id_number", "phone", "address"], "purpose": "check_record", "again": false,
        "reason": named("核对登记"),
    });
    pc.act("reveal", look).unwrap();
    for name in ["print_statement", "print_passbook", "print_query_record"] {
        pc.act(name, json!({ "resident": kept })).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
    }
    pc.act_once("hold_report", json!({ "resident": kept, "format": "json" })).unwrap();
    let restriction = json!({ "resident": kept, "reason": "asked", "note": named("来电") });
    pc.act_once("restrict_resident", restriction).unwrap();
    pc.act_once("lift_restriction", json!({ "resident": kept, "note": named("来电解除") })).unwrap();
    History { kept, merged, named_activity, photo }
}

/// Two persons erase; then both PCs hear of it.
fn erase(house: &House, history: &History) {
    let History { kept, named_activity, .. } = history;
    let pc = &house.office.pc;
    pc.act_once("withdraw_consent", json!({ "resident": kept })).unwrap();
    pc.act_once("ask_erasure", json!({ "resident": kept, "reason": "withdrawn", "note": named("书面申请") })).unwrap();
    house.by("li", |pc| {
        let asked = pc.ask("privacy_desk", Value::Null).unwrap()["asked"][0]["asked"].clone();
        let request = json!({ "resident": kept, "asked": asked, "also": [named_activity] });
        let done = pc.act_once("erase_resident", request).unwrap();
        assert_eq!((&done["records"], &done["scrubbed"]), (&json!(2), &json!(true)), "{done}");
    });
    house.settle();
}

fn uuid_bytes(id: &str) -> [u8; 16] {
    *uuid::Uuid::parse_str(id).unwrap().as_bytes()
}

/// The places in which something was found, without what was found.
fn places(found: &Found) -> BTreeSet<&str> {
    found.keys().map(String::as_str).collect()
}

fn nothing(house: &House, needles: &Needles) {
    let mut found = Found::new();
    for _try in 0..FINISH_TRIES {
        let (plains, keys) = house.everything(false);
        found = search(&plains, &keys, needles);
        // the district writes its pages anew in the background, nobody else does
        if !found.keys().any(|place| place.starts_with("district:") || place.starts_with("server")) {
            break;
        }
        thread::sleep(FINISH_PAUSE);
    }
    assert_eq!(found, Found::new());
}

fn story(url: StoreUrl) {
    let house = House::start(url);
    let history = live(&house);
    for (pc, second) in house.pcs().iter().zip(&house.seconds) {
        pc.act("set_second_place", json!({ "folder": second.path() })).unwrap();
        house.office.clock.pass_seconds(5);
        pc.act("back_up", json!({})).unwrap();
    }
    house.settle();
    house.back_up_district("before.zxd");
    let made = house.office.pc.act("export_bundle", json!({ "to": null, "path": house.stick })).unwrap();
    done(&house.office.pc, &made);

    let (plains, keys) = house.everything(true);
    let mut bytes = Vec::new();
    for (label, id) in [("wrapped key", &history.kept), ("wrapped key of the other record", &history.merged)] {
        let wraps = keys.wraps_of(&uuid_bytes(id));
        assert!(!wraps.is_empty(), "{label}");
        bytes.extend(wraps.into_iter().map(|wrapped| (label, wrapped)));
    }
    let own: BTreeSet<[u8; 16]> = [&history.kept, &history.merged].map(|id| uuid_bytes(id)).into();
    let held = keys.subjects().into_iter().filter(|(_, subject)| own.contains(subject));
    bytes.extend(held.map(|(key, _)| ("key", key.to_vec())));
    let needles = Needles::new(&TEXTS, &bytes, Some(history.photo.clone()));
    let found = search(&plains, &keys, &needles);
    seen_everywhere(&found, &house);

    let before = house.others(&history);
    erase(&house, &history);
    house.back_up_district("after.zxd");
    nothing(&house, &needles);
    assert_eq!(house.others(&history), before, "somebody else's data changed");
    let digests: Vec<String> = house.pcs().map(digest).into();
    assert_eq!(digests[0], digests[1]);

    // the stick comes back, and the backups are made as on every day: nobody comes back with them
    let taken = house.village.act("import_bundle", json!({ "upload": null, "path": house.stick })).unwrap();
    done(&house.village, &taken);
    house.office.clock.pass_days(1);
    for pc in house.pcs() {
        pc.act("back_up", json!({})).unwrap();
    }
    house.settle();
    nothing(&house, &needles);

    // nor with the oldest backup, put in the place of the village's file
    let shelf = house.village.ask("backups", json!({})).unwrap()["shelves"][0].clone();
    let oldest = shelf["backups"].as_array().unwrap().last().unwrap().clone();
    let backup = json!({ "place": oldest["place"], "backup": oldest["backup"] });
    house.village.act("restore_backup", backup).unwrap();
    house.village.sign_in("chen").unwrap();
    house.settle();
    nothing(&house, &needles);
    let digests: Vec<String> = house.pcs().map(digest).into();
    assert_eq!(digests[0], digests[1]);
}

/// The end of a job about a bundle.
fn done(pc: &Pc, job: &Value) {
    loop {
        let now = pc.ask("bundle_job", json!({ "job": job["job"] })).unwrap();
        match now["phase"].as_str() {
            Some("running") => thread::sleep(Duration::from_millis(5)),
            _ => return assert_eq!(now["phase"], "done", "{now}"),
        }
    }
}

/// The search can see what it is for: before the erasure each kind of place holds the person.
fn seen_everywhere(found: &Found, house: &House) {
    let places = places(found);
    let has = |beginning: &str, part: &str| {
        let seen = places.iter().any(|place| place.starts_with(beginning) && place.contains(part));
        assert!(seen, "nothing of the person in {beginning} … {part}: {places:#?}");
    };
    for pc in ["office", "village"] {
        has(&format!("{pc}: "), "town.db, pages");
        has(&format!("{pc}: "), "town.db");
        has(&format!("{pc}: "), ".zxl, sealed");
        has(&format!("{pc}: "), ".zxv");
        has(&format!("{pc}'s second place"), ".zxl, sealed");
        has(&format!("{pc}'s second place"), ".zxv");
    }
    match house.url {
        StoreUrl::Sqlite => has("district: ", "cells, sealed"),
        StoreUrl::Postgres { .. } => {
            has("server, rows", "sealed");
            has("server, files", "");
        }
    }
    has("district's backup before", "sealed");
    has("stick, opened", "sealed");
    let labels: BTreeSet<&str> = found.values().flatten().map(String::as_str).collect();
    for text in TEXTS.into_iter().chain(["photo", "photo (sealed)", "wrapped key", "wrapped key of the other record"]) {
        assert!(labels.contains(text), "{text} was nowhere: {labels:#?}");
    }
    assert!(places.iter().all(|place| *place != "stick"), "whoever finds a stick reads nobody");
    assert!(!labels.contains("key"), "a person's key lies somewhere in the clear");
}

#[test]
fn nothing_of_an_erased_person_is_left_with_a_district_in_a_file() {
    story(StoreUrl::Sqlite);
}

#[test]
fn nothing_of_an_erased_person_is_left_with_a_district_on_a_server() {
    story(cluster::database());
}
