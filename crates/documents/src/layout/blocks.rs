//! The blocks of an office paper, in the sizes of its [`super::Format`].

use super::{Align, Column, Paper, Style, Table, TableCell, clipped, figure_part, part, single_line, spaced};
use crate::fonts::Weight;
use crate::{DocumentError, PrintTime};

/// Columns of [`Paper::facts`]: label and value, one or two pairs in a row.
const FACT_SHARES: [f32; 4] = [16.0, 34.0, 16.0, 34.0];
const MASTHEAD_SPACING_MILLE: f32 = 90.0;
/// Between a block and the next.
const BLOCK_GAP_PT: f32 = 8.0;

/// A number with its name over it and a remark under it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure<'a> {
    pub(crate) label: &'a str,
    pub(crate) value: &'a str,
    pub(crate) note: &'a str,
}

/// An empty cell on paper leaves it open whether something was forgotten.
pub(crate) fn or_dash(text: &str) -> &str {
    if text.trim().is_empty() { "—" } else { text }
}

impl Paper<'_> {
    /// Head of a sheet that is looked at, not filed: who, at its right what for, over a double rule.
    pub(crate) fn masthead(&mut self, left: &str, right: &str) -> Result<(), DocumentError> {
        let size_pt = self.sizes().office_pt;
        let top = self.y;
        for line in clipped(self.fonts, left, Weight::Regular, size_pt, self.width() * 0.6, 1)? {
            self.place(&spaced(&line, size_pt, MASTHEAD_SPACING_MILLE), self.left(), top + 10.0, size_pt);
        }
        let line = single_line(self.fonts, right, Weight::Regular, size_pt, false)?;
        let line = spaced(&line, size_pt, MASTHEAD_SPACING_MILLE);
        self.place(&line, self.left() + self.width() - line.width_pt, top + 10.0, size_pt);
        self.double_rule(top + 18.0, true);
        self.y = top + 22.0;
        Ok(())
    }

    /// The name of the office and under it the title of the paper.
    pub(crate) fn title(&mut self, office: &str, title: &str) -> Result<(), DocumentError> {
        let sizes = self.sizes();
        let style = |size_pt, weight| Style {
            size_pt,
            leading_pt: size_pt * 1.5,
            weight,
            align: Align::Centre,
            indent_pt: 0.0,
        };
        self.paragraph(office, style(sizes.office_pt, Weight::Regular))?;
        self.paragraph(title, style(sizes.title_pt, Weight::SemiBold))?;
        self.y += 6.0;
        Ok(())
    }

    /// Labels and what stands beside them, one or two to a row; no row is lower than `row_pt`.
    pub(crate) fn facts(&mut self, rows: &[&[(&str, &str)]], row_pt: f32) -> Result<(), DocumentError> {
        self.fact_rows(rows, row_pt)?;
        self.y += BLOCK_GAP_PT;
        Ok(())
    }

    /// As [`Self::facts`], with nothing after it: what follows closes up.
    pub(crate) fn fact_rows(&mut self, rows: &[&[(&str, &str)]], row_pt: f32) -> Result<(), DocumentError> {
        let text_pt = self.sizes().text_pt;
        let mut rest = rows;
        while let Some(first) = rest.first() {
            let alike = rest.iter().take_while(|row| row.len() == first.len()).count();
            let mut table = Table::begin(self, &fact_columns(first.len()), text_pt)?;
            for row in &rest[..alike] {
                let cells: Vec<TableCell> = row
                    .iter()
                    .flat_map(|(label, value)| {
                        [vec![part(label, text_pt, Weight::SemiBold)], vec![part(value, text_pt, Weight::Regular)]]
                    })
                    .collect();
                table.tall_row(self, &cells, row_pt)?;
            }
            table.end(self);
            rest = &rest[alike..];
        }
        Ok(())
    }

    /// Numbers beside each other, apart: none is the sum of the others.
    pub(crate) fn figures(&mut self, figures: &[Figure<'_>]) -> Result<(), DocumentError> {
        let sizes = self.sizes();
        let columns = vec![Column { title: "", share: 1.0, align: Align::Centre }; figures.len()];
        let cells: Vec<TableCell> = figures
            .iter()
            .map(|figure| {
                let mut cell = vec![
                    part(figure.label, sizes.text_pt, Weight::SemiBold),
                    part(figure.value, sizes.figure_pt, Weight::SemiBold),
                ];
                if !figure.note.is_empty() {
                    cell.push(part(figure.note, sizes.note_pt, Weight::Regular));
                }
                cell
            })
            .collect();
        let mut table = Table::begin(self, &columns, sizes.text_pt)?;
        table.row(self, &cells)?;
        table.end(self);
        self.y += BLOCK_GAP_PT;
        Ok(())
    }

    /// The head of what follows.
    pub(crate) fn heading(&mut self, text: &str) -> Result<(), DocumentError> {
        self.paragraph(text, Style { weight: Weight::SemiBold, indent_pt: 0.0, ..self.body() })?;
        self.y += 2.0;
        Ok(())
    }

    /// A heading and its paragraphs; nothing when there are none.
    pub(crate) fn section(&mut self, title: &str, texts: &[String]) -> Result<(), DocumentError> {
        if texts.is_empty() {
            return Ok(());
        }
        self.keep_together(3.0 * self.sizes().leading_pt)?;
        self.heading(title)?;
        for text in texts {
            self.paragraph(text, self.body())?;
        }
        self.y += 6.0;
        Ok(())
    }

    /// How running text is set: two characters indented.
    pub(crate) fn body(&self) -> Style {
        let sizes = self.sizes();
        Style {
            size_pt: sizes.text_pt,
            leading_pt: sizes.leading_pt,
            weight: Weight::Regular,
            align: Align::Left,
            indent_pt: 2.0 * sizes.text_pt,
        }
    }

    /// Room for the receiver's signature on the left and the office's stamp on the right, never torn apart.
    pub(crate) fn signature(
        &mut self,
        office: &str,
        printed_by: &str,
        printed_at: PrintTime,
    ) -> Result<(), DocumentError> {
        const HEIGHT_PT: f32 = 78.0;
        const LINES_PT: [f32; 3] = [28.0, 48.0, 68.0];
        /// Where the lines to write on end, from the left edge.
        const BLANK_END_PT: f32 = 230.0;
        self.keep_together(HEIGHT_PT)?;
        let text_pt = self.sizes().text_pt;
        let (left, middle) = (self.left(), self.left() + self.width() * 0.56);
        let texts = [
            [
                "本人（代办人）签收：".to_owned(),
                "与本人关系（代办时填）：".to_owned(),
                "签收日期：            年      月      日".to_owned(),
            ],
            [
                format!("{office}（盖章）"),
                format!("经办人：{printed_by}"),
                format!("{} 年 {} 月 {} 日", printed_at.year, printed_at.month, printed_at.day),
            ],
        ];
        for (x, texts) in [left, middle].into_iter().zip(&texts) {
            for (text, below_pt) in texts.iter().zip(LINES_PT) {
                let line = single_line(self.fonts, text, Weight::Regular, text_pt, false)?;
                let baseline = self.y + below_pt;
                self.place(&line, x, baseline, text_pt);
                if text.ends_with('：') {
                    self.rule((x + line.width_pt, baseline + 2.0), (x + BLANK_END_PT, baseline + 2.0));
                }
            }
        }
        self.y += HEIGHT_PT;
        Ok(())
    }

    /// A ruled table of plain texts. A column aligned right or centred is set in tabular figures.
    pub(crate) fn plain_table(&mut self, columns: &[Column<'_>], rows: &[Vec<&str>]) -> Result<(), DocumentError> {
        let table_pt = self.sizes().table_pt;
        let mut table = Table::begin(self, columns, table_pt)?;
        for row in rows {
            let cells: Vec<TableCell> = row
                .iter()
                .zip(columns)
                .map(|(text, column)| match column.align {
                    Align::Left | Align::Justify => vec![part(text, table_pt, Weight::Regular)],
                    Align::Centre | Align::Right => vec![figure_part(text, table_pt)],
                })
                .collect();
            table.row(self, &cells)?;
        }
        table.end(self);
        self.y += BLOCK_GAP_PT;
        Ok(())
    }
}

fn fact_columns(pairs: usize) -> Vec<Column<'static>> {
    let column = |share, align| Column { title: "", share, align };
    let [label, value, ..] = FACT_SHARES;
    if pairs == 1 {
        let rest: f32 = FACT_SHARES[1..].iter().sum();
        return vec![column(label, Align::Centre), column(rest, Align::Left)];
    }
    (0..pairs).flat_map(|_| [column(label, Align::Centre), column(value, Align::Left)]).collect()
}
