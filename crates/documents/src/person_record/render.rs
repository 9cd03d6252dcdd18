use super::{PersonRecord, RecordSection};
use crate::fonts::{Fonts, Weight};
use crate::layout::{Align, Column, Format, Paper, Table, TableCell, or_dash, part};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed};

/// Sets a record on paper (A4, upright). The same record gives the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack,
/// [`DocumentError::TooManyPages`] beyond [`crate::layout::PAGES_MAX`].
pub fn render(fonts: &Fonts, record: &PersonRecord) -> Result<Printed, DocumentError> {
    let running_head = format!("{}（续）  {}", record.title, record.person_name);
    let mut paper = Paper::new(fonts, Format::OFFICE, running_head);
    paper.title(&record.town_name, &record.title)?;
    facts(&mut paper, record)?;
    for section in &record.sections {
        table(&mut paper, section)?;
    }
    for (title, texts) in &record.notes {
        paper.section(title, texts)?;
    }
    paper.signature(&record.town_name, &record.printed_by, record.printed_at)?;
    let PersonRecord { verification_code, printed_at, printed_by, .. } = record;
    let code = if verification_code.is_empty() { String::new() } else { format!(" · 核对码 {verification_code}") };
    let pages = paper.finish(|page, pages| {
        format!("第 {page} 页 共 {pages} 页{code} · 打印时间 {printed_at} · 打印人 {printed_by}")
    })?;
    pdf::write(fonts, &pages, &Properties { title: &record.title, printed_at: record.printed_at })
}

fn facts(paper: &mut Paper<'_>, record: &PersonRecord) -> Result<(), DocumentError> {
    let rows: Vec<Vec<(&str, &str)>> = record
        .facts
        .iter()
        .map(|row| row.iter().map(|(label, value)| (label.as_str(), or_dash(value))).collect())
        .collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    paper.facts(&rows, 0.0)
}

fn table(paper: &mut Paper<'_>, section: &RecordSection) -> Result<(), DocumentError> {
    let sizes = paper.sizes();
    paper.keep_together(6.0 * sizes.leading_pt)?;
    let count = section.rows.len();
    paper.heading(&if count == 0 { section.title.clone() } else { format!("{}（{count}）", section.title) })?;
    let columns: Vec<Column<'_>> = section
        .columns
        .iter()
        .map(|(title, share)| Column { title, share: f32::from(*share), align: Align::Left })
        .collect();
    let mut table = Table::begin(paper, &columns, sizes.table_pt)?;
    if section.rows.is_empty() {
        table.end_with_note(paper, &section.empty)?;
    } else {
        for row in &section.rows {
            let cells: Vec<TableCell> =
                row.iter().map(|text| vec![part(or_dash(text), sizes.table_pt, Weight::Regular)]).collect();
            table.row(paper, &cells)?;
        }
        table.end(paper);
    }
    paper.y += 8.0;
    Ok(())
}
