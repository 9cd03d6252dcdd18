//! What the parts of an .xlsx would cost the parser, found out by looking through them piece by piece.
//!
//! The parser makes room for as many shared texts as their part claims, and keeps each text and each cell as a whole:
//! a file of a few hundred bytes would end the program, one of a megabyte take all memory. XML 1.0 is followed as far
//! as is needed to tell a tag from a text; what is not XML shows when it is parsed.

use std::io::Read;

use super::SheetError;

/// Texts of one workbook: ten columns of 300,000 rows, none like another.
const SHARED_TEXTS_MAX: u64 = 3_000_000;
/// One text with its marks, one tag, one comment: Excel's longest cell as character references has 262,136 bytes.
const PIECE_MAX_BYTES: usize = 1 << 20;
/// Read at once.
const CHUNK_BYTES: usize = 64 << 10;
/// Enough of a tag to know its name and attributes; longer ones are only measured.
const TAG_KEPT_BYTES: usize = 4_096;

/// Elements whose text is collected until they end, whatever stands in them.
const COLLECTING: [&[u8]; 5] = [b"si", b"is", b"t", b"v", b"f"];

/// Where in the text a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Text,
    Tag {
        quote: Option<u8>,
    },
    /// Up to these two bytes and a closing bracket.
    Until([u8; 2]),
}

/// The state while a part is read.
struct Scan {
    at: At,
    /// The tag under way.
    tag: Vec<u8>,
    /// The two bytes before this one.
    last: [u8; 2],
    /// Bytes that the parser would hold by now.
    piece: usize,
    /// Name of the element whose text is being collected, as it was written.
    collecting: Option<Vec<u8>>,
    texts: u64,
}

/// Looks through a part; see [`SheetError`] for what is refused.
pub(super) fn check(mut part: impl Read) -> Result<(), SheetError> {
    let mut scan = Scan { at: At::Text, tag: Vec::new(), last: [0; 2], piece: 0, collecting: None, texts: 0 };
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = part.read(&mut chunk).map_err(|_| SheetError::Damaged { detail: "a part is cut off".to_owned() })?;
        if read == 0 {
            return Ok(());
        }
        for byte in &chunk[..read] {
            scan.take(*byte)?;
        }
    }
}

impl Scan {
    fn take(&mut self, byte: u8) -> Result<(), SheetError> {
        self.piece += 1;
        if self.piece > PIECE_MAX_BYTES {
            return Err(SheetError::UnpacksTooLarge);
        }
        match self.at {
            At::Text if byte == b'<' => {
                self.at = At::Tag { quote: None };
                self.tag.clear();
            }
            At::Text => {}
            At::Tag { quote: Some(mark) } => {
                self.keep(byte);
                if byte == mark {
                    self.at = At::Tag { quote: None };
                }
            }
            At::Tag { quote: None } if byte == b'>' => {
                self.at = At::Text;
                self.tag_ended()?;
            }
            At::Tag { quote: None } => {
                self.keep(byte);
                self.at = match self.tag.as_slice() {
                    b"!--" => At::Until(*b"--"),
                    b"![CDATA[" => At::Until(*b"]]"),
                    b"?" => At::Until([0, b'?']),
                    _ if matches!(byte, b'"' | b'\'') => At::Tag { quote: Some(byte) },
                    _ => At::Tag { quote: None },
                };
                self.last = [0; 2];
                return Ok(());
            }
            At::Until(end) => {
                if byte == b'>' && self.last[1] == end[1] && (end[0] == 0 || self.last[0] == end[0]) {
                    self.at = At::Text;
                    self.forget();
                }
            }
        }
        self.last = [self.last[1], byte];
        Ok(())
    }

    fn keep(&mut self, byte: u8) {
        if self.tag.len() < TAG_KEPT_BYTES {
            self.tag.push(byte);
        }
    }

    /// The parser lets go of what it held, unless it collects a text.
    fn forget(&mut self) {
        if self.collecting.is_none() {
            self.piece = 0;
        }
    }

    fn tag_ended(&mut self) -> Result<(), SheetError> {
        let tag = std::mem::take(&mut self.tag);
        let (name, closes) = match tag.strip_prefix(b"/") {
            Some(rest) => (name_of(rest), true),
            None => (name_of(&tag), false),
        };
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        if closes {
            if self.collecting.as_deref() == Some(name) {
                self.collecting = None;
            }
        } else {
            if local == b"si" {
                self.texts += 1;
            }
            if self.texts > SHARED_TEXTS_MAX || (local == b"sst" && claims_too_many(&tag)) {
                return Err(SheetError::UnpacksTooLarge);
            }
            if self.collecting.is_none() && COLLECTING.contains(&local) && !tag.ends_with(b"/") {
                self.collecting = Some(name.to_vec());
                self.piece = 0;
            }
        }
        self.forget();
        self.tag = tag;
        Ok(())
    }
}

/// The name in a tag, with its prefix.
fn name_of(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(tag.len());
    &tag[..end]
}

/// Whether the number of texts that the part says it has is beyond the limit. The parser makes room for it unseen.
fn claims_too_many(tag: &[u8]) -> bool {
    const CLAIM: &[u8] = b"uniqueCount";
    let claims = tag.windows(CLAIM.len()).enumerate().filter(|(_, window)| *window == CLAIM);
    claims.into_iter().any(|(at, _)| {
        let digits: Vec<u8> = tag[at + CLAIM.len()..]
            .iter()
            .copied()
            .skip_while(|byte| !byte.is_ascii_digit() && !byte.is_ascii_alphabetic())
            .take_while(u8::is_ascii_digit)
            .skip_while(|byte| *byte == b'0')
            .collect();
        let number = std::str::from_utf8(&digits).ok().and_then(|text| text.parse::<u64>().ok());
        !digits.is_empty() && number.is_none_or(|number| number > SHARED_TEXTS_MAX)
    })
}

#[cfg(test)]
mod tests;
