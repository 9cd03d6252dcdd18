//! Changes of bytes that parsers are known to stumble over.

use crate::sim::chance::Chance;

/// Bytes that mean something in some format: ends of ranges, lengths of CBOR, quotes, marks.
const TELLING: [u8; 16] =
    [0x00, 0x01, 0x7f, 0x80, 0xff, b'"', b'\'', b'<', b'>', b',', b'\n', 0x5b, 0x9b, 0xbb, 0x9f, 0xbf];
/// Lengths and counts that nobody meant.
const NUMBERS: [u64; 10] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 40, u64::MAX];
/// Pieces of text: numbers beyond their type, signs of other scripts, beginnings of other formats.
const WORDS: [&str; 18] = [
    "-1",
    "0",
    "4294967296",
    "99999999999999999999",
    "1e999",
    "NaN",
    "null",
    "true",
    "[[[[[[[[",
    "{\"",
    "\u{feff}",
    "\u{202e}",
    "𬬭",
    "'",
    "=1+1",
    "../..",
    "\u{0}",
    "&#x41;",
];
/// Nothing grows beyond this by a change: memory is to be spent by the parser, not by its input.
const GROWN_MAX_BYTES: usize = 4 << 20;
/// Of random bytes at once.
const NOISE_MAX_BYTES: u64 = 4_096;

/// A place in so many bytes, as an index.
fn below(chance: &mut Chance, limit: usize) -> usize {
    usize::try_from(chance.below(limit as u64)).unwrap_or(0)
}

/// A sample with one to eight changes; seldom nothing but noise.
pub fn bytes(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    if chance.hit(20) {
        return noise(chance);
    }
    let mut made = sample(chance, samples);
    for _ in 0..=chance.below(8) {
        change(chance, &mut made, samples);
    }
    made
}

/// One of the samples as it is.
pub fn sample(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    chance.pick(samples).cloned().unwrap_or_default()
}

fn noise(chance: &mut Chance) -> Vec<u8> {
    (0..chance.below(NOISE_MAX_BYTES)).map(|_| chance.draw() as u8).collect()
}

/// A piece of so many bytes: where it begins and ends. Short pieces are likelier than long ones.
fn piece(chance: &mut Chance, length: usize) -> (usize, usize) {
    let from = below(chance, length);
    let most = [4, 32, 512, length][below(chance, 4)].min(length - from);
    (from, from + below(chance, most + 1))
}

/// One change in place.
pub fn change(chance: &mut Chance, bytes: &mut Vec<u8>, samples: &[Vec<u8>]) {
    if bytes.is_empty() {
        *bytes = noise(chance);
        return;
    }
    let at = below(chance, bytes.len());
    match chance.below(12) {
        0 => bytes[at] ^= 1 << chance.below(8),
        1 => bytes[at] = chance.draw() as u8,
        2 => bytes[at] = TELLING[below(chance, TELLING.len())],
        3 => bytes.truncate(at),
        4 => {
            let (from, to) = piece(chance, bytes.len());
            bytes.drain(from..to);
        }
        5 => {
            let (from, to) = piece(chance, bytes.len());
            let copy = bytes[from..to].to_vec();
            insert(bytes, at, &copy);
        }
        6 => {
            let mut more = noise(chance);
            more.truncate(1 + below(chance, 64));
            insert(bytes, at, &more);
        }
        7 => number(chance, bytes, at),
        8 => {
            let word = WORDS[below(chance, WORDS.len())];
            insert(bytes, at, word.as_bytes());
        }
        9 => splice(chance, bytes, at, samples),
        10 => {
            // the same byte or pair without end: nesting, repetition
            let (from, to) = piece(chance, bytes.len().min(at + 8));
            let unit = bytes[from..to.min(from + 8)].to_vec();
            let many = unit.repeat(1 << chance.below(12));
            insert(bytes, at, &many);
        }
        _ => digits(chance, bytes, at),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, more: &[u8]) {
    if bytes.len() + more.len() <= GROWN_MAX_BYTES {
        bytes.splice(at..at, more.iter().copied());
    }
}

/// A number of 2, 4 or 8 bytes, either end first, over what stands there.
fn number(chance: &mut Chance, bytes: &mut [u8], at: usize) {
    let value = NUMBERS[below(chance, NUMBERS.len())];
    let width = [2, 4, 8][below(chance, 3)].min(bytes.len() - at);
    let big = value.to_be_bytes();
    let made = if chance.hit(500) { big[8 - width..].to_vec() } else { value.to_le_bytes()[..width].to_vec() };
    bytes[at..at + width].copy_from_slice(&made);
}

/// Goes on as another sample does from some place.
fn splice(chance: &mut Chance, bytes: &mut Vec<u8>, at: usize, samples: &[Vec<u8>]) {
    let other = sample(chance, samples);
    if other.is_empty() || at + other.len() > GROWN_MAX_BYTES {
        return;
    }
    let from = below(chance, other.len());
    bytes.truncate(at);
    bytes.extend_from_slice(&other[from..]);
}

/// The next run of ASCII digits becomes another number.
fn digits(chance: &mut Chance, bytes: &mut Vec<u8>, at: usize) {
    let Some(from) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
    let end = bytes[from..].iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |found| from + found);
    let value = NUMBERS[below(chance, NUMBERS.len())].to_string();
    bytes.splice(from..end, value.into_bytes());
}
