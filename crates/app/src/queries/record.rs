//! 个人信息查询记录: who looked at a resident's record, when and why; what was printed and handed out.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhenxin_documents::person_record::{PersonRecord, RecordSection, render};
use zhenxin_domain::ids::ResidentId;
use zhenxin_store::Reader;

use super::log::Lines;
use crate::{
    Caller,
    contract::{Fault, residents::ResidentRef, sync::Paper},
    paper_code, papers, residents, shown,
};

pub fn print_record(caller: &Caller, request: ResidentRef) -> Result<Paper, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let record = caller.read(|reader| compose(caller, reader, id))?;
    let printed = render(caller.app.fonts()?, &record)?;
    Ok(Paper {
        file_name: format!("个人信息查询记录-{}.pdf", shown::day(caller.today())),
        content: BASE64.encode(&printed.bytes),
        code: String::new(),
        pages: u32::try_from(printed.pages).unwrap_or(u32::MAX),
    })
}

/// Columns with titles and shares, as a section takes them.
pub fn columns(titles: &[(&str, u16)]) -> Vec<(String, u16)> {
    titles.iter().map(|(title, share)| ((*title).to_owned(), *share)).collect()
}

fn compose(caller: &Caller, reader: &Reader, id: ResidentId) -> Result<PersonRecord, Fault> {
    let row = residents::find(reader, id)?;
    let line = shown::resident_line(&caller.town, &row, caller.today(), false);
    let lines = Lines::of(reader)?;
    let queries = reader.queries_of(id)?;
    let mut looks = Vec::with_capacity(queries.len());
    for query in &queries {
        let line = lines.line(caller, query)?;
        let why = [line.reason, line.authorisation].into_iter().filter(|text| !text.is_empty());
        looks.push(vec![line.at, line.user_name, line.fields, line.purpose, why.collect::<Vec<_>>().join("；")]);
    }
    let users = reader.users()?;
    let papers = reader.statements_of(id)?.into_iter().map(|row| {
        let paper = if row.passbook.is_some() { "时间存折" } else { "积分对账单" };
        vec![shown::time(row.issued_at), shown::actor(&users, row.issued_by), paper.to_owned(), row.code]
    });
    let pair = |label: &str, value: String| (label.to_owned(), value);
    Ok(PersonRecord {
        town_name: caller.town.division.name.clone(),
        title: "个人信息查询记录".to_owned(),
        person_name: line.name.clone(),
        facts: vec![
            vec![pair("姓名", line.name), pair("身份证号", line.id_masked)],
            vec![pair("村社", line.village_name), pair("户号", line.household_number)],
            vec![pair("截至", shown::time(caller.app.clock().now_ms()))],
        ],
        sections: vec![
            RecordSection {
                title: "谁查看过您的完整号码或住址".to_owned(),
                columns: columns(&[("时间", 17), ("查看人", 10), ("查看内容", 15), ("用途", 17), ("理由和依据", 26)]),
                rows: looks,
                empty: "没有人查看过。".to_owned(),
            },
            RecordSection {
                title: "为您打印的凭证".to_owned(),
                columns: columns(&[("时间", 17), ("打印人", 12), ("凭证", 15), ("核对码", 20)]),
                rows: papers.collect(),
                empty: "没有打印过。".to_owned(),
            },
        ],
        notes: vec![
            (
                "说明".to_owned(),
                vec![
                    "身份号码、电话和住址平时都是遮住的，只有写明用途和理由才能查看，每一次都记录在案，保存不少于 10 年。"
                        .to_owned(),
                ],
            ),
            ("对记录有疑问的".to_owned(), papers::objection(caller, reader, caller.today())?),
        ],
        verification_code: String::new(),
        printed_at: paper_code::print_time(caller.app.clock().now_ms()),
        printed_by: caller.name.clone(),
    })
}
