//! A brand and its parts as the boundary shows them.

use chrono::NaiveDate;
use zhenxin_domain::brand::{BrandState as State, BrandStep, MilestoneState as Progress};
use zhenxin_store::{
    AssessmentRow, BrandRow, BrandStepRow, FileRow, IndicatorRow, LostAct, MilestoneRow, PartnerRow, UserRow,
};

use crate::{contract::brands::*, shown};

pub fn brand(users: &[UserRow], row: &BrandRow) -> BrandLine {
    BrandLine {
        brand: row.id.to_string(),
        name: row.name.clone().unwrap_or_default(),
        slogan: row.slogan.clone().unwrap_or_default(),
        domain: row.domain.clone().unwrap_or_default(),
        owner_unit: row.owner_unit.clone().unwrap_or_default(),
        state: state(row.state),
        since: shown::day_of(row.since_at),
        proposed_by: shown::actor(users, row.proposed_by),
        milestones_done: row.milestones_done,
        milestones: row.milestones,
        lost: lost(users, row),
    }
}

fn lost(users: &[UserRow], row: &BrandRow) -> Option<String> {
    let lost = row.lost.as_ref()?;
    let act = match lost.what {
        LostAct::Step(step) => step_label(step).to_owned(),
        LostAct::Assessment { year } => format!("{year} 年度评估"),
    };
    Some(format!(
        "{} 于 {} 办理的“{act}”晚于另一台电脑上的决定，没有生效，请核对后再办。",
        shown::actor(users, lost.actor),
        shown::time(lost.at)
    ))
}

fn state(state: State) -> BrandState {
    match state {
        State::Proposed => BrandState::Proposed,
        State::SentBack => BrandState::SentBack,
        State::Approved => BrandState::Approved,
        State::Active => BrandState::Active,
        State::Retired => BrandState::Retired,
    }
}

pub fn step_label(step: BrandStep) -> &'static str {
    match step {
        BrandStep::Propose => "申报",
        BrandStep::Approve => "批准",
        BrandStep::SendBack => "退回",
        BrandStep::Resubmit => "再次申报",
        BrandStep::Activate { .. } => "启用",
        BrandStep::Retire => "退役",
    }
}

pub fn step(users: &[UserRow], row: &BrandStepRow) -> BrandStepLine {
    let act = match (row.replaced_by, row.step) {
        (Some(_), _) => "由新启用的品牌接替，退役",
        (None, BrandStep::Activate { replaces: Some(_) }) => "启用，接替原来的品牌",
        (None, step) => step_label(step),
    };
    let reason = row.reason.as_deref().map(|reason| format!("：{reason}")).unwrap_or_default();
    let lost = if row.lost { "（晚于另一处的决定，没有生效）" } else { "" };
    BrandStepLine {
        at: shown::time(row.at),
        actor: shown::actor(users, row.actor),
        text: format!("{act}{reason}{lost}"),
    }
}

pub fn file(row: &FileRow) -> BrandFile {
    BrandFile {
        file: row.id.to_string(),
        caption: row.caption.clone().unwrap_or_default(),
        mime: row.mime.clone(),
        bytes_len: row.bytes_len,
        here: row.here,
    }
}

pub fn is_overdue(row: &MilestoneRow, today: NaiveDate) -> bool {
    row.state == Progress::Planned && row.due_on.is_some_and(|due| due < today)
}

pub fn milestone(row: &MilestoneRow, today: NaiveDate) -> Milestone {
    Milestone {
        milestone: row.id.to_string(),
        title: row.title.clone().unwrap_or_default(),
        due_on: row.due_on.map(shown::day).unwrap_or_default(),
        state: match row.state {
            Progress::Planned => MilestoneState::Planned,
            Progress::Done => MilestoneState::Done,
            Progress::Dropped => MilestoneState::Dropped,
        },
        done_on: row.done_on.map(shown::day),
        overdue: is_overdue(row, today),
    }
}

pub fn indicator(users: &[UserRow], row: &IndicatorRow) -> Indicator {
    let progress = || row.readings.last()?.value.progress_percent(row.baseline?, row.target?);
    Indicator {
        indicator: row.id.to_string(),
        name: row.name.clone().unwrap_or_default(),
        unit: row.unit.clone().unwrap_or_default(),
        baseline: row.baseline.map(|value| value.to_string()).unwrap_or_default(),
        target: row.target.map(|value| value.to_string()).unwrap_or_default(),
        progress_percent: progress(),
        readings: (row.readings.iter())
            .map(|reading| Reading {
                on: shown::day(reading.on),
                value: reading.value.to_string(),
                recorded_by: shown::actor(users, reading.recorded_by),
            })
            .collect(),
    }
}

pub fn partner(row: &PartnerRow) -> Partner {
    Partner {
        partner: row.id.to_string(),
        name: row.name.clone().unwrap_or_default(),
        role: row.role.clone().unwrap_or_default(),
    }
}

pub fn assessment(users: &[UserRow], row: &AssessmentRow) -> Assessment {
    Assessment {
        year: u32::try_from(row.year).unwrap_or_default(),
        renewed: row.renewed,
        text: row.findings.clone().unwrap_or_default(),
        assessed_by: shown::actor(users, row.assessed_by),
        on: shown::day(row.assessed_on),
    }
}

/// How far a milestone is, in the words of the papers.
pub fn milestone_words(row: &MilestoneRow, today: NaiveDate) -> &'static str {
    match row.state {
        Progress::Planned if is_overdue(row, today) => "已逾期",
        Progress::Planned => "进行中",
        state => state.label(),
    }
}
