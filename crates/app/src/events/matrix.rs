//! 诚信五进 × quarter: where something was held, and where nothing was.

use zhenxin_domain::event::{self, Setting as Place};

use super::setting;
use crate::{
    Caller,
    contract::{Fault, events::*},
};

/// Years that can be asked for: the program's calendar.
const YEARS: std::ops::RangeInclusive<u32> = 2000..=2100;

pub fn matrix(caller: &Caller, request: EventMatrixPage) -> Result<EventMatrix, Fault> {
    if !YEARS.contains(&request.year) {
        return Err(Fault::field("year", "请选择 2000 到 2100 之间的年份。"));
    }
    let year = i32::try_from(request.year).unwrap_or_default();
    let today = caller.today();
    let counts = caller.store().read(|reader| reader.event_matrix(year))?;
    let cell = |place: Place, quarter: u32| {
        let (held, planned) = counts.cell(place, quarter).map_or((0, 0), |cell| (cell.held, cell.planned));
        MatrixCell { quarter, held, planned, gap: event::is_gap(year, quarter, held, today) }
    };
    let rows: Vec<MatrixRow> = (Place::ALL.iter().zip(counts.held_by_setting()))
        .map(|(place, held)| MatrixRow {
            setting: setting(*place),
            cells: (1..=4).map(|quarter| cell(*place, quarter)).collect(),
            held,
        })
        .collect();
    let gaps = rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.gap).count();
    Ok(EventMatrix { year: request.year, rows, gaps: u32::try_from(gaps).unwrap_or(u32::MAX) })
}
