use super::{ConsentForm, ConsentPerson};
use crate::fonts::{Fonts, Weight};
use crate::layout::{Align, Format, Paper, Style, single_line};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed};

/// What is ticked and signed.
const DECLARATION: &str = "我已阅读（或由经办人读给我听）并理解以上内容，自愿同意按以上内容处理我的个人信息。";
const CHILD_DECLARATION: &str =
    "我是上列不满十四周岁的人的监护人，已阅读（或由经办人读给我听）并理解以上内容，同意按以上内容处理其个人信息。";
const SENSITIVE: &str = "□ 我单独同意：为确认身份、防止记错人，处理身份证号（敏感个人信息）。";
const FOOT: &str = "本同意书一式两份，村社和签字人各存一份。撤回同意只需到村社或镇窗口说一声，不用说明理由。";

/// Sets a form on paper (A4, upright). The same form gives the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack,
/// [`DocumentError::TooManyPages`] beyond [`crate::layout::PAGES_MAX`].
pub fn render(fonts: &Fonts, form: &ConsentForm) -> Result<Printed, DocumentError> {
    let mut paper = Paper::new(fonts, Format::OFFICE, format!("{}（续）  版本 {}", form.title, form.version));
    paper.title(&form.town_name, &form.title)?;
    person(&mut paper, form.person.as_ref())?;
    for section in &form.sections {
        paper.section(&section.heading, &section.paragraphs)?;
    }
    signing(&mut paper, form)?;
    let pages = paper.finish(|page, pages| {
        format!(
            "第 {page} 页 共 {pages} 页 · 同意书版本 {} · 打印时间 {} · 打印人 {}",
            form.version, form.printed_at, form.printed_by
        )
    })?;
    pdf::write(fonts, &pages, &Properties { title: &form.title, printed_at: form.printed_at })
}

/// Height of a row that is filled in by hand.
const WRITE_PT: f32 = 24.0;

fn person(paper: &mut Paper<'_>, person: Option<&ConsentPerson>) -> Result<(), DocumentError> {
    let blank = ConsentPerson::default();
    let ConsentPerson { name, id_masked, village_name, household_number } = person.unwrap_or(&blank);
    let row_pt = if person.is_some() { 0.0 } else { WRITE_PT };
    paper.facts(
        &[&[("姓名", name), ("身份证号", id_masked)], &[("村社", village_name), ("户号", household_number)]],
        row_pt,
    )
}

/// The declaration and its signatures, on one page: nobody signs a sheet that says nothing.
fn signing(paper: &mut Paper<'_>, form: &ConsentForm) -> Result<(), DocumentError> {
    /// One declaration of at most two lines with its signature, and the clerk's.
    const ONE_PT: f32 = 145.0;
    /// Both declarations: the blank form.
    const BOTH_PT: f32 = 190.0;
    let unknown = form.person.is_none();
    paper.keep_together(if unknown { BOTH_PT } else { ONE_PT })?;
    paper.heading("签字")?;
    let body = paper.body();
    paper.paragraph(SENSITIVE, Style { indent_pt: 0.0, ..body })?;
    if unknown || !form.by_guardian {
        paper.paragraph(DECLARATION, body)?;
        lines(paper, &["本人签字：", "日期：            年      月      日"])?;
    }
    if unknown || form.by_guardian {
        paper.paragraph(CHILD_DECLARATION, body)?;
        lines(paper, &["监护人签字：", "与本人关系：", "日期：            年      月      日"])?;
    }
    lines(paper, &["经办人签字：", "日期：            年      月      日"])?;
    let note_pt = paper.sizes().note_pt;
    let style = Style { size_pt: note_pt, leading_pt: note_pt * 1.6, indent_pt: 0.0, align: Align::Justify, ..body };
    paper.paragraph(FOOT, style)
}

/// Labels beside each other, each with a line to write on up to the next.
fn lines(paper: &mut Paper<'_>, labels: &[&str]) -> Result<(), DocumentError> {
    const ROW_PT: f32 = 30.0;
    const GAP_PT: f32 = 14.0;
    let text_pt = paper.sizes().text_pt;
    let share = paper.width() / labels.len() as f32;
    let baseline = paper.y + ROW_PT - 10.0;
    for (place, label) in (0_u8..).zip(labels) {
        let x = paper.left() + share * f32::from(place);
        let line = single_line(paper.fonts, label, Weight::Regular, text_pt, false)?;
        paper.place(&line, x, baseline, text_pt);
        if label.ends_with('：') {
            paper.rule((x + line.width_pt, baseline + 2.0), (x + share - GAP_PT, baseline + 2.0));
        }
    }
    paper.y += ROW_PT;
    Ok(())
}
