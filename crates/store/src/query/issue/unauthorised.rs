//! Accounts, and what is asked of passwords, changed by somebody who had not the duty for it.
//!
//! Every device writes the town's scope, and who acted is what the device says. So nothing is refused, and each PC
//! judges alike: by the duties as they stood before the operation in canonical order.

use std::collections::{BTreeSet, HashMap, HashSet};

use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::user::{ADMINISTRATOR, SECURITY_ADMINISTRATOR};
use zhenxin_protocol::op::Op;

use super::*;
use crate::fold::{read_op, turns_of};

/// Duties of an account, and whether it is open.
struct Account {
    duties: u32,
    active: bool,
}

/// The accounts as they stand at some place of the order.
#[derive(Default)]
struct Accounts {
    by_user: HashMap<UserId, Account>,
    /// Devices that have spoken of accounts. Each is set up by somebody who adds themselves first.
    founded: HashSet<[u8; 16]>,
}

impl Accounts {
    fn hold(&self, user: UserId, needed: u32) -> bool {
        self.by_user.get(&user).is_some_and(|account| account.active && account.duties & needed == needed)
    }

    /// Whether the actor may do this as the accounts stand.
    fn allow(&self, op: &Op, body: &Body) -> bool {
        let needed = match body {
            Body::UserAdded(body) if body.user == op.actor && !self.founded.contains(op.device.as_bytes()) => {
                return true;
            }
            Body::UserAdded(body) if body.duties == 0 => ADMINISTRATOR,
            Body::UserAdded(_) => ADMINISTRATOR | SECURITY_ADMINISTRATOR,
            Body::UserChanged(body) => {
                let of_duties = body.duties.is_some() || body.villages.is_some();
                let of_account = body.active.is_some() || body.resident.is_some() || body.resident_off;
                (if of_duties { SECURITY_ADMINISTRATOR } else { 0 }) | (if of_account { ADMINISTRATOR } else { 0 })
            }
            Body::UserCredential(body) if body.user == op.actor => return true,
            Body::UserCredential(body) => {
                let of_factor = body.totp.is_some() || body.totp_off;
                (if body.secret.is_some() { ADMINISTRATOR } else { 0 })
                    | (if of_factor { SECURITY_ADMINISTRATOR } else { 0 })
            }
            Body::SecurityPolicy(_) => SECURITY_ADMINISTRATOR,
            _ => 0,
        };
        self.hold(op.actor, needed)
    }

    fn take(&mut self, op: &Op, body: &Body) {
        self.founded.insert(*op.device.as_bytes());
        match body {
            Body::UserAdded(body) => {
                self.by_user.entry(body.user).or_insert(Account { duties: body.duties, active: true });
            }
            Body::UserChanged(body) => {
                if let Some(account) = self.by_user.get_mut(&body.user) {
                    account.duties = body.duties.unwrap_or(account.duties);
                    account.active = body.active.unwrap_or(account.active);
                }
            }
            _ => {}
        }
    }
}

impl Reader<'_> {
    /// The newest [`ISSUES_MAX`].
    pub(super) fn unauthorised(&self) -> Result<Vec<IssueRow>, StoreError> {
        let mut accounts = Accounts::default();
        let mut found = Vec::new();
        for no in turns_of(self.conn(), &self.entities_of_accounts()?)? {
            let Some((op, body)) = read_op(self.conn(), no)? else { continue };
            if !accounts.allow(&op, &body) {
                let content = op.content_id();
                let key =
                    IssueKey { kind: IssueKind::Unauthorised, about: of_op(content), op: Some(content), what: None };
                found.push(IssueRow { key, scope: op.scope, at: op.recorded_at, resident: None, decided: None });
            }
            accounts.take(&op, &body);
        }
        Ok(found.split_off(found.len().saturating_sub(ISSUES_MAX as usize)))
    }

    fn entities_of_accounts(&self) -> Result<BTreeSet<Entity>, StoreError> {
        let mut entities = BTreeSet::new();
        for kind in [EntityKind::User, EntityKind::SecurityPolicy] {
            let sql = "SELECT DISTINCT entity FROM op_entity WHERE entity BETWEEN ?1 AND ?2";
            let ends = [[0; 16], [0xff; 16]].map(|id| Entity::new(kind, id).to_bytes());
            let found = self.all(sql, ends, |row| Ok(Entity::from_bytes(&row.get::<_, Vec<u8>>(0)?)))?;
            entities.extend(found.into_iter().flatten());
        }
        Ok(entities)
    }
}

#[cfg(test)]
mod tests;
