use super::sections::{SECTIONS, section};
use super::{BrandDossier, DossierReview};
use crate::fonts::{Fonts, Weight};
use crate::layout::{
    Align, Block, Format, Paper, Style, break_lines, clipped, cut_to_fit, largest, single_line, spaced,
};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed, picture};

const TITLE: &str = "品牌档案";
const CAMPAIGN: &str = "一镇街一品牌";
const NOT_REVIEWED: &str = "本档案没有经过保密审查，只供本镇街内部使用，不得对外提供。";
const NAME_STEPS: [(f32, usize); 6] = [(44.0, 1), (36.0, 1), (30.0, 2), (26.0, 2), (22.0, 3), (18.0, 4)];
const SLOGAN_STEPS: [(f32, usize); 3] = [(17.0, 1), (15.0, 1), (13.0, 2)];
const MARK_BOX_PT: (f32, f32) = (220.0, 130.0);
/// 300 dpi over the box.
const MARK_EDGE_PX: u32 = 920;
const COVER_PAGE: usize = 1;
const CONTENTS_PAGE: usize = 2;
/// Room for a stamp of 42 mm, the size of a town's round seal.
const STAMP_PT: f32 = 124.0;

/// Sets a dossier (A4, upright): cover, contents, ten sections. The same dossier gives the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack, [`DocumentError::Picture`] when
/// a picture cannot be drawn, [`DocumentError::TooManyPages`] beyond [`crate::layout::PAGES_MAX`].
pub fn render(fonts: &Fonts, dossier: &BrandDossier) -> Result<Printed, DocumentError> {
    let running_head = format!("{TITLE}  {}  {}", dossier.town_name, dossier.brand_name);
    let mut paper = Paper::new(fonts, Format::OFFICE, running_head);
    cover(&mut paper, dossier)?;
    paper.break_page()?;
    // the contents are set last: only then are the pages known
    paper.break_page()?;
    let mut begins = Vec::with_capacity(SECTIONS.len());
    for (number, title) in SECTIONS.iter().enumerate() {
        begins.push((*title, section(&mut paper, dossier, number)?));
    }
    paper.turn_to(CONTENTS_PAGE);
    contents(&mut paper, &begins)?;
    let pages = paper.finish(|page, pages| {
        let BrandDossier { printed_at, printed_by, .. } = dossier;
        let printed = format!("打印时间 {printed_at} · 打印人 {printed_by}");
        if page == COVER_PAGE { printed } else { format!("第 {page} 页 共 {pages} 页 · {printed}") }
    })?;
    pdf::write(fonts, &pages, &Properties { title: TITLE, printed_at: dossier.printed_at })
}

fn cover(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    paper.masthead(&dossier.town_name, CAMPAIGN)?;
    let names = names(paper, dossier)?;
    let room = paper.room() - names.height_pt;
    let bottom = paper.bottom();
    let review = match &dossier.review {
        Some(review) => Review::of(paper, review)?,
        None => Review::None,
    };
    let free = (room - review.height()).max(0.0);
    // the optical middle is a little above the middle
    paper.y += free * 0.42;
    paper.block(names);
    paper.y = bottom - review.height();
    review.set(paper)
}

fn names(paper: &Paper<'_>, dossier: &BrandDossier) -> Result<Block, DocumentError> {
    let (fonts, width) = (paper.fonts, paper.width());
    let mut block = Block::default();
    if let Some(mark) = &dossier.mark {
        block.picture(picture::fit(mark, MARK_EDGE_PX)?, (width - MARK_BOX_PT.0) / 2.0, MARK_BOX_PT);
        block.skip(26.0);
    }
    let (size_pt, lines) = largest(fonts, &dossier.brand_name, Weight::SemiBold, &NAME_STEPS, 120.0, width)?;
    block.lines(lines, (size_pt, size_pt * 1.35), Align::Centre, (0.0, width));
    if !dossier.slogan.trim().is_empty() {
        block.skip(6.0);
        let (size_pt, lines) = largest(fonts, &dossier.slogan, Weight::Regular, &SLOGAN_STEPS, 80.0, width)?;
        block.lines(lines, (size_pt, size_pt * 1.5), Align::Centre, (0.0, width));
    }
    block.skip(22.0);
    block.rule((width / 2.0 - 24.0, block.height_pt), (width / 2.0 + 24.0, block.height_pt), 1.0);
    block.skip(22.0);
    let title = spaced(&single_line(fonts, TITLE, Weight::Regular, 22.0, false)?, 22.0, 350.0);
    block.lines(vec![title], (22.0, 34.0), Align::Centre, (0.0, width));
    let as_of = format!("资料截至 {}", dossier.as_of);
    let as_of = clipped(fonts, &as_of, Weight::Regular, 10.5, width, 1)?;
    block.lines(as_of, (10.5, 18.0), Align::Centre, (0.0, width));
    Ok(block)
}

/// Who let it out of the house stands on the cover, so that nobody has to ask.
enum Review<'a> {
    None,
    Some { review: &'a DossierReview, purpose: String, purpose_pt: f32 },
}

impl<'a> Review<'a> {
    const ROW_PT: f32 = 23.0;
    const HEADING_PT: f32 = 20.0;
    const PURPOSE_LINES_MAX: usize = 6;
    /// A table is never begun below this room.
    const NOTICE_PT: f32 = 80.0;

    fn of(paper: &Paper<'_>, review: &'a DossierReview) -> Result<Self, DocumentError> {
        let text_pt = paper.sizes().text_pt;
        let count = |text: &str| {
            break_lines(paper.fonts, text, Weight::Regular, text_pt, paper.width() * 0.82, 0.0).map(|lines| lines.len())
        };
        let purpose = cut_to_fit(&review.purpose, |text| Ok(count(text)? <= Self::PURPOSE_LINES_MAX))?;
        let lines = f32::from(u8::try_from(count(&purpose)?).unwrap_or(u8::MAX));
        let purpose_pt = (lines * text_pt * 1.35 + 7.0).max(Self::ROW_PT);
        Ok(Self::Some { review, purpose, purpose_pt })
    }

    fn height(&self) -> f32 {
        match self {
            Self::None => Self::NOTICE_PT,
            Self::Some { purpose_pt, .. } => Self::HEADING_PT + purpose_pt + 2.0 * Self::ROW_PT + STAMP_PT + 1.0,
        }
    }

    fn set(&self, paper: &mut Paper<'_>) -> Result<(), DocumentError> {
        let Self::Some { review, purpose, purpose_pt } = self else {
            return paper.fact_rows(&[&[("使用范围", NOT_REVIEWED)]], Self::ROW_PT * 2.0);
        };
        paper.heading("对外提供的保密审查")?;
        paper.fact_rows(&[&[("用途", purpose)]], *purpose_pt)?;
        let (text_pt, width_pt) = (paper.sizes().text_pt, paper.width() * 0.32);
        let one_line = |text: &String| {
            cut_to_fit(text, |text| {
                Ok(break_lines(paper.fonts, text, Weight::Regular, text_pt, width_pt, 0.0)?.len() <= 1)
            })
        };
        let (requested_by, requested_on) = (one_line(&review.requested_by)?, one_line(&review.requested_on)?);
        let (reviewed_by, reviewed_on) = (one_line(&review.reviewed_by)?, one_line(&review.reviewed_on)?);
        paper.fact_rows(
            &[
                &[("申请人", &requested_by), ("申请日期", &requested_on)],
                &[("审查人", &reviewed_by), ("审查日期", &reviewed_on)],
            ],
            Self::ROW_PT,
        )?;
        paper.fact_rows(&[&[("审查盖章", "")]], STAMP_PT)
    }
}

fn contents(paper: &mut Paper<'_>, begins: &[(&str, usize)]) -> Result<(), DocumentError> {
    const SIZE_PT: f32 = 12.0;
    const ROW_PT: f32 = 30.0;
    paper.y += 24.0;
    let style =
        Style { size_pt: 20.0, leading_pt: 30.0, weight: Weight::SemiBold, align: Align::Centre, indent_pt: 0.0 };
    paper.paragraph("目    录", style)?;
    paper.y += 20.0;
    let (left, right) = (paper.left(), paper.left() + paper.width());
    for (title, page) in begins {
        let baseline = paper.y + 20.0;
        let title = single_line(paper.fonts, title, Weight::Regular, SIZE_PT, false)?;
        let page = single_line(paper.fonts, &page.to_string(), Weight::Regular, SIZE_PT, true)?;
        paper.place(&title, left, baseline, SIZE_PT);
        paper.place(&page, right - page.width_pt, baseline, SIZE_PT);
        let (from, to) = (left + title.width_pt + 10.0, right - page.width_pt - 10.0);
        paper.rule_of((from, baseline - 3.5), (to, baseline - 3.5), 0.25);
        paper.y += ROW_PT;
    }
    Ok(())
}
