#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::*;
use crate::console::table::Tone;
use crate::fixture::NOW_MS;

fn sheet(table: &Table) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes(table, "区信用平台 · 2025-06-01").unwrap())).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

fn table() -> Table {
    let mut table = Table::new("t", "镇街 [1/2]", &["镇街", "条数", "时间", "联系", ""], "");
    table.rows.push(vec![
        Cell::Text("九龙湖镇".to_owned()),
        Cell::Count(1_234),
        Cell::Minutes(150),
        Cell::Moment(NOW_MS),
        Cell::Act(maud::html! { "停用" }),
    ]);
    table.totals = Some(vec![Cell::Text("合计".to_owned()), Cell::Count(1_234), Cell::Minutes(150), Cell::Empty]);
    table
}

#[test]
fn a_download_holds_what_the_page_shows() {
    let rows = sheet(&table());
    assert_eq!(rows[0][0], Data::String("镇街 [1/2]".to_owned()));
    assert_eq!(rows[2][..4], ["镇街", "条数", "时间（分钟）", "联系"].map(|head| Data::String(head.to_owned())));
    assert_eq!(rows[3][1], Data::Float(1_234.0));
    assert_eq!(rows[3][2], Data::Float(150.0));
    let Data::DateTime(moment) = &rows[3][3] else { panic!("{:?}", rows[3]) };
    // 08:00 in the office when it is midnight in UTC
    let expected = 45_809.0 + 8.0 / 24.0;
    assert!((moment.as_f64() - expected).abs() < 1e-6, "{moment:?}");
    assert_eq!(rows[3].len(), 4, "acts stay in the page");
    assert_eq!(rows[4][1], Data::Float(1_234.0));
}

#[test]
fn no_text_becomes_a_formula() {
    let hostile = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://x\")"];
    let mut table = Table::new("t", "=title", &["名称", "标记"], "");
    for text in hostile {
        table.rows.push(vec![Cell::Text(text.to_owned()), Cell::Mark(Tone::Plain, text.to_owned())]);
    }
    for (row, text) in sheet(&table)[3..].iter().zip(hostile) {
        for cell in row {
            let Data::String(found) = cell else { panic!("{cell:?}") };
            assert_eq!(found, &format!("'{text}"));
        }
    }
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    assert_eq!(bytes(&table(), "x").unwrap(), bytes(&table(), "x").unwrap());
}
