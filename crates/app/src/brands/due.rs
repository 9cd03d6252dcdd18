//! What the workbench says of the brand.

use chrono::{Datelike, Days};
use zhenxin_domain::{
    brand::MILESTONE_WARNING_DAYS,
    event::{self, Setting as Place},
};
use zhenxin_store::Reader;

use super::{detail::years_due, lines, moves};
use crate::{
    Caller,
    contract::{
        Fault,
        session::{BrandDue, DueMilestone, Duty},
    },
    duties, events, handover,
    recusal::Own,
    shown,
};

/// Milestones on the workbench; the brand's page has all.
const MILESTONES_SHOWN: usize = 10;

pub fn due(caller: &Caller, reader: &Reader) -> Result<BrandDue, Fault> {
    let today = caller.today();
    let own = Own::of(reader, caller)?;
    let (to_approve, handovers) = match duties::held(reader, caller.user, Duty::Reviewer)? {
        true => {
            let brands = reader.brands_waiting(caller.user)?;
            let packages = reader.handovers_waiting(caller.user)?;
            (
                brands.iter().filter(|row| moves::recusal(&own, row).is_none()).count(),
                packages.iter().filter(|row| handover::recusal(&own, row).is_none()).count(),
            )
        }
        false => (0, 0),
    };
    let milestones = reader.milestones_due(today + Days::new(MILESTONE_WARNING_DAYS))?;
    let years = match reader.active_brand()? {
        Some(row) => years_due(&row, &reader.assessments_of(row.id)?, today),
        None => Vec::new(),
    };
    let (quarter, matrix) = (event::quarter(today), reader.event_matrix(today.year())?);
    let held = |place: &Place| matrix.cell(*place, quarter).map_or(0, |cell| cell.held);
    let gap = |place: &Place| event::is_gap(today.year(), quarter, held(place), today);
    Ok(BrandDue {
        to_approve: narrow(to_approve),
        milestones: (milestones.iter().take(MILESTONES_SHOWN))
            .map(|due| DueMilestone {
                brand: due.brand.to_string(),
                title: due.milestone.title.clone().unwrap_or_default(),
                due_on: due.milestone.due_on.map(shown::day).unwrap_or_default(),
                overdue: lines::is_overdue(&due.milestone, today),
            })
            .collect(),
        assessment_due: years.first().and_then(|year| u32::try_from(*year).ok()),
        overdue_events: narrow(reader.events_overdue(today)?.len()),
        gaps: Place::ALL.iter().filter(|place| gap(place)).map(|place| events::setting(*place)).collect(),
        handovers: narrow(handovers),
    })
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
