//! Text that must not grow: what does not fit is cut and ends in "…", so that the reader sees that more was said.

use super::{Line, break_lines, spaced};
use crate::DocumentError;
use crate::fonts::{Fonts, Weight};

/// Ends of sentences, where a cut hurts least.
const SENTENCE_ENDS: &str = "。！？；.!?;";

/// At most `lines_max` lines of `text`; what does not fit is cut and ends in "…".
pub(crate) fn clipped(
    fonts: &Fonts,
    text: &str,
    weight: Weight,
    size_pt: f32,
    width_pt: f32,
    lines_max: usize,
) -> Result<Vec<Line>, DocumentError> {
    let set = |text: &str| break_lines(fonts, text, weight, size_pt, width_pt, 0.0);
    let lines = set(text)?;
    if lines.len() <= lines_max {
        return Ok(lines);
    }
    set(&cut_to_fit(text, |text| Ok(set(text)?.len() <= lines_max))?)
}

/// Lines of a head in the first of the sizes (in points, with the lines allowed) in which there are no more than
/// allowed, and that size; in the last size they are cut. `spacing_mille` thousandths of an em stand between the
/// characters.
pub(crate) fn largest(
    fonts: &Fonts,
    text: &str,
    weight: Weight,
    steps: &[(f32, usize)],
    spacing_mille: f32,
    width_pt: f32,
) -> Result<(f32, Vec<Line>), DocumentError> {
    // the spacing takes its share of the line
    let width_pt = width_pt / (1.0 + spacing_mille / 1000.0);
    let spread = |lines: Vec<Line>, size_pt| lines.iter().map(|line| spaced(line, size_pt, spacing_mille)).collect();
    let mut last = (0.0, 1);
    for (size_pt, lines_max) in steps {
        let lines = break_lines(fonts, text.trim(), weight, *size_pt, width_pt, 0.0)?;
        if lines.len() <= *lines_max {
            return Ok((*size_pt, spread(lines, *size_pt)));
        }
        last = (*size_pt, *lines_max);
    }
    let (size_pt, lines_max) = last;
    Ok((size_pt, spread(clipped(fonts, text.trim(), weight, size_pt, width_pt, lines_max)?, size_pt)))
}

/// `text` when it fits, else its longest beginning that fits with "…" after it: up to the end of a sentence when
/// that keeps at least half of what would fit, else up to any character.
///
/// `fits` is asked some twenty times and must say no to a text that is longer than one it refused.
pub(crate) fn cut_to_fit(
    text: &str,
    fits: impl Fn(&str) -> Result<bool, DocumentError>,
) -> Result<String, DocumentError> {
    if fits(text)? {
        return Ok(text.to_owned());
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, character)| at + character.len_utf8()).collect();
    let shortened = |end: usize| format!("{}…", text[..end].trim_end());
    let (mut fitting, mut refused) = (0, ends.len());
    while refused - fitting > 1 {
        let middle = usize::midpoint(fitting, refused);
        if fits(&shortened(ends[middle - 1]))? { fitting = middle } else { refused = middle }
    }
    let longest = if fitting == 0 { 0 } else { ends[fitting - 1] };
    let sentence = text[..longest]
        .char_indices()
        .rfind(|(_, character)| SENTENCE_ENDS.contains(*character))
        .map(|(at, character)| at + character.len_utf8())
        .filter(|end| *end * 2 >= longest);
    Ok(shortened(sentence.unwrap_or(longest)))
}
