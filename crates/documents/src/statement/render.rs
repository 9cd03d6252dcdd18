use super::{PointsStatement, StatementEntry};
use crate::fonts::{Fonts, Weight};
use crate::layout::{Align, Column, Figure, Format, Paper, Sizes, Table, TableCell, figure_part, or_dash, part};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed};

const TITLE: &str = "居民积分对账单";

const ENTRY_COLUMNS: [Column<'_>; 8] = [
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
    let mut paper = Paper::new(fonts, Format::OFFICE, running_head);
    paper.title(&statement.town_name, TITLE)?;
    person(&mut paper, statement)?;
    figures(&mut paper, statement)?;
    entries(&mut paper, &statement.entries)?;
    paper.section("收到本单后如有异议", &statement.objection)?;
    paper.section("说明", &statement.notes)?;
    paper.signature(&statement.town_name, &statement.printed_by, statement.printed_at)?;
    let pages = paper.finish(|page, pages| {
        format!(
            "第 {page} 页 共 {pages} 页 · 打印时间 {} · 打印人 {} · 核对码 {}",
            statement.printed_at, statement.printed_by, statement.verification_code
        )
    })?;
    // the resident's name stays out of the file's properties
    pdf::write(fonts, &pages, &Properties { title: TITLE, printed_at: statement.printed_at })
}

fn person(paper: &mut Paper<'_>, statement: &PointsStatement) -> Result<(), DocumentError> {
    let PointsStatement { resident_name, id_masked, village_name, household_number, period, as_of, .. } = statement;
    paper.facts(
        &[
            &[("姓名", resident_name), ("身份证号", id_masked)],
            &[("村社", village_name), ("户号", household_number)],
            &[("对账期间", period), ("数字截至", as_of)],
        ],
        0.0,
    )
}

/// The three numbers, apart from each other: what waits or was sent back is no balance.
fn figures(paper: &mut Paper<'_>, statement: &PointsStatement) -> Result<(), DocumentError> {
    let points = [statement.effective_points, statement.pending_points, statement.sent_back_points]
        .map(|points| format!("{points} 分"));
    let figure = |label, value, note| Figure { label, value, note };
    paper.figures(&[
        figure("已生效", &points[0], "现在可以使用"),
        figure("待审", &points[1], "复核通过后生效，尚未计入余额"),
        figure("被退回", &points[2], "没有计入余额，原因可向经办人查询"),
    ])
}

fn entries(paper: &mut Paper<'_>, entries: &[StatementEntry]) -> Result<(), DocumentError> {
    let sizes = paper.sizes();
    paper.keep_together(6.0 * sizes.leading_pt)?;
    paper.heading(&format!("积分明细（共 {} 笔，单位：分）", entries.len()))?;
    let mut table = Table::begin(paper, &ENTRY_COLUMNS, sizes.table_pt)?;
    if entries.is_empty() {
        table.end_with_note(paper, "本期没有积分记录。")?;
    } else {
        for (number, entry) in (1..).zip(entries) {
            table.row(paper, &entry_cells(number, entry, sizes))?;
        }
        table.end(paper);
    }
    paper.y += 8.0;
    Ok(())
}

fn entry_cells(number: usize, entry: &StatementEntry, sizes: Sizes) -> [TableCell; 8] {
    let plain = |text: &str| vec![part(text, sizes.table_pt, Weight::Regular)];
    let figure = |text: &str| vec![figure_part(text, sizes.table_pt)];
    let mut item = plain(&entry.item);
    let small: Vec<&str> =
        [entry.rule_code.as_str(), entry.activity.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    if !small.is_empty() {
        item.push(part(&small.join("  "), sizes.note_pt, Weight::Regular));
    }
    let balance = entry.balance_after_points.map(|points| points.to_string());
    [
        figure(&number.to_string()),
        figure(&entry.occurred_on),
        item,
        plain(&entry.basis),
        figure(&entry.amount_points.to_string()),
        plain(&entry.state),
        figure(or_dash(&entry.effective_on)),
        figure(or_dash(balance.as_deref().unwrap_or_default())),
    ]
}
