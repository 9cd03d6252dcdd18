//! How the words of `terms` are looked for in folded text.

use super::terms::{Pair, Table, Word};

/// What makes a topic a lesson.
const LESSON: &[&str] = &[
    "宣传", "宣讲", "宣教", "培训", "讲座", "科普", "知识", "普及", "教育", "预防", "防治", "防控", "防范", "防疫",
    "义诊", "咨询", "志愿", "防骗", "反诈",
];
/// How far behind a topic the lesson may be named: 慢性病(健康管理)讲座.
const LESSON_WITHIN_CHARS: usize = 4;

impl Table {
    /// The words of this table that the folded text holds first, for the message.
    pub(super) fn find(&self, folded: &[char]) -> Option<String> {
        let word = self.words.iter().find(|word| word.is_in(folded)).map(|word| word.text.to_owned());
        word.or_else(|| self.pairs.iter().find_map(|pair| pair.find(folded)))
    }
}

impl Word {
    fn is_in(&self, folded: &[char]) -> bool {
        let len = self.text.chars().count();
        hits(folded, self.text).any(|at| !self.excused(folded, at, at + len))
    }

    fn excused(&self, folded: &[char], from: usize, to: usize) -> bool {
        let covered = |phrase: &&str| {
            let len = phrase.chars().count();
            hits(folded, phrase).any(|at| at <= from && to <= at + len)
        };
        self.except.iter().any(covered) || (self.lesson && is_lesson(&folded[to..]))
    }
}

impl Pair {
    fn find(&self, folded: &[char]) -> Option<String> {
        self.first.iter().find_map(|first| {
            hits(folded, first).find_map(|at| {
                let rest = &folded[at + first.chars().count()..];
                let then = self.then.iter().find(|then| hits(rest, then).next().is_some_and(|at| at <= self.gap))?;
                Some(format!("{first}…{then}"))
            })
        })
    }
}

fn is_lesson(rest: &[char]) -> bool {
    LESSON.iter().any(|word| hits(rest, word).next().is_some_and(|at| at <= LESSON_WITHIN_CHARS))
}

/// Where a phrase stands in folded text.
fn hits<'a>(folded: &'a [char], phrase: &'a str) -> impl Iterator<Item = usize> + 'a {
    let len = phrase.chars().count();
    folded
        .windows(len)
        .enumerate()
        .filter(move |(_, window)| phrase.chars().eq(window.iter().copied()))
        .map(|(at, _)| at)
}
