//! A table as data: shown in the page and written to .xlsx from the same cells, so that a download is what was seen.

use maud::{Markup, html};

use super::words;

pub(crate) mod workbook;

/// How a short word looks; the word itself always stands there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// In force, in order.
    Good,
    /// Waits for somebody.
    Wait,
    /// A fault or a refusal.
    Fault,
    /// None of these.
    Plain,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "mark good",
            Self::Wait => "mark wait",
            Self::Fault => "mark fault",
            Self::Plain => "mark",
        }
    }
}

/// A short word with its tone.
pub(crate) fn mark(tone: Tone, word: &str) -> Markup {
    html! { span class=(tone.class()) { (word) } }
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// Figures and letters that are compared by the eye: ids, hashes, versions.
    Code(String),
    /// Words that lead to another page of the console.
    Link { text: String, href: String },
    /// A short word with a tone.
    Mark(Tone, String),
    /// A number of things.
    Count(i64),
    /// Minutes, shown as hours and minutes.
    Minutes(i64),
    /// Bytes.
    Bytes(i64),
    /// Milliseconds since 1970-01-01 UTC.
    Moment(i64),
    /// What the row offers to do: in the page only.
    Act(Markup),
    /// Nothing to say.
    Empty,
}

impl Cell {
    /// Words, or nothing where there are none.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A moment that may not have come.
    pub(crate) fn moment(at_ms: Option<i64>) -> Self {
        at_ms.map_or(Self::Empty, Self::Moment)
    }

    const fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Minutes(_) | Self::Bytes(_))
    }

    fn html(&self) -> Markup {
        match self {
            Self::Text(text) => html! { (text) },
            Self::Code(text) => html! { span.code { (text) } },
            Self::Link { text, href } => html! { a href=(href) { (text) } },
            Self::Mark(tone, word) => mark(*tone, word),
            Self::Count(number) => html! { (words::grouped(*number)) },
            Self::Minutes(minutes) => html! { (words::minutes(*minutes)) },
            Self::Bytes(bytes) => html! { (words::bytes(*bytes)) },
            Self::Moment(at_ms) => html! { span.nowrap { (words::moment(*at_ms)) } },
            Self::Act(markup) => markup.clone(),
            Self::Empty => html! { span.none { "—" } },
        }
    }
}

/// A table of one page.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Its name in addresses, unique in its page.
    pub(crate) name: &'static str,
    /// Its title.
    pub(crate) title: String,
    /// Heads of the columns; an empty one holds acts and is not downloaded.
    pub(crate) columns: Vec<&'static str>,
    /// Rows, each as long as `columns`.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Sums at the foot.
    pub(crate) totals: Option<Vec<Cell>>,
    /// Said where there are no rows: why, and what to do.
    pub(crate) empty: &'static str,
    /// Said under the title.
    pub(crate) note: Option<String>,
}

impl Table {
    pub(crate) fn new(name: &'static str, title: &str, columns: &[&'static str], empty: &'static str) -> Self {
        Self {
            name,
            title: title.to_owned(),
            columns: columns.to_vec(),
            rows: Vec::new(),
            totals: None,
            empty,
            note: None,
        }
    }

    /// The table in its page, with the address of its download.
    pub(crate) fn html(&self, download: &str) -> Markup {
        self.block(Some(download))
    }

    /// The table in a page that was made from a form and cannot be asked for again.
    pub(crate) fn still(&self) -> Markup {
        self.block(None)
    }

    fn block(&self, download: Option<&str>) -> Markup {
        let id = format!("t-{}", self.name);
        html! {
            section.block {
                div.head {
                    h2 id=(id) { (self.title) }
                    @if let Some(download) = download.filter(|_| !self.rows.is_empty()) {
                        a.download href=(download) aria-label=(format!("下载表格：{}", self.title)) { "下载表格" }
                    }
                }
                @if let Some(note) = self.note.as_ref().filter(|_| !self.rows.is_empty()) { p.note { (note) } }
                @if self.rows.is_empty() {
                    p.nothing { (self.empty) }
                } @else {
                    div.wide tabindex="0" role="region" aria-labelledby=(id) { (self.grid()) }
                }
            }
        }
    }

    fn grid(&self) -> Markup {
        html! {
            table {
                thead { tr {
                    @for (at, column) in self.columns.iter().enumerate() {
                        th scope="col" class=[self.figures(at).then_some("figure")] { (column) }
                    }
                } }
                tbody { @for row in &self.rows { (self.line(row, false)) } }
                @if let Some(totals) = &self.totals { tfoot { (self.line(totals, true)) } }
            }
        }
    }

    /// A row; at the foot a column without a sum says nothing at all.
    fn line(&self, row: &[Cell], foot: bool) -> Markup {
        html! {
            tr { @for (at, cell) in row.iter().enumerate() {
                td class=[self.figures(at).then_some("figure")] {
                    @if !(foot && matches!(cell, Cell::Empty)) { (cell.html()) }
                }
            } }
        }
    }

    fn figures(&self, column: usize) -> bool {
        self.rows.iter().any(|row| row.get(column).is_some_and(Cell::is_number))
    }
}
