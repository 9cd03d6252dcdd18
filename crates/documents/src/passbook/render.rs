use super::{PassbookEntry, TimePassbook};
use crate::fonts::{Fonts, Weight};
use crate::layout::{Align, Column, Figure, Format, Paper, Sizes, Table, TableCell, figure_part, or_dash, part};
use crate::pdf::{self, Properties};
use crate::{DocumentError, Printed};

const TITLE: &str = "时间存折";
/// 1 时间币 is an hour of one's life, and no money.
const NATURE: &str =
    "1 时间币等于 1 小时服务时间。时间币只能用于换取服务、赠与亲属或者捐给镇准备金，不能兑换现金或者实物，也不计利息。";

const ENTRY_COLUMNS: [Column<'_>; 8] = [
    Column { title: "日期", share: 53.0, align: Align::Centre },
    Column { title: "单号", share: 72.0, align: Align::Centre },
    Column { title: "事由", share: 87.0, align: Align::Left },
    Column { title: "工作时长", share: 58.0, align: Align::Right },
    Column { title: "系数", share: 27.0, align: Align::Centre },
    Column { title: "存入", share: 63.0, align: Align::Right },
    Column { title: "支出", share: 63.0, align: Align::Right },
    Column { title: "余额", share: 70.0, align: Align::Right },
];

/// Sets a passbook on paper (A4, upright). The same passbook gives the same bytes.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when a text has a character that the fonts lack,
/// [`DocumentError::TooManyPages`] beyond [`crate::layout::PAGES_MAX`].
pub fn render(fonts: &Fonts, passbook: &TimePassbook) -> Result<Printed, DocumentError> {
    let count = passbook.entries.len();
    let running_head =
        format!("{TITLE}（续）  {}  {}  {}", passbook.holder_name, passbook.village_name, passbook.period);
    let mut paper = Paper::new(fonts, Format::OFFICE, running_head);
    paper.title(&passbook.town_name, TITLE)?;
    holder(&mut paper, passbook)?;
    let figure = |label, value| Figure { label, value, note: "" };
    paper.figures(&[
        figure("可用", &passbook.available),
        figure("预留", &passbook.reserved),
        figure("累计服务", &passbook.served),
        figure("累计使用", &passbook.used),
    ])?;
    entries(&mut paper, passbook)?;
    let rules: Vec<String> =
        [NATURE, &passbook.rounding_rule].into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect();
    paper.section("时间币与计时规则", &rules)?;
    paper.section("对存折有异议的", &passbook.objection)?;
    paper.signature(&passbook.town_name, &passbook.printed_by, passbook.printed_at)?;
    let pages = paper.finish(|page, pages| {
        let TimePassbook { verification_code, verification_hint, printed_at, printed_by, .. } = passbook;
        format!(
            "第 {page} 页 共 {pages} 页 · 共 {count} 笔 · 核对码 {verification_code} · 打印时间 {printed_at} · 打印人 {printed_by}\n\
             {verification_hint}"
        )
    })?;
    // the holder's name stays out of the file's properties
    pdf::write(fonts, &pages, &Properties { title: TITLE, printed_at: passbook.printed_at })
}

fn holder(paper: &mut Paper<'_>, passbook: &TimePassbook) -> Result<(), DocumentError> {
    let TimePassbook { holder_name, id_masked, village_name, period, as_of, opening_balance, .. } = passbook;
    let opening = if opening_balance.is_empty() { "开户起，无期初余额" } else { opening_balance };
    paper.facts(
        &[
            &[("姓名", holder_name), ("身份证号", id_masked)],
            &[("村社", village_name), ("期初余额", opening)],
            &[("记账期间", period), ("数字截至", as_of)],
        ],
        0.0,
    )
}

fn entries(paper: &mut Paper<'_>, passbook: &TimePassbook) -> Result<(), DocumentError> {
    let sizes = paper.sizes();
    paper.keep_together(6.0 * sizes.leading_pt)?;
    paper.heading(&format!("收支明细（共 {} 笔）", passbook.entries.len()))?;
    let mut table = Table::begin(paper, &ENTRY_COLUMNS, sizes.table_pt)?;
    if passbook.entries.is_empty() {
        table.end_with_note(paper, "本期没有收支记录。")?;
    } else {
        for entry in &passbook.entries {
            table.row(paper, &entry_cells(entry, sizes))?;
        }
        table.row(paper, &total_cells(passbook, sizes))?;
        table.end(paper);
    }
    paper.y += 8.0;
    Ok(())
}

fn entry_cells(entry: &PassbookEntry, sizes: Sizes) -> [TableCell; 8] {
    let figure = |text: &str| vec![figure_part(text, sizes.table_pt)];
    let mut reason = vec![part(&entry.reason, sizes.table_pt, Weight::Regular)];
    if !entry.detail.is_empty() {
        reason.push(part(&entry.detail, sizes.note_pt, Weight::Regular));
    }
    [
        figure(&entry.day),
        figure(or_dash(&entry.order_number)),
        reason,
        figure(or_dash(&entry.worked)),
        figure(or_dash(&entry.coefficient)),
        // an empty amount is the other side's: a dash in it would read as a minus
        figure(&entry.amount_in),
        figure(&entry.amount_out),
        figure(&entry.balance_after),
    ]
}

fn total_cells(passbook: &TimePassbook, sizes: Sizes) -> [TableCell; 8] {
    let bold = |text: &str| {
        let mut cell = figure_part(text, sizes.table_pt);
        cell.weight = Weight::SemiBold;
        vec![cell]
    };
    [
        bold("合计"),
        bold(""),
        bold(&format!("共 {} 笔", passbook.entries.len())),
        bold(""),
        bold(""),
        bold(&passbook.total_in),
        bold(&passbook.total_out),
        bold(&passbook.closing_balance),
    ]
}
