use super::{PointsStatement, StatementEntry};
use crate::fonts::{Fonts, Weight};
use crate::layout::{Align, Column, Margins, Paper, Part, Style, Table, mm, part, single_line};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed};

const TITLE: &str = "居民积分对账单";
const MARGINS: Margins = Margins { top: mm(22.0), right: mm(18.0), bottom: mm(24.0), left: mm(18.0) };
const TEXT_PT: f32 = 10.5;
const LEADING_PT: f32 = 16.5;
const TABLE_PT: f32 = 9.0;
const NOTE_PT: f32 = 7.5;
const FIGURE_PT: f32 = 16.0;

const ENTRY_COLUMNS: [Column; 8] = [
    Column { title: "序号", share: 26.0, align: Align::Centre },
    Column { title: "发生日期", share: 56.0, align: Align::Centre },
    Column { title: "事项", share: 137.0, align: Align::Left },
    Column { title: "依据", share: 88.0, align: Align::Left },
    Column { title: "分值", share: 36.0, align: Align::Right },
    Column { title: "状态", share: 44.0, align: Align::Centre },
    Column { title: "生效日期", share: 56.0, align: Align::Centre },
    Column { title: "余额", share: 42.0, align: Align::Right },
];

/// Sets a statement on paper (A4, upright). The same statement gives the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack,
/// [`DocumentError::TooManyPages`] beyond [`crate::layout::PAGES_MAX`].
pub fn render(fonts: &Fonts, statement: &PointsStatement) -> Result<Printed, DocumentError> {
    let running_head = format!(
        "{TITLE}（续）  {}  户号 {}  {}",
        statement.resident_name, statement.household_number, statement.period
    );
    let mut paper = Paper::new(fonts, MARGINS, running_head);
    title(&mut paper, statement)?;
    person(&mut paper, statement)?;
    figures(&mut paper, statement)?;
    entries(&mut paper, &statement.entries)?;
    paragraphs(&mut paper, "收到本单后如有异议", &statement.objection)?;
    paragraphs(&mut paper, "说明", &statement.notes)?;
    signature(&mut paper, statement)?;
    let pages = paper.finish(|page, pages| {
        format!(
            "第 {page} 页 共 {pages} 页 · 打印时间 {} · 打印人 {} · 核对码 {}",
            statement.printed_at, statement.printed_by, statement.verification_code
        )
    })?;
    // the resident's name stays out of the file's properties
    let bytes = pdf::write(fonts, &pages, &Properties { title: TITLE, printed_at: statement.printed_at })?;
    Ok(Printed { bytes, pages: pages.len() })
}

fn title(paper: &mut Paper<'_>, statement: &PointsStatement) -> Result<(), DocumentError> {
    let style =
        |size_pt, weight| Style { size_pt, leading_pt: size_pt * 1.5, weight, align: Align::Centre, indent_pt: 0.0 };
    paper.paragraph(&statement.town_name, style(12.0, Weight::Regular))?;
    paper.paragraph(TITLE, style(20.0, Weight::SemiBold))?;
    paper.y += 6.0;
    Ok(())
}

fn person(paper: &mut Paper<'_>, statement: &PointsStatement) -> Result<(), DocumentError> {
    let column = |share, align| Column { title: "", share, align };
    let columns = [
        column(16.0, Align::Centre),
        column(34.0, Align::Left),
        column(16.0, Align::Centre),
        column(34.0, Align::Left),
    ];
    let label = |text: &str| vec![part(text, TEXT_PT, Weight::SemiBold)];
    let value = |text: &str| vec![part(text, TEXT_PT, Weight::Regular)];
    let mut table = Table::begin(paper, &columns, TEXT_PT)?;
    for [first, second] in [
        [("姓名", &statement.resident_name), ("身份证号", &statement.id_masked)],
        [("村社", &statement.village_name), ("户号", &statement.household_number)],
        [("对账期间", &statement.period), ("数字截至", &statement.as_of)],
    ] {
        table.row(paper, &[label(first.0), value(first.1), label(second.0), value(second.1)])?;
    }
    table.end(paper);
    paper.y += 8.0;
    Ok(())
}

/// The three numbers, apart from each other: what waits or was sent back is no balance.
fn figures(paper: &mut Paper<'_>, statement: &PointsStatement) -> Result<(), DocumentError> {
    let columns = [Column { title: "", share: 1.0, align: Align::Centre }; 3];
    let cell = |label: &str, points: i64, note: &str| {
        vec![
            part(label, TEXT_PT, Weight::SemiBold),
            part(&format!("{points} 分"), FIGURE_PT, Weight::SemiBold),
            part(note, NOTE_PT, Weight::Regular),
        ]
    };
    let mut table = Table::begin(paper, &columns, TEXT_PT)?;
    table.row(
        paper,
        &[
            cell("已生效", statement.effective_points, "现在可以使用"),
            cell("待审", statement.pending_points, "复核通过后生效，尚未计入余额"),
            cell("被退回", statement.sent_back_points, "没有计入余额，原因可向经办人查询"),
        ],
    )?;
    table.end(paper);
    paper.y += 8.0;
    Ok(())
}

fn entries(paper: &mut Paper<'_>, entries: &[StatementEntry]) -> Result<(), DocumentError> {
    paper.keep_together(6.0 * LEADING_PT)?;
    heading(paper, &format!("积分明细（共 {} 笔，单位：分）", entries.len()))?;
    let mut table = Table::begin(paper, &ENTRY_COLUMNS, TABLE_PT)?;
    if entries.is_empty() {
        table.end_with_note(paper, "本期没有积分记录。")?;
    } else {
        for (number, entry) in (1..).zip(entries) {
            table.row(paper, &entry_cells(number, entry))?;
        }
        table.end(paper);
    }
    paper.y += 8.0;
    Ok(())
}

fn entry_cells(number: usize, entry: &StatementEntry) -> [Vec<Part>; 8] {
    let plain = |text: &str| vec![part(text, TABLE_PT, Weight::Regular)];
    let figure = |text: String| vec![Part { text, size_pt: TABLE_PT, weight: Weight::Regular, tabular: true }];
    let mut item = plain(&entry.item);
    let small: Vec<&str> =
        [entry.rule_code.as_str(), entry.activity.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    if !small.is_empty() {
        item.push(part(&small.join("  "), NOTE_PT, Weight::Regular));
    }
    [
        figure(number.to_string()),
        figure(entry.occurred_on.clone()),
        item,
        plain(&entry.basis),
        figure(entry.amount_points.to_string()),
        plain(&entry.state),
        figure(or_dash(&entry.effective_on)),
        figure(entry.balance_after_points.map_or_else(|| or_dash(""), |points| points.to_string())),
    ]
}

/// An empty cell on paper leaves it open whether something was forgotten.
fn or_dash(text: &str) -> String {
    if text.is_empty() { "—".to_owned() } else { text.to_owned() }
}

fn heading(paper: &mut Paper<'_>, text: &str) -> Result<(), DocumentError> {
    let style = Style {
        size_pt: TEXT_PT,
        leading_pt: LEADING_PT,
        weight: Weight::SemiBold,
        align: Align::Left,
        indent_pt: 0.0,
    };
    paper.paragraph(text, style)?;
    paper.y += 2.0;
    Ok(())
}

fn paragraphs(paper: &mut Paper<'_>, title: &str, texts: &[String]) -> Result<(), DocumentError> {
    if texts.is_empty() {
        return Ok(());
    }
    paper.keep_together(3.0 * LEADING_PT)?;
    heading(paper, title)?;
    let style = Style {
        size_pt: TEXT_PT,
        leading_pt: LEADING_PT,
        weight: Weight::Regular,
        align: Align::Left,
        indent_pt: 2.0 * TEXT_PT,
    };
    for text in texts {
        paper.paragraph(text, style)?;
    }
    paper.y += 6.0;
    Ok(())
}

/// Room for the resident's signature on the left and the office's stamp on the right, never torn apart.
fn signature(paper: &mut Paper<'_>, statement: &PointsStatement) -> Result<(), DocumentError> {
    const HEIGHT_PT: f32 = 78.0;
    const LINES_PT: [f32; 3] = [28.0, 48.0, 68.0];
    /// Where the lines to write on end, from the left edge.
    const BLANK_END_PT: f32 = 230.0;
    paper.keep_together(HEIGHT_PT)?;
    let (left, middle) = (paper.left(), paper.left() + paper.width() * 0.56);
    let at = statement.printed_at;
    let texts = [
        [
            "本人（代办人）签收：".to_owned(),
            "与本人关系（代办时填）：".to_owned(),
            "签收日期：            年      月      日".to_owned(),
        ],
        [
            format!("{}（盖章）", statement.town_name),
            format!("经办人：{}", statement.printed_by),
            format!("{} 年 {} 月 {} 日", at.year, at.month, at.day),
        ],
    ];
    for (x, texts) in [left, middle].into_iter().zip(&texts) {
        for (text, below_pt) in texts.iter().zip(LINES_PT) {
            let line = single_line(paper.fonts, text, Weight::Regular, TEXT_PT, false)?;
            let baseline = paper.y + below_pt;
            paper.place(&line, x, baseline, TEXT_PT);
            if text.ends_with('：') {
                paper.rule((x + line.width_pt, baseline + 2.0), (x + BLANK_END_PT, baseline + 2.0));
            }
        }
    }
    paper.y += HEIGHT_PT;
    Ok(())
}
