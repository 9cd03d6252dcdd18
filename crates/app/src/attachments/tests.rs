#![allow(clippy::unwrap_used)]
use super::*;

/// Two pixels.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==";

fn file(bytes: &[u8]) -> EvidenceFile {
    EvidenceFile { name: "照片".to_owned(), content: BASE64.encode(bytes) }
}

fn read(bytes: &[u8]) -> Result<EvidenceDraft, Fault> {
    read_files("photos", &[file(bytes)], 1).map(|mut drafts| drafts.remove(0))
}

#[test]
fn a_photograph_loses_where_it_was_taken() {
    let png = BASE64.decode(PNG).unwrap();
    let plain = read(&png).unwrap();
    assert_eq!(plain.mime, "image/jpeg");
    let place = b"Exif\0\0 29.95 N 121.71 E";
    let length = u16::try_from(place.len() + 2).unwrap().to_be_bytes();
    let located = [&plain.bytes[..2], &[0xff, 0xe1], &length, place, &plain.bytes[2..]].concat();
    let kept = read(&located).unwrap();
    assert_eq!(kept.mime, "image/jpeg");
    assert!(!kept.bytes.windows(4).any(|window| window == b"Exif"));
}

#[test]
fn a_pdf_stays_as_it_is() {
    let pdf = b"%PDF-1.7 anything";
    let kept = read(pdf).unwrap();
    assert_eq!((kept.mime.as_str(), kept.bytes.as_slice()), ("application/pdf", &pdf[..]));
}

#[test]
fn what_cannot_be_taken_says_why_at_its_field() {
    let png = BASE64.decode(PNG).unwrap();
    let broken = EvidenceFile { name: "照片".to_owned(), content: "@@".to_owned() };
    let of = |files: &[EvidenceFile]| read_files("photos", files, 1).unwrap_err();
    for (fault, said) in [
        (of(&[file(&png), file(&png)]), "最多 1 个"),
        (of(&[broken]), "没有传完整"),
        (of(&[file(&vec![0; FILE_BYTES_MAX + 1])]), "8 MB"),
        (of(&[file(b"MZ program")]), "JPEG、PNG 照片或 PDF"),
        (of(&[file(b"\0\0\0\x18ftypheic\0\0\0\0")]), "HEIC"),
        (of(&[file(&png[..40])]), "打不开"),
    ] {
        assert!(fault.message.contains(said), "{} for {said}", fault.message);
        assert!(fault.message.ends_with('。'), "{}", fault.message);
        assert!(format!("{fault:?}").contains("photos"));
    }
}
