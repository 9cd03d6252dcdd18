//! Readings of a name: all of them, because the table behind does not know that 单 is shàn in a
//! surname, and neither does every official.

use pinyin::ToPinyinMulti;

use super::surname;

/// Readings of one name that are indexed: three characters with two readings each.
const READINGS_MAX: usize = 8;

type Syllables = Vec<String>;

fn push_new(readings: &mut Syllables, reading: &str) {
    if !readings.iter().any(|known| known == reading) {
        readings.push(reading.to_owned());
    }
}

/// How a syllable is typed: ü is v on every keyboard, and u in passports.
fn push_typed(readings: &mut Syllables, plain: &str) {
    if plain.contains('ü') {
        push_new(readings, &plain.replace('ü', "v"));
        push_new(readings, &plain.replace('ü', "u"));
    } else {
        push_new(readings, plain);
    }
}

/// The readings of every character that has any; letters and digits read as themselves.
fn readings_of(name: &str) -> Vec<Syllables> {
    let surname = surname::reading(name);
    let mut all: Vec<Syllables> = Vec::new();
    for (at, (c, multi)) in name.chars().zip(name.to_pinyin_multi()).enumerate() {
        let mut readings = Syllables::new();
        if let Some(sure) = surname.and_then(|syllables| syllables.get(at)) {
            push_new(&mut readings, sure);
        }
        match multi {
            Some(multi) => multi.into_iter().for_each(|reading| push_typed(&mut readings, reading.plain())),
            None if c.is_ascii_alphanumeric() => push_new(&mut readings, c.encode_utf8(&mut [0; 4])),
            None => {}
        }
        if !readings.is_empty() {
            all.push(readings);
        }
    }
    all
}

/// Every reading of a name, spelled out and as initials. The likeliest come first, so the limit
/// cuts off the unlikely.
pub(super) fn sounds(name: &str) -> Vec<String> {
    let syllables = readings_of(name);
    if syllables.is_empty() {
        return Vec::new();
    }
    let total: usize = syllables.iter().map(Vec::len).try_fold(1, usize::checked_mul).unwrap_or(usize::MAX);
    let mut sounds = Vec::with_capacity(2 * total.min(READINGS_MAX));
    for number in 0..total.min(READINGS_MAX) {
        let mut spelled = String::with_capacity(24);
        let mut initials = String::with_capacity(4);
        // The first character changes fastest: it is the surname, where the readings differ most.
        let mut rest = number;
        for readings in &syllables {
            let syllable = &readings[rest % readings.len()];
            rest /= readings.len();
            spelled.push_str(syllable);
            initials.extend(syllable.chars().next());
        }
        sounds.push(spelled);
        sounds.push(initials);
    }
    sounds
}

#[cfg(test)]
mod tests;
