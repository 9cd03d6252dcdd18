//! Charts as inline SVG: drawn here, no script. Each has its question as title, and beside it always stands the table
//! with the same figures, which a screen reader takes instead.

use maud::{Markup, PreEscaped, html};

const WIDTH: i64 = 640;
const HEIGHT: i64 = 220;
const LEFT: i64 = 56;
const RIGHT: i64 = 8;
const TOP: i64 = 12;
const BOTTOM: i64 = 28;
/// Lines behind the bars.
const GRID_LINES: i64 = 4;

/// One series of bars.
pub(crate) struct Series {
    /// What it counts.
    pub(crate) name: &'static str,
    /// One value for each label.
    pub(crate) values: Vec<i64>,
}

/// Bars beside each other for each label.
pub(crate) struct Bars<'a> {
    /// Its name, unique in the page.
    pub(crate) name: &'static str,
    /// The question that the chart answers.
    pub(crate) question: &'a str,
    /// Under the bars, the oldest first.
    pub(crate) labels: Vec<String>,
    /// One or two; the second is hatched as well as coloured.
    pub(crate) series: Vec<Series>,
    /// How a value is written at the axis.
    pub(crate) value: fn(i64) -> String,
    /// The smallest step of the axis that gives whole words: 1, or 60 for minutes shown as hours.
    pub(crate) unit: i64,
}

impl Bars<'_> {
    /// The figure, or nothing where there is nothing to compare.
    pub(crate) fn html(&self) -> Markup {
        let most = self.series.iter().flat_map(|series| &series.values).copied().max().unwrap_or(0);
        if most <= 0 || self.labels.is_empty() {
            return html! {};
        }
        html! {
            figure.chart {
                figcaption {
                    span.question { (self.question) }
                    span.legend { @for (at, series) in self.series.iter().enumerate() {
                        span class=(format!("key s{at}")) { (series.name) }
                    } }
                }
                (PreEscaped(self.svg(most)))
            }
        }
    }

    /// Only numbers and the labels that this program formats go in; labels are escaped all the same.
    fn svg(&self, most: i64) -> String {
        let step = step(most, self.unit);
        let top_value = step * GRID_LINES;
        let (plot_w, plot_h) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        let y_of = |value: i64| TOP + plot_h - (value.max(0) * plot_h).checked_div(top_value).unwrap_or(0);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\
             <defs><pattern id=\"{name}-hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect class=\"hatch-back\" width=\"5\" height=\"5\"/>\
             <line class=\"hatch-line\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\"/></pattern></defs>",
            escaped(self.question),
            name = self.name,
        );
        for line in 0..=GRID_LINES {
            let y = y_of(step * line);
            svg += &format!("<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\"/>", WIDTH - RIGHT);
            let label = escaped(&(self.value)(step * line));
            svg +=
                &format!("<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>", LEFT - 6, y + 4);
        }
        let slots = i64::try_from(self.labels.len()).unwrap_or(1).max(1);
        let per_slot = i64::try_from(self.series.len()).unwrap_or(1).max(1);
        let bar_w = (plot_w * 6 / 10 / slots / per_slot).clamp(2, 36);
        let fills = ["".to_owned(), format!(" fill=\"url(#{}-hatch)\"", self.name)];
        for (slot, label) in (0_i64..).zip(&self.labels) {
            let centre = LEFT + (2 * slot + 1) * plot_w / (2 * slots);
            let first_x = centre - bar_w * per_slot / 2;
            for ((at, series), fill) in (0_i64..).zip(&self.series).zip(&fills) {
                let value = series.values.get(usize::try_from(slot).unwrap_or(0)).copied().unwrap_or(0);
                let y = y_of(value);
                let (x, h) = (first_x + at * bar_w, TOP + plot_h - y);
                let what = escaped(&format!("{label} {} {}", series.name, (self.value)(value)));
                svg += &format!(
                    "<rect class=\"s{at}\"{fill} x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{h}\"><title>{what}</title></rect>",
                    (bar_w - 1).max(1)
                );
            }
            svg += &format!(
                "<text class=\"axis\" x=\"{centre}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - 8,
                escaped(label)
            );
        }
        svg + "</svg>"
    }
}

/// A round step so that [`GRID_LINES`] of them reach the largest value.
fn step(most: i64, unit: i64) -> i64 {
    let needed = (most + GRID_LINES * unit - 1) / (GRID_LINES * unit);
    let mut power = 1_i64;
    while power.saturating_mul(10) <= needed {
        power *= 10;
    }
    let round = [1, 2, 5, 10].into_iter().map(|digit| digit * power).find(|step| *step >= needed);
    round.unwrap_or(needed).max(1) * unit
}

fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

#[cfg(test)]
mod tests;
