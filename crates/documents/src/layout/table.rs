use super::{Align, Line, Paper, align_offset, baseline_in, break_lines, single_line};
use crate::DocumentError;
use crate::fonts::Weight;

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) title: &'a str,
    /// Share of the paper's width; the shares of a table add up to whatever they add up to.
    pub(crate) share: f32,
    pub(crate) align: Align,
}

/// A piece of a cell that starts on a line of its own.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) size_pt: f32,
    pub(crate) weight: Weight,
    /// Digits of one width, never broken over lines: for figures, dates and codes.
    pub(crate) tabular: bool,
}

/// What stands in a cell, from top to bottom.
pub(crate) type TableCell = Vec<Part>;

/// A ruled table. Rows are added one after another; on a new page the head is repeated.
pub(crate) struct Table<'a> {
    columns: Vec<Column<'a>>,
    /// Left edges of the columns and the right edge of the last.
    edges: Vec<f32>,
    /// Upper edge of the part on this page; its upright rules are drawn when it ends.
    top: f32,
    has_head: bool,
    size_pt: f32,
}

/// Where short cells of a row stand; at the top in a row that is divided, where the middle would be on no page.
#[derive(Debug, Clone, Copy)]
enum Place {
    Top,
    Middle,
}

struct SetLine {
    line: Line,
    size_pt: f32,
}

const PAD_X_PT: f32 = 3.0;
const PAD_Y_PT: f32 = 3.0;
/// Line height in a cell, in sizes of its type.
const LEADING: f32 = 1.35;
/// A row taller than a page is divided, but not so that fewer lines than these stand before the break.
const SPLIT_LINES_MIN: f32 = 4.0;

impl<'a> Table<'a> {
    pub(crate) fn begin(paper: &mut Paper<'_>, columns: &[Column<'a>], size_pt: f32) -> Result<Self, DocumentError> {
        let total: f32 = columns.iter().map(|column| column.share).sum();
        let mut edges = vec![paper.left()];
        let mut x = paper.left();
        for column in columns {
            x += column.share / total * paper.width();
            edges.push(x);
        }
        let has_head = columns.iter().any(|column| !column.title.is_empty());
        let mut table = Self { columns: columns.to_vec(), edges, top: paper.y, has_head, size_pt };
        // a head alone at the foot of a page helps nobody
        paper.keep_together(5.0 * size_pt * LEADING)?;
        table.open(paper)?;
        Ok(table)
    }

    fn open(&mut self, paper: &mut Paper<'_>) -> Result<(), DocumentError> {
        self.top = paper.y;
        self.across(paper);
        if self.has_head {
            let cells: Vec<TableCell> =
                self.columns.iter().map(|column| vec![part(column.title, self.size_pt, Weight::SemiBold)]).collect();
            let set = self.set(paper, &cells)?;
            self.draw(paper, &set, height(&set), Place::Middle, |_| Align::Centre);
        }
        Ok(())
    }

    /// Adds a row; `cells` are as many as columns.
    pub(crate) fn row(&mut self, paper: &mut Paper<'_>, cells: &[TableCell]) -> Result<(), DocumentError> {
        self.tall_row(paper, cells, 0.0)
    }

    /// Adds a row that is not lower than `least_pt`: room to write.
    pub(crate) fn tall_row(
        &mut self,
        paper: &mut Paper<'_>,
        cells: &[TableCell],
        least_pt: f32,
    ) -> Result<(), DocumentError> {
        let mut set = self.set(paper, cells)?;
        let mut place = Place::Middle;
        let aligns: Vec<Align> = self.columns.iter().map(|column| column.align).collect();
        loop {
            let whole = height(&set).max(least_pt);
            if whole <= paper.room() {
                self.draw(paper, &set, whole, place, |column| aligns[column]);
                return Ok(());
            }
            let head_pt = 3.0 * self.size_pt * LEADING;
            let least = SPLIT_LINES_MIN * self.size_pt * LEADING;
            if whole > paper.full_room() - head_pt && paper.room() > least {
                let rest = split(&mut set, paper.room());
                place = Place::Top;
                self.draw(paper, &set, height(&set), place, |column| aligns[column]);
                set = rest;
            }
            self.close(paper);
            paper.break_page()?;
            self.open(paper)?;
        }
    }

    /// Ends the table with one line over all columns, say that there is nothing to list.
    pub(crate) fn end_with_note(mut self, paper: &mut Paper<'_>, text: &str) -> Result<(), DocumentError> {
        let line = single_line(paper.fonts, text, Weight::Regular, self.size_pt, false)?;
        let leading = self.size_pt * LEADING;
        let height = leading + 4.0 * PAD_Y_PT;
        if height > paper.room() {
            self.close(paper);
            paper.break_page()?;
            self.open(paper)?;
        }
        self.close(paper);
        let x = paper.left() + align_offset(Align::Centre, line.width_pt, paper.width());
        paper.place(&line, x, paper.y + 2.0 * PAD_Y_PT + baseline_in(leading, self.size_pt), self.size_pt);
        self.edges = vec![paper.left(), paper.left() + paper.width()];
        self.top = paper.y;
        paper.y += height;
        self.across(paper);
        self.close(paper);
        Ok(())
    }

    /// Ends the table.
    pub(crate) fn end(self, paper: &mut Paper<'_>) {
        self.close(paper);
    }

    fn close(&self, paper: &mut Paper<'_>) {
        for x in &self.edges {
            paper.rule((*x, self.top), (*x, paper.y));
        }
    }

    fn across(&self, paper: &mut Paper<'_>) {
        let (left, right) = (paper.left(), paper.left() + paper.width());
        paper.rule((left, paper.y), (right, paper.y));
    }

    fn set(&self, paper: &Paper<'_>, cells: &[TableCell]) -> Result<Vec<Vec<SetLine>>, DocumentError> {
        let mut set = Vec::with_capacity(cells.len());
        for (column, cell) in cells.iter().enumerate() {
            let width = self.edges[column + 1] - self.edges[column] - 2.0 * PAD_X_PT;
            let mut lines = Vec::new();
            for part in cell {
                let size_pt = part.size_pt;
                if part.tabular {
                    let line = single_line(paper.fonts, &part.text, part.weight, size_pt, true)?;
                    if line.width_pt <= width {
                        lines.push(SetLine { line, size_pt });
                        continue;
                    }
                }
                let broken = break_lines(paper.fonts, &part.text, part.weight, size_pt, width, 0.0)?;
                lines.extend(broken.into_iter().map(|line| SetLine { line, size_pt }));
            }
            set.push(lines);
        }
        Ok(set)
    }

    fn draw(
        &self,
        paper: &mut Paper<'_>,
        set: &[Vec<SetLine>],
        height: f32,
        place: Place,
        align: impl Fn(usize) -> Align,
    ) {
        for (column, lines) in set.iter().enumerate() {
            let width = self.edges[column + 1] - self.edges[column] - 2.0 * PAD_X_PT;
            let mut y = match place {
                Place::Top => paper.y + PAD_Y_PT,
                Place::Middle => paper.y + (height - lines_height(lines)) / 2.0,
            };
            for SetLine { line, size_pt } in lines {
                let leading = size_pt * LEADING;
                let x = self.edges[column] + PAD_X_PT + align_offset(align(column), line.width_pt, width);
                paper.place(line, x, y + baseline_in(leading, *size_pt), *size_pt);
                y += leading;
            }
        }
        paper.y += height;
        self.across(paper);
    }
}

/// A part in the ordinary way.
pub(crate) fn part(text: &str, size_pt: f32, weight: Weight) -> Part {
    Part { text: text.to_owned(), size_pt, weight, tabular: false }
}

/// A part in tabular figures.
pub(crate) fn figure_part(text: &str, size_pt: f32) -> Part {
    Part { tabular: true, ..part(text, size_pt, Weight::Regular) }
}

fn lines_height(lines: &[SetLine]) -> f32 {
    lines.iter().map(|line| line.size_pt * LEADING).sum()
}

fn height(set: &[Vec<SetLine>]) -> f32 {
    set.iter().map(|lines| lines_height(lines)).fold(0.0, f32::max) + 2.0 * PAD_Y_PT
}

/// Leaves in `set` what fits into `room`, and gives back the rest.
fn split(set: &mut [Vec<SetLine>], room: f32) -> Vec<Vec<SetLine>> {
    set.iter_mut()
        .map(|lines| {
            let mut used = 2.0 * PAD_Y_PT;
            let fits = lines
                .iter()
                .take_while(|line| {
                    used += line.size_pt * LEADING;
                    used <= room
                })
                .count();
            lines.split_off(fits)
        })
        .collect()
}
