//! Whose records a user sees: all of the town, or those of some villages.
//!
//! Reads go through [`Caller::read`], which cuts every table (see `store/sight`). What a request names is looked up the
//! same way before the handler sees it: an id out of sight is answered as one that does not exist, so that nobody learns
//! from a refusal who is on another village's roster.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;
use zhenxin_domain::{
    division::{Scope, VillageCode},
    ids::ResidentId,
};
use zhenxin_store::{IssueKey, IssueRow, Reader};

use crate::{
    Caller,
    contract::{Fault, FaultCode},
};

/// What a user sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// The whole town.
    All,
    /// These villages.
    Villages(BTreeSet<VillageCode>),
}

impl Sight {
    /// As it stands with the account: no village means the whole town.
    pub fn of(villages: &[VillageCode]) -> Self {
        if villages.is_empty() { Self::All } else { Self::Villages(villages.iter().copied().collect()) }
    }

    /// Whether a village is in sight.
    pub fn sees(&self, village: VillageCode) -> bool {
        match self {
            Self::All => true,
            Self::Villages(villages) => villages.contains(&village),
        }
    }

    /// The codes of the villages; none for the whole town.
    pub fn codes(&self) -> Vec<String> {
        self.villages().iter().map(ToString::to_string).collect()
    }

    fn villages(&self) -> Vec<VillageCode> {
        match self {
            Self::All => Vec::new(),
            Self::Villages(villages) => villages.iter().copied().collect(),
        }
    }

    /// Refuses a village out of sight.
    pub fn require(&self, field: &str, village: VillageCode) -> Result<(), Fault> {
        let refusal = || Fault::field(field, "这个村社不在您负责的范围内。请选择您负责的村社，或请安全管理员调整。");
        if self.sees(village) { Ok(()) } else { Err(refusal()) }
    }

    /// Refuses whoever does not see the whole town.
    pub fn require_whole(&self, what: &str) -> Result<(), Fault> {
        match self {
            Self::All => Ok(()),
            Self::Villages(_) => Err(Fault::new(
                FaultCode::Forbidden,
                format!("{what}涉及全镇，您只负责部分村社。请由负责全镇的同事办理。"),
            )),
        }
    }

    /// Whether an issue is in sight: of a village, or of somebody who lives there.
    pub fn sees_issue(&self, reader: &Reader, row: &IssueRow) -> Result<bool, Fault> {
        let Self::Villages(_) = self else { return Ok(true) };
        let by_person = match row.resident {
            Some(resident) => Some(reader.resident(resident)?.and_then(|row| row.village)),
            None => None,
        };
        Ok(match by_person {
            Some(village) => village.is_some_and(|village| self.sees(village)),
            None => matches!(row.scope, Scope::Village(village) if self.sees(village)),
        })
    }
}

impl Caller {
    /// What the user sees.
    pub(crate) const fn sight(&self) -> &Sight {
        &self.sight
    }

    /// Reads on one snapshot what the user sees. For records; what belongs to the town is read from the store itself.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.store().read_within(&self.sight.villages(), f)
    }
}

impl Caller {
    /// Refuses a resident out of the user's sight as one that does not exist.
    pub(crate) fn see_resident(&self, id: ResidentId) -> Result<(), Fault> {
        if self.read(|reader| Ok(reader.is_hidden(id.as_bytes())?))? { Err(out_of_sight()) } else { Ok(()) }
    }
}

fn out_of_sight() -> Fault {
    Fault::new(FaultCode::NotFound, "没有找到这条记录，或它不属于您负责的村社。请回到列表重新选择。")
}

/// Ids and codes in a request, wherever they stand in it.
#[derive(Debug, Default)]
pub struct Named {
    ids: Vec<[u8; 16]>,
    villages: Vec<VillageCode>,
}

impl Named {
    /// Gathers them.
    pub fn of(request: &Value) -> Self {
        let mut named = Self::default();
        named.gather(None, request);
        named
    }

    fn gather(&mut self, field: Option<&str>, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.gather(Some(name), value)),
            Value::Array(items) => items.iter().for_each(|item| self.gather(field, item)),
            Value::String(text) => self.text(field, text),
            _ => {}
        }
    }

    fn text(&mut self, field: Option<&str>, text: &str) {
        if let Some(key) = text.parse::<IssueKey>().ok().filter(|_| text.contains(':')) {
            self.ids.push(key.about.id);
            self.ids.extend(key.residents().into_iter().flatten().map(|id| *ResidentId::as_bytes(&id)));
        } else if field == Some("village") {
            self.villages.extend(text.parse::<VillageCode>());
        } else {
            // a decision names a record behind its colon
            let id = text.rsplit(':').next().unwrap_or(text);
            self.ids.extend(Uuid::parse_str(id).ok().map(Uuid::into_bytes));
        }
    }

    /// Refuses what is out of the caller's sight.
    pub fn check(&self, caller: &Caller) -> Result<(), Fault> {
        let Sight::Villages(_) = caller.sight() else { return Ok(()) };
        for village in &self.villages {
            caller.sight().require("village", *village)?;
        }
        let hidden = caller.read(|reader| {
            for id in &self.ids {
                if reader.is_hidden(id)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        if hidden { Err(out_of_sight()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
