#![allow(clippy::unwrap_used)]

use super::*;

fn holidays(rows: &str) -> Vec<u8> {
    format!("{{\"kind\": \"holidays\", \"title\": \"放假安排\", \"rows\": [{rows}]}}").into_bytes()
}

fn faults(kind: Kind, file: &str) -> Vec<(usize, &'static str, String)> {
    let faults = kind.read(file.as_bytes()).unwrap_err();
    faults.into_iter().map(|fault| (fault.row, fault.column, fault.message)).collect()
}

#[test]
fn a_table_is_read_and_written_in_one_form() {
    let file =
        holidays(" {\"kind\": \"holiday\", \"date\": \"2027-01-01\"}, {\"date\":\"2027-01-03\",\"kind\":\"workday\"} ");
    let document = Kind::Holidays.read(&file).unwrap();
    let canonical = document.canonical();
    assert_eq!(
        String::from_utf8(canonical.clone()).unwrap(),
        "{\"kind\":\"holidays\",\"title\":\"放假安排\",\"rows\":[{\"date\":\"2027-01-01\",\"kind\":\"holiday\"},\
         {\"date\":\"2027-01-03\",\"kind\":\"workday\"}]}"
    );
    assert_eq!(Kind::Holidays.read(&canonical).unwrap(), document);
}

#[test]
fn every_fault_names_its_row_and_column() {
    let file = holidays(
        "{\"date\":\"2027-02-30\",\"kind\":\"holiday\"},{\"date\":\"2027-01-01\",\"kind\":\"off\"},\
         {\"date\":\"2027-01-04\",\"kind\":\"workday\"},{\"date\":\"2027-01-01\",\"kind\":\"holiday\"}",
    );
    let found = faults(Kind::Holidays, std::str::from_utf8(&file).unwrap());
    let places: Vec<(usize, &str)> = found.iter().map(|(row, column, _)| (*row, *column)).collect();
    assert_eq!(places, [(1, "日期"), (2, "类型"), (3, "类型"), (4, "日期")]);
    assert!(found[3].2.contains("与第 2 行重复"));
    let mixed =
        holidays("{\"date\":\"2027-02-30\",\"kind\":\"holiday\"},{\"date\":\"2027-01-01\"},{\"kind\":\"holiday\"}");
    let found = faults(Kind::Holidays, std::str::from_utf8(&mixed).unwrap());
    let places: Vec<(usize, &str)> = found.iter().map(|(row, column, _)| (*row, *column)).collect();
    assert_eq!(places, [(1, "日期"), (2, "类型"), (3, "日期")], "form and content at once");
    let missing = faults(
        Kind::Holidays,
        "{\"kind\":\"holidays\",\"title\":\"x\",\"rows\":[{\"date\":\"2027-01-01\",\"day\":1}]}",
    );
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert_eq!((missing[1].0, missing[1].1), (1, "类型"));
}

#[test]
fn a_wrong_file_says_which_one_it_is() {
    let wrong = faults(Kind::Divisions, std::str::from_utf8(&holidays("")).unwrap());
    assert!(wrong[0].2.contains("这是工作日表，不是区划表"), "{wrong:?}");
    let cut = faults(Kind::Holidays, "{\"kind\":\"holidays\",\n\"title\":");
    assert!(cut[0].2.contains("第 2 行"), "{cut:?}");
    assert_eq!(faults(Kind::Holidays, std::str::from_utf8(&holidays("")).unwrap())[0].0, 0);
}

#[test]
fn the_bundled_tables_pass() {
    let table = |kind: Kind, csv: &str| {
        let mut lines = csv.lines();
        let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
        let rows: Vec<serde_json::Value> = lines
            .map(|line| {
                let cells = line.split(',').map(serde_json::Value::from);
                heads.iter().map(|head| (*head).to_owned()).zip(cells).collect::<serde_json::Map<_, _>>().into()
            })
            .collect();
        let file = serde_json::json!({"kind": kind.as_code(), "title": kind.label(), "rows": rows}).to_string();
        kind.read(file.as_bytes()).unwrap()
    };
    let divisions = include_str!("../../../../../assets/data/divisions-330211.csv");
    assert_eq!(table(Kind::Divisions, divisions).rows.len(), 107);
    table(Kind::Holidays, include_str!("../../../../../assets/data/holidays-cn.csv"));
    table(Kind::LegalBases, include_str!("../../../../../assets/data/legal-bases.csv"));
}

#[test]
fn a_rule_that_the_law_forbids_is_not_published() {
    let rule = |item: &str, points: i32| {
        format!(
            "{{\"kind\":\"rule_templates\",\"title\":\"样本\",\"rows\":[{{\"code\":\"A01\",\"category\":\"志愿服务\",\
             \"item\":\"{item}\",\"points\":{points},\"unit\":\"次\",\"subject\":\"个人\"}}]}}"
        )
    };
    assert!(Kind::RuleTemplates.read(rule("清扫楼道", 2).as_bytes()).is_ok());
    assert_eq!(faults(Kind::RuleTemplates, &rule("清扫楼道", -2))[0].1, "分值");
    assert_eq!(faults(Kind::RuleTemplates, &rule("无偿献血", 2))[0].0, 1);
}

#[test]
fn a_catalogue_must_hold_what_the_programs_cite() {
    let file = "{\"kind\":\"legal_bases\",\"title\":\"目录\",\"rows\":[{\"key\":\"浙江14\",\"title\":\"条例\",\
                \"article\":\"第十四条\",\"in_force_from\":\"2018-01-01\"}]}";
    let found = faults(Kind::LegalBases, file);
    assert!(found.len() > 1 && found.iter().all(|(row, _, message)| *row == 0 && message.contains("缺少索引")));
}

#[test]
fn changes_are_told_by_key() {
    let read = |rows: &str| Kind::Holidays.read(&holidays(rows)).unwrap();
    let day = |date: &str, kind: &str| format!("{{\"date\":\"{date}\",\"kind\":\"{kind}\"}}");
    let before =
        read(&[day("2027-01-02", "holiday"), day("2027-01-03", "workday"), day("2027-02-05", "holiday")].join(","));
    let after =
        read(&[day("2027-01-02", "workday"), day("2027-01-03", "workday"), day("2027-05-03", "holiday")].join(","));
    let changes = after.changes_since(Some(&before));
    assert_eq!(changes.added, ["2027-05-03"]);
    assert_eq!(changes.changed, ["2027-01-02"]);
    assert_eq!(changes.removed, ["2027-02-05"]);
    assert_eq!(changes.same, 1);
    assert!(after.changes_since(Some(&after)).is_empty());
    assert_eq!(after.changes_since(None).added.len(), 3);
}
