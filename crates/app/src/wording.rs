//! What a free text should not say: matters that a credit system may not touch, and numbers that name a person.

use zhenxin_domain::{lawful, personal};

use crate::fault::sentence;

/// Every finding in these texts, each once, in words without the text itself.
pub fn findings<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        let lawful = lawful::scan_free_text(text).into_iter().map(|finding| finding.to_string());
        let personal = personal::scan(text).into_iter().map(|number| number.to_string());
        for finding in lawful.chain(personal).map(|finding| sentence(&finding)) {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found
}
