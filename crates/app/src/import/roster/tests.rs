use super::{super::header::Form, *};

const GOOD_ID: &str = "330206199206026211";

fn cells(texts: &[&str]) -> Vec<Cell> {
    texts.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) }).collect()
}

fn read_all(rows: &[Vec<Cell>]) -> Vec<Reading> {
    let titles = ["序号", "户编号", "与户主关系", "姓名", "公民身份号码", "联系电话", "住址"];
    let header = Header::read(Form::Roster, 1, &cells(&titles)).expect("a header");
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
    let village: VillageCode = "330211101204".parse().expect("a village");
    let (mut seen, mut household) = (HashMap::new(), String::new());
    let mut readings = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let mut reader = RosterReader::new(&header, 0, "河头", today, &mut household);
        let number = u32::try_from(index + 2).expect("few rows");
        readings.push(reader.read(number, row, |_| Some(village), &mut seen, &["河头".to_owned()]));
    }
    readings
}

fn good(reading: &Reading) -> &RosterRow {
    match reading {
        Reading::Good(row) => row,
        Reading::PassedOver => panic!("passed over"),
        Reading::Faulty(faults) => panic!("{:?}", faults.iter().map(|fault| &fault.reason).collect::<Vec<_>>()),
    }
}

fn codes(reading: &Reading) -> Vec<&str> {
    match reading {
        Reading::Faulty(faults) => faults.iter().map(|fault| fault.code.as_str()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn forgives_what_offices_type() {
    let mut row =
        cells(&["1", "１０１", "户主", " 曹 宇 ", "＇３３０２０６１９９２０６０２６２１１", "", "思源社区西5组"]);
    row[5] = Cell::Number(13_621_856_649.0);
    let readings = read_all(&[row]);
    let read = good(&readings[0]);
    assert_eq!((read.name.as_str(), read.id_number.as_str()), ("曹宇", GOOD_ID));
    assert_eq!((read.household_number.as_str(), read.phone.as_deref()), ("101", Some("13621856649")));
}

#[test]
fn a_merged_household_number_is_inherited_within_the_household() {
    let readings = read_all(&[
        cells(&["1", "101", "户主", "曹宇", GOOD_ID]),
        cells(&["2", "", "配偶", "李旭", "330211194707135772"]),
        cells(&["3", "", "户主", "杨红霞", "330206197403279139"]),
    ]);
    let numbers: Vec<&str> = readings.iter().map(|reading| good(reading).household_number.as_str()).collect();
    assert_eq!(numbers, ["101", "101", ""]);
}

#[test]
fn rows_that_are_no_person_are_passed_over() {
    let rows = [
        cells(&[]),
        cells(&["", " ", "\u{3000}"]),
        cells(&["合计", "", "", "173"]),
        cells(&["填表人:", "", "", "", "审核人:"]),
        cells(&["17"]),
    ];
    assert!(read_all(&rows).iter().all(|reading| matches!(reading, Reading::PassedOver)));
}

#[test]
fn every_fault_of_a_row_is_told_at_once() {
    let mut rounded = cells(&["1", "101", "户主", "", "", "12345"]);
    rounded[4] = Cell::Number(3.302_111_985_061_276e17);
    assert_eq!(codes(&read_all(&[rounded])[0]), ["no_name", "rounded_number", "bad_phone"]);
}

#[test]
fn the_second_row_of_one_number_is_the_faulty_one() {
    let row = cells(&["1", "101", "户主", "曹宇", GOOD_ID]);
    let readings = read_all(&[row.clone(), row]);
    good(&readings[0]);
    assert_eq!(codes(&readings[1]), ["duplicate_id_number"]);
}
