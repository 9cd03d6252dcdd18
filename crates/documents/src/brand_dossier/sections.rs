use super::{BrandDossier, DossierMatrix, DossierMatrixCell, QUARTERS_MAX, events};
use crate::DocumentError;
use crate::fonts::Weight;
use crate::layout::{Align, Column, Paper, Style, or_dash};

/// The sections, as in the contents.
pub(super) const SECTIONS: [&str; 10] = [
    "一、基本情况",
    "二、品牌故事",
    "三、目标",
    "四、里程碑",
    "五、指标",
    "六、合作单位",
    "七、活动",
    "八、诚信五进与季度对照",
    "九、年度评估",
    "十、佐证材料",
];

const MATRIX_LEGEND: &str = "数字是已经举办的场次；“缺”表示这个季度已经开始而没有举办；“—”表示这个季度还没有开始。";
const HASH_LEGEND: &str = "SM3 值按 GB/T 32905—2016 计算，列出前 16 位，用来核对文件没有被换过。";

const MILESTONE_COLUMNS: [Column<'_>; 5] = [
    column("序号", 28.0, Align::Centre),
    column("里程碑", 250.0, Align::Left),
    column("计划日期", 70.0, Align::Centre),
    column("状态", 60.0, Align::Centre),
    column("完成日期", 70.0, Align::Centre),
];
const INDICATOR_COLUMNS: [Column<'_>; 6] = [
    column("序号", 28.0, Align::Centre),
    column("指标", 200.0, Align::Left),
    column("单位", 50.0, Align::Centre),
    column("基线", 70.0, Align::Right),
    column("目标", 70.0, Align::Right),
    column("最新值", 70.0, Align::Right),
];
const READING_COLUMNS: [Column<'_>; 4] = [
    column("指标", 170.0, Align::Left),
    column("日期", 70.0, Align::Centre),
    column("数值", 70.0, Align::Right),
    column("来源或者说明", 178.0, Align::Left),
];
const PARTNER_COLUMNS: [Column<'_>; 3] =
    [column("序号", 28.0, Align::Centre), column("单位", 200.0, Align::Left), column("合作内容", 260.0, Align::Left)];
const ASSESSMENT_COLUMNS: [Column<'_>; 5] = [
    column("年度", 54.0, Align::Centre),
    column("等次", 54.0, Align::Centre),
    column("意见", 240.0, Align::Left),
    column("评估人", 70.0, Align::Centre),
    column("评估日期", 70.0, Align::Centre),
];
const EVIDENCE_COLUMNS: [Column<'_>; 6] = [
    column("序号", 28.0, Align::Centre),
    column("材料", 190.0, Align::Left),
    column("种类", 50.0, Align::Centre),
    column("大小", 54.0, Align::Right),
    column("加入日期", 62.0, Align::Centre),
    column("SM3 值", 104.0, Align::Centre),
];

pub(super) const fn column(title: &str, share: f32, align: Align) -> Column<'_> {
    Column { title, share, align }
}

/// Sets the section with this number, from 0, and gives back the page on which it begins.
pub(super) fn section(paper: &mut Paper<'_>, dossier: &BrandDossier, number: usize) -> Result<usize, DocumentError> {
    let page = heading(paper, SECTIONS[number])?;
    match number {
        0 => basics(paper, dossier)?,
        1 => paragraphs(paper, dossier.story.lines(), "还没有写品牌故事，本节为空。")?,
        2 => objectives(paper, dossier)?,
        3 => milestones(paper, dossier)?,
        4 => indicators(paper, dossier)?,
        5 => partners(paper, dossier)?,
        6 => events::section(paper, &dossier.events)?,
        7 => matrix(paper, &dossier.matrix)?,
        8 => assessments(paper, dossier)?,
        _ => evidence(paper, dossier)?,
    }
    paper.y += 10.0;
    Ok(page)
}

/// A head that is found while leafing through; never alone at the foot of a page.
fn heading(paper: &mut Paper<'_>, title: &str) -> Result<usize, DocumentError> {
    const SIZE_PT: f32 = 15.0;
    paper.keep_together(100.0)?;
    let style =
        Style { size_pt: SIZE_PT, leading_pt: 24.0, weight: Weight::SemiBold, align: Align::Left, indent_pt: 0.0 };
    paper.paragraph(title, style)?;
    paper.rule((paper.left(), paper.y), (paper.left() + paper.width(), paper.y));
    paper.y += 8.0;
    Ok(paper.page_count())
}

/// Why a section holds nothing.
fn nothing(paper: &mut Paper<'_>, why: &str) -> Result<(), DocumentError> {
    paper.paragraph(why, paper.body())
}

/// A table, or the sentence why there is none.
pub(super) fn table(
    paper: &mut Paper<'_>,
    columns: &[Column<'_>],
    rows: &[Vec<&str>],
    empty: &str,
) -> Result<(), DocumentError> {
    if rows.is_empty() { nothing(paper, empty) } else { paper.plain_table(columns, rows) }
}

fn paragraphs<'a>(
    paper: &mut Paper<'_>,
    texts: impl Iterator<Item = &'a str>,
    empty: &str,
) -> Result<(), DocumentError> {
    let mut texts = texts.map(str::trim).filter(|text| !text.is_empty()).peekable();
    if texts.peek().is_none() {
        return nothing(paper, empty);
    }
    let style = Style { align: Align::Justify, ..paper.body() };
    for text in texts {
        paper.paragraph(text, style)?;
    }
    Ok(())
}

fn basics(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    if dossier.basics.is_empty() {
        return nothing(paper, "还没有登记基本情况，本节为空。");
    }
    let pairs: Vec<[(&str, &str); 1]> =
        dossier.basics.iter().map(|fact| [(fact.label.as_str(), or_dash(&fact.value))]).collect();
    let rows: Vec<&[(&str, &str)]> = pairs.iter().map(|pair| &pair[..]).collect();
    paper.facts(&rows, 0.0)
}

fn objectives(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    let numbered: Vec<String> = (1..)
        .zip(dossier.objectives.iter().filter(|text| !text.trim().is_empty()))
        .map(|(number, text)| format!("{number}. {text}"))
        .collect();
    paragraphs(paper, numbered.iter().map(String::as_str), "还没有登记目标，本节为空。")
}

/// Rows with their number before them.
pub(super) fn numbered<'a>(numbers: &'a [String], rows: impl Iterator<Item = Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    numbers.iter().zip(rows).map(|(number, row)| std::iter::once(number.as_str()).chain(row).collect()).collect()
}

pub(super) fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| number.to_string()).collect()
}

fn milestones(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    let numbers = numbers(dossier.milestones.len());
    let rows = dossier
        .milestones
        .iter()
        .map(|row| vec![row.title.as_str(), or_dash(&row.due_on), or_dash(&row.state), or_dash(&row.done_on)]);
    table(paper, &MILESTONE_COLUMNS, &numbered(&numbers, rows), "还没有登记里程碑，本节为空。")
}

fn indicators(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    let numbers = numbers(dossier.indicators.len());
    let rows = dossier.indicators.iter().map(|row| {
        let [unit, baseline, target, latest] =
            [&row.unit, &row.baseline, &row.target, &row.latest].map(|text| or_dash(text));
        vec![row.name.as_str(), unit, baseline, target, latest]
    });
    table(paper, &INDICATOR_COLUMNS, &numbered(&numbers, rows), "还没有登记指标，本节为空。")?;
    let readings: Vec<Vec<&str>> = dossier
        .indicators
        .iter()
        .flat_map(|indicator| indicator.readings.iter().map(move |reading| (indicator, reading)))
        .map(|(indicator, reading)| {
            vec![indicator.name.as_str(), or_dash(&reading.day), or_dash(&reading.value), or_dash(&reading.note)]
        })
        .collect();
    if readings.is_empty() {
        return if dossier.indicators.is_empty() { Ok(()) } else { nothing(paper, "各项指标还没有读数。") };
    }
    paper.keep_together(80.0)?;
    paper.heading("各次读数")?;
    paper.plain_table(&READING_COLUMNS, &readings)
}

fn partners(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    let numbers = numbers(dossier.partners.len());
    let rows = dossier.partners.iter().map(|row| vec![row.name.as_str(), or_dash(&row.role)]);
    table(paper, &PARTNER_COLUMNS, &numbered(&numbers, rows), "还没有登记合作单位，本节为空。")
}

fn matrix(paper: &mut Paper<'_>, matrix: &DossierMatrix) -> Result<(), DocumentError> {
    if matrix.quarters.is_empty() || matrix.rows.is_empty() {
        return nothing(paper, "还没有可以对照的季度，本节为空。");
    }
    // the year stands over the quarter, wherever the column would end
    let heads: Vec<String> = matrix.quarters.iter().map(|quarter| quarter.replacen('年', "年\n", 1)).collect();
    for (part, quarters) in heads.chunks(QUARTERS_MAX).enumerate() {
        let columns: Vec<Column<'_>> = std::iter::once(column("诚信五进", 1.3, Align::Centre))
            .chain(quarters.iter().map(|quarter| column(quarter, 1.0, Align::Centre)))
            .collect();
        let texts: Vec<Vec<String>> = matrix
            .rows
            .iter()
            .map(|row| row.cells.iter().skip(part * QUARTERS_MAX).take(quarters.len()).map(cell_text).collect())
            .collect();
        let rows: Vec<Vec<&str>> = matrix
            .rows
            .iter()
            .zip(&texts)
            .map(|(row, texts)| std::iter::once(row.setting.as_str()).chain(texts.iter().map(String::as_str)).collect())
            .collect();
        paper.plain_table(&columns, &rows)?;
    }
    small(paper, MATRIX_LEGEND)
}

fn cell_text(cell: &DossierMatrixCell) -> String {
    match cell {
        DossierMatrixCell::NotBegun => "—".to_owned(),
        DossierMatrixCell::Gap => "缺".to_owned(),
        DossierMatrixCell::Held(count) => count.to_string(),
    }
}

fn assessments(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    let rows: Vec<Vec<&str>> = dossier
        .assessments
        .iter()
        .map(|row| {
            [&row.year, &row.result, &row.opinion, &row.assessed_by, &row.assessed_on]
                .map(|text| or_dash(text))
                .to_vec()
        })
        .collect();
    table(paper, &ASSESSMENT_COLUMNS, &rows, "还没有进行年度评估，本节为空。")
}

fn evidence(paper: &mut Paper<'_>, dossier: &BrandDossier) -> Result<(), DocumentError> {
    let numbers = numbers(dossier.evidence.len());
    let rows = dossier.evidence.iter().map(|row| {
        [&row.title, &row.kind, &row.size, &row.added_on, &row.sm3_short].map(|text| or_dash(text)).to_vec()
    });
    table(paper, &EVIDENCE_COLUMNS, &numbered(&numbers, rows), "还没有添加佐证材料，本节为空。")?;
    if dossier.evidence.is_empty() { Ok(()) } else { small(paper, HASH_LEGEND) }
}

/// How to read a table, under it.
fn small(paper: &mut Paper<'_>, text: &str) -> Result<(), DocumentError> {
    paper.y -= 4.0;
    let size_pt = 8.5;
    paper.paragraph(text, Style { size_pt, leading_pt: 13.0, indent_pt: 0.0, ..paper.body() })
}
