//! A new brand, or the head of its dossier changed.

use zhenxin_domain::{
    brand::BrandState as State,
    ids::{BrandId, RequestId},
};
use zhenxin_protocol::body::brand::{LINE_MAX_CHARS, STORY_MAX_CHARS};
use zhenxin_store::{BrandDraft, BrandRow, BrandTextsDraft};

use super::{detail, find_open};
use crate::{
    Caller, attachments,
    contract::{Fault, brands::*},
    form::Form,
    request::once,
    shown,
};

/// Characters of a short text: one line of a card.
pub const SHORT_CHARS_MAX: usize = 60;
/// Characters of a brand's name: it is set as large as a card is wide.
const NAME_CHARS_MAX: usize = 30;
/// Objectives of a brand: more are none.
const OBJECTIVES_MAX: usize = 20;

pub fn save(caller: &Caller, request: SaveBrand) -> Result<BrandDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let brand: Option<BrandId> = request.brand.as_deref().map(shown::parse_id).transpose()?;
    let draft = read(&request, brand)?;
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            if let Some(brand) = brand {
                check_name(&find_open(tx.reader(), brand)?, draft.texts.name.as_deref())?;
            }
            Ok(tx.record_brand(&draft)?.brand)
        })?;
        detail::of(caller, tx.reader(), id)
    })
}

/// What the second person approved is the name: another one is proposed anew.
fn check_name(row: &BrandRow, name: Option<&str>) -> Result<(), Fault> {
    let approved = matches!(row.state, State::Approved | State::Active);
    if approved && name.is_some_and(|name| row.name.as_deref() != Some(name)) {
        return Err(Fault::field("name", "名称已经批准，不能直接改；要改名请退役后重新申报。"));
    }
    Ok(())
}

fn read(request: &SaveBrand, brand: Option<BrandId>) -> Result<BrandDraft, Fault> {
    let mut form = Form::default();
    if brand.is_none() && request.name.is_none() {
        form.fault("name", "请填写品牌名称。");
    }
    let name = request.name.as_deref().map(|name| form.line("name", "品牌名称", name, 2..=NAME_CHARS_MAX));
    let mut short = |field: &str, label: &str, written: &Option<String>| {
        written.as_deref().map(|written| form.line(field, label, written, 0..=SHORT_CHARS_MAX))
    };
    let slogan = short("slogan", "口号", &request.slogan);
    let domain = short("domain", "领域", &request.domain);
    let owner_unit = short("owner_unit", "责任单位", &request.owner_unit);
    let story = request.story.as_deref().map(|story| form.text("story", "品牌故事", story, 0..=STORY_MAX_CHARS));
    let objectives = request.objectives.as_deref().map(|lines| objectives(&mut form, lines));
    let mark = request.mark.as_ref().and_then(|mark| {
        let read = attachments::read_pictures("mark", std::slice::from_ref(mark), 1);
        read.map_err(|fault| form.refused("mark", fault)).ok()?.pop()
    });
    let texts = BrandTextsDraft { name, slogan, domain, owner_unit, story, objectives };
    if brand.is_some() && request.mark.is_none() && texts == BrandTextsDraft::default() {
        form.fault("name", "没有要保存的改动。");
    }
    form.done()?;
    Ok(BrandDraft { brand, texts, mark, ..BrandDraft::default() })
}

fn objectives(form: &mut Form, lines: &[String]) -> Vec<String> {
    let lines: Vec<String> = (lines.iter())
        .map(|line| form.line("objectives", "每条目标", line, 0..=LINE_MAX_CHARS))
        .filter(|line| !line.is_empty())
        .collect();
    if lines.len() > OBJECTIVES_MAX {
        form.fault("objectives", format!("目标最多 {OBJECTIVES_MAX} 条，请合并。"));
    }
    lines
}
