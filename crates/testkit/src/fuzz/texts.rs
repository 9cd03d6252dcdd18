//! What people type or a file says in one line.

use std::hint::black_box;
use std::path::Path;

use anyhow::Result;
use chrono::NaiveDate;
use zhenxin_district::config::StoreUrl;
use zhenxin_domain::award::Reason;
use zhenxin_domain::decimal::Decimal;
use zhenxin_domain::division::{Scope, TownCode, VillageCode};
use zhenxin_domain::id_number::IdNumber;
use zhenxin_domain::ids::ResidentId;
use zhenxin_domain::lawful::scan_free_text;
use zhenxin_domain::ledger::Account;
use zhenxin_domain::password::{self, PasswordPolicy};
use zhenxin_domain::phone::Phone;
use zhenxin_domain::resident::{HouseholdNumber, PersonName};
use zhenxin_domain::rule::{RuleRow, RuleTerms};
use zhenxin_domain::service_time::ClockTime;
use zhenxin_domain::{code_text, text};
use zhenxin_protocol::wire::code::EnrolCode;
use zhenxin_store::{IssueKey, RecoveryKey};
use zhenxin_sync::Network;

use super::{Target, Verdict, mutation};

/// Right ones of each kind.
const SAMPLES: &[&str] = &[
    "330211199001011234",
    "11010519491231002X",
    "138 0000 0000",
    "0574-86530000",
    "欧阳娜娜·阿依古丽",
    "01-203室",
    "99.5",
    "09:30",
    "330211101200",
    "330211101",
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "0123-4567-89AB-CDEX",
    "7K2M-9QX4",
    "AB12C-DE34F",
    "0000A-1111B-2222C-3333D-4444E-5555F-6666G-7777H",
    "192.168.10.0/24",
    "fe80::1/64",
    "postgres://user:secret@host/db",
    "jiulonghu-2026",
    "参加垃圾分类志愿服务，每次加 2 分，扣 10 分并公示",
    "浙江省宁波市镇海区九龙湖镇九龙湖村 12 号",
];

pub fn text(_: &Path) -> Result<Target> {
    let samples = SAMPLES.iter().map(|sample| sample.as_bytes().to_vec()).collect();
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

fn run(bytes: &[u8]) -> Result<Verdict, String> {
    let raw = String::from_utf8_lossy(bytes);
    let raw = raw.as_ref();
    let today = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap_or_default();
    black_box((text::normalise(raw), text::sentence(raw), text::squeeze_name(raw), text::mask_name(raw)));
    black_box((text::mask_phone(raw), text::mask_address(raw), scan_free_text(raw)));
    black_box(code_text::grouped(&code_text::typed(raw), raw.len() % 7));
    let row = RuleRow {
        code: raw.to_owned(),
        category: raw.to_owned(),
        item: raw.to_owned(),
        points: raw.to_owned(),
        unit: raw.to_owned(),
        cap: raw.to_owned(),
        cap_period: raw.to_owned(),
        evidence: raw.to_owned(),
        subject: raw.to_owned(),
        valid_months: raw.to_owned(),
        basis: raw.to_owned(),
    };
    let taken = [
        IdNumber::parse(raw, today).is_ok(),
        IdNumber::from_canonical(raw).is_ok(),
        Phone::parse(raw).is_ok(),
        PersonName::parse(raw).is_ok(),
        HouseholdNumber::parse(raw).is_ok(),
        Decimal::parse(raw).is_ok(),
        ClockTime::parse(raw).is_ok(),
        Reason::parse(raw).is_ok(),
        RuleTerms::parse(&row).is_ok(),
        raw.parse::<VillageCode>().is_ok(),
        raw.parse::<TownCode>().is_ok(),
        raw.parse::<Scope>().is_ok(),
        raw.parse::<Account>().is_ok(),
        raw.parse::<ResidentId>().is_ok(),
        raw.parse::<EnrolCode>().is_ok(),
        raw.parse::<IssueKey>().is_ok(),
        raw.parse::<Network>().is_ok(),
        RecoveryKey::parse(raw).is_ok(),
        StoreUrl::parse(raw, None).is_ok(),
        password::check(raw, "wang", PasswordPolicy::default()).is_ok(),
    ];
    Ok(Verdict::any(taken.contains(&true)))
}
