use super::{CALLERS_MAX, Rate};

#[test]
fn each_caller_has_its_own_minute() {
    let rate = Rate::per_minute(2);
    assert_eq!(rate.count("a", 1_000), Ok(()));
    assert_eq!(rate.spent(&"a", 1_000), None);
    assert_eq!(rate.count("a", 2_000), Ok(()));
    assert_eq!(rate.spent(&"a", 2_000), Some(59));
    assert_eq!(rate.count("a", 59_999), Err(1));
    assert_eq!(rate.count("b", 59_999), Ok(()));
    assert_eq!(rate.count("a", 60_000), Ok(()));
}

#[test]
fn memory_is_bounded() {
    let rate = Rate::per_minute(5);
    for caller in 0..CALLERS_MAX {
        assert_eq!(rate.count(caller, 0), Ok(()));
    }
    assert!(rate.count(CALLERS_MAX, 0).is_err());
    assert_eq!(rate.count(0, 0), Ok(()));
    assert_eq!(rate.count(CALLERS_MAX, 60_000), Ok(()));
}
