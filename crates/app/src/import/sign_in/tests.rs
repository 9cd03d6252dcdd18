#![allow(clippy::unwrap_used)]

use super::*;

fn lines(csv: &str) -> Vec<String> {
    sign_in_lines("签到.csv", csv.as_bytes(), 5).unwrap()
}

#[test]
fn title_heading_running_numbers_and_signatures_are_no_people() {
    let sheet = "诚信宣传进社区活动签到表,,,\n序号,姓名,户编号,签名\n1,单碶䶮,1019990001,单\n2, 王 芳 ,,\n,,,\n3,,,\n填表人：,李,,\n";
    assert_eq!(lines(sheet), ["单碶䶮 1019990001", "王芳"]);
}

#[test]
fn an_id_number_leaves_only_its_last_places() {
    assert_eq!(lines("姓名,身份证号\n单碶䶮,330206199206026211\n"), ["单碶䶮 6211"]);
}

#[test]
fn without_a_heading_every_row_is_somebody() {
    assert_eq!(lines("1,单碶䶮,思源社区\n2,王芳\n陈建国\n"), ["单碶䶮 思源社区", "王芳", "陈建国"]);
}

#[test]
fn an_empty_list_and_a_long_one_are_refused_in_words() {
    for (csv, word) in [("姓名\n", "没有读到"), ("姓名\n甲\n乙\n丙\n丁\n戊\n己\n", "最多 5 人")] {
        let fault = sign_in_lines("签到.csv", csv.as_bytes(), 5).unwrap_err();
        assert!(fault.message.contains(word), "{}", fault.message);
    }
}
