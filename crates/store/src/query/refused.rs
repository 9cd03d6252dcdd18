//! Awards whose recording the district refused. They are in no table, for they count nowhere, but
//! who recorded them must see what became of them; they are read from the log, where they are few.

use zhenxin_domain::award::AwardState;
use zhenxin_domain::ids::{HouseholdId, ResidentId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::award::AwardRecorded;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::seal::{Place, open};

use super::Reader;
use super::award::{AwardRow, AwardTo};
use crate::error::StoreError;
use crate::sql::date;
use crate::vault::{Held, Vault};

/// Refused operations that are looked through, the newest ones. Each is a fault that somebody has
/// to settle; a town with more has stopped looking.
const REFUSED_OPS_MAX: u32 = 200;

impl Reader<'_> {
    /// The refused awards of a resident, and those of other members for the household's account.
    pub(super) fn refused_awards(
        &self,
        resident: ResidentId,
        household: Option<HouseholdId>,
    ) -> Result<Vec<AwardRow>, StoreError> {
        let sql = "SELECT bytes FROM op WHERE status = 2 AND readable = 0 AND kind = 'award.recorded'
                   ORDER BY no DESC LIMIT ?1";
        let stored: Vec<Vec<u8>> = self.all(sql, [REFUSED_OPS_MAX], |row| row.get(0))?;
        let mut awards = Vec::new();
        for bytes in stored {
            let op = Op::from_bytes(&bytes)?;
            let Ok(Some(Body::AwardRecorded(body))) = op.read_body() else { continue };
            self.refused_rows(&op, &body, resident, household, &mut awards)?;
        }
        Ok(awards)
    }

    fn refused_rows(
        &self,
        op: &Op,
        body: &AwardRecorded,
        resident: ResidentId,
        household: Option<HouseholdId>,
        awards: &mut Vec<AwardRow>,
    ) -> Result<(), StoreError> {
        let before = awards.len();
        for row in &body.rows {
            let to = AwardTo::of_subject(row.subject);
            let shared = to == AwardTo::Household && household.is_some() && row.household == household;
            if row.resident != resident && !shared {
                continue;
            }
            awards.push(AwardRow {
                id: row.award,
                scope: op.scope,
                activity: body.activity,
                activity_name: None,
                rule_version: body.rule_version,
                rule: None,
                rule_code: None,
                rule_item: None,
                to,
                resident: row.resident,
                resident_name: self.resident(row.resident)?.and_then(|row| row.name),
                household: row.household,
                amount_points: row.amount_points,
                occurred_on: date(op.occurred_on),
                recorded_by: op.actor,
                recorded_at: op.recorded_at,
                device: op.device,
                op: op.content_id(),
                state: AwardState::Submitted,
                effective_on: None,
                reviewed_by: None,
                reviewed_at: None,
                reason: None,
                transfer: None,
                reversal: None,
                reverse_reason: None,
                reversed_at: None,
                reversed_by: None,
                refused: true,
            });
        }
        if awards.len() == before {
            return Ok(());
        }
        let name = self.activity_name_in(op, body)?;
        let version = self.rule_version(body.rule_version)?;
        for award in &mut awards[before..] {
            award.activity_name.clone_from(&name);
            award.rule = version.as_ref().map(|version| version.rule);
            award.rule_code = version.as_ref().map(|version| version.code.clone());
            award.rule_item = version.as_ref().map(|version| version.item.clone());
        }
        Ok(())
    }

    fn activity_name_in(&self, op: &Op, body: &AwardRecorded) -> Result<Option<String>, StoreError> {
        let (Some(sealed), subject) = (&body.activity_name, *body.activity.as_bytes()) else {
            return Ok(None);
        };
        let Held::Key(key) = Vault::new(self.conn()).held(&subject)? else {
            return Ok(None);
        };
        let place = Place { op: op.content_id(), subject, field: "activity_name" };
        Ok(open(&key, place, sealed).ok().map(|plain| plain.to_string()))
    }
}
