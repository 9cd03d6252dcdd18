use super::*;

/// 2025-06-01T00:00:00Z.
const NOW_MS: i64 = 1_748_736_000_000;

#[test]
fn times_are_the_offices_times() {
    assert_eq!(moment(NOW_MS), "2025-06-01 08:00");
    assert_eq!(office_day(NOW_MS - 8 * 3_600_000), "2025-06-01");
    assert_eq!(office_day(NOW_MS - 8 * 3_600_000 - 1), "2025-05-31");
    assert_eq!(month(month_at(NOW_MS - 8 * 3_600_000 - 1)), "2025-05");
    assert_eq!(month(month_of(0)), "1970-01");
    assert_eq!(month(month_of(-1)), "1969-12");
    assert_eq!(month_of(31) - month_of(30), 1);
}

#[test]
fn amounts_read_as_an_office_writes_them() {
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(grouped(-1_000), "-1,000");
    assert_eq!(grouped(0), "0");
    assert_eq!(minutes(150), "2 小时 30 分");
    assert_eq!(minutes(120), "2 小时");
    assert_eq!(minutes(30), "30 分");
    assert_eq!(bytes(20 << 30), "20.0 GB");
    assert_eq!(bytes(0), "0 字节");
    assert_eq!(span(30_000), "不到 1 分钟");
    assert_eq!(span(3 * 86_400_000), "3 天");
}
