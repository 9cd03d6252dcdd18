//! The texts that people agree to, by version, and the form to sign.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::NaiveDate;
use zhenxin_documents::consent_form::{self, ConsentForm, ConsentPerson, ConsentSection};
use zhenxin_domain::{id_number::IdNumber, ids::ResidentId, resident};

use crate::{
    Caller,
    contract::{
        Fault, FaultCode,
        privacy::{ConsentFormRequest, ConsentText, ConsentTextSection, ConsentTexts},
        session::Nothing,
        sync::Paper,
    },
    paper_code, residents, shown,
};

/// Every version that was ever in use, oldest first: a form that was signed years ago can be printed again.
const BUNDLED: [&str; 1] = [include_str!("../../../../assets/data/consent-texts/2026-1.txt")];
/// Stands for the town's name.
const TOWN: &str = "{town}";

struct Text {
    version: &'static str,
    in_force_from: NaiveDate,
    title: &'static str,
    sections: Vec<(&'static str, Vec<&'static str>)>,
}

/// Head lines `key: value`, an empty line, then `## heading` and a paragraph to a line.
fn read(file: &'static str) -> Option<Text> {
    let (head, body) = file.split_once("\n\n")?;
    let value = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    let sections = body.split("## ").filter(|part| !part.trim().is_empty()).map(|part| {
        let mut lines = part.lines().map(str::trim).filter(|line| !line.is_empty());
        (lines.next().unwrap_or_default(), lines.collect())
    });
    Some(Text {
        version: value("version")?,
        in_force_from: value("in_force_from")?.parse().ok()?,
        title: value("title")?,
        sections: sections.collect(),
    })
}

/// The versions, newest first.
fn all() -> Vec<Text> {
    let mut texts: Vec<Text> = BUNDLED.iter().filter_map(|file| read(file)).collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.in_force_from));
    texts
}

/// The version in use on a day.
fn current(texts: &[Text], day: NaiveDate) -> Option<&Text> {
    texts.iter().find(|text| text.in_force_from <= day)
}

/// Whether a consent given on a day can rest on this version: it is one of ours, and was the one in use then. The
/// version as it is printed.
pub fn agreed(version: &str, given_on: NaiveDate) -> Result<&'static str, Fault> {
    let (texts, version) = (all(), version.trim());
    let Some(text) = texts.iter().find(|text| text.version == version) else {
        let known: Vec<&str> = texts.iter().map(|text| text.version).collect();
        let message = format!("没有这个版本的同意书，请照同意书页脚填写版本号（本程序有：{}）。", known.join("、"));
        return Err(Fault::field("version", message));
    };
    match current(&texts, given_on) {
        Some(in_use) if in_use.version == text.version => Ok(text.version),
        Some(in_use) => Err(Fault::field(
            "version",
            format!(
                "{} 使用的同意书是 {} 版，不是 {version} 版，请核对版本和同意日期；签的是旧版的，请重新签一份。",
                shown::day(given_on),
                in_use.version
            ),
        )),
        None => Err(Fault::field(
            "given_on",
            format!("{version} 版同意书自 {} 起使用，同意日期不能更早，请核对。", shown::day(text.in_force_from)),
        )),
    }
}

pub fn texts(caller: &Caller, _: Nothing) -> Result<ConsentTexts, Fault> {
    let texts = all();
    let in_use = current(&texts, caller.today()).map(|text| text.version);
    let town = &caller.town.division.name;
    let lines = texts.iter().map(|text| ConsentText {
        version: text.version.to_owned(),
        title: text.title.to_owned(),
        in_force_from: shown::day(text.in_force_from),
        current: in_use == Some(text.version),
        sections: sections(text, town)
            .into_iter()
            .map(|section| ConsentTextSection { heading: section.heading, paragraphs: section.paragraphs })
            .collect(),
    });
    Ok(ConsentTexts { texts: lines.collect() })
}

fn sections(text: &Text, town: &str) -> Vec<ConsentSection> {
    let filled = |paragraph: &&str| paragraph.replace(TOWN, town);
    let sections = text.sections.iter().map(|(heading, paragraphs)| ConsentSection {
        heading: (*heading).to_owned(),
        paragraphs: paragraphs.iter().map(filled).collect(),
    });
    sections.collect()
}

pub fn form(caller: &Caller, request: ConsentFormRequest) -> Result<Paper, Fault> {
    let texts = all();
    let today = caller.today();
    let text = match &request.version {
        Some(version) => texts.iter().find(|text| text.version == version.trim()),
        None => current(&texts, today),
    };
    let text = text.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这个版本的同意书，请从列表里选择版本。"))?;
    let id: Option<ResidentId> = request.resident.as_deref().map(shown::parse_id).transpose()?;
    let asked = id.map(|id| caller.read(|reader| person(caller, reader, id, today))).transpose()?;
    let form = ConsentForm {
        town_name: caller.town.division.name.clone(),
        title: text.title.to_owned(),
        version: text.version.to_owned(),
        sections: sections(text, &caller.town.division.name),
        by_guardian: asked.as_ref().is_some_and(|(_, by_guardian)| *by_guardian),
        person: asked.map(|(person, _)| person),
        printed_at: paper_code::print_time(caller.app.clock().now_ms()),
        printed_by: caller.name.clone(),
    };
    let rendered = consent_form::render(caller.app.fonts()?, &form)?;
    Ok(Paper {
        file_name: format!("同意书-{}.pdf", form.version),
        content: BASE64.encode(&rendered.bytes),
        code: String::new(),
        pages: u32::try_from(rendered.pages).unwrap_or(u32::MAX),
    })
}

/// Who is asked, and whether a guardian signs for them.
fn person(
    caller: &Caller,
    reader: &zhenxin_store::Reader,
    id: ResidentId,
    today: NaiveDate,
) -> Result<(ConsentPerson, bool), Fault> {
    let row = residents::find(reader, id)?;
    let line = shown::resident_line(&caller.town, &row, today, false);
    let birth = row.id_number.as_deref().and_then(|number| IdNumber::from_canonical(number).ok());
    let by_guardian = birth.is_some_and(|number| resident::needs_guardian(number.birth_date(), today));
    let person = ConsentPerson {
        name: line.name,
        id_masked: line.id_masked,
        village_name: line.village_name,
        household_number: line.household_number,
    };
    Ok((person, by_guardian))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zhenxin_protocol::hash::Hash32;

    use super::*;

    /// SM3 of each text that was shipped. A person signed these words: another wording is another version and another
    /// file, with its own line here.
    const SHIPPED: [(&str, &str); BUNDLED.len()] =
        [("2026-1", "637ebe6a2adf52520518ea0bc4032bf386b50c68bfe6eecd07e1b275409e28a2")];

    #[test]
    fn a_shipped_text_is_never_changed() {
        let now: Vec<(&str, String)> =
            BUNDLED.iter().map(|file| (read(file).unwrap().version, Hash32::of(file.as_bytes()).to_string())).collect();
        let now: Vec<(&str, &str)> = now.iter().map(|(version, sum)| (*version, sum.as_str())).collect();
        assert_eq!(now, SHIPPED);
    }

    #[test]
    fn every_bundled_text_reads_and_says_what_the_law_asks_for() {
        let texts = all();
        assert_eq!(texts.len(), BUNDLED.len(), "a text does not read");
        for text in &texts {
            let whole: String = text
                .sections
                .iter()
                .flat_map(|(_, paragraphs)| paragraphs.concat().chars().collect::<Vec<_>>())
                .collect();
            // 个人信息保护法 15, 16, 17, 29, 31, 47: who, what for, what, how long, rights, sensitive, children, freely
            for word in ["撤回同意", "完全自愿", "不影响", "敏感个人信息", "监护人", "保存", "删除", "查询", "更正"]
            {
                assert!(whole.contains(word), "{} does not speak of {word}", text.version);
            }
        }
    }

    #[test]
    fn a_consent_rests_on_the_version_of_its_day() {
        let texts = all();
        let (first, last) = (texts.last().unwrap(), texts.first().unwrap());
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        assert_eq!(agreed(&format!(" {} ", last.version), today).unwrap(), last.version);
        let field = |fault: Fault| fault.rows[0].field.clone().unwrap();
        assert_eq!(field(agreed("2019-9", today).unwrap_err()), "version");
        assert_eq!(field(agreed("", today).unwrap_err()), "version");
        let early = first.in_force_from - chrono::Days::new(1);
        assert_eq!(field(agreed(first.version, early).unwrap_err()), "given_on");
    }

    #[test]
    fn the_text_in_use_is_the_last_that_has_begun() {
        let texts = all();
        let first = texts.last().unwrap();
        assert!(current(&texts, first.in_force_from - chrono::Days::new(1)).is_none());
        assert_eq!(current(&texts, first.in_force_from).unwrap().version, first.version);
    }
}
