//! 一镇街一品牌 at a glance: what the towns released of their brands, side by side, as a page to read and to print.
//!
//! Every text comes from a town and is escaped; the page runs no script and loads nothing but its own style.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, FixedOffset, NaiveDate};

use zhenxin_domain::decimal::Decimal;
use zhenxin_domain::division::TownCode;
use zhenxin_domain::event::Setting;
use zhenxin_protocol::body::brand::{BrandSheet, MilestoneCode, SheetIndicator, SheetMilestone};

use crate::store::brand::ReleasedSheet;

/// Where the page is.
pub(crate) const PATH: &str = "/brands";
/// Where its style is.
pub(crate) const STYLE_PATH: &str = "/brands.css";

/// Statistical codes of the district (see assets/data/README.md).
const DIVISIONS: &str = include_str!("../../../assets/data/divisions-330211.csv");
const STYLE: &str = include_str!("brands_page/style.css");
/// Nothing but the style from here; no frame, no form, no script.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// China has one time zone, UTC+8.
const OFFICE_OFFSET_S: i32 = 8 * 3600;

/// A town on the page.
struct Town<'s> {
    name: &'s str,
    released: Option<&'s ReleasedSheet>,
}

/// What one row of the table says of a sheet, as HTML.
type Row = (&'static str, fn(&ReleasedSheet) -> String);

const ROWS: [Row; 9] = [
    ("品牌", |released| {
        format!("<strong>{}</strong>{}", escaped(&released.sheet.name), line("p", "slogan", &released.sheet.slogan))
    }),
    ("领域", |released| escaped(&released.sheet.domain)),
    ("责任单位", |released| escaped(&released.sheet.owner_unit)),
    ("启用日期", |released| released.sheet.active_since.map(day).unwrap_or_default()),
    ("目标", |released| list(released.sheet.objectives.iter().map(|text| escaped(text)))),
    ("里程碑", |released| list(released.sheet.milestones.iter().map(milestone))),
    ("指标", |released| list(released.sheet.indicators.iter().map(indicator))),
    ("诚信五进", |released| events(&released.sheet)),
    ("合作单位", |released| list(released.sheet.partners.iter().map(|text| escaped(text)))),
];

/// The page.
pub(crate) fn html(district: &str, sheets: &BTreeMap<TownCode, ReleasedSheet>, now_ms: i64) -> String {
    let towns = towns(sheets);
    let released = towns.iter().filter(|town| town.released.is_some()).count();
    let mut body = format!(
        "<header><h1>一镇街一品牌</h1><p>{} · {} 个镇街，已报送 {released} 个 · {}</p></header><main>",
        escaped(district),
        towns.len(),
        office_day(now_ms),
    );
    table(&mut body, &towns);
    stories(&mut body, &towns);
    body.push_str("</main><footer>本页只有各镇街经保密审查放行的内容，不含个人信息。</footer>");
    document("一镇街一品牌", &body)
}

/// The towns of the district in code order, and any other that released a sheet.
fn towns(sheets: &BTreeMap<TownCode, ReleasedSheet>) -> Vec<Town<'_>> {
    let bundled: Vec<(TownCode, &str)> = DIVISIONS
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',');
            Some((fields.next()?.parse().ok()?, fields.next()?))
        })
        .collect();
    let others = sheets.keys().filter(|code| bundled.iter().all(|(known, _)| known != *code));
    let others = others.map(|code| (*code, code.as_str()));
    let all = bundled.iter().copied().chain(others);
    all.map(|(code, name)| Town { name, released: sheets.get(&code) }).collect()
}

fn table(body: &mut String, towns: &[Town<'_>]) {
    body.push_str("<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">项目</th>");
    for town in towns {
        push(body, format_args!("<th scope=\"col\">{}</th>", escaped(town.name)));
    }
    body.push_str("</tr></thead><tbody>");
    for (number, (label, cell)) in ROWS.iter().enumerate() {
        push(body, format_args!("<tr><th scope=\"row\">{label}</th>"));
        for town in towns {
            match town.released {
                Some(released) => push(body, format_args!("<td>{}</td>", or_dash(cell(released)))),
                // one cell over all rows
                None if number == 0 => {
                    push(body, format_args!("<td class=\"none\" rowspan=\"{}\">尚未报送</td>", ROWS.len()));
                }
                None => {}
            }
        }
        body.push_str("</tr>");
    }
    body.push_str("</tbody><tfoot><tr><th scope=\"row\">报送日期</th>");
    for town in towns {
        let day = town.released.map(|released| office_day(released.released_at_ms)).unwrap_or_default();
        push(body, format_args!("<td>{}</td>", or_dash(day)));
    }
    body.push_str("</tr></tfoot></table></div>");
}

fn stories(body: &mut String, towns: &[Town<'_>]) {
    for (town, released) in towns.iter().filter_map(|town| Some((town, town.released?))) {
        let paragraphs: Vec<&str> = released.sheet.story.lines().filter(|line| !line.trim().is_empty()).collect();
        if paragraphs.is_empty() {
            continue;
        }
        let (name, brand) = (escaped(town.name), escaped(&released.sheet.name));
        push(body, format_args!("<article><h2>{name} · {brand}</h2>"));
        for paragraph in paragraphs {
            push(body, format_args!("<p>{}</p>", escaped(paragraph)));
        }
        body.push_str("</article>");
    }
}

fn milestone(row: &SheetMilestone) -> String {
    let state = match row.state {
        MilestoneCode::Planned => "计划",
        MilestoneCode::Done => "已完成",
        MilestoneCode::Dropped => "已取消",
    };
    format!("{} <small>{} {state}</small>", escaped(&row.title), day(row.due_on))
}

fn indicator(row: &SheetIndicator) -> String {
    let value = Decimal::from_ten_thousandths;
    let latest = row.latest.map_or("—".to_owned(), |latest| value(latest).to_string());
    let way = row.latest.and_then(|latest| value(latest).progress_percent(value(row.baseline), value(row.target)));
    let way = way.map(|percent| format!("，进度 {percent}%")).unwrap_or_default();
    let (name, unit) = (escaped(&row.name), escaped(&row.unit));
    format!("{name} <b>{latest}</b> {unit} <small>目标 {}{way}</small>", value(row.target))
}

fn events(sheet: &BrandSheet) -> String {
    let held =
        Setting::ALL.iter().zip(&sheet.events_held).map(|(place, held)| format!("进{} {held} 场", place.label()));
    format!("<small>{} 年</small>{}", sheet.year, list(held))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("<li>{item}</li>")).collect();
    if items.is_empty() { items } else { format!("<ul>{items}</ul>") }
}

fn line(tag: &str, class: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<{tag} class=\"{class}\">{}</{tag}>", escaped(text)) }
}

fn or_dash(html: String) -> String {
    if html.is_empty() { "—".to_owned() } else { html }
}

fn push(body: &mut String, html: std::fmt::Arguments<'_>) {
    body.write_fmt(html).expect("writing into memory cannot fail");
}

fn day(days: i32) -> String {
    NaiveDate::from_epoch_days(days).map(|day| day.to_string()).unwrap_or_default()
}

fn office_day(at_ms: i64) -> String {
    let office = FixedOffset::east_opt(OFFICE_OFFSET_S)
        .and_then(|offset| DateTime::from_timestamp_millis(at_ms).map(|at| at.with_timezone(&offset)));
    office.map(|at| at.date_naive().to_string()).unwrap_or_default()
}

/// A text that can stand anywhere in HTML, between tags or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"{STYLE_PATH}\"></head>\
         <body>{body}</body></html>"
    )
}

/// What stands there while the district has no worker to spare.
pub(crate) fn busy() -> String {
    document("请稍候", "<main><p>区平台正忙，请几秒后刷新。</p></main>")
}

/// The page as an answer.
pub(crate) fn answer(status: StatusCode, html: String) -> Response {
    respond(status, "text/html; charset=utf-8", html)
}

/// The style.
pub(crate) async fn style() -> Response {
    respond(StatusCode::OK, "text/css; charset=utf-8", STYLE.to_owned())
}

fn respond(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
