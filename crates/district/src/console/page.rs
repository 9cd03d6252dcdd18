//! The frame round every page, and how pages and downloads are answered.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use maud::{DOCTYPE, Markup, html};

use super::gate::Signed;
use super::paths;
use super::table::Table;

/// A section of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Towns,
    Brands,
    Issues,
    Published,
    Accounts,
    Acts,
    /// None of them: the person's own password.
    Own,
}

impl Section {
    const SHOWN: [(Self, &'static str, &'static str); 7] = [
        (Self::Overview, "概况", paths::OVERVIEW),
        (Self::Towns, "镇街", paths::TOWNS),
        (Self::Brands, "品牌并列", paths::BRANDS),
        (Self::Issues, "问题", paths::ISSUES),
        (Self::Published, "下发", paths::PUBLISHED),
        (Self::Accounts, "账号", paths::ACCOUNTS),
        (Self::Acts, "操作记录", paths::ACTS),
    ];

    /// Whether somebody who only reads sees it.
    fn is_for(self, signed: &Signed) -> bool {
        self != Self::Accounts || signed.may_act()
    }
}

/// A part of a page.
pub(crate) enum Part {
    Table(Table),
    /// A table that the page shows in a form of its own; here is only its download.
    Download(Table),
    Html(Markup),
}

/// A page: its title, what it is for, and its parts.
pub(crate) struct Page {
    pub(crate) section: Section,
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) parts: Vec<Part>,
}

impl Page {
    pub(crate) fn new(section: Section, title: impl Into<String>, lead: impl Into<String>) -> Self {
        Self { section, title: title.into(), lead: lead.into(), parts: Vec::new() }
    }

    pub(crate) fn table(&mut self, table: Table) -> &mut Self {
        self.parts.push(Part::Table(table));
        self
    }

    pub(crate) fn download(&mut self, table: Table) -> &mut Self {
        self.parts.push(Part::Download(table));
        self
    }

    pub(crate) fn html(&mut self, html: Markup) -> &mut Self {
        self.parts.push(Part::Html(html));
        self
    }

    /// The table of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Table> {
        self.parts.iter().find_map(|part| match part {
            Part::Table(table) | Part::Download(table) if table.name == name => Some(table),
            _ => None,
        })
    }

    /// The whole document. `address` is the page's own, for the downloads of its tables.
    pub(crate) fn document(&self, district: &str, signed: &Signed, address: &str) -> String {
        let body = html! {
            a.skip href="#main" { "跳到正文" }
            div.frame {
                (side(self.section, district, signed))
                main #main tabindex="-1" {
                    header.title { h1 { (self.title) } p { (self.lead) } }
                    @for part in &self.parts {
                        @match part {
                            Part::Table(table) => (table.html(&download(address, table.name))),
                            Part::Download(table) => {
                                p.acts { a.download href=(download(address, table.name)) { "下载表格" } }
                            }
                            Part::Html(html) => (html),
                        }
                    }
                    footer { (district) " 只保存密文、代码、日期和数量，本页不含个人信息。" }
                }
            }
        };
        document(&format!("{} · {district}", self.title), &body)
    }
}

fn download(address: &str, table: &str) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}xlsx={table}")
}

fn side(section: Section, district: &str, signed: &Signed) -> Markup {
    html! {
        div.side {
            p.name { (district) }
            nav aria-label="栏目" { ul {
                @for (each, label, href) in Section::SHOWN {
                    @if each.is_for(signed) {
                        li { a href=(href) aria-current=[(each == section).then_some("page")] { (label) } }
                    }
                }
            } }
            div.user {
                p { (signed.account.name) span.role { (signed.account.role.label()) } }
                a href=(paths::PASSWORD) { "修改密码" }
                form method="post" action=(paths::SIGN_OUT) {
                    (token(&signed.form_token))
                    button.quiet type="submit" { "退出登录" }
                }
            }
        }
    }
}

/// The field that every form carries.
pub(crate) fn token(form_token: &str) -> Markup {
    html! { input type="hidden" name="token" value=(form_token); }
}

/// A labelled line of a form.
pub(crate) fn field(label: &str, name: &str, hint: &str, input: Markup) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            (input)
            @if !hint.is_empty() { p.hint id=(format!("{name}-hint")) { (hint) } }
        }
    }
}

/// What went wrong, above a form.
pub(crate) fn fault(message: &str) -> Markup {
    html! { p.fault-line role="alert" { (message) } }
}

/// What was done.
pub(crate) fn done(message: &str) -> Markup {
    html! { p.done-line role="status" { (message) } }
}

fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="stylesheet" href=(paths::STYLE);
                link rel="icon" href=(paths::ICON) type="image/png";
            }
            body { (body) }
        }
    }
    .into_string()
}

/// A page outside the frame: sign-in, notices.
pub(crate) fn plain(status: StatusCode, title: &str, body: &Markup) -> Response {
    let body = html! { main.alone #main { h1 { (title) } (body) } };
    html_response(status, document(title, &body))
}

/// An HTML answer; the headers that guard it are added for all answers of the console.
pub(crate) fn html_response(status: StatusCode, html: String) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// A file to save. `name` may hold any characters.
pub(crate) fn file_response(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let encoded: String = name.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
        text
    });
    let disposition = format!("attachment; filename*=UTF-8''{encoded}");
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).expect("percent-encoded"));
    response
}

/// Why nothing can be shown or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Origin,
    Token,
    Form,
    ReadOnly,
    NotFound,
    Busy,
    Failed,
}

impl Notice {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Origin => ("没有办理", "这次提交不是从本平台的页面发出的，已拦下。请从区平台的页面重新操作。"),
            Self::Token => ("页面已过期", "页面打开太久或已重新登录，这次提交没有办理。请返回上一页，刷新后再提交。"),
            Self::Form => ("没有读懂提交的内容", "内容太大或不完整，没有办理。请返回上一页重新填写。"),
            Self::ReadOnly => ("没有办理", "您的账号只能查看。需要办理时，请联系区平台管理员。"),
            Self::NotFound => ("没有这一页", "地址可能写错了，或所指的镇街、电脑已不在列表里。请从概况重新进入。"),
            Self::Busy => ("区平台正忙", "正在接收镇街的记录，请几秒后刷新。"),
            Self::Failed => ("没有取到数据", "区平台的数据库出错，请把时间告诉系统管理员查看日志。"),
        }
    }
}

/// A page that says why, with the way on.
pub(crate) fn refused(status: StatusCode, notice: Notice) -> Response {
    let (title, text) = notice.words();
    let mut response = plain(status, title, &html! { p { (text) } p { a href=(paths::OVERVIEW) { "回到概况" } } });
    if notice == Notice::Busy {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
