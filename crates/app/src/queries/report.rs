//! 本人信息清单: the copy of everything that is held, on paper, for programs, for Excel (个人信息保护法 45).

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value, json};
use zhenxin_documents::{
    person_record::{PersonRecord, RecordSection, render},
    workbook::{TableSheet, TableValue, table_workbook},
};
use zhenxin_domain::ids::{RequestId, ResidentId};
use zhenxin_protocol::body::query::QueryField;
use zhenxin_store::PersonQueryDraft;

use super::{
    held::{Held, Section, gather},
    purposes::OWN_COPY,
    record::columns,
    unlocked,
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, imports::FileContent, queries::*},
    paper_code,
    request::{done_before, remember},
    shown,
};

const TITLE: &str = "本人信息清单";
const EMPTY: &str = "没有记录。";

const fn format_words(format: ReportFormat) -> &'static str {
    match format {
        ReportFormat::Pdf => "PDF",
        ReportFormat::Json => "JSON",
        ReportFormat::Xlsx => "Excel",
    }
}

pub fn hold_report(caller: &Caller, request: HoldReport) -> Result<FileContent, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let reason = format!("本人申请查阅、复制，交付 {} 文件", format_words(request.format));
    let held = caller.read(|reader| gather(caller, reader, id))?;
    let (bytes, ending) = match request.format {
        ReportFormat::Pdf => (pdf(caller, &held)?, "pdf"),
        ReportFormat::Json => (json_text(caller, &held)?, "json"),
        ReportFormat::Xlsx => (workbook(caller, &held)?, "xlsx"),
    };
    // noted only when the copy could be made, and before it is handed out
    caller.write(|tx| {
        // a repeated click hands out what was noted: to whom, of whom, in which form, that day
        let thing = (caller.user.to_string(), id.to_string(), request.format, shown::day(caller.today()));
        if !done_before(tx, request_id, &thing)? {
            let draft = PersonQueryDraft {
                resident: id,
                fields: &[QueryField::Everything],
                purpose: OWN_COPY,
                reason: &reason,
                authorisation: None,
            };
            tx.note_query(draft).map_err(unlocked)?;
            remember(tx, request_id, thing)?;
        }
        Ok(())
    })?;
    let file_name = format!("{TITLE}-{}.{ending}", shown::day(caller.today()));
    Ok(FileContent { file_name, content: BASE64.encode(&bytes) })
}

fn made(caller: &Caller) -> String {
    shown::time(caller.app.clock().now_ms())
}

fn pdf(caller: &Caller, held: &Held) -> Result<Vec<u8>, Fault> {
    let pair = |label: &str, value: String| (label.to_owned(), value);
    let sections = held.sections.iter().map(|section| RecordSection {
        title: section.title.to_owned(),
        columns: columns(section.columns),
        rows: section.rows.clone(),
        empty: EMPTY.to_owned(),
    });
    let record = PersonRecord {
        town_name: caller.town.division.name.clone(),
        title: TITLE.to_owned(),
        person_name: held.name.clone(),
        facts: vec![vec![pair("姓名", held.name.clone()), pair("截至", made(caller))]],
        sections: sections.collect(),
        notes: vec![(
            "您的权利".to_owned(),
            vec![
                "本清单列出本镇街在“镇信”里保存的、关于您的全部信息。信息不准确的，您可以要求更正；您可以随时撤回同意，\
                 要求限制处理或者删除。"
                    .to_owned(),
                "本清单含有完整的身份号码、电话和住址，请妥善保管。".to_owned(),
            ],
        )],
        verification_code: String::new(),
        printed_at: paper_code::print_time(caller.app.clock().now_ms()),
        printed_by: caller.name.clone(),
    };
    Ok(render(caller.app.fonts()?, &record)?.bytes)
}

fn json_text(caller: &Caller, held: &Held) -> Result<Vec<u8>, Fault> {
    let rows = |section: &Section| -> Vec<Value> {
        let object = |row: &Vec<String>| {
            let fields = section.columns.iter().zip(row).map(|((title, _), text)| ((*title).to_owned(), json!(text)));
            Value::Object(fields.collect::<Map<_, _>>())
        };
        section.rows.iter().map(object).collect()
    };
    let sections = held
        .sections
        .iter()
        .map(|section| json!({ "code": section.code, "title": section.title, "rows": rows(section) }));
    let document = json!({
        "title": TITLE,
        "town": caller.town.division.name,
        "made_at": made(caller),
        "made_by": caller.name,
        "sections": sections.collect::<Vec<_>>(),
    });
    serde_json::to_vec_pretty(&document).map_err(|_| Fault::new(FaultCode::System, "清单无法写成 JSON，请重试。"))
}

fn workbook(caller: &Caller, held: &Held) -> Result<Vec<u8>, Fault> {
    let note = format!("{} {TITLE}，截至 {}", caller.town.division.name, made(caller));
    let sheets: Vec<TableSheet> = held
        .sections
        .iter()
        .map(|section| TableSheet {
            name: section.title.to_owned(),
            notes: vec![note.clone()],
            header: section.columns.iter().map(|(title, _)| (*title).to_owned()).collect(),
            rows: section
                .rows
                .iter()
                .map(|row| row.iter().map(|text| TableValue::from(text.as_str())).collect())
                .collect(),
        })
        .collect();
    Ok(table_workbook(&sheets)?)
}
