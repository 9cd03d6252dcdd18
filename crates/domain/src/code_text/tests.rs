use super::*;

#[test]
fn a_code_survives_paper_and_typing() {
    let code = characters([0, 1, 10, 18, 31, 30, 17, 5]);
    assert_eq!(code, "01AJZYH5");
    assert_eq!(grouped(&code, 4), "01AJ-ZYH5");
    for written in ["01aj-zyh5", " O1AJ ZYH5", "oIaj–zyh5", "０１ＡＪ－ＺＹＨ５", "0laj zyh5"] {
        assert_eq!(typed(written), code, "{written}");
    }
    assert_eq!(typed("单号：u!"), "");
}
