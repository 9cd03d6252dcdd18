use super::*;

fn row(titles: &[&str]) -> Vec<Cell> {
    titles.iter().map(|title| if title.is_empty() { Cell::Empty } else { Cell::Text((*title).to_owned()) }).collect()
}

#[test]
fn the_three_header_styles_of_real_rosters_are_read() {
    for titles in [
        ["序号", "户编号", "与户主关系", "姓名", "性别", "公民身份号码", "出生日期", "联系电话", "住址", "所属网格"],
        ["序号", "户号", "关系", "居民姓名", "性 别", "身份证号码", "出生年月", "手机", "家庭住址", "网格"],
        ["NO.", "户编号", "与户主关系", "姓 名", "性别", "身份证号", "出生日期", "联系方式", "详细地址", "网格名称"],
    ] {
        let header = Header::read(Form::Roster, 3, &row(&titles)).expect("a header");
        let (known, unknown) = header.describe();
        assert_eq!((known.len(), unknown.len()), (10, 0), "{titles:?}: {unknown:?}");
    }
}

#[test]
fn remarks_full_width_and_case_do_not_matter() {
    let header = Header::read(Form::Roster, 1, &row(&["＊姓名（必填）", "身份证号码:", "手机(选填)", "爱好"]));
    let header = header.expect("a header");
    assert_eq!(header.cell(Column::Phone, &row(&["甲", "1", "138"])), &Cell::Text("138".to_owned()));
    assert_eq!(header.describe().1, ["爱好"]);
}

#[test]
fn title_rows_and_data_rows_are_no_header() {
    assert!(Header::read(Form::Roster, 1, &row(&["九龙湖镇思源社区居民信息登记表"])).is_none());
    assert!(Header::read(Form::Roster, 4, &row(&["1", "1010010001", "户主", "曹宇"])).is_none());
    assert!(Header::read(Form::Rules, 1, &row(&["姓名", "身份证号"])).is_none());
}

#[test]
fn a_title_that_stands_twice_counts_once() {
    let header = Header::read(Form::Roster, 1, &row(&["姓名", "姓名", "身份证号"])).expect("a header");
    let cells = row(&["甲", "乙", "1"]);
    assert_eq!(header.cell(Column::Name, &cells), &Cell::Text("甲".to_owned()));
    assert_eq!(header.cell(Column::Address, &cells), &Cell::Empty);
}
