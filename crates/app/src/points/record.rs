//! Recording one activity for many residents.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use zhenxin_domain::{
    award::AwardState,
    cap::{self, Cap},
    ids::{RequestId, ResidentId, RuleVersionId},
    lawful,
    ledger::{Amount, Owner},
    rule::Subject,
    text,
};
use zhenxin_store::{AwardBatch, AwardDraft, AwardTo, ConsentRow, EvidenceDraft, Reader, ResidentRow, RuleVersionRow};

use crate::{
    Caller, attachments,
    contract::{Fault, points::*},
    form::rows_refused,
    privacy,
    request::{former_reply, remember},
    shown,
};

/// Rows of one activity: a village's whole assembly.
const ROWS_MAX: usize = 1_000;
/// Times one act is counted at once.
const UNITS_MAX: u32 = 99;
/// Characters of an activity's name: one line of the statement.
const ACTIVITY_CHARS_MAX: usize = 100;
/// Photographs of one activity.
const FILES_MAX: usize = 9;
/// Earlier awards of one resident among which the same event is looked for.
const SAME_EVENT_ROWS: u32 = 200;

/// The account, the points and what remains under the cap after them; or why nothing can be recorded.
pub type Verdict = Result<(Owner, Amount, Option<u32>), String>;

/// Whether a rule gives a resident points for a day: consent, subject, cap, not recorded before.
pub struct RowCheck {
    version: RuleVersionRow,
    subject: Subject,
    occurred_on: NaiveDate,
    activity: String,
    booked: HashMap<Owner, u32>,
}

impl RowCheck {
    /// The rule must be in force on the day.
    pub fn new(reader: &Reader, version: RuleVersionId, occurred_on: NaiveDate, activity: &str) -> Result<Self, Fault> {
        let version = reader
            .rules_in_force(occurred_on)?
            .into_iter()
            .find(|row| row.version_id == version)
            .ok_or_else(|| Fault::field("rule_version", "这条细则在活动当天没有生效，请重新选择细则或日期。"))?;
        let subject = Subject::from_code(&version.subject).unwrap_or(Subject::Person);
        let activity = activity.to_owned();
        Ok(Self { version, subject, occurred_on, activity, booked: HashMap::new() })
    }

    /// Points for so many units.
    pub fn amount(&self, units: u32) -> Result<Amount, String> {
        if units == 0 || units > UNITS_MAX {
            return Err(format!("数量应为 1 到 {UNITS_MAX}。"));
        }
        Amount::new(i64::from(self.version.points) * i64::from(units)).map_err(|fault| fault.to_string())
    }

    /// The account that the points go to.
    pub fn owner(&self, row: &ResidentRow) -> Result<Owner, String> {
        match self.subject {
            Subject::Person => Ok(Owner::Resident(row.id)),
            Subject::Household => row
                .household
                .map(Owner::Household)
                .ok_or_else(|| "没有户编号，家庭积分无处可记，请先在名册里补上。".to_owned()),
        }
    }

    /// What remains under the cap after this row, or why the row cannot be recorded. Rows accepted earlier in the
    /// same batch count.
    pub fn check(
        &mut self,
        reader: &Reader,
        row: &ResidentRow,
        consents: &[ConsentRow],
        units: u32,
    ) -> Result<Verdict, Fault> {
        if let Err(fault) = privacy::may_take_part(reader, row.id, consents, self.occurred_on)? {
            return Ok(Err(fault.to_string()));
        }
        let (owner, amount) = match self.owner(row).and_then(|owner| Ok((owner, self.amount(units)?))) {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        if self.subject == Subject::Household && self.booked.contains_key(&owner) {
            return Ok(Err("同一户已在前面的行里，家庭积分一户只记一次。".to_owned()));
        }
        if self.recorded_before(reader, row.id)? {
            return Ok(Err("这件事已经给这位居民记过，不重复记。".to_owned()));
        }
        let headroom = match self.version.cap {
            None => None,
            Some(cap) => {
                let already = self.already(reader, cap, owner)?;
                match cap::headroom(Some(cap), already, amount) {
                    Ok(left) => left,
                    Err(fault) => return Ok(Err(fault.to_string())),
                }
            }
        };
        *self.booked.entry(owner).or_default() += amount.get();
        Ok(Ok((owner, amount, headroom)))
    }

    fn already(&self, reader: &Reader, cap: Cap, owner: Owner) -> Result<u32, Fault> {
        let (from, to) = cap.period.bounds(self.occurred_on);
        let before = reader.points_in_period(owner, self.version.rule, from, to)?;
        Ok(before + self.booked.get(&owner).copied().unwrap_or_default())
    }

    fn recorded_before(&self, reader: &Reader, resident: ResidentId) -> Result<bool, Fault> {
        if self.activity.is_empty() {
            return Ok(false);
        }
        let awards = reader.awards_of_resident(resident, SAME_EVENT_ROWS, 0)?;
        Ok(awards.iter().any(|award| {
            award.resident == resident
                && award.occurred_on == self.occurred_on
                && award.rule_version == self.version.version_id
                && award.activity_name.as_deref() == Some(self.activity.as_str())
                && !matches!(award.state, AwardState::SentBack | AwardState::Reversed)
        }))
    }
}

/// A request whose form is right.
struct Checked {
    request_id: RequestId,
    version: RuleVersionId,
    occurred_on: NaiveDate,
    activity: String,
    evidence: Vec<EvidenceDraft>,
    rows: Vec<(ResidentId, u32)>,
}

impl Checked {
    fn read(request: &RecordPoints, today: NaiveDate) -> Result<Self, Fault> {
        let activity = text::sentence(&request.activity);
        let length = activity.chars().count();
        if length == 0 || length > ACTIVITY_CHARS_MAX {
            return Err(Fault::field("activity", format!("活动名称请写 1 到 {ACTIVITY_CHARS_MAX} 个字。")));
        }
        if request.rows.is_empty() || request.rows.len() > ROWS_MAX {
            return Err(Fault::field("rows", format!("每次请记 1 到 {ROWS_MAX} 人。")));
        }
        let rows = request.rows.iter().map(|row| Ok((shown::parse_id(&row.resident)?, row.units.unwrap_or(1))));
        Ok(Self {
            request_id: shown::parse_id(&request.request_id)?,
            version: shown::parse_id(&request.rule_version)?,
            occurred_on: shown::parse_day("occurred_on", "活动日期", &request.occurred_on, today)?,
            activity,
            evidence: attachments::read_files("evidence", request.evidence.as_deref().unwrap_or_default(), FILES_MAX)?,
            rows: rows.collect::<Result<_, Fault>>()?,
        })
    }
}

pub fn record(caller: &Caller, request: RecordPoints) -> Result<PointsRecorded, Fault> {
    let checked = Checked::read(&request, caller.today())?;
    let skip_faulty = request.skip_faulty.unwrap_or(false);
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, checked.request_id)? {
            return Ok(reply);
        }
        let (awards, left_out, points) = check_rows(tx.reader(), &checked)?;
        if awards.is_empty() || (!left_out.is_empty() && !skip_faulty) {
            return Err(refusal(left_out));
        }
        let recorded = u32::try_from(awards.len()).unwrap_or(u32::MAX);
        let batch = AwardBatch {
            activity: None,
            activity_name: checked.activity.clone(),
            rule_version: checked.version,
            request: Some(checked.request_id),
            occurred_on: checked.occurred_on,
            evidence: checked.evidence.clone(),
            rows: awards,
        };
        let done = tx.record_awards(batch)?;
        let warnings = lawful::scan_free_text(&checked.activity).iter().map(ToString::to_string).collect();
        let activity = done.activity.to_string();
        remember(tx, checked.request_id, PointsRecorded { activity, recorded, points, left_out, warnings })
    })
}

/// Every row judged: awards, rows left out with their reasons, points in all.
fn check_rows(reader: &Reader, checked: &Checked) -> Result<(Vec<AwardDraft>, Vec<LeftOut>, i64), Fault> {
    let mut check = RowCheck::new(reader, checked.version, checked.occurred_on, &checked.activity)?;
    let ids: Vec<ResidentId> = checked.rows.iter().map(|(id, _)| *id).collect();
    let residents: HashMap<ResidentId, ResidentRow> =
        reader.residents(&ids)?.into_iter().map(|row| (row.id, row)).collect();
    let consents = reader.consents_of_many(&ids)?;
    let (mut awards, mut left_out, mut points) = (Vec::new(), Vec::new(), 0_i64);
    let mut seen = HashSet::new();
    for (index, (id, units)) in checked.rows.iter().enumerate() {
        let verdict = match residents.get(id) {
            None => Err("名册里没有这位居民。".to_owned()),
            Some(_) if !seen.insert(*id) => Err("这位居民已在前面的行里，一次活动一人一行。".to_owned()),
            Some(row) => check.check(reader, row, consents.get(id).map_or(&[], Vec::as_slice), *units)?,
        };
        match verdict {
            Ok((owner, amount, _)) => {
                points += i64::from(amount.get());
                let to = if matches!(owner, Owner::Household(_)) { AwardTo::Household } else { AwardTo::Resident };
                awards.push(AwardDraft { resident: *id, to, amount_points: amount.get() });
            }
            Err(reason) => {
                let row = u32::try_from(index + 1).unwrap_or(u32::MAX);
                left_out.push(LeftOut { row, resident: id.to_string(), reason });
            }
        }
    }
    Ok((awards, left_out, points))
}

fn refusal(left_out: Vec<LeftOut>) -> Fault {
    let message = format!("{} 行不能记分，没有写入任何一行。请改正或去掉这些行，再提交。", left_out.len());
    rows_refused(message, left_out)
}
