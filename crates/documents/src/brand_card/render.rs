use super::{BrandCard, CardIndicator, CardMilestone, INDICATORS_MAX, MILESTONES_MAX};
use crate::fonts::{Fonts, Weight};
use crate::layout::{
    Align, Block, Format, Margins, Paper, Sheet, Sizes, break_lines, clipped, cut_to_fit, justified, largest, mm,
    or_dash, single_line, spaced,
};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed, picture};

const TITLE: &str = "品牌名片";
const CAMPAIGN: &str = "一镇街一品牌";
const FORMAT: Format = Format {
    sheet: Sheet::A4,
    margins: Margins { top: mm(16.0), right: mm(21.0), bottom: mm(14.0), left: mm(21.0) },
    sizes: Sizes {
        office_pt: 12.0,
        title_pt: 46.0,
        text_pt: 12.0,
        leading_pt: 20.0,
        table_pt: 10.5,
        note_pt: 8.5,
        figure_pt: 27.0,
    },
};

/// Sizes of the name and the lines it may take in each: the first in which it fits.
const NAME_STEPS: [(f32, usize); 7] = [(46.0, 1), (40.0, 1), (34.0, 1), (30.0, 2), (26.0, 2), (22.0, 3), (18.0, 4)];
const SLOGAN_STEPS: [(f32, usize); 4] = [(18.0, 1), (16.0, 1), (14.0, 1), (13.0, 2)];
const FIGURE_STEPS: [f32; 4] = [27.0, 21.0, 16.0, 12.0];
/// Sizes of the story; in the last it is cut.
const STORY_STEPS: [f32; 4] = [13.5, 12.5, 11.5, 10.5];
/// Line height of the story, in sizes of its type.
const STORY_LEADING: f32 = 1.75;
/// Five lines in the smallest size, with the heading: less is no story.
const STORY_LEAST_PT: f32 = 118.0;
const MARK_BOX_PT: (f32, f32) = (170.0, 84.0);
/// 300 dpi over the box.
const MARK_EDGE_PX: u32 = 720;
/// Between the parts: not less, and not more however empty the card is.
const GAP_LEAST_PT: f32 = 13.0;
const GAP_MOST_PT: f32 = 34.0;
const FINE_PT: f32 = 0.4;

/// Sets a card (A4, upright, one page whatever is said). The same card gives the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack,
/// [`DocumentError::Picture`] when the mark cannot be drawn.
pub fn render(fonts: &Fonts, card: &BrandCard) -> Result<Printed, DocumentError> {
    let mut paper = Paper::new(fonts, FORMAT, String::new());
    let setter = Setter { fonts, width: paper.width() };
    let name = setter.name(card)?;
    let facts = setter.facts(card)?;
    let (top, bottom) = (paper.y + HEAD_PT, paper.bottom() - FOOT_PT);
    let free = bottom - top - name.height_pt - facts.height_pt;
    let (indicators, milestones) = setter.as_many_as_fit(card, free)?;
    let others: Vec<&Block> = [&name, &facts, &indicators, &milestones].into_iter().filter(|b| !b.is_empty()).collect();
    let taken: f32 = others.iter().map(|block| block.height_pt).sum();
    // a gap before each part and one before the foot, the story included
    let gaps = others.len() + 1 + usize::from(!card.story.trim().is_empty());
    let gaps = f32::from(u8::try_from(gaps).unwrap_or(u8::MAX));
    let room = bottom - top - taken - gaps * GAP_LEAST_PT;
    let story = setter.story(&card.story, room)?;
    let gap = (GAP_LEAST_PT + (room - story.height_pt) / gaps).clamp(GAP_LEAST_PT, GAP_MOST_PT);
    // what is still free belongs around the name
    let free = (bottom - top - taken - story.height_pt - gaps * gap).max(0.0);

    paper.masthead(&card.town_name, CAMPAIGN)?;
    paper.y = top + free * 0.4;
    for (number, block) in [name, facts, story, indicators, milestones].into_iter().enumerate() {
        if block.is_empty() {
            continue;
        }
        paper.y += gap;
        paper.block(block);
        if number == 0 {
            paper.y += free * 0.6;
        }
    }
    foot(&mut paper, card, bottom)?;
    let pages = paper.finish(|_, _| String::new())?;
    pdf::write(fonts, &pages, &Properties { title: TITLE, printed_at: card.printed_at })
}

/// Height of the head, and of the foot with its rule.
const HEAD_PT: f32 = 22.0;
const FOOT_PT: f32 = 24.0;
const FOOT_SIZE_PT: f32 = 8.5;

fn foot(paper: &mut Paper<'_>, card: &BrandCard, top: f32) -> Result<(), DocumentError> {
    paper.double_rule(top, false);
    let at = card.printed_at;
    let text = format!("{TITLE} · {} 年 {} 月 {} 日打印", at.year, at.month, at.day);
    let line = single_line(paper.fonts, &text, Weight::Regular, FOOT_SIZE_PT, false)?;
    let x = paper.left() + (paper.width() - line.width_pt) / 2.0;
    paper.place(&line, x, top + 19.0, FOOT_SIZE_PT);
    Ok(())
}

/// Sets the parts of a card, each as a block that is measured before anything is placed.
struct Setter<'a> {
    fonts: &'a Fonts,
    width: f32,
}

impl Setter<'_> {
    /// The mark, the name as large as it fits, and the slogan.
    fn name(&self, card: &BrandCard) -> Result<Block, DocumentError> {
        let mut block = Block::default();
        if let Some(mark) = &card.mark {
            let x = (self.width - MARK_BOX_PT.0) / 2.0;
            block.picture(picture::fit(mark, MARK_EDGE_PX)?, x, MARK_BOX_PT);
            block.skip(12.0);
        }
        let across = (0.0, self.width);
        let (size_pt, lines) = largest(self.fonts, &card.brand_name, Weight::SemiBold, &NAME_STEPS, 120.0, self.width)?;
        block.lines(lines, (size_pt, size_pt * 1.35), Align::Centre, across);
        if !card.slogan.trim().is_empty() {
            block.skip(8.0);
            let (middle, y) = (self.width / 2.0, block.height_pt);
            block.rule((middle - 24.0, y), (middle + 24.0, y), 1.0);
            block.skip(9.0);
            let (size_pt, lines) = largest(self.fonts, &card.slogan, Weight::Regular, &SLOGAN_STEPS, 80.0, self.width)?;
            block.lines(lines, (size_pt, size_pt * 1.5), Align::Centre, across);
        }
        Ok(block)
    }

    /// Domain, owner and the first day, beside each other.
    fn facts(&self, card: &BrandCard) -> Result<Block, DocumentError> {
        let facts: Vec<(&str, &str)> = [
            ("领域", card.domain.trim()),
            ("责任单位", card.owner_unit.trim()),
            ("启用日期", card.active_since.trim()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
        let cells = facts.iter().map(|(label, value)| {
            move |setter: &Self, width_pt: f32| {
                let mut cell = Block::default();
                let label = single_line(setter.fonts, label, Weight::Regular, 9.0, false)?;
                cell.lines(vec![label], (9.0, 15.0), Align::Centre, (0.0, width_pt));
                let value = clipped(setter.fonts, value, Weight::Regular, 12.0, width_pt, 2)?;
                cell.lines(value, (12.0, 17.0), Align::Centre, (0.0, width_pt));
                Ok(cell)
            }
        });
        self.grid(cells.collect::<Vec<_>>().as_slice(), facts.len())
    }

    /// Cells side by side, `columns` to a row, with fine rules between them.
    fn grid(
        &self,
        cells: &[impl Fn(&Self, f32) -> Result<Block, DocumentError>],
        columns: usize,
    ) -> Result<Block, DocumentError> {
        const PAD_PT: f32 = 8.0;
        let mut grid = Block::default();
        let count = u8::try_from(columns.max(1)).unwrap_or(u8::MAX);
        let pitch = self.width / f32::from(count);
        for (row, cells) in cells.chunks(columns.max(1)).enumerate() {
            if row > 0 {
                grid.skip(11.0);
            }
            let cells = cells.iter().map(|cell| cell(self, pitch - 2.0 * PAD_PT)).collect::<Result<Vec<_>, _>>()?;
            let height = cells.iter().map(|cell| cell.height_pt).fold(0.0, f32::max);
            let top = grid.height_pt;
            for (column, cell) in (0u8..).zip(cells) {
                let x = f32::from(column) * pitch;
                if column > 0 {
                    grid.rule((x, top + 2.0), (x, top + height - 2.0), FINE_PT);
                }
                grid.insert(cell, (x + PAD_PT, top));
            }
            grid.height_pt = top + height;
        }
        Ok(grid)
    }

    /// The figures and milestones beside which the story, or [`STORY_LEAST_PT`] of it, still has room.
    fn as_many_as_fit(&self, card: &BrandCard, room_pt: f32) -> Result<(Block, Block), DocumentError> {
        let [.., smallest] = STORY_STEPS;
        let story_pt = self.story_in(card.story.trim(), smallest)?.height_pt.min(STORY_LEAST_PT);
        let mut shown = (INDICATORS_MAX, MILESTONES_MAX);
        loop {
            let indicators = self.indicators(&card.indicators, shown.0)?;
            let milestones = self.milestones(&card.milestones, shown.1)?;
            let taken = indicators.height_pt + milestones.height_pt + story_pt + 6.0 * GAP_LEAST_PT;
            match shown {
                _ if taken <= room_pt => return Ok((indicators, milestones)),
                (_, milestones) if milestones > 2 => shown.1 -= 1,
                (indicators, _) if indicators > 3 => shown.0 = 3,
                _ => return Ok((indicators, milestones)),
            }
        }
    }

    /// The whole story in the largest size that fits into `room_pt`, or as many sentences as do.
    fn story(&self, story: &str, room_pt: f32) -> Result<Block, DocumentError> {
        let story = story.trim();
        if story.is_empty() {
            return Ok(Block::default());
        }
        for size_pt in STORY_STEPS {
            let block = self.story_in(story, size_pt)?;
            if block.height_pt <= room_pt {
                return Ok(block);
            }
        }
        let [.., size_pt] = STORY_STEPS;
        let text = cut_to_fit(story, |text| Ok(self.story_in(text, size_pt)?.height_pt <= room_pt))?;
        self.story_in(&text, size_pt)
    }

    fn story_in(&self, story: &str, size_pt: f32) -> Result<Block, DocumentError> {
        if story.is_empty() {
            return Ok(Block::default());
        }
        let mut block = self.heading("品牌故事", "")?;
        let (indent_pt, leading_pt) = (2.0 * size_pt, size_pt * STORY_LEADING);
        for paragraph in story.lines().map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            let lines = break_lines(self.fonts, paragraph, Weight::Regular, size_pt, self.width, indent_pt)?;
            for (number, line) in lines.iter().enumerate() {
                let x = if number == 0 { indent_pt } else { 0.0 };
                let line = justified(line, size_pt, self.width - x);
                block.lines(vec![line], (size_pt, leading_pt), Align::Left, (x, self.width));
            }
        }
        Ok(block)
    }

    /// A head over a fine rule, a remark at its right end.
    fn heading(&self, text: &str, remark: &str) -> Result<Block, DocumentError> {
        let mut block = Block::default();
        let title = spaced(&single_line(self.fonts, text, Weight::SemiBold, 12.0, false)?, 12.0, 60.0);
        let remark = single_line(self.fonts, remark, Weight::Regular, 8.5, false)?;
        block.lines(vec![title], (12.0, 18.0), Align::Left, (0.0, self.width));
        block.line_at(remark.clone(), (self.width - remark.width_pt, 13.0), 8.5);
        block.rule((0.0, block.height_pt), (self.width, block.height_pt), FINE_PT);
        block.skip(8.0);
        Ok(block)
    }

    fn indicators(&self, indicators: &[CardIndicator], most: usize) -> Result<Block, DocumentError> {
        let shown = &indicators[..indicators.len().min(most)];
        if shown.is_empty() {
            return Ok(Block::default());
        }
        let mut block = self.heading("关键指标", &remark("现值 / 目标", indicators.len() - shown.len()))?;
        let columns = if shown.len() == 4 { 2 } else { shown.len().min(3) };
        let cells: Vec<_> = shown
            .iter()
            .map(|indicator| move |setter: &Self, width_pt: f32| setter.indicator(indicator, width_pt))
            .collect();
        let grid = self.grid(&cells, columns)?;
        let top = block.height_pt;
        block.height_pt += grid.height_pt;
        block.insert(grid, (0.0, top));
        Ok(block)
    }

    /// The value large, the target small beside it, what is counted under both.
    fn indicator(&self, indicator: &CardIndicator, width_pt: f32) -> Result<Block, DocumentError> {
        const BASELINE_PT: f32 = 26.0;
        const SMALL_PT: f32 = 12.0;
        let current = or_dash(&indicator.current);
        let target = format!(" / {} {}", or_dash(&indicator.target), indicator.unit.trim());
        let target = single_line(self.fonts, target.trim_end(), Weight::Regular, SMALL_PT, false)?;
        let mut cell = Block::default();
        for size_pt in FIGURE_STEPS {
            let value = single_line(self.fonts, current, Weight::SemiBold, size_pt, false)?;
            let both = value.width_pt + target.width_pt;
            if both <= width_pt {
                let x = (width_pt - both) / 2.0;
                let target_x = x + value.width_pt;
                cell.line_at(value, (x, BASELINE_PT), size_pt);
                cell.line_at(target.clone(), (target_x, BASELINE_PT), SMALL_PT);
                cell.skip(BASELINE_PT + 6.0);
                break;
            }
        }
        if cell.is_empty() {
            let text = format!("{current} / {} {}", or_dash(&indicator.target), indicator.unit.trim());
            let lines = clipped(self.fonts, &text, Weight::Regular, 10.5, width_pt, 2)?;
            cell.lines(lines, (10.5, 16.0), Align::Centre, (0.0, width_pt));
        }
        let name = clipped(self.fonts, &indicator.name, Weight::Regular, 10.5, width_pt, 2)?;
        cell.lines(name, (10.5, 15.0), Align::Centre, (0.0, width_pt));
        Ok(cell)
    }

    fn milestones(&self, milestones: &[CardMilestone], most: usize) -> Result<Block, DocumentError> {
        const SIZE_PT: f32 = 10.5;
        const ROW_PT: f32 = 19.5;
        const DAY_PT: f32 = 78.0;
        const STATE_PT: f32 = 70.0;
        let shown = &milestones[..milestones.len().min(most)];
        if shown.is_empty() {
            return Ok(Block::default());
        }
        let mut block = self.heading("里程碑", &remark("", milestones.len() - shown.len()))?;
        block.skip(-6.0);
        for (number, milestone) in shown.iter().enumerate() {
            if number > 0 {
                block.rule((0.0, block.height_pt), (self.width, block.height_pt), 0.25);
            }
            let baseline = block.height_pt + 13.5;
            let day = single_line(self.fonts, or_dash(&milestone.day), Weight::Regular, SIZE_PT, true)?;
            block.line_at(day, (0.0, baseline), SIZE_PT);
            let width_pt = self.width - DAY_PT - STATE_PT;
            for line in clipped(self.fonts, &milestone.title, Weight::Regular, SIZE_PT, width_pt, 1)? {
                block.line_at(line, (DAY_PT, baseline), SIZE_PT);
            }
            for line in clipped(self.fonts, or_dash(&milestone.state), Weight::Regular, SIZE_PT, STATE_PT - 6.0, 1)? {
                block.line_at(line.clone(), (self.width - line.width_pt, baseline), SIZE_PT);
            }
            block.skip(ROW_PT);
        }
        Ok(block)
    }
}

/// What was left out is said: a card that looks complete and is not would be a lie on the wall.
fn remark(text: &str, left_out: usize) -> String {
    let more = if left_out == 0 { String::new() } else { format!("另有 {left_out} 项，见品牌档案") };
    [text, &more].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  ·  ")
}
