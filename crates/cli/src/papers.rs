//! `search` and `statement`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use zhenxin_app::contract::residents::{ResidentLine, Search, SearchHits};
use zhenxin_app::contract::sync::{Paper, StatementRequest};
use zhenxin_app::contract::{Fault, FaultCode};

use crate::Refusal;
use crate::output::Output;
use crate::session::Session;
use crate::table::{Side, lay_out};

/// As many as the search box gives at most.
const HITS_LIMIT: u32 = 50;

/// Finds residents.
pub fn search(session: &Session, output: &Output, words: Vec<String>) -> Result<(), Refusal> {
    let hits = find(session, words.join(" "), HITS_LIMIT)?;
    output.reply(&hits, || in_words(&hits))
}

fn find(session: &Session, text: String, limit: u32) -> Result<SearchHits, Refusal> {
    session.ask("search", &Search { text, limit: Some(limit) })
}

fn in_words(found: &SearchHits) -> String {
    if found.hits.is_empty() {
        return "没有找到。可以试试姓名、拼音首字母、户号、证件或电话的后四位、地址中的几个字。".to_owned();
    }
    let heads = [
        ("姓名", Side::Left),
        ("性别", Side::Left),
        ("年龄", Side::Right),
        ("证件号码", Side::Left),
        ("电话", Side::Left),
        ("村社", Side::Left),
        ("户号", Side::Left),
        ("同意", Side::Left),
        ("编号", Side::Left),
    ];
    let mut text = lay_out(heads, &found.hits.iter().map(row).collect::<Vec<_>>());
    if found.more {
        text.push_str(&format!("只列出前 {HITS_LIMIT} 人，请再加一个词缩小范围。\n"));
    }
    text
}

fn row(line: &ResidentLine) -> [String; 9] {
    let name = if line.name.is_empty() { "（等待密钥）" } else { &line.name };
    [
        name.to_owned(),
        line.sex.clone(),
        line.age.map(|years| years.to_string()).unwrap_or_default(),
        line.id_masked.clone(),
        line.phone_masked.clone(),
        line.village_name.clone(),
        line.household_number.clone(),
        if line.consent { "有" } else { "无" }.to_owned(),
        line.id.clone(),
    ]
}

/// Prints a resident's statement into a file.
pub fn statement(session: &Session, output: &Output, resident: String, file: &Path) -> Result<(), Refusal> {
    let resident = if is_id(&resident) { resident } else { only_hit(session, resident)? };
    let paper: Paper = session.act("print_statement", &StatementRequest { resident })?;
    write_file(file, &paper.content)?;
    // the paper itself lies in the file; the reply tells of it
    let told = json!({ "file": file.display().to_string(), "code": paper.code, "pages": paper.pages });
    output.reply(&told, || format!("对账单 {} 页，核对码 {}，已写入 {}", paper.pages, paper.code, file.display()))
}

fn only_hit(session: &Session, text: String) -> Result<String, Refusal> {
    let mut found = find(session, text, 2)?;
    match (found.hits.len(), found.more) {
        (1, false) => Ok(found.hits.remove(0).id),
        (0, _) => {
            let text = "没有找到这位居民。请换一种查找文字，或用 zhenxinctl search 查出编号。";
            Err(Fault::new(FaultCode::NotFound, text).into())
        }
        _ => {
            let text = "找到不止一位居民。请再加一个词（如村社或户号），或用 zhenxinctl search 查出编号。";
            Err(Fault::new(FaultCode::Conflict, text).into())
        }
    }
}

/// Written by people: 8-4-4-4-12 hexadecimal digits.
pub fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(place, letter)| match place {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
}

/// Writes a reply's base64 content into a file that only its owner may read: it holds personal data.
pub fn write_file(path: &Path, content: &str) -> Result<(), Refusal> {
    let bytes = STANDARD.decode(content).map_err(|_| crate::system("文件内容不完整，没有写入。请再试一次。"))?;
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
        .map_err(|error| crate::system(format!("不能写入指定的文件（{}）。请检查路径和权限。", error.kind())).into())
}
