//! The page of one brand, also the reply of every act that changes it.

use chrono::NaiveDate;
use zhenxin_domain::{
    brand::{self, BrandState as State},
    ids::BrandId,
};
use zhenxin_store::{AssessmentRow, BrandRow, Reader};

use super::{lines, moves, unknown};
use crate::{
    Caller,
    contract::{Fault, brands::*},
    handover,
    recusal::Own,
    wording,
};

pub fn of(caller: &Caller, reader: &Reader, id: BrandId) -> Result<BrandDetail, Fault> {
    let today = caller.today();
    let dossier = reader.brand_dossier(id)?.ok_or_else(unknown)?;
    let row = &dossier.brand;
    let (users, own) = (reader.users()?, Own::of(reader, caller)?);
    let due = years_due(row, &dossier.assessments, today);
    Ok(BrandDetail {
        line: lines::brand(&users, row),
        story: row.story.clone().unwrap_or_default(),
        objectives: row.objectives.clone(),
        mark: row.mark.as_ref().map(lines::file),
        milestones: dossier.milestones.iter().map(|row| lines::milestone(row, today)).collect(),
        indicators: dossier.indicators.iter().map(|row| lines::indicator(&users, row)).collect(),
        partners: dossier.partners.iter().map(lines::partner).collect(),
        files: dossier.files.iter().map(lines::file).collect(),
        assessments: dossier.assessments.iter().map(|row| lines::assessment(&users, row)).collect(),
        steps: dossier.steps.iter().map(|row| lines::step(&users, row)).collect(),
        handovers: dossier.handovers.iter().map(|row| handover::line(&users, &own, row)).collect(),
        moves: moves::allowed(caller, reader, &own, row)?,
        recusal: moves::recusal(&own, row),
        assessments_due: due.into_iter().filter_map(|year| u32::try_from(year).ok()).collect(),
        warnings: wording::findings(texts(row)),
    })
}

fn texts(row: &BrandRow) -> impl Iterator<Item = &str> {
    let heads = [&row.name, &row.slogan, &row.domain, &row.owner_unit, &row.story];
    heads.into_iter().flatten().chain(&row.objectives).map(String::as_str)
}

/// Years of the active brand without an assessment.
pub fn years_due(row: &BrandRow, assessments: &[AssessmentRow], today: NaiveDate) -> Vec<i32> {
    let assessed: Vec<i32> = assessments.iter().map(|row| row.year).collect();
    let since = row.active_since.filter(|_| row.state == State::Active);
    since.map(|since| brand::assessments_due(since, &assessed, today)).unwrap_or_default()
}
