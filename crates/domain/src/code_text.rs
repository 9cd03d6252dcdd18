//! Short codes that people read from paper and type: Crockford's base 32, in groups.

/// Letters and digits that cannot be taken for one another.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Five bits of each number as a character.
pub fn characters(numbers: impl IntoIterator<Item = u8>) -> String {
    numbers.into_iter().map(|number| char::from(ALPHABET[usize::from(number & 31)])).collect()
}

/// A code as it was typed: capitals, without dashes and spaces, full-width letters as narrow ones, O for 0 and I or L
/// for 1. Characters that no code contains are dropped.
#[must_use]
pub fn typed(raw: &str) -> String {
    let narrow = raw.chars().map(|c| match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    });
    let read = narrow.map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    });
    read.filter(|c| c.is_ascii() && ALPHABET.contains(&(*c as u8))).collect()
}

/// The code in groups joined by dashes.
#[must_use]
pub fn grouped(code: &str, group_chars: usize) -> String {
    let characters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = characters.chunks(group_chars.max(1)).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests;
