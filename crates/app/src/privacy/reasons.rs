//! Why people's data are erased: dated data with their legal basis (个人信息保护法 47).

use chrono::NaiveDate;

use crate::contract::{Fault, privacy::ErasureReason};

/// Code, name, basis, whether the consent has to be withdrawn first, first and last day (see assets/data/README.md).
const TABLE: &str = include_str!("../../../../assets/data/erasure-reasons.csv");
/// The reason of what retention asks for.
pub const EXPIRED: &str = "expired";

struct Reason {
    code: &'static str,
    name: &'static str,
    basis: &'static str,
    /// Whoever has agreed and not withdrawn it contradicts the reason.
    after_consent: bool,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

fn read(line: &'static str) -> Option<Reason> {
    let cells: Vec<&'static str> = line.trim_end().split(',').collect();
    let [code, name, basis, consent, from, to] = *cells.as_slice() else { return None };
    Some(Reason {
        code,
        name,
        basis,
        after_consent: consent == "withdrawn",
        from: from.parse().ok()?,
        to: if to.is_empty() { None } else { Some(to.parse().ok()?) },
    })
}

fn rows() -> impl Iterator<Item = Reason> {
    TABLE.lines().skip(1).filter_map(read)
}

fn in_force(day: NaiveDate) -> impl Iterator<Item = Reason> {
    rows().filter(move |row| row.from <= day && row.to.is_none_or(|to| day <= to))
}

/// The reasons that somebody may give on a day, about a person whose consent holds or not.
pub fn offered(day: NaiveDate, has_consent: bool) -> Vec<ErasureReason> {
    let reasons = in_force(day).map(|row| ErasureReason {
        code: row.code.to_owned(),
        name: row.name.to_owned(),
        legal_basis: row.basis.to_owned(),
        withdraw_first: row.after_consent && has_consent,
    });
    reasons.collect()
}

/// The reason of a code, if it may be given on a day about a person whose consent holds or not.
pub fn given(code: &str, day: NaiveDate, has_consent: bool) -> Result<&'static str, Fault> {
    let reason = in_force(day).find(|row| row.code == code);
    let reason = reason.ok_or_else(|| Fault::field("reason", "请从列表里选择为什么删除。"))?;
    if reason.after_consent && has_consent {
        let text = format!("这位居民的同意还有效。按“{}”办理，要先撤回同意；或者另选原因。", reason.name);
        return Err(Fault::field("reason", text));
    }
    Ok(reason.code)
}

/// A reason in words, also one that is no longer in force; nothing where none was given.
pub fn words(code: &str) -> String {
    if code.is_empty() {
        return String::new();
    }
    rows().find(|row| row.code == code).map_or("原因由较新版本登记，请更新程序后查看", |row| row.name).to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-23".parse().unwrap()
    }

    #[test]
    fn every_reason_reads_and_names_its_article() {
        let all = offered(today(), true);
        assert_eq!(all.len(), TABLE.lines().skip(1).count(), "a reason does not read");
        for reason in &all {
            assert!(reason.legal_basis.contains("个人信息保护法》第四十七条"), "{} has no basis", reason.code);
            assert_eq!(words(&reason.code), reason.name);
        }
        assert!(offered("2021-10-31".parse().unwrap(), false).is_empty(), "the law was not in force");
        assert_eq!(
            (words(""), words("of another program")),
            (String::new(), "原因由较新版本登记，请更新程序后查看".to_owned())
        );
    }

    #[test]
    fn who_asks_withdraws_first_and_who_has_died_need_not() {
        let field = |fault: Fault| fault.rows[0].field.clone().unwrap();
        for code in ["requested", "withdrawn", EXPIRED] {
            assert_eq!(field(given(code, today(), true).unwrap_err()), "reason", "{code}");
            assert_eq!(given(code, today(), false).unwrap(), code);
            assert!(offered(today(), true).iter().any(|reason| reason.code == code && reason.withdraw_first));
        }
        for code in ["deceased", "moved_away", "court", "wrong_person"] {
            assert_eq!(given(code, today(), true).unwrap(), code);
        }
        assert!(offered(today(), false).iter().all(|reason| !reason.withdraw_first));
        assert_eq!(field(given("curiosity", today(), false).unwrap_err()), "reason");
    }
}
