//! A roster: every sheet read, every row checked, then one transaction.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};

use zhenxin_documents::{
    sheet::Cell,
    workbook::{ErrorRow, ErrorSheet},
};
use zhenxin_domain::{
    division::VillageCode,
    id_number::IdNumber,
    ids::{ImportId, ResidentId},
    lawful,
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{AuditNote, ImportSource, Reader, ResidentBatch, ResidentDraft, ResidentRow};

use super::{
    Work,
    header::{Column, Form, HEADER_SEARCH_ROWS, Header},
    roster::{Reading, RosterReader, RosterRow},
};
use crate::{
    contract::{
        Fault,
        imports::{ImportFault, ImportReport, JobPhase, SheetReport},
    },
    villages::Villages,
};

/// Rows between two looks at the progress and the cancel button.
const PROGRESS_ROWS: usize = 256;
/// Faulty rows kept for the error workbook; a file with more is not a roster.
const FAULTY_ROWS_MAX: usize = 50_000;

/// What was read of the file.
#[derive(Default)]
struct Roster {
    rows: Vec<RosterRow>,
    faults: Vec<ImportFault>,
    faulty: Vec<ErrorSheet>,
    sheets: Vec<SheetReport>,
    warnings: Vec<String>,
    data_rows: usize,
    /// Name and header of each sheet that has one, by its index in the file.
    headers: HashMap<usize, (String, Header)>,
}

pub fn import(work: &Work) -> Result<ImportReport, Fault> {
    let mut roster = read(work)?;
    work.job.enter(JobPhase::Checking, roster.rows.len());
    refuse_other_names(work, &mut roster)?;
    work.job.keep_faulty_rows(std::mem::take(&mut roster.faulty));
    if roster.sheets.iter().all(|sheet| sheet.header_row.is_none()) {
        return Err(Fault::new(
            crate::FaultCode::BadFile,
            "没有找到表头。名册里要有“姓名”和“身份证号”两列，表头放在前 20 行。",
        ));
    }
    let plan = work.town.store.read(|reader| compare(reader, &roster.rows))?;
    if work.job.is_cancelled() {
        return Err(work.cancelled());
    }
    let mut report = ImportReport {
        import: None,
        dry_run: work.dry_run,
        rows: count(roster.data_rows),
        good: count(roster.rows.len()),
        created: count(plan.created),
        updated: count(plan.drafts.len() - plan.created),
        unchanged: count(roster.rows.len() - plan.drafts.len()),
        faults: roster.faults,
        sheets: roster.sheets,
        warnings: roster.warnings,
    };
    if work.dry_run {
        return Ok(report);
    }
    work.may_write(roster.rows.len(), &report.faults)?;
    if !plan.drafts.is_empty() {
        report.import = Some(write(work, &roster.rows)?.to_string());
    }
    Ok(report)
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn read(work: &Work) -> Result<Roster, Fault> {
    let villages = Villages::of(work.town.division);
    let today = work.app.clock().today();
    let mut reader = work.reader()?;
    let sheets = reader.sheets().to_vec();
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let mut roster = Roster::default();
    let mut seen: HashMap<IdNumber, (usize, u32)> = HashMap::new();
    for (index, info) in sheets.iter().enumerate() {
        if info.hidden {
            roster.warnings.push(format!("隐藏的表“{}”没有导入；需要时请先取消隐藏。", info.name));
            continue;
        }
        let mut sheet = SheetState::new(index, &info.name, villages.named(&info.name));
        let mut cancelled = false;
        reader.for_each_row(index, |number, cells| {
            sheet.take(&mut roster, &villages, work, number, cells, &mut seen, &names, today);
            if roster.data_rows.is_multiple_of(PROGRESS_ROWS) {
                work.job.progress(roster.data_rows as u64);
                cancelled = work.job.is_cancelled();
            }
            if cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if cancelled {
            return Err(work.cancelled());
        }
        sheet.finish(&mut roster, &villages);
    }
    Ok(roster)
}

/// One sheet while its rows go by.
struct SheetState<'a> {
    index: usize,
    name: &'a str,
    village: Option<VillageCode>,
    titles: usize,
    header: Option<Header>,
    last_household: String,
    rows: usize,
    passed_over: usize,
    faulty: Vec<ErrorRow>,
    faulty_rows: usize,
}

impl<'a> SheetState<'a> {
    fn new(index: usize, name: &'a str, village: Option<VillageCode>) -> Self {
        Self {
            index,
            name,
            village,
            titles: 0,
            header: None,
            last_household: String::new(),
            rows: 0,
            passed_over: 0,
            faulty: Vec::new(),
            faulty_rows: 0,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one row of a file and what it is judged by")]
    fn take(
        &mut self,
        roster: &mut Roster,
        villages: &Villages,
        work: &Work,
        number: u32,
        cells: &[Cell],
        seen: &mut HashMap<IdNumber, (usize, u32)>,
        names: &[String],
        today: chrono::NaiveDate,
    ) {
        let Some(header) = &self.header else {
            self.take_title(villages, work, number, cells);
            return;
        };
        let of_sheet = self.village;
        let mut reader = RosterReader::new(header, self.index, self.name, today, &mut self.last_household);
        let village = |written: &str| match written {
            "" => of_sheet,
            written => villages.named(written),
        };
        match reader.read(number, cells, village, seen, names) {
            Reading::PassedOver => self.passed_over += 1,
            Reading::Good(row) => {
                self.rows += 1;
                roster.data_rows += 1;
                roster.rows.push(*row);
            }
            Reading::Faulty(faults) => {
                self.rows += 1;
                self.faulty_rows += 1;
                roster.data_rows += 1;
                if self.faulty.len() < FAULTY_ROWS_MAX {
                    let reasons: Vec<&str> = faults.iter().map(|fault| fault.reason.as_str()).collect();
                    let reason = reasons.join(" ");
                    self.faulty.push(ErrorRow { cells: cells.to_vec(), row_number: number, reason });
                }
                roster.faults.extend(faults);
            }
        }
    }

    fn take_title(&mut self, villages: &Villages, work: &Work, number: u32, cells: &[Cell]) {
        if self.titles >= HEADER_SEARCH_ROWS {
            return;
        }
        self.titles += 1;
        if let Some(header) = Header::read(Form::Roster, number, cells) {
            self.header = Some(header);
            self.village = self.village.or(work.village);
        } else if self.village.is_none() {
            self.village = cells.iter().find_map(|cell| villages.mentioned(&cell.to_string()));
        }
    }

    fn finish(self, roster: &mut Roster, villages: &Villages) {
        let (columns, ignored_columns) = self.header.as_ref().map(Header::describe).unwrap_or_default();
        for title in &ignored_columns {
            // columns for religion, illness, property and the like are not read, and the sender should know
            for finding in lawful::scan_free_text(title) {
                roster.warnings.push(format!("表“{}”的列“{title}”不导入：{finding}", self.name));
            }
        }
        roster.sheets.push(SheetReport {
            sheet: self.name.to_owned(),
            village_name: self.village.map(|code| villages.name(code).to_owned()),
            header_row: self.header.as_ref().map(|header| header.row),
            columns,
            ignored_columns,
            rows: count(self.rows),
            passed_over: count(self.passed_over),
            faulty: count(self.faulty_rows),
        });
        if let Some(header) = self.header {
            if !self.faulty.is_empty() {
                let header = header.titles.clone();
                roster.faulty.push(ErrorSheet { name: self.name.to_owned(), header, rows: self.faulty });
            }
            roster.headers.insert(self.index, (self.name.to_owned(), header));
        }
    }
}

/// Takes out the rows whose ID number is on the roster under another name: a number that was copied from the row
/// above would otherwise turn one person into another.
fn refuse_other_names(work: &Work, roster: &mut Roster) -> Result<(), Fault> {
    let mut names: HashMap<String, String> = HashMap::with_capacity(roster.rows.len());
    names.extend(roster.rows.iter().map(|row| (row.id_number.as_str().to_owned(), row.name.clone())));
    let mut others: HashSet<String> = HashSet::new();
    work.town.store.read(|reader| {
        reader.for_each_resident(|known: &ResidentRow| {
            if let (Some(number), Some(name)) = (&known.id_number, &known.name)
                && names.get(number).is_some_and(|written| written != name)
            {
                others.insert(number.clone());
            }
        })?;
        Ok::<_, Fault>(())
    })?;
    if others.is_empty() {
        return Ok(());
    }
    let (refused, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut roster.rows).into_iter().partition(|row| others.contains(row.id_number.as_str()));
    roster.rows = kept;
    for row in refused {
        refuse(roster, &row);
    }
    Ok(())
}

fn refuse(roster: &mut Roster, row: &RosterRow) {
    let Some((sheet, header)) = roster.headers.get(&row.sheet) else { return };
    let reason = "这个身份证号在册的是另一个姓名，请对照身份证核对号码；确实改名的，先在居民详情里改。".to_owned();
    roster.faults.push(ImportFault {
        sheet: sheet.clone(),
        row: row.row,
        field: header.title(Column::IdNumber),
        code: "other_name".to_owned(),
        reason: reason.clone(),
    });
    let cells = header.row(&[
        (Column::HouseholdNumber, &row.household_number),
        (Column::Relation, &row.relation),
        (Column::Name, &row.name),
        (Column::IdNumber, row.id_number.as_str()),
        (Column::Phone, row.phone.as_deref().unwrap_or_default()),
        (Column::Address, &row.address),
        (Column::Grid, &row.grid),
    ]);
    if let Some(report) = roster.sheets.iter_mut().find(|report| report.sheet == *sheet) {
        report.faulty += 1;
    }
    let row = ErrorRow { cells, row_number: row.row, reason };
    match roster.faulty.iter_mut().find(|book| book.name == *sheet) {
        Some(book) => book.rows.push(row),
        None => roster.faulty.push(ErrorSheet { name: sheet.clone(), header: header.titles.clone(), rows: vec![row] }),
    }
}

/// What will be written.
struct Plan<'r> {
    drafts: Vec<ResidentDraft<'r>>,
    created: usize,
}

/// Compares the rows with the residents in the file: known by their ID number.
fn compare<'r>(reader: &Reader, rows: &'r [RosterRow]) -> Result<Plan<'r>, Fault> {
    let mut wanted: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    wanted.extend(rows.iter().enumerate().map(|(index, row)| (row.id_number.as_str(), index)));
    let mut edits: HashMap<usize, Option<ResidentDraft>> = HashMap::new();
    reader.for_each_resident(|known: &ResidentRow| {
        let found = known.id_number.as_deref().and_then(|number| wanted.get(number));
        if let Some(index) = found {
            edits.entry(*index).or_insert_with(|| edit(known, &rows[*index]));
        }
    })?;
    let mut plan = Plan { drafts: Vec::new(), created: 0 };
    for (index, row) in rows.iter().enumerate() {
        match edits.remove(&index) {
            None => {
                plan.created += 1;
                plan.drafts.push(create(row));
            }
            Some(Some(draft)) => plan.drafts.push(draft),
            Some(None) => {}
        }
    }
    Ok(plan)
}

fn create(row: &RosterRow) -> ResidentDraft<'_> {
    let mut draft = ResidentDraft::new(row.village)
        .set(Field::Name, row.name.as_str())
        .set(Field::IdNumber, row.id_number.as_str());
    if !row.household_number.is_empty() {
        draft = draft.household_no(row.household_number.as_str());
    }
    let texts = [
        (Field::Phone, row.phone.as_deref().unwrap_or_default()),
        (Field::Address, &row.address),
        (Field::Relation, &row.relation),
        (Field::Grid, &row.grid),
    ];
    for (field, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        draft = draft.set(field, text);
    }
    draft
}

/// The changes that a row makes to a known resident; `None` where it makes none. An empty cell changes nothing:
/// offices leave cells blank that they do not know.
fn edit<'r>(known: &ResidentRow, row: &'r RosterRow) -> Option<ResidentDraft<'r>> {
    let id: ResidentId = known.id;
    let mut draft = ResidentDraft::edit(id);
    let mut changed = false;
    if known.village != Some(row.village) {
        draft = draft.move_to(row.village);
        changed = true;
    }
    if !row.household_number.is_empty() && known.household_no.as_deref() != Some(row.household_number.as_str()) {
        draft = draft.household_no(row.household_number.as_str());
        changed = true;
    }
    let texts = [
        (Field::Phone, known.phone.as_deref(), row.phone.as_deref().unwrap_or_default()),
        (Field::Address, known.address.as_deref(), &row.address),
        (Field::Relation, known.relation.as_deref(), &row.relation),
        (Field::Grid, known.grid.as_deref(), &row.grid),
    ];
    for (field, before, now) in texts {
        if !now.is_empty() && before != Some(now) {
            draft = draft.set(field, now);
            changed = true;
        }
    }
    changed.then_some(draft)
}

fn write(work: &Work, rows: &[RosterRow]) -> Result<ImportId, Fault> {
    work.job.enter(JobPhase::Writing, rows.len());
    work.town.store.write(work.user, |tx| {
        let id = ImportId::from_uuid(tx.new_uuid());
        // compared anew inside the transaction: what another PC sent meanwhile must not be doubled
        let plan = compare(tx.reader(), rows)?;
        let mut progress = |done: usize, _: usize| work.job.progress(done as u64);
        tx.record_residents(ResidentBatch {
            rows: &plan.drafts,
            import: Some(ImportSource { id, source: work.file_name.clone() }),
            progress: Some(&mut progress),
            cancel: Some(work.job.cancel_flag()),
        })?;
        tx.audit(&AuditNote::done("start_import").about("import", id).detail(format!("rows×{}", rows.len())))?;
        Ok(id)
    })
}
