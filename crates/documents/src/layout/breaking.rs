//! Where a line of Chinese may end (GB/T 15834 and the usual 避头尾), and breaking by the font's measures.

use printpdf::TextItem;

use crate::DocumentError;
use crate::fonts::{Fonts, Weight};

/// May not begin a line.
const NOT_AT_START: &str = "。，、；：？！）》〉”’』」】〕〗…—～·％‰℃°!%),.:;?]}¢′″〞ー々";
/// May not end a line.
const NOT_AT_END: &str = "（《〈“‘『「【〔〖([{￥¥$＄￡£〝#＃№";
/// Between digits they belong to the number: 3,302.50, 09:12.
const INSIDE_NUMBERS: &str = ".,:";
/// Stay with the number before them: 12 分, 2 小时, 30 元, 5 个工作日.
const UNITS_AFTER_NUMBER: &str = "分元角时天日月年个人户次件条页笔张份岁号名项点小周位万亿米斤";

/// One set line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) items: Vec<TextItem>,
    pub(crate) width_pt: f32,
    pub(crate) weight: Weight,
    /// The last line of its paragraph: it is never stretched.
    pub(crate) is_last: bool,
}

/// Whether a line may end after `before` when `after` follows.
///
/// No break before closing marks, after opening marks, inside a Latin word or a number, between a number and the
/// word for its unit, nor inside …… and ——.
pub fn may_break_between(before: char, after: char) -> bool {
    if after == ' ' || NOT_AT_START.contains(after) || NOT_AT_END.contains(before) {
        return false;
    }
    if before == ' ' {
        return true;
    }
    if is_word(after) && (is_word(before) || INSIDE_NUMBERS.contains(before)) {
        return false;
    }
    !(before.is_ascii_digit() && UNITS_AFTER_NUMBER.contains(after))
}

/// The blank of 12 分 is no place to break either.
fn is_spaced_unit(number: Option<char>, blank: char, unit: char) -> bool {
    blank == ' ' && number.is_some_and(|character| character.is_ascii_digit()) && UNITS_AFTER_NUMBER.contains(unit)
}

/// Letters and digits, and the marks inside numbers, codes and dates: 2026-11-22, 3302**1234, JF-01/2.
fn is_word(character: char) -> bool {
    (character.is_alphanumeric() && !is_wide(character)) || "-/_*+@&=~'\"\\".contains(character)
}

/// Characters set in a full square, between which Chinese lines break.
fn is_wide(character: char) -> bool {
    matches!(u32::from(character),
        0x2E80..=0xA4CF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6 | 0x2_0000..=0x3_FFFF)
}

/// Characters that select a form of their neighbour or only matter to a text editor: nothing is drawn for them.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFEFF | 0xFE00..=0xFE0F
        | 0xE_0100..=0xE_01EF)
}

/// Text as it is set: blanks of all kinds are one kind, invisible characters are gone.
fn settable(text: &str) -> String {
    text.chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| if matches!(character, '\t' | '\u{a0}' | '\r') { ' ' } else { character })
        .collect()
}

/// Breaks `text` into lines of at most `width_pt`. A line feed in the text ends a line; an empty text is one
/// empty line. A piece without a permitted break that is wider than the line is broken where the line is full.
pub(crate) fn break_lines(
    fonts: &Fonts,
    text: &str,
    weight: Weight,
    size_pt: f32,
    width_pt: f32,
    first_indent_pt: f32,
) -> Result<Vec<Line>, DocumentError> {
    let mut lines = Vec::new();
    for (index, part) in settable(text).split('\n').enumerate() {
        let part = part.trim_end();
        let weight = fonts.face_for(part, weight)?;
        let indent_pt = if index == 0 { first_indent_pt } else { 0.0 };
        let measure = |c: char| fonts.advance_mille(weight, c) * size_pt / 1000.0;
        for piece in fill(part, measure, width_pt, indent_pt) {
            lines.push(Line { is_last: false, ..set(piece, measure, weight) });
        }
        if let Some(last) = lines.last_mut() {
            last.is_last = true;
        }
    }
    Ok(lines)
}

/// One line that is not broken. `tabular` gives every digit the same width, so that figures stand in columns.
pub(crate) fn single_line(
    fonts: &Fonts,
    text: &str,
    weight: Weight,
    size_pt: f32,
    tabular: bool,
) -> Result<Line, DocumentError> {
    let text = settable(text).replace('\n', " ");
    let weight = fonts.face_for(&text, weight)?;
    let measure = |c: char| fonts.advance_mille(weight, c) * size_pt / 1000.0;
    if !tabular {
        return Ok(set(&text, measure, weight));
    }
    let pitch_mille = fonts.digit_pitch_mille(weight);
    let mut line = Line { items: Vec::new(), width_pt: 0.0, weight, is_last: true };
    for character in text.chars() {
        let mut advance_mille = fonts.advance_mille(weight, character);
        let slack = if character.is_ascii_digit() { pitch_mille - advance_mille } else { 0.0 };
        push_offset(&mut line.items, -slack / 2.0);
        push_character(&mut line.items, character);
        push_offset(&mut line.items, -slack / 2.0);
        advance_mille += slack;
        line.width_pt += advance_mille * size_pt / 1000.0;
    }
    Ok(line)
}

/// `line` with `spacing_mille` thousandths of an em after each character but the last: for heads and codes.
pub(crate) fn spaced(line: &Line, size_pt: f32, spacing_mille: f32) -> Line {
    spread(line, size_pt, |_, _| Some(spacing_mille))
}

/// `line` stretched to `width_pt`, as far as nobody sees it: between characters, never inside words and numbers.
pub(crate) fn justified(line: &Line, size_pt: f32, width_pt: f32) -> Line {
    let slack_mille = (width_pt - line.width_pt) * 1000.0 / size_pt;
    if line.is_last || slack_mille <= 0.0 {
        return line.clone();
    }
    let may_widen = |before: char, after: char| is_wide(before) || is_wide(after) || before == ' ';
    let gaps = pairs(line).filter(|(before, after)| may_widen(*before, *after)).count();
    let gaps = u16::try_from(gaps).map_or(f32::MAX, f32::from);
    if slack_mille > gaps * STRETCH_MAX_MILLE {
        return line.clone();
    }
    let share_mille = slack_mille / gaps;
    spread(line, size_pt, |before, after| may_widen(before, after).then_some(share_mille))
}

/// Wider gaps than this between two characters show.
const STRETCH_MAX_MILLE: f32 = 120.0;

fn characters(line: &Line) -> impl Iterator<Item = char> {
    line.items.iter().flat_map(|item| match item {
        TextItem::Text(text) => text.chars(),
        _ => "".chars(),
    })
}

fn pairs(line: &Line) -> impl Iterator<Item = (char, char)> {
    characters(line).zip(characters(line).skip(1))
}

/// Puts a gap of `gap_mille(before, after)` between the characters of a line that has none yet.
fn spread(line: &Line, size_pt: f32, gap_mille: impl Fn(char, char) -> Option<f32>) -> Line {
    let mut wide = Line { items: Vec::new(), ..line.clone() };
    let mut before = None;
    for character in characters(line) {
        if let Some(gap) = before.and_then(|before| gap_mille(before, character)) {
            push_offset(&mut wide.items, -gap);
            wide.width_pt += gap * size_pt / 1000.0;
        }
        push_character(&mut wide.items, character);
        before = Some(character);
    }
    wide
}

fn push_offset(items: &mut Vec<TextItem>, offset: f32) {
    if offset == 0.0 {
        return;
    }
    if let Some(TextItem::Offset(before)) = items.last_mut() {
        *before += offset;
    } else {
        items.push(TextItem::Offset(offset));
    }
}

fn push_character(items: &mut Vec<TextItem>, character: char) {
    if let Some(TextItem::Text(text)) = items.last_mut() {
        text.push(character);
    } else {
        items.push(TextItem::Text(character.to_string()));
    }
}

fn set(text: &str, measure: impl Fn(char) -> f32, weight: Weight) -> Line {
    let text = text.trim_end();
    Line {
        items: if text.is_empty() { Vec::new() } else { vec![TextItem::Text(text.to_owned())] },
        width_pt: text.chars().map(measure).sum(),
        weight,
        is_last: true,
    }
}

/// Cuts `text` into pieces, each of which fills a line.
pub(super) fn fill(text: &str, measure: impl Fn(char) -> f32, width_pt: f32, first_indent_pt: f32) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut room_pt = width_pt - first_indent_pt;
    let mut used_pt = 0.0;
    // the last permitted break of this line, and the width up to it
    let mut permitted: Option<(usize, f32)> = None;
    let mut before: Option<char> = None;
    let mut before_that: Option<char> = None;
    for (at, character) in text.char_indices() {
        if let Some(before) = before
            && at > start
            && may_break_between(before, character)
            && !is_spaced_unit(before_that, before, character)
        {
            permitted = Some((at, used_pt));
        }
        let advance_pt = measure(character);
        // a blank at the end of a line takes no room
        if character != ' ' && used_pt + advance_pt > room_pt && at > start {
            let (cut, cut_pt) = permitted.unwrap_or((at, used_pt));
            pieces.push(&text[start..cut]);
            start = cut;
            used_pt -= cut_pt;
            room_pt = width_pt;
            permitted = None;
        }
        used_pt += advance_pt;
        (before_that, before) = (before, Some(character));
    }
    pieces.push(&text[start..]);
    pieces
}
