use super::*;

fn chart(values: Vec<i64>) -> String {
    let labels = (1..=values.len()).map(|number| format!("2026-{number:02}")).collect();
    let series = vec![Series { name: "已生效", values }];
    Bars {
        name: "points", question: "每月记了多少分?", labels, series, value: |value| format!("{value} 分"), unit: 1
    }
    .html()
    .into_string()
}

#[test]
fn the_axis_reaches_the_largest_value_in_round_steps() {
    for (most, unit, expected) in
        [(1, 1, 1), (4, 1, 1), (5, 1, 2), (37, 1, 10), (400, 1, 100), (401, 1, 200), (150, 60, 60)]
    {
        let step = step(most, unit);
        assert_eq!(step, expected, "for {most}");
        assert!(step * GRID_LINES >= most);
    }
}

#[test]
fn a_bar_is_as_high_as_its_share_and_says_its_figure() {
    let svg = chart(vec![400, 100]);
    // the plot is 180 high; the axis ends at 400
    assert!(svg.contains("height=\"180\"><title>2026-01 已生效 400 分</title>"), "{svg}");
    assert!(svg.contains("height=\"45\"><title>2026-02 已生效 100 分</title>"), "{svg}");
    assert!(svg.contains("每月记了多少分?"));
    assert!(!svg.contains("style="), "the policy of the page forbids styles in the line");
}

#[test]
fn without_figures_there_is_no_chart() {
    assert_eq!(chart(vec![0, 0]), "");
    assert_eq!(chart(Vec::new()), "");
}
