//! The permission matrix: duty × command × reach, made from the list and from nothing else.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhenxin_documents::workbook::{TableSheet, TableValue, table_workbook};

use crate::{
    Caller,
    contract::{
        Fault, Kind,
        accounts::{PermissionDuty, PermissionMatrix, PermissionRow},
        imports::FileContent,
        list::{Access, Reach, list},
        session::{Duty, Nothing},
        words,
    },
    duties, shown,
};

/// Whether a duty suffices.
fn suffices(access: Access, duty: Duty) -> bool {
    match access {
        Access::Open | Access::Any => true,
        Access::Duties(duties) => duties.contains(&duty),
    }
}

const fn reach_words(reach: Reach) -> &'static str {
    match reach {
        Reach::None => "不涉及",
        Reach::Town => "全镇",
        Reach::Villages => "负责村社",
    }
}

pub fn matrix(_: &Caller, _: Nothing) -> Result<PermissionMatrix, Fault> {
    Ok(made())
}

fn made() -> PermissionMatrix {
    let duties = duties::all().map(|duty| PermissionDuty { duty, label: duties::label(duty).to_owned() }).collect();
    let rows = list().into_iter().map(|command| PermissionRow {
        label: words::label(command.name).to_owned(),
        command: command.name.to_owned(),
        kind: command.kind,
        reach: command.reach,
        reach_label: reach_words(command.reach).to_owned(),
        guarded: command.guarded,
        logged: command.logged || command.kind == Kind::Act,
        open: command.access == Access::Open,
        allowed: duties::all().map(|duty| suffices(command.access, duty)).collect(),
    });
    PermissionMatrix { duties, rows: rows.collect() }
}

/// The matrix as a workbook, to be filed with the assessment (GB/T 22239).
pub fn export(caller: &Caller, _: Nothing) -> Result<FileContent, Fault> {
    let matrix = made();
    let today = shown::day(caller.today());
    let mut header: Vec<String> = ["操作", "类别", "范围", "要密码", "记审计"].map(str::to_owned).to_vec();
    header.extend(matrix.duties.iter().map(|duty| duty.label.clone()));
    let mark = |on: bool| TableValue::from(if on { "✓" } else { "" });
    let rows = matrix.rows.into_iter().map(|row| {
        let kind = if row.kind == Kind::Ask { "查看" } else { "办理" };
        let mut cells: Vec<TableValue> = vec![row.label.into(), kind.into(), row.reach_label.into()];
        cells.extend([mark(row.guarded), mark(row.logged)]);
        cells.extend(row.allowed.iter().map(|allowed| mark(*allowed)));
        cells
    });
    let sheet = TableSheet {
        name: "职责权限表".to_owned(),
        notes: vec![format!(
            "{}职责权限表，{today} 由{}导出，程序版本 {}",
            caller.town.division.name,
            caller.name,
            env!("CARGO_PKG_VERSION")
        )],
        header,
        rows: rows.collect(),
    };
    Ok(FileContent {
        file_name: format!("职责权限表-{today}.xlsx"), content: BASE64.encode(table_workbook(&[sheet])?)
    })
}
