use super::sections::{column, numbered, numbers, table};
use super::{DossierEvent, DossierPicture};
use crate::fonts::Weight;
use crate::layout::{Align, Block, Column, Paper, Style, clipped, or_dash};
use crate::{DocumentError, picture};

const COLUMNS: [Column<'_>; 8] = [
    column("序号", 26.0, Align::Centre),
    column("日期", 56.0, Align::Centre),
    column("活动", 132.0, Align::Left),
    column("五进", 46.0, Align::Centre),
    column("地点", 92.0, Align::Left),
    column("人数", 42.0, Align::Right),
    column("经费", 60.0, Align::Right),
    column("状态", 44.0, Align::Centre),
];
/// Between two pictures, and under a row of them.
const GAP_PT: f32 = 12.0;
/// Height of a picture's place in widths of it: a photo of a phone (4 to 3) fills it, an upright one becomes smaller.
const PLACE_RATIO: f32 = 0.75;
/// 270 dpi over half the width of the type area.
const EDGE_PX: u32 = 900;
const CAPTION_PT: f32 = 8.5;
const CAPTION_LEADING_PT: f32 = 12.5;

/// All activities in one table, and after it those with a report or pictures, each under its number.
pub(super) fn section(paper: &mut Paper<'_>, events: &[DossierEvent]) -> Result<(), DocumentError> {
    let numbers = numbers(events.len());
    let rows = events.iter().map(|event| {
        let [day, setting, place, people, cost, state] =
            [&event.day, &event.setting, &event.place, &event.people, &event.cost, &event.state]
                .map(|text| or_dash(text));
        vec![day, event.title.as_str(), setting, place, people, cost, state]
    });
    table(paper, &COLUMNS, &numbered(&numbers, rows), "还没有举办或者计划活动，本节为空。")?;
    for (number, event) in (1..).zip(events) {
        if !event.summary.trim().is_empty() || !event.pictures.is_empty() {
            report(paper, number, event)?;
        }
    }
    Ok(())
}

fn report(paper: &mut Paper<'_>, number: usize, event: &DossierEvent) -> Result<(), DocumentError> {
    let style = Style { align: Align::Justify, ..paper.body() };
    let first_row = if event.pictures.is_empty() { 0.0 } else { place_width(paper) * PLACE_RATIO + 40.0 };
    // a short report goes with its first pictures; a long one may be divided
    paper.keep_together(2.0 * style.leading_pt + first_row + 10.0)?;
    paper.heading(&format!("活动 {number}  {}（{}）", event.title, or_dash(&event.day)))?;
    for text in event.summary.lines().map(str::trim).filter(|text| !text.is_empty()) {
        paper.paragraph(text, style)?;
    }
    paper.y += 4.0;
    for row in event.pictures.chunks(2) {
        let row = pictures(paper, row)?;
        paper.keep_together(row.height_pt)?;
        paper.block(row);
        paper.y += GAP_PT;
    }
    Ok(())
}

fn place_width(paper: &Paper<'_>) -> f32 {
    (paper.width() - GAP_PT) / 2.0
}

/// Two pictures side by side, each with its caption.
fn pictures(paper: &Paper<'_>, pictures: &[DossierPicture]) -> Result<Block, DocumentError> {
    let width = place_width(paper);
    let mut row = Block::default();
    let mut height = 0.0_f32;
    for (column, shown) in (0u8..).zip(pictures) {
        let x = f32::from(column) * (width + GAP_PT);
        let mut place = Block::default();
        place.picture(picture::fit(&shown.bytes, EDGE_PX)?, 0.0, (width, width * PLACE_RATIO));
        if !shown.caption.trim().is_empty() {
            place.skip(4.0);
            let lines = clipped(paper.fonts, shown.caption.trim(), Weight::Regular, CAPTION_PT, width, 3)?;
            place.lines(lines, (CAPTION_PT, CAPTION_LEADING_PT), Align::Centre, (0.0, width));
        }
        height = height.max(place.height_pt);
        row.insert(place, (x, 0.0));
    }
    row.height_pt = height;
    Ok(row)
}
