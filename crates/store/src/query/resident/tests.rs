#![allow(clippy::unwrap_used)]
use super::*;
use crate::proving::{Desk, village};

/// As the screens show it.
fn number(id: ResidentId) -> String {
    let text = id.to_string();
    text[text.len() - SHORT_NUMBER_CHARS..].to_uppercase()
}

#[test]
fn a_number_leads_to_who_is_in_the_lists() {
    let desk = Desk::new(94);
    let kept = desk.resident(0, "张三", "330211199001011234");
    let twin = desk.resident(0, "张三", "");
    let there = desk.resident(1, "李四", "330211198507074321");
    let found = |id: ResidentId| desk.read(|r| r.resident_by_number(&number(id))).map(|row| row.id);
    let within = |id: ResidentId| {
        let found = desk.store.read_within(&[village(0)], |r| r.resident_by_number(&number(id)));
        found.unwrap().map(|row| row.id)
    };
    assert_eq!((found(kept), found(twin), found(there)), (Some(kept), Some(twin), Some(there)));
    assert_eq!((within(kept), within(there)), (Some(kept), None), "who lives elsewhere is not seen");
    desk.write(|tx| tx.merge_residents(kept, twin));
    assert_eq!((found(twin), within(twin)), (Some(kept), Some(kept)));
    for typed in ["", "1234567", "+1234567", "12345678 ", "ABCDEFGH", &kept.to_string()] {
        assert_eq!(desk.read(|r| r.resident_by_number(typed)), None, "{typed}");
    }
    desk.write(|tx| tx.erase_resident(kept, None, "court", &[]));
    assert_eq!((found(kept), found(twin), found(there)), (None, None, Some(there)));
}

#[test]
fn a_number_is_looked_up_in_its_index() {
    let desk = Desk::new(95);
    let plan = |reader: &Reader<'_>| -> Result<String, StoreError> {
        let mut statement = reader.conn().prepare(&format!("EXPLAIN QUERY PLAN {BY_NUMBER}"))?;
        let lines = statement.query_map([[0_u8; 4]], |row| row.get::<_, String>(3))?;
        Ok(lines.collect::<Result<Vec<_>, _>>()?.join("; "))
    };
    for plan in [desk.read(plan), desk.store.read_within(&[village(0)], plan).unwrap()] {
        assert!(plan.contains("resident_by_number"), "{plan}");
    }
}
