//! The legal-basis catalogue: keys in the code, titles and articles in the table.

use zhenxin_domain::lawful::Finding;

/// Key, title, article, day from which it is in force (see assets/data/README.md).
const TABLE: &str = include_str!("../../../assets/data/legal-bases.csv");

/// A finding with the law that it rests on.
pub fn with_basis(finding: &Finding) -> String {
    let bases: Vec<String> = finding.ground.citations().iter().filter_map(|key| cite(key)).collect();
    format!("{finding}。依据：{}", bases.join("；"))
}

/// The law of a key, as it is cited; the key itself where the catalogue does not know it.
pub fn cited(key: &str) -> String {
    cite(key).unwrap_or_else(|| key.to_owned())
}

fn cite(key: &str) -> Option<String> {
    let mut rows = TABLE.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let row = rows.find(|row| row.first() == Some(&key))?;
    Some(format!("《{}》{}", row.get(1)?, row.get(2)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhenxin_domain::lawful::CATALOGUE_KEYS;

    #[test]
    fn every_key_of_the_code_is_in_the_catalogue() {
        for key in CATALOGUE_KEYS {
            assert!(cite(key).is_some(), "{key} is not in legal-bases.csv");
        }
        assert!(cite("unknown").is_none());
    }
}
