use super::{ServiceSlip, SlipBatch};
use crate::fonts::{Fonts, Weight};
use crate::layout::{
    Align, Column, Format, Margins, PAGES_MAX, Paper, Sheet, Sizes, Style, Table, break_lines, clipped, cut_to_fit, mm,
    part, single_line, spaced,
};
use crate::pdf::{self, Pages, Properties};
use crate::{DocumentError, Printed};

const TITLE: &str = "时间银行服务单";
const SIGNATURES_RULE: &str = "没有双方签字不入账。涂改处由双方在旁边签字。";
/// The wide edge is for the punch.
const MARGINS: Margins = Margins { top: mm(10.0), right: mm(10.0), bottom: mm(15.0), left: mm(15.0) };
const SIZES: Sizes = Sizes {
    office_pt: 10.5,
    title_pt: 18.0,
    text_pt: 10.5,
    leading_pt: 16.0,
    table_pt: 10.5,
    note_pt: 8.0,
    figure_pt: 25.0,
};
/// An order is one sheet: with long texts everything becomes smaller, in these steps, and in the last one texts
/// beyond every measure are cut.
const STEPS: [f32; 4] = [1.0, 0.9, 0.8, 0.7];
/// Rows to write in: a hand needs 9 mm, and takes more where there is more.
const WRITE_LEAST_PT: f32 = mm(9.0);
const WRITE_MOST_PT: f32 = mm(14.0);
/// Smaller print is no information but a decoration.
const NOTE_LEAST_PT: f32 = 6.5;
/// A row of one printed line, in sizes of its type.
const ROW: f32 = 2.2;

/// The two copies of an order: name, and who keeps it.
const COPIES: [(&str, &str); 2] =
    [("第一联  存根联", "签字后交回村社，凭此入账"), ("第二联  服务对象联", "由服务对象保存")];

/// Sets the slips of a batch, two sheets for each order, one after the other (A5, upright). The same batch gives
/// the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack,
/// [`DocumentError::TooManyPages`] beyond [`PAGES_MAX`] sheets.
pub fn render(fonts: &Fonts, batch: &SlipBatch) -> Result<Printed, DocumentError> {
    if batch.slips.len() * COPIES.len() > PAGES_MAX {
        return Err(DocumentError::TooManyPages { limit: PAGES_MAX });
    }
    let mut pages = Pages { sheet: Sheet::A5, marks: Vec::new(), pictures: Vec::new() };
    for slip in &batch.slips {
        pages.marks.extend(order(fonts, batch, slip)?.marks);
    }
    pdf::write(fonts, &pages, &Properties { title: TITLE, printed_at: batch.printed_at })
}

/// Both copies of one order, in the largest type in which they fit on a sheet each.
fn order(fonts: &Fonts, batch: &SlipBatch, slip: &ServiceSlip) -> Result<Pages, DocumentError> {
    for (number, step) in (1..).zip(STEPS) {
        let mut form = Form { batch, slip, write_pt: WRITE_LEAST_PT, is_last_step: number == STEPS.len() };
        let mut trial = Paper::new(fonts, format(step), String::new());
        form.set(&mut trial, COPIES[0])?;
        if trial.page_count() > 1 {
            continue;
        }
        // a point less than there is: sums of rounded heights may come out a hair over it
        let share_pt = (trial.room() - 1.0).max(0.0) / f32::from(form.rows_to_write());
        form.write_pt = (WRITE_LEAST_PT + share_pt).min(WRITE_MOST_PT);
        let mut paper = Paper::new(fonts, format(step), String::new());
        form.set(&mut paper, COPIES[0])?;
        paper.break_page()?;
        form.set(&mut paper, COPIES[1])?;
        return paper.finish(|page, pages| {
            format!(
                "单号 {} · 第 {page} 联 共 {pages} 联 · 打印时间 {} · 打印人 {}",
                slip.order_number, batch.printed_at, batch.printed_by
            )
        });
    }
    Err(DocumentError::Typesetting { detail: "a service slip is larger than its sheet".to_owned() })
}

fn format(step: f32) -> Format {
    let Sizes { text_pt, leading_pt, note_pt, .. } = SIZES;
    let sizes = Sizes {
        text_pt: text_pt * step,
        leading_pt: leading_pt * step,
        note_pt: (note_pt * step).max(NOTE_LEAST_PT),
        ..SIZES
    };
    Format { sheet: Sheet::A5, margins: MARGINS, sizes }
}

/// One order and how tall its rows to write in are.
struct Form<'a> {
    batch: &'a SlipBatch,
    slip: &'a ServiceSlip,
    write_pt: f32,
    is_last_step: bool,
}

impl Form<'_> {
    fn set(&self, paper: &mut Paper<'_>, copy: (&str, &str)) -> Result<(), DocumentError> {
        self.head(paper, copy)?;
        self.facts(paper)?;
        self.record(paper)?;
        self.small_print(paper)
    }

    /// Times and three signatures, the volunteer and the place where they are open, two lines of an open note.
    fn rows_to_write(&self) -> u8 {
        4 + u8::from(self.slip.volunteer_name.is_empty())
            + u8::from(self.slip.place.is_empty())
            + 2 * u8::from(self.slip.note.is_empty())
    }

    /// Which copy it is stands in the corner, where a thumb turns the pile over.
    fn head(&self, paper: &mut Paper<'_>, (copy, keeper): (&str, &str)) -> Result<(), DocumentError> {
        const COPY_PT: f32 = 10.0;
        const KEEPER_PT: f32 = 8.0;
        let sizes = paper.sizes();
        let (left, right, top) = (paper.left(), paper.left() + paper.width(), paper.y);
        let town =
            clipped(paper.fonts, &self.slip.town_name, Weight::Regular, sizes.office_pt, paper.width() * 0.55, 1)?;
        for line in &town {
            paper.place(line, left, top + 10.0, sizes.office_pt);
        }
        let copy = single_line(paper.fonts, copy, Weight::SemiBold, COPY_PT, false)?;
        paper.place(&copy, right - copy.width_pt, top + 10.0, COPY_PT);
        let keeper = single_line(paper.fonts, keeper, Weight::Regular, KEEPER_PT, false)?;
        paper.place(&keeper, right - keeper.width_pt, top + 22.0, KEEPER_PT);
        let title = single_line(paper.fonts, TITLE, Weight::SemiBold, sizes.title_pt, false)?;
        let title = spaced(&title, sizes.title_pt, 80.0);
        paper.place(&title, left + (paper.width() - title.width_pt) / 2.0, top + 44.0, sizes.title_pt);
        paper.y = top + 56.0;
        number(paper, &self.slip.order_number)
    }

    fn facts(&self, paper: &mut Paper<'_>) -> Result<(), DocumentError> {
        let Form { slip, .. } = self;
        let row_pt = paper.sizes().text_pt * ROW;
        let width = paper.width();
        let whole = |text: &str, lines_max| self.fitted(paper, text, width * 0.84 - 6.0, lines_max);
        let half = |text: &str| self.fitted(paper, text, width * 0.34 - 6.0, 2);
        let service = [slip.service.as_str(), &slip.coefficient].into_iter().filter(|text| !text.is_empty());
        let service = whole(&service.collect::<Vec<_>>().join("，系数 "), 2)?;
        let (beneficiary, village) = (half(&slip.beneficiary_name)?, half(&slip.village_name)?);
        let (day, planned) = (half(&slip.day)?, half(&slip.planned)?);
        let (volunteer, payer) = (half(&slip.volunteer_name)?, half(&slip.payer)?);
        let (place, note) = (whole(&slip.place, 5)?, whole(&slip.note, 5)?);
        let open = |text: &str, rows: f32| if text.is_empty() { rows * self.write_pt } else { row_pt };
        paper.fact_rows(
            &[
                &[("服务项目", &service)],
                &[("服务对象", &beneficiary), ("所在村社", &village)],
                &[("服务日期", &day), ("约定时间", &planned)],
            ],
            row_pt,
        )?;
        paper.fact_rows(&[&[("志愿者", &volunteer), ("支付方式", &payer)]], open(&volunteer, 1.0))?;
        paper.fact_rows(&[&[("地    点", &place)]], open(&place, 1.0))?;
        let top = paper.y;
        paper.fact_rows(&[&[("备    注", &note)]], open(&note, 2.0))?;
        if note.is_empty() {
            let middle = (top + paper.y) / 2.0;
            let (from, to) = (paper.left() + width * 0.16 + 6.0, paper.left() + width - 6.0);
            paper.rule_of((from, middle), (to, middle), 0.25);
        }
        paper.y += 6.0;
        Ok(())
    }

    /// What is written by hand. Nothing is printed beforehand: a time that stands there already is signed unread.
    fn record(&self, paper: &mut Paper<'_>) -> Result<(), DocumentError> {
        let text_pt = paper.sizes().text_pt;
        paper.heading("服务记录（由双方当场用笔填写）")?;
        let time = "            时            分";
        paper.fact_rows(&[&[("签到时间", time), ("签退时间", time)]], self.write_pt)?;
        let columns = [26.0, 42.0, 32.0].map(|share| Column { title: "", share, align: Align::Centre });
        let mut table = Table::begin(paper, &columns, text_pt)?;
        for label in ["志愿者签字", "服务对象签字", "村社记录员签字"] {
            let cell = |text, weight| vec![part(text, text_pt, weight)];
            let day = "        年      月      日";
            let cells = [cell(label, Weight::SemiBold), cell("", Weight::Regular), cell(day, Weight::Regular)];
            table.tall_row(paper, &cells, self.write_pt)?;
        }
        table.end(paper);
        paper.y += 5.0;
        Ok(())
    }

    fn small_print(&self, paper: &mut Paper<'_>) -> Result<(), DocumentError> {
        let size_pt = paper.sizes().note_pt;
        let style = Style { size_pt, leading_pt: size_pt * 1.5, align: Align::Justify, indent_pt: 0.0, ..paper.body() };
        let texts = [SIGNATURES_RULE, &self.batch.rounding_rule, &self.batch.objection];
        for (number, text) in (1..).zip(texts.into_iter().filter(|text| !text.is_empty())) {
            let text = self.fitted_in(paper, &format!("{number}. {text}"), size_pt, paper.width(), 3)?;
            paper.paragraph(&text, style)?;
        }
        Ok(())
    }

    fn fitted(&self, paper: &Paper<'_>, text: &str, width_pt: f32, lines_max: usize) -> Result<String, DocumentError> {
        self.fitted_in(paper, text, paper.sizes().text_pt, width_pt, lines_max)
    }

    /// The whole of `text`; in the last step as much of it as fits on so many lines.
    fn fitted_in(
        &self,
        paper: &Paper<'_>,
        text: &str,
        size_pt: f32,
        width_pt: f32,
        lines_max: usize,
    ) -> Result<String, DocumentError> {
        let text = text.trim().replace('\n', " ");
        cut_to_fit(&text, |text| {
            let lines = break_lines(paper.fonts, text, Weight::Regular, size_pt, width_pt, 0.0)?;
            Ok(!self.is_last_step || lines.len() <= lines_max)
        })
    }
}

/// The number as large as the hand that types it from a pile of slips needs it.
fn number(paper: &mut Paper<'_>, order_number: &str) -> Result<(), DocumentError> {
    const HEIGHT_PT: f32 = 40.0;
    let sizes = paper.sizes();
    let (left, right, top) = (paper.left(), paper.left() + paper.width(), paper.y);
    let label = single_line(paper.fonts, "单号", Weight::SemiBold, sizes.text_pt, false)?;
    let number = single_line(paper.fonts, order_number, Weight::SemiBold, sizes.figure_pt, false)?;
    let number = spaced(&number, sizes.figure_pt, 90.0);
    paper.place(&label, left + 8.0, top + 24.0, sizes.text_pt);
    paper.place(&number, left + (right - left - number.width_pt) / 2.0, top + 29.0, sizes.figure_pt);
    for (from, to) in
        [((left, top), (right, top)), ((left, top), (left, top + HEIGHT_PT)), ((right, top), (right, top + HEIGHT_PT))]
    {
        paper.rule(from, to);
    }
    paper.y += HEIGHT_PT;
    Ok(())
}
