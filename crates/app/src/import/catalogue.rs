//! A catalogue of points rules: every row through the lawfulness gate, then one transaction.
//!
//! A sheet without the rules' header is passed over. A known code with changed terms becomes that rule's next
//! version; an equal row changes nothing.

use std::{collections::HashMap, ops::ControlFlow};

use chrono::NaiveDate;
use zhenxin_documents::{
    sheet::Cell,
    workbook::{ErrorRow, ErrorSheet},
};
use zhenxin_domain::{
    ids::ImportId,
    rule::{RuleFault, RuleRow, RuleTerms},
};
use zhenxin_store::{AuditNote, ImportSource, Reader, RuleVersionDraft, RuleVersionRow};

use super::{
    Work,
    header::{Column, Form, HEADER_SEARCH_ROWS, Header},
};
use crate::{
    contract::{
        Fault, FaultCode,
        imports::{ImportFault, ImportReport, JobPhase, SheetReport},
    },
    legal,
};

/// Rules of one file; a district's catalogue has some hundred.
const RULES_MAX: usize = 5_000;

#[derive(Default)]
struct Catalogue {
    rules: Vec<RuleTerms>,
    faults: Vec<ImportFault>,
    faulty: Vec<ErrorSheet>,
    sheets: Vec<SheetReport>,
    /// Code → where it stands.
    codes: HashMap<String, (String, u32)>,
    data_rows: u32,
}

pub fn import(work: &Work) -> Result<ImportReport, Fault> {
    let catalogue = read(work)?;
    work.job.keep_faulty_rows(catalogue.faulty);
    if catalogue.sheets.iter().all(|sheet| sheet.header_row.is_none()) {
        let text = "没有找到表头。细则表里要有“编号”“项目”“分值”三列，表头放在前 20 行。";
        return Err(Fault::new(FaultCode::BadFile, text));
    }
    work.job.enter(JobPhase::Checking, catalogue.rules.len());
    let today = work.app.clock().today();
    let drafts = work.town.store.read(|reader| plan(reader, &catalogue.rules, today))?;
    let created = drafts.iter().filter(|draft| draft.rule.is_none()).count();
    let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
    let mut report = ImportReport {
        import: None,
        dry_run: work.dry_run,
        rows: catalogue.data_rows,
        good: count(catalogue.rules.len()),
        created: count(created),
        updated: count(drafts.len() - created),
        unchanged: count(catalogue.rules.len() - drafts.len()),
        faults: catalogue.faults,
        sheets: catalogue.sheets,
        warnings: Vec::new(),
    };
    if work.dry_run {
        return Ok(report);
    }
    work.may_write(catalogue.rules.len(), &report.faults)?;
    if !drafts.is_empty() {
        work.job.enter(JobPhase::Writing, drafts.len());
        let id = work.town.store.write(work.user, |tx| {
            let id = ImportId::from_uuid(tx.new_uuid());
            // planned anew inside the transaction: another window may have imported meanwhile
            let drafts = plan(tx.reader(), &catalogue.rules, today)?;
            tx.record_rules(&drafts, Some(ImportSource { id, source: work.file_name.clone() }))?;
            tx.audit(&AuditNote::done("start_import").about("import", id).detail(format!("rules×{}", drafts.len())))?;
            Ok::<_, Fault>(id)
        })?;
        report.import = Some(id.to_string());
    }
    Ok(report)
}

fn read(work: &Work) -> Result<Catalogue, Fault> {
    let mut reader = work.reader()?;
    let sheets = reader.sheets().to_vec();
    let mut catalogue = Catalogue::default();
    for (index, info) in sheets.iter().enumerate() {
        if info.hidden {
            continue;
        }
        let mut header: Option<Header> = None;
        let (mut titles, mut rows, mut passed_over) = (0, 0, 0);
        let mut faulty = Vec::new();
        let mut too_many = false;
        reader.for_each_row(index, |number, cells| {
            let Some(found) = &header else {
                if titles < HEADER_SEARCH_ROWS {
                    titles += 1;
                    header = Header::read(Form::Rules, number, cells);
                }
                return ControlFlow::Continue(());
            };
            if is_no_rule(found, cells) {
                passed_over += 1;
                return ControlFlow::Continue(());
            }
            rows += 1;
            catalogue.data_rows += 1;
            catalogue.take(found, &info.name, number, cells, &mut faulty);
            too_many = catalogue.rules.len() > RULES_MAX;
            if too_many || work.job.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if work.job.is_cancelled() {
            return Err(work.cancelled());
        }
        if too_many {
            let text = format!("细则超过 {RULES_MAX} 条，请确认选对了文件。");
            return Err(Fault::new(FaultCode::BadFile, text));
        }
        let (columns, ignored_columns) = header.as_ref().map(Header::describe).unwrap_or_default();
        catalogue.sheets.push(SheetReport {
            sheet: info.name.clone(),
            village_name: None,
            header_row: header.as_ref().map(|header| header.row),
            columns,
            ignored_columns,
            rows,
            passed_over,
            faulty: u32::try_from(faulty.len()).unwrap_or(u32::MAX),
        });
        if let Some(header) = header.filter(|_| !faulty.is_empty()) {
            catalogue.faulty.push(ErrorSheet { name: info.name.clone(), header: header.titles, rows: faulty });
        }
    }
    Ok(catalogue)
}

/// Blank rows and notes below the table.
fn is_no_rule(header: &Header, cells: &[Cell]) -> bool {
    [Column::Code, Column::Item, Column::Points].iter().all(|column| header.cell(*column, cells).is_blank())
}

impl Catalogue {
    fn take(&mut self, header: &Header, sheet: &str, number: u32, cells: &[Cell], faulty: &mut Vec<ErrorRow>) {
        let text = |column| header.cell(column, cells).to_string();
        let parsed = RuleTerms::parse(&RuleRow {
            code: text(Column::Code),
            category: text(Column::Category),
            item: text(Column::Item),
            points: text(Column::Points),
            unit: text(Column::Unit),
            cap: text(Column::Cap),
            cap_period: text(Column::CapPeriod),
            evidence: text(Column::Evidence),
            subject: text(Column::Subject),
            valid_months: text(Column::ValidMonths),
            basis: text(Column::Basis),
        });
        let mut faults = Vec::new();
        match parsed {
            Ok(terms) => match self.codes.get(&terms.code) {
                Some((other, row)) => faults.push(RuleFault::CodeDuplicate {
                    place: if other == sheet {
                        format!("第 {row} 行")
                    } else {
                        format!("“{other}”第 {row} 行")
                    },
                    code: terms.code,
                }),
                None => {
                    self.codes.insert(terms.code.clone(), (sheet.to_owned(), number));
                    self.rules.push(terms);
                }
            },
            Err(found) => faults = found,
        }
        if faults.is_empty() {
            return;
        }
        let reasons: Vec<String> = faults.iter().map(reason).collect();
        faulty.push(ErrorRow { cells: cells.to_vec(), row_number: number, reason: reasons.join(" ") });
        self.faults.extend(faults.iter().zip(reasons).map(|(fault, reason)| ImportFault {
            sheet: sheet.to_owned(),
            row: number,
            field: fault.column().to_owned(),
            code: code(fault).to_owned(),
            reason,
        }));
    }
}

fn reason(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Unlawful(finding) => format!("{}。", legal::with_basis(finding)),
        fault => format!("{fault}。"),
    }
}

/// Stable codes of what can be wrong with a rule's row.
fn code(fault: &RuleFault) -> &'static str {
    match fault {
        RuleFault::Unlawful(_) => "unlawful",
        RuleFault::CodeDuplicate { .. } => "duplicate_code",
        RuleFault::ItemMissing => "no_item",
        RuleFault::PointsNotNumber => "points_not_number",
        RuleFault::PointsNotWhole => "points_not_whole",
        _ => "form",
    }
}

/// New rules, and next versions of rules whose terms have changed.
fn plan(reader: &Reader, rules: &[RuleTerms], today: NaiveDate) -> Result<Vec<RuleVersionDraft>, Fault> {
    let mut newest: HashMap<String, RuleVersionRow> = HashMap::new();
    for row in reader.all_rules()? {
        let known = newest.get(&row.code).map_or(0, |known| known.version);
        if row.version > known {
            newest.insert(row.code.clone(), row);
        }
    }
    let changed = rules.iter().filter_map(|terms| {
        let known = newest.get(&terms.code);
        if known.is_some_and(|known| same_terms(known, terms)) {
            return None;
        }
        Some(RuleVersionDraft {
            rule: known.map(|known| known.rule),
            version: known.map_or(1, |known| known.version.saturating_add(1)),
            code: terms.code.clone(),
            category: terms.category.clone(),
            item: terms.item.clone(),
            points: terms.points.get(),
            unit: terms.unit.clone(),
            cap: terms.cap,
            evidence: terms.evidence.clone(),
            subject: terms.subject.as_code().to_owned(),
            valid_months: terms.valid_months,
            basis: terms.basis.clone(),
            // a new rule counts from the start of the year, so that acts of the past weeks can be handed in;
            // a changed one from today, so that nothing already recorded was worth something else
            in_force_from: if known.is_some() { today } else { first_of_year(today) },
        })
    });
    Ok(changed.collect())
}

fn first_of_year(today: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today)
}

fn same_terms(known: &RuleVersionRow, terms: &RuleTerms) -> bool {
    known.retired_from.is_none()
        && known.category == terms.category
        && known.item == terms.item
        && known.points == terms.points.get()
        && known.unit == terms.unit
        && known.cap == terms.cap
        && known.evidence == terms.evidence
        && known.subject == terms.subject.as_code()
        && known.valid_months == terms.valid_months
        && known.basis == terms.basis
}
