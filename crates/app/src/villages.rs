//! Which village a sheet or a cell speaks of.

use zhenxin_domain::{division::VillageCode, text};

use crate::divisions::TownDivision;

/// Endings that offices add or leave out.
const ENDINGS: &[&str] =
    &["社区居民委员会", "村民委员会", "社区居委会", "居民委员会", "居委会", "村委会", "社区", "村"];

/// The town's villages, found by the names people write.
pub struct Villages<'a> {
    town: &'a TownDivision,
}

impl<'a> Villages<'a> {
    /// The villages of this town.
    pub fn of(town: &'a TownDivision) -> Self {
        Self { town }
    }

    /// The village whose name or code a cell, a sheet's name or an option gives, exactly.
    pub fn named(&self, written: &str) -> Option<VillageCode> {
        let written: String = text::normalise(written).split_whitespace().collect();
        let written = written.strip_prefix(self.town.name.as_str()).unwrap_or(&written);
        if written.is_empty() {
            return None;
        }
        let exact =
            self.town.villages.iter().find(|village| village.name == written || village.code.as_str() == written);
        let same_stem = || {
            let mut found = self.town.villages.iter().filter(|village| stem(&village.name) == stem(written));
            let first = found.next()?;
            found.next().is_none().then_some(first)
        };
        exact.or_else(same_stem).map(|village| village.code)
    }

    /// The village that a title row mentions: the longest name in it, the town's own name left aside.
    pub fn mentioned(&self, title: &str) -> Option<VillageCode> {
        let title: String = text::normalise(title).split_whitespace().collect();
        let title = title.replace(self.town.name.as_str(), "");
        let mut best: Option<(usize, VillageCode)> = None;
        for village in &self.town.villages {
            let stem = stem(&village.name);
            let names = [village.name.clone(), format!("{stem}村"), format!("{stem}社区")];
            let length = names.iter().filter(|name| title.contains(name.as_str())).map(String::len).max();
            if let Some(length) = length.filter(|length| best.is_none_or(|(longest, _)| *length > longest)) {
                best = Some((length, village.code));
            }
        }
        best.map(|(_, code)| code)
    }

    /// The village's name.
    pub fn name(&self, code: VillageCode) -> &'a str {
        self.town.villages.iter().find(|village| village.code == code).map_or("", |village| village.name.as_str())
    }
}

fn stem(name: &str) -> &str {
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).filter(|stem| !stem.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests;
