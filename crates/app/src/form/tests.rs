#![allow(clippy::unwrap_used)]

use super::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 1).unwrap()
}

#[test]
fn every_fault_is_told_with_its_field() {
    let mut form = Form::default();
    assert_eq!(form.line("name", "名称", "  诚信 湖畔， ", 2..=30), "诚信 湖畔，");
    form.line("slogan", "口号", " ", 1..=60);
    form.line("domain", "领域", "超长", 0..=1);
    form.past_day("on", "日期", "2026-09-02", today());
    form.plan_day("due_on", "计划日期", "2206-01-01", today());
    let fault = form.done().unwrap_err();
    let fields: Vec<&str> = fault.rows.iter().filter_map(|row| row.field.as_deref()).collect();
    assert_eq!(fields, ["slogan", "domain", "on", "due_on"]);
    assert!(fault.message.contains("4 处"), "{}", fault.message);
}

#[test]
fn a_single_fault_is_the_message() {
    let mut form = Form::default();
    form.line("name", "名称", "湖", 2..=30);
    assert_eq!(form.done().unwrap_err().message, "名称至少 2 个字。");
}

#[test]
fn a_text_keeps_its_lines_and_nothing_blank() {
    let mut form = Form::default();
    assert_eq!(form.text("story", "故事", "\n 一湖　碧水 \r\n\n两岸诚信\n", 0..=20), "一湖 碧水\n两岸诚信");
    assert!(form.done().is_ok());
}
