#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use zhenxin_domain::ids::{DataKeyId, DeviceId};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::snapshot::Manifest;

use super::{Download, Laid, well_formed};

const CHUNK: usize = 10;

fn manifest(content: &[u8]) -> Manifest {
    Manifest {
        snapshot: [1; 16],
        heads: Vec::new(),
        total_bytes: content.len() as u64,
        chunk_bytes: CHUNK as u32,
        chunks: content.chunks(CHUNK).map(Hash32::of).collect(),
        data_key: DataKeyId::from_bytes([2; 16]),
        wrapped: Vec::new(),
        schema: 1,
        made_at_ms: 0,
        device: DeviceId::from_bytes([3; 16]),
    }
}

fn download(path: &Path, manifest: &Manifest) -> Download {
    Download::at(path.to_owned(), manifest.clone())
}

/// Fetches in pieces of so many bytes, so many pieces.
fn fetch(download: &mut Download, content: &[u8], piece: usize, mut pieces: usize) {
    while let Some((id, offset, left)) = download.wanted() {
        if pieces == 0 {
            return;
        }
        pieces -= 1;
        let chunk = content.chunks(CHUNK).find(|chunk| Hash32::of(chunk) == id).unwrap();
        let begun = offset as usize;
        assert_eq!(download.lay(&chunk[begun..begun + left.min(piece)]).unwrap(), Laid::Open);
    }
}

#[test]
fn a_cut_download_goes_on_at_the_chunk_that_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in");
    let content: Vec<u8> = (0..47).collect();
    let manifest = manifest(&content);
    let mut cut = download(&path, &manifest);
    fetch(&mut cut, &content, 4, 8);
    assert_eq!(cut.wanted().unwrap().0, manifest.chunks[2]);
    drop(cut);
    let mut again = download(&path, &manifest);
    assert_eq!(again.wanted(), Some((manifest.chunks[2], 0, CHUNK)));
    fetch(&mut again, &content, 4, usize::MAX);
    assert_eq!(again.wanted(), None);
    assert_eq!(fs::read(&path).unwrap(), content);
}

#[test]
fn a_damaged_chunk_begins_anew_and_what_rotted_on_the_disk_is_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in");
    let content: Vec<u8> = (0..47).collect();
    let manifest = manifest(&content);
    let mut download = download(&path, &manifest);
    fetch(&mut download, &content, CHUNK, 1);
    assert_eq!(download.lay(&[9; CHUNK]).unwrap(), Laid::Damaged);
    assert_eq!(download.wanted(), Some((manifest.chunks[1], 0, CHUNK)));
    fetch(&mut download, &content, CHUNK, usize::MAX);
    let mut rotten = content.clone();
    rotten[25] ^= 1;
    fs::write(&path, rotten).unwrap();
    let mut again = self::download(&path, &manifest);
    assert_eq!(again.wanted().unwrap().0, manifest.chunks[2]);
    fetch(&mut again, &content, CHUNK, usize::MAX);
    assert_eq!(fs::read(&path).unwrap(), content);
}

#[test]
fn a_manifest_that_lies_about_its_size_is_not_followed() {
    let content: Vec<u8> = (0..47).collect();
    let sound = manifest(&content);
    assert!(well_formed(&sound));
    let bad = [
        Manifest { total_bytes: 51, ..sound.clone() },
        Manifest { total_bytes: 40, ..sound.clone() },
        Manifest { total_bytes: 0, chunks: Vec::new(), ..sound.clone() },
        Manifest { chunk_bytes: 0, ..sound.clone() },
        Manifest { chunk_bytes: u32::MAX, chunks: sound.chunks[..1].to_vec(), ..sound.clone() },
    ];
    assert!(bad.iter().all(|manifest| !well_formed(manifest)));
}
