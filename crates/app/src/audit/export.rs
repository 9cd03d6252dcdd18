//! The audit as a workbook.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhenxin_documents::workbook::{TableSheet, TableValue, table_workbook};

use super::page::{Names, filter, line};
use crate::{
    Caller,
    contract::{Fault, audit::AuditExport, imports::FileContent},
    shown,
};

/// Rows that are exported at once: some years of a busy PC; more is exported by days.
const ROWS_MAX: u32 = 200_000;
const HEADER: [&str; 10] =
    ["序号", "时间", "用户", "操作", "结果", "对象", "对象编号", "说明", "完整编号", "摘要值 (SM3)"];

pub fn export(caller: &Caller, request: AuditExport) -> Result<FileContent, Fault> {
    let filter = filter(&request)?;
    let today = shown::day(caller.today());
    let sheet = caller.store().read(|reader| {
        let page = reader.audit(&filter, 0, ROWS_MAX)?;
        if page.total > u64::from(ROWS_MAX) {
            return Err(Fault::field("from", format!("超过 {ROWS_MAX} 条，请缩小日期范围，分次导出。")));
        }
        let names = Names::of(reader)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let line = line(reader, &names, row)?;
            let about = format!("{} {}", line.subject_kind, line.subject_name);
            rows.push(vec![
                TableValue::Whole(i64::try_from(line.no).unwrap_or(i64::MAX)),
                line.at.into(),
                line.user_name.into(),
                line.action_label.into(),
                line.outcome_label.into(),
                about.trim().into(),
                line.number.into(),
                line.detail.into(),
                line.subject.unwrap_or_default().into(),
                row.hash.to_string().into(),
            ]);
        }
        Ok::<_, Fault>(TableSheet {
            name: "审计".to_owned(),
            notes: vec![format!(
                "{} {}审计记录，{today} 由{}导出，共 {} 条",
                caller.town.division.name,
                caller.store().device_label(),
                caller.name,
                rows.len()
            )],
            header: HEADER.map(str::to_owned).to_vec(),
            rows,
        })
    })?;
    Ok(FileContent {
        file_name: format!("审计记录-{today}.xlsx"), content: BASE64.encode(table_workbook(&[sheet])?)
    })
}
