use super::*;

#[test]
fn a_typed_code_finds_the_printed_one() {
    for typed_in in ["K3QX7-M2P9A", "k3qx7m2p9a", " K3QX7 — M2P9A ", "K3QX7-M2P9A，谢谢"] {
        assert_eq!(typed(typed_in), "K3QX7-M2P9A", "{typed_in}");
    }
    assert_eq!(typed("K3QX7M2P9AEXTRA"), "K3QX7-M2P9A");
    assert_eq!(typed(""), "");
}

#[test]
fn a_paper_shows_the_time_of_the_office() {
    let time = print_time(1_767_592_800_000);
    assert_eq!((time.year, time.month, time.day, time.hour, time.minute), (2026, 1, 5, 14, 0));
}
