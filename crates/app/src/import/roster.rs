//! A roster's rows: read forgivingly, checked strictly, every fault with its place.

use std::collections::HashMap;

use chrono::NaiveDate;
use zhenxin_documents::sheet::Cell;
use zhenxin_domain::{
    division::VillageCode,
    id_number::{IdNumber, IdNumberFault},
    phone::Phone,
    resident::{HouseholdNumber, HouseholdNumberFault, PersonName},
    text,
};

use super::header::{Column, Header};
use crate::contract::imports::ImportFault;

/// First words of rows that are no person: totals and signatures.
const NO_PERSON: &[&str] =
    &["合计", "总计", "小计", "共计", "填表人", "填报人", "审核人", "制表", "负责人", "备注", "说明", "注:"];
/// Characters of an address, a relation or a grid; longer ones are typing accidents.
const TEXT_CHARS: usize = 120;

/// One good row.
#[derive(Clone)]
pub struct RosterRow {
    /// Index of the sheet in the file.
    pub sheet: usize,
    /// Row as the spreadsheet numbers it.
    pub row: u32,
    /// Village.
    pub village: VillageCode,
    /// Household number, empty when the sheet has none.
    pub household_number: String,
    /// Relation to the head, may be empty.
    pub relation: String,
    /// Name.
    pub name: String,
    /// ID number.
    pub id_number: IdNumber,
    /// Telephone.
    pub phone: Option<String>,
    /// Address, may be empty.
    pub address: String,
    /// Grid, may be empty.
    pub grid: String,
}

/// What a row turned out to be.
pub enum Reading {
    /// A person.
    Good(Box<RosterRow>),
    /// Blank, a total, a signature line.
    PassedOver,
    /// Faulty, with every reason.
    Faulty(Vec<ImportFault>),
}

/// Reads one sheet's rows; `last_household` is what a row inherits from the row above.
pub struct RosterReader<'a> {
    header: &'a Header,
    sheet: usize,
    sheet_name: &'a str,
    today: NaiveDate,
    last_household: &'a mut String,
}

impl<'a> RosterReader<'a> {
    /// A reader for the rows under this header.
    pub fn new(
        header: &'a Header,
        sheet: usize,
        sheet_name: &'a str,
        today: NaiveDate,
        last_household: &'a mut String,
    ) -> Self {
        Self { header, sheet, sheet_name, today, last_household }
    }

    /// Reads a row. `village` answers for the row's own village column or the sheet; `seen` knows the ID numbers of
    /// the rows before, in all sheets.
    pub fn read(
        &mut self,
        row: u32,
        cells: &[Cell],
        village: impl FnOnce(&str) -> Option<VillageCode>,
        seen: &mut HashMap<IdNumber, (usize, u32)>,
        sheet_names: &[String],
    ) -> Reading {
        if is_no_person(Some(self.header), cells) {
            return Reading::PassedOver;
        }
        let mut faults = Vec::new();
        let name = self.name(row, cells, &mut faults);
        let id_number = self.id_number(row, cells, &mut faults);
        let phone = self.phone(row, cells, &mut faults);
        let relation = self.text(row, cells, Column::Relation, TEXT_CHARS, &mut faults);
        let household_number = self.household_number(row, cells, &relation, &mut faults);
        let address = self.text(row, cells, Column::Address, TEXT_CHARS, &mut faults);
        let grid = self.text(row, cells, Column::Grid, TEXT_CHARS, &mut faults);
        let written_village = text::normalise(&self.header.cell(Column::Village, cells).to_string());
        let village = village(&written_village);
        if village.is_none() {
            let reason = match written_village.as_str() {
                "" => "看不出是哪个村社：请把村社写进表名或标题，或在导入时选择村社。",
                _ => "不是本镇街的村社，请按区划名称填写。",
            };
            faults.push(self.fault(row, Column::Village, "village", reason.to_owned()));
        }
        if let Some(id_number) = &id_number {
            if let Some((sheet, first)) = seen.get(id_number) {
                let place = match *sheet == self.sheet {
                    true => format!("第 {first} 行"),
                    false => format!("“{}”第 {first} 行", sheet_names.get(*sheet).map_or("", String::as_str)),
                };
                let reason = format!("身份证号与{place}相同：是同一个人的只留一行，是两个人的请对照身份证核对号码。");
                faults.push(self.fault(row, Column::IdNumber, "duplicate_id_number", reason));
            } else {
                seen.insert(id_number.clone(), (self.sheet, row));
            }
        }
        match (name, id_number, village) {
            (Some(name), Some(id_number), Some(village)) if faults.is_empty() => Reading::Good(Box::new(RosterRow {
                sheet: self.sheet,
                row,
                village,
                household_number,
                relation,
                name,
                id_number,
                phone,
                address,
                grid,
            })),
            _ => Reading::Faulty(faults),
        }
    }

    fn name(&self, row: u32, cells: &[Cell], faults: &mut Vec<ImportFault>) -> Option<String> {
        let written = self.header.cell(Column::Name, cells);
        if written.is_blank() {
            faults.push(self.fault(row, Column::Name, "no_name", "没有姓名，请补上。".into()));
            return None;
        }
        match PersonName::parse(&written.to_string()) {
            Ok(name) => Some(name.as_str().to_owned()),
            Err(fault) => {
                faults.push(self.fault(row, Column::Name, "bad_name", fault.to_string()));
                None
            }
        }
    }

    fn id_number(&self, row: u32, cells: &[Cell], faults: &mut Vec<ImportFault>) -> Option<IdNumber> {
        let cell = self.header.cell(Column::IdNumber, cells);
        let parsed = match cell {
            cell if cell.is_rounded() => Err(IdNumberFault::RoundedBySpreadsheet),
            cell => IdNumber::parse(&cell.to_string(), self.today),
        };
        parsed.map_err(|fault| faults.push(self.fault(row, Column::IdNumber, id_code(&fault), fault.to_string()))).ok()
    }

    fn phone(&self, row: u32, cells: &[Cell], faults: &mut Vec<ImportFault>) -> Option<String> {
        let cell = self.header.cell(Column::Phone, cells);
        let written = text::normalise(&cell.to_string());
        if matches!(written.as_str(), "" | "无" | "-" | "/" | "—" | "没有" | "0") {
            return None;
        }
        match Phone::parse(&written) {
            Ok(phone) => Some(phone.as_str().to_owned()),
            Err(fault) => {
                faults.push(self.fault(row, Column::Phone, "bad_phone", fault.to_string()));
                None
            }
        }
    }

    /// Merged cells leave the number only on the head's row: the others inherit it.
    fn household_number(&mut self, row: u32, cells: &[Cell], relation: &str, faults: &mut Vec<ImportFault>) -> String {
        let cell = self.header.cell(Column::HouseholdNumber, cells);
        let written = match HouseholdNumber::parse(&cell.to_string()) {
            Ok(number) => number.as_str().to_owned(),
            Err(HouseholdNumberFault::Empty) => String::new(),
            Err(fault) => {
                faults.push(self.fault(row, Column::HouseholdNumber, "bad_household_number", fault.to_string()));
                String::new()
            }
        };
        if written.is_empty() && !relation.is_empty() && relation != "户主" {
            return self.last_household.clone();
        }
        self.last_household.clone_from(&written);
        written
    }

    fn text(&self, row: u32, cells: &[Cell], column: Column, chars: usize, faults: &mut Vec<ImportFault>) -> String {
        let written = text::normalise(&self.header.cell(column, cells).to_string());
        if written.chars().count() > chars {
            faults.push(self.fault(row, column, "too_long", format!("超过 {chars} 个字，请核对。")));
        }
        written
    }

    fn fault(&self, row: u32, column: Column, code: &str, reason: String) -> ImportFault {
        ImportFault {
            sheet: self.sheet_name.to_owned(),
            row,
            field: self.header.title(column),
            code: code.to_owned(),
            reason,
        }
    }
}

/// Blank rows, rows with nothing but a running number, totals, signatures.
pub fn is_no_person(header: Option<&Header>, cells: &[Cell]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.is_blank());
    let Some(first) = filled.next() else { return true };
    let first: String = text::normalise(&first.to_string()).split_whitespace().collect();
    if NO_PERSON.iter().any(|word| first.starts_with(word)) {
        return true;
    }
    let only_one = filled.next().is_none();
    only_one && header.is_some_and(|header| !header.cell(Column::Sequence, cells).is_blank())
}

/// Stable codes of what can be wrong with an ID number.
fn id_code(fault: &IdNumberFault) -> &'static str {
    match fault {
        IdNumberFault::Empty => "no_id_number",
        IdNumberFault::OldForm15 => "old_form",
        IdNumberFault::RoundedBySpreadsheet => "rounded_number",
        IdNumberFault::CheckDigit => "check_digit",
        IdNumberFault::Length { .. } => "length",
        IdNumberFault::NotDigits => "not_digits",
        IdNumberFault::Province => "province",
        IdNumberFault::Date => "date",
    }
}

#[cfg(test)]
mod tests;
