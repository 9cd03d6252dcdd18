//! What the tests of all papers ask of a PDF, by the programs of poppler (Debian's poppler-utils, which
//! `cargo xtask test` installs).
#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::OnceLock;

use crate::fonts::Fonts;

/// The faces, parsed once for all tests.
pub(crate) fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts::bundled().unwrap())
}

/// What one of the programs says about a PDF; `after` are arguments behind the file's name.
pub(crate) fn poppler(program: &str, pdf: &[u8], after: &[&str]) -> String {
    run(program, &[], pdf, after)
}

/// One line for each picture, with its encoding.
pub(crate) fn pictures(pdf: &[u8]) -> Vec<String> {
    run("pdfimages", &["-list"], pdf, &[]).lines().skip(2).map(str::to_owned).collect()
}

fn run(program: &str, before: &[&str], pdf: &[u8], after: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = Command::new(program).args(before).arg(&path).args(after).output();
    let output = output.unwrap_or_else(|error| panic!("{program} of poppler-utils: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text of each page, without blanks and line ends: long texts are broken and stretched.
pub(crate) fn page_texts(pdf: &[u8]) -> Vec<String> {
    let text = poppler("pdftotext", pdf, &["-raw", "-"]);
    let mut pages: Vec<String> =
        text.split('\u{c}').map(|page| page.chars().filter(|character| !character.is_whitespace()).collect()).collect();
    // the last page ends with a form feed, too
    assert_eq!(pages.pop().as_deref(), Some(""));
    pages
}

/// Every piece of text in the order in which it stands.
pub(crate) fn in_order(text: &str, pieces: &[&str]) {
    let mut rest = text;
    for piece in pieces {
        let at = rest.find(piece).unwrap_or_else(|| panic!("{piece} is not (or not here) in {text}"));
        rest = &rest[at + piece.len()..];
    }
}

/// The number of fonts, all of which are embedded, subset, and can be searched.
pub(crate) fn subset_fonts(pdf: &[u8]) -> usize {
    let table = poppler("pdffonts", pdf, &[]);
    let fonts: Vec<&str> = table.lines().skip(2).collect();
    for font in &fonts {
        let columns: Vec<&str> = font.split_whitespace().rev().collect();
        // from the right: object number (two columns), uni, sub, emb
        assert_eq!(columns[2..5], ["yes", "yes", "yes"], "{table}");
    }
    fonts.len()
}
