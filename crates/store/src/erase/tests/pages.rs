//! The file as somebody sees it who still has its key: every page of it and of its write-ahead log, free ones too.

use std::fs;
use std::path::Path;

use aes::Aes256;
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};

/// SQLCipher 4: pages of 4096 bytes, of which the last 80 are the initial vector and the authentication; the first 16
/// of the file are the salt.
const PAGE: usize = 4_096;
const RESERVED: usize = 80;
const SALT: usize = 16;
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

fn open_page(key: &[u8; 32], page: &[u8], is_first: bool) -> Vec<u8> {
    let end = PAGE - RESERVED;
    let mut plain = page[if is_first { SALT } else { 0 }..end].to_vec();
    let iv: [u8; 16] = page[end..end + 16].try_into().unwrap();
    Decryptor::<Aes256>::new(key.into(), &iv.into()).decrypt_padded::<NoPadding>(&mut plain).unwrap();
    plain
}

/// All pages in the clear, one after the other.
pub(super) fn in_the_clear(db: &Path, key: &[u8; 32]) -> Vec<u8> {
    let mut plain = Vec::new();
    let file = fs::read(db).unwrap();
    for (number, page) in file.chunks_exact(PAGE).enumerate() {
        plain.extend(open_page(key, page, number == 0));
    }
    let wal = fs::read(format!("{}-wal", db.display())).unwrap_or_default();
    for frame in wal.get(WAL_HEADER..).unwrap_or_default().chunks_exact(FRAME_HEADER + PAGE) {
        let number = u32::from_be_bytes(frame[..4].try_into().unwrap());
        plain.extend(open_page(key, &frame[FRAME_HEADER..], number == 1));
    }
    plain
}

pub(super) fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
