//! The bundled division table: which towns there are and which villages belong to them.

use std::sync::OnceLock;

use zhenxin_domain::division::{TownCode, VillageCode};

use crate::contract::session::{Division, Divisions, Town};

/// Statistical codes of the district (see assets/data/README.md).
const TABLE: &str = include_str!("../../../assets/data/divisions-330211.csv");

/// A village or community.
pub struct VillageDivision {
    /// 12 digits.
    pub code: VillageCode,
    /// Name.
    pub name: String,
}

/// A town or street office.
pub struct TownDivision {
    /// 9 digits.
    pub code: TownCode,
    /// Name.
    pub name: String,
    /// Its villages in code order.
    pub villages: Vec<VillageDivision>,
}

struct Table {
    district: String,
    towns: Vec<TownDivision>,
}

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut parsed = Table { district: String::new(), towns: Vec::new() };
        for line in TABLE.lines().skip(1) {
            let mut fields = line.split(',');
            let (code, name) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default().to_owned());
            if let Ok(code) = code.parse::<TownCode>() {
                parsed.towns.push(TownDivision { code, name, villages: Vec::new() });
            } else if let Ok(code) = code.parse::<VillageCode>() {
                let town = parsed.towns.iter_mut().find(|town| town.code == code.town());
                town.expect("the bundled table lists a town before its villages")
                    .villages
                    .push(VillageDivision { code, name });
            } else if parsed.district.is_empty() {
                parsed.district = name;
            }
        }
        parsed
    })
}

/// The town with this code, if it is in the bundled table.
pub fn town(code: TownCode) -> Option<&'static TownDivision> {
    table().towns.iter().find(|town| town.code == code)
}

/// The town as the boundary shows it.
pub fn shown(town: &TownDivision) -> Town {
    let villages = town.villages.iter();
    Town {
        town: Division { code: town.code.to_string(), name: town.name.clone() },
        villages: villages
            .map(|village| Division { code: village.code.to_string(), name: village.name.clone() })
            .collect(),
    }
}

/// All towns.
pub fn all() -> Divisions {
    let table = table();
    Divisions { district: table.district.clone(), towns: table.towns.iter().map(shown).collect() }
}
