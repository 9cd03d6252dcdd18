use super::*;

#[test]
fn money_and_sizes_are_written_as_an_office_writes_them() {
    for (fen, written) in [
        (0, "0.00 元"),
        (5, "0.05 元"),
        (99_999, "999.99 元"),
        (125_000, "1,250.00 元"),
        (123_456_789, "1,234,567.89 元"),
    ] {
        assert_eq!(yuan(fen), written);
    }
    for (bytes, written) in [(1, "1 KB"), (1_025, "2 KB"), (1_258_292, "1.2 MB"), (8 << 20, "8.0 MB")] {
        assert_eq!(size(bytes), written);
    }
}
