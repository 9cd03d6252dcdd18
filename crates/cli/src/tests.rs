#![allow(clippy::unwrap_used)]

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::arguments::{self, Arguments, Verb};
use crate::papers::is_id;
use crate::table::{Side, lay_out};

fn parse(words: &str) -> Result<Arguments, clap::Error> {
    arguments::parse(words.split(' ').map(Into::into))
}

#[test]
fn the_command_line_is_sound() {
    arguments::in_chinese(Arguments::command()).debug_assert();
}

#[test]
fn options_stand_before_or_after_the_verb() {
    for line in [
        "zhenxinctl --data d --user u --json import residents f.xlsx --dry-run",
        "zhenxinctl import residents f.xlsx --dry-run --data d --user u --json",
    ] {
        let arguments = parse(line).unwrap();
        assert!(arguments.json);
        assert_eq!((arguments.data.unwrap().to_str(), arguments.user.as_deref()), (Some("d"), Some("u")));
        assert!(matches!(arguments.verb, Verb::Import { dry_run: true, village: None, errors: None, .. }));
    }
}

#[test]
fn a_dash_and_json_are_taken_as_requests() {
    for (request, expected) in [("-", "-"), ("{\"text\":\"a\"}", "{\"text\":\"a\"}")] {
        let arguments = parse(&format!("zhenxinctl --data d ask search {request}")).unwrap();
        assert!(matches!(arguments.verb, Verb::Ask { request: Some(given), .. } if given == expected));
    }
}

#[test]
fn wrong_usage_is_told_apart_from_a_cry_for_help() {
    let kind = |words| parse(words).err().unwrap().kind();
    assert_eq!(kind("zhenxinctl --help"), ErrorKind::DisplayHelp);
    assert_eq!(kind("zhenxinctl import residents --help"), ErrorKind::DisplayHelp);
    assert_eq!(kind("zhenxinctl --version"), ErrorKind::DisplayVersion);
    assert_eq!(kind("zhenxinctl --data d import people f.xlsx"), ErrorKind::InvalidValue);
    assert_eq!(kind("zhenxinctl --data d init --town 330211101"), ErrorKind::MissingRequiredArgument);
    assert_eq!(kind("zhenxinctl --data d remove"), ErrorKind::InvalidSubcommand);
}

#[test]
fn help_is_chinese_throughout() {
    let help = parse("zhenxinctl --help").err().unwrap().render().to_string();
    for english in ["Usage", "Options", "OPTIONS", "Commands", "Print", "Arguments"] {
        assert!(!help.contains(english), "{english} in\n{help}");
    }
    let help = parse("zhenxinctl import --help").err().unwrap().render().to_string();
    for english in ["Usage", "Options", "OPTIONS", "Print", "Arguments", "possible values"] {
        assert!(!help.contains(english), "{english} in\n{help}");
    }
}

#[test]
fn chinese_columns_stand_under_each_other() {
    let rows = [["张三".to_owned(), "5".to_owned()], ["欧阳碶生".to_owned(), "120".to_owned()]];
    let text = lay_out([("姓名", Side::Left), ("分", Side::Right)], &rows);
    assert_eq!(text, "姓名       分\n张三        5\n欧阳碶生  120\n");
}

#[test]
fn an_id_is_told_from_a_search_text() {
    assert!(is_id("0193b0a0-7c1e-7cc3-98c4-dc0c0c07398f"));
    for text in ["张三", "zs", "0193b0a07c1e7cc398c4dc0c0c07398f0000", "碶碶碶碶碶碶碶碶碶碶碶碶"] {
        assert!(!is_id(text), "{text}");
    }
}
