//! A part of a page that is measured before it is placed: for sheets that are composed as a whole.

use super::{Align, Line, Paper, align_offset, baseline_in};
use crate::picture::Cleaned;

/// Set text, rules and pictures under each other; distances from its own upper edge and from the paper's left edge.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) height_pt: f32,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Line { line: Line, x: f32, baseline: f32, size_pt: f32 },
    Rule { from: (f32, f32), to: (f32, f32), thickness_pt: f32 },
    Picture { picture: Cleaned, at: (f32, f32), box_pt: (f32, f32) },
}

impl Block {
    /// Adds lines below what is there, each `leading_pt` high, in a column from `x` on.
    pub(crate) fn lines(
        &mut self,
        lines: Vec<Line>,
        (size_pt, leading_pt): (f32, f32),
        align: Align,
        (x, width_pt): (f32, f32),
    ) {
        for line in lines {
            let baseline = self.height_pt + baseline_in(leading_pt, size_pt);
            let x = x + align_offset(align, line.width_pt, width_pt);
            self.pieces.push(Piece::Line { line, x, baseline, size_pt });
            self.height_pt += leading_pt;
        }
    }

    /// Adds a line on this baseline; the block grows no taller.
    pub(crate) fn line_at(&mut self, line: Line, (x, baseline): (f32, f32), size_pt: f32) {
        self.pieces.push(Piece::Line { line, x, baseline, size_pt });
    }

    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32), thickness_pt: f32) {
        self.pieces.push(Piece::Rule { from, to, thickness_pt });
    }

    /// Adds a picture in the middle of a box below what is there.
    pub(crate) fn picture(&mut self, picture: Cleaned, x: f32, box_pt: (f32, f32)) {
        self.pieces.push(Piece::Picture { picture, at: (x, self.height_pt), box_pt });
        self.height_pt += box_pt.1;
    }

    /// Puts the pieces of another block at this place; this block grows no taller.
    pub(crate) fn insert(&mut self, other: Self, (x, y): (f32, f32)) {
        let moved = |at: (f32, f32)| (at.0 + x, at.1 + y);
        self.pieces.extend(other.pieces.into_iter().map(|piece| match piece {
            Piece::Line { line, x: line_x, baseline, size_pt } => {
                Piece::Line { line, x: line_x + x, baseline: baseline + y, size_pt }
            }
            Piece::Rule { from, to, thickness_pt } => Piece::Rule { from: moved(from), to: moved(to), thickness_pt },
            Piece::Picture { picture, at, box_pt } => Piece::Picture { picture, at: moved(at), box_pt },
        }));
    }

    /// Whether nothing is drawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Adds white space.
    pub(crate) fn skip(&mut self, height_pt: f32) {
        self.height_pt += height_pt;
    }
}

impl Paper<'_> {
    /// Draws a block at the current place, which goes on below it.
    pub(crate) fn block(&mut self, block: Block) {
        let (left, top) = (self.left(), self.y);
        let moved = |(x, y): (f32, f32)| (left + x, top + y);
        for piece in block.pieces {
            match piece {
                Piece::Line { line, x, baseline, size_pt } => self.place(&line, left + x, top + baseline, size_pt),
                Piece::Rule { from, to, thickness_pt } => self.rule_of(moved(from), moved(to), thickness_pt),
                Piece::Picture { picture, at, box_pt } => self.picture(picture, moved(at), box_pt),
            }
        }
        self.y = top + block.height_pt;
    }
}
