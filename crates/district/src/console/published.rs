//! 下发: what the towns get from the district, signed, with its versions; a new one is read, shown as a difference, and
//! published with a second step.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::act::Kind as ActKind;
use super::gate::{Form, Signed};
use super::page::{self, Notice, Page, Section, fault, token};
use super::publish::kind::Kind;
use super::publish::{Changes, Document, FAULTS_SHOWN, RowFault};
use super::table::{Cell, Table, Tone};
use super::{Console, paths, words};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::act::NewAct;
use crate::store::published::{Edition, PublishedRow};

/// Keys named in a difference; beyond them they are counted.
const KEYS_SHOWN: usize = 40;

/// What an address may ask of this page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    xlsx: Option<String>,
    /// The kind that was just published.
    done: Option<String>,
}

fn of_kind(rows: &[PublishedRow], kind: Kind) -> impl Iterator<Item = &PublishedRow> {
    rows.iter().filter(move |row| row.kind == kind.as_code())
}

/// The newest version of a kind as a document.
fn newest(rows: &[PublishedRow], kind: Kind) -> Option<(u64, Document)> {
    let row = of_kind(rows, kind).max_by_key(|row| row.version)?;
    Some((row.version, kind.read(&row.bytes).ok()?))
}

/// `GET /console/published`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    let done = asked.done.as_deref().and_then(Kind::from_code);
    let build = move |site: &Site, signed: &Signed| build(site, signed, done).map(Some);
    console.show(signed, paths::PUBLISHED.to_owned(), asked.xlsx, build).await
}

fn build(site: &Site, signed: &Signed, just: Option<Kind>) -> Result<Page, StoreError> {
    let rows = site.store().published_list()?;
    let mut page = Page::new(Section::Published, "下发", "发给全部镇街的表，带区平台签名；镇街下次同步时收到");
    if let Some((kind, (version, document))) = just.and_then(|kind| Some((kind, newest(&rows, kind)?))) {
        page.html(page::done(&format!(
            "{}第 {version} 版已下发，共 {} 行，镇街下次同步时收到",
            kind.label(),
            words::grouped(document.rows.len() as i64)
        )));
    }
    page.html(html! { div.kinds { @for kind in Kind::ALL { (kind_block(signed, kind, newest(&rows, kind))) } } });
    page.table(versions(&rows));
    Ok(page)
}

fn kind_block(signed: &Signed, kind: Kind, newest: Option<(u64, Document)>) -> Markup {
    let id = format!("file-{}", kind.as_code());
    html! {
        section.block.kind {
            h2 { (kind.label()) }
            p.note { (kind.purpose()) }
            @match newest {
                Some((version, document)) => {
                    p {
                        a href=(format!("{}/{}/{version}", paths::PUBLISHED, kind.as_code())) { "第 " (version) " 版" }
                        "，" (words::grouped(document.rows.len() as i64)) " 行：" (document.title)
                    }
                }
                None if kind.is_bundled() => { p { "还没有下发过，镇街用程序自带的表。" } }
                None => { p { "还没有下发过。" } }
            }
            @if signed.may_act() {
                form method="post" enctype="multipart/form-data"
                    action=(format!("{}/{}/check", paths::PUBLISHED, kind.as_code())) {
                    (token(&signed.form_token))
                    label for=(id) { "选择文件（JSON）" }
                    input id=(id) name="file" type="file" accept=".json,application/json" required;
                    button type="submit" { "核对这个文件" }
                }
            }
        }
    }
}

fn versions(rows: &[PublishedRow]) -> Table {
    let mut table = Table::new(
        "versions",
        "下发过的版本",
        &["种类", "版本", "标题", "行数", "下发时间", "下发人"],
        "还没有下发过。选择一个文件，核对后下发。",
    );
    for row in rows {
        let document = row;
        let kind = Kind::from_code(&document.kind);
        let read = kind.and_then(|kind| kind.read(&document.bytes).ok());
        let (title, count) = read
            .map_or((Cell::Empty, Cell::Empty), |read| (Cell::Text(read.title), Cell::Count(read.rows.len() as i64)));
        table.rows.push(vec![
            Cell::text(kind.map_or_else(|| document.kind.clone(), |kind| kind.label().to_owned())),
            Cell::Link {
                text: format!("第 {} 版", document.version),
                href: format!("{}/{}/{}", paths::PUBLISHED, document.kind, document.version),
            },
            title,
            count,
            Cell::Moment(document.published_at_ms),
            Cell::text(row.published_by.as_str()),
        ]);
    }
    table
}

fn not_found() -> Response {
    page::refused(StatusCode::NOT_FOUND, Notice::NotFound)
}

/// `POST /console/published/{kind}/check`: reads the file and shows what it would change. Nothing is kept: the document
/// goes into the next form.
pub(super) async fn check(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(kind): Path<String>,
    form: Form,
) -> Response {
    let Some(kind) = Kind::from_code(&kind) else { return not_found() };
    let reader = signed.clone();
    let built = console.blocking(move |site| {
        let file = form.file.as_deref().unwrap_or_default();
        let read = if file.is_empty() {
            Err(vec![RowFault::file("没有选择文件，请先选一个")])
        } else {
            kind.read(file)
        };
        let rows = site.store().published_list()?;
        let before = newest(&rows, kind);
        Ok(match read {
            Err(faults) => fault_page(kind, &faults),
            Ok(document) => change_page(&reader, kind, &document, before),
        })
    });
    match built.await {
        Ok(page) => page::html_response(StatusCode::OK, page.document(console.site.name(), &signed, paths::PUBLISHED)),
        Err(refused) => refused,
    }
}

fn fault_page(kind: Kind, faults: &[RowFault]) -> Page {
    let mut page = Page::new(Section::Published, format!("核对{}", kind.label()), "文件有下面的问题，没有下发");
    let words = format!("有 {} 处问题。在文件里改正后重新选择。", words::grouped(faults.len() as i64));
    page.html(fault(&words));
    let mut table = Table::new("faults", "要改的地方", &["行", "列", "怎么改"], "");
    for found in faults.iter().take(FAULTS_SHOWN) {
        let row = if found.row == 0 { Cell::Text("整个文件".to_owned()) } else { Cell::Count(found.row as i64) };
        table.rows.push(vec![row, Cell::text(found.column), Cell::text(found.message.as_str())]);
    }
    if faults.len() > FAULTS_SHOWN {
        table.note = Some(format!("只列前 {FAULTS_SHOWN} 处。"));
    }
    // it was made from a file that is not here any more
    page.html(html! { (table.still()) p.acts { a.button href=(paths::PUBLISHED) { "返回重新选择" } } });
    page
}

fn change_page(signed: &Signed, kind: Kind, document: &Document, before: Option<(u64, Document)>) -> Page {
    let next = before.as_ref().map_or(1, |(version, _)| version + 1);
    let changes = document.changes_since(before.as_ref().map(|(_, known)| known));
    let same_title = before.as_ref().is_some_and(|(_, known)| known.title == document.title);
    let title = format!("下发{}第 {next} 版", kind.label());
    if changes.is_empty() && same_title {
        let mut page = Page::new(Section::Published, format!("核对{}", kind.label()), "与现在的版本相同，不用下发");
        page.html(html! {
            p { "这个文件的 " (words::grouped(document.rows.len() as i64)) " 行与第 " (next - 1) " 版完全一样。" }
            p.acts { a.button href=(paths::PUBLISHED) { "返回" } }
        });
        return page;
    }
    let mut page = Page::new(Section::Published, title, "请核对变化，再下发");
    let canonical = String::from_utf8(document.canonical()).unwrap_or_default();
    page.html(html! {
        section.block {
            p { (document.title) "，共 " (words::grouped(document.rows.len() as i64)) " 行" }
            (difference(&changes, before.is_some()))
            form.confirm method="post" enctype="multipart/form-data"
                action=(format!("{}/{}", paths::PUBLISHED, kind.as_code())) {
                (token(&signed.form_token))
                input type="hidden" name="after" value=(next - 1);
                input type="hidden" name="document" value=(canonical);
                button type="submit" { "下发给全部镇街" }
                a.button.quiet href=(paths::PUBLISHED) { "不下发，返回" }
            }
            p.note { "下发后不能撤回；有错时改正文件，再下发一版。" }
        }
    });
    page
}

fn difference(changes: &Changes, has_before: bool) -> Markup {
    let line = |tone: Tone, word: &str, keys: &[String]| {
        html! {
            tr {
                th scope="row" { (super::table::mark(tone, word)) }
                td.figure { (words::grouped(keys.len() as i64)) }
                td {
                    (keys.iter().take(KEYS_SHOWN).map(String::as_str).collect::<Vec<_>>().join("、"))
                    @if keys.len() > KEYS_SHOWN { " 等" }
                }
            }
        }
    };
    html! {
        table.difference {
            thead { tr { th scope="col" { "变化" } th.figure scope="col" { "行数" } th scope="col" { "哪些" } } }
            tbody {
                (line(Tone::Good, "新增", &changes.added))
                @if has_before {
                    (line(Tone::Wait, "更改", &changes.changed))
                    (line(Tone::Fault, "删去", &changes.removed))
                    tr { th scope="row" { "不变" } td.figure { (words::grouped(changes.same as i64)) } td {} }
                }
            }
        }
    }
}

/// `POST /console/published/{kind}`: signs and publishes.
pub(super) async fn publish(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(kind): Path<String>,
    form: Form,
) -> Response {
    let Some(kind) = Kind::from_code(&kind) else { return not_found() };
    let publisher = signed.clone();
    let done = console.blocking(move |site| {
        // what comes back from the browser is read again like any file
        let read = (form.field("after").parse::<u64>(), kind.read(form.field("document").as_bytes()));
        let (Ok(after), Ok(document)) = read else {
            return Ok(Err("文件内容在提交时变了，没有下发。请重新选择文件"));
        };
        let object = format!("{}第 {} 版：{}", kind.label(), after.saturating_add(1), document.title);
        let (account, act) = (publisher.account.name.as_str(), ActKind::Published.as_code());
        let act = NewAct { account, act, about: "", object: &object };
        let edition = Edition { kind: kind.as_code(), bytes: &document.canonical(), after, act };
        Ok(match site.store().publish(&edition, site.now_ms())? {
            Some(_) => Ok(()),
            None => Err("在您核对时，别人下发了新的一版。请重新选择文件，对照新的一版核对"),
        })
    });
    match done.await {
        Ok(Ok(())) => super::see_other(&format!("{}?done={}", paths::PUBLISHED, kind.as_code())),
        Ok(Err(message)) => {
            let mut page = Page::new(Section::Published, format!("下发{}", kind.label()), "没有下发");
            page.html(html! { (fault(message)) p.acts { a.button href=(paths::PUBLISHED) { "返回" } } });
            let html = page.document(console.site.name(), &signed, paths::PUBLISHED);
            page::html_response(StatusCode::CONFLICT, html)
        }
        Err(refused) => refused,
    }
}

/// What an address may ask of a version.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AskedVersion {
    xlsx: Option<String>,
    /// `json`: the document itself.
    file: Option<String>,
}

/// `GET /console/published/{kind}/{version}`.
pub(super) async fn version(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path((kind, version)): Path<(String, u64)>,
    Query(asked): Query<AskedVersion>,
) -> Response {
    let Some(kind) = Kind::from_code(&kind) else { return not_found() };
    let address = format!("{}/{}/{version}", paths::PUBLISHED, kind.as_code());
    if asked.file.as_deref() == Some("json") {
        let found = console.blocking(move |site| {
            let rows = site.store().published_list()?;
            Ok(of_kind(&rows, kind).find(|row| row.version == version).map(|row| row.bytes.clone()))
        });
        return match found.await {
            Ok(Some(bytes)) => {
                page::file_response(&format!("{}-第{version}版.json", kind.label()), "application/json", bytes)
            }
            Ok(None) => not_found(),
            Err(refused) => refused,
        };
    }
    let own = address.clone();
    let build = move |site: &Site, _: &Signed| {
        let rows = site.store().published_list()?;
        let Some(row) = of_kind(&rows, kind).find(|row| row.version == version) else { return Ok(None) };
        let document = kind.read(&row.bytes).map_err(|_| StoreError::Damaged("published"))?;
        let when = words::moment(row.published_at_ms);
        let lead = format!("{}，{when} 由 {} 下发", document.title, row.published_by);
        let mut page = Page::new(Section::Published, format!("{}第 {version} 版", kind.label()), lead);
        page.html(
            html! { p { a href=(format!("{own}?file=json")) { "下载 JSON 文件" } "，改好后可以作为新的一版下发。" } },
        );
        page.table(rows_table(kind, &document));
        Ok(Some(page))
    };
    console.show(signed, address, asked.xlsx, build).await
}

fn rows_table(kind: Kind, document: &Document) -> Table {
    let heads: Vec<&'static str> = kind.columns().iter().map(|column| column.label).collect();
    let mut table = Table::new("rows", "内容", &heads, "");
    for row in &document.rows {
        let cells = kind.columns().iter().zip(row.values()).map(|(column, value)| match value.parse() {
            Ok(number) if column.number => Cell::Count(number),
            _ => Cell::text(kind.words(column, value)),
        });
        table.rows.push(cells.collect());
    }
    table
}
